"""Special functions: hyperbolic, gamma and error functions, and products that are 0 where a factor
is 0.

NumPy has none for the gamma function: those here are series and continued fractions, right to
about 1e-13 in double precision.

Follows tensorflow/python/ops/math_ops.py, special_math_ops.py and math_grad.py.
"""

import math
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from densetrace.tensorflow.convert import convert_to_tensor
from densetrace.tensorflow.operation import Operand, export, operation
from densetrace.tensorflow.ops.casting import cast
from densetrace.tensorflow.ops.comparisons import not_equal
from densetrace.tensorflow.ops.creating import zeros_like
from densetrace.tensorflow.ops.elementary import cosh, exp, log, reciprocal, sinh
from densetrace.tensorflow.ops.gradients import sum_to
from densetrace.tensorflow.ops.math import divide, multiply, negative, square, subtract, xdivy
from densetrace.tensorflow.ops.nn import softplus, zero_fraction
from densetrace.tensorflow.ops.reductions import reduce_sum
from densetrace.tensorflow.tensor import Array

FLOATS: Final = "fc"
_ROOT_PI: Final = math.sqrt(math.pi)


def _each(function: Callable[[float], float], x: Array) -> Array:
    """A function of one number, of each element in double precision."""
    wide = x.astype(np.float64)
    made = np.fromiter(map(function, wide.ravel().tolist()), np.float64, wide.size)
    return made.reshape(x.shape).astype(x.dtype)


# -- hyperbolic ------------------------------------------------------------------------------------


@operation("math.acosh", "acosh", kinds=FLOATS, widens_half=True)
def acosh(x: Operand, name: Any = None) -> Array:
    """The number whose hyperbolic cosine is x; NaN below 1."""
    return np.arccosh(x)


@acosh.gradient
def _acosh_gradient(step: Any, dy: Any) -> Any:
    return divide(dy, sinh(step.outputs))


@operation("math.asinh", "asinh", kinds=FLOATS, widens_half=True)
def asinh(x: Operand, name: Any = None) -> Array:
    """The number whose hyperbolic sine is x."""
    return np.arcsinh(x)


@asinh.gradient
def _asinh_gradient(step: Any, dy: Any) -> Any:
    return divide(dy, cosh(step.outputs))


@operation("math.atanh", "atanh", kinds=FLOATS, widens_half=True)
def atanh(x: Operand, name: Any = None) -> Array:
    """The number whose hyperbolic tangent is x; infinite at -1 and 1, NaN beyond."""
    return np.arctanh(x)


@atanh.gradient
def _atanh_gradient(step: Any, dy: Any) -> Any:
    return multiply(dy, reciprocal(subtract(1, square(step.operands[0]))))


# -- error functions -------------------------------------------------------------------------------


@operation("math.erfc", kinds="f", widens_half=True, weight=30)
def erfc(x: Operand, name: Any = None) -> Array:
    """1 - erf(x), right where that is small too."""
    return _each(math.erfc, x)


@erfc.gradient
def _erfc_gradient(step: Any, dy: Any) -> Any:
    bell = exp(negative(square(step.operands[0])))
    return multiply(dy, multiply(bell, -2 / _ROOT_PI))


def _inverse_erf(x: float) -> float:
    if math.isnan(x):
        return x
    if abs(x) >= 1:
        return math.copysign(math.inf, x)
    # Winitzki's formula begins, Halley's steps finish.
    tail = math.log1p(-x * x)
    a = 0.147
    half = 2 / (math.pi * a) + tail / 2
    y = math.copysign(math.sqrt(math.sqrt(half * half - tail / a) - half), x)
    for _ in range(4):
        # Near 1 the difference of the complements is the exact one.
        sign = math.copysign(1.0, x)
        wrong = math.erf(y) - x if abs(x) < 0.5 else sign * ((1 - abs(x)) - math.erfc(abs(y)))
        slope = 2 / _ROOT_PI * math.exp(-y * y)
        if slope == 0:
            break
        step = wrong / slope
        y -= step / (1 + y * step)
    return y


@operation("math.erfinv", kinds="f", widens_half=True, weight=60)
def erfinv(x: Operand, name: Any = None) -> Array:
    """The number whose error function is x; infinite at -1, at 1 and beyond."""
    return _each(_inverse_erf, x)


