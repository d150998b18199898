"""Arithmetic, element by element: operands broadcast and share one dtype."""

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from densetrace.tensorflow.convert import convert_to_tensor
from densetrace.tensorflow.definition import Rule, as_constant
from densetrace.tensorflow.dtypes import DType, float32, float64, int32, of_array
from densetrace.tensorflow.errors import InvalidArgumentError
from densetrace.tensorflow.indexed_slices import IndexedSlices
from densetrace.tensorflow.operation import (
    Operand,
    Operands,
    Spec,
    elementwise_rule,
    export,
    operation,
)
from densetrace.tensorflow.ops.casting import cast
from densetrace.tensorflow.ops.comparisons import (
    greater,
    greater_equal,
    less_equal,
    not_equal,
)
from densetrace.tensorflow.ops.gradients import needs, sum_to
from densetrace.tensorflow.shapes import broadcast
from densetrace.tensorflow.tensor import Array, Operators

FLOATS: Final = "fc"
NUMBERS: Final = "iufc"
SIGNED: Final = "ifc"


@operation("identity", kinds=None)
def identity(input: Operand, name: Any = None) -> Array:
    """A new tensor with the same elements. Follows tf.identity."""
    return input


@identity.gradient
def _identity_gradient(step: Any, dy: Any) -> Any:
    return dy


@operation("stop_gradient")
def stop_gradient(input: Operand, name: Any = None) -> Array:
    """A new tensor with the same elements, through which no gradient flows. Follows
    tf.stop_gradient."""
    return input


@stop_gradient.gradient
def _no_gradient(step: Any, dy: Any) -> Any:
    return None


# -- two operands ----------------------------------------------------------------------------------


def _of_sizes(compute: Callable[..., Any], divides: bool = False) -> Rule:
    """The rule of an operation whose result is known where its operands are known integers: what
    Python computes from sizes is a size."""

    def rule(*specs: Spec) -> Any:
        shape, dtype = elementwise_rule(*specs)
        numbers = [as_constant(one.known) for one in specs]
        if not dtype.is_integer or None in numbers or (divides and not np.all(numbers[1])):
            return shape, dtype
        with np.errstate(all="ignore"):
            found = compute(*[np.asarray(one, dtype.numpy) for one in numbers]).tolist()
        return shape, dtype, tuple(found) if isinstance(found, list) else found

    return rule


@operation(
    "math.add",
    "add",
    operator="add",
    rule=_of_sizes(np.add),
    kinds="iufcO",
    conversion="hint",
    ufunc=np.add,
)
def add(x: Operand, y: Operand, name: Any = None) -> Array:
    """x + y."""
    if x.dtype == object:
        return np.asarray(np.add(x, y), object)
    return np.add(x, y)


@add.gradient
def _add_gradient(step: Any, dy: Any) -> Any:
    x, y = step.operands
    return sum_to(dy, x) if needs(step, 0) else None, sum_to(dy, y) if needs(step, 1) else None


@operation(
    "math.subtract",
    "subtract",
    operator="sub",
    rule=_of_sizes(np.subtract),
    kinds=NUMBERS,
    ufunc=np.subtract,
)
def subtract(x: Operand, y: Operand, name: Any = None) -> Array:
    """x - y."""
    return np.subtract(x, y)


@subtract.gradient
def _subtract_gradient(step: Any, dy: Any) -> Any:
    x, y = step.operands
    of_x = sum_to(dy, x) if needs(step, 0) else None
    return of_x, sum_to(negative(dy), y) if needs(step, 1) else None


@operation(
    "math.multiply",
    "multiply",
    kinds=NUMBERS,
    operator="mul",
    rule=_of_sizes(np.multiply),
    ufunc=np.multiply,
)
def multiply(x: Operand, y: Operand, name: Any = None) -> Array:
    """x y."""
    return np.multiply(x, y)


@multiply.gradient
def _multiply_gradient(step: Any, dy: Any) -> Any:
    x, y = step.operands
    of_x = sum_to(multiply(dy, y), x) if needs(step, 0) else None
    return of_x, sum_to(multiply(x, dy), y) if needs(step, 1) else None


def _quotient_rule(x: Spec, y: Spec, **attributes: Any) -> Any:
    shape, dtype = elementwise_rule(x, y)
    return shape, (_float_of_integers(dtype) if dtype.is_integer else dtype)


