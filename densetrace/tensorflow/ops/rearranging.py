"""Operations that repeat, pad, reorder or shift the elements of a tensor along its axes."""

from typing import Any

import numpy as np

from densetrace.tensorflow.convert import array_of
from densetrace.tensorflow.dtypes import of_array
from densetrace.tensorflow.errors import InvalidArgumentError
from densetrace.tensorflow.operation import (
    Index,
    Operand,
    Sizes,
    Spec,
    known_sizes,
    operation,
)
from densetrace.tensorflow.ops.gradients import sizes_of
from densetrace.tensorflow.ops.reductions import checked_axis, no_integer, reduce_sum
from densetrace.tensorflow.ops.shaping import reshape, shape, transpose
from densetrace.tensorflow.ops.slicing import strided_slice
from densetrace.tensorflow.shapes import UNKNOWN_RANK, TensorShape
from densetrace.tensorflow.symbolic import current_graph
from densetrace.tensorflow.tensor import Array, Tensor


@operation("tile")
def tile(input: Index, multiples: Sizes, name: Any = None) -> Array:
    """`input` repeated `multiples` times along each axis: [n, m] -> [n a, m b]. Follows tf.tile."""
    if not isinstance(multiples, tuple) or len(multiples) != input.ndim:
        raise InvalidArgumentError(
            f"Expected multiples argument to be a vector of length {input.ndim}"
        )
    if min(multiples, default=0) < 0:
        raise InvalidArgumentError(f"multiples must not be negative. Received: {multiples}")
    return np.tile(input, multiples)


@tile.shape_rule
def _tile_rule(input: Spec, multiples: Any) -> Any:
    times = known_sizes(multiples)
    if times is None or input.shape.rank is None:
        return UNKNOWN_RANK, input.dtype
    if len(times) != len(input.shape):
        raise ValueError(f"multiples must have one number for each axis. Received: {times}")
    sizes: list[Any] = []
    for size, count in zip(input.shape, times, strict=True):
        if 0 in (size, count):
            sizes.append(0)
        else:
            is_known = size is not None and count is not None and count > 0
            sizes.append(size * count if is_known else None)  # type: ignore[operator] # both known
    return TensorShape(sizes), input.dtype


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
    """Each element repeated along an axis, or in the flat tensor for None. Follows tf.repeat."""
    return np.repeat(input, repeats, axis)


@repeat.check
def _check_repeats(input: Any, repeats: Any, axis: Any) -> None:
    sizes = TensorShape(input.shape) if hasattr(input, "shape") else UNKNOWN_RANK
    if sizes.rank is None:
        return
    if axis is None:
        size = sizes.num_elements()
    else:
        if isinstance(axis, int) and not -len(sizes) <= axis < len(sizes):
            raise ValueError(f"axis={axis} is out of bounds for {len(sizes)} dimensions.")
        size = sizes[checked_axis(axis, len(sizes))]
    if not isinstance(repeats, list | tuple):
        return
    if len(repeats) not in (1, size) and size is not None:
        raise ValueError(f"repeats must have {size} elements. Received: repeats={repeats}")


