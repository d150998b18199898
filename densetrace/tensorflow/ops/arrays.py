"""Tensors put together, taken apart and brought into other shapes."""

import math
import operator
from typing import Any, Final

import numpy as np

from densetrace.tensorflow.convert import array_of, convert_to_tensor
from densetrace.tensorflow.dtypes import as_dtype, bool_, int32, of_array
from densetrace.tensorflow.errors import InvalidArgumentError, ResourceExhaustedError
from densetrace.tensorflow.operation import (
    Condition,
    Index,
    Operand,
    Operands,
    Sizes,
    Spec,
    export,
    known_sizes,
    operation,
)
from densetrace.tensorflow.ops.gradients import sizes_of, sum_to
from densetrace.tensorflow.ops.math import cast
from densetrace.tensorflow.ops.reductions import checked_axis, reduce_sum
from densetrace.tensorflow.shapes import UNKNOWN_RANK, TensorShape, broadcast
from densetrace.tensorflow.symbolic import Symbol, current_graph
from densetrace.tensorflow.tensor import Array, Operators, Tensor

MAX_ELEMENTS: Final = 10**9
"""No tensor may have more elements than this."""

_LARGEST_INDEX: Final = 2**63 - 1


def no_gradient(step: Any, *upstream: Any) -> Any:
    """No gradient goes through."""
    return None


# -- sizes -----------------------------------------------------------------------------------------


def as_shape(shape: Any) -> tuple[int, ...]:
    """A shape that data can have: the sizes of a list, tuple or TensorShape, or one size.

    Raises:
        ValueError: when a size is unknown or beyond 64 bits.
        TypeError: when a size is not an integer.
    """
    if shape is None:
        raise ValueError("A shape must be known. Received: shape=None")
    if isinstance(shape, Tensor):
        shape = shape.numpy().tolist()
    sizes = (shape,) if hasattr(shape, "__index__") else tuple(shape)
    if None in sizes:
        raise ValueError(f"Every size of a shape must be known. Received: shape={sizes}")
    # DEPARTS: a size that is no integer is a TypeError for every initializer; for the random ones,
    # TensorFlow raises InvalidArgumentError.
    try:
        known = tuple(operator.index(size) for size in sizes)
    except TypeError:
        raise TypeError(f"A shape is made of integers. Received: shape={shape!r:.80}") from None
    if any(abs(size) > _LARGEST_INDEX for size in known):
        raise ValueError(f"A size must fit into 64 bits. Received: shape={known}")
    return known


def check_allocation(shape: Any, dtype: Any, copies: int = 1) -> None:
    """Refuse a tensor that is too large, before anything is allocated.

    Args:
        shape: its sizes, all known.
        dtype: its dtype, for the message.
        copies: how many tensors of this size are needed at once.

    Raises:
        InvalidArgumentError: when a size is negative, or 64 bits cannot count the elements.
        ResourceExhaustedError: when there are more than `MAX_ELEMENTS` elements.
    """
    sizes = as_shape(shape)
    for size in sizes:
        if size < 0:
            raise InvalidArgumentError(f"Dimension {size} must be >= 0. Received: shape={sizes}")
    if math.prod(size for size in sizes if size) > _LARGEST_INDEX:
        raise InvalidArgumentError(f"Shape {sizes} would have more than 2**63 - 1 elements.")
    elements = math.prod(sizes) * copies
    if elements > MAX_ELEMENTS:
        raise ResourceExhaustedError(
            f"At most {MAX_ELEMENTS:,} elements are allocated. Received: a tensor of shape {sizes} "
            f"and dtype {as_dtype(dtype).name}, which needs {elements:,}"
        )


# -- made of nothing -------------------------------------------------------------------------------


@export("constant")
def constant(value: Any, dtype: Any = None, shape: Any = None, name: Any = None) -> Any:
    """A tensor of `shape` that holds `value`: the same number everywhere, or an array's elements.

    Raises:
        TypeError: when `value` is no number of that dtype, or has another number of elements.
        ValueError: when `value` is nothing, or a size is negative.
        InvalidArgumentError: when one number in a nested list is to fill the shape.
    """
    if isinstance(value, Symbol):
        raise TypeError("Expected any non-tensor type, but got a tensor instead.")
    target = None if dtype is None else as_dtype(dtype)
    if isinstance(value, Operators) and not isinstance(value, Tensor):
        value = value.numpy()
    if isinstance(value, Tensor):
        array = value._array if target is None else array_of(value.numpy(), target)
    elif isinstance(value, np.ndarray | np.generic) and target is not None:
        with np.errstate(all="ignore"):
            array = np.array(value, target.numpy)
    else:
        array = array_of(value, target)
        array = array.copy() if isinstance(value, np.ndarray) else array
    if shape is not None:
        array = _filled(array, shape)
    return _in_graph(Tensor(array))


