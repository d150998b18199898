"""Reductions along axes: sums, means, extremes; cumulative sums and products."""

import math
import operator
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from densetrace.tensorflow.convert import convert_to_tensor
from densetrace.tensorflow.definition import Rule, as_constant
from densetrace.tensorflow.dtypes import as_dtype, bool_
from densetrace.tensorflow.errors import InvalidArgumentError
from densetrace.tensorflow.operation import Condition, Operand, Spec, export, operation
from densetrace.tensorflow.ops.casting import cast
from densetrace.tensorflow.ops.comparisons import equal
from densetrace.tensorflow.ops.elementary import sqrt
from densetrace.tensorflow.ops.gradients import sizes_of
from densetrace.tensorflow.ops.math import divide, divide_no_nan, multiply, square, subtract
from densetrace.tensorflow.shapes import UNKNOWN_RANK, TensorShape
from densetrace.tensorflow.symbolic import current_graph
from densetrace.tensorflow.tensor import Array, Tensor

NUMBERS: Final = "iufc"

_SUM: Final[Any] = np.add.reduce
"""With arguments by position, for which its type has no room: axis, dtype, out, keepdims."""


def checked_axis(axis: int, rank: int) -> int:
    """An axis as a non-negative number.

    Raises:
        InvalidArgumentError: when a tensor of this rank has no such axis.
    """
    if not -rank <= axis < rank:
        raise InvalidArgumentError(
            f"An axis must be in the range [{-rank}, {rank}), for a tensor of {rank} dimensions. "
            f"Received: axis={axis}"
        )
    return axis % rank


def no_integer(axis: Any) -> Exception:
    """The error for strings or floats in place of an axis that becomes a tensor: eagerly the
    operation refuses the tensor, in a graph its conversion to integers fails."""
    kind = InvalidArgumentError if current_graph() is None else TypeError
    return kind(f"An axis must be an integer. Received: axis={axis!r:.80}")


def axis_number(axis: Any) -> int:
    """An axis as a Python integer.

    Raises:
        TypeError: when it is not an integer.
        ValueError: when it is None.
        InvalidArgumentError: when it is a list of them, or eagerly a string.
    """
    if axis is None:
        raise ValueError("An axis must be an integer. Received: axis=None")
    if isinstance(axis, str):
        raise no_integer(axis)
    if isinstance(axis, list | tuple) or np.ndim(axis) > 0:
        raise InvalidArgumentError(f"An axis must be a scalar. Received: axis={axis!r:.80}")
    if not hasattr(axis, "__index__"):
        raise TypeError(f"An axis must be an integer. Received: axis={axis!r:.80}")
    return operator.index(axis)


def axes_of(axis: Any, rank: int, allow_repeated: bool = False) -> tuple[int, ...]:
    """The axes of a reduction as non-negative numbers; all axes for None.

    Raises:
        InvalidArgumentError: when there is no such axis, or one is given twice.
        TypeError: when one is a float.
    """
    if axis is None:
        return tuple(range(rank))
    if isinstance(axis, Tensor):
        axis = axis.numpy().tolist()
    if isinstance(axis, np.ndarray):
        axis = axis.tolist()
    given: Any = axis if isinstance(axis, list | tuple | range | TensorShape) else (axis,)
    if isinstance(axis, float):
        raise TypeError(f"An axis must be an integer. Received: axis={axis}")
    if any(one is None for one in given):
        kind = ValueError if current_graph() is None else TypeError
        raise kind(f"An axis must be an integer. Received: axis={axis!r:.80}")
    if any(isinstance(one, float | str) for one in given):
        raise no_integer(axis)
    found = tuple(checked_axis(operator.index(one), rank) for one in given)
    if len(set(found)) < len(found) and not allow_repeated:
        raise InvalidArgumentError(f"Invalid reduction arguments: Axes contains duplicate: {axis}")
    return found


