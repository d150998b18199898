"""Parts of tensors by numbers: `tf.slice`, `tf.strided_slice` with its masks, parts that depend on
lengths, and grids of coordinates.

Follows tensorflow/python/ops/array_ops.py.
"""

from typing import Any

import numpy as np

from densetrace.tensorflow.convert import convert_to_tensor
from densetrace.tensorflow.dtypes import as_dtype, bool_
from densetrace.tensorflow.errors import InvalidArgumentError
from densetrace.tensorflow.nest import flatten
from densetrace.tensorflow.operation import (
    Index,
    Sizes,
    Spec,
    export,
    known_sizes,
    operation,
    shape_of_sizes,
)
from densetrace.tensorflow.ops import slicing
from densetrace.tensorflow.ops.casting import cast
from densetrace.tensorflow.ops.comparisons import less
from densetrace.tensorflow.ops.creating import arange, ones
from densetrace.tensorflow.ops.gradients import no_gradient, sizes_of
from densetrace.tensorflow.ops.joining import unstack
from densetrace.tensorflow.ops.math import identity, maximum, multiply
from densetrace.tensorflow.ops.reductions import reduce_max
from densetrace.tensorflow.ops.shaping import expand_dims, reshape, shape, size, transpose
from densetrace.tensorflow.shapes import UNKNOWN_RANK, TensorShape
from densetrace.tensorflow.symbolic import Symbol
from densetrace.tensorflow.tensor import Array, Operators

# -- slices ----------------------------------------------------------------------------------------


def _bounds(begin: Any, size: Any, sizes: tuple[int, ...]) -> tuple[slice, ...]:
    """The slice of each axis.

    Raises:
        InvalidArgumentError: when there is not one begin and one size for each axis, or when they
            leave the tensor.
    """
    if not len(begin) == len(size) == len(sizes):
        raise InvalidArgumentError(
            f"Expected begin and size arguments to be 1-D tensors of size {len(sizes)}, but got "
            f"{len(begin)} and {len(size)} instead."
        )
    found = []
    for axis, (start, count, length) in enumerate(zip(begin, size, sizes, strict=True)):
        taken = length - start if count == -1 else count
        if not (0 <= start <= length and 0 <= taken <= length - start):
            raise InvalidArgumentError(
                f"Expected begin[{axis}] in [0, {length}] and size[{axis}] in "
                f"[0, {length - start}], but got {start} and {count}"
            )
        found.append(np.s_[start : start + taken])
    return tuple(found)


@operation("slice")
def slice_(input_: Index, begin: Sizes, size: Sizes, name: Any = None) -> Array:
    """`size[i]` elements from `begin[i]` on along each axis i; a size of -1 takes the rest.

    Raises:
        InvalidArgumentError: when that leaves the tensor; ValueError for a symbol.
    """
    return input_[_bounds(begin, size, input_.shape)].copy()


@slice_.shape_rule
def _slice_rule(input_: Spec, begin: Any, size: Any) -> Any:
    starts, counts = known_sizes(begin), known_sizes(size)
    rank = input_.shape.rank
    found = [len(one) for one in (starts, counts) if one is not None]
    if rank is None:
        rank = found[0] if found else None
        return (UNKNOWN_RANK if rank is None else TensorShape([None] * rank)), input_.dtype
    if any(one != rank for one in found):
        raise ValueError(
            f"slice needs a begin and a size for each of {rank} axes. Received: {starts} and "
            f"{counts}"
        )
    starts, counts = starts or (None,) * rank, counts or (None,) * rank
    sizes: list[Any] = []
    for start, count, length in zip(starts, counts, input_.shape, strict=True):
        if count == -1:
            sizes.append(None if start is None or length is None else length - start)
        else:
            sizes.append(count)
    known = None
    if isinstance(input_.known, tuple) and None not in (starts[0], sizes[0]):
        known = input_.known[starts[0] : starts[0] + sizes[0]]
    return TensorShape(sizes), input_.dtype, known


@slice_.gradient
def _slice_gradient(step: Any, dy: Any) -> Any:
    x, begin, _ = step.operands
    return _unsliced(dy, begin, sizes_of(x))


# DEPARTS: TensorFlow computes the gradient of tf.slice with Pad. Here it is raw_ops.SliceGrad,
# which TensorFlow does not have.
@operation("raw_ops.SliceGrad")
def _unsliced(dy: Index, begin: Sizes, shape: Sizes, name: Any = None) -> Array:
    """Zeros in a shape, with `dy` from `begin` on."""
    made = np.zeros(shape, dy.dtype)
    made[tuple(np.s_[at : at + n] for at, n in zip(begin, dy.shape, strict=True))] = dy
    return made


@_unsliced.shape_rule
def _unsliced_rule(dy: Spec, begin: Any, shape: Any) -> Any:
    return shape_of_sizes(shape), dy.dtype


@_unsliced.gradient
def _unsliced_gradient(step: Any, d: Any) -> Any:
    dy, begin, _ = step.operands
    return slice_(d, begin, sizes_of(dy))