def _filled(array: Array, shape: Any) -> Array:
    sizes = as_shape(shape)
    if min(sizes, default=0) < 0:
        raise ValueError(f"Dimension {min(sizes)} must be >= 0")
    check_allocation(sizes, of_array(array.dtype))
    if array.size == math.prod(sizes):
        return array.reshape(sizes)
    if array.size != 1:
        raise TypeError(
            f"A constant must fit its shape. Received: {array.size} elements for shape {sizes}"
        )
    if array.ndim > 1:
        raise InvalidArgumentError(
            f"A value that fills a shape must be a scalar. Received: shape {array.shape}"
        )
    return np.full(sizes, array.reshape(()), array.dtype)


def _in_graph(tensor: Tensor) -> Any:
    """A constant of the graph that operations are added to."""
    return tensor if current_graph() is None else constant_of_graph(tensor)


@operation("raw_ops.Const")
def constant_of_graph(value: Index, name: Any = None) -> Array:
    """A constant as a tensor of a graph."""
    return value


@constant_of_graph.shape_rule
def _constant_rule(value: Spec) -> Any:
    return value.shape, value.dtype, value.known


constant_of_graph.gradient(no_gradient)


@operation("fill")
def fill(dims: Sizes, value: Index, name: Any = None) -> Array:
    """[*dims], all `value`."""
    sizes = as_shape(dims)
    check_allocation(sizes, of_array(value.dtype))
    if value.ndim:
        raise InvalidArgumentError(f"value must be a scalar. Received: shape {value.shape}")
    return np.full(sizes, value, value.dtype)


@fill.shape_rule
def _fill_rule(dims: Any, value: Spec) -> Any:
    sizes = known_sizes(dims)
    return (UNKNOWN_RANK if sizes is None else TensorShape(sizes)), value.dtype


@fill.gradient
def _fill_gradient(step: Any, dy: Any) -> Any:
    return reduce_sum(dy)


@export("zeros")
def zeros(shape: Any, dtype: Any = "float32", name: Any = None, layout: Any = None) -> Any:
    """[*shape], all 0."""
    target = as_dtype(dtype)
    return fill(_listed(shape), np.zeros((), target.numpy) if target.name != "string" else "")


@export("ones")
def ones(shape: Any, dtype: Any = "float32", name: Any = None, layout: Any = None) -> Any:
    """[*shape], all 1."""
    return fill(_listed(shape), np.ones((), as_dtype(dtype).numpy))


def _listed(shape: Any) -> Any:
    """One size as a shape."""
    if isinstance(shape, int | np.integer):
        return (shape,)
    if isinstance(shape, Tensor) and not shape.ndim:
        return reshape(shape, [1])
    return shape


@operation("zeros_like")
def zeros_like(input: Index, dtype: Any = None, name: Any = None) -> Array:
    """Zeros in the shape of `input`, and in its dtype unless another is given."""
    return np.zeros(input.shape, input.dtype if dtype is None else as_dtype(dtype).numpy)


@operation("ones_like")
def ones_like(input: Index, dtype: Any = None, name: Any = None) -> Array:
    """Ones in the shape of `input`, and in its dtype unless another is given."""
    return np.ones(input.shape, input.dtype if dtype is None else as_dtype(dtype).numpy)


def _like_rule(input: Spec, dtype: Any) -> Any:
    return input.shape, input.dtype if dtype is None else as_dtype(dtype)


for _like in (zeros_like, ones_like):
    _like.shape_rule(_like_rule)
    _like.gradient(no_gradient)


@operation("eye", "linalg.eye")
def eye(
    num_rows: Sizes,
    num_columns: Sizes | None = None,
    batch_shape: Any = None,
    dtype: Any = "float32",
    name: Any = None,
) -> Array:
    """[num_rows, num_columns] with ones on the diagonal; as often as `batch_shape` says."""
    rows = operator.index(num_rows)  # type: ignore[arg-type] # one size
    columns = rows if num_columns is None else operator.index(num_columns)  # type: ignore[arg-type]
    check_allocation((*(batch_shape or ()), rows, columns), as_dtype(dtype))
    made = np.eye(rows, columns, dtype=as_dtype(dtype).numpy)
    return np.broadcast_to(made, (*batch_shape, rows, columns)).copy() if batch_shape else made


@eye.shape_rule
def _eye_rule(num_rows: Any, num_columns: Any, batch_shape: Any, dtype: Any) -> Any:
    rows = num_rows if isinstance(num_rows, int) else None
    columns = rows if num_columns is None else num_columns if isinstance(num_columns, int) else None
    return TensorShape((*(batch_shape or ()), rows, columns)), as_dtype(dtype)


eye.gradient(no_gradient)


