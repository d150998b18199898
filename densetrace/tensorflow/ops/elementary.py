"""Elementary functions, element by element: roots, exponentials, logarithms, trigonometry, erf."""

import math
from typing import Any, Final

import numpy as np

from densetrace.tensorflow.operation import Operand, operation
from densetrace.tensorflow.ops.math import FLOATS, add, divide, multiply, negative, square
from densetrace.tensorflow.tensor import Array


@operation("math.sqrt", "sqrt", kinds=FLOATS, widens_half=True, ufunc=np.sqrt)
def sqrt(x: Operand, name: Any = None) -> Array:
    """The square root; NaN below 0."""
    return np.sqrt(x)


@sqrt.gradient
def _sqrt_gradient(step: Any, dy: Any) -> Any:
    return _sqrt_back(step.outputs, dy)


@operation("raw_ops.SqrtGrad", kinds=FLOATS, widens_half=True)
def _sqrt_back(y: Operand, dy: Operand, name: Any = None) -> Array:
    """dy / (2 y), and 0 where dy is 0, even if y is 0 too."""
    return _unless_zero(dy, dy * dy.dtype.type(0.5) / y)


@_sqrt_back.gradient
def _sqrt_back_gradient(step: Any, d: Any) -> Any:
    ratio = divide(d, step.operands[0])
    return multiply(negative(ratio), step.outputs), multiply(ratio, 0.5)


def _unless_zero(dy: Array, gradient: Array) -> Array:
    """A gradient, and 0 where the gradient that came in is 0, even if this one is not finite."""
    return np.where(dy == 0, dy.dtype.type(0), gradient)


@operation("math.rsqrt", kinds=FLOATS, widens_half=True)
def rsqrt(x: Operand, name: Any = None) -> Array:
    """1 / √x."""
    result: Array = np.divide(x.dtype.type(1), np.sqrt(x))
    return result


@rsqrt.gradient
def _rsqrt_gradient(step: Any, dy: Any) -> Any:
    return _rsqrt_back(step.outputs, dy)


@operation("raw_ops.RsqrtGrad", kinds=FLOATS, widens_half=True)
def _rsqrt_back(y: Operand, dy: Operand, name: Any = None) -> Array:
    """-dy y³ / 2, and 0 where dy is 0, even if y is infinite."""
    return _unless_zero(dy, dy * dy.dtype.type(-0.5) * (y * y * y))


@_rsqrt_back.gradient
def _rsqrt_back_gradient(step: Any, d: Any) -> Any:
    y, dy = step.operands
    return multiply(multiply(multiply(d, -1.5), dy), square(y)), _rsqrt_back(y, d)


@operation("math.reciprocal", kinds=FLOATS, widens_half=True)
def reciprocal(x: Operand, name: Any = None) -> Array:
    """1 / x."""
    result: Array = np.divide(x.dtype.type(1), x)
    return result


@reciprocal.gradient
def _reciprocal_gradient(step: Any, dy: Any) -> Any:
    return _reciprocal_back(step.outputs, dy)


@operation("raw_ops.ReciprocalGrad", kinds=FLOATS, widens_half=True)
def _reciprocal_back(y: Operand, dy: Operand, name: Any = None) -> Array:
    """-dy y², and 0 where dy is 0, even if y is infinite."""
    return _unless_zero(dy, -dy * (y * y))


@_reciprocal_back.gradient
def _reciprocal_back_gradient(step: Any, d: Any) -> Any:
    y, dy = step.operands
    return multiply(multiply(multiply(d, -2.0), dy), y), _reciprocal_back(y, d)


@operation("math.reciprocal_no_nan", kinds=FLOATS)
def reciprocal_no_nan(x: Operand, name: Any = None) -> Array:
    """1 / x, and 0 where x is 0."""
    result: Array = np.where(x == 0, x.dtype.type(0), np.divide(x.dtype.type(1), x))
    return result


@reciprocal_no_nan.gradient
def _reciprocal_no_nan_gradient(step: Any, dy: Any) -> Any:
    return multiply(negative(dy), square(step.outputs))


@operation("math.exp", "exp", kinds=FLOATS, widens_half=True, ufunc=np.exp)
def exp(x: Operand, name: Any = None) -> Array:
    """e to the power of x."""
    return np.exp(x)


@exp.gradient
def _exp_gradient(step: Any, dy: Any) -> Any:
    return multiply(dy, step.outputs)


@operation("math.expm1", kinds=FLOATS, widens_half=True, ufunc=np.expm1)
def expm1(x: Operand, name: Any = None) -> Array:
    """exp(x) - 1, accurate near 0."""
    return np.expm1(x)


@expm1.gradient
def _expm1_gradient(step: Any, dy: Any) -> Any:
    return multiply(dy, exp(step.operands[0]))


@operation("math.log", kinds=FLOATS, widens_half=True, ufunc=np.log)
def log(x: Operand, name: Any = None) -> Array:
    """The natural logarithm."""
    return np.log(x)


@log.gradient
def _log_gradient(step: Any, dy: Any) -> Any:
    return multiply(dy, reciprocal(step.operands[0]))


