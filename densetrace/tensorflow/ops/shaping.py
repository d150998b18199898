"""Operations that read or change the shape of a tensor and keep its elements in order."""

import math
import operator
from typing import Any

import numpy as np

from densetrace.tensorflow.dtypes import as_dtype, int32
from densetrace.tensorflow.errors import InvalidArgumentError
from densetrace.tensorflow.operation import (
    Index,
    Sizes,
    Spec,
    known_sizes,
    operation,
    vector_of_sizes,
)
from densetrace.tensorflow.ops.gradients import no_gradient, sizes_of, sum_to
from densetrace.tensorflow.ops.reductions import axis_number, checked_axis, no_integer
from densetrace.tensorflow.shapes import UNKNOWN_RANK, TensorShape, broadcast
from densetrace.tensorflow.symbolic import current_graph
from densetrace.tensorflow.tensor import Array, Tensor


@operation("shape")
def shape(input: Index, out_type: Any = "int32", name: Any = None) -> Array:
    """The sizes of `input`: i32[rank]. Follows tf.shape."""
    _check_out_type(out_type)
    return np.array(input.shape, as_dtype(out_type).numpy)


def _check_out_type(out_type: Any) -> None:
    if not as_dtype(out_type).is_integer:
        kind = InvalidArgumentError if current_graph() is None else TypeError
        raise kind(f"Sizes are integers. Received: out_type={out_type!r:.80}")


@shape.shape_rule
def _shape_rule(input: Spec, out_type: Any) -> Any:
    _check_out_type(out_type)
    if input.shape.rank is None:
        return TensorShape((None,)), as_dtype(out_type)
    return TensorShape((len(input.shape),)), as_dtype(out_type), tuple(input.shape)


@operation("rank")
def rank(input: Index, name: Any = None) -> Array:
    """The number of dimensions of `input`: i32[]. Follows tf.rank."""
    return np.array(input.ndim, np.int32)


@rank.shape_rule
def _rank_rule(input: Spec) -> Any:
    return TensorShape(()), int32, input.shape.rank


@operation("size")
def size(input: Index, out_type: Any = "int32", name: Any = None) -> Array:
    """The number of elements of `input`: i32[]. Follows tf.size."""
    return np.array(input.size, as_dtype(out_type).numpy)


@size.shape_rule
def _size_rule(input: Spec, out_type: Any) -> Any:
    return TensorShape(()), as_dtype(out_type), input.shape.num_elements()


for _asked in (shape, rank, size):
    _asked.gradient(no_gradient)


@operation("reshape")
def reshape(tensor: Index, shape: Sizes, name: Any = None) -> Array:
    """The same elements in another shape; a size of -1 is inferred. Follows tf.reshape."""
    sizes = vector_of_sizes(shape)
    if sizes.count(-1) > 1:
        raise InvalidArgumentError(f"Only one size may be -1. Received: shape={list(sizes)}")
    fixed = math.prod(one for one in sizes if one != -1)
    fits = tensor.size == fixed if -1 not in sizes else fixed and tensor.size % fixed == 0
    if not fits and not (-1 in sizes and fixed == 0 and tensor.size == 0):
        raise InvalidArgumentError(
            f"Input to reshape is a tensor with {tensor.size} values, but the requested shape has "
            f"{fixed}. Received: shape={list(sizes)}"
        )
    if -1 in sizes and fixed == 0:
        inferred = _inferred_of_empty(tensor.shape, sizes)
        sizes = tuple(inferred if one == -1 else one for one in sizes)
    return tensor.reshape(sizes)


def _inferred_of_empty(given: tuple[int, ...], wanted: tuple[int, ...]) -> int:
    """The size that -1 stands for where there are no elements: as if sizes of 0 were not there."""
    count = math.prod(size for size in given if size)
    return count // math.prod(size for size in wanted if size > 0)