def _float_of_integers(dtype: DType) -> DType:
    """The dtype of a quotient of integers of this dtype."""
    return float32 if dtype.size < int32.size else float64


@operation("math.divide", "divide", operator="truediv", kinds=NUMBERS, rule=_quotient_rule,
           conversion="tensor", mismatch=TypeError, in_place=True)  # fmt: skip
def divide(x: Operand, y: Operand, name: Any = None) -> Array:
    """x / y; of integers, float64 (float32 of 8 and 16 bits)."""
    return _divided(x, y)


def _divided(x: Array, y: Array) -> Array:
    if x.dtype.kind in "iu":
        return np.divide(x, y, dtype=_float_of_integers(of_array(x.dtype)).numpy)
    return np.divide(x, y)


@divide.into
def _divide_into(x: Spec, y: Spec) -> Any:
    return None if x.dtype.is_integer else np.divide


@divide.gradient
def _divide_gradient(step: Any, dy: Any) -> Any:
    x, y = step.operands
    if not x.dtype.is_floating:
        return None, None
    of_x = sum_to(divide(dy, y), x) if needs(step, 0) else None
    if not needs(step, 1):
        return of_x, None
    return of_x, sum_to(multiply(dy, divide(divide(negative(x), y), y)), y)


@export("math.truediv", "truediv")
def truediv(x: Any, y: Any, name: Any = None) -> Any:
    """x / y as floats: float64 for integers (float32 for those of 8 and 16 bits).

    Raises:
        TypeError: when the dtypes differ. A Python number in `y` takes the dtype of `x`, if it can.
    """
    x = convert_to_tensor(x)
    return divide(x, convert_to_tensor(y, dtype_hint=x.dtype))


@operation(
    "math.divide_no_nan",
    kinds=NUMBERS,
    rule=_quotient_rule,
    conversion="tensor",
    mismatch=TypeError,
)
def divide_no_nan(x: Operand, y: Operand, name: Any = None) -> Array:
    """x / y, and 0 where y is 0."""
    quotient = _divided(x, y)
    return np.where(
        np.equal(np.broadcast_to(y, quotient.shape), 0), quotient.dtype.type(0), quotient
    )


@divide_no_nan.into
def _divide_no_nan_into(x: Spec, y: Spec) -> Any:
    if x.dtype.is_integer:
        return None
    zero = x.dtype.numpy.type(0)
    is_zero = np.empty(y.sizes, np.bool_)

    def compute(x: Array, y: Array, out: Array) -> None:
        np.divide(x, y, out=out)
        np.copyto(out, zero, where=np.equal(y, zero, out=is_zero))

    return compute


@divide_no_nan.gradient
def _divide_no_nan_gradient(step: Any, dy: Any) -> Any:
    x, y = step.operands
    second = multiply(dy, divide_no_nan(divide_no_nan(negative(x), y), y))
    return sum_to(divide_no_nan(dy, y), x), sum_to(second, y)


@operation("math.multiply_no_nan", kinds=FLOATS)
def _multiply_no_nan(x: Operand, y: Operand, name: Any = None) -> Array:
    """x y, and 0 where y is 0, even if x is not finite."""
    product = np.multiply(x, y)
    return np.where(np.equal(np.broadcast_to(y, product.shape), 0), product.dtype.type(0), product)


@_multiply_no_nan.gradient
def _multiply_no_nan_gradient(step: Any, dy: Any) -> Any:
    x, y = step.operands
    return sum_to(multiply_no_nan(dy, y), x), sum_to(multiply_no_nan(x, dy), y)


@export("math.multiply_no_nan")
def multiply_no_nan(x: Any, y: Any, name: Any = None) -> Any:
    """x y, and 0 where y is 0, even if x is not finite: in the shape that x and y broadcast to.

    Raises:
        ValueError: when the dtypes differ.
    """
    x = convert_to_tensor(x)
    return _multiply_no_nan(x, convert_to_tensor(y, x.dtype))


def check_divisor(x: Array, y: Array, error: type[Exception] = InvalidArgumentError) -> None:
    """Raise `error` if integers are divided by zero."""
    if x.dtype.kind in "iu" and np.any(np.equal(y, 0)):
        raise error("Integer division by zero")


@operation(
    "math.floordiv", operator="floordiv", rule=_of_sizes(np.floor_divide, divides=True), kinds="iuf"
)
def floordiv(x: Operand, y: Operand, name: Any = None) -> Array:
    """x / y rounded down. Follows tf.math.floordiv."""
    check_divisor(x, y)
    return np.floor_divide(x, y)