@erfinv.gradient
def _erfinv_gradient(step: Any, dy: Any) -> Any:
    return multiply(dy, multiply(exp(square(step.outputs)), _ROOT_PI / 2))


# -- gamma functions -------------------------------------------------------------------------------


def _log_gamma(x: float) -> float:
    try:
        return math.lgamma(x)
    except (ValueError, OverflowError):  # at its poles, and for the largest numbers
        return math.inf


_BERNOULLI: Final = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510)
"""The Bernoulli numbers B2, B4 and so on."""
_LARGE: Final = 12.0


def _digamma(x: float) -> float:
    """The slope of log(gamma(x))."""
    if math.isinf(x):
        return math.inf if x > 0 else math.nan
    if x <= 0:
        if x == int(x):
            return math.nan
        # Of the angle only what is left of whole turns counts.
        return _digamma(1 - x) - math.pi / math.tan(math.pi * (x - math.floor(x)))
    total = 0.0
    while x < _LARGE:
        total -= 1 / x
        x += 1
    series = sum(b / (2 * k * x ** (2 * k)) for k, b in enumerate(_BERNOULLI, 1))
    return total + math.log(x) - 1 / (2 * x) - series


def _trigamma(x: float) -> float:
    """The slope of the digamma function."""
    if math.isinf(x):
        return 0.0 if x > 0 else math.nan
    if x <= 0:
        if x == int(x):
            return math.inf
        return (math.pi / math.sin(math.pi * (x - math.floor(x)))) ** 2 - _trigamma(1 - x)
    total = 0.0
    while x < _LARGE:
        total += 1 / (x * x)
        x += 1
    series = sum(b / x ** (2 * k + 1) for k, b in enumerate(_BERNOULLI, 1))
    return total + 1 / x + 1 / (2 * x * x) + series


@operation("math.lgamma", kinds="f", widens_half=True, weight=30)
def lgamma(x: Operand, name: Any = None) -> Array:
    """log(|gamma(x)|); infinite where x is a whole number that is not positive."""
    return _each(_log_gamma, x)


@lgamma.gradient
def _lgamma_gradient(step: Any, dy: Any) -> Any:
    return multiply(dy, digamma(step.operands[0]))


@operation("math.digamma", kinds="f", widens_half=True, weight=60)
def digamma(x: Operand, name: Any = None) -> Array:
    """The slope of `lgamma`; NaN where x is a whole number that is not positive."""
    return _each(_digamma, x)


@digamma.gradient
def _digamma_gradient(step: Any, dy: Any) -> Any:
    return multiply(dy, trigamma(step.operands[0]))


@operation("raw_ops.Polygamma", kinds="f", widens_half=True, weight=60)
def trigamma(x: Operand, name: Any = None) -> Array:
    """The slope of `digamma`."""
    return _each(_trigamma, x)


def _series(a: float, x: float) -> tuple[float, float]:
    """The regularized lower incomplete gamma function, and its slope with respect to a.

    All terms of the sum are positive, so that nothing cancels.
    """
    if math.isnan(a) or math.isnan(x) or a <= 0 or x < 0:
        return math.nan, math.nan
    if x == 0 or math.isinf(x):
        return (0.0, 0.0) if x == 0 else (1.0, 0.0)
    logarithm = math.log(x)
    term = math.exp(a * logarithm - x - math.lgamma(a + 1))
    psi = _digamma(a + 1)
    total, slope, place = 0.0, 0.0, 0
    # Where x is large, the first terms are small and grow: begin at the largest one.
    if x > a + 1:
        place = int(x - a)
        term = math.exp((a + place) * logarithm - x - math.lgamma(a + place + 1))
        psi = _digamma(a + place + 1)
        below, below_psi = term, psi
        for at in range(place, 0, -1):
            below *= (a + at) / x
            below_psi -= 1 / (a + at)
            total += below
            slope += below * (logarithm - below_psi)
            if below < total * 1e-18:
                break
    while True:
        total += term
        slope += term * (logarithm - psi)
        if term <= total * 1e-18:
            return min(total, 1.0), slope
        place += 1
        term *= x / (a + place)
        psi += 1 / (a + place)


