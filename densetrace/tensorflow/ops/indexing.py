"""Access by index: gather, scatter, masks, one-hot, segments, top-k."""

import math
from typing import Any, NamedTuple

import numpy as np

from densetrace.tensorflow.convert import array_of, convert_to_tensor
from densetrace.tensorflow.dtypes import as_dtype, bool_, of_array
from densetrace.tensorflow.errors import InvalidArgumentError
from densetrace.tensorflow.indexed_slices import IndexedSlices
from densetrace.tensorflow.operation import (
    Index,
    Integers,
    Operand,
    Sizes,
    Spec,
    export,
    known_size,
    operation,
    shape_of_sizes,
)
from densetrace.tensorflow.ops.casting import cast
from densetrace.tensorflow.ops.checks import assert_less, assert_non_negative
from densetrace.tensorflow.ops.comparisons import greater_equal
from densetrace.tensorflow.ops.creating import ones_like
from densetrace.tensorflow.ops.gradients import no_gradient, sizes_of
from densetrace.tensorflow.ops.joining import concat, stack
from densetrace.tensorflow.ops.math import maximum
from densetrace.tensorflow.ops.ordering import largest_first, largest_unsorted
from densetrace.tensorflow.ops.reductions import checked_axis, no_integer, reduce_max, reduce_sum
from densetrace.tensorflow.ops.selecting import where
from densetrace.tensorflow.ops.shaping import broadcast_to, expand_dims, reshape, shape, squeeze
from densetrace.tensorflow.shapes import UNKNOWN_RANK, TensorShape
from densetrace.tensorflow.symbolic import Symbol
from densetrace.tensorflow.tensor import Array, Operators


@operation("raw_ops.GatherV2")
def _gather(
    params: Index, indices: Integers, axis: int = 0, batch_dims: int = 0, name: Any = None
) -> Array:
    """The slices of `params` at the indices along an axis."""
    at = checked_axis(axis, params.ndim)
    size = params.shape[at]
    if indices.size and (indices.min() < 0 or indices.max() >= size):
        bad = int(indices[(indices < 0) | (indices >= size)].flat[0])
        raise InvalidArgumentError(f"indices = {bad} is not in [0, {size})")
    if not batch_dims:
        return np.take(params, indices, at)
    batches = math.prod(params.shape[:batch_dims])
    flat_params = params.reshape(batches, *params.shape[batch_dims:])
    flat_indices = indices.reshape(batches, *indices.shape[batch_dims:])
    parts = [
        np.take(one, which, at - batch_dims)
        for one, which in zip(flat_params, flat_indices, strict=True)
    ]
    sizes = (*params.shape[:at], *indices.shape[batch_dims:], *params.shape[at + 1 :])
    return np.array(parts, params.dtype).reshape(sizes)


@_gather.shape_rule
def _gather_rule(params: Spec, indices: Spec, axis: int, batch_dims: int) -> Any:
    if params.shape.rank is None or indices.shape.rank is None:
        return UNKNOWN_RANK, params.dtype
    at = checked_axis(axis, len(params.shape))
    taken = list(indices.shape)[batch_dims:]
    sizes = [*params.shape[:at], *taken, *params.shape[at + 1 :]]
    return TensorShape(sizes), params.dtype


@_gather.gradient
def _gather_gradient(step: Any, dy: Any) -> Any:
    params, indices = step.operands
    options = step.attributes
    at, batch_dims = checked_axis(options["axis"], params.shape.rank), options["batch_dims"]
    if at or batch_dims:
        return _gather_back(dy, indices, sizes_of(params), at, batch_dims), None
    count = indices.shape.num_elements()
    sizes = [-1 if size is None else size for size in params.shape[1:]]
    values = reshape(dy, [-1 if count is None or -1 in sizes else count, *sizes])
    return IndexedSlices(values, reshape(indices, [-1]), sizes_of(params)), None


