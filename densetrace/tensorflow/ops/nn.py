"""Activation functions and statistics: stable for large inputs, in the dtype of the input."""

import functools
import math
from typing import Any, Final

import numpy as np

from densetrace.tensorflow.convert import convert_to_tensor
from densetrace.tensorflow.dtypes import DType, bool_, float32
from densetrace.tensorflow.errors import InvalidArgumentError
from densetrace.tensorflow.operation import Index, Operand, Spec, export, operation
from densetrace.tensorflow.ops.casting import cast
from densetrace.tensorflow.ops.comparisons import greater, less
from densetrace.tensorflow.ops.creating import zeros_like
from densetrace.tensorflow.ops.elementary import exp, rsqrt
from densetrace.tensorflow.ops.elementary import sigmoid as sigmoid
from densetrace.tensorflow.ops.elementary import tanh as tanh
from densetrace.tensorflow.ops.gradients import no_gradient
from densetrace.tensorflow.ops.math import (
    add,
    divide,
    multiply,
    pow,
    squared_difference,
    stop_gradient,
    subtract,
)
from densetrace.tensorflow.ops.reductions import checked_axis, reduce_mean, reduce_sum
from densetrace.tensorflow.ops.selecting import where
from densetrace.tensorflow.symbolic import handler_of
from densetrace.tensorflow.tensor import Array, Operators

# DEPARTS: complex operands are refused like integers; TensorFlow supports them for exp, tanh,
# sigmoid and silu.

_SELU_ALPHA: Final = 1.6732632423543772848170429916717
_SELU_SCALE: Final = 1.0507009873554804934193349852946
_GELU_CUBIC: Final = 0.044715
_ROOT_2_PI: Final = math.sqrt(2 / math.pi)

_MAX: Final[Any] = np.maximum.reduce
_SUM: Final[Any] = np.add.reduce
"""With arguments by position, for which their types have no room: axis, dtype, out, keepdims."""

# -- rectifiers ------------------------------------------------------------------------------------


@operation("nn.relu", kinds="iuf", in_place=True)
def relu(features: Operand, name: Any = None) -> Array:
    """The larger of x and 0. Follows tf.nn.relu."""
    # A row of zeros: NumPy takes two to four times as long for the maximum with a scalar.
    size = features.shape[-1] if features.ndim else 1
    zero = _zeros(features.dtype, size) if size >= _ROW else features.dtype.type(0)
    result: Array = np.maximum(features, zero)
    return result


_ROW: Final = 32
"""Rows of fewer elements take longer than a scalar does."""


@functools.lru_cache(maxsize=64)
def _zeros(dtype: np.dtype[Any], size: int) -> Array:
    zeros = np.zeros(size, dtype)
    zeros.flags.writeable = False
    return zeros


@relu.into
def _relu_into(features: Spec) -> Any:
    zeros = np.zeros(features.sizes, features.dtype.numpy)
    return lambda x, out: np.maximum(x, zeros, out=out)


@relu.gradient
def _relu_gradient(step: Any, dy: Any) -> Any:
    return _relu_back(dy, step.outputs)


@operation("raw_ops.ReluGrad", kinds="iuf", in_place=True)
def _relu_back(gradients: Operand, features: Operand, name: Any = None) -> Array:
    """The gradients where the features are positive, 0 elsewhere."""
    bits = _BITS.get(gradients.dtype.itemsize)
    if bits is None or gradients.shape != features.shape:
        return np.where(features > 0, gradients, gradients.dtype.type(0))
    result = np.empty(gradients.shape, gradients.dtype)
    positive = np.asarray(features > 0)  # of a scalar, NumPy returns no array
    _keep_where(positive, np.asarray(gradients, order="C"), result, bits)
    return result


_BITS: Final = {1: np.int8, 2: np.int16, 4: np.int32, 8: np.int64}
"""The integers of as many bytes."""


def _keep_where(condition: Array, values: Array, out: Array, bits: Any) -> None:
    """Write values where a condition is true, 0 elsewhere: their bits times 1 or 0, which is an
    order of magnitude faster than selecting, and as exact for infinities and NaN."""
    np.multiply(values.view(bits), condition.view(np.int8), out=out.view(bits))


@_relu_back.into
def _relu_back_into(gradients: Spec, features: Spec) -> Any:
    if gradients.shape != features.shape:
        return None
    zeros = np.zeros(features.sizes, features.dtype.numpy)
    bits = _BITS[gradients.dtype.numpy.itemsize]
    positive = np.empty(zeros.shape, np.bool_)

    def compute(gradients: Array, features: Array, out: Array) -> None:
        _keep_where(np.greater(features, zeros, out=positive), gradients, out, bits)

    return compute


