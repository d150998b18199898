"""Activation functions, and the lookup that finds one by name.

Every function takes a tensor of any shape, eager or symbolic, and returns one of the same shape and
dtype. Follows keras 2.14 activations.py.
"""

import inspect
import types
from collections.abc import Callable, Mapping
from typing import Any, Final

import densetrace.tensorflow as tf
from densetrace.keras import backend
from densetrace.keras._dispatch import add_dispatch_support, traced_with_dispatch
from densetrace.keras._exports import keras_export, library_export
from densetrace.keras._registries import found
from densetrace.keras.saving import object_registration, serialization_lib
from densetrace.keras.saving.legacy import serialization as legacy_serialization
from densetrace.recording.hooks import traced

_TF_ACTIVATIONS_V2: Final = {"softmax_v2": "softmax"}
"""TensorFlow's name of a function -> the name that a config saves it by."""


@keras_export("keras.activations.softmax")
@traced_with_dispatch("activation")
def softmax(x: Any, axis: Any = -1) -> Any:
    """exp(x) divided by its sum along one axis or several: f[..., n] -> f[..., n].

    Follows keras 2.14 activations.py, softmax.

    Raises:
        ValueError: if `x` has fewer than two dimensions.
        InvalidArgumentError: if `x` does not have the axis.
    """
    return backend.softmax(x, axis)


@keras_export("keras.activations.elu")
@traced_with_dispatch("activation")
def elu(x: Any, alpha: Any = 1.0) -> Any:
    """x where it is positive, alpha (exp(x) - 1) elsewhere: f[...] -> f[...].

    Follows keras 2.14 activations.py, elu.
    """
    return backend.elu(x, alpha)


@keras_export("keras.activations.selu")
@traced_with_dispatch("activation")
def selu(x: Any) -> Any:
    """1.0507 x where x is positive, 1.0507 * 1.6733 (exp(x) - 1) elsewhere: f[...] -> f[...].

    Follows keras 2.14 activations.py, selu.
    """
    return tf.nn.selu(x)


@keras_export("keras.activations.softplus")
@traced_with_dispatch("activation")
def softplus(x: Any) -> Any:
    """log(1 + exp(x)): f[...] -> f[...]. Follows keras 2.14 activations.py, softplus."""
    return tf.math.softplus(x)


@keras_export("keras.activations.softsign")
@traced_with_dispatch("activation")
def softsign(x: Any) -> Any:
    """x / (1 + |x|): f[...] -> f[...]. Follows keras 2.14 activations.py, softsign."""
    return tf.math.softsign(x)


@keras_export("keras.activations.swish")
@traced_with_dispatch("activation")
def swish(x: Any) -> Any:
    """x sigmoid(x): f[...] -> f[...]. Follows keras 2.14 activations.py, swish."""
    return tf.nn.silu(x)


@keras_export("keras.activations.relu")
@traced_with_dispatch("activation")
def relu(x: Any, alpha: Any = 0.0, max_value: Any = None, threshold: Any = 0.0) -> Any:
    """x from `threshold` up to `max_value`, alpha (x - threshold) below: [...] -> [...].

    Integer inputs are allowed. Follows keras 2.14 activations.py, relu.
    """
    return backend.relu(x, alpha=alpha, max_value=max_value, threshold=threshold)


@keras_export("keras.activations.gelu")
@traced_with_dispatch("activation")
def gelu(x: Any, approximate: Any = False) -> Any:
    """x P(X <= x) for a standard normal X, computed with erf, or with tanh if `approximate`:
    f[...] -> f[...].

    Follows keras 2.14 activations.py, gelu.

    Raises:
        ValueError: if the dtype is not floating point.
    """
    return tf.nn.gelu(x, approximate)


@keras_export("keras.activations.tanh")
@traced_with_dispatch("activation")
def tanh(x: Any) -> Any:
    """The hyperbolic tangent: f[...] -> f[...]. Follows keras 2.14 activations.py, tanh."""
    return tf.tanh(x)


@keras_export("keras.activations.sigmoid")
@traced_with_dispatch("activation")
def sigmoid(x: Any) -> Any:
    """1 / (1 + exp(-x)): f[...] -> f[...]. Follows keras 2.14 activations.py, sigmoid."""
    output = tf.sigmoid(x)
    # Cross-entropy losses read the logits from here, which is numerically more stable.
    output._keras_logits = x
    return output


@keras_export("keras.activations.exponential")
@traced_with_dispatch("activation")
def exponential(x: Any) -> Any:
    """exp(x): f[...] -> f[...]. Follows keras 2.14 activations.py, exponential."""
    return tf.exp(x)