def _upper(a: float, x: float) -> float:
    """The regularized upper incomplete gamma function: Lentz's continued fraction for large x."""
    if math.isnan(a) or math.isnan(x) or a <= 0 or x < 0:
        return math.nan
    if x < a + 1:
        return 1 - _series(a, x)[0]
    if math.isinf(x):
        return 0.0
    tiny = 1e-300
    b = x + 1 - a
    c, d = 1 / tiny, 1 / b
    fraction = d
    for k in range(1, 10_000):
        numerator = -k * (k - a)
        b += 2
        d = 1 / (numerator * d + b or tiny)
        c = b + numerator / c or tiny
        fraction *= c * d
        if abs(c * d - 1) < 1e-16:
            break
    return math.exp(a * math.log(x) - x - math.lgamma(a)) * fraction


def _of_two(function: Callable[[float, float], float], a: Array, x: Array) -> Array:
    left, right = np.broadcast_arrays(a.astype(np.float64), x.astype(np.float64))
    made = map(function, left.ravel().tolist(), right.ravel().tolist())
    return np.fromiter(made, np.float64, left.size).reshape(left.shape).astype(a.dtype)


@operation("math.igamma", kinds="f", weight=100)
def igamma(a: Operand, x: Operand, name: Any = None) -> Array:
    """The regularized lower incomplete gamma function, for positive a: it grows from 0 at x = 0
    to 1."""
    return _of_two(lambda one, other: _series(one, other)[0], a, x)


@operation("math.igammac", kinds="f", weight=100)
def igammac(a: Operand, x: Operand, name: Any = None) -> Array:
    """1 - igamma(a, x), right where that is small too."""
    return _of_two(_upper, a, x)


@operation("raw_ops.IgammaGradA", kinds="f", weight=100)
def _igamma_slope(a: Operand, x: Operand, name: Any = None) -> Array:
    """The slope of igamma with respect to a."""
    return _of_two(lambda one, other: _series(one, other)[1], a, x)


def _igamma_slopes(step: Any, dy: Any) -> Any:
    a, x = step.operands
    density = exp(subtract(subtract(multiply(subtract(a, 1), log(x)), x), lgamma(a)))
    return sum_to(multiply(dy, _igamma_slope(a, x)), a), sum_to(multiply(dy, density), x)


igamma.gradient(_igamma_slopes)


@igammac.gradient
def _igammac_gradient(step: Any, dy: Any) -> Any:
    of_a, of_x = _igamma_slopes(step, dy)
    return negative(of_a), negative(of_x)


@export("math.lbeta")
def lbeta(x: Any, name: Any = None) -> Any:
    """The logarithm of the beta function along the last axis: [..., n] -> [...]."""
    x = convert_to_tensor(x)
    return subtract(reduce_sum(lgamma(x), -1), lgamma(reduce_sum(x, -1)))


# -- products that are 0 where a factor is ---------------------------------------------------------


@operation("math.xlog1py", kinds="f")
def xlog1py(x: Operand, y: Operand, name: Any = None) -> Array:
    """x log(1 + y), and 0 where x is 0."""
    product = np.multiply(x, np.log1p(y))
    return np.where(np.broadcast_to(x == 0, product.shape), product.dtype.type(0), product)


@xlog1py.gradient
def _xlog1py_gradient(step: Any, dz: Any) -> Any:
    x, y = step.operands
    used = cast(not_equal(x, 0), x.dtype)
    of_y = xdivy(x, y + 1)
    return sum_to(multiply(dz, xlog1py(used, y)), x), sum_to(multiply(dz, of_y), y)


@export("math.log_sigmoid")
def log_sigmoid(x: Any, name: Any = None) -> Any:
    """log(sigmoid(x)), right for large negative x too."""
    return negative(softplus(negative(convert_to_tensor(x))))


@export("math.polyval")
def polyval(coeffs: Any, x: Any, name: Any = None) -> Any:
    """A polynomial of x, by a list of its coefficients, that of the highest power first.

    Raises:
        ValueError: when they are not a list.
    """
    if not isinstance(coeffs, list):
        raise ValueError(f"Argument coeffs must be list type. Received type {type(coeffs)}.")
    x = convert_to_tensor(x)
    if not coeffs:
        return zeros_like(x)
    factors = [convert_to_tensor(one) for one in coeffs]
    total = factors[0]
    for one in factors[1:]:
        total = one + total * x
    return total


export("math.zero_fraction")(zero_fraction)