# DEPARTS: TensorFlow computes the gradient of a gather with several operations. Here it is one
# operation, raw_ops.GatherGrad, which TensorFlow does not have.
@operation("raw_ops.GatherGrad")
def _gather_back(
    dy: Index, indices: Integers, shape: Sizes, axis: int, batch_dims: int, name: Any = None
) -> Array:
    """Zeros in a shape, to which the slices of `dy` are added at the indices along an axis."""
    made = np.zeros(shape, dy.dtype)
    inner = axis - batch_dims
    count = indices.ndim - batch_dims
    for batch in np.ndindex(made.shape[:batch_dims]):
        into = np.moveaxis(made[batch], inner, 0)
        parts = np.moveaxis(dy[batch], range(inner, inner + count), range(count))
        np.add.at(into, indices[batch], parts)
    return made


@_gather_back.shape_rule
def _gather_back_rule(dy: Spec, indices: Spec, shape: Any, axis: int, batch_dims: int) -> Any:
    return shape_of_sizes(shape), dy.dtype


@_gather_back.gradient
def _gather_back_gradient(step: Any, d: Any) -> Any:
    options = step.attributes
    return _gather(d, step.operands[1], options["axis"], options["batch_dims"]), None


@export("gather")
def gather(
    params: Any, indices: Any, validate_indices: Any = None, axis: Any = None, batch_dims: int = 0,
    name: Any = None,
) -> Any:  # fmt: skip
    """The slices of `params` at the indices along an axis: [..., n, ...] -> [..., *indices.shape,
    ...]. Follows tf.gather."""
    if batch_dims < 0:
        indices = convert_to_tensor(indices)
        rank = indices.shape.rank
        if rank is None or batch_dims < -rank:
            raise ValueError(
                f"batch_dims must not be less than the rank of indices allows. Received: "
                f"batch_dims={batch_dims} and indices of shape {indices.shape}"
            )
        batch_dims += rank
    if isinstance(axis, float | str):
        raise no_integer(axis)
    if axis is None:
        axis = batch_dims
    axis = axis if isinstance(axis, Symbol) else int(axis)
    return _gather(params, indices, axis, int(batch_dims))


@operation("math.unsorted_segment_sum")
def unsorted_segment_sum(
    data: Index, segment_ids: Integers, num_segments: Sizes, name: Any = None
) -> Array:
    """The sum of the slices of `data` for each segment id: [num_segments, ...]. Negative ids are
    ignored. Follows tf.math.unsorted_segment_sum."""
    if np.any(segment_ids >= num_segments):
        raise InvalidArgumentError(
            f"segment_ids = {segment_ids.max()} is out of range [0, {num_segments})"
        )
    made = np.zeros((num_segments, *data.shape[segment_ids.ndim :]), data.dtype)
    counted = segment_ids >= 0
    np.add.at(made, segment_ids[counted], data[counted])
    return made


@unsorted_segment_sum.shape_rule
def _segment_rule(data: Spec, segment_ids: Spec, num_segments: Any) -> Any:
    count = known_size(num_segments)
    if data.shape.rank is None or segment_ids.shape.rank is None:
        return UNKNOWN_RANK, data.dtype
    return TensorShape((count, *data.shape[segment_ids.shape.rank :])), data.dtype


@unsorted_segment_sum.gradient
def _segment_gradient(step: Any, dy: Any) -> Any:
    data, ids = step.operands[:2]
    counted = cast(greater_equal(ids, 0), dy.dtype)
    for _ in range(data.shape.rank - ids.shape.rank):
        counted = expand_dims(counted, -1)
    return gather(dy, maximum(ids, 0)) * counted, None


@operation("gather_nd")
def gather_nd(params: Index, indices: Integers, batch_dims: int = 0, name: Any = None) -> Array:
    """The slices of `params` at vectors of indices: [*indices.shape[:-1], ...]. Follows
    tf.gather_nd."""
    lead = params.shape[:batch_dims]
    _check_depth(params.shape, indices.shape, batch_dims)
    limits = params.shape[batch_dims : batch_dims + indices.shape[-1]]
    if indices.size and ((indices < 0) | (indices >= np.array(limits))).any():
        raise InvalidArgumentError(
            f"An index does not point into the tensor. Received: indices={indices.tolist()!r:.80} "
            f"and a tensor of shape {params.shape}"
        )
    batch = tuple(
        np.arange(size).reshape([-1 if at == axis else 1 for at in range(indices.ndim - 1)])
        for axis, size in enumerate(lead)
    )
    return np.asarray(params[(*batch, *np.moveaxis(indices, -1, 0))])