@export("range")
def arange(
    start: Any, limit: Any = None, delta: Any = 1, dtype: Any = None, name: str = "range"
) -> Any:
    """From `start` (0 when only one number is given) to before `limit`, in steps of `delta`."""
    first, last = (0, start) if limit is None else (start, limit)
    numbers = [convert_to_tensor(one) for one in (first, last, delta)]
    if dtype is None:
        order = ("int32", "int64", "float32", "float64")
        names = [one.dtype.name for one in numbers]
        target = as_dtype(max(names, key=lambda one: order.index(one) if one in order else 0))
    else:
        target = as_dtype(dtype)
    cast_all = [one if one.dtype is target else cast(one, target) for one in numbers]
    return _range(*cast_all)


@operation("raw_ops.Range")
def _range(start: Operand, limit: Operand, delta: Operand, name: Any = None) -> Array:
    """From `start` to before `limit`, in steps of `delta`."""
    if delta == 0:
        raise InvalidArgumentError("Requires delta != 0")
    first, last, step = start.item(), limit.item(), delta.item()
    if (step > 0 and first > last) or (step < 0 and first < last):
        raise InvalidArgumentError(
            f"Requires start <= limit when delta > 0. Received: {first}, {last}"
        )
    count = max(0, math.ceil((last - first) / step))
    check_allocation((count,), of_array(start.dtype))
    result: Array = (first + step * np.arange(count)).astype(start.dtype)
    return result


@_range.shape_rule
def _range_rule(start: Spec, limit: Spec, delta: Spec) -> Any:
    numbers = (start.known, limit.known, delta.known)
    if all(isinstance(one, int) for one in numbers) and delta.known:
        count: int | None = max(0, math.ceil((limit.known - start.known) / delta.known))
    else:
        count = None
    return TensorShape((count,)), start.dtype


_range.gradient(no_gradient)


@operation("linspace")
def linspace(start: Operand, stop: Operand, num: Sizes, axis: int = 0, name: Any = None) -> Array:
    """`num` numbers from `start` to `stop`, both included, evenly spread along a new axis."""
    dtype = np.dtype("float64") if start.dtype.kind in "iu" else start.dtype
    count: Any = num
    return np.asarray(np.linspace(start, stop, operator.index(count), axis=axis), dtype)


@linspace.shape_rule
def _linspace_rule(start: Spec, stop: Spec, num: Any, axis: int = 0) -> Any:
    sizes = list(broadcast(start.shape, stop.shape))
    at = axis if axis >= 0 else len(sizes) + 1 + axis
    sizes.insert(at, num if isinstance(num, int) else None)
    return TensorShape(sizes), start.dtype


# -- asked about -----------------------------------------------------------------------------------


@operation("shape")
def shape(input: Index, out_type: Any = "int32", name: Any = None) -> Array:
    """The sizes of `input` as a tensor: i32[rank]."""
    return np.array(input.shape, as_dtype(out_type).numpy)


@shape.shape_rule
def _shape_rule(input: Spec, out_type: Any) -> Any:
    if input.shape.rank is None:
        return TensorShape((None,)), as_dtype(out_type)
    return TensorShape((len(input.shape),)), as_dtype(out_type), tuple(input.shape)


@operation("rank")
def rank(input: Index, name: Any = None) -> Array:
    """How many dimensions `input` has: i32[]."""
    return np.array(input.ndim, np.int32)


@rank.shape_rule
def _rank_rule(input: Spec) -> Any:
    return TensorShape(()), int32, input.shape.rank


@operation("size")
def size(input: Index, out_type: Any = "int32", name: Any = None) -> Array:
    """How many elements `input` has: i32[]."""
    return np.array(input.size, as_dtype(out_type).numpy)


@size.shape_rule
def _size_rule(input: Spec, out_type: Any) -> Any:
    return TensorShape(()), as_dtype(out_type), input.shape.num_elements()


for _asked in (shape, rank, size):
    _asked.gradient(no_gradient)


# -- in another shape ------------------------------------------------------------------------------


@operation("reshape")
def reshape(tensor: Index, shape: Sizes, name: Any = None) -> Array:
    """The same elements in another shape, of which one size may be -1."""
    sizes = tuple(shape) if isinstance(shape, tuple) else (shape,)
    fixed = math.prod(one for one in sizes if one != -1)
    fits = tensor.size == fixed if -1 not in sizes else fixed and tensor.size % fixed == 0
    if not fits and not (-1 in sizes and fixed == 0 and tensor.size == 0):
        raise InvalidArgumentError(
            f"Input to reshape is a tensor with {tensor.size} values, but the requested shape has "
            f"{fixed}. Received: shape={list(sizes)}"
        )
    if -1 in sizes and fixed == 0:
        sizes = tuple(0 if one == -1 else one for one in sizes)
    return tensor.reshape(sizes)


