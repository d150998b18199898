"""Sums, means, products and extremes over segments: slices of a tensor that share an id; and counts
of integers.

Follows tensorflow/python/ops/math_ops.py, bincount_ops.py and math_grad.py.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from densetrace.tensorflow.convert import convert_to_tensor
from densetrace.tensorflow.dtypes import as_dtype
from densetrace.tensorflow.errors import InvalidArgumentError
from densetrace.tensorflow.operation import Index, Operand, Sizes, Spec, export, operation
from densetrace.tensorflow.ops.casting import cast
from densetrace.tensorflow.ops.comparisons import equal, greater_equal, less
from densetrace.tensorflow.ops.creating import ones, ones_like, zeros_like
from densetrace.tensorflow.ops.elementary import sqrt
from densetrace.tensorflow.ops.gradients import no_gradient, sizes_of
from densetrace.tensorflow.ops.indexing import gather, unsorted_segment_sum
from densetrace.tensorflow.ops.math import divide, maximum, multiply
from densetrace.tensorflow.ops.selecting import where
from densetrace.tensorflow.ops.shaping import reshape, shape
from densetrace.tensorflow.shapes import UNKNOWN_RANK, TensorShape
from densetrace.tensorflow.tensor import Array

# -- sorted segments -------------------------------------------------------------------------------


def _segment_rule(data: Spec, segment_ids: Spec) -> Any:
    if segment_ids.shape.rank not in (None, 1):
        raise ValueError(f"segment_ids must be a vector. Received: shape {segment_ids.shape}")
    if data.shape.rank is None:
        return UNKNOWN_RANK, data.dtype
    return TensorShape((None, *data.shape[1:])), data.dtype


def _segments(function: Callable[..., Any], data: Array, segment_ids: Array, empty: Any) -> Array:
    """The result of a reduction for each segment.

    Raises:
        InvalidArgumentError: when there is not one number for each slice, or when they are
            negative or not sorted.
    """
    if segment_ids.ndim != 1 or not data.ndim or len(segment_ids) != len(data):
        raise InvalidArgumentError(
            "segment_ids should be a vector of the size of the first axis. Received: shapes "
            f"{segment_ids.shape} and {data.shape}"
        )
    if len(segment_ids) and segment_ids.min() < 0:
        raise InvalidArgumentError("segment ids must be >= 0")
    if np.any(np.diff(segment_ids) < 0):
        raise InvalidArgumentError("segment ids are not increasing")
    count = int(segment_ids[-1]) + 1 if len(segment_ids) else 0
    made = np.full((count, *data.shape[1:]), empty, data.dtype)
    for number in np.unique(segment_ids).tolist():
        made[number] = function(data[segment_ids == number], axis=0)
    return made


def _mean(data: Array, axis: int) -> Array:
    return np.asarray(np.sum(data, axis, dtype=data.dtype) / len(data)).astype(data.dtype)


@operation("math.segment_sum", kinds="iufc", rule=_segment_rule)
def segment_sum(data: Operand, segment_ids: Index, name: Any = None) -> Array:
    """The sums of the slices of each segment; ids are sorted: [n, ...], [n] -> [m, ...].

    Raises:
        InvalidArgumentError: if the ids are negative or not sorted.
    """
    return _segments(np.sum, data, segment_ids, 0)


@segment_sum.gradient
def _sum_gradient(step: Any, dy: Any) -> Any:
    return gather(dy, step.operands[1]), None


@operation("math.segment_mean", kinds="iufc", rule=_segment_rule)
def segment_mean(data: Operand, segment_ids: Index, name: Any = None) -> Array:
    """The means of the slices of each segment; ids are sorted: [n, ...], [n] -> [m, ...].

    Raises:
        InvalidArgumentError: if the ids are negative or not sorted.
    """
    return _segments(_mean, data, segment_ids, 0)


@segment_mean.gradient
def _mean_gradient(step: Any, dy: Any) -> Any:
    data, ids = step.operands
    counts = segment_sum(ones_like(data), ids)
    return gather(divide(dy, maximum(counts, ones_like(counts))), ids), None


@operation("math.segment_prod", kinds="iufc", rule=_segment_rule)
def segment_prod(data: Operand, segment_ids: Index, name: Any = None) -> Array:
    """The products of the slices of each segment; ids are sorted: [n, ...], [n] ->
    [m, ...].

    Raises:
        InvalidArgumentError: if the ids are negative or not sorted.
    """
    return _segments(np.prod, data, segment_ids, 1)


@operation("math.segment_max", kinds="iuf", rule=_segment_rule)
def segment_max(data: Operand, segment_ids: Index, name: Any = None) -> Array:
    """The largest elements of the slices of each segment; ids are sorted: [n, ...], [n] ->
    [m, ...], 0 for an id that no slice has.

    Raises:
        InvalidArgumentError: if the ids are negative or not sorted.
    """
    return _segments(np.max, data, segment_ids, 0)


@operation("math.segment_min", kinds="iuf", rule=_segment_rule)
def segment_min(data: Operand, segment_ids: Index, name: Any = None) -> Array:
    """The smallest elements of the slices of each segment; ids are sorted: [n, ...], [n] ->
    [m, ...], 0 for an id that no slice has.

    Raises:
        InvalidArgumentError: if the ids are negative or not sorted.
    """
    return _segments(np.min, data, segment_ids, 0)


def _extreme_gradient(step: Any, dy: Any) -> Any:
    """The elements that are equal to the extreme share the gradient."""
    data, ids = step.operands[:2]
    taken = cast(equal(data, _taken(step.outputs, ids)), dy.dtype)
    counts = _summed(taken, ids, step)
    share = divide(dy, counts)
    return multiply(taken, _taken(share, ids)), None


def _taken(values: Any, ids: Any) -> Any:
    """The value of the segment of each slice, 0 for a negative number."""
    found = gather(values, maximum(ids, zeros_like(ids)))
    kept = greater_equal(ids, zeros_like(ids))
    rest = found.shape.rank - ids.shape.rank
    known = sizes_of(ids)
    sizes = [*known] if isinstance(known, tuple) else [shape(ids)[i] for i in range(ids.shape.rank)]
    kept = reshape(kept, [*sizes, *[1] * rest])
    return where(kept, found, zeros_like(found))


def _summed(values: Any, ids: Any, step: Any) -> Any:
    if len(step.operands) == 2:
        return segment_sum(values, ids)
    return unsorted_segment_sum(values, ids, step.operands[2])


segment_max.gradient(_extreme_gradient)
segment_min.gradient(_extreme_gradient)


def _product_gradient(step: Any, dy: Any) -> Any:
    """The product of all others of the segment, right where there are zeros too."""
    data, ids = step.operands[:2]
    is_zero = equal(data, zeros_like(data))
    zeros = _summed(cast(is_zero, "int32"), ids, step)
    # With one zero in a segment, only that element has a gradient; with more of them, none.
    passed = where(cast(zeros - 1 > 0, "bool"), zeros_like(dy), dy)
    others = where(is_zero, ones_like(data), data)
    reduce = segment_prod if len(step.operands) == 2 else unsorted_segment_prod
    product = reduce(others, ids, *step.operands[2:])
    of_zeros = _taken(product, ids)
    of_others = divide(_taken(step.outputs, ids), data)
    return multiply(where(is_zero, of_zeros, of_others), _taken(passed, ids)), None


segment_prod.gradient(_product_gradient)


# -- unsorted segments -----------------------------------------------------------------------------


def _unsorted_rule(data: Spec, segment_ids: Spec, num_segments: Any) -> Any:
    count = num_segments if isinstance(num_segments, int) else None
    if data.shape.rank is None or segment_ids.shape.rank is None:
        return UNKNOWN_RANK, data.dtype
    lead = data.shape[: len(segment_ids.shape)]
    if not lead.is_compatible_with(segment_ids.shape):
        raise ValueError(
            f"Shapes {lead} and {segment_ids.shape} of the slices and their numbers differ"
        )
    return TensorShape((count, *data.shape[len(segment_ids.shape) :])), data.dtype


def _unsorted(
    function: Callable[..., Any], data: Array, segment_ids: Array, num_segments: Any, empty: Any
) -> Array:
    if data.shape[: segment_ids.ndim] != segment_ids.shape:
        raise InvalidArgumentError(
            f"data.shape = {data.shape} does not start with segment_ids.shape = {segment_ids.shape}"
        )
    if np.any(segment_ids >= num_segments):
        raise InvalidArgumentError(
            f"segment_ids = {segment_ids.max()} is out of range [0, {num_segments})"
        )
    made = np.full((num_segments, *data.shape[segment_ids.ndim :]), empty, data.dtype)
    counted = segment_ids >= 0
    function(made, segment_ids[counted], data[counted])
    return made


def _limits(dtype: np.dtype[Any]) -> Any:
    return np.finfo(dtype) if dtype.kind == "f" else np.iinfo(dtype)


@operation("math.unsorted_segment_prod", kinds="iufc", rule=_unsorted_rule)
def unsorted_segment_prod(
    data: Operand, segment_ids: Index, num_segments: Sizes, name: Any = None
) -> Array:
    """The products of the slices of each segment, 1 for an empty one: [num_segments, ...]."""
    return _unsorted(np.multiply.at, data, segment_ids, num_segments, 1)


@operation("math.unsorted_segment_max", kinds="iuf", rule=_unsorted_rule)
def unsorted_segment_max(
    data: Operand, segment_ids: Index, num_segments: Sizes, name: Any = None
) -> Array:
    """The largest elements of the slices of each segment, the lowest of the dtype for an empty
    one: [num_segments, ...]."""
    lowest = _limits(data.dtype).min
    return _unsorted(np.maximum.at, data, segment_ids, num_segments, lowest)


@operation("math.unsorted_segment_min", kinds="iuf", rule=_unsorted_rule)
def unsorted_segment_min(
    data: Operand, segment_ids: Index, num_segments: Sizes, name: Any = None
) -> Array:
    """The smallest elements of the slices of each segment, the highest of the dtype for an empty
    one: [num_segments, ...]."""
    highest = _limits(data.dtype).max
    return _unsorted(np.minimum.at, data, segment_ids, num_segments, highest)


unsorted_segment_prod.gradient(_product_gradient)
unsorted_segment_max.gradient(_extreme_gradient)
unsorted_segment_min.gradient(_extreme_gradient)


def _counts(data: Any, segment_ids: Any, num_segments: Any) -> Any:
    """The number of slices of each segment, at least 1, in a shape that broadcasts to the sums."""
    found = unsorted_segment_sum(ones(sizes_of(segment_ids), data.dtype), segment_ids, num_segments)
    rest = data.shape.rank - segment_ids.shape.rank
    return maximum(reshape(found, [-1, *[1] * rest]), 1)


@export("math.unsorted_segment_mean")
def unsorted_segment_mean(data: Any, segment_ids: Any, num_segments: Any, name: Any = None) -> Any:
    """The means of the slices of each segment, 0 for an empty one: [num_segments, ...]."""
    data, ids = convert_to_tensor(data), convert_to_tensor(segment_ids)
    return divide(unsorted_segment_sum(data, ids, num_segments), _counts(data, ids, num_segments))


@export("math.unsorted_segment_sqrt_n")
def unsorted_segment_sqrt_n(
    data: Any, segment_ids: Any, num_segments: Any, name: Any = None
) -> Any:
    """The sums of the slices of each segment, divided by the square root of their count."""
    data, ids = convert_to_tensor(data), convert_to_tensor(segment_ids)
    total = unsorted_segment_sum(data, ids, num_segments)
    return divide(total, sqrt(_counts(data, ids, num_segments)))


# -- counts ----------------------------------------------------------------------------------------


@operation("math.bincount")
def _bincount(
    arr: Index,
    weights: Index | None,
    minlength: Any,
    maxlength: Any,
    dtype: Any,
    axis: Any,
    binary_output: bool,
    name: Any = None,
) -> Array:
    """How often each number appears, or with what weight."""
    if arr.size and arr.min() < 0:
        raise InvalidArgumentError("Input arr must be non-negative!")
    if weights is not None and weights.shape != arr.shape:
        raise InvalidArgumentError(
            f"weights must have the shape of arr. Received: {weights.shape} and {arr.shape}"
        )
    length = int(arr.max()) + 1 if arr.size else 0
    length = max(length, 0 if minlength is None else int(minlength))
    length = length if maxlength is None else min(length, int(maxlength))
    target = as_dtype(dtype).numpy if weights is None else weights.dtype
    rows = arr.reshape(1, -1) if axis is None or arr.ndim < 2 else arr
    amounts = np.ones(rows.shape, target) if weights is None else weights.reshape(rows.shape)
    made = np.zeros((len(rows), length), target)
    for row, numbers, amount in zip(made, rows, amounts, strict=True):
        kept = numbers < length
        if binary_output:
            row[numbers[kept]] = 1
        else:
            np.add.at(row, numbers[kept], amount[kept])
    return made if axis is not None and arr.ndim == 2 else made[0]


@_bincount.shape_rule
def _bincount_rule(
    arr: Spec,
    weights: Any,
    minlength: Any,
    maxlength: Any,
    dtype: Any,
    axis: Any,
    binary_output: bool,
) -> Any:
    found = as_dtype(dtype) if weights is None else weights.dtype
    if axis is not None or binary_output:
        return UNKNOWN_RANK, found
    return TensorShape((None,)), found


@_bincount.gradient
def _bincount_gradient(step: Any, dy: Any) -> Any:
    arr, weights = step.operands
    if weights is None or not weights.dtype.is_floating or step.attributes["axis"] is not None:
        return None
    length = step.outputs.shape[0]
    counted = less(arr, cast(shape(dy)[0] if length is None else length, arr.dtype))
    found = gather(dy, where(counted, arr, zeros_like(arr)))
    return None, where(counted, found, zeros_like(found))


@export("math.bincount")
def bincount(
    arr: Any,
    weights: Any = None,
    minlength: Any = None,
    maxlength: Any = None,
    dtype: Any = "int32",
    name: Any = None,
    axis: Any = None,
    binary_output: bool = False,
) -> Any:
    """How often each whole number appears in a tensor, or the sum of its weights: [largest + 1].

    Args:
        arr: numbers that are not negative.
        weights: a weight for each of them.
        minlength: how many counts there are at least.
        maxlength: how many counts there are at most; larger numbers are left out.
        dtype: of the counts, where there are no weights.
        name: not used.
        axis: -1 counts each row on its own: [n, largest + 1].
        binary_output: whether a count is at most 1.

    Raises:
        ValueError: for another axis, or for weights where counts are at most 1.
        InvalidArgumentError: when a number is negative.
    """
    if axis is not None and axis not in (0, -1):
        raise ValueError(
            f"Unsupported value for argument axis={axis}. Only 0 and -1 are supported."
        )
    if binary_output and weights is not None:
        raise InvalidArgumentError(
            "Arguments `binary_output` and `weights` are mutually exclusive."
        )
    tensor = convert_to_tensor(arr)
    if not tensor.dtype.is_integer:
        tensor = cast(tensor, "int32")
    by_row = None if axis in (None, 0) else axis
    return _bincount(tensor, weights, minlength, maxlength, dtype, by_row, binary_output)


@operation("math.invert_permutation")
def invert_permutation(x: Index, name: Any = None) -> Array:
    """Where each number is in a permutation of 0, 1, 2 and so on: [n] -> [n].

    Raises:
        InvalidArgumentError: when it is no permutation.
    """
    if x.ndim != 1:
        raise InvalidArgumentError("invert_permutation expects a 1D vector.")
    if not np.array_equal(np.sort(x), np.arange(len(x))):
        raise InvalidArgumentError(f"{x.tolist()} is no permutation")
    return np.argsort(x).astype(x.dtype)


@invert_permutation.shape_rule
def _inverted_rule(x: Spec) -> Any:
    if x.shape.rank not in (None, 1):
        raise ValueError(f"Shape must be rank 1 but is rank {x.shape.rank}")
    return x.shape, x.dtype


invert_permutation.gradient(no_gradient)
