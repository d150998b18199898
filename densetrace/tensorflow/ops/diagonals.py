"""Diagonals of matrices and of tensors: set, taken out, and put into zeros.

Follows tensorflow/python/ops/array_ops.py and linalg_impl.py.
"""

from typing import Any

import numpy as np

from densetrace.tensorflow.errors import InvalidArgumentError
from densetrace.tensorflow.operation import Operand, Spec, export, operation
from densetrace.tensorflow.ops.creating import zeros_like
from densetrace.tensorflow.ops.math import (
    add,
    multiply,
)
from densetrace.tensorflow.ops.shaping import expand_dims
from densetrace.tensorflow.shapes import UNKNOWN_RANK, TensorShape
from densetrace.tensorflow.tensor import Array


@operation("raw_ops.MatrixSetDiagV3")
def _set_diag(input: Operand, diagonal: Operand, k: int, name: Any = None) -> Array:
    """The matrices with another diagonal."""
    rows, columns = input.shape[-2:]
    lines = np.arange(max(0, -k), min(rows, columns - k))
    if diagonal.shape != (*input.shape[:-2], len(lines)):
        raise InvalidArgumentError(
            f"The diagonal must have the shape {[*input.shape[:-2], len(lines)]}. "
            f"Received: {list(diagonal.shape)}"
        )
    made = input.copy()
    made[..., lines, lines + k] = diagonal
    return made


@_set_diag.shape_rule
def _set_diag_rule(input: Spec, diagonal: Spec, k: int) -> Any:
    if input.shape.rank is not None and len(input.shape) < 2:
        raise ValueError(f"Shape must be at least rank 2 but is rank {len(input.shape)}")
    if None not in (input.shape.rank, diagonal.shape.rank):
        if len(diagonal.shape) != len(input.shape) - 1:
            raise ValueError(f"Shape must be rank {len(input.shape) - 1}")
        lead = TensorShape(input.shape[:-2]).merge_with(TensorShape(diagonal.shape[:-1]))
        return TensorShape((*lead, *input.shape[-2:])), input.dtype
    return input.shape, input.dtype


@_set_diag.gradient
def _set_diag_gradient(step: Any, dy: Any) -> Any:
    k = step.attributes["k"]
    return _set_diag(dy, zeros_like(step.operands[1]), k), _diagonal(dy, k)


@operation("raw_ops.MatrixDiagPartV3")
def _diagonal(input: Operand, k: int, name: Any = None) -> Array:
    """A diagonal of matrices."""
    return np.ascontiguousarray(np.diagonal(input, k, axis1=-2, axis2=-1))


@_diagonal.shape_rule
def _diagonal_rule(input: Spec, k: int) -> Any:
    if input.shape.rank is None:
        return UNKNOWN_RANK, input.dtype
    rows, columns = input.shape[-2:]
    count = None if None in (rows, columns) else len(range(max(0, -k), min(rows, columns - k)))
    return TensorShape((*input.shape[:-2], count)), input.dtype


@_diagonal.gradient
def _diagonal_gradient(step: Any, dy: Any) -> Any:
    return _set_diag(zeros_like(step.operands[0]), dy, step.attributes["k"])


@export("linalg.set_diag")
def set_diag(
    input: Any, diagonal: Any, name: str = "set_diag", k: Any = 0, align: str = "RIGHT_LEFT"
) -> Any:
    """The matrices with another diagonal: the one `k` above the main one, below for negative k.

    Raises:
        InvalidArgumentError: when the diagonal does not fit.
        ValueError: for a range of diagonals, which densetrace does not have.
    """
    # DEPARTS: TensorFlow can also set a range of diagonals, such as k=(-1, 1).
    if isinstance(k, list | tuple):
        raise ValueError(f"densetrace sets one diagonal at a time. Received: k={k}")
    return _set_diag(input, diagonal, int(k))


@operation("linalg.diag_part", kinds="iufc")
def diag_part(input: Operand, name: Any = None) -> Array:
    """The diagonals of matrices: [..., n, m] -> [..., min(n, m)]. Follows tf.linalg.diag_part."""
    return np.ascontiguousarray(np.diagonal(input, axis1=-2, axis2=-1))