def _check_depth(params: Any, indices: Any, batch_dims: int) -> None:
    """Refuse indices of more numbers than a tensor has axes.

    Raises:
        InvalidArgumentError: when they have more.
    """
    if indices[-1] > len(params) - batch_dims:
        raise InvalidArgumentError(
            f"An index has at most one number for each axis. Received: indices of shape {indices} "
            f"and a tensor of shape {params}"
        )


@gather_nd.shape_rule
def _gather_nd_rule(params: Spec, indices: Spec, batch_dims: int = 0) -> Any:
    if indices.shape.rank is None or params.shape.rank is None:
        return UNKNOWN_RANK, params.dtype
    depth = indices.shape[-1] if indices.shape.rank else None
    if depth is None:
        return UNKNOWN_RANK, params.dtype
    _check_depth(params.shape, indices.shape, batch_dims)
    return TensorShape((*indices.shape[:-1], *params.shape[batch_dims + depth :])), params.dtype


@gather_nd.gradient
def _gather_nd_gradient(step: Any, dy: Any) -> Any:
    params, indices = step.operands
    count = step.attributes["batch_dims"]
    if count:
        return scatter_nd(_with_batches(indices, params, count), dy, sizes_of(params)), None
    if indices.shape.rank == 2 and indices.shape[-1] == 1:
        return IndexedSlices(dy, squeeze(indices, -1), sizes_of(params)), None
    return scatter_nd(indices, dy, sizes_of(params)), None


def _with_batches(indices: Any, params: Any, count: int) -> Any:
    """Indices of batches with the number of their batch in front."""
    from densetrace.tensorflow.ops.creating import arange

    sizes = shape(indices)
    columns = []
    for axis in range(count):
        known = params.shape[axis]
        numbers = arange(shape(params)[axis] if known is None else known)
        form = [-1 if at == axis else 1 for at in range(indices.shape.rank)]
        wide = concat([sizes[:-1], [1]], 0)
        columns.append(broadcast_to(reshape(cast(numbers, indices.dtype), form), wide))
    return concat([*columns, indices], -1)


@operation("scatter_nd")
def scatter_nd(indices: Integers, updates: Index, shape: Sizes, name: Any = None) -> Array:
    """Zeros in a shape, with the updates added at the indices. Follows tf.scatter_nd."""
    made = np.zeros(shape, updates.dtype)
    if indices.size and not made.size:
        raise InvalidArgumentError("Indices and updates specified for empty output")
    if np.any(indices < 0):
        raise InvalidArgumentError(f"indices = {indices.min()} does not index into shape {shape}")
    np.add.at(made, tuple(np.moveaxis(indices, -1, 0)), updates)
    return made


@scatter_nd.shape_rule
def _scatter_nd_rule(indices: Spec, updates: Spec, shape: Any) -> Any:
    return shape_of_sizes(shape), updates.dtype


@scatter_nd.gradient
def _scatter_nd_gradient(step: Any, dy: Any) -> Any:
    return None, gather_nd(dy, step.operands[0])


@operation("tensor_scatter_nd_update")
def tensor_scatter_nd_update(
    tensor: Index, indices: Integers, updates: Index, name: Any = None
) -> Array:
    """`tensor` with the updates in place of the elements at the indices. Follows
    tf.tensor_scatter_nd_update."""
    if indices.size and not tensor.size:
        raise InvalidArgumentError("Indices and updates specified for empty output")
    made = tensor.copy()
    made[tuple(np.moveaxis(indices, -1, 0))] = updates
    return made


@tensor_scatter_nd_update.shape_rule
def _scatter_update_rule(tensor: Spec, indices: Spec, updates: Spec) -> Any:
    return tensor.shape, tensor.dtype


@tensor_scatter_nd_update.gradient
def _scatter_update_gradient(step: Any, dy: Any) -> Any:
    _, indices, updates = step.operands
    return (
        tensor_scatter_nd_update(dy, indices, cast(updates, dy.dtype) * 0),
        None,
        gather_nd(dy, indices),
    )