@reshape.shape_rule
def _reshape_rule(tensor: Spec, shape: Any) -> Any:
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
    order = tuple(checked_axis(operator.index(axis), count) for axis in perm)
    if sorted(order) != list(range(count)):
        raise InvalidArgumentError(f"perm must be a permutation of {count} axes. Received: {perm}")
    return order


@operation("transpose")
def transpose(a: Index, perm: Any = None, conjugate: bool = False, name: Any = None) -> Array:
    """`a` with its axes in the order `perm`, or reversed."""
    return np.ascontiguousarray(a.transpose(_order(perm, a.ndim)))


@transpose.shape_rule
def _transpose_rule(a: Spec, perm: Any, conjugate: bool) -> Any:
    if a.shape.rank is None:
        return UNKNOWN_RANK, a.dtype
    return TensorShape(a.shape[axis] for axis in _order(perm, len(a.shape))), a.dtype


@transpose.gradient
def _transpose_gradient(step: Any, dy: Any) -> Any:
    order = _order(step.attributes["perm"], step.operands[0].shape.rank)
    return transpose(dy, [order.index(axis) for axis in range(len(order))])


def _new_axis(axis: Any, count: int) -> int:
    at = int(axis)
    if not -count - 1 <= at <= count:
        raise InvalidArgumentError(
            f"Tried to expand dim index {at} for tensor with {count} dimensions."
        )
    return at if at >= 0 else count + 1 + at


@operation("expand_dims")
def expand_dims(input: Index, axis: Any, name: Any = None) -> Array:
    """`input` with a new axis of size 1."""
    return np.expand_dims(input, _new_axis(axis, input.ndim))


@expand_dims.shape_rule
def _expand_rule(input: Spec, axis: Any) -> Any:
    if input.shape.rank is None:
        return UNKNOWN_RANK, input.dtype
    sizes = list(input.shape)
    sizes.insert(_new_axis(axis, len(sizes)), 1)
    known = (input.known,) if input.shape.rank == 0 else None
    return TensorShape(sizes), input.dtype, known


@expand_dims.gradient
def _expand_gradient(step: Any, dy: Any) -> Any:
    return reshape(dy, sizes_of(step.operands[0]))


def _squeezed(axis: Any, sizes: Any) -> list[int]:
    if axis is None:
        return [at for at, size in enumerate(sizes) if size == 1]
    listed = axis if isinstance(axis, list | tuple) else [axis]
    found = [checked_axis(int(one), len(sizes)) for one in listed]
    for at in found:
        if sizes[at] not in (1, None):
            raise InvalidArgumentError(
                f"Can not squeeze dim[{at}], expected a dimension of 1, got {sizes[at]}"
            )
    return found


@operation("squeeze")
def squeeze(input: Index, axis: Any = None, name: Any = None) -> Array:
    """`input` without its axes of size 1, or without those named."""
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
    """`input` repeated along its axes of size 1, and along new ones at the front."""
    return np.broadcast_to(input, shape).copy()


@broadcast_to.shape_rule
def _broadcast_rule(input: Spec, shape: Any) -> Any:
    sizes = known_sizes(shape)
    if sizes is None:
        return UNKNOWN_RANK, input.dtype
    if None not in sizes:
        broadcast(input.shape, TensorShape(sizes))
    return TensorShape(sizes), input.dtype


@broadcast_to.gradient
def _broadcast_gradient(step: Any, dy: Any) -> Any:
    return sum_to(dy, step.operands[0])


@operation("tile")
def tile(input: Index, multiples: Sizes, name: Any = None) -> Array:
    """`input` repeated: so many times along each axis."""
    if len(multiples) != input.ndim:
        raise InvalidArgumentError(
            f"Expected multiples argument to be a vector of length {input.ndim}"
        )
    return np.tile(input, multiples)


@tile.shape_rule
def _tile_rule(input: Spec, multiples: Any) -> Any:
    times = known_sizes(multiples)
    if times is None or input.shape.rank is None:
        return UNKNOWN_RANK, input.dtype
    if len(times) != len(input.shape):
        raise ValueError(f"multiples must have one number for each axis. Received: {times}")
    return TensorShape(
        None if a is None or b is None else a * b for a, b in zip(input.shape, times, strict=True)
    ), input.dtype


@tile.gradient
def _tile_gradient(step: Any, dy: Any) -> Any:
    x, multiples = step.operands
    if not isinstance(multiples, tuple):
        raise LookupError("tile has no gradient where its multiples are computed in a graph")
    sizes = shape(x)
    split: list[Any] = []
    for axis, (times, known) in enumerate(zip(multiples, x.shape, strict=True)):
        split += [times, sizes[axis] if known is None else known]
    return reduce_sum(reshape(dy, split), list(range(0, len(split), 2)))