def reduction_rule(input_tensor: Spec, axis: Any, keepdims: bool) -> Any:
    shape = input_tensor.shape
    if shape.rank is None:
        return (UNKNOWN_RANK if axis is not None else TensorShape(())), input_tensor.dtype
    axes = axes_of(axis, len(shape), allow_repeated=True)  # refused when the graph runs
    return TensorShape(
        1 if position in axes else size
        for position, size in enumerate(shape)
        if keepdims or position not in axes
    ), input_tensor.dtype


def _truth_rule(input_tensor: Spec, axis: Any, keepdims: bool) -> Any:
    return reduction_rule(input_tensor, axis, keepdims)[0], bool_


def spread(step: Any, value: Any) -> Any:
    """A reduced value, reshaped to broadcast to the shape of the operand."""
    from densetrace.tensorflow.ops.shaping import expand_dims, reshape, shape

    x, axis = step.operands[0], step.attributes["axis"]
    if step.attributes["keepdims"]:
        return value
    if x.shape.rank is None:
        listed = [] if axis is None else axis if isinstance(axis, list | tuple) else [axis]
        for one in sorted(listed, key=lambda one: (one < 0, abs(one))):
            value = expand_dims(value, one)
        return value
    axes = axes_of(axis, x.shape.rank)
    kept = [1 if at in axes else size for at, size in enumerate(x.shape)]
    if None in kept:
        sizes = shape(x)
        kept = [sizes[axis] if size is None else size for axis, size in enumerate(kept)]
    return reshape(value, kept)


def _of_sizes(compute: Callable[..., Any]) -> Rule:
    """The rule of a reduction whose result is known where all of a vector's integers are."""

    def rule(input_tensor: Spec, axis: Any, keepdims: bool) -> Any:
        shape, dtype = reduction_rule(input_tensor, axis, keepdims)
        sizes = as_constant(input_tensor.known)
        if isinstance(sizes, tuple) and sizes and dtype.is_integer and shape.rank == 0:
            return shape, dtype, int(compute(np.asarray(sizes, dtype.numpy)))
        return shape, dtype

    return rule


@operation("math.reduce_sum", "reduce_sum", kinds=NUMBERS, rule=_of_sizes(np.sum))
def reduce_sum(
    input_tensor: Operand, axis: Any = None, keepdims: bool = False, name: Any = None
) -> Array:
    """The sum over one axis, several axes or all. Follows tf.reduce_sum."""
    total = np.sum(
        input_tensor,
        axis=axes_of(axis, input_tensor.ndim),
        keepdims=bool(keepdims),
        dtype=input_tensor.dtype,
    )
    return np.asarray(total)


@reduce_sum.into
def _sum_into(input_tensor: Spec, axis: Any, keepdims: bool) -> Any:
    axes, dtype = axes_of(axis, len(input_tensor.shape)), input_tensor.dtype.numpy
    return lambda x, out: _SUM(x, axes, dtype, out, bool(keepdims))


@reduce_sum.gradient
def _sum_gradient(step: Any, dy: Any) -> Any:
    from densetrace.tensorflow.ops.shaping import broadcast_to

    return broadcast_to(spread(step, dy), sizes_of(step.operands[0]))


@operation("math.reduce_mean", "reduce_mean", kinds=NUMBERS, rule=reduction_rule)
def reduce_mean(
    input_tensor: Operand, axis: Any = None, keepdims: bool = False, name: Any = None
) -> Array:
    """The mean over one, several or all axes; an integer for integers. Follows tf.reduce_mean."""
    x, axes = input_tensor, axes_of(axis, input_tensor.ndim)
    total = np.sum(
        x,
        axis=axes,
        keepdims=bool(keepdims),
        dtype=np.float32 if x.dtype == np.float16 else x.dtype,
    )
    count = x.size // max(1, np.size(total)) if np.size(total) else 0
    if x.dtype.kind in "iu":
        return np.asarray(np.trunc(np.divide(total, count)), x.dtype)
    return np.asarray(np.divide(total, np.asarray(count, total.dtype)), x.dtype)


