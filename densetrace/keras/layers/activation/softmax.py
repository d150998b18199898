"""The layer `Softmax`, which supports a mask.

Follows keras 2.14 layers/activation/softmax.py.
"""

from typing import Any

import densetrace.tensorflow as tf
from densetrace.keras import backend
from densetrace.keras._exports import keras_export
from densetrace.keras.engine.base_layer import Layer
from densetrace.tensorflow.dtypes import as_dtype
from densetrace.tensorflow.shapes import TensorShape


@keras_export("keras.layers.Softmax")
class Softmax(Layer):
    """exp(x) divided by its sum along one axis or several; masked entries are excluded.

    Follows keras 2.14 layers/activation/softmax.py, Softmax.
    """

    def __init__(self, axis: Any = -1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.supports_masking = True
        self.axis = axis

    def call(self, inputs: Any, mask: Any = None) -> Any:
        """f[batch, ...] -> f[batch, ...]; `mask` is boolean and broadcasts to the inputs."""
        if mask is not None:
            adder = (1.0 - tf.cast(mask, inputs.dtype)) * _large_negative(inputs.dtype)
            inputs += adder
        if isinstance(self.axis, list | tuple):
            if len(self.axis) > 1:
                return tf.exp(inputs - tf.reduce_logsumexp(inputs, axis=self.axis, keepdims=True))
            return backend.softmax(inputs, axis=self.axis[0])
        return backend.softmax(inputs, axis=self.axis)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that recreate this layer."""
        return super().get_config() | {"axis": self.axis}

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """Return the shape of the input."""
        return TensorShape(input_shape)


def _large_negative(dtype: Any) -> float:
    """Return a number whose exponential is 0 and that does not overflow when it is added."""
    return -32752.0 if as_dtype(dtype).name == "float16" else -1e9
