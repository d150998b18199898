"""TensorFlow's activation functions in NumPy: right for large inputs too, and true to the dtype.

Each takes an array of any shape, or a symbolic tensor, and gives one of the same shape and dtype.
An integer operand raises InvalidArgumentError (TypeError when it is symbolic), unless it is said
to be taken.
"""

import math
from typing import Any, Final

import numpy as np

from densetrace.keras._allowance import spend, spend_together
from densetrace.keras._errors import InvalidArgumentError
from densetrace.keras._ops import Result, checked_axis, elementwise, operand
from densetrace.keras._tensors import Array, as_value

# DEPARTS: complex operands are refused like integers; TensorFlow takes them for exp, tanh, sigmoid
# and silu.

_SELU_ALPHA: Final = 1.6732632423543772848170429916717
_SELU_SCALE: Final = 1.0507009873554804934193349852946
_GELU_CUBIC: Final = 0.044715
_erf: Final = np.vectorize(math.erf, otypes=[np.float64])
_BLOCK: Final = 2**14
"""How many numbers are computed at once, so that intermediate results stay in the cache."""

_ERF_NUMBERS: Final = 30  # it goes through Python, number by number


def relu(x: Any) -> Result:
    """The larger of x and 0. Takes integers."""
    return elementwise(_relu, x, kinds="fiu")


def relu6(features: Any) -> Result:
    """x between 0 and 6. Takes integers."""

    def compute(a: Array) -> Array:
        result = _relu(a)
        np.minimum(result, a.dtype.type(6), out=result)
        return result

    return elementwise(compute, features, kinds="fiu")


def zero_up_to(x: Any, threshold: Any) -> Result:
    """x where it exceeds the threshold, 0 elsewhere. Takes integers."""
    x = operand(x)
    highest = as_value(threshold, x.dtype).numpy()
    return elementwise(lambda a: a * (a > highest), x, kinds="fiu")


def greater(x: Any, threshold: Any) -> Result:
    """Whether x exceeds the threshold. Takes integers."""
    x = operand(x)
    above: Result = x > as_value(threshold, x.dtype)
    return above


def leaky_relu(features: Any, alpha: Any = 0.2) -> Result:
    """x where it is positive, alpha x elsewhere. Integers become float32."""
    slope = 0.2 if alpha is None else alpha

    def compute(a: Array) -> Array:
        factor = as_value(slope, a.dtype).numpy()
        spend_together(a, factor)
        negative: Array = a * factor
        return np.where(a > 0, a, negative)

    return elementwise(compute, features, widen=True)


def elu(x: Any, alpha: Any = 1.0) -> Result:
    """x where it is positive, alpha (exp(x) - 1) elsewhere."""

    def compute(a: Array) -> Array:
        factor = as_value(alpha, a.dtype).numpy()
        spend_together(a, factor)
        negative = factor * np.expm1(np.minimum(a, 0))
        return np.where(a > 0, a, negative)

    return elementwise(compute, x)


def selu(x: Any) -> Result:
    """An elu of a fixed slope, scaled so that it keeps mean and variance."""

    def compute(a: Array) -> Array:
        return _SELU_SCALE * np.where(a > 0, a, _SELU_ALPHA * np.expm1(np.minimum(a, 0)))

    return elementwise(compute, x)


def softplus(x: Any) -> Result:
    """log(1 + exp(x))."""
    return elementwise(_softplus, x)


def softsign(x: Any) -> Result:
    """x / (1 + |x|)."""

    def compute(a: Array) -> Array:
        result: Array = 1 + np.abs(a)
        np.divide(a, result, out=result)
        return result

    return elementwise(compute, x)


def swish(features: Any, beta: Any = 1.0) -> Result:
    """x sigmoid(beta x); `tf.nn.silu` is another name of it."""

    def compute(a: Array) -> Array:
        result = _sigmoid(a * as_value(beta, a.dtype).numpy())
        result *= a
        return result

    return elementwise(compute, features)