@reduce_mean.into
def _mean_into(input_tensor: Spec, axis: Any, keepdims: bool) -> Any:
    axes, dtype = axes_of(axis, len(input_tensor.shape)), input_tensor.dtype.numpy
    sizes = [input_tensor.sizes[at] for at in axes]
    if (
        input_tensor.dtype.is_integer
        or dtype == np.float16
        or not input_tensor.shape.num_elements()
    ):
        return None
    count = np.asarray(math.prod(sizes), dtype)

    def compute(x: Array, out: Array) -> None:
        _SUM(x, axes, dtype, out, bool(keepdims))
        np.divide(out, count, out=out)

    return compute


@reduce_mean.gradient
def _mean_gradient(step: Any, dy: Any) -> Any:
    from densetrace.tensorflow.ops.shaping import broadcast_to, size

    x = step.operands[0]
    gathered = broadcast_to(spread(step, dy), sizes_of(x))
    count = divide(cast(size(x), x.dtype), cast(size(step.outputs), x.dtype))
    return divide(gathered, count)


@operation("math.reduce_prod", "reduce_prod", kinds=NUMBERS, rule=_of_sizes(np.prod))
def reduce_prod(
    input_tensor: Operand, axis: Any = None, keepdims: bool = False, name: Any = None
) -> Array:
    """The product over one axis, several axes or all. Follows tf.reduce_prod."""
    x = input_tensor
    return np.asarray(
        np.prod(x, axis=axes_of(axis, x.ndim), keepdims=bool(keepdims), dtype=x.dtype)
    )


@reduce_prod.gradient
def _prod_gradient(step: Any, dy: Any) -> Any:
    # The product of all other elements, correct for zeros too: the exclusive cumulative product
    # from the front times the one from the back.
    from densetrace.tensorflow.ops.shaping import reshape, transpose

    x = step.operands[0]
    axes = axes_of(step.attributes["axis"], x.shape.rank)
    kept = [axis for axis in range(x.shape.rank) if axis not in axes]
    order = [*axes, *kept]
    moved = transpose(x, order)
    flat = reshape(moved, [-1, *[x.shape[axis] for axis in kept]])
    before = cumprod(flat, 0, exclusive=True)
    after = cumprod(flat, 0, exclusive=True, reverse=True)
    others = reshape(multiply(before, after), sizes_of(moved))
    back = [order.index(axis) for axis in range(x.shape.rank)]
    return multiply(spread(step, dy), transpose(others, back))


def _extreme(
    function: Callable[..., Any], x: Array, axis: Any, keepdims: bool, empty: Any
) -> Array:
    initial = {"initial": x.dtype.type(empty)} if x.size == 0 else {}
    return np.asarray(function(x, axis=axes_of(axis, x.ndim), keepdims=bool(keepdims), **initial))


def _extreme_gradient(step: Any, dy: Any) -> Any:
    """The gradient of max and min: equal elements share it."""
    x = step.operands[0]
    taken = cast(equal(x, spread(step, step.outputs)), dy.dtype)
    count = reduce_sum(taken, step.attributes["axis"], keepdims=True)
    return multiply(divide(taken, count), spread(step, dy))


@operation("math.reduce_max", "reduce_max", kinds="iuf", rule=_of_sizes(np.max))
def reduce_max(
    input_tensor: Operand, axis: Any = None, keepdims: bool = False, name: Any = None
) -> Array:
    """The maximum over one axis, several axes or all. Follows tf.reduce_max."""
    lowest = -np.inf if input_tensor.dtype.kind == "f" else np.iinfo(input_tensor.dtype).min
    return _extreme(np.max, input_tensor, axis, keepdims, lowest)


@operation("math.reduce_min", "reduce_min", kinds="iuf", rule=_of_sizes(np.min))
def reduce_min(
    input_tensor: Operand, axis: Any = None, keepdims: bool = False, name: Any = None
) -> Array:
    """The minimum over one axis, several axes or all. Follows tf.reduce_min."""
    highest = np.inf if input_tensor.dtype.kind == "f" else np.iinfo(input_tensor.dtype).max
    return _extreme(np.min, input_tensor, axis, keepdims, highest)


reduce_max.gradient(_extreme_gradient)
reduce_min.gradient(_extreme_gradient)


def _no_gradient(step: Any, dy: Any) -> Any:
    return None