@reshape.shape_rule
def _reshape_rule(tensor: Spec, shape: Any) -> Any:
    if isinstance(shape, int) or (isinstance(shape, Spec) and shape.shape.rank not in (1, None)):
        raise ValueError("The shape of a reshape is a vector of sizes. Received: another shape")
    sizes = known_sizes(shape)
    if sizes is None:
        return UNKNOWN_RANK, tensor.dtype
    wanted: list[Any] = [None if one == -1 else one for one in sizes]
    elements = tensor.shape.num_elements()
    if wanted.count(None) == 1 and -1 in sizes and elements is not None:
        rest = math.prod(one for one in wanted if one is not None)
        if rest and elements % rest == 0:
            wanted[wanted.index(None)] = elements // rest
        elif rest:
            raise ValueError(
                f"Cannot reshape a tensor with {elements} elements to shape {list(sizes)}"
            )
    elif None not in wanted and elements is not None and math.prod(wanted) != elements:
        raise ValueError(
            f"Cannot reshape a tensor with {elements} elements to shape {wanted} "
            f"({math.prod(wanted)} elements)"
        )
    elif None not in wanted and tensor.shape.rank is not None:
        fixed = math.prod(size for size in tensor.shape if size is not None)
        if fixed and math.prod(wanted) % fixed:
            raise ValueError(
                f"Dimension size must be evenly divisible by {fixed} but is {math.prod(wanted)}. "
                f"Received: a tensor of shape {tensor.shape} and shape={wanted}"
            )
    known = tensor.known if isinstance(tensor.known, tuple) and len(wanted) == 1 else None
    return TensorShape(wanted), tensor.dtype, known


@reshape.gradient
def _reshape_gradient(step: Any, dy: Any) -> Any:
    return reshape(dy, sizes_of(step.operands[0]))


def _order(perm: Any, count: int) -> tuple[int, ...]:
    if perm is None:
        return tuple(reversed(range(count)))
    if isinstance(perm, Tensor):
        perm = perm.numpy().tolist()
    if isinstance(perm, str):
        raise no_integer(perm)
    if isinstance(perm, float):
        raise TypeError(f"perm must be a list of axes. Received: {perm}")
    if np.ndim(perm) != 1:
        raise InvalidArgumentError(f"perm must be a list of axes. Received: {perm!r:.80}")
    order = tuple(checked_axis(operator.index(axis), count) for axis in perm)
    if len(order) != count:
        raise InvalidArgumentError(f"perm must have {count} axes. Received: {perm}")
    return order


def _permutation(perm: Any, count: int) -> tuple[int, ...]:
    try:
        order = _order(perm, count)
    except TypeError as error:
        if not isinstance(perm, list | tuple):
            raise
        raise InvalidArgumentError(f"perm must have integers. Received: {perm}") from error
    if sorted(order) != list(range(count)):
        raise InvalidArgumentError(f"perm must be a permutation of {count} axes. Received: {perm}")
    return order


@operation("transpose")
def transpose(a: Index, perm: Any = None, conjugate: bool = False, name: Any = None) -> Array:
    """`a` with its axes in the order `perm`, reversed if not given. Follows tf.transpose."""
    return np.array(a.transpose(_permutation(perm, a.ndim)), order="C")


@transpose.shape_rule
def _transpose_rule(a: Spec, perm: Any, conjugate: bool) -> Any:
    if a.shape.rank is None:
        return UNKNOWN_RANK, a.dtype
    return TensorShape(a.shape[axis] for axis in _order(perm, len(a.shape))), a.dtype


@transpose.gradient
def _transpose_gradient(step: Any, dy: Any) -> Any:
    order = _order(step.attributes["perm"], step.operands[0].shape.rank)
    return transpose(dy, [order.index(axis) for axis in range(len(order))])


