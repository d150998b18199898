"""Products of matrices and tensors, norms, bands."""

import math
from typing import Any

import numpy as np

from densetrace.tensorflow import allowance
from densetrace.tensorflow.convert import convert_to_tensor
from densetrace.tensorflow.errors import InvalidArgumentError
from densetrace.tensorflow.operation import Operand, Spec, export, operation
from densetrace.tensorflow.ops.elementary import rsqrt, sqrt
from densetrace.tensorflow.ops.gradients import needs, sum_to
from densetrace.tensorflow.ops.math import (
    abs,
    maximum,
    multiply,
    pow,
    square,
)
from densetrace.tensorflow.ops.reductions import checked_axis, reduce_max, reduce_sum
from densetrace.tensorflow.ops.shaping import transpose
from densetrace.tensorflow.shapes import UNKNOWN_RANK, TensorShape, broadcast
from densetrace.tensorflow.symbolic import Symbol
from densetrace.tensorflow.tensor import Array, Tensor


def turned(array: Array) -> Array:
    """The transposed matrices of a batch."""
    return np.swapaxes(array, -1, -2)


@operation("matmul", "linalg.matmul", operator="matmul", kinds="iufc", conversion="hint")
def matmul(
    a: Operand,
    b: Operand,
    transpose_a: bool = False,
    transpose_b: bool = False,
    adjoint_a: bool = False,
    adjoint_b: bool = False,
    a_is_sparse: bool = False,
    b_is_sparse: bool = False,
    output_type: Any = None,
    name: Any = None,
) -> Array:
    """The matrix product: [..., n, k] by [..., k, m] -> [..., n, m]."""
    if min(a.ndim, b.ndim) < 2:
        raise InvalidArgumentError(
            "A matrix product requires at least 2 dimensions. Received: "
            f"{a.dtype.name}{list(a.shape)} and {b.dtype.name}{list(b.shape)}"
        )
    left = turned(a.conj() if adjoint_a else a) if transpose_a or adjoint_a else a
    right = turned(b.conj() if adjoint_b else b) if transpose_b or adjoint_b else b
    if left.shape[-1] != right.shape[-2]:
        raise InvalidArgumentError(
            "Matrix size-incompatible: A matrix product needs equal inner sizes. Received: "
            f"{a.dtype.name}{list(a.shape)} and {b.dtype.name}{list(b.shape)}"
        )
    if allowance.is_limited():
        allowance.spend(0, left.dtype, products=left.size * right.shape[-1])
    result: Array = np.matmul(left, right)
    return result


@matmul.shape_rule
def _matmul_rule(
    a: Spec,
    b: Spec,
    transpose_a: bool,
    transpose_b: bool,
    adjoint_a: bool,
    adjoint_b: bool,
    **options: Any,
) -> Any:
    if a.shape.rank is None or b.shape.rank is None:
        return UNKNOWN_RANK, a.dtype
    if len(a.shape) < 2 or len(b.shape) < 2:
        raise ValueError(
            f"Shape must be at least rank 2 for a matrix product. Received: {a.shape} and {b.shape}"
        )
    rows, inner = a.shape[-2:] if not (transpose_a or adjoint_a) else a.shape[-2:][::-1]
    other, columns = b.shape[-2:] if not (transpose_b or adjoint_b) else b.shape[-2:][::-1]
    if inner != other and None not in (inner, other):
        raise ValueError(
            f"Dimensions must be equal, but are {inner} and {other} for a matrix product. "
            f"Received: {a.shape} and {b.shape}"
        )
    outer = broadcast(TensorShape(a.shape[:-2]), TensorShape(b.shape[:-2]))
    return TensorShape((*outer, rows, columns)), a.dtype


@matmul.into
def _matmul_into(
    a: Spec,
    b: Spec,
    transpose_a: bool,
    transpose_b: bool,
    adjoint_a: bool,
    adjoint_b: bool,
    a_is_sparse: bool,
    b_is_sparse: bool,
    output_type: Any,
) -> Any:
    if adjoint_a or adjoint_b or output_type is not None:
        return None
    if len(a.shape) != 2 or len(b.shape) != 2:
        return None
    if transpose_a:
        if transpose_b:
            return lambda a, b, out: np.matmul(a.T, b.T, out=out)
        return lambda a, b, out: np.matmul(a.T, b, out=out)
    if transpose_b:
        return lambda a, b, out: np.matmul(a, b.T, out=out)
    return np.matmul


