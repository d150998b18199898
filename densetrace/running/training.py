"""Trains the object of an expression for one batch, on a small stated sample."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from densetrace.engines import Engine
from densetrace.recording.recorder import paused
from densetrace.system.errors import RequestError, shown

SAMPLES: Final = 4
"""The rows of the sample, unless the shape says another number."""

LOSS: Final = "mse"
OPTIMIZER: Final = "sgd"
TARGET_SEED: Final = 1


@dataclass(frozen=True, slots=True)
class Training:
    """How an object was trained: the samples, the loss, the optimizer. `model` is the object itself
    or a `Sequential` around it."""

    model: Any
    targets: Any
    loss: str = LOSS
    optimizer: str = OPTIMIZER

    def assumptions(self) -> dict[str, object]:
        """The training as the source of a trace states it."""
        return {
            "samples": int(self.targets.shape[0]),
            "targets": self.targets,
            "loss": self.loss,
            "optimizer": self.optimizer,
            "run_eagerly": True,
        }


def prepared(subject: Any, batch: Any, output: Any, engine: Engine) -> Training:
    """The training of an object that was called once: random targets of the shape of its output.

    A layer becomes the only layer of a `Sequential`, which is made and built without being
    recorded. The model runs eagerly, so that each step has its numbers.

    Raises:
        RequestError: when there are several inputs, or the output is not one tensor of numbers with
            a batch dimension.
    """
    if isinstance(batch, list):
        raise RequestError(
            f"Training on a sample needs one input. {type(subject).__name__} takes a list of "
            f"{len(batch)}.",
            "Leave out --fit, or write a script with a model around it: densetrace run script.py.",
        )
    numbers = _numbers(output, engine)
    if numbers is None or numbers.dtype.kind != "f" or numbers.ndim < 1:
        raise RequestError(
            "Training on a sample needs one output of fractions, a row for each sample. "
            f"Received: {shown(str(getattr(output, 'dtype', type(output).__name__)))}.",
            "Leave out --fit, or write a script with its own loss: densetrace run script.py.",
        )
    rng = np.random.default_rng(TARGET_SEED)
    targets = rng.standard_normal(numbers.shape).astype(numbers.dtype)
    keras = engine.keras
    model = subject
    if not isinstance(subject, keras.Model):
        with paused():  # the steps that follow are about the layer
            model = keras.Sequential([subject])
            model(batch)
    return Training(model, targets)


def _numbers(output: Any, engine: Engine) -> Any:
    try:
        # Only Keras 3 knows how its backend gives numbers to NumPy.
        convert = engine.keras.ops.convert_to_numpy if engine.generation == 3 else np.asarray
        with paused():
            return np.asarray(convert(output))
    except (TypeError, ValueError):
        return None


def train(training: Training, batch: Any) -> None:
    """Compile the model and fit it for one batch."""
    training.model.compile(optimizer=training.optimizer, loss=training.loss, run_eagerly=True)
    training.model.fit(
        batch, training.targets, batch_size=len(batch), epochs=1, verbose=0, shuffle=False
    )
