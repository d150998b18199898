"""Runs an expression on our stack and on a real Keras, and compares their outputs.

Both are recorded in the same way. Then, without recording, the weights of our object are copied to
the real one, and both are called once more on the same sample. Comparing the traces is
`densetrace.study.verify`.
"""

import math
from typing import TYPE_CHECKING, Any, Final

from densetrace.data.outputs import CLOSE, Outputs, closeness
from densetrace.data.trace import Trace
from densetrace.engines import Engine, load
from densetrace.running.calling import called
from densetrace.running.lifecycle import Life, Shapes
from densetrace.running.record import follow
from densetrace.sources.expression.names import names_of
from densetrace.sources.expression.parser import Expression, check, parse
from densetrace.system.errors import RequestError, shown

if TYPE_CHECKING:
    from numpy.typing import NDArray

SEED: Final = 0
"""Keras requires a seed for layers with a layout."""


def run_both(
    expression: str,
    real: Engine,
    *,
    input_shape: Shapes | None = None,
    inputs: Any = None,
    fit: bool = False,
) -> tuple[Trace, Trace, Outputs | None]:
    """Trace an expression on our stack and on a real Keras.

    Returns our trace, theirs, and their outputs compared; None when one of them was never called.

    Args:
        expression: such as `Dense(64, activation='relu')`.
        real: the installed Keras to compare with.
        input_shape: the shape of the input batch, batch size first; None stands for any size. A
            list of shapes for several inputs.
        inputs: the numbers to call both on instead of a sample; a tuple for several inputs.
        fit: train both for one batch too, from the same weights.

    Raises:
        RequestError: when the expression is not understood, or our stack has no such layer.
    """
    parsed = parse(expression)
    ours = load("densetrace")
    _refuse_foreign(parsed, ours, real)
    our_trace, our_life = _followed(parsed, ours, input_shape, inputs, fit, None)
    weights = our_life.weights if fit and our_life.training is not None else None
    their_trace, their_life = _followed(parsed, real, input_shape, inputs, fit, weights)
    close = closeness(our_trace, their_trace)
    return our_trace, their_trace, _outputs(our_life, their_life, close)


def _refuse_foreign(expression: Expression, ours: Engine, real: Engine) -> None:
    try:
        check(expression, names_of(ours))
    except RequestError:
        check(expression, names_of(real))  # refuses a name that both lack as misspelled
        text = shown(" ".join(expression.source.split()))
        raise RequestError(
            f"densetrace lacks a part of {text}, so there is nothing to compare.",
            f'See the steps on the real Keras: densetrace explain "{text}" --engine {real.name}',
        ) from None


def _followed(
    expression: Expression,
    engine: Engine,
    input_shape: Shapes | None,
    inputs: Any,
    fit: bool,
    weights: list[Any] | None,
) -> tuple[Trace, Life]:
    engine.clear_session()
    engine.set_seed(SEED)
    recorded = Trace({"kind": "expression", "text": expression.source.strip()}, engine.describe())
    return recorded, follow(
        recorded, expression, engine, input_shape=input_shape, inputs=inputs, fit=fit,
        weights=weights,
    )  # fmt: skip


# -- outputs ---------------------------------------------------------------------------------------


def _outputs(ours: Life, theirs: Life, close: float) -> Outputs | None:
    """The outputs of both with the same weights, or after a training that began with the same; None
    when one was never called. Numbers may differ by `close`."""
    if ours.output is None or theirs.output is None:
        return None
    weights = _weights(ours.subject)
    if weights and ours.training is None:
        try:
            theirs.subject.set_weights(weights)
        except ValueError as error:
            return Outputs(False, close, problem=f"our weights do not fit: {shown(str(error))}")
    ours_array, theirs_array = (_array(called(life.subject, life.batch)) for life in (ours, theirs))
    return _compared(ours_array, theirs_array, _longest_sum(weights), close)


def _weights(subject: Any) -> list[Any]:
    """The weights as arrays; empty for a model that was never built."""
    try:
        return list(subject.get_weights())
    except ValueError:
        return []


def _array(output: Any) -> "NDArray[Any]":
    """The numbers of an output; those of several outputs one after the other."""
    import numpy as np

    if not isinstance(output, list | tuple):
        return np.asarray(output)
    return np.concatenate([np.ravel(_array(one)) for one in output])


def _longest_sum(weights: "list[NDArray[Any]]") -> int:
    """The most products that are summed for one number of an output."""
    return max((math.prod(weight.shape[:-1]) for weight in weights), default=1)


def _compared(
    ours: "NDArray[Any]", theirs: "NDArray[Any]", terms: int, close: float = CLOSE
) -> Outputs:
    """Compare two outputs number by number; each number is a sum of at most `terms` terms, each
    rounded as `close` says."""
    import numpy as np

    if (ours.shape, ours.dtype) != (theirs.shape, theirs.dtype):
        kinds = [f"{array.dtype.name} of shape {array.shape}" for array in (ours, theirs)]
        return Outputs(False, close, problem=f"{kinds[0]} beside {kinds[1]}")
    # Adding the same terms in another order changes a sum by about this much.
    precision = float(np.finfo(ours.dtype).eps) if ours.dtype.kind == "f" else 0.0
    precision = max(precision, close / 2 if close > CLOSE else 0.0)
    tolerance = max(close, precision * max(2.0, math.sqrt(terms)))
    left, right = (array.astype(np.float64) for array in (ours, theirs))
    both_nan = np.isnan(left) & np.isnan(right)
    apart = np.where(both_nan | (left == right), 0.0, np.abs(left - right))
    allowed = tolerance * np.abs(right[np.isfinite(right)]).max(initial=1.0)
    largest = float(apart.max(initial=0.0))
    return Outputs(bool(largest <= allowed), tolerance, largest)