def _numbers(given: Any) -> list[Any]:
    """The numbers of a begin, an end or strides; symbols for those that a graph computes."""
    if isinstance(given, Symbol):
        return list(unstack(given))
    if isinstance(given, Operators):
        return list(np.asarray(given).tolist())
    return list(given)


@export("strided_slice")
def strided_slice(
    input_: Any,
    begin: Any,
    end: Any,
    strides: Any = None,
    begin_mask: int = 0,
    end_mask: int = 0,
    ellipsis_mask: int = 0,
    new_axis_mask: int = 0,
    shrink_axis_mask: int = 0,
    var: Any = None,
    name: Any = None,
) -> Any:
    """`input_[begin[0]:end[0]:strides[0], ...]`. A bit of a mask changes one of these parts.

    Args:
        input_: the tensor.
        begin: where each part begins.
        end: where it ends.
        strides: its steps, 1 unless given.
        begin_mask: a bit for each part that begins at the first element.
        end_mask: a bit for each part that ends at the last element.
        ellipsis_mask: a bit for the part that is `...`.
        new_axis_mask: a bit for each part that is `tf.newaxis`.
        shrink_axis_mask: a bit for each part that is the single element `begin[i]`.

    Raises:
        ValueError: when there is more than one ellipsis.
        InvalidArgumentError: when the numbers of parts differ; ValueError for a symbol.
    """
    starts, stops = _numbers(begin), _numbers(end)
    steps = [1] * len(starts) if strides is None else _numbers(strides)
    if ellipsis_mask & (ellipsis_mask - 1):
        raise ValueError("Multiple ellipses in slice spec not allowed")
    tensor = convert_to_tensor(input_)
    if not len(starts) == len(stops) == len(steps):
        kind = ValueError if isinstance(tensor, Symbol) else InvalidArgumentError
        raise kind("Expected begin, end, and strides to be 1D equal size tensors.")
    key: list[Any] = []
    for at, (start, stop, step) in enumerate(zip(starts, stops, steps, strict=True)):
        bit = 1 << at
        if ellipsis_mask & bit:
            key.append(Ellipsis)
        elif new_axis_mask & bit:
            key.append(None)
        elif shrink_axis_mask & bit:
            key.append(start)
        else:
            first = None if begin_mask & bit else start
            last = None if end_mask & bit else stop
            key.append(slice(first, last, step))
    return slicing.strided_slice(tensor, tuple(key))


# -- by lengths ------------------------------------------------------------------------------------


@export("sequence_mask")
def sequence_mask(lengths: Any, maxlen: Any = None, dtype: Any = "bool", name: Any = None) -> Any:
    """Whether each place is before a length: [...] -> [..., maxlen], the largest length unless
    `maxlen` is given.

    Raises:
        ValueError: when `maxlen` is not a scalar.
    """
    lengths = convert_to_tensor(lengths)
    if maxlen is None:
        most = maximum(convert_to_tensor(0, lengths.dtype), reduce_max(lengths))
    else:
        most = convert_to_tensor(maxlen)
        if most.shape.rank not in (None, 0):
            raise ValueError(f"Argument `maxlen` must be scalar. Received: maxlen={maxlen}")
    places = arange(cast(0, most.dtype), most, cast(1, most.dtype))
    mask = less(places, cast(expand_dims(lengths, -1), most.dtype))
    return mask if as_dtype(dtype) is bool_ else cast(mask, dtype)


def _axes(seq_axis: Any, batch_axis: Any) -> tuple[int, int]:
    return (0 if seq_axis is None else int(seq_axis)), (
        0 if batch_axis is None else int(batch_axis)
    )


@operation("reverse_sequence")
def reverse_sequence(
    input: Index, seq_lengths: Index, seq_axis: Any = None, batch_axis: Any = None, name: Any = None
) -> Array:
    """`input` with the first `seq_lengths[i]` elements along `seq_axis` reversed, for each i along
    `batch_axis`.

    Raises:
        InvalidArgumentError: when a length is negative, or longer than the axis.
    """
    along, over = _axes(seq_axis, batch_axis)
    if along == over:
        raise InvalidArgumentError(f"batch_dim == seq_dim == {along}")
    if seq_lengths.shape != (input.shape[over],):
        raise InvalidArgumentError(
            f"Length of seq_lengths != input.dims({over}), ({len(seq_lengths)} vs. "
            f"{input.shape[over]})"
        )
    if np.any(seq_lengths < 0) or np.any(seq_lengths > input.shape[along]):
        raise InvalidArgumentError(
            f"Every length must be in [0, {input.shape[along]}]. Received: {seq_lengths.tolist()}"
        )
    made = input.copy()
    turned, source = (
        np.moveaxis(made, (over, along), (0, 1)),
        np.moveaxis(input, (over, along), (0, 1)),
    )
    for at, length in enumerate(seq_lengths.tolist()):
        turned[at, :length] = source[at, :length][::-1]
    return made