@operation("repeat")
def repeat(input: Index, repeats: Sizes, axis: Any = None, name: Any = None) -> Array:
    """Each element of `input` repeated along an axis; of the flat tensor for None."""
    return np.repeat(input, repeats, axis)


@repeat.shape_rule
def _repeat_rule(input: Spec, repeats: Any, axis: Any = None) -> Any:
    if axis is None:
        count = input.shape.num_elements()
        times = repeats if isinstance(repeats, int) else None
        return TensorShape(
            (None if count is None or times is None else count * times,)
        ), input.dtype
    sizes: list[Any] = list(input.shape)
    at = checked_axis(axis, len(sizes))
    if isinstance(repeats, int):
        sizes[at] = None if sizes[at] is None else sizes[at] * repeats
    else:
        numbers = known_sizes(repeats)
        sizes[at] = (
            None if numbers is None or None in numbers else sum(map(int, filter(None, numbers)))
        )
    return TensorShape(sizes), input.dtype


@repeat.gradient
def _repeat_gradient(step: Any, dy: Any) -> Any:
    x, repeats = step.operands
    axis = step.attributes["axis"]
    if not isinstance(repeats, int):
        times = repeats if isinstance(repeats, tuple) else ()
        if not times:
            raise LookupError("repeat has no gradient where its repeats are computed in a graph")
        owners = np.repeat(np.arange(len(times)), times)
        return _summed_by_owner(dy, owners, len(times), 0 if axis is None else axis, x)
    if axis is None:
        return reshape(reduce_sum(reshape(dy, [-1, repeats]), 1), sizes_of(x))
    at = checked_axis(axis, x.shape.rank)
    sizes = [*x.shape[: at + 1], repeats, *x.shape[at + 1 :]]
    return reduce_sum(reshape(dy, [-1 if one is None else one for one in sizes]), at + 1)


def _summed_by_owner(dy: Any, owners: Array, count: int, axis: int, like: Any) -> Any:
    from densetrace.tensorflow.ops.indexing import unsorted_segment_sum

    at = checked_axis(axis, dy.shape.rank)
    order = [at, *[one for one in range(dy.shape.rank) if one != at]]
    summed = unsorted_segment_sum(transpose(dy, order), owners.astype(np.int32), count)
    back = [order.index(one) for one in range(len(order))]
    return reshape(transpose(summed, back), sizes_of(like))


@operation("pad")
def pad(
    tensor: Index, paddings: Any, mode: str = "CONSTANT", constant_values: Any = 0, name: Any = None
) -> Array:
    """`tensor` with so many elements more before and after it along each axis.

    Args:
        tensor: the tensor.
        paddings: a pair of numbers for each axis.
        mode: CONSTANT, REFLECT or SYMMETRIC.
        constant_values: what is put there.
    """
    widths = _widths(paddings, tensor.ndim)
    kind = mode.upper()
    if kind == "CONSTANT":
        return np.pad(tensor, widths, constant_values=constant_values)
    if kind not in ("REFLECT", "SYMMETRIC"):
        raise ValueError(
            "Value of argument `mode` expected to be one of CONSTANT, REFLECT or SYMMETRIC. "
            f"Received: {mode}"
        )
    result: Array = np.pad(tensor, widths, mode=kind.lower())  # type: ignore[call-overload] # one of the two
    return result


def _widths(paddings: Any, count: int) -> list[tuple[int, int]]:
    if isinstance(paddings, Tensor | np.ndarray):
        paddings = np.asarray(paddings).tolist()
    widths = [(int(before), int(after)) for before, after in paddings]
    if len(widths) != count:
        raise InvalidArgumentError(
            f"paddings must have a pair for each of {count} axes. Received: {paddings}"
        )
    return widths


@pad.shape_rule
def _pad_rule(tensor: Spec, paddings: Any, mode: str, constant_values: Any) -> Any:
    widths = _widths(paddings, len(tensor.shape))
    return TensorShape(
        None if size is None else size + before + after
        for size, (before, after) in zip(tensor.shape, widths, strict=True)
    ), tensor.dtype


@pad.gradient
def _pad_gradient(step: Any, dy: Any) -> Any:
    if step.attributes["mode"].upper() != "CONSTANT":
        raise LookupError("pad has a gradient for mode CONSTANT only")
    widths = _widths(step.attributes["paddings"], step.operands[0].shape.rank)
    return strided_slice(dy, tuple(slice(a, -b if b else None) for a, b in widths))


@operation("reverse")
def reverse(tensor: Index, axis: Any, name: Any = None) -> Array:
    """`tensor` in reverse order along some axes."""
    return np.ascontiguousarray(np.flip(tensor, _reversed_axes(axis, tensor.ndim)))


