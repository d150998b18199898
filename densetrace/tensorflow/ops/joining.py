"""Operations that join tensors along an axis, and that split a tensor into parts."""

from typing import Any

import numpy as np

from densetrace.tensorflow.convert import check_strictly, convert_to_tensor
from densetrace.tensorflow.definition import PartOfShape
from densetrace.tensorflow.dtypes import int32
from densetrace.tensorflow.errors import InvalidArgumentError
from densetrace.tensorflow.operation import (
    Index,
    Operands,
    Spec,
    export,
    operation,
)
from densetrace.tensorflow.ops.math import identity
from densetrace.tensorflow.ops.reductions import axis_number, checked_axis
from densetrace.tensorflow.ops.shaping import new_axis, shape
from densetrace.tensorflow.ops.slicing import strided_slice
from densetrace.tensorflow.shapes import UNKNOWN_RANK, TensorShape
from densetrace.tensorflow.symbolic import Symbol, current_graph
from densetrace.tensorflow.tensor import Array, Operators, Tensor


@operation("concat")
def _concat(values: Operands, axis: Any, name: Any = None) -> Array:
    """The values one after the other along an axis."""
    if not values:
        raise InvalidArgumentError("concat needs at least one tensor. Received: values=[]")
    return np.concatenate(values, checked_axis(axis_number(axis), values[0].ndim))


@_concat.shape_rule
def _concat_rule(values: list[Spec], axis: Any) -> Any:
    ranked = [one.shape for one in values if one.shape.rank is not None]
    if not ranked:
        axis_number(axis)  # refuses
        return UNKNOWN_RANK, values[0].dtype
    first = ranked[0]
    at = checked_axis(axis_number(axis), len(first))
    others = TensorShape([*first[:at], None, *first[at + 1 :]])
    total: int | None = 0
    for one in values:
        if one.shape.rank is None:
            total = None
            continue
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
        if any(isinstance(one.known, PartOfShape) for one in values):
            known = PartOfShape(known)
    return TensorShape([*others[:at], total, *others[at + 1 :]]), values[0].dtype, known


@_concat.gradient
def _concat_gradient(step: Any, dy: Any) -> Any:
    values = step.operands[0]
    at = checked_axis(axis_number(step.attributes["axis"]), values[0].shape.rank)
    parts, start = [], 0
    for value in values:
        stop = start + (value.shape[at] if value.shape[at] is not None else shape(value)[at])
        index: list[Any] = [slice(None)] * at + [slice(start, stop)]
        parts.append(strided_slice(dy, tuple(index)))
        start = stop
    return (parts,)


@export("concat")
def concat(values: Any, axis: Any, name: Any = "concat") -> Any:
    """The values one after the other along an axis: [..., n, ...] and [..., m, ...] ->
    [..., n + m, ...]. A single tensor, in a list or not, is returned with the same elements.

    Raises:
        InvalidArgumentError: when the values differ in rank, dtype or another size (eagerly).
        ValueError: when the shapes of symbolic values do not fit.
    """
    values = values if isinstance(values, list | tuple) else [values]
    if isinstance(axis, float):
        raise TypeError(f"An axis must be an integer. Received: axis={axis!r:.80}")
    if not values:
        kind = InvalidArgumentError if current_graph() is None else ValueError
        raise kind("tf.concat needs one tensor at least. Received: an empty list")
    if len(values) == 1:
        convert_to_tensor(axis, None if isinstance(axis, bool) else int32).shape.assert_has_rank(0)
        return identity(values[0])
    return _concat(values, axis)


@operation("stack")
def _stack(values: Operands, axis: int = 0, name: Any = None) -> Array:
    """The values along a new axis."""
    return np.stack(values, axis)


@export("stack")
def stack(values: Any, axis: int = 0, name: Any = "stack") -> Any:
    """The values along a new axis: n tensors of shape [...] -> [n, ...]. Numbers and lists of them
    become a constant. Follows tf.stack.

    Raises:
        ValueError: when there is no such axis.
        InvalidArgumentError: when the values differ in shape or dtype; ValueError or TypeError for
            symbolic ones.
    """
    if axis == 0:
        is_list = isinstance(values, list | tuple)
        if not is_list or not any(isinstance(one, Operators) for one in values):
            try:
                return convert_to_tensor(values)
            except (TypeError, ValueError):
                pass  # not all are numbers
        if isinstance(values, tuple):
            values = list(values)
    first = convert_to_tensor(values[0])
    if isinstance(values, list | tuple):
        check_strictly(list(values), first.dtype)
    rank = first.shape.rank
    if rank is not None and not -rank - 1 <= axis <= rank:
        raise ValueError(
            f"Argument `axis` must be in the range [{-rank - 1}, {rank + 1}). Received: axis={axis}"
        )
    return _stack(values, axis)


def pack(values: list[Any]) -> Any:
    """Values of one dtype along a new first axis: n tensors of shape [...] -> [n, ...]. The part of
    `stack` that conversions use. Follows tf.raw_ops.Pack."""
    return _stack(values)


@_stack.shape_rule
def _stack_rule(values: list[Spec], axis: int = 0) -> Any:
    if any(one.dtype is not values[0].dtype for one in values):
        raise TypeError("The tensors of a stack must have one dtype.")
    merged = values[0].shape
    for one in values[1:]:
        merged = merged.merge_with(one.shape)
    if merged.rank is None:
        return UNKNOWN_RANK, values[0].dtype
    sizes = list(merged)
    sizes.insert(new_axis(axis, len(sizes)), len(values))
    known = tuple(one.known for one in values) if merged.rank == 0 else None
    return TensorShape(sizes), values[0].dtype, known