@floordiv.gradient
def _floordiv_gradient(step: Any, dy: Any) -> Any:
    return None, None


@operation(
    "math.floormod", "math.mod", operator="mod", rule=_of_sizes(np.mod, divides=True), kinds="iuf"
)
def floormod(x: Operand, y: Operand, name: Any = None) -> Array:
    """The remainder of `floordiv`, with the sign of y. Follows tf.math.floormod."""
    check_divisor(x, y)
    # As in TensorFlow, start from C's remainder, which keeps the sign of a zero.
    rest = np.fmod(x, y)
    return np.where((rest != 0) & ((rest < 0) != (y < 0)), rest + y, rest)


@floormod.gradient
def _floormod_gradient(step: Any, dy: Any) -> Any:
    x, y = step.operands
    return sum_to(dy, x), sum_to(multiply(dy, negative(floordiv(x, y))), y)


@operation("math.pow", "pow", operator="pow", kinds=SIGNED, in_place=True)
def pow(x: Operand, y: Operand, name: Any = None) -> Array:
    """x to the power of y."""
    if x.dtype.kind in "iu" and np.any(np.less(y, 0)):
        raise InvalidArgumentError("Integers to negative integer powers are not allowed")
    return np.power(x, y)


@pow.into
def _pow_into(x: Spec, y: Spec) -> Any:
    return None if x.dtype.is_integer else np.power


@pow.gradient
def _pow_gradient(step: Any, dy: Any) -> Any:
    from densetrace.tensorflow.ops.creating import ones_like, zeros_like
    from densetrace.tensorflow.ops.elementary import log
    from densetrace.tensorflow.ops.selecting import where

    x, y = step.operands
    of_x = None
    if needs(step, 0):
        of_x = sum_to(multiply(multiply(dy, y), pow(x, subtract(y, 1))), x)
    if not needs(step, 1):
        return of_x, None
    positive = greater(x, 0)
    safe = where(positive, x, ones_like(x))
    logarithm = where(positive, log(safe), zeros_like(x))
    of_y = multiply(multiply(dy, step.outputs), logarithm)
    return of_x, sum_to(of_y, y)


def _chosen(step: Any, dy: Any, takes_first: Any) -> Any:
    """The gradient for the operand that was selected; the first one at ties."""
    from densetrace.tensorflow.ops.creating import zeros_like
    from densetrace.tensorflow.ops.selecting import where

    x, y = step.operands
    first = takes_first(x, y)
    nothing = zeros_like(dy)
    return sum_to(where(first, dy, nothing), x), sum_to(where(first, nothing, dy), y)


@operation("math.maximum", "maximum", rule=_of_sizes(np.maximum), kinds="iuf", ufunc=np.maximum)
def maximum(x: Operand, y: Operand, name: Any = None) -> Array:
    """The larger of x and y; NaN if one of them is NaN. Follows tf.maximum."""
    return np.maximum(x, y)


@maximum.gradient
def _maximum_gradient(step: Any, dy: Any) -> Any:
    return _chosen(step, dy, greater_equal)


@operation("math.minimum", "minimum", rule=_of_sizes(np.minimum), kinds="iuf", ufunc=np.minimum)
def minimum(x: Operand, y: Operand, name: Any = None) -> Array:
    """The smaller of x and y; NaN if one of them is NaN. Follows tf.minimum."""
    return np.minimum(x, y)


@minimum.gradient
def _minimum_gradient(step: Any, dy: Any) -> Any:
    return _chosen(step, dy, less_equal)


@operation("math.squared_difference", kinds=SIGNED, in_place=True)
def squared_difference(x: Operand, y: Operand, name: Any = None) -> Array:
    """(x - y)²."""
    difference = np.subtract(x, y)
    return np.multiply(difference, difference)


@squared_difference.into
def _squared_difference_into(x: Spec, y: Spec) -> Any:
    def compute(x: Array, y: Array, out: Array) -> None:
        np.subtract(x, y, out=out)
        np.multiply(out, out, out=out)

    return compute


@squared_difference.gradient
def _squared_difference_gradient(step: Any, dy: Any) -> Any:
    x, y = step.operands
    slope = multiply(multiply(dy, 2), subtract(x, y))
    return sum_to(slope, x), sum_to(negative(slope), y)