@_relu_back.gradient
def _relu_back_gradient(step: Any, d: Any) -> Any:
    features = step.operands[1]
    return _relu_back(d, features), zeros_like(features)


@operation("nn.relu6", kinds="iuf")
def relu6(features: Operand, name: Any = None) -> Array:
    """x limited to [0, 6]. Follows tf.nn.relu6."""
    zero, six = features.dtype.type(0), features.dtype.type(6)
    result: Array = np.minimum(np.maximum(features, zero), six)
    return result


@relu6.gradient
def _relu6_gradient(step: Any, dy: Any) -> Any:
    return _relu6_back(dy, step.outputs)


@operation("raw_ops.Relu6Grad", kinds="iuf")
def _relu6_back(gradients: Operand, features: Operand, name: Any = None) -> Array:
    """The gradients where the features are between 0 and 6, both excluded, 0 elsewhere."""
    return np.where((features > 0) & (features < 6), gradients, gradients.dtype.type(0))


@_relu6_back.gradient
def _relu6_back_gradient(step: Any, d: Any) -> Any:
    features = step.operands[1]
    return _relu6_back(d, features), zeros_like(features)


@operation("raw_ops.LeakyRelu", kinds="f", widens_half=False)
def _leaky_relu(features: Operand, alpha: float = 0.2, name: Any = None) -> Array:
    """x where it is positive, alpha x elsewhere; alpha is rounded to float32, as in TensorFlow."""
    return np.where(features > 0, features, features * features.dtype.type(np.float32(alpha)))


@_leaky_relu.gradient
def _leaky_relu_gradient(step: Any, dy: Any) -> Any:
    return _leaky_relu_back(dy, step.operands[0], step.attributes["alpha"])


@operation("raw_ops.LeakyReluGrad", kinds="f")
def _leaky_relu_back(
    gradients: Operand, features: Operand, alpha: float = 0.2, name: Any = None
) -> Array:
    """The gradients where the features are positive, alpha times the gradients elsewhere."""
    return np.where(features > 0, gradients, gradients * gradients.dtype.type(np.float32(alpha)))


@_leaky_relu_back.gradient
def _leaky_relu_back_gradient(step: Any, d: Any) -> Any:
    features = step.operands[1]
    return _leaky_relu_back(d, features, step.attributes["alpha"]), zeros_like(features)


@export("nn.leaky_relu")
def leaky_relu(features: Any, alpha: Any = 0.2, name: Any = None) -> Any:
    """x where it is positive, alpha x elsewhere. Integers become float32."""
    features = convert_to_tensor(features)
    if features.dtype.is_integer:
        features = cast(features, float32)
    slope = 0.2 if alpha is None else alpha
    if isinstance(slope, int | float | np.number) or (
        isinstance(slope, np.ndarray) and not slope.ndim
    ):
        return _leaky_relu(features, float(slope))
    # DEPARTS: TensorFlow's function only accepts a number; here a layer may pass a tensor.
    return where(greater(features, 0), features, multiply(features, slope))


@operation("nn.elu", kinds="f", widens_half=True)
def elu(features: Operand, name: Any = None) -> Array:
    """x where it is positive, exp(x) - 1 elsewhere."""
    return np.where(features > 0, features, np.expm1(np.minimum(features, features.dtype.type(0))))


@elu.gradient
def _elu_gradient(step: Any, dy: Any) -> Any:
    y = step.outputs
    return where(less(y, 0), multiply(dy, add(y, 1)), dy)


@operation("nn.selu", kinds="f", widens_half=True)
def selu(features: Operand, name: Any = None) -> Array:
    """An elu of fixed slope, scaled so that it preserves mean and variance. Follows tf.nn.selu."""
    negative_part = _SELU_ALPHA * np.expm1(np.minimum(features, features.dtype.type(0)))
    return np.asarray(_SELU_SCALE * np.where(features > 0, features, negative_part), features.dtype)


@selu.gradient
def _selu_gradient(step: Any, dy: Any) -> Any:
    y = step.outputs
    below = multiply(dy, add(y, _SELU_SCALE * _SELU_ALPHA))
    return where(less(y, 0), below, multiply(dy, _SELU_SCALE))


# -- smooth functions ------------------------------------------------------------------------------


@operation("nn.softplus", "math.softplus", kinds="f", widens_half=True)
def softplus(features: Operand, name: Any = None) -> Array:
    """log(1 + exp(x))."""
    result: Array = np.logaddexp(features, features.dtype.type(0))
    return result


@softplus.gradient
def _softplus_gradient(step: Any, dy: Any) -> Any:
    return multiply(dy, sigmoid(step.operands[0]))