def _reversed_axes(axis: Any, count: int) -> tuple[int, ...]:
    listed = axis if isinstance(axis, list | tuple) else np.atleast_1d(np.asarray(axis)).tolist()
    return tuple(checked_axis(int(one), count) for one in listed)


@reverse.shape_rule
def _reverse_rule(tensor: Spec, axis: Any) -> Any:
    _reversed_axes(axis, len(tensor.shape))
    return tensor.shape, tensor.dtype


@reverse.gradient
def _reverse_gradient(step: Any, dy: Any) -> Any:
    return reverse(dy, step.attributes["axis"])


@operation("roll")
def roll(input: Index, shift: Any, axis: Any, name: Any = None) -> Array:
    """`input` shifted along an axis; what falls out at the end comes in at the front."""
    return np.roll(input, shift, axis)


@roll.shape_rule
def _roll_rule(input: Spec, shift: Any, axis: Any) -> Any:
    return input.shape, input.dtype


@roll.gradient
def _roll_gradient(step: Any, dy: Any) -> Any:
    shift = step.attributes["shift"]
    back = [-one for one in shift] if isinstance(shift, list | tuple) else -shift
    return roll(dy, back, step.attributes["axis"])


# -- put together and taken apart ------------------------------------------------------------------


@operation("concat")
def concat(values: Operands, axis: Any, name: Any = None) -> Array:
    """The values one after the other along an axis."""
    return np.concatenate(values, checked_axis(int(axis), values[0].ndim))


@concat.shape_rule
def _concat_rule(values: list[Spec], axis: Any) -> Any:
    first = values[0].shape
    at = checked_axis(int(axis), len(first))
    others = TensorShape([*first[:at], None, *first[at + 1 :]])
    total: int | None = 0
    for one in values:
        if one.shape.rank != len(first):
            raise ValueError(
                f"Ranks of all values must be equal. Received: {first} and {one.shape}"
            )
        others = others.merge_with([*one.shape[:at], None, *one.shape[at + 1 :]])
        size = one.shape[at]
        total = None if total is None or size is None else total + size
    known = None
    if len(first) == 1 and all(isinstance(one.known, tuple) for one in values):
        known = tuple(number for one in values for number in one.known)
    return TensorShape([*others[:at], total, *others[at + 1 :]]), values[0].dtype, known


@concat.gradient
def _concat_gradient(step: Any, dy: Any) -> Any:
    values = step.operands[0]
    at = checked_axis(int(step.attributes["axis"]), values[0].shape.rank)
    parts, start = [], 0
    for value in values:
        stop = start + (value.shape[at] if value.shape[at] is not None else shape(value)[at])
        index: list[Any] = [slice(None)] * at + [slice(start, stop)]
        parts.append(strided_slice(dy, tuple(index)))
        start = stop
    return (parts,)


@operation("stack")
def stack(values: Operands, axis: int = 0, name: Any = None) -> Array:
    """The values one after the other along a new axis."""
    return np.stack(values, axis)


@stack.shape_rule
def _stack_rule(values: list[Spec], axis: int = 0) -> Any:
    merged = values[0].shape
    for one in values[1:]:
        merged = merged.merge_with(one.shape)
    if merged.rank is None:
        return UNKNOWN_RANK, values[0].dtype
    sizes = list(merged)
    sizes.insert(_new_axis(axis, len(sizes)), len(values))
    known = tuple(one.known for one in values) if not merged else None
    return TensorShape(sizes), values[0].dtype, known


@stack.gradient
def _stack_gradient(step: Any, dy: Any) -> Any:
    return (unstack(dy, len(step.operands[0]), step.attributes["axis"]),)


@export("unstack")
def unstack(value: Any, num: int | None = None, axis: int = 0, name: str = "unstack") -> Any:
    """The parts of a tensor along an axis, as a list of tensors without that axis."""
    value = convert_to_tensor(value)
    at = checked_axis(axis, value.shape.rank)
    count = value.shape[at] if num is None else num
    if count is None:
        raise ValueError(f"Cannot infer argument `num` from shape {value.shape}")
    return [
        strided_slice(value, tuple([slice(None)] * at + [position])) for position in range(count)
    ]


def _cuts(sizes: Any, length: int | None) -> list[int]:
    listed = np.asarray(sizes).tolist() if not isinstance(sizes, list | tuple) else list(sizes)
    if -1 in listed and length is not None:
        listed[listed.index(-1)] = length - (sum(listed) + 1)
    return listed