@repeat.shape_rule
def _repeat_rule(input: Spec, repeats: Any, axis: Any = None) -> Any:
    if axis is None:
        count = input.shape.num_elements()
        times = repeats if isinstance(repeats, int) else None
        return TensorShape(
            (None if count is None or times is None else count * times,)
        ), input.dtype
    if input.shape.rank is None:
        return UNKNOWN_RANK, input.dtype
    sizes: list[Any] = list(input.shape)
    at = checked_axis(axis, len(sizes))
    # As in TensorFlow, a graph does not know how long repeats of different lengths are.
    if isinstance(repeats, int):
        is_known = repeats >= 0 and sizes[at] is not None
        sizes[at] = sizes[at] * repeats if is_known else None
    else:
        numbers = known_sizes(repeats)
        is_known = numbers is not None and None not in numbers and sizes[at] is not None
        sizes[at] = sum(one for one in numbers or () if one is not None) if is_known else None
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
    """`tensor` with elements added before and after it along each axis. Follows tf.pad.

    Args:
        tensor: the tensor.
        paddings: the numbers of elements before and after, for each axis.
        mode: CONSTANT, REFLECT or SYMMETRIC.
        constant_values: the value of the new elements, for mode CONSTANT.
    """
    try:
        widths = _widths(paddings, tensor.ndim)
    except TypeError as error:
        raise InvalidArgumentError(str(error)) from error
    kind = mode.upper()
    if kind == "CONSTANT":
        return np.pad(tensor, widths, constant_values=_filling(constant_values, tensor.dtype))
    for (before, after), size in zip(widths, tensor.shape, strict=True):
        limit = size - 1 if kind == "REFLECT" else size
        if max(before, after) > limit:
            raise InvalidArgumentError(
                f"paddings must not be greater than {limit} for mode {kind} and an axis of size "
                f"{size}. Received: {(before, after)}"
            )
    result: Array = np.pad(tensor, widths, mode=kind.lower())  # type: ignore[call-overload] # one of the two
    return result


def _filling(value: Any, dtype: np.dtype[Any]) -> Any:
    """The value of new elements, in the dtype of the others. 0 stands for nothing of any dtype.

    Raises:
        TypeError: when it cannot be of that dtype.
    """
    if isinstance(value, int) and not value:
        return b"" if dtype.kind == "O" else np.zeros((), dtype)
    return array_of(value, of_array(dtype))


def _widths(paddings: Any, count: int) -> list[tuple[int, int]]:
    if isinstance(paddings, Tensor | np.ndarray):
        paddings = np.asarray(paddings).tolist()
    if paddings is None:
        raise ValueError("A pad needs paddings. Received: paddings=None")
    if isinstance(paddings, str):
        raise no_integer(paddings)
    if not isinstance(paddings, list | tuple):
        raise InvalidArgumentError(f"paddings must be a list. Received: {paddings!r:.80}")
    listed = [list(pair) if isinstance(pair, list | tuple) else [pair] for pair in paddings]
    if any(isinstance(one, float) for pair in listed for one in pair):
        raise TypeError(f"paddings must be integers. Received: {paddings}")
    if len(listed) != count or any(len(pair) != 2 for pair in listed):
        raise InvalidArgumentError(
            f"paddings must have a pair for each of {count} axes. Received: {paddings}"
        )
    widths = [(int(before), int(after)) for before, after in listed]
    if any(min(pair) < 0 for pair in widths):
        raise InvalidArgumentError(f"paddings must not be negative. Received: {paddings}")
    return widths


@pad.check
def _check_mode(tensor: Any, paddings: Any, mode: str, constant_values: Any) -> None:
    if mode.upper() not in ("CONSTANT", "REFLECT", "SYMMETRIC"):
        raise ValueError(
            "Value of argument `mode` expected to be one of CONSTANT, REFLECT or SYMMETRIC. "
            f"Received: {mode}"
        )


@pad.shape_rule
def _pad_rule(tensor: Spec, paddings: Any, mode: str, constant_values: Any) -> Any:
    _filling(constant_values, tensor.dtype.numpy)
    if tensor.shape.rank is None:
        return UNKNOWN_RANK, tensor.dtype
    widths = _widths(paddings, len(tensor.shape))
    return TensorShape(
        None if size is None else size + before + after
        for size, (before, after) in zip(tensor.shape, widths, strict=True)
    ), tensor.dtype


@pad.gradient
def _pad_gradient(step: Any, dy: Any) -> Any:
    if step.attributes["mode"].upper() != "CONSTANT":
        return _pad_back(dy, step.attributes["paddings"], step.attributes["mode"])
    widths = _widths(step.attributes["paddings"], step.operands[0].shape.rank)
    return strided_slice(dy, tuple(slice(a, -b if b else None) for a, b in widths))


