"""Operations that create tensors: constants, fills, ranges, identity matrices."""

import math
import operator
from typing import Any

import numpy as np

from densetrace.tensorflow.convert import array_of, convert_to_tensor, holds_symbols
from densetrace.tensorflow.dtypes import as_dtype, float64, of_array
from densetrace.tensorflow.errors import InvalidArgumentError
from densetrace.tensorflow.operation import (
    Index,
    Operand,
    Sizes,
    Spec,
    export,
    known_size,
    operation,
    shape_of_sizes,
)
from densetrace.tensorflow.ops.allocation import as_shape, check_allocation
from densetrace.tensorflow.ops.casting import cast
from densetrace.tensorflow.ops.gradients import no_gradient, sum_to
from densetrace.tensorflow.ops.reductions import reduce_sum
from densetrace.tensorflow.ops.shaping import reshape
from densetrace.tensorflow.shapes import TensorShape, broadcast
from densetrace.tensorflow.symbolic import GraphTensor, Symbol, current_graph
from densetrace.tensorflow.tensor import Array, Operators, Tensor


@export("constant")
def constant(value: Any, dtype: Any = None, shape: Any = None, name: Any = None) -> Any:
    """A tensor of `shape` with the elements of `value`, or filled with one number. Follows
    tf.constant.

    Raises:
        TypeError: when `value` is not a number of that dtype, or has another number of elements.
        ValueError: when `value` is nothing, or a size is negative.
        InvalidArgumentError: when one number in a nested list is to fill the shape.
    """
    if isinstance(value, GraphTensor) and current_graph() is None:
        np.asarray(value)  # refuses
    if isinstance(value, Symbol) or (isinstance(value, list | tuple) and holds_symbols(value)):
        raise TypeError("Expected any non-tensor type, but got a tensor instead.")
    target = None if dtype is None else as_dtype(dtype)
    if isinstance(value, Operators) and not isinstance(value, Tensor):
        value = value.numpy()
    if isinstance(value, Tensor):
        if target is not None and value.dtype is not target:
            raise TypeError(
                f"A tensor keeps its dtype: use tf.cast. Received: a tensor of dtype "
                f"{value.dtype.name} and dtype={target.name}"
            )
        if shape is None and current_graph() is None:
            return value
        array = value._array
    else:
        array = array_of(value, target)
        array = array.copy() if isinstance(value, np.ndarray) else array
    if shape is not None:
        array = _filled(array, shape)
    return in_graph(Tensor(array))


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


def in_graph(tensor: Tensor) -> Any:
    """The tensor; while a graph is traced, a constant of this graph."""
    if current_graph() is None:
        return tensor
    symbol = constant_of_graph(tensor)
    symbol.constant = tensor
    return symbol


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
    """[*dims], every element `value`. Follows tf.fill."""
    sizes = as_shape(dims)
    check_allocation(sizes, of_array(value.dtype))
    if value.ndim > 1 or value.size != 1:  # a vector of one number passes, but not in a graph
        raise InvalidArgumentError(f"value must be a scalar. Received: shape {value.shape}")
    return np.full(sizes, value, value.dtype)


@fill.shape_rule
def _fill_rule(dims: Any, value: Spec) -> Any:
    if isinstance(dims, int):
        raise ValueError(f"dims must be a vector of sizes. Received: dims={dims}")
    if value.shape.rank:
        raise ValueError(f"value must be a scalar. Received: shape {value.shape}")
    return shape_of_sizes(dims), value.dtype


@fill.gradient
def _fill_gradient(step: Any, dy: Any) -> Any:
    return reduce_sum(dy)


@export("zeros")
def zeros(shape: Any, dtype: Any = "float32", name: Any = None, layout: Any = None) -> Any:
    """[*shape], all 0. Follows tf.zeros."""
    target = as_dtype(dtype)
    return fill(_listed(shape), np.zeros((), target.numpy) if target.name != "string" else "")


@export("ones")
def ones(shape: Any, dtype: Any = "float32", name: Any = None, layout: Any = None) -> Any:
    """[*shape], all 1. Follows tf.ones."""
    target = as_dtype(dtype)
    return fill(_listed(shape), array_of(True if target.is_bool else 1, target))


def _listed(shape: Any) -> Any:
    """A shape as a list, where it is one size."""
    if shape is None:
        raise ValueError("A shape must be known. Received: shape=None")
    sizes = shape if isinstance(shape, list | tuple) else (shape,)
    if any(isinstance(one, float | str) for one in sizes):
        raise TypeError(f"The sizes of a shape must be integers. Received: shape={shape!r:.80}")
    if isinstance(shape, int | np.integer):
        return (shape,)
    if isinstance(shape, Operators) and shape.shape.rank == 0:
        return reshape(shape, [1])
    # TensorFlow makes a TensorShape of it, so that a bool is the size 0 or 1.
    if isinstance(shape, list | tuple) and any(type(one) is bool for one in shape):
        return [int(one) if type(one) is bool else one for one in shape]
    return shape


@operation("zeros_like")
def zeros_like(input: Index, dtype: Any = None, name: Any = None) -> Array:
    """Zeros in the shape of `input`, in its dtype unless `dtype` is given. Follows
    tf.zeros_like."""
    target = input.dtype if dtype is None else as_dtype(dtype).numpy
    return (
        np.full(input.shape, b"", object) if target.kind == "O" else np.zeros(input.shape, target)
    )


@operation("ones_like")
def ones_like(input: Index, dtype: Any = None, name: Any = None) -> Array:
    """Ones in the shape of `input`, in its dtype unless `dtype` is given. Follows tf.ones_like."""
    _check_numbers(input.dtype if dtype is None else as_dtype(dtype).numpy)
    return np.ones(input.shape, input.dtype if dtype is None else as_dtype(dtype).numpy)