@operation("nn.softsign", "math.softsign", kinds="f", widens_half=True)
def softsign(features: Operand, name: Any = None) -> Array:
    """x / (1 + |x|)."""
    result: Array = np.asarray(1 + np.abs(features))
    np.divide(features, result, out=result)
    return result


@softsign.gradient
def _softsign_gradient(step: Any, dy: Any) -> Any:
    return _softsign_back(dy, step.operands[0])


@operation("raw_ops.SoftsignGrad", kinds="f", widens_half=True)
def _softsign_back(gradients: Operand, features: Operand, name: Any = None) -> Array:
    """gradients / (1 + |features|)². As in TensorFlow, it has no gradient itself."""
    result: Array = gradients / np.square(1 + np.abs(features))
    return result


@export("nn.silu", "nn.swish")
def swish(features: Any, beta: Any = 1.0) -> Any:
    """x sigmoid(beta x); `tf.nn.silu` is the same function."""
    features = convert_to_tensor(features)
    return multiply(features, sigmoid(multiply(features, beta) if beta != 1.0 else features))


def _through_float32(value: float, dtype: DType) -> Any:
    """`value` rounded to float32, a scalar of `dtype`. It runs no `tf.cast`, which would be
    a step: inside a function of TensorFlow, a real Keras records none."""
    return convert_to_tensor(np.asarray(np.float32(value)).astype(dtype.numpy))


@export("nn.gelu")
def gelu(features: Any, approximate: bool = False, name: Any = None) -> Any:
    """x times the probability that a standard normal variable is at most x. Follows tf.nn.gelu.

    Raises:
        ValueError: when the dtype is not floating point.
    """
    from densetrace.tensorflow.ops.elementary import erf

    features = convert_to_tensor(features)
    if not features.dtype.is_floating:
        raise ValueError(
            f"`features.dtype` must be a floating point tensor. Received: {features.dtype.name}"
        )
    # As in TensorFlow, these constants pass through float32, also for float64 features.
    half = multiply(features, 0.5)
    if approximate:
        cubic = _through_float32(_GELU_CUBIC, features.dtype)
        inner = multiply(add(features, multiply(pow(features, 3), cubic)), _ROOT_2_PI)
        return multiply(half, add(tanh(inner), 1.0))
    root = _through_float32(math.sqrt(2), features.dtype)
    return multiply(half, add(erf(divide(features, root)), 1.0))


# -- softmax ---------------------------------------------------------------------------------------


def _along(axis: Any, count: int) -> int:
    if not count:
        raise InvalidArgumentError("A softmax needs at least one dimension. Received: a scalar")
    if isinstance(axis, str):
        raise TypeError(f"An axis must be an integer. Received: axis={axis!r:.80}")
    return checked_axis(-1 if axis is None else int(axis), count)


def _largest(array: Array, axis: int) -> Array:
    result: Array = np.max(array, axis, keepdims=True, initial=-np.inf)
    return result


def _softmax_rule(logits: Spec, axis: Any) -> Any:
    if logits.shape.rank is not None:
        _along(axis, len(logits.shape))
    return logits.shape, logits.dtype


@operation("nn.softmax", "math.softmax", kinds="f", widens_half=True, rule=_softmax_rule,
           in_place=True)  # fmt: skip
def softmax(logits: Operand, axis: Any = None, name: Any = None) -> Array:
    """exp(x) divided by its sum along an axis, the last unless another is given."""
    at = _along(axis, logits.ndim)
    result = np.empty_like(logits)  # before the small arrays, or they break up the free memory
    np.subtract(logits, _largest(logits, at), out=result)
    np.exp(result, out=result)
    result /= np.sum(result, at, keepdims=True)
    return result


@softmax.into
def _softmax_into(logits: Spec, axis: Any) -> Any:
    at, sizes = _along(axis, len(logits.sizes)), list(logits.sizes)
    sizes[at] = 1
    reduced = np.empty(sizes, logits.dtype.numpy)

    def compute(x: Array, out: Array) -> None:
        _MAX(x, at, None, reduced, True, -np.inf)
        np.subtract(x, reduced, out=out)
        np.exp(out, out=out)
        _SUM(out, at, None, reduced, True)
        np.divide(out, reduced, out=out)

    return compute


def _check_axis(logits: Any, axis: Any) -> None:
    rank = logits.shape.rank if isinstance(logits, Operators) else np.ndim(logits)
    if rank:  # a scalar is refused by the rule, or the computation
        _along(axis, rank)


softmax.check(_check_axis)