@operation("math.log1p", kinds=FLOATS, widens_half=True, ufunc=np.log1p)
def log1p(x: Operand, name: Any = None) -> Array:
    """log(1 + x), accurate near 0."""
    return np.log1p(x)


@log1p.gradient
def _log1p_gradient(step: Any, dy: Any) -> Any:
    return multiply(dy, reciprocal(add(step.operands[0], 1)))


@operation("math.sin", "sin", kinds=FLOATS, widens_half=True, ufunc=np.sin)
def sin(x: Operand, name: Any = None) -> Array:
    """The sine of an angle in radians."""
    return np.sin(x)


@sin.gradient
def _sin_gradient(step: Any, dy: Any) -> Any:
    return multiply(dy, cos(step.operands[0]))


@operation("math.cos", "cos", kinds=FLOATS, widens_half=True, ufunc=np.cos)
def cos(x: Operand, name: Any = None) -> Array:
    """The cosine of an angle in radians."""
    return np.cos(x)


@cos.gradient
def _cos_gradient(step: Any, dy: Any) -> Any:
    return multiply(negative(dy), sin(step.operands[0]))


@operation("math.tan", "tan", kinds=FLOATS, widens_half=True, ufunc=np.tan)
def tan(x: Operand, name: Any = None) -> Array:
    """The tangent of an angle in radians."""
    return np.tan(x)


@tan.gradient
def _tan_gradient(step: Any, dy: Any) -> Any:
    return multiply(dy, add(square(step.outputs), 1))


@operation("math.asin", "asin", kinds=FLOATS, widens_half=True, ufunc=np.arcsin)
def asin(x: Operand, name: Any = None) -> Array:
    """The angle whose sine is x."""
    return np.arcsin(x)


@asin.gradient
def _asin_gradient(step: Any, dy: Any) -> Any:
    return divide(dy, sqrt(1 - square(step.operands[0])))


@operation("math.acos", "acos", kinds=FLOATS, widens_half=True, ufunc=np.arccos)
def acos(x: Operand, name: Any = None) -> Array:
    """The angle whose cosine is x."""
    return np.arccos(x)


@acos.gradient
def _acos_gradient(step: Any, dy: Any) -> Any:
    return divide(negative(dy), sqrt(1 - square(step.operands[0])))


@operation("math.atan", "atan", kinds=FLOATS, widens_half=True, ufunc=np.arctan)
def atan(x: Operand, name: Any = None) -> Array:
    """The angle whose tangent is x."""
    return np.arctan(x)


@atan.gradient
def _atan_gradient(step: Any, dy: Any) -> Any:
    return divide(dy, add(square(step.operands[0]), 1))


@operation("math.sinh", "sinh", kinds=FLOATS, widens_half=True, ufunc=np.sinh)
def sinh(x: Operand, name: Any = None) -> Array:
    """The hyperbolic sine."""
    return np.sinh(x)


@sinh.gradient
def _sinh_gradient(step: Any, dy: Any) -> Any:
    return multiply(dy, cosh(step.operands[0]))


@operation("math.cosh", "cosh", kinds=FLOATS, widens_half=True, ufunc=np.cosh)
def cosh(x: Operand, name: Any = None) -> Array:
    """The hyperbolic cosine."""
    return np.cosh(x)


@cosh.gradient
def _cosh_gradient(step: Any, dy: Any) -> Any:
    return multiply(dy, sinh(step.operands[0]))


_BLOCK: Final = 2**14
"""Block size in numbers, so that intermediate results stay in the cache."""


@operation("math.sigmoid", "sigmoid", "nn.sigmoid", kinds="f", widens_half=True)
def sigmoid(x: Operand, name: Any = None) -> Array:
    """1 / (1 + exp(-x))."""
    # exp is only computed for numbers that are not positive, so it cannot overflow. Selecting by
    # sign would take several times as long.
    result = np.empty(x.shape, x.dtype)
    flat, into = x.reshape(-1), result.reshape(-1)
    for start in range(0, x.size, _BLOCK):
        block = slice(start, start + _BLOCK)
        denominator = 1 + np.exp(-np.abs(flat[block]))
        np.exp(np.minimum(flat[block], 0), out=into[block])
        into[block] /= denominator
    return result


@sigmoid.gradient
def _sigmoid_gradient(step: Any, dy: Any) -> Any:
    y = step.outputs
    return multiply(dy, multiply(y, 1 - y))


@operation("math.tanh", "tanh", "nn.tanh", kinds=FLOATS, widens_half=True, ufunc=np.tanh)
def tanh(x: Operand, name: Any = None) -> Array:
    """The hyperbolic tangent."""
    return np.tanh(x)


@tanh.gradient
def _tanh_gradient(step: Any, dy: Any) -> Any:
    return multiply(dy, 1 - square(step.outputs))


_erf: Final = np.vectorize(math.erf, otypes=[np.float64])


@operation("math.erf", kinds="f", widens_half=True, weight=30)
def erf(x: Operand, name: Any = None) -> Array:
    """The error function of the normal distribution."""
    return np.asarray(_erf(x), x.dtype) if x.size else x.copy()


@erf.gradient
def _erf_gradient(step: Any, dy: Any) -> Any:
    x = step.operands[0]
    return multiply(dy, multiply(exp(negative(square(x))), 2 / math.sqrt(math.pi)))