@operation("math.atan2", "atan2", kinds="f", ufunc=np.arctan2)
def atan2(y: Operand, x: Operand, name: Any = None) -> Array:
    """The angle of the point (x, y), in radians."""
    return np.arctan2(y, x)


@atan2.gradient
def _atan2_gradient(step: Any, dz: Any) -> Any:
    y, x = step.operands
    scale = divide(dz, add(square(x), square(y)))
    return sum_to(multiply(x, scale), y), sum_to(multiply(negative(y), scale), x)


@operation("math.xlogy", kinds=FLOATS)
def xlogy(x: Operand, y: Operand, name: Any = None) -> Array:
    """x log(y), and 0 where x is 0."""
    product = np.multiply(x, np.log(y))
    return np.where(np.equal(np.broadcast_to(x, product.shape), 0), product.dtype.type(0), product)


@xlogy.gradient
def _xlogy_gradient(step: Any, dz: Any) -> Any:
    x, y = step.operands
    used = cast(not_equal(x, 0), x.dtype)
    of_x = multiply(dz, xlogy(used, y))
    return sum_to(of_x, x), sum_to(multiply(dz, xdivy(x, y)), y)


@operation("math.xdivy", kinds="fc")
def xdivy(x: Operand, y: Operand, name: Any = None) -> Array:
    """x / y, and 0 where x is 0, even if y is 0 too: in the shape that x and y broadcast to."""
    quotient = np.divide(x, y)
    return np.where(
        np.equal(np.broadcast_to(x, quotient.shape), 0), quotient.dtype.type(0), quotient
    )


@xdivy.gradient
def _xdivy_gradient(step: Any, dz: Any) -> Any:
    x, y = step.operands
    of_x = multiply(dz, xdivy(cast(not_equal(x, 0), x.dtype), y))
    return sum_to(of_x, x), sum_to(multiply(dz, xdivy(negative(x), square(y))), y)


# -- one operand -----------------------------------------------------------------------------------


@operation(
    "math.negative",
    "negative",
    rule=_of_sizes(np.negative),
    operator="neg",
    reflected=False,
    kinds=SIGNED,
    ufunc=np.negative,
)
def negative(x: Operand, name: Any = None) -> Array:
    """-x."""
    return np.negative(x)


@negative.gradient
def _negative_gradient(step: Any, dy: Any) -> Any:
    return negative(dy)


@operation("math.abs", "abs", operator="abs", reflected=False, kinds=SIGNED, ufunc=np.absolute)
def abs(x: Operand, name: Any = None) -> Array:
    """|x|."""
    return np.abs(x)


@abs.shape_rule
def _abs_rule(x: Spec) -> Any:
    return x.shape, {"complex64": float32, "complex128": float64}.get(x.dtype.name, x.dtype)


@abs.gradient
def _abs_gradient(step: Any, dy: Any) -> Any:
    from densetrace.tensorflow.ops.complex import complex_
    from densetrace.tensorflow.ops.creating import zeros_like

    x = step.operands[0]
    if not x.dtype.is_complex:
        return multiply(dy, sign(x))
    size = complex_(step.outputs, zeros_like(step.outputs))
    return divide_no_nan(multiply(complex_(dy, zeros_like(dy)), x), size)


@operation("math.sign", "sign", kinds=SIGNED, ufunc=np.sign)
def sign(x: Operand, name: Any = None) -> Array:
    """-1, 0 or 1."""
    return np.sign(x)


@sign.gradient
def _sign_gradient(step: Any, dy: Any) -> Any:
    from densetrace.tensorflow.ops.creating import zeros_like

    return zeros_like(dy)


@operation("math.square", "square", kinds=NUMBERS, in_place=True)
def square(x: Operand, name: Any = None) -> Array:
    """x²."""
    return np.multiply(x, x)


@square.into
def _square_into(x: Spec) -> Any:
    return lambda x, out: np.multiply(x, x, out=out)


@square.gradient
def _square_gradient(step: Any, dy: Any) -> Any:
    return multiply(dy, multiply(step.operands[0], 2))


def _stepwise(step: Any, dy: Any) -> Any:
    """No gradient: the slope of a step function is 0."""
    return None


@operation("math.floor", "floor", kinds="f", ufunc=np.floor)
def floor(x: Operand, name: Any = None) -> Array:
    """x rounded down. Follows tf.floor."""
    return np.floor(x)


@operation("math.ceil", kinds="f", ufunc=np.ceil)
def ceil(x: Operand, name: Any = None) -> Array:
    """x rounded up. Follows tf.math.ceil."""
    return np.ceil(x)