@operation("one_hot")
def one_hot(
    indices: Integers, depth: Sizes, on_value: Any = None, off_value: Any = None, axis: Any = None,
    dtype: Any = None, name: Any = None,
) -> Array:  # fmt: skip
    """1 at each index along a new axis, 0 elsewhere: [...] -> [..., depth]. Follows tf.one_hot."""
    target = np.dtype("float32") if dtype is None else as_dtype(dtype).numpy
    if dtype is None and on_value is not None:
        target = array_of(on_value).dtype
    if target.kind == "b" and on_value is None:
        raise TypeError("one_hot of dtype bool needs on_value and off_value, as on_value=True")
    on = 1 if on_value is None else on_value
    off = 0 if off_value is None else off_value
    count = int(depth)  # type: ignore[call-overload] # one size
    if count < 0:
        raise InvalidArgumentError(f"depth must not be negative. Received: depth={count}")
    places = np.arange(count)
    at = -1 if axis is None else int(axis)
    hot = np.expand_dims(indices, at if at >= 0 else indices.ndim + 1 + at)
    form = [1] * hot.ndim
    form[at] = -1
    return np.where(hot == places.reshape(form), np.asarray(on, target), np.asarray(off, target))


@one_hot.check
def _check_values(
    indices: Any, depth: Any, on_value: Any, off_value: Any, axis: Any, dtype: Any
) -> None:
    given = [one for one in (on_value, off_value) if one is not None]
    if dtype is None and len(given) > 1:
        kinds = [
            one.dtype if isinstance(one, Operators) else of_array(array_of(one).dtype)
            for one in given
        ]
        if kinds[0] is not kinds[1]:
            raise TypeError(
                "on_value and off_value must have one dtype. Received: "
                f"{kinds[0].name} and {kinds[1].name}"
            )
    if dtype is not None and as_dtype(dtype).name == "string" and len(given) < 2:
        raise TypeError("1 and 0 are no strings: give on_value and off_value.")
    if isinstance(axis, str):
        raise TypeError(f"An axis must be an integer. Received: axis={axis!r:.80}")


@one_hot.shape_rule
def _one_hot_rule(
    indices: Spec, depth: Any, on_value: Any, off_value: Any, axis: Any, dtype: Any
) -> Any:
    shape = UNKNOWN_RANK
    if indices.shape.rank is not None:
        sizes = list(indices.shape)
        at = -1 if axis is None else int(axis)
        sizes.insert(at if at >= 0 else len(sizes) + 1 + at, known_size(depth))
        shape = TensorShape(sizes)
    if dtype is not None:
        return shape, as_dtype(dtype)
    if on_value is None:
        return shape, as_dtype("float32")
    return shape, of_array(array_of(on_value).dtype)


one_hot.gradient(no_gradient)


@export("boolean_mask")
def boolean_mask(tensor: Any, mask: Any, axis: Any = None, name: str = "boolean_mask") -> Any:
    """The slices of `tensor` where the mask is true, along an axis. Follows tf.boolean_mask."""
    tensor, mask = convert_to_tensor(tensor), convert_to_tensor(mask)
    if mask.dtype is not bool_:
        mask = cast(mask, bool_)
    count = mask.shape.rank
    if count is None:
        raise ValueError(
            "Number of mask dimensions must be specified, even if some dimensions are None. Use "
            "mask.set_shape."
        )
    if not count:
        raise ValueError("mask cannot be scalar.")
    rank = tensor.shape.rank
    if rank is None:
        at = int(axis or 0)
        known = shape(tensor)
        flat = reshape(tensor, concat([known[:at], [-1], known[at + count :]], 0))
        return gather(flat, reshape(where(reshape(mask, [-1])), [-1]), axis=at)
    at = 0 if axis is None else checked_axis(int(axis), rank)
    if not tensor.shape[at : at + count].is_compatible_with(mask.shape):
        raise ValueError(
            f"Shapes {tensor.shape[at : at + count]} and {mask.shape} are incompatible"
        )
    sizes = [*tensor.shape[:at], -1, *tensor.shape[at + count :]]
    if None in sizes:
        known = shape(tensor)
        places_of = [*range(at), None, *range(at + count, tensor.shape.rank)]
        sizes = [
            known[place] if one is None else one
            for one, place in zip(sizes, places_of, strict=True)
        ]
    tensor, mask = reshape(tensor, sizes), reshape(mask, [-1])
    places = reshape(where(mask), [-1])
    return gather(tensor, places, axis=at)