@operation("raw_ops.SplitV")
def _split(value: Index, num_or_size_splits: Any, axis: int = 0, name: Any = None) -> list[Array]:
    """A tensor cut into parts along an axis: into so many equal ones, or into these sizes."""
    at = checked_axis(axis, value.ndim)
    length = value.shape[at]
    if isinstance(num_or_size_splits, int):
        if length % num_or_size_splits:
            raise InvalidArgumentError(
                "Number of ways to split should evenly divide the split dimension: "
                f"{length} by {num_or_size_splits}"
            )
        return [part.copy() for part in np.split(value, num_or_size_splits, at)]
    cuts = _cuts(num_or_size_splits, length)
    if sum(cuts) != length:
        raise InvalidArgumentError(
            f"The sizes of a split must add up to {length}. Received: {cuts}"
        )
    return [part.copy() for part in np.split(value, np.cumsum(cuts)[:-1], at)]


@_split.shape_rule
def _split_rule(value: Spec, num_or_size_splits: Any, axis: int = 0) -> Any:
    at = checked_axis(axis, len(value.shape))
    length = value.shape[at]
    if isinstance(num_or_size_splits, int):
        if length is not None and length % num_or_size_splits:
            raise ValueError(
                f"Dimension size, given by {length}, must be evenly divisible by "
                f"{num_or_size_splits}"
            )
        part = None if length is None else length // num_or_size_splits
        parts: list[Any] = [part] * num_or_size_splits
    else:
        parts = [None if one == -1 else one for one in _cuts(num_or_size_splits, length)]
    return [
        (TensorShape([*value.shape[:at], one, *value.shape[at + 1 :]]), value.dtype)
        for one in parts
    ]


@_split.gradient
def _split_gradient(step: Any, *dys: Any) -> Any:
    return concat(list(dys), step.attributes["axis"])


@export("split")
def split(
    value: Any, num_or_size_splits: Any, axis: Any = 0, num: Any = None, name: str = "split"
) -> Any:
    """A list of the parts of a tensor along an axis: so many equal ones, or of these sizes."""
    if isinstance(num_or_size_splits, np.integer):
        num_or_size_splits = int(num_or_size_splits)
    return _split(value, num_or_size_splits, int(axis))


# -- chosen ----------------------------------------------------------------------------------------


@operation("raw_ops.SelectV2")
def _where(condition: Condition, x: Operand, y: Operand, name: Any = None) -> Array:
    """x where the condition is true, y elsewhere."""
    return np.where(condition, x, y)


@_where.shape_rule
def _where_rule(condition: Spec, x: Spec, y: Spec) -> Any:
    return broadcast(condition.shape, x.shape, y.shape), x.dtype


@_where.gradient
def _where_gradient(step: Any, dy: Any) -> Any:
    condition, x, y = step.operands
    nothing = zeros_like(dy)
    of_x = _where(condition, dy, nothing)
    of_y = _where(condition, nothing, dy)
    return None, sum_to(of_x, x), sum_to(of_y, y)


@operation("raw_ops.Where")
def _true_places(condition: Index, name: Any = None) -> Array:
    """Where a tensor is true, or not 0: i64[count, rank]."""
    return np.argwhere(condition).astype(np.int64)


@_true_places.shape_rule
def _places_rule(condition: Spec) -> Any:
    return TensorShape((None, condition.shape.rank)), as_dtype("int64")


_true_places.gradient(no_gradient)


@export("where")
def where(condition: Any, x: Any = None, y: Any = None, name: Any = None) -> Any:
    """x where the condition is true, y elsewhere; without both, where it is true.

    Raises:
        ValueError: when only one of x and y is given.
    """
    if x is None and y is None:
        return _true_places(condition)
    if x is None or y is None:
        raise ValueError("x and y must both be non-None or both be None.")
    return _where(condition, x, y)


# -- parts by index --------------------------------------------------------------------------------


def _clean_key(key: Any) -> tuple[Any, ...]:
    """An index as a tuple of integers, slices, None and ...; tensors become integers."""
    items = key if isinstance(key, tuple) else (key,)
    return tuple(_clean_item(item) for item in items)


def _clean_item(item: Any) -> Any:
    if isinstance(item, slice):
        return slice(*(_clean_bound(bound) for bound in (item.start, item.stop, item.step)))
    if item is None or item is Ellipsis:
        return item
    return _clean_bound(item)


def _clean_bound(bound: Any) -> Any:
    if bound is None or isinstance(bound, Symbol):
        return bound
    if isinstance(bound, bool | float) or not hasattr(bound, "__index__"):
        raise TypeError(
            "Only integers, slices (`:`), ellipsis (`...`), tf.newaxis (`None`) and scalar "
            f"tf.int32/tf.int64 tensors are valid indices, got {bound!r:.80}"
        )
    return operator.index(bound)