@matmul.gradient
def _matmul_gradient(step: Any, dy: Any) -> Any:
    a, b = step.operands
    options = step.attributes
    ta = options["transpose_a"] or options["adjoint_a"]
    tb = options["transpose_b"] or options["adjoint_b"]
    of_a = of_b = None
    if needs(step, 0):
        of_a = (
            matmul(b, dy, transpose_a=tb, transpose_b=True)
            if ta
            else matmul(dy, b, transpose_b=not tb)
        )
        of_a = sum_to(of_a, a)
    if needs(step, 1):
        of_b = (
            matmul(dy, a, transpose_a=True, transpose_b=ta)
            if tb
            else matmul(a, dy, transpose_a=not ta)
        )
        of_b = sum_to(of_b, b)
    return of_a, of_b


def _paired_axes(axes: Any, rank_a: int, rank_b: int) -> tuple[list[int], list[int]]:
    if isinstance(axes, np.ndarray):
        axes = axes.tolist()
    if isinstance(axes, Tensor):
        axes = axes.numpy().tolist()
    if isinstance(axes, int):
        if axes < 0:
            raise ValueError(f"`axes` must be at least 0. Received: axes={axes}")
        if axes > rank_a:
            raise ValueError(
                f"`axes` must not exceed the number of dimensions. Received: axes={axes} and "
                f"{rank_a} dimensions"
            )
        return list(range(rank_a - axes, rank_a)), list(range(axes))
    if isinstance(axes, str):
        raise TypeError(f"`axes` must be integers. Received: axes={axes!r:.80}")
    if not isinstance(axes, list | tuple) or len(axes) != 2:
        raise ValueError(f"`axes` must be an integer or have length 2. Received: axes={axes}")
    of_a, of_b = ([axis] if isinstance(axis, int) else list(axis) for axis in axes)
    if len(of_a) != len(of_b):
        raise ValueError(f"Both tensors need the same number of axes. Received: axes={axes}")
    for listed, rank in ((of_a, rank_a), (of_b, rank_b)):
        if any(not -rank <= axis < rank for axis in listed):
            raise IndexError(f"A tensor of {rank} dimensions has no such axis. Received: {axes}")
    return [i % rank_a for i in of_a], [i % rank_b for i in of_b]