@operation("raw_ops.TopKV2", kinds="iuf")
def _top_k(input: Operand, k: Sizes, sorted: bool = True, name: Any = None) -> list[Array]:
    """The k largest elements along the last axis, and their indices."""
    count = int(k)  # type: ignore[call-overload] # one size
    _check_count(input.shape, count)
    rows = input.reshape(math.prod(input.shape[:-1]), input.shape[-1])
    found = (largest_first if sorted else largest_unsorted)(rows, count)
    order = found.reshape(*input.shape[:-1], count)
    return [np.take_along_axis(input, order, -1), order.astype(np.int32)]


def _check_count(sizes: Any, count: int | None) -> None:
    """Refuse a number of elements that the last axis does not have.

    Raises:
        InvalidArgumentError: when it has fewer, or the number is negative.
    """
    if not len(sizes):
        raise InvalidArgumentError("top_k needs at least one dimension. Received: a scalar")
    if count is not None and count < 0:
        raise InvalidArgumentError(f"k must not be negative. Received: k={count}")
    if None not in (count, sizes[-1]) and sizes[-1] < count:
        raise InvalidArgumentError(
            f"input must have at least k columns. Had {sizes[-1]}, needed {count}"
        )


@_top_k.shape_rule
def _top_k_rule(input: Spec, k: Any, sorted: bool = True) -> Any:
    if input.shape.rank is not None:
        _check_count(input.shape, known_size(k))
    sizes = UNKNOWN_RANK
    if input.shape.rank is not None:
        sizes = TensorShape((*input.shape[:-1], known_size(k)))
    return [(sizes, input.dtype), (sizes, as_dtype("int32"))]


@_top_k.gradient
def _top_k_gradient(step: Any, dvalues: Any, dindices: Any) -> Any:
    x = step.operands[0]
    places = step.outputs[1]
    hot = one_hot(places, x.shape[-1], dtype=x.dtype)
    return reduce_sum(
        hot * reshape(dvalues, [*[-1 if s is None else s for s in dvalues.shape], 1]), -2
    )


class TopK(NamedTuple):
    """The result of `top_k`."""

    values: Any
    indices: Any


TopK.__name__ = TopK.__qualname__ = "TopKV2"


@export("math.top_k", "nn.top_k")
def top_k(
    input: Any, k: Any = 1, sorted: bool = True, index_type: Any = "int32", name: Any = None
) -> TopK:
    """The k largest elements along the last axis, and their indices: [..., n] -> [..., k] twice.
    Follows tf.math.top_k."""
    values, indices = _top_k(input, k, sorted)
    return TopK(values, cast(indices, index_type))


@export("math.confusion_matrix")
def confusion_matrix(
    labels: Any,
    predictions: Any,
    num_classes: Any = None,
    weights: Any = None,
    dtype: Any = "int32",
    name: Any = None,
) -> Any:
    """How often, or with what weight, each class (row) was predicted as each (column).

    Follows tensorflow/python/ops/confusion_matrix.py, confusion_matrix.

    Raises:
        ValueError: when labels, predictions and weights differ in shape.
        InvalidArgumentError: for a label or prediction that is not a class.
    """
    labels, predictions = (cast(convert_to_tensor(y), "int64") for y in (labels, predictions))
    assert_non_negative(labels, message="`labels` contains negative values")
    assert_non_negative(predictions, message="`predictions` contains negative values")
    if num_classes is None:
        num_classes = maximum(reduce_max(predictions), reduce_max(labels)) + 1
    else:
        count = cast(num_classes, "int64")
        assert_less(labels, count, message="`labels` out of bound")
        assert_less(predictions, count, message="`predictions` out of bound")
    predictions.shape.assert_is_compatible_with(labels.shape)
    if weights is None:
        weights = ones_like(predictions, dtype)
    else:
        weights = cast(convert_to_tensor(weights), dtype)
        predictions.shape.assert_is_compatible_with(weights.shape)
    places = stack([labels, predictions], axis=1)
    return scatter_nd(places, weights, stack([num_classes, num_classes]))