def new_axis(axis: Any, count: int) -> int:
    """The position of a new axis as a non-negative number; it may be in a list.

    Raises:
        InvalidArgumentError: when there is no such position.
        TypeError: when it is not an integer.
    """
    if isinstance(axis, list | tuple) or (axis is not None and np.ndim(axis) == 1):
        axis = axis[0] if len(axis) == 1 else axis
    at = axis_number(axis)
    if not -count - 1 <= at <= count:
        raise InvalidArgumentError(
            f"Tried to expand dim index {at} for tensor with {count} dimensions."
        )
    return at if at >= 0 else count + 1 + at


@operation("expand_dims")
def expand_dims(input: Index, axis: Any, name: Any = None) -> Array:
    """`input` with a new axis of size 1. Follows tf.expand_dims."""
    return np.expand_dims(input, new_axis(axis, input.ndim))


@expand_dims.shape_rule
def _expand_rule(input: Spec, axis: Any) -> Any:
    if input.shape.rank is None:
        return UNKNOWN_RANK, input.dtype
    sizes = list(input.shape)
    sizes.insert(new_axis(axis, len(sizes)), 1)
    known = (input.known,) if input.shape.rank == 0 else None
    return TensorShape(sizes), input.dtype, known


@expand_dims.gradient
def _expand_gradient(step: Any, dy: Any) -> Any:
    return reshape(dy, sizes_of(step.operands[0]))


def _squeezed(axis: Any, sizes: Any) -> list[int]:
    if axis is None:
        return [at for at, size in enumerate(sizes) if size == 1]
    listed = axis if isinstance(axis, list | tuple) else [axis]
    if any(isinstance(one, str) for one in listed):
        raise TypeError(f"An axis must be an integer. Received: axis={axis!r:.80}")
    found = [checked_axis(int(one), len(sizes)) for one in listed]
    for at in found:
        if sizes[at] not in (1, None):
            raise InvalidArgumentError(
                f"Can not squeeze dim[{at}], expected a dimension of 1, got {sizes[at]}"
            )
    return found


@operation("squeeze")
def squeeze(input: Index, axis: Any = None, name: Any = None) -> Array:
    """`input` without its axes of size 1, or without the given ones. Follows tf.squeeze."""
    return np.squeeze(input, tuple(_squeezed(axis, input.shape)))


@squeeze.shape_rule
def _squeeze_rule(input: Spec, axis: Any) -> Any:
    if input.shape.rank is None or (axis is None and not input.shape.is_fully_defined()):
        return UNKNOWN_RANK, input.dtype
    gone = _squeezed(axis, input.shape)
    return TensorShape(size for at, size in enumerate(input.shape) if at not in gone), input.dtype


@squeeze.gradient
def _squeeze_gradient(step: Any, dy: Any) -> Any:
    return reshape(dy, sizes_of(step.operands[0]))


@operation("broadcast_to")
def broadcast_to(input: Index, shape: Sizes, name: Any = None) -> Array:
    """`input` broadcast to `shape`. Follows tf.broadcast_to."""
    return np.broadcast_to(input, vector_of_sizes(shape)).copy()


@broadcast_to.shape_rule
def _broadcast_rule(input: Spec, shape: Any) -> Any:
    sizes = known_sizes(shape)
    if sizes is None:
        return UNKNOWN_RANK, input.dtype
    if input.shape.rank is not None and input.shape.rank > len(sizes):
        raise ValueError(
            f"A tensor cannot be broadcast to fewer dimensions. Received: {input.shape} and "
            f"shape={list(sizes)}"
        )
    sizes = tuple(None if size is None or size < 0 else size for size in sizes)
    if None not in sizes:
        broadcast(input.shape, TensorShape(sizes))
    return TensorShape(sizes), input.dtype


@broadcast_to.into
def _broadcast_into(input: Spec, shape: Any) -> Any:
    return None if isinstance(shape, Spec) else lambda x, out: np.copyto(out, x)


@broadcast_to.gradient
def _broadcast_gradient(step: Any, dy: Any) -> Any:
    return sum_to(dy, step.operands[0])
