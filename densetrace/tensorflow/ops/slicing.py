"""Slices of tensors by Python's indexing syntax: `x[:, 0]`, `x[..., tf.newaxis]`, `x[mask]`."""

import operator
from typing import Any, Final

import numpy as np

from densetrace.tensorflow.definition import PartOfShape, as_constant
from densetrace.tensorflow.dtypes import bool_
from densetrace.tensorflow.errors import InvalidArgumentError
from densetrace.tensorflow.operation import (
    Index,
    Operands,
    Sizes,
    Spec,
    operation,
    shape_of_sizes,
)
from densetrace.tensorflow.ops.gradients import no_gradient, sizes_of
from densetrace.tensorflow.shapes import UNKNOWN_RANK, TensorShape
from densetrace.tensorflow.symbolic import Symbol
from densetrace.tensorflow.tensor import Array, Operators, Tensor


def _clean_key(key: Any) -> tuple[Any, ...]:
    """An index as a tuple of integers, slices, None, ... and symbols.

    Raises:
        InvalidArgumentError: when the first bound is a bool, which decides on the dtype of all.
    """
    items = key if isinstance(key, list | tuple) else (key,)
    first = items[0] if items else None
    bounds = (first.start, first.stop, first.step) if isinstance(first, slice) else (first,)
    if any(type(bound) is bool for bound in bounds):
        raise InvalidArgumentError(f"An index must be integers. Received: {first!r:.80}")
    return tuple(_clean_item(item) for item in items)


def _clean_item(item: Any) -> Any:
    if isinstance(item, slice):
        return slice(*(_clean_bound(bound) for bound in (item.start, item.stop, item.step)))
    if item is None or item is Ellipsis:
        return item
    return _clean_bound(item)


def _clean_bound(bound: Any) -> Any:
    if bound is None:
        return None
    if isinstance(bound, Operators) and not isinstance(bound, Tensor | Symbol):
        bound = bound.value()
    is_scalar = not isinstance(bound, Operators | np.ndarray) or len(bound.shape) == 0
    if isinstance(bound, Symbol) and is_scalar and bound.dtype.is_integer:
        return bound
    if isinstance(bound, float | Symbol) or not hasattr(bound, "__index__") or not is_scalar:
        raise TypeError(
            "Only integers, slices (`:`), ellipsis (`...`), tf.newaxis (`None`) and scalar "
            f"tf.int32/tf.int64 tensors are valid indices, got {bound!r:.80}"
        )
    return operator.index(bound)


@operation("strided_slice")
def _slice(input: Index, key: Any, bounds: Operands | None = None, name: Any = None) -> Array:
    """Part of a tensor by a Python index. `bounds` holds the numbers of the index that a graph
    computes."""
    if bounds:
        key = _with_bounds(key, [int(one) for one in bounds])
    for axis, item in enumerate(key):
        if isinstance(item, int) and Ellipsis not in key[:axis] and None not in key[:axis]:
            size = input.shape[axis] if axis < input.ndim else 0
            if not -size <= item < size:
                raise InvalidArgumentError(f"slice index {item} of dimension {axis} out of bounds.")
    return np.asarray(input[key]).copy()


def _with_bounds(key: Any, bounds: list[Any]) -> tuple[Any, ...]:
    """An index with these numbers in place of each `BOUND` in it."""
    numbers = iter(bounds)

    def filled(item: Any) -> Any:
        if item is BOUND:
            return next(numbers)
        if isinstance(item, slice):
            return slice(filled(item.start), filled(item.stop), filled(item.step))
        return item

    return tuple(filled(item) for item in key)


class _Bound:
    """Marks a number of an index that a graph computes."""

    def __repr__(self) -> str:
        return "?"


BOUND: Final = _Bound()


@_slice.shape_rule
def _slice_rule(input: Spec, bounds: Any = None, *, key: Any) -> Any:
    if bounds:
        # Bounds that a graph computes, but that are known all the same.
        key = _with_bounds(key, [BOUND if one.known is None else one.known for one in bounds])
    if sum(item is Ellipsis for item in key) > 1:
        raise ValueError("Multiple ellipses in slice spec not allowed")
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
            if isinstance(known, tuple):
                known = known if as_constant(input.known) is not None else PartOfShape(known)
            elif isinstance(input.known, PartOfShape):
                known = None
    return TensorShape(sizes), input.dtype, known


def _consumed(key: Any, item: Any, at: int) -> int:
    before = key[: key.index(Ellipsis)] if Ellipsis in key else key
    return sum(1 for one in before if one is not None)


def _length(item: slice, size: int | None) -> int | None:
    """The number of elements that a slice selects on an axis of this size."""
    if item.step == 0:
        raise ValueError("The step of a slice must not be 0.")
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
    """Zeros in a shape, with `dy` in the part that an index selects."""
    if bounds:
        key = _with_bounds(key, [int(one) for one in bounds])
    made = np.zeros(shape, dy.dtype)
    made[key] = dy
    return made


@_unsliced.shape_rule
def _unsliced_rule(dy: Spec, shape: Any, bounds: Any = None, *, key: Any) -> Any:
    return shape_of_sizes(shape), dy.dtype


@_unsliced.gradient
def _unsliced_gradient(step: Any, d: Any) -> Any:
    return _slice(d, step.attributes["key"], step.operands[2])


@operation("raw_ops.TensorStridedSliceUpdate")
def _with_part(
    input: Index, part: Index, key: Any, bounds: Operands | None = None, name: Any = None
) -> Array:
    """A tensor with `part` where an index selects elements."""
    if bounds:
        key = _with_bounds(key, [int(one) for one in bounds])
    made = input.copy()
    made[key] = part
    return made


@_with_part.shape_rule
def _with_part_rule(input: Spec, part: Spec, bounds: Any = None, *, key: Any) -> Any:
    return input.shape, input.dtype


_with_part.gradient(no_gradient)


def strided_slice(input: Any, key: Any) -> Any:
    """Part of a tensor by Python's index: `x[:, 0]`, `x[..., tf.newaxis]`, `x[mask]`."""
    from densetrace.tensorflow.ops.indexing import boolean_mask

    is_mask = isinstance(key, bool) or (
        isinstance(key, Operators | np.ndarray | np.generic) and key.dtype == bool_
    )
    if is_mask:
        return boolean_mask(input, key)
    return _slice(input, *_divided(_clean_key(key)))


def with_part(input: Any, key: Any, part: Any) -> Any:
    """A tensor with other elements where an index selects some: those of `part`, broadcast."""
    return _with_part(input, part, *_divided(_clean_key(key)))


def _divided(key: tuple[Any, ...]) -> tuple[tuple[Any, ...], list[Any] | None]:
    """An index with `BOUND` for each symbol in it, and these symbols; None if there is none."""
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
        for item in key
    )
    return kept, bounds or None


def _getitem(self: Any, key: Any) -> Any:
    return strided_slice(self, key)


setattr(Operators, "__getitem__", _getitem)  # noqa: B010 - set like the operators
