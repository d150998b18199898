"""Constructs, builds and calls the object of an expression once, on a sample.

An active recorder records the steps; this module only runs the layer.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from densetrace.engines import Engine
from densetrace.running.training import SAMPLES, Training, prepared, train
from densetrace.sources.expression.gate import refuse_foreign_names
from densetrace.sources.expression.limits import MAX_NUMBERS
from densetrace.sources.expression.names import names_of
from densetrace.sources.expression.parser import Expression, check, evaluate, refused_as_too_big
from densetrace.system.errors import RequestError, shown
from densetrace.tensorflow.allowance import allowed

STAGES: Final = ("new", "init", "build", "call")
"""The stages: created, configured, built, called."""

SAMPLE_SHAPE: Final = (None, 3)
"""The input shape that is assumed when neither the user nor the layer gives one."""

SAMPLE_BATCH: Final = 2
SAMPLE_SIZE: Final = 3
SAMPLE_SEED: Final = 0
SAMPLE_ELEMENTS: Final = 5 * 10**6
SAMPLE_DIMENSIONS: Final = 32

OTHER_SHAPE: Final = "Give a smaller --input-shape, or stop earlier: --until build."

Shape = tuple[int | None, ...]


@dataclass(slots=True)
class Life:
    """The run of an expression: its object, the input shape, the batch that the object was called
    on, and its output or the exception that ended the run; the training and the weights before it,
    if it was trained."""

    subject: Any = None
    input_shape: Shape | None = None
    assumed: bool = False
    batch: Any = None
    output: Any = None
    error: Exception | None = None
    stage: str = field(default="init")
    training: Training | None = None
    weights: list[Any] = field(default_factory=list)


def live(
    expression: Expression,
    engine: Engine,
    *,
    until: str = "call",
    input_shape: Shape | None = None,
    inputs: Any = None,
    fit: bool = False,
    weights: list[Any] | None = None,
) -> Life:
    """Construct the object of the expression, then build it, call it once or train it.

    Args:
        expression: a parsed expression.
        engine: the stack that runs it.
        until: the last stage to reach, one of `STAGES`.
        input_shape: the shape to build for, or of the sample batch, batch size first.
        inputs: the numbers to call it on instead of a sample.
        fit: train it for one batch too (`densetrace.running.training`).
        weights: what its weights are set to before the training.

    Raises:
        RequestError: when a name is unknown, an argument of this function is wrong, or more would
            be computed than is allowed. An exception of the layer itself is kept in `Life.error`.
    """
    with allowed(MAX_NUMBERS):
        return _live(expression, engine, until, input_shape, inputs, fit, weights)


def _live(
    expression: Expression,
    engine: Engine,
    until: str,
    input_shape: Shape | None,
    inputs: Any,
    fit: bool,
    weights: list[Any] | None,
) -> Life:
    life = Life()
    given = None if inputs is None else _batch(inputs)
    known = names_of(engine)
    if engine.is_real:
        check(expression, known)
        refuse_foreign_names(expression, engine.lookup_names())
    _attempt(life, lambda: setattr(life, "subject", evaluate(expression, known)))
    if life.error is not None or until in ("new", "init"):
        return life
    life.stage = until
    if given is not None:
        life.input_shape = tuple(given.shape)
    else:
        shape = input_shape or _own_input_shape(life.subject)
        life.input_shape, life.assumed = shape or SAMPLE_SHAPE, shape is None
    if until == "build":
        _attempt(life, lambda: life.subject.build(life.input_shape))
        return life
    rows = SAMPLES if fit else SAMPLE_BATCH
    if given is None:
        life.batch = _fitting(life.subject, _sample(life.input_shape, rows))
    else:
        life.batch = given
    _attempt(life, lambda: setattr(life, "output", life.subject(life.batch)))
    if fit and life.error is None:
        life.stage = "fit"
        _attempt(life, lambda: _fit(life, engine, weights))
    return life


def _fit(life: Life, engine: Engine, weights: list[Any] | None) -> None:
    if weights is not None:
        life.subject.set_weights(weights)
    life.weights = list(life.subject.get_weights())
    life.training = prepared(life.subject, life.batch, life.output, engine)
    train(life.training, life.batch)


def _attempt(life: Life, action: Callable[[], object]) -> None:
    """Run one stage. Keep an exception of the layer in `life`; raise a refusal."""
    try:
        action()
    except RequestError:
        raise
    except Exception as error:
        refusal = refused_as_too_big(error)
        if refusal is not None:
            raise refusal from error
        life.error = error


def _own_input_shape(subject: Any) -> Shape | None:
    """The input shape from the constructor of a layer or model, or None."""
    inputs = getattr(subject, "inputs", None)
    if inputs:
        return tuple(inputs[0].shape)
    shape = getattr(subject, "_batch_input_shape", None)
    without_batch = getattr(subject, "_input_shape_arg", None)  # in Keras 3
    if not shape and isinstance(without_batch, tuple):
        shape = (None, *without_batch)
    if not shape or not all(size is None or isinstance(size, int) for size in shape):
        return None
    return tuple(None if size is None else int(size) for size in shape)


def _sample(shape: Shape, rows: int = SAMPLE_BATCH) -> np.ndarray[Any, np.dtype[np.float32]]:
    """A batch of this shape, with unknown sizes filled in and always the same numbers."""
    sizes = [
        (rows if axis == 0 else SAMPLE_SIZE) if size is None else size
        for axis, size in enumerate(shape)
    ]
    if min(sizes, default=0) < 0 or len(sizes) > SAMPLE_DIMENSIONS:
        raise RequestError(
            f"A sample batch has at most {SAMPLE_DIMENSIONS} sizes, none of them negative. "
            f"Received: shape {shown(str(shape))}.",
            OTHER_SHAPE,
        )
    # NumPy also limits the sizes of an empty array.
    if math.prod(max(size, 1) for size in sizes) > SAMPLE_ELEMENTS:
        raise RequestError(
            f"A sample batch holds at most {SAMPLE_ELEMENTS:,} numbers, sizes of 0 counted as 1. "
            f"Received: shape {shown(str(shape))}.",
            OTHER_SHAPE,
        )
    return np.random.default_rng(SAMPLE_SEED).standard_normal(sizes).astype(np.float32)


def _fitting(subject: Any, sample: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """A sample that the layer can take: for an `Embedding`, and a `Sequential` that begins with
    one, indices of its rows in place of numbers of both signs."""
    first = next(iter(getattr(subject, "layers", ())), subject)
    rows = getattr(first, "input_dim", None)
    if type(first).__name__ != "Embedding" or not isinstance(rows, int):
        return sample
    indices: np.ndarray[Any, Any] = np.arange(sample.size, dtype=np.int32) % max(rows, 1)
    return indices.reshape(sample.shape)


def _batch(inputs: Any) -> np.ndarray[Any, Any]:
    """The numbers that were given, as a float32 array."""
    try:
        array = np.asarray(inputs)
    except ValueError as error:
        raise RequestError(
            "The input must be rectangular: every row as long as the others.",
            'Give, for example: --input "[[1, 2, 3], [4, 5, 6]]".',
        ) from error
    if array.dtype.kind not in "biuf":
        raise RequestError(
            f"The input must be numbers. Received: {str(inputs)[:60]!r}.",
            'Give, for example: --input "[[1, 2, 3], [4, 5, 6]]".',
        )
    return array.astype(np.float32)