@operation("strided_slice")
def _slice(input: Index, key: Any, bounds: Operands | None = None, name: Any = None) -> Array:
    """Part of a tensor, by Python's index. `bounds` are the numbers of it that a graph computes."""
    if bounds:
        numbers = iter(bounds)
        key = tuple(_filled_in(item, numbers) for item in key)
    for axis, item in enumerate(key):
        if isinstance(item, int) and Ellipsis not in key[:axis] and None not in key[:axis]:
            size = input.shape[axis] if axis < input.ndim else 0
            if not -size <= item < size:
                raise InvalidArgumentError(f"slice index {item} of dimension {axis} out of bounds.")
    return np.asarray(input[key]).copy()


def _filled_in(item: Any, numbers: Any) -> Any:
    if item is BOUND:
        return int(next(numbers))
    if isinstance(item, slice):
        parts = (item.start, item.stop, item.step)
        return slice(*(int(next(numbers)) if one is BOUND else one for one in parts))
    return item


class _Bound:
    """Stands in an index for a number that a graph computes."""

    def __repr__(self) -> str:
        return "?"


BOUND: Final = _Bound()


@_slice.shape_rule
def _slice_rule(input: Spec, bounds: Any = None, *, key: Any) -> Any:
    if input.shape.rank is None:
        return UNKNOWN_RANK, input.dtype
    sizes: list[Any] = []
    source = list(input.shape)
    named = sum(1 for item in key if item is not None and item is not Ellipsis)
    if named > len(source):
        raise ValueError(
            f"Index out of range using input dim {len(source)}; input has only {len(source)} dims"
        )
    at = 0
    for item in key if Ellipsis in key else (*key, Ellipsis):
        if item is None:
            sizes.append(1)
        elif item is Ellipsis:
            rest = len(source) - at - (named - _consumed(key, item, at))
            sizes += source[at : at + rest]
            at += rest
        elif isinstance(item, slice):
            sizes.append(_length(item, source[at]))
            at += 1
        else:
            size = source[at]
            if isinstance(item, int) and size is not None and not -size <= item < size:
                raise ValueError(f"slice index {item} of dimension {at} out of bounds.")
            at += 1
    known = None
    if isinstance(input.known, tuple) and len(key) == 1 and isinstance(key[0], int | slice):
        part = key[0]
        if isinstance(part, int) or not any(
            one is BOUND for one in (part.start, part.stop, part.step)
        ):
            known = input.known[part]
    return TensorShape(sizes), input.dtype, known


def _consumed(key: Any, item: Any, at: int) -> int:
    before = key[: key.index(Ellipsis)] if Ellipsis in key else key
    return sum(1 for one in before if one is not None)


def _length(item: slice, size: int | None) -> int | None:
    """How many elements a slice takes of an axis of this size."""
    if size is None or any(one is BOUND for one in (item.start, item.stop, item.step)):
        return None
    return len(range(*item.indices(size)))


@_slice.gradient
def _slice_gradient(step: Any, dy: Any) -> Any:
    x = step.operands[0]
    return _unsliced(dy, sizes_of(x), step.attributes["key"], step.operands[1])


@operation("raw_ops.StridedSliceGrad")
def _unsliced(
    dy: Index, shape: Sizes, key: Any, bounds: Operands | None = None, name: Any = None
) -> Array:
    """Zeros in a shape, with `dy` in the part that an index names."""
    if bounds:
        numbers = iter(bounds)
        key = tuple(_filled_in(item, numbers) for item in key)
    made = np.zeros(shape, dy.dtype)
    made[key] = dy
    return made


@_unsliced.shape_rule
def _unsliced_rule(dy: Spec, shape: Any, bounds: Any = None, *, key: Any) -> Any:
    sizes = known_sizes(shape)
    return (UNKNOWN_RANK if sizes is None else TensorShape(sizes)), dy.dtype


@_unsliced.gradient
def _unsliced_gradient(step: Any, d: Any) -> Any:
    return _slice(d, step.attributes["key"], step.operands[2])


def strided_slice(input: Any, key: Any) -> Any:
    """Part of a tensor by Python's index: `x[:, 0]`, `x[..., tf.newaxis]`, `x[mask]`."""
    from densetrace.tensorflow.ops.indexing import boolean_mask

    if isinstance(key, Operators) and key.dtype is bool_:
        return boolean_mask(input, key)
    cleaned = _clean_key(key)
    bounds: list[Any] = []

    def bound(one: Any) -> Any:
        if not isinstance(one, Symbol):
            return one
        bounds.append(one)
        return BOUND

    kept = tuple(
        slice(bound(item.start), bound(item.stop), bound(item.step))
        if isinstance(item, slice)
        else bound(item)
        for item in cleaned
    )
    return _slice(input, kept, bounds or None)


def _getitem(self: Any, key: Any) -> Any:
    return strided_slice(self, key)


setattr(Operators, "__getitem__", _getitem)  # noqa: B010 - set like the operators