@_stack.gradient
def _stack_gradient(step: Any, dy: Any) -> Any:
    return (unstack(dy, len(step.operands[0]), step.attributes["axis"]),)


@export("unstack")
def unstack(value: Any, num: int | None = None, axis: int = 0, name: str = "unstack") -> Any:
    """A list of the slices of a tensor along an axis, without that axis. Follows tf.unstack."""
    value = convert_to_tensor(value)
    rank = value.shape.rank
    if rank is None:
        raise ValueError("Cannot infer argument `num` from a shape of unknown rank.")
    if not -rank <= axis < rank:
        raise ValueError(
            f"Argument `axis` must be in the range [{-rank}, {rank}). Received: axis={axis}"
        )
    at = axis % rank
    known = value.shape[at]
    count = known if num is None else num
    if count is None:
        raise ValueError(f"Cannot infer argument `num` from shape {value.shape}")
    if not isinstance(count, int):
        raise TypeError(f"num must be an integer. Received: num={num!r:.80}")
    if known is not None and count != known:
        kind = InvalidArgumentError if isinstance(value, Tensor) else ValueError
        raise kind(f"The axis {axis} has {known} slices. Received: num={num!r:.80}")
    return [
        strided_slice(value, tuple([slice(None)] * at + [position])) for position in range(count)
    ]


def _cuts(sizes: Any, length: int | None) -> list[int]:
    """The sizes of the parts, with the one that -1 stands for where the length is known.

    Raises:
        InvalidArgumentError: when they do not add up to the length.
    """
    listed = np.asarray(sizes).tolist() if not isinstance(sizes, list | tuple) else list(sizes)
    if listed.count(-1) > 1:
        raise InvalidArgumentError(f"There can only be one -1 in a split. Received: {listed}")
    if length is None:
        return listed
    given = list(listed)
    if -1 in listed:
        listed[listed.index(-1)] = length - (sum(listed) + 1)
    if sum(listed) != length or min(listed, default=0) < 0:
        raise InvalidArgumentError(
            f"The sizes of a split must add up to {length}. Received: {given}"
        )
    return listed


def _checked_parts(count: int) -> None:
    if count < 1:
        raise InvalidArgumentError(f"A split has at least one part. Received: {count}")


@operation("raw_ops.SplitV")
def _split(value: Index, num_or_size_splits: Any, axis: int = 0, name: Any = None) -> list[Array]:
    """The parts of a tensor along an axis: a number of equal parts, or parts of the given sizes."""
    at = checked_axis(axis, value.ndim)
    length = value.shape[at]
    if isinstance(num_or_size_splits, int):
        _checked_parts(num_or_size_splits)
        if length % num_or_size_splits:
            raise InvalidArgumentError(
                "Number of ways to split should evenly divide the split dimension: "
                f"{length} by {num_or_size_splits}"
            )
        return [part.copy() for part in np.split(value, num_or_size_splits, at)]
    cuts = _cuts(num_or_size_splits, length)
    return [part.copy() for part in np.split(value, np.cumsum(cuts)[:-1], at)]


@_split.shape_rule
def _split_rule(value: Spec, num_or_size_splits: Any, axis: int = 0) -> Any:
    is_ranked = value.shape.rank is not None
    at = checked_axis(axis, len(value.shape)) if is_ranked else axis
    length = value.shape[at]
    if isinstance(num_or_size_splits, int):
        _checked_parts(num_or_size_splits)
        if length is not None and length % num_or_size_splits:
            raise ValueError(
                f"Dimension size, given by {length}, must be evenly divisible by "
                f"{num_or_size_splits}"
            )
        part = None if length is None else length // num_or_size_splits
        parts: list[Any] = [part] * num_or_size_splits
    else:
        parts = [None if one == -1 else one for one in _cuts(num_or_size_splits, length)]
    if not is_ranked:
        return [(UNKNOWN_RANK, value.dtype) for _ in parts]
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
    """A list of the parts of a tensor along an axis: a number of equal parts, or parts of the given
    sizes. Follows tf.split."""
    if isinstance(num_or_size_splits, np.integer):
        num_or_size_splits = int(num_or_size_splits)
    if isinstance(num_or_size_splits, Symbol) and num_or_size_splits.known is not None:
        num_or_size_splits = num_or_size_splits.known
    if isinstance(num_or_size_splits, float | str):
        raise ValueError(
            "A split takes a number of parts or a list of sizes. Received: "
            f"num_or_size_splits={num_or_size_splits!r:.80}"
        )
    if num is not None and not isinstance(num_or_size_splits, int):
        sizes = num_or_size_splits
        count = len(sizes) if isinstance(sizes, list | tuple) else sizes.shape[0]
        if count is not None and count != num:
            is_symbolic = isinstance(value, Symbol) or current_graph() is not None
            raise (ValueError if is_symbolic else InvalidArgumentError)(
                f"num must be the number of sizes. Received: num={num} and {count} sizes"
            )
    if num_or_size_splits is None or value is None:
        raise ValueError("A split needs a tensor, and a number of parts or sizes. Received: None")
    if isinstance(axis, str):
        raise TypeError(f"An axis must be an integer. Received: axis={axis!r:.80}")
    return _split(value, num_or_size_splits, axis_number(axis))