@operation("math.reduce_all", "reduce_all", rule=_truth_rule)
def reduce_all(
    input_tensor: Condition, axis: Any = None, keepdims: bool = False, name: Any = None
) -> Array:
    """Whether all elements are true. Follows tf.reduce_all."""
    x = input_tensor
    return np.asarray(np.all(x, axis=axes_of(axis, x.ndim), keepdims=bool(keepdims)))


@operation("math.reduce_any", "reduce_any", rule=_truth_rule)
def reduce_any(
    input_tensor: Condition, axis: Any = None, keepdims: bool = False, name: Any = None
) -> Array:
    """Whether any element is true. Follows tf.reduce_any."""
    x = input_tensor
    return np.asarray(np.any(x, axis=axes_of(axis, x.ndim), keepdims=bool(keepdims)))


def _count_rule(input: Spec, axis: Any, keepdims: bool, dtype: Any) -> Any:
    return reduction_rule(input, axis, keepdims)[0], as_dtype(dtype)


@operation("math.count_nonzero", rule=_count_rule)
def count_nonzero(
    input: Operand, axis: Any = None, keepdims: bool = False, dtype: Any = "int64", name: Any = None
) -> Array:
    """The number of elements that are not 0. Follows tf.math.count_nonzero."""
    counted = np.count_nonzero(input, axis=axes_of(axis, input.ndim), keepdims=bool(keepdims))
    return np.asarray(counted, as_dtype(dtype).numpy)


for _truth in (reduce_all, reduce_any, count_nonzero):
    _truth.gradient(_no_gradient)


@export("math.reduce_variance")
def reduce_variance(
    input_tensor: Any, axis: Any = None, keepdims: bool = False, name: Any = None
) -> Any:
    """The mean of the squared distances from the mean. Follows tf.math.reduce_variance."""
    input_tensor = convert_to_tensor(input_tensor)
    mean = reduce_mean(input_tensor, axis, keepdims=True)
    if not (mean.dtype.is_floating or mean.dtype.is_complex):
        raise TypeError(
            f"A variance needs floating point or complex numbers. Received: {mean.dtype.name}"
        )
    return reduce_mean(square(subtract(input_tensor, mean)), axis, keepdims)


@export("math.reduce_std")
def reduce_std(
    input_tensor: Any, axis: Any = None, keepdims: bool = False, name: Any = None
) -> Any:
    """The square root of the variance. Follows tf.math.reduce_std."""
    return sqrt(reduce_variance(input_tensor, axis, keepdims))


@operation("math.reduce_logsumexp", "reduce_logsumexp", kinds="f", rule=reduction_rule)
def reduce_logsumexp(
    input_tensor: Operand, axis: Any = None, keepdims: bool = False, name: Any = None
) -> Array:
    """log(sum(exp(x))), without overflow."""
    x, axes = input_tensor, axes_of(axis, input_tensor.ndim)
    highest = np.max(x, axis=axes, keepdims=True, initial=-np.inf)
    highest = np.where(np.isfinite(highest), highest, x.dtype.type(0))
    total = np.log(np.sum(np.exp(x - highest), axis=axes, keepdims=True)) + highest
    return np.asarray(total if keepdims else np.squeeze(total, axes))


@reduce_logsumexp.gradient
def _logsumexp_gradient(step: Any, dy: Any) -> Any:
    from densetrace.tensorflow.ops.elementary import exp

    x = step.operands[0]
    return multiply(spread(step, dy), exp(subtract(x, spread(step, step.outputs))))


# -- indices of extremes ---------------------------------------------------------------------------


_ARG_DTYPES: Final = ("int16", "uint16", "int32", "int64")


def _arg_rule(input: Spec, axis: Any, output_type: Any) -> Any:
    if as_dtype(output_type).name not in _ARG_DTYPES:
        raise TypeError(f"An index is int32 or int64. Received: output_type={output_type}")
    if not input.shape.rank:  # of a scalar, it is refused when the graph runs
        return input.shape, as_dtype(output_type)
    position = checked_axis(0 if axis is None else axis_number(axis), input.shape.rank)
    shape = TensorShape(size for at, size in enumerate(input.shape) if at != position)
    return shape, as_dtype(output_type)