@diag_part.shape_rule
def _diag_part_rule(input: Spec) -> Any:
    if input.shape.rank is None:
        return UNKNOWN_RANK, input.dtype
    rows, columns = input.shape[-2:]
    count = None if None in (rows, columns) else min(rows, columns)
    return TensorShape((*input.shape[:-2], count)), input.dtype


@diag_part.gradient
def _diag_part_gradient(step: Any, dy: Any) -> Any:
    return _set_diag(zeros_like(step.operands[0]), dy, 0)


@operation("linalg.diag", kinds="iufc")
def diag(diagonal: Operand, name: Any = None) -> Array:
    """Matrices with these diagonals: [..., n] -> [..., n, n]. Follows tf.linalg.diag."""
    size = diagonal.shape[-1]
    result = np.zeros((*diagonal.shape, size), diagonal.dtype)
    result[..., np.arange(size), np.arange(size)] = diagonal
    return result


@diag.shape_rule
def _diag_rule(diagonal: Spec) -> Any:
    if diagonal.shape.rank is None:
        return UNKNOWN_RANK, diagonal.dtype
    return TensorShape((*diagonal.shape, diagonal.shape[-1])), diagonal.dtype


@diag.gradient
def _diag_gradient(step: Any, dy: Any) -> Any:
    return diag_part(dy)


@operation("linalg.trace", kinds="iufc")
def trace(x: Operand, name: Any = None) -> Array:
    """The sums of diagonals: [..., n, m] -> [...]. Follows tf.linalg.trace."""
    return np.asarray(np.trace(x, axis1=-2, axis2=-1), x.dtype)


@trace.shape_rule
def _trace_rule(x: Spec) -> Any:
    if x.shape.rank is None:
        return x.shape, x.dtype
    if x.shape.rank < 2:
        raise ValueError(f"Shape must be at least rank 2 but is rank {x.shape.rank}")
    return TensorShape(x.shape[:-2]), x.dtype


@trace.gradient
def _trace_gradient(step: Any, dy: Any) -> Any:
    ones = add(zeros_like(diag_part(step.operands[0])), 1)
    return _set_diag(zeros_like(step.operands[0]), multiply(ones, expand_dims(dy, -1)), 0)


@operation("linalg.tensor_diag", kinds="iufc")
def tensor_diag(diagonal: Operand, name: Any = None) -> Array:
    """Zeros with a tensor on the diagonal: [*s] -> [*s, *s]."""
    made: Array = np.diag(diagonal.ravel()).reshape(*diagonal.shape, *diagonal.shape)
    return made


@tensor_diag.shape_rule
def _tensor_diag_rule(diagonal: Spec) -> Any:
    if diagonal.shape.rank is None:
        return UNKNOWN_RANK, diagonal.dtype
    return TensorShape((*diagonal.shape, *diagonal.shape)), diagonal.dtype


@tensor_diag.gradient
def _tensor_diag_gradient(step: Any, dy: Any) -> Any:
    return tensor_diag_part(dy)


@operation("linalg.tensor_diag_part", kinds="iufc")
def tensor_diag_part(input: Operand, name: Any = None) -> Array:
    """The diagonal of a tensor: [*s, *s] -> [*s].

    Raises:
        InvalidArgumentError: when its second half of sizes is not the first.
    """
    half = input.ndim // 2
    sizes = input.shape[:half]
    if input.ndim % 2 or not half or sizes != input.shape[half:]:
        raise InvalidArgumentError(f"Both halves of the sizes must be equal: {list(input.shape)}")
    count = int(np.prod(sizes))
    return np.diagonal(input.reshape(count, count)).copy().reshape(sizes)


@tensor_diag_part.shape_rule
def _tensor_part_rule(input: Spec) -> Any:
    if input.shape.rank is None:
        return UNKNOWN_RANK, input.dtype
    half, odd = divmod(len(input.shape), 2)
    if odd or not half:
        raise ValueError(f"The rank must be even and positive. Received: {input.shape}")
    return input.shape[:half].merge_with(input.shape[half:]), input.dtype


@tensor_diag_part.gradient
def _tensor_part_gradient(step: Any, dy: Any) -> Any:
    return tensor_diag(dy)
