"""Constructs, builds and calls the object of an expression once, on a sample.

An active recorder records the steps; this module only runs the layer.
"""

import operator
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from densetrace.engines import Engine
from densetrace.recording.recorder import paused
from densetrace.running import samples
from densetrace.running.calling import (
    Shape,
    built,
    called,
    count_of,
    is_cell,
    takes_states,
)
from densetrace.running.training import SAMPLES, Training, prepared, train
from densetrace.sources.expression.gate import refuse_foreign_names
from densetrace.sources.expression.limits import MAX_NUMBERS
from densetrace.sources.expression.names import names_of
from densetrace.sources.expression.parser import Expression, check, evaluate, refused_as_too_big
from densetrace.system.arguments import refusal
from densetrace.system.errors import RequestError
from densetrace.tensorflow.allowance import allowed
from densetrace.tensorflow.missing import NotInDensetraceError

STAGES: Final = ("new", "init", "build", "call")
"""The stages: created, configured, built, called."""

Shapes = Shape | list[Shape]
"""The shape of one input, or the shapes of several."""


@dataclass(slots=True)
class Life:
    """The run of an expression: its object, the shapes of its inputs, what the object was called
    on (a list for several inputs), and its output or the exception that ended the run; the training
    and the weights before it, if it was trained."""

    subject: Any = None
    input_shapes: list[Shape] = field(default_factory=list)
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
    input_shape: Shapes | None = None,
    inputs: Any = None,
    fit: bool = False,
    weights: list[Any] | None = None,
) -> Life:
    """Construct the object of the expression, then build it, call it once or train it.

    Args:
        expression: a parsed expression.
        engine: the stack that runs it.
        until: the last stage to reach, one of `STAGES`.
        input_shape: the shape to build for, or of the input batch, batch size first; a list of
            them for several inputs.
        inputs: the numbers to call it on instead of a sample; a tuple of them for several inputs.
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
    input_shape: Shapes | None,
    inputs: Any,
    fit: bool,
    weights: list[Any] | None,
) -> Life:
    life = Life()
    _check_shapes(input_shape)
    given = None if inputs is None else _arrays(inputs)
    known = names_of(engine)
    if engine.is_real:
        check(expression, known)
        refuse_foreign_names(expression, engine.lookup_names())
    _attempt(life, lambda: setattr(life, "subject", evaluate(expression, known)))
    if life.error is not None or until in ("new", "init"):
        return life
    life.stage = until
    if given is not None:
        life.input_shapes = [tuple(one.shape) for one in given]
    else:
        shapes = _listed(input_shape, life.subject) or _own_input_shapes(life.subject)
        life.input_shapes = shapes or samples.assumed_shapes(life.subject)
        life.assumed = not shapes
    if until == "build":
        _attempt(life, lambda: built(life.subject, life.input_shapes))
        return life
    if given is None:
        rows = SAMPLES if fit else samples.BATCH
        passed = samples.batches(life.subject, life.input_shapes, rows)
    else:
        passed = samples.converted(life.subject, given)
    if len(passed) > 1 and (is_cell(life.subject) or takes_states(life.subject)):
        passed = _tensors(passed, engine)  # a state must be one
    life.batch = passed if len(passed) > 1 else passed[0]
    _attempt(life, lambda: setattr(life, "output", called(life.subject, life.batch)))
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
    except NotInDensetraceError as error:
        hint = "See it on a real Keras: --engine tf_keras."
        raise RequestError(str(error), hint) from error
    except Exception as error:
        refusal = refused_as_too_big(error)
        if refusal is not None:
            raise refusal from error
        life.error = error


def _tensors(arrays: list[Any], engine: Engine) -> list[Any]:
    keras = engine.keras
    convert = keras.ops.convert_to_tensor if engine.generation == 3 else keras.backend.constant
    with paused():
        return [convert(array) for array in arrays]


def _check_shapes(shapes: object) -> None:
    """Refuse what is neither a shape, nor a list of shapes, nor None."""
    listed = shapes if isinstance(shapes, list) else [() if shapes is None else shapes]
    if not all(isinstance(one, tuple | list) and all(map(_is_size, one)) for one in listed):
        raise refusal(
            "An input shape is a tuple of whole numbers from 0 and None, batch size first, or a "
            "list of such tuples for several inputs.",
            shapes,
            "input_shape=(None, 28, 28, 1)",
        )


def _is_size(size: object) -> bool:
    return size is None or (hasattr(size, "__index__") and operator.index(size) >= 0)


def _listed(shapes: Shapes | None, subject: Any) -> list[Shape]:
    """The given shapes, a single one for each input; empty when there is none."""
    if not shapes:
        return []
    if isinstance(shapes, tuple):
        shapes = [shapes]
    return shapes * count_of(subject) if len(shapes) == 1 else list(shapes)


def _own_input_shapes(subject: Any) -> list[Shape]:
    """The input shapes from the constructor of a layer or model; empty when it has none."""
    inputs = getattr(subject, "inputs", None)
    if inputs:
        return [tuple(one.shape) for one in inputs]
    shape = getattr(subject, "_batch_input_shape", None)
    without_batch = getattr(subject, "_input_shape_arg", None)  # in Keras 3
    if not shape and isinstance(without_batch, tuple):
        shape = (None, *without_batch)
    if not shape or not all(size is None or isinstance(size, int) for size in shape):
        return []
    return [tuple(None if size is None else int(size) for size in shape)]


def _arrays(inputs: Any) -> list[np.ndarray[Any, Any]]:
    """The numbers that were given, an array for each input. A tuple has several inputs, unless its
    items are single numbers."""
    several = isinstance(inputs, tuple) and inputs and not any(map(np.isscalar, inputs))
    return [_array(one) for one in (inputs if several else (inputs,))]


def _array(inputs: Any) -> np.ndarray[Any, Any]:
    try:
        array = np.asarray(inputs)
    except ValueError as error:
        raise RequestError(
            "The input must be rectangular: all rows need the same length.",
            'Give, for example: --input "[[1, 2, 3], [4, 5, 6]]".',
        ) from error
    if array.dtype.kind not in "biuf":
        raise RequestError(
            f"The input must be numbers. Received: {str(inputs)[:60]!r}.",
            'Give, for example: --input "[[1, 2, 3], [4, 5, 6]]".',
        )
    return array