def _arg(function: Callable[..., Any], input: Array, axis: Any, output_type: Any) -> Array:
    if as_dtype(output_type).name not in _ARG_DTYPES:
        raise InvalidArgumentError(f"An index is int32 or int64. Received: {output_type}")
    position = checked_axis(0 if axis is None else axis_number(axis), input.ndim)
    if input.dtype.kind == "f" and np.isnan(input).any():
        # As in TensorFlow, NaN is never the largest nor the smallest.
        worst = -np.inf if function is np.argmax else np.inf
        input = np.where(np.isnan(input), input.dtype.type(worst), input)
    return np.asarray(function(input, position), as_dtype(output_type).numpy)


@operation("math.argmax", "argmax", rule=_arg_rule, kinds="iufb")
def argmax(input: Operand, axis: Any = None, output_type: Any = "int64", name: Any = None) -> Array:
    """The index of the maximum along an axis; the first one at ties. Follows tf.argmax."""
    return _arg(np.argmax, input, axis, output_type)


@operation("math.argmin", "argmin", rule=_arg_rule, kinds="iufb")
def argmin(input: Operand, axis: Any = None, output_type: Any = "int64", name: Any = None) -> Array:
    """The index of the minimum along an axis; the first one at ties. Follows tf.argmin."""
    return _arg(np.argmin, input, axis, output_type)


argmax.gradient(_no_gradient)
argmin.gradient(_no_gradient)


# -- cumulative ------------------------------------------------------------------------------------


def _same_rule(x: Spec, axis: Any, exclusive: bool, reverse: bool) -> Any:
    return x.shape, x.dtype  # the axis is checked when the graph runs


def _cumulative(
    function: Any, x: Array, axis: Any, exclusive: bool, reverse: bool, neutral: int
) -> Array:
    at = checked_axis(axis_number(axis), x.ndim)
    data = np.flip(x, at) if reverse else x
    result = function(data, axis=at, dtype=x.dtype)
    if exclusive and x.shape[at]:
        shifted = np.roll(result, 1, at)
        index: list[Any] = [slice(None)] * x.ndim
        index[at] = 0
        shifted[tuple(index)] = neutral
        result = shifted
    return np.ascontiguousarray(np.flip(result, at)) if reverse else result


@operation("math.cumsum", "cumsum", kinds=NUMBERS, rule=_same_rule)
def cumsum(
    x: Operand, axis: Any = 0, exclusive: bool = False, reverse: bool = False, name: Any = None
) -> Array:
    """The cumulative sum along an axis; `exclusive` leaves out the element itself, `reverse` starts
    at the end. Follows tf.cumsum."""
    return _cumulative(np.cumsum, x, axis, exclusive, reverse, 0)


def _check_cumulative(x: Any, axis: Any, exclusive: bool, reverse: bool) -> None:
    if axis is None or isinstance(axis, float | str):
        axis_number(axis)  # refuses


cumsum.check(_check_cumulative)


@cumsum.gradient
def _cumsum_gradient(step: Any, dy: Any) -> Any:
    options = step.attributes
    return cumsum(dy, options["axis"], options["exclusive"], not options["reverse"])


@operation("math.cumprod", kinds=NUMBERS, rule=_same_rule)
def cumprod(
    x: Operand, axis: Any = 0, exclusive: bool = False, reverse: bool = False, name: Any = None
) -> Array:
    """The cumulative product along an axis; `exclusive` leaves out the element itself, `reverse`
    starts at the end. Follows tf.math.cumprod."""
    return _cumulative(np.cumprod, x, axis, exclusive, reverse, 1)


cumprod.check(_check_cumulative)


@cumprod.gradient
def _cumprod_gradient(step: Any, dy: Any) -> Any:
    options, x = step.attributes, step.operands[0]
    product = cumprod(x, options["axis"], options["exclusive"], options["reverse"])
    back = cumsum(
        multiply(product, dy), options["axis"], options["exclusive"], not options["reverse"]
    )
    return divide_no_nan(back, x)