@operation("tensordot", "linalg.tensordot", kinds="iufc", conversion="own")
def tensordot(a: Operand, b: Operand, axes: Any, name: Any = None) -> Array:
    """The sum of products over paired axes of `a` and `b`: [..., k] by [k, m] -> [..., m]. Follows
    tf.tensordot.

    Args:
        a: the first operand.
        b: the second.
        axes: the axes of `a` and those of `b`, or a number n, for the last n axes of `a` and the
            first n of `b`.
    """
    of_a, of_b = _paired_axes(axes, a.ndim, b.ndim)
    if any(a.shape[i] != b.shape[j] for i, j in zip(of_a, of_b, strict=True)):
        raise InvalidArgumentError(
            f"A tensordot needs equal sizes on axes {of_a} and {of_b}. Received: "
            f"{a.dtype.name}{list(a.shape)} and {b.dtype.name}{list(b.shape)}"
        )
    if allowance.is_limited():
        inner = math.prod(a.shape[axis] for axis in of_a)
        allowance.spend(0, a.dtype, products=a.size * b.size // max(1, inner))
    return np.asarray(np.tensordot(a, b, (of_a, of_b)))


@tensordot.check
def _check_tensordot(a: Any, b: Any, axes: Any) -> None:
    rank_a, rank_b = (getattr(getattr(one, "shape", None), "rank", None) for one in (a, b))
    if rank_a is not None and rank_b is not None and not isinstance(axes, Symbol):
        _paired_axes(axes, rank_a, rank_b)


@tensordot.shape_rule
def _tensordot_rule(a: Spec, b: Spec, axes: Any) -> Any:
    if a.shape.rank is None or b.shape.rank is None:
        return UNKNOWN_RANK, a.dtype
    of_a, of_b = _paired_axes(axes, len(a.shape), len(b.shape))
    pairs = [(a.shape[i], b.shape[j]) for i, j in zip(of_a, of_b, strict=True)]
    if any(p != q and None not in (p, q) for p, q in pairs):
        raise ValueError(
            f"A tensordot needs equal sizes on axes {of_a} and {of_b}. "
            f"Received: {a.shape} and {b.shape}"
        )
    rest = [size for axis, size in enumerate(a.shape) if axis not in of_a]
    rest += [size for axis, size in enumerate(b.shape) if axis not in of_b]
    return TensorShape(rest), a.dtype


# DEPARTS: In a graph, TensorFlow does not know every size of the gradient of a tensordot. Here it
# is that of the operand.
@tensordot.gradient
def _tensordot_gradient(step: Any, dy: Any) -> Any:
    a, b = step.operands
    of_a, of_b = _paired_axes(step.attributes["axes"], a.shape.rank, b.shape.rank)
    free_a = [axis for axis in range(a.shape.rank) if axis not in of_a]
    free_b = [axis for axis in range(b.shape.rank) if axis not in of_b]
    count_a = len(free_a)
    last = list(range(count_a, count_a + len(free_b)))
    towards_a = tensordot(dy, b, [last, free_b])  # the free axes of a, then those of b that met
    order_a = [*free_a, *[of_a[of_b.index(axis)] for axis in sorted(of_b)]]
    towards_b = tensordot(a, dy, [free_a, list(range(count_a))])
    order_b = [*[of_b[of_a.index(axis)] for axis in sorted(of_a)], *free_b]
    return (
        transpose(towards_a, [order_a.index(axis) for axis in range(a.shape.rank)]),
        transpose(towards_b, [order_b.index(axis) for axis in range(b.shape.rank)]),
    )


@operation("nn.bias_add", kinds="iufc", in_place=True)
def bias_add(value: Operand, bias: Operand, data_format: Any = None, name: Any = None) -> Array:
    """`value` plus a bias along the last axis, [..., m] and [m] -> [..., m]; along the second axis
    if `data_format` begins with NC. Follows tf.nn.bias_add."""
    fits = value.ndim > 1 and bias.ndim == 1
    first = _channels_first(data_format)
    if not fits or value.shape[1 if first else -1] != bias.shape[0]:
        raise InvalidArgumentError(
            "A bias needs one element for each channel. Received: "
            f"{value.dtype.name}{list(value.shape)} and {bias.dtype.name}{list(bias.shape)}"
        )
    return np.add(value, bias.reshape(-1, *[1] * (value.ndim - 2)) if first else bias)


def _channels_first(data_format: Any) -> bool:
    text = str(data_format)
    if data_format is not None and not (
        text.startswith("NC") or (text.startswith("N") and text.endswith("C"))
    ):
        raise ValueError(
            f"data_format must be of the form `N...C` or `NC...`. Received: {data_format}"
        )
    return data_format is not None and text.startswith("NC")


@bias_add.check
def _check_format(value: Any, bias: Any, data_format: Any) -> None:
    _channels_first(data_format)


@bias_add.shape_rule
def _bias_rule(value: Spec, bias: Spec, data_format: Any) -> Any:
    if value.shape.rank is None:
        return value.shape, value.dtype
    axis = 1 if _channels_first(data_format) else -1
    if len(value.shape) < 2 or len(bias.shape) != 1:
        raise ValueError(
            f"A bias needs one element for each channel. Received: {value.shape} and {bias.shape}"
        )
    sizes = list(value.shape)
    if sizes[axis] is None:
        sizes[axis] = bias.shape[0]
    if sizes[axis] != bias.shape[0] and bias.shape[0] is not None:
        raise ValueError(
            f"A bias needs one element for each channel. Received: {value.shape} and {bias.shape}"
        )
    return TensorShape(sizes), value.dtype


@bias_add.into
def _bias_into(value: Spec, bias: Spec, data_format: Any) -> Any:
    return None if _channels_first(data_format) else np.add


@bias_add.gradient
def _bias_gradient(step: Any, dy: Any) -> Any:
    rank = dy.shape.rank
    first = _channels_first(step.attributes["data_format"])
    axes = [axis for axis in range(rank) if axis != (1 if first else rank - 1)]
    return dy, reduce_sum(dy, axes)


# -- norms -----------------------------------------------------------------------------------------


@export("norm", "linalg.norm")
def norm(
    tensor: Any, ord: Any = "euclidean", axis: Any = None, keepdims: Any = None, name: Any = None
) -> Any:
    """The norm along axes: Euclidean (Frobenius for a matrix), 1, 2, infinite or another p. Follows
    tf.norm."""
    keep = bool(keepdims)
    is_matrix = isinstance(axis, list | tuple)
    if is_matrix and (
        len(axis) != 2 or not all(isinstance(one, int) for one in axis) or axis[0] == axis[1]
    ):
        raise ValueError(
            f"'axis' must be None, an integer, or a tuple of 2 unique integers. Received: {axis}"
        )
    if isinstance(axis, float | str):
        raise ValueError(f"'axis' must be None, an integer, or a tuple. Received: {axis!r:.80}")
    if is_matrix and not isinstance(ord, str) and ord in (1, 2, np.inf):
        return _matrix_norm(tensor, ord, axis, keep)
    if ord == "fro" and not is_matrix:
        raise ValueError("'ord' must be a vector norm for one axis. Received: 'fro'")
    if is_matrix and ord not in ("euclidean", "fro"):
        raise ValueError(
            f"'ord' must be a matrix norm: euclidean, fro, 1, 2, np.inf. Received: {ord!r}"
        )
    if ord in ("euclidean", "fro", 2):
        return sqrt(reduce_sum(multiply(tensor, tensor), axis, keepdims=keep))
    if ord == 1:
        return reduce_sum(abs(tensor), axis, keepdims=keep)
    if ord == np.inf:
        return reduce_max(abs(tensor), axis, keepdims=keep)
    if isinstance(ord, int | float) and ord > 0:
        return pow(reduce_sum(pow(abs(tensor), ord), axis, keepdims=keep), 1 / ord)
    raise ValueError(
        f"'ord' must be a supported norm: euclidean, fro, 1, 2, np.inf. Received: {ord!r}"
    )


def _matrix_norm(tensor: Any, ord: Any, axis: Any, keep: bool) -> Any:
    """The norm of a matrix that the norm of vectors induces: the largest sum of a column for 1, of
    a row for infinity, the largest singular value for 2."""
    from densetrace.tensorflow.convert import convert_to_tensor

    tensor = convert_to_tensor(tensor)
    rank = tensor.shape.rank
    rows, columns = (checked_axis(one, rank) for one in axis)
    if ord != 2:
        inner, outer = (rows, columns) if ord == 1 else (columns, rows)
        sums = reduce_sum(abs(tensor), inner, keepdims=True)
        largest = reduce_max(sums, outer, keepdims=True)
    else:
        from densetrace.tensorflow.ops.decompositions import svd
        from densetrace.tensorflow.ops.shaping import expand_dims

        order = [*(one for one in range(rank) if one not in (rows, columns)), rows, columns]
        singular = svd(transpose(tensor, order), compute_uv=False)
        largest = expand_dims(reduce_max(singular, -1, keepdims=True), -1)
        largest = transpose(largest, [order.index(one) for one in range(rank)])
    from densetrace.tensorflow.ops.shaping import squeeze

    return largest if keep else squeeze(largest, [rows, columns])


@export("nn.l2_normalize", "math.l2_normalize", "linalg.l2_normalize")
def l2_normalize(
    x: Any, axis: Any = None, epsilon: float = 1e-12, name: Any = None, dim: Any = None
) -> Any:
    """`x` divided by its Euclidean norm along an axis."""
    total = reduce_sum(square(x), dim if axis is None else axis, keepdims=True)
    return multiply(x, rsqrt(maximum(total, epsilon)))


@operation("nn.l2_loss", kinds="f")
def l2_loss(t: Operand, name: Any = None) -> Array:
    """Half the sum of the squares."""
    return np.asarray(np.sum(np.multiply(t, t)) * t.dtype.type(0.5), t.dtype)


@l2_loss.shape_rule
def _l2_loss_rule(t: Spec) -> Any:
    return TensorShape(()), t.dtype


@l2_loss.gradient
def _l2_loss_gradient(step: Any, dy: Any) -> Any:
    return multiply(step.operands[0], dy)


@export("linalg.matrix_transpose")
def matrix_transpose(a: Any, name: str = "matrix_transpose", conjugate: bool = False) -> Any:
    """`a` with its last two axes swapped: [..., n, m] -> [..., m, n]. Follows
    tf.linalg.matrix_transpose."""
    a = convert_to_tensor(a)
    rank = a.shape.rank
    if rank is not None and rank < 2:
        raise ValueError(f"`a` must have at least 2 dimensions. Received: a tensor of {a.shape}")
    if rank is None:
        from densetrace.tensorflow.ops.einsum import einsum

        return einsum("...ij->...ji", a)
    return transpose(a, [*range(rank - 2), rank - 1, rank - 2])


@operation("linalg.band_part", kinds="iufcb")
def band_part(input: Operand, num_lower: int, num_upper: int, name: Any = None) -> Array:
    """A matrix with 0 outside of a band around the diagonal. Follows tf.linalg.band_part."""
    rows, columns = input.shape[-2:]
    if num_lower > rows or num_upper > columns:
        raise InvalidArgumentError(
            f"A band of {num_lower} below and {num_upper} above the diagonal must fit a matrix of "
            f"shape {[rows, columns]}"
        )
    below = np.arange(rows)[:, None] - np.arange(columns)[None, :]
    kept = ((num_lower < 0) | (below <= num_lower)) & ((num_upper < 0) | (-below <= num_upper))
    return np.where(kept, input, input.dtype.type(0))


@band_part.shape_rule
def _band_rule(input: Spec, num_lower: int, num_upper: int) -> Any:
    return input.shape, input.dtype


@band_part.gradient
def _band_gradient(step: Any, dy: Any) -> Any:
    return band_part(dy, step.attributes["num_lower"], step.attributes["num_upper"])
