"""`tf.where`: selecting between two tensors by a condition, and the indices of true elements."""

from typing import Any

import numpy as np

from densetrace.tensorflow.dtypes import as_dtype
from densetrace.tensorflow.operation import (
    Condition,
    Index,
    Operand,
    Spec,
    export,
    operation,
)
from densetrace.tensorflow.ops.creating import zeros_like
from densetrace.tensorflow.ops.gradients import no_gradient, sum_to
from densetrace.tensorflow.shapes import TensorShape, broadcast
from densetrace.tensorflow.tensor import Array


@operation("raw_ops.SelectV2")
def _where(condition: Condition, x: Operand, y: Operand, name: Any = None) -> Array:
    """x where the condition is true, y elsewhere."""
    return np.where(condition, x, y)


@_where.shape_rule
def _where_rule(condition: Spec, x: Spec, y: Spec) -> Any:
    return broadcast(condition.shape, x.shape, y.shape), x.dtype


@_where.into
def _where_into(condition: Spec, x: Spec, y: Spec) -> Any:
    def compute(condition: Array, x: Array, y: Array, out: Array) -> None:
        np.copyto(out, y)
        np.copyto(out, x, where=condition)

    return compute


@_where.gradient
def _where_gradient(step: Any, dy: Any) -> Any:
    condition, x, y = step.operands
    nothing = zeros_like(dy)
    of_x = _where(condition, dy, nothing)
    of_y = _where(condition, nothing, dy)
    return None, sum_to(of_x, x), sum_to(of_y, y)


@operation("raw_ops.Where")
def _indices_of_true(condition: Index, name: Any = None) -> Array:
    """The indices of the elements that are true or not 0: i64[n, rank]."""
    return np.argwhere(condition).astype(np.int64)


@_indices_of_true.shape_rule
def _indices_of_true_rule(condition: Spec) -> Any:
    return TensorShape((None, condition.shape.rank)), as_dtype("int64")


_indices_of_true.gradient(no_gradient)


@export("where")
def where(condition: Any, x: Any = None, y: Any = None, name: Any = None) -> Any:
    """x where the condition is true, y elsewhere, in their broadcast shape. Without x and y, the
    indices of true elements: i64[n, rank]. Follows tf.where.

    Raises:
        ValueError: when only one of x and y is given.
    """
    if x is None and y is None:
        return _indices_of_true(condition)
    if x is None or y is None:
        raise ValueError("x and y must both be non-None or both be None.")
    return _where(condition, x, y)