@softmax.gradient
def _softmax_gradient(step: Any, dy: Any) -> Any:
    y = step.outputs
    at = _along(step.attributes["axis"], y.shape.rank)
    total = reduce_sum(multiply(dy, y), at, keepdims=True)
    return multiply(subtract(dy, total), y)


# TensorFlow 2 names this function softmax_v2, and Keras looks it up by this name.
softmax.__name__ = "softmax_v2"


@operation("nn.log_softmax", "math.log_softmax", kinds="f", widens_half=True, rule=_softmax_rule)
def log_softmax(logits: Operand, axis: Any = None, name: Any = None) -> Array:
    """The logarithm of softmax, without loss of precision. Follows tf.nn.log_softmax."""
    at = _along(axis, logits.ndim)
    result = np.empty_like(logits)  # before the small arrays, as above
    np.subtract(logits, _largest(logits, at), out=result)
    result -= np.log(np.sum(np.exp(result), at, keepdims=True))
    return result


log_softmax.check(_check_axis)


@log_softmax.gradient
def _log_softmax_gradient(step: Any, dy: Any) -> Any:
    y = step.outputs
    at = _along(step.attributes["axis"], y.shape.rank)
    return subtract(dy, multiply(reduce_sum(dy, at, keepdims=True), exp(y)))


# -- statistics ------------------------------------------------------------------------------------


@export("nn.moments")
def moments(x: Any, axes: Any, shift: Any = None, keepdims: bool = False, name: Any = None) -> Any:
    """The mean and the variance along axes. Follows tf.nn.moments."""
    from densetrace.tensorflow.ops.shaping import squeeze

    x = convert_to_tensor(x)
    is_list = isinstance(axes, list | tuple | range)
    listed = None if axes is None else list(axes) if is_list else [axes]
    wide = cast(x, float32) if x.dtype.name == "float16" else x
    mean = reduce_mean(wide, listed, keepdims=True)
    variance = reduce_mean(squared_difference(wide, stop_gradient(mean)), listed, keepdims=True)
    if not keepdims:
        mean, variance = squeeze(mean, listed), squeeze(variance, listed)
    if x.dtype.name == "float16":
        return cast(mean, x.dtype), cast(variance, x.dtype)
    return mean, variance


@export("nn.batch_normalization")
def batch_normalization(
    x: Any,
    mean: Any,
    variance: Any,
    offset: Any,
    scale: Any,
    variance_epsilon: Any,
    name: Any = None,
) -> Any:
    """scale (x - mean) / sqrt(variance + epsilon) + offset."""
    # As operators: the layers for symbolic tensors of Keras show it.
    factor = rsqrt(variance + variance_epsilon)
    if scale is not None:
        factor *= scale
    scaled = x * _in_dtype(factor, x.dtype)
    shift = -mean * factor if offset is None else offset - mean * factor
    return scaled + _in_dtype(shift, x.dtype)


def _in_dtype(value: Any, dtype: Any) -> Any:
    """The value itself if it has the dtype; a symbolic tensor of Keras is always cast."""
    return cast(value, dtype) if value.dtype != dtype or handler_of([value]) else value


@export("nn.zero_fraction")
def zero_fraction(value: Any, name: Any = None) -> Any:
    """The fraction of elements that are 0: f32[]. Follows tf.nn.zero_fraction."""
    from densetrace.tensorflow.ops.comparisons import equal

    return reduce_mean(cast(equal(value, zeros_like(value)), float32))


@operation("math.in_top_k", "nn.in_top_k")
def in_top_k(targets: Index, predictions: Index, k: int, name: Any = None) -> Array:
    """Whether the target class is among the k largest predictions: [n], [n, m] -> bool[n]. Follows
    tf.math.in_top_k.

    Those that are as large as the k-th count as among them; a target that is not a class, or whose
    prediction is not finite, does not.
    """
    if predictions.ndim != 2 or targets.shape != predictions.shape[:1]:
        raise InvalidArgumentError(
            "There must be one target for each row of predictions. "
            f"Received: targets of shape {targets.shape}, predictions of shape {predictions.shape}"
        )
    numbers = targets.astype(np.int64)
    inside = (numbers >= 0) & (numbers < predictions.shape[1])
    safe = np.where(inside, numbers, 0)
    own = predictions[np.arange(len(numbers)), safe]
    larger = np.sum(predictions > own[:, None], 1)
    finite = np.all(np.isfinite(predictions), 1)
    return np.asarray(inside & finite & (larger < k))


@in_top_k.shape_rule
def _top_rule(targets: Spec, predictions: Spec, k: int) -> Any:
    return targets.shape, bool_


in_top_k.gradient(no_gradient)