def sigmoid(x: Any) -> Result:
    """1 / (1 + exp(-x))."""
    return elementwise(_sigmoid, x)


def tanh(x: Any) -> Result:
    """The hyperbolic tangent."""
    return elementwise(np.tanh, x)


def exp(x: Any) -> Result:
    """The exponential."""
    return elementwise(np.exp, x)


def mish(x: Any) -> Result:
    """x tanh(softplus(x))."""

    def compute(a: Array) -> Array:
        result = _softplus(a)
        np.tanh(result, out=result)
        result *= a
        return result

    return elementwise(compute, x)


def gelu(features: Any, approximate: Any = False) -> Result:
    """x times the probability that a standard normal number is at most x.

    Raises:
        ValueError: when the dtype is not floating point.
    """
    features = operand(features)
    if features.dtype.kind != "f":
        raise ValueError(
            f"gelu takes floating point tensors. Received: dtype={features.dtype.name}"
        )
    return elementwise(_gelu_by_tanh if approximate else _gelu_by_erf, features)


def softmax(logits: Any, axis: int = -1) -> Result:
    """exp(x) divided by its sum along an axis.

    Raises:
        InvalidArgumentError: when there is no such axis.
    """
    along = _axis(logits, axis)

    def compute(a: Array) -> Array:
        result = np.empty_like(a)  # before the small arrays, or they break up the free memory
        np.subtract(a, _largest(a, along), out=result)
        np.exp(result, out=result)
        result /= np.sum(result, along, keepdims=True)
        return result

    return elementwise(compute, logits)


# This is what TensorFlow itself calls it since its second version, and Keras knows it by this name.
softmax.__name__ = "softmax_v2"


def log_softmax(logits: Any, axis: int | None = None) -> Result:
    """The logarithm of softmax, without its loss of precision; along the last axis unless told.

    Raises:
        InvalidArgumentError: when there is no such axis.
    """
    along = _axis(logits, -1 if axis is None else axis)

    def compute(a: Array) -> Array:
        result = np.empty_like(a)  # before the small arrays, as above
        np.subtract(a, _largest(a, along), out=result)
        result -= np.log(np.sum(np.exp(result), along, keepdims=True))
        return result

    return elementwise(compute, logits)


def _axis(x: Any, axis: int) -> int:
    rank = len(operand(x).shape)
    if rank == 0:
        raise InvalidArgumentError("A softmax needs at least one dimension. Received: a scalar")
    return checked_axis(axis, rank)


def _largest(a: Array, axis: int) -> Array:
    result: Array = np.max(a, axis, keepdims=True, initial=-np.inf)
    return result


def _relu(a: Array) -> Array:
    result: Array = np.maximum(a, a.dtype.type(0))
    return result


def _sigmoid(a: Array) -> Array:
    # Only exp of what is not positive is taken, so that nothing overflows. No element is chosen by
    # its sign, which would cost several times as much.
    result = np.empty(a.shape, a.dtype)
    flat, into = a.reshape(-1), result.reshape(-1)
    for start in range(0, a.size, _BLOCK):
        block = slice(start, start + _BLOCK)
        denominator = 1 + np.exp(-np.abs(flat[block]))
        np.exp(np.minimum(flat[block], 0), out=into[block])
        into[block] /= denominator
    return result


def _softplus(a: Array) -> Array:
    result: Array = np.logaddexp(a, a.dtype.type(0))
    return result


def _gelu_by_erf(a: Array) -> Array:
    spend(_ERF_NUMBERS * a.size, a.dtype)
    result: Array = 0.5 * a * (1 + _erf(a / math.sqrt(2)))
    return result


def _gelu_by_tanh(a: Array) -> Array:
    result: Array = 0.5 * a * (1 + np.tanh(math.sqrt(2 / math.pi) * (a + _GELU_CUBIC * a**3)))
    return result
