"""Trains the object of an expression for one batch, on a small stated sample."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from densetrace.engines import Engine
from densetrace.recording.recorder import paused
from densetrace.running.calling import called
from densetrace.system.errors import RequestError, quoted

SAMPLES: Final = 4
"""The rows of the sample, unless the shape says another number."""

LOSS: Final = "mse"
OPTIMIZER: Final = "sgd"
TARGET_SEED: Final = 1


@dataclass(frozen=True, slots=True)
class Training:
    """How an object was trained: the samples, the loss, the optimizer. `model` is the object itself
    or a model around it."""

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

    A layer becomes the only layer of a `Sequential`, or of a functional model if it takes several
    inputs. That model is made and built without being recorded. It runs eagerly, so that each step
    has its numbers.

    Raises:
        RequestError: when the output is not one tensor of numbers with a batch dimension.
    """
    numbers = _numbers(output, engine)
    if numbers is None or numbers.dtype.kind != "f" or numbers.ndim < 1:
        raise RequestError(
            "Training on a sample needs one floating-point output with a row for each example. "
            f"Received: {quoted(str(getattr(output, 'dtype', type(output).__name__)))}.",
            "Leave out --fit, or write a script with its own loss: densetrace run script.py.",
        )
    rng = np.random.default_rng(TARGET_SEED)
    targets = rng.standard_normal(numbers.shape).astype(numbers.dtype)
    keras = engine.keras
    model = subject
    if not isinstance(subject, keras.Model):
        with paused():  # the steps that follow are about the layer
            if isinstance(batch, list):
                inputs = [keras.Input(one.shape[1:], dtype=_dtype_of(one, engine)) for one in batch]
                model = keras.Model(inputs, called(subject, inputs))
            else:
                model = keras.Sequential([subject])
                model(batch)
    return Training(model, targets)


def _dtype_of(tensor: Any, engine: Engine) -> str:
    """The name of a dtype, which each backend of Keras 3 has a class for."""
    if engine.generation == 3:
        return str(engine.keras.backend.standardize_dtype(tensor.dtype))
    return str(tensor.dtype.name)


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
    rows = len(batch[0] if isinstance(batch, list) else batch)
    training.model.fit(batch, training.targets, batch_size=rows, epochs=1, verbose=0, shuffle=False)
