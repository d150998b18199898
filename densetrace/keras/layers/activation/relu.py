"""The layer `ReLU`, with a bound, a slope and a threshold.

Follows keras 2.14 layers/activation/relu.py.
"""

from typing import Any

from densetrace.keras import backend
from densetrace.keras._exports import keras_export
from densetrace.keras.engine.base_layer import Layer
from densetrace.tensorflow.shapes import TensorShape


@keras_export("keras.layers.ReLU")
class ReLU(Layer):
    """x from `threshold` up to `max_value`, negative_slope (x - threshold) below, in any shape.

    Follows keras 2.14 layers/activation/relu.py, ReLU.

    Raises:
        ValueError: if one of the three is negative, or `negative_slope` or `threshold` is None.
    """

    def __init__(
        self,
        max_value: Any = None,
        negative_slope: Any = 0.0,
        threshold: Any = 0.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if max_value is not None and max_value < 0.0:
            raise ValueError(
                f"The max_value of a ReLU layer cannot be a negative value. Received: {max_value}"
            )
        if negative_slope is None or negative_slope < 0.0:
            raise ValueError(
                f"The negative_slope of a ReLU layer cannot be a negative value. "
                f"Received: {negative_slope}"
            )
        if threshold is None or threshold < 0.0:
            raise ValueError(
                f"The threshold of a ReLU layer cannot be a negative value. Received: {threshold}"
            )
        self.supports_masking = True
        if max_value is not None:
            max_value = backend.cast_to_floatx(max_value)
        self.max_value = max_value
        self.negative_slope = backend.cast_to_floatx(negative_slope)
        self.threshold = backend.cast_to_floatx(threshold)

    def call(self, inputs: Any) -> Any:
        """f[...] -> f[...]."""
        return backend.relu(
            inputs,
            alpha=self.negative_slope,
            max_value=self.max_value,
            threshold=self.threshold,
        )

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that recreate this layer."""
        return super().get_config() | {
            "max_value": self.max_value,
            "negative_slope": self.negative_slope,
            "threshold": self.threshold,
        }

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """Return the shape of the input."""
        return TensorShape(input_shape)