@keras_export("keras.activations.hard_sigmoid")
@traced_with_dispatch("activation")
def hard_sigmoid(x: Any) -> Any:
    """0.2 x + 0.5, clipped to [0, 1]: f[...] -> f[...].

    Follows keras 2.14 activations.py, hard_sigmoid.

    Raises:
        TypeError: if the dtype is not floating point.
    """
    return backend.hard_sigmoid(x)


@keras_export("keras.activations.linear")
@traced_with_dispatch("activation")
def linear(x: Any) -> Any:
    """Return x unchanged: [...] -> [...]. Follows keras 2.14 activations.py, linear."""
    return x


@keras_export("keras.activations.mish")
@traced_with_dispatch("activation")
def mish(x: Any) -> Any:
    """x tanh(softplus(x)): f[...] -> f[...]. Follows keras 2.14 activations.py, mish."""
    return x * tf.math.tanh(tf.math.softplus(x))


def _tensorflow(module: str, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    # The function as it was written has the names of the arguments; the operation computes.
    point = f"keras.activations.{name}"
    written: Callable[..., Any] = inspect.unwrap(function)
    activation = traced("activation", point=point, runner=function)(written)
    return library_export(f"tensorflow.python.ops.{module}", activation)


# Keras takes these four from TensorFlow.
# DEPARTS: In Keras a call of silu is not a step, because it is TensorFlow's own function. Here it
# is a step.
# DEPARTS: In Keras `activations.log_softmax` is TensorFlow's log_softmax_v2, but
# `get("log_softmax")` returns the older log_softmax. Here both are one function.
leaky_relu = _tensorflow("nn_ops", "leaky_relu", tf.nn.leaky_relu)
log_softmax = _tensorflow("nn_ops", "log_softmax", tf.nn.log_softmax)
relu6 = _tensorflow("nn_ops", "relu6", tf.nn.relu6)
silu = _tensorflow("nn_impl", "silu", tf.nn.silu)

# DEPARTS: Keras looks a name up among all callables of this module: `get("get")` returns the
# function `get`. Here `get` only finds the names in this table, and any other raises a ValueError.
_OBJECTS: Final = {
    **found("activations"),
    "silu": silu,  # in TensorFlow the __name__ of this function is swish
}


@add_dispatch_support
def serialize(activation: Any, use_legacy_format: bool = False) -> Any:
    """Return the name of one of Keras's activation functions, or the config of any other object.

    Follows keras 2.14 activations.py, serialize.

    Raises:
        ValueError: if `activation` is a name or another plain value.
    """
    if getattr(activation, "__name__", None) in _TF_ACTIVATIONS_V2:
        return _TF_ACTIVATIONS_V2[activation.__name__]
    if use_legacy_format:
        return legacy_serialization.serialize_keras_object(activation)
    fn_config = serialization_lib.serialize_keras_object(activation)
    if "config" not in fn_config:
        raise ValueError(
            "An activation function must have a name that activations.py defines, or be registered "
            f"with `@keras.saving.register_keras_serializable()`. Received: {activation!r:.200}"
        )
    if not isinstance(activation, types.FunctionType):
        return fn_config
    if isinstance(fn_config["config"], str) and fn_config["config"] not in _OBJECTS:
        fn_config["config"] = object_registration.get_registered_name(activation)
        return fn_config
    # One of Keras's own functions is saved by its name alone.
    return fn_config["config"]


@add_dispatch_support
def deserialize(
    name: Any,
    custom_objects: Mapping[str, Any] | None = None,
    use_legacy_format: bool = False,
) -> Any:
    """Return the activation function for a name or a config.

    Follows keras 2.14 activations.py, deserialize.

    Raises:
        ValueError: if the name is unknown.
    """
    if use_legacy_format:
        return legacy_serialization.deserialize_keras_object(
            name,
            module_objects=_OBJECTS,
            custom_objects=custom_objects,
            printable_module_name="activation function",
        )
    returned_fn = serialization_lib.deserialize_keras_object(
        name,
        module_objects=_OBJECTS,
        custom_objects=custom_objects,
        printable_module_name="activation function",
    )
    if isinstance(returned_fn, str):
        # The library returns an unknown name unchanged.
        raise ValueError(f"Unknown activation function {name!r:.200} cannot be deserialized.")
    return returned_fn


@traced_with_dispatch("get")
def get(identifier: Any) -> Any:
    """Return the activation function for a name, a config, a callable or None.

    None is the linear activation; a callable is returned unchanged.
    Follows keras 2.14 activations.py, get.

    Raises:
        ValueError: if a name or the name in a config is unknown.
        TypeError: if `identifier` is of another type.
    """
    if identifier is None:
        return linear
    if isinstance(identifier, str | dict):
        use_legacy_format = isinstance(identifier, dict) and "module" not in identifier
        return deserialize(identifier, use_legacy_format=use_legacy_format)
    if callable(identifier):
        return identifier
    raise TypeError(f"Could not interpret activation function identifier: {identifier!r:.200}")
