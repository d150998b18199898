"""The layer `ELU`.

Follows keras 2.14 layers/activation/elu.py.
"""

from typing import Any

from densetrace.keras import backend
from densetrace.keras._exports import keras_export
from densetrace.keras.engine.base_layer import Layer
from densetrace.tensorflow.shapes import TensorShape


@keras_export("keras.layers.ELU")
class ELU(Layer):
    """x where it is positive, alpha (exp(x) - 1) elsewhere, in any shape.

    Follows keras 2.14 layers/activation/elu.py, ELU.

    Raises:
        ValueError: if `alpha` is None.
    """

    def __init__(self, alpha: Any = 1.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if alpha is None:
            raise ValueError("Alpha of an ELU layer cannot be None. Received: alpha=None")
        self.supports_masking = True
        self.alpha: Any = backend.cast_to_floatx(alpha)

    def call(self, inputs: Any) -> Any:
        """f[...] -> f[...]."""
        return backend.elu(inputs, self.alpha)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that recreate this layer."""
        return super().get_config() | {"alpha": float(self.alpha)}

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """Return the shape of the input."""
        return TensorShape(input_shape)