@reverse_sequence.shape_rule
def _reverse_rule(input: Spec, seq_lengths: Spec, seq_axis: Any, batch_axis: Any) -> Any:
    along, over = _axes(seq_axis, batch_axis)
    if input.shape.rank is None:
        return input.shape, input.dtype
    if max(along, over) >= len(input.shape):
        raise ValueError(f"There is no axis {max(along, over)} in a tensor of {input.shape}")
    sizes = list(input.shape)
    if seq_lengths.shape.rank == 1:
        sizes[over] = TensorShape((sizes[over],)).merge_with(seq_lengths.shape)[0]
    return TensorShape(sizes), input.dtype


@reverse_sequence.gradient
def _reverse_gradient(step: Any, dy: Any) -> Any:
    options = step.attributes
    return reverse_sequence(dy, step.operands[1], options["seq_axis"], options["batch_axis"]), None


# -- places ----------------------------------------------------------------------------------------


@operation("unravel_index")
def unravel_index(indices: Index, dims: Index, name: Any = None) -> Array:
    """The coordinates of elements of a flat tensor in a shape: [...], [rank] -> [rank, n].

    Raises:
        InvalidArgumentError: if an index is out of bounds.
    """
    total = int(np.prod(dims))
    if np.any(indices < 0) or np.any(indices >= total):
        raise InvalidArgumentError("index is out of bound as with dims")
    return np.array(np.unravel_index(indices, tuple(dims.tolist())), indices.dtype)


@unravel_index.shape_rule
def _unravel_rule(indices: Spec, dims: Spec) -> Any:
    count = dims.shape[0] if dims.shape.rank == 1 else None
    if indices.shape.rank is None:
        return UNKNOWN_RANK, indices.dtype
    if not len(indices.shape):
        return TensorShape((count,)), indices.dtype
    return TensorShape((count, indices.shape.num_elements())), indices.dtype


unravel_index.gradient(no_gradient)


@export("meshgrid")
def meshgrid(*args: Any, **kwargs: Any) -> list[Any]:
    """Grids of the coordinates along each axis: vectors of n and m elements -> two of [m, n], or
    of [n, m] for `indexing="ij"`.

    Raises:
        ValueError: for another `indexing` than `xy` or `ij`.
        TypeError: for another keyword argument.
    """
    indexing = kwargs.pop("indexing", "xy")
    kwargs.pop("name", None)
    if kwargs:
        raise TypeError(f"'{next(iter(kwargs))}' is an invalid keyword argument for meshgrid")
    if indexing not in ("xy", "ij"):
        raise ValueError(f"Argument `indexing` must be 'xy' or 'ij'. Received: {indexing!r}")
    count = len(args)
    if not count:
        return []
    vectors = [
        reshape(convert_to_tensor(one), [-1 if place == at else 1 for place in range(count)])
        for at, one in enumerate(args)
    ]
    if indexing == "xy" and count > 1:
        order = [1, 0, *range(2, count)]
        vectors = [transpose(one, order) for one in vectors]
    counts = [_count(one) for one in map(convert_to_tensor, args)]
    sizes = [counts[1], counts[0], *counts[2:]] if indexing == "xy" and count > 1 else counts
    full = ones(sizes, vectors[0].dtype)
    return [multiply(one, full) for one in vectors]


def _count(vector: Any) -> Any:
    """How many elements a tensor has: a number where that is known."""
    known = vector.shape.num_elements()
    return size(vector) if known is None else known


# -- the same tensors ------------------------------------------------------------------------------


@export("identity_n")
def identity_n(input: Any, name: Any = None) -> list[Any]:
    """New tensors with the same numbers, as a list; their dtypes may differ."""
    return [identity(one) for one in flatten(input)]


@export("shape_n")
def shape_n(input: Any, out_type: Any = "int32", name: Any = None) -> list[Any]:
    """The sizes of each of some tensors: a list of [rank]."""
    return [shape(one, out_type) for one in input]


@operation("ensure_shape")
def _ensure_shape(x: Index, shape: Any, name: Any = None) -> Array:
    """The same tensor, which must have this shape."""
    if not TensorShape(x.shape).is_compatible_with(shape):
        raise InvalidArgumentError(
            f"Shape of tensor [{','.join(map(str, x.shape))}] is not compatible with expected "
            f"shape {shape}."
        )
    return x


@_ensure_shape.shape_rule
def _ensure_rule(x: Spec, shape: Any) -> Any:
    return x.shape.merge_with(shape), x.dtype, x.known


@_ensure_shape.gradient
def _ensure_gradient(step: Any, dy: Any) -> Any:
    return dy


@export("ensure_shape")
def ensure_shape(x: Any, shape: Any, name: Any = None) -> Any:
    """The same tensor, which must have this shape: sizes that are None may be any.

    Raises:
        InvalidArgumentError: when it has another shape; ValueError for a symbol.
    """
    return _ensure_shape(x, TensorShape(shape))