def _check_numbers(dtype: np.dtype[Any]) -> None:
    if dtype.kind == "O":
        kind = InvalidArgumentError if current_graph() is None else TypeError
        raise kind("There is no string of ones.")


def _ones_like_rule(input: Spec, dtype: Any) -> Any:
    found = _like_rule(input, dtype)
    _check_numbers(found[1].numpy)
    return found


def _like_rule(input: Spec, dtype: Any) -> Any:
    return input.shape, input.dtype if dtype is None else as_dtype(dtype)


zeros_like.shape_rule(_like_rule)
ones_like.shape_rule(_ones_like_rule)
for _like in (zeros_like, ones_like):
    _like.gradient(no_gradient)


@operation("eye", "linalg.eye")
def eye(
    num_rows: Sizes | None,
    num_columns: Sizes | None = None,
    batch_shape: Any = None,
    dtype: Any = "float32",
    name: Any = None,
) -> Array:
    """[*batch_shape, num_rows, num_columns], 1 on the diagonal, 0 elsewhere. Follows tf.eye."""
    if as_dtype(dtype).name == "string":
        raise TypeError("An identity matrix consists of numbers. Received: dtype=string")
    rows = operator.index(num_rows)  # type: ignore[arg-type] # one size
    columns = rows if num_columns is None else operator.index(num_columns)  # type: ignore[arg-type]
    check_allocation((*(batch_shape or ()), rows, columns), as_dtype(dtype))
    made = np.eye(rows, columns, dtype=as_dtype(dtype).numpy)
    return np.broadcast_to(made, (*batch_shape, rows, columns)).copy() if batch_shape else made


@eye.check
def _check_rows(num_rows: Any, num_columns: Any, batch_shape: Any, dtype: Any) -> None:
    if num_rows is None:
        raise TypeError("The number of rows must be an integer. Received: num_rows=None")


@eye.shape_rule
def _eye_rule(num_rows: Any, num_columns: Any, batch_shape: Any, dtype: Any) -> Any:
    rows = known_size(num_rows)
    columns = rows if num_columns is None else known_size(num_columns)
    return TensorShape((*(batch_shape or ()), rows, columns)), as_dtype(dtype)


eye.gradient(no_gradient)


@export("range")
def arange(
    start: Any, limit: Any = None, delta: Any = 1, dtype: Any = None, name: str = "range"
) -> Any:
    """[n]: the numbers from `start` (0 if only one number is given) up to but not including
    `limit`, in steps of `delta`. Follows tf.range."""
    first, last = (0, start) if limit is None else (start, limit)
    numbers = [convert_to_tensor(one) for one in (first, last, delta)]
    if dtype is None:
        order = ("int32", "int64", "float32", "float64")
        names = [one.dtype.name for one in numbers]
        if any(one not in order for one in names):
            raise AssertionError(f"tf.range takes {', '.join(order)}. Received: {names}")
        target = as_dtype(max(names, key=order.index))
    else:
        target = as_dtype(dtype)
        if target.name in ("bool", "string", "uint8") or target.is_complex:
            is_number = target.name not in ("bool", "string")
            kind = InvalidArgumentError if is_number and current_graph() is None else TypeError
            raise kind(f"tf.range has no numbers of this dtype. Received: dtype={target.name}")
    cast_all = [one if one.dtype is target else cast(one, target) for one in numbers]
    return _range(*cast_all)


@operation("raw_ops.Range")
def _range(start: Operand, limit: Operand, delta: Operand, name: Any = None) -> Array:
    """The numbers from `start` up to but not including `limit`, in steps of `delta`."""
    if start.ndim or limit.ndim or delta.ndim:
        raise InvalidArgumentError("start, limit and delta of a range must be scalars.")
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
    if any(one.shape.rank for one in (start, limit, delta)):
        raise ValueError("start, limit and delta of a range must be scalars.")
    if all(isinstance(one, int) for one in numbers) and delta.known:
        count: int | None = max(0, math.ceil((limit.known - start.known) / delta.known))
    else:
        count = None
    return TensorShape((count,)), start.dtype


_range.gradient(no_gradient)


@operation("linspace")
def linspace(start: Operand, stop: Operand, num: Sizes, name: Any = None, axis: int = 0) -> Array:
    """`num` evenly spaced numbers from `start` to `stop`, both included, along a new axis. Follows
    tf.linspace."""
    dtype = np.dtype("float64") if start.dtype.kind in "iu" else start.dtype
    count: Any = num
    return np.asarray(np.linspace(start, stop, operator.index(count), axis=axis), dtype)


@linspace.gradient
def _linspace_gradient(step: Any, dy: Any) -> Any:
    start, stop, num = step.operands
    rank = dy.shape.rank
    if not isinstance(num, int) or rank is None:
        raise LookupError("linspace has no gradient where its number of steps is not known")
    at = step.attributes["axis"] % rank
    sizes = [num if axis == at else 1 for axis in range(rank)]
    share = np.arange(num) / max(num - 1, 1)
    towards = reshape(constant(share.astype(dy.dtype.numpy)), sizes)
    of_stop = reduce_sum(dy * towards, at)
    return sum_to(reduce_sum(dy, at) - of_stop, start), sum_to(of_stop, stop)


@linspace.shape_rule
def _linspace_rule(start: Spec, stop: Spec, num: Any, axis: int = 0) -> Any:
    sizes = list(broadcast(start.shape, stop.shape))
    at = axis if axis >= 0 else len(sizes) + 1 + axis
    sizes.insert(at, num if isinstance(num, int) else None)
    return TensorShape(sizes), (float64 if start.dtype.is_integer else start.dtype)
