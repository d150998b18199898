"""Norms and logarithmic sums along axes.

Follows tensorflow/python/ops/math_ops.py and math_grad.py.
"""

from typing import Any

import numpy as np

from densetrace.tensorflow.operation import Operand, Spec, operation
from densetrace.tensorflow.ops.comparisons import greater, less
from densetrace.tensorflow.ops.creating import ones_like
from densetrace.tensorflow.ops.elementary import exp, log
from densetrace.tensorflow.ops.math import add, divide, negative, subtract
from densetrace.tensorflow.ops.reductions import (
    axes_of,
    axis_number,
    checked_axis,
    reduction_rule,
    spread,
)
from densetrace.tensorflow.ops.selecting import where
from densetrace.tensorflow.tensor import Array


@operation("math.reduce_euclidean_norm", kinds="iuf", rule=reduction_rule)
def reduce_euclidean_norm(
    input_tensor: Operand, axis: Any = None, keepdims: bool = False, name: Any = None
) -> Array:
    """The square root of the sum of squares over one axis, several, or all of them."""
    x = input_tensor
    squares = np.sum(
        np.multiply(x, x), axis=axes_of(axis, x.ndim), keepdims=keepdims, dtype=x.dtype
    )
    return np.asarray(np.sqrt(squares)).astype(x.dtype)


@reduce_euclidean_norm.gradient
def _norm_gradient(step: Any, dy: Any) -> Any:
    return divide(step.operands[0], divide(spread(step, step.outputs), spread(step, dy)))


def _same_rule(x: Spec, axis: Any, exclusive: bool, reverse: bool) -> Any:
    return x.shape, x.dtype


@operation("math.cumulative_logsumexp", kinds="f", rule=_same_rule)
def cumulative_logsumexp(
    x: Operand, axis: Any = 0, exclusive: bool = False, reverse: bool = False, name: Any = None
) -> Array:
    """log(sum(exp(x))) of all up to each along an axis, without overflow; `exclusive` without it,
    `reverse` from the end. An empty sum is -infinity."""
    at = checked_axis(axis_number(axis), x.ndim)
    data = np.moveaxis(np.flip(x, at) if reverse else x, at, 0)
    result = np.logaddexp.accumulate(data, 0) if data.size else data.copy()
    if exclusive and len(result):
        lowest = np.full_like(result[:1], -np.inf)
        result = np.concatenate([lowest, result[:-1]])
    result = np.moveaxis(result, 0, at)
    return np.ascontiguousarray(np.flip(result, at) if reverse else result)


@cumulative_logsumexp.gradient
def _logsumexp_gradient(step: Any, dy: Any) -> Any:
    # In logarithms, so that nothing overflows: the positive parts, less the negative ones.
    options, x, y = step.attributes, step.operands[0], step.outputs
    lowest = np.finfo(x.dtype.numpy).min
    nothing = ones_like(dy) * lowest

    def part(sign: Any, has_it: Any) -> Any:
        safe = where(has_it, sign(dy), ones_like(dy))
        weights = where(has_it, log(safe), nothing)
        total = cumulative_logsumexp(
            subtract(weights, y), options["axis"], options["exclusive"], not options["reverse"]
        )
        return exp(add(total, x))

    return subtract(part(lambda one: one, greater(dy, 0)), part(negative, less(dy, 0)))
