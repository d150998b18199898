"""The layer `Activation`, which applies an activation function.

Follows keras 2.14 layers/core/activation.py.
"""

from typing import Any

from densetrace.keras import activations
from densetrace.keras._exports import keras_export
from densetrace.keras.engine.base_layer import Layer


@keras_export("keras.layers.Activation")
class Activation(Layer):
    """A layer that applies an activation function: f[...] -> f[...].

    Follows keras 2.14 layers/core/activation.py, Activation.

    Args:
        activation: a function, or the name of one.
        **kwargs: the keyword arguments of `Layer`.

    Raises:
        ValueError: if the name is unknown.
    """

    def __init__(self, activation: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.supports_masking = True
        self.activation = activations.get(activation)

    def call(self, inputs: Any) -> Any:
        """Return `activation(inputs)`."""
        return self.activation(inputs)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the shape of the input."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that create an equal layer."""
        return super().get_config() | {"activation": activations.serialize(self.activation)}
