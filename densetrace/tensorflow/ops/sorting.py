"""Sorting, the positions of sorted elements, searching among them, and unique elements.

Follows tensorflow/python/ops/sort_ops.py and, for `unique` and `searchsorted`, array_ops.py.
"""

from typing import Any, Final, NamedTuple

import numpy as np

from densetrace.tensorflow.convert import convert_to_tensor
from densetrace.tensorflow.dtypes import as_dtype, int32
from densetrace.tensorflow.errors import InvalidArgumentError
from densetrace.tensorflow.operation import Index, Operand, Spec, export, operation
from densetrace.tensorflow.ops.creating import zeros_like
from densetrace.tensorflow.ops.gradients import no_gradient
from densetrace.tensorflow.ops.math import negative
from densetrace.tensorflow.ops.ordering import largest_first
from densetrace.tensorflow.ops.reductions import checked_axis
from densetrace.tensorflow.shapes import UNKNOWN_RANK, TensorShape
from densetrace.tensorflow.tensor import Array

_DIRECTIONS: Final = ("ASCENDING", "DESCENDING")


def _checked(values: Any, direction: str) -> Any:
    """The values as a tensor.

    Raises:
        ValueError: for another direction, or when the rank is unknown.
    """
    if direction not in _DIRECTIONS:
        raise ValueError(
            f"Argument `direction` should be one of {list(_DIRECTIONS)}. Received: "
            f"direction={direction}"
        )
    return convert_to_tensor(values)


def _order(values: Array, axis: int, direction: str) -> Array:
    """The positions of the elements in sorted order; equal elements keep their order."""
    axis = checked_axis(axis, values.ndim)
    if direction == "ASCENDING":
        values = -values if values.dtype.kind == "f" else ~values
    moved = np.moveaxis(values, axis, -1)
    rows = moved.reshape(-1, moved.shape[-1]) if moved.size else moved.reshape(0, moved.shape[-1])
    order = largest_first(rows, moved.shape[-1]).reshape(moved.shape)
    return np.moveaxis(order, -1, axis)


# DEPARTS: TensorFlow sorts with TopKV2 and other operations. Here sorting is one operation
# (raw_ops.Sort, Argsort or TakeAlong), which TensorFlow does not have.
@operation("raw_ops.Sort", kinds="iuf")
def _sort(values: Operand, axis: int, direction: str, name: Any = None) -> Array:
    """The elements in order along an axis."""
    return np.take_along_axis(values, _order(values, axis, direction), axis)


@_sort.shape_rule
def _sort_rule(values: Spec, axis: int, direction: str) -> Any:
    if values.shape.rank is not None:
        checked_axis(axis, values.shape.rank)
    return values.shape, values.dtype


@_sort.gradient
def _sort_gradient(step: Any, dy: Any) -> Any:
    options = step.attributes
    places = _argsort(step.operands[0], options["axis"], options["direction"])
    return _take_along(dy, _argsort(places, options["axis"], "ASCENDING"), options["axis"])


@operation("raw_ops.Argsort", kinds="iuf")
def _argsort(values: Operand, axis: int, direction: str, name: Any = None) -> Array:
    """The places of the elements in order along an axis."""
    return _order(values, axis, direction).astype(np.int32)


@_argsort.shape_rule
def _argsort_rule(values: Spec, axis: int, direction: str) -> Any:
    if values.shape.rank is not None:
        checked_axis(axis, values.shape.rank)
    return values.shape, int32


@_argsort.gradient
def _argsort_gradient(step: Any, dy: Any) -> Any:
    """Zeros, as of the places that tf.math.top_k returns; negated for ascending order, for which
    TensorFlow negates the values."""
    zeros = zeros_like(step.operands[0])
    return negative(zeros) if step.attributes["direction"] == "ASCENDING" else zeros


@export("sort")
def sort(values: Any, axis: Any = -1, direction: str = "ASCENDING", name: Any = None) -> Any:
    """The elements in order along an axis, in the same shape.

    Raises:
        ValueError: for another direction than ASCENDING or DESCENDING.
        InvalidArgumentError: when there is no such axis; ValueError for a symbol.
    """
    return _sort(_checked(values, direction), _axis(axis), direction)


def _axis(axis: Any) -> int:
    if axis is None:
        raise ValueError("An axis must be an integer. Received: axis=None")
    return int(axis)


@export("argsort")
def argsort(
    values: Any,
    axis: Any = -1,
    direction: str = "ASCENDING",
    stable: bool = False,
    name: Any = None,
) -> Any:
    """The places of the elements in order along an axis, in the same shape: int32. Equal elements
    keep their order, whatever `stable` says.

    Raises:
        ValueError: for another direction than ASCENDING or DESCENDING.
        InvalidArgumentError: when there is no such axis; ValueError for a symbol.
    """
    return _argsort(_checked(values, direction), _axis(axis), direction)


