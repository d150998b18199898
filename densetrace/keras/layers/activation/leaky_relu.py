"""The layer `LeakyReLU`: a relu with a small slope for negative inputs.

Follows keras 2.14 layers/activation/leaky_relu.py.
"""

from typing import Any

from densetrace.keras import backend
from densetrace.keras._exports import keras_export
from densetrace.keras.engine.base_layer import Layer
from densetrace.tensorflow.shapes import TensorShape


@keras_export("keras.layers.LeakyReLU")
class LeakyReLU(Layer):
    """x where it is positive, alpha x elsewhere, in any shape.

    Follows keras 2.14 layers/activation/leaky_relu.py, LeakyReLU.

    Raises:
        ValueError: if `alpha` is None.
    """

    def __init__(self, alpha: Any = 0.3, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if alpha is None:
            raise ValueError(
                "The alpha value of a Leaky ReLU layer cannot be None. Received: alpha=None"
            )
        self.supports_masking = True
        self.alpha: Any = backend.cast_to_floatx(alpha)

    def call(self, inputs: Any) -> Any:
        """f[...] -> f[...]."""
        return backend.relu(inputs, alpha=self.alpha)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that recreate this layer."""
        return super().get_config() | {"alpha": float(self.alpha)}

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """Return the shape of the input."""
        return TensorShape(input_shape)