@operation("math.round", "round", kinds="iufc")
def round(x: Operand, name: Any = None) -> Array:
    """x rounded to the nearest integer, to the even one at ties. Follows tf.round."""
    return np.rint(x).astype(x.dtype)


@operation("math.rint", kinds="fc", ufunc=np.rint)
def rint(x: Operand, name: Any = None) -> Array:
    """x rounded to the nearest integer, to the even one at ties. Follows tf.math.rint."""
    return np.rint(x)


for _step_function in (floor, ceil, round, rint):
    _step_function.gradient(_stepwise)


@operation("clip_by_value", kinds="iuf", conversion="first")
def _clip_by_value(
    t: Operand, clip_value_min: Operand, clip_value_max: Operand, name: Any = None
) -> Array:
    """`t` limited to a range; the lower bound wins where it exceeds the upper one. Follows
    tf.clip_by_value."""
    return np.maximum(np.minimum(t, clip_value_max), clip_value_min)


@_clip_by_value.check
def _check_bounds(t: Any, clip_value_min: Any, clip_value_max: Any) -> None:
    tensors = (t, clip_value_max, clip_value_min)
    if not all(isinstance(one, Operators) for one in tensors):
        return
    result = broadcast(*(one.shape for one in tensors))
    if not t.shape.is_compatible_with(result):
        raise ValueError(f"A bound of shape {result} does not fit a tensor of shape {t.shape}")


@_clip_by_value.shape_rule
def _clip_rule(t: Spec, clip_value_min: Spec, clip_value_max: Spec) -> Any:
    if not t.shape.is_compatible_with(
        broadcast(t.shape, clip_value_min.shape, clip_value_max.shape)
    ):
        raise ValueError(
            f"The bounds must broadcast to shape {t.shape}. Received: {clip_value_min.shape} and "
            f"{clip_value_max.shape}"
        )
    return t.shape, t.dtype


@_clip_by_value.gradient
def _clip_gradient(step: Any, dy: Any) -> Any:
    from densetrace.tensorflow.ops.creating import zeros_like
    from densetrace.tensorflow.ops.selecting import where

    # As of maximum(minimum(t, high), low): at ties the tensor, for NaN the bound.
    t, low, high = step.operands
    nothing = zeros_like(dy)
    reaches_low, within_high = greater_equal(minimum(t, high), low), less_equal(t, high)
    of_capped = where(reaches_low, dy, nothing)
    return (
        where(within_high, of_capped, nothing),
        sum_to(where(reaches_low, nothing, dy), low),
        sum_to(where(within_high, nothing, of_capped), high),
    )


@export("clip_by_value")
def clip_by_value(t: Any, clip_value_min: Any, clip_value_max: Any, name: Any = None) -> Any:
    """`t` limited to a range; the lower bound wins where it exceeds the upper one. Of an
    IndexedSlices, the slices are limited. Follows tf.clip_by_value."""
    if isinstance(t, IndexedSlices):
        values = _clip_by_value(t.values, clip_value_min, clip_value_max)
        return t.with_values(values)
    return _clip_by_value(t, clip_value_min, clip_value_max)


@operation("math.accumulate_n", "math.add_n", "add_n", conversion="own")
def add_n(inputs: Operands, name: Any = None) -> Array:
    """The sum of tensors of one shape. Follows tf.add_n."""
    if not inputs:
        raise InvalidArgumentError("add_n needs at least one tensor. Received: inputs=[]")
    if any(one.shape != inputs[0].shape for one in inputs):
        raise InvalidArgumentError(
            f"The inputs must have one shape. Received: {[one.shape for one in inputs]}"
        )
    total = inputs[0]
    for one in inputs[1:]:
        total = np.add(total, one)
    return total if len(inputs) > 1 else total.copy()


@add_n.check
def _check_inputs(inputs: Any) -> None:
    if isinstance(inputs, list | tuple) and not inputs:
        raise ValueError("add_n needs at least one tensor. Received: inputs=[]")


@add_n.shape_rule
def _add_n_rule(inputs: list[Spec]) -> Any:
    shape = inputs[0].shape
    for one in inputs[1:]:
        shape = shape.merge_with(one.shape)
    return shape, inputs[0].dtype


@add_n.gradient
def _add_n_gradient(step: Any, dy: Any) -> Any:
    return ([dy] * len(step.operands[0]),)