@operation("raw_ops.TakeAlong")
def _take_along(values: Index, places: Index, axis: int, name: Any = None) -> Array:
    """The elements along an axis, ordered by a permutation of their positions."""
    return np.take_along_axis(values, places, axis)


@_take_along.shape_rule
def _take_rule(values: Spec, places: Spec, axis: int) -> Any:
    return values.shape, values.dtype


@_take_along.gradient
def _take_gradient(step: Any, dy: Any) -> Any:
    axis = step.attributes["axis"]
    return _take_along(dy, _argsort(step.operands[1], axis, "ASCENDING"), axis), None


# -- searching -------------------------------------------------------------------------------------


@operation("searchsorted", kinds="iuf")
def _searchsorted(
    sorted_sequence: Operand, values: Operand, side: Any, out_type: Any, name: Any = None
) -> Array:
    """Where each value would go in a sorted sequence."""
    lead = sorted_sequence.shape[:-1]
    if not values.ndim or lead != values.shape[:-1]:
        raise InvalidArgumentError(
            "All dimensions but the last must agree. Received: "
            f"{sorted_sequence.shape} and {values.shape}"
        )
    made = np.zeros(values.shape, as_dtype(out_type).numpy)
    for place in np.ndindex(*lead):
        made[place] = np.searchsorted(sorted_sequence[place], values[place], side)
    return made


@_searchsorted.shape_rule
def _search_rule(sorted_sequence: Spec, values: Spec, side: Any, out_type: Any) -> Any:
    return values.shape, as_dtype(out_type)


_searchsorted.gradient(no_gradient)


@export("searchsorted")
def searchsorted(
    sorted_sequence: Any,
    values: Any,
    side: str = "left",
    out_type: Any = "int32",
    name: Any = None,
) -> Any:
    """Where each value would go in a sorted sequence: [..., n], [..., m] -> [..., m].

    Args:
        sorted_sequence: sorted along its last axis.
        values: the values to look for.
        side: `left` for the place before equal elements, `right` for the place after them.
        out_type: the dtype of the result, int32 or int64.
        name: not used.

    Raises:
        ValueError: for another side.
        InvalidArgumentError: when the axes before the last differ.
    """
    if side not in ("left", "right"):
        raise ValueError(f"Argument `side` must be 'left' or 'right'. Received: side={side}")
    return _searchsorted(sorted_sequence, values, side, out_type)


# -- unique elements -------------------------------------------------------------------------------


class Unique(NamedTuple):
    """What `tf.unique` returns."""

    y: Any
    idx: Any


class UniqueWithCounts(NamedTuple):
    """What `tf.unique_with_counts` returns."""

    y: Any
    idx: Any
    count: Any


@operation("raw_ops.UniqueWithCounts")
def _unique(x: Index, out_idx: Any, name: Any = None) -> list[Array]:
    """The unique elements, the position of each element among them, and their counts."""
    if x.ndim != 1:
        raise InvalidArgumentError(f"unique expects a 1D vector. Received: shape {x.shape}")
    places: dict[Any, int] = {}
    numbers = [places.setdefault(item, len(places)) for item in x.tolist()]
    target = as_dtype(out_idx).numpy
    firsts = np.array(list(places), x.dtype) if places else x[:0].copy()
    counts = np.bincount(numbers, minlength=len(places)) if numbers else np.zeros(0)
    return [firsts, np.array(numbers, target), counts.astype(target)]


@_unique.shape_rule
def _unique_rule(x: Spec, out_idx: Any) -> Any:
    if x.shape.rank not in (None, 1):
        raise ValueError(f"Shape must be rank 1 but is rank {x.shape.rank}: unique")
    some, target = TensorShape((None,)), as_dtype(out_idx)
    each = TensorShape((None,)) if x.shape is UNKNOWN_RANK else x.shape
    return [(some, x.dtype), (each, target), (some, target)]


@_unique.gradient
def _unique_gradient(step: Any, *dys: Any) -> Any:
    raise LookupError("gradient registry has no entry for: Unique")


@export("unique")
def unique(x: Any, out_idx: Any = "int32", name: Any = None) -> Unique:
    """The elements of a vector without repetition, in the order in which they first appear, and
    for each element its place among them: [n] -> [m], [n]. A symbol does not know m.

    Raises:
        InvalidArgumentError: when `x` is not a vector; ValueError for a symbol.
    """
    y, idx, _ = _unique(x, out_idx)
    return Unique(y, idx)


@export("unique_with_counts")
def unique_with_counts(x: Any, out_idx: Any = "int32", name: Any = None) -> UniqueWithCounts:
    """As `tf.unique`, and how often each element appears: [n] -> [m], [n], [m].

    Raises:
        InvalidArgumentError: when `x` is not a vector; ValueError for a symbol.
    """
    return UniqueWithCounts(*_unique(x, out_idx))
