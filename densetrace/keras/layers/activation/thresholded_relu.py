"""The layer `ThresholdedReLU`, which sets inputs up to a threshold to 0.

Follows keras 2.14 layers/activation/thresholded_relu.py.
"""

from typing import Any

import densetrace.tensorflow as tf
from densetrace.keras import backend
from densetrace.keras._exports import keras_export
from densetrace.keras.engine.base_layer import Layer
from densetrace.tensorflow.shapes import TensorShape


@keras_export("keras.layers.ThresholdedReLU")
class ThresholdedReLU(Layer):
    """x where it exceeds theta, 0 elsewhere, in any shape.

    Follows keras 2.14 layers/activation/thresholded_relu.py, ThresholdedReLU.

    Raises:
        ValueError: if `theta` is None or negative.
    """

    def __init__(self, theta: Any = 1.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if theta is None:
            raise ValueError("Theta of a Thresholded ReLU layer cannot be None. Received: None")
        if theta < 0:
            raise ValueError(
                f"The theta value of a Thresholded ReLU layer should be >=0. Received: {theta}"
            )
        self.supports_masking = True
        self.theta: Any = backend.cast_to_floatx(theta)

    def call(self, inputs: Any) -> Any:
        """f[...] -> f[...]."""
        dtype = self.compute_dtype
        return inputs * tf.cast(tf.greater(inputs, self.theta), dtype)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that recreate this layer."""
        return super().get_config() | {"theta": float(self.theta)}

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """Return the shape of the input."""
        return TensorShape(input_shape)