@operation("raw_ops.MirrorPadGrad", kinds="iufc")
def _pad_back(dy: Operand, paddings: Any, mode: str, name: Any = None) -> Array:
    """The gradient of a mirrored padding: each element with its mirror images added to it."""
    widths = _widths(paddings, dy.ndim)
    sizes = [size - before - after for size, (before, after) in zip(dy.shape, widths, strict=True)]
    origins = [
        np.pad(np.arange(size), width, mode=mode.lower())  # type: ignore[call-overload] # one of the two
        for size, width in zip(sizes, widths, strict=True)
    ]
    made = np.zeros(sizes, dy.dtype)
    np.add.at(made, np.ix_(*origins), dy)
    return made


@_pad_back.shape_rule
def _pad_back_rule(dy: Spec, paddings: Any, mode: str) -> Any:
    widths = _widths(paddings, len(dy.shape))
    return TensorShape(
        None if size is None else size - before - after
        for size, (before, after) in zip(dy.shape, widths, strict=True)
    ), dy.dtype


@_pad_back.gradient
def _pad_back_gradient(step: Any, d: Any) -> Any:
    return pad(d, step.attributes["paddings"], step.attributes["mode"])


@operation("reverse")
def reverse(tensor: Index, axis: Any, name: Any = None) -> Array:
    """`tensor` with the order of elements reversed along some axes. Follows tf.reverse."""
    return np.asarray(np.flip(tensor, _reversed_axes(axis, tensor.ndim)), order="C")


def _reversed_axes(axis: Any, count: int) -> tuple[int, ...]:
    if isinstance(axis, str):
        raise no_integer(axis)
    listed = axis if isinstance(axis, list | tuple) else np.asarray(axis).tolist()
    if not isinstance(listed, list | tuple):
        raise InvalidArgumentError(f"The axes to reverse must be a list. Received: axis={axis}")
    if any(isinstance(one, float | str) for one in listed):
        raise no_integer(axis)
    found = tuple(checked_axis(int(one), count) for one in listed)
    if len(set(found)) < len(found):
        raise InvalidArgumentError(f"An axis is to be reversed once. Received: axis={axis}")
    return found


@reverse.shape_rule
def _reverse_rule(tensor: Spec, axis: Any) -> Any:
    if tensor.shape.rank is not None:
        _reversed_axes(axis, tensor.shape.rank)
    return tensor.shape, tensor.dtype


@reverse.gradient
def _reverse_gradient(step: Any, dy: Any) -> Any:
    return reverse(dy, step.attributes["axis"])


@operation("roll")
def roll(input: Index, shift: Any, axis: Any, name: Any = None) -> Array:
    """`input` shifted along axes; elements that leave at one end enter at the other. Follows
    tf.roll."""
    listed = axis if isinstance(axis, list | tuple) else np.asarray(axis).reshape(-1).tolist()
    for one in listed:
        checked_axis(one, input.ndim)
    return np.roll(input, shift, axis)


@roll.check
def _check_roll(input: Any, shift: Any, axis: Any) -> None:
    for given in (shift, axis):
        listed = given if isinstance(given, list | tuple) else [given]
        if given is None or None in listed:
            raise ValueError("A roll needs a shift and an axis. Received: None")
        if any(isinstance(one, float | str) for one in listed):
            raise no_integer(given)
    if np.shape(shift) != np.shape(axis):
        kind = InvalidArgumentError if current_graph() is None else ValueError
        raise kind(f"A roll needs a shift for each axis. Received: {shift!r:.60} and {axis!r:.60}")


@roll.shape_rule
def _roll_rule(input: Spec, shift: Any, axis: Any) -> Any:
    return input.shape, input.dtype


@roll.gradient
def _roll_gradient(step: Any, dy: Any) -> Any:
    shift = step.attributes["shift"]
    back = [-one for one in shift] if isinstance(shift, list | tuple) else -shift
    return roll(dy, back, step.attributes["axis"])
