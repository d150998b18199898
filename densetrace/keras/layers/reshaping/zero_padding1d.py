"""The layer `ZeroPadding1D`. Follows keras 2.14 layers/reshaping/zero_padding1d.py."""

from typing import Any

from densetrace.keras import backend
from densetrace.keras._exports import keras_export
from densetrace.keras.engine.base_layer import Layer
from densetrace.keras.engine.input_spec import InputSpec
from densetrace.keras.utils import conv_utils
from densetrace.tensorflow.shapes import TensorShape


@keras_export("keras.layers.ZeroPadding1D")
class ZeroPadding1D(Layer):
    """A layer that adds zeros before and after each sequence: [batch, steps, channels] ->
    [batch, more steps, channels].

    Follows keras 2.14 layers/reshaping/zero_padding1d.py, ZeroPadding1D.

    Args:
        padding: how many zeros on each side, or a pair of numbers.
        **kwargs: the keyword arguments of `Layer`.

    Raises:
        ValueError: if `padding` is neither.
    """

    def __init__(self, padding: Any = 1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.padding = conv_utils.normalize_tuple(padding, 2, "padding", allow_zero=True)
        self.input_spec = InputSpec(ndim=3)

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """Return the shape with the zeros counted."""
        length = None
        if input_shape[1] is not None:
            length = input_shape[1] + self.padding[0] + self.padding[1]
        return TensorShape([input_shape[0], length, input_shape[2]])

    def call(self, inputs: Any) -> Any:
        """Return the sequences with zeros around them."""
        return backend.temporal_padding(inputs, padding=self.padding)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that create an equal layer."""
        return super().get_config() | {"padding": self.padding}
