"""`ThresholdedReLU`, which lets only what exceeds a threshold through, as a layer.

Follows keras 2.14 layers/activation/thresholded_relu.py.
"""

from typing import Any

from densetrace.keras import _nn, backend
from densetrace.keras._exports import keras_export
from densetrace.keras._tensors import TensorShape
from densetrace.keras.engine.base_layer import Layer


@keras_export("keras.layers.ThresholdedReLU")
class ThresholdedReLU(Layer):
    """x where it exceeds theta, 0 elsewhere, in any shape.

    Follows keras 2.14 layers/activation/thresholded_relu.py, ThresholdedReLU.

    Raises:
        ValueError: when `theta` is None or negative.
    """

    def __init__(self, theta: Any = 1.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if theta is None or theta < 0:
            raise ValueError(
                f"The theta of a ThresholdedReLU layer must be 0 or more. Received: theta={theta}"
            )
        self.supports_masking = True
        self.theta: Any = backend.cast_to_floatx(theta)

    def call(self, inputs: Any) -> Any:
        """f[...] -> f[...]."""
        return _nn.zero_up_to(inputs, self.theta)

    def get_config(self) -> dict[str, Any]:
        """The arguments that would make this layer again."""
        return super().get_config() | {"theta": float(self.theta)}

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """The shape of the input."""
        return TensorShape(input_shape)
