"""The layer `UpSampling1D`. Follows keras 2.14 layers/reshaping/up_sampling1d.py."""

from typing import Any

from densetrace.keras import backend
from densetrace.keras._exports import keras_export
from densetrace.keras.engine.base_layer import Layer
from densetrace.keras.engine.input_spec import InputSpec
from densetrace.tensorflow.shapes import TensorShape


@keras_export("keras.layers.UpSampling1D")
class UpSampling1D(Layer):
    """A layer that repeats each step of a sequence: [batch, steps, channels] ->
    [batch, size * steps, channels].

    Follows keras 2.14 layers/reshaping/up_sampling1d.py, UpSampling1D.

    Args:
        size: how often.
        **kwargs: the keyword arguments of `Layer`.
    """

    def __init__(self, size: Any = 2, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.size = int(size)
        self.input_spec = InputSpec(ndim=3)

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """Return the shape with `size` times the steps."""
        sizes = TensorShape(input_shape).as_list()
        size = self.size * sizes[1] if sizes[1] is not None else None
        return TensorShape([sizes[0], size, sizes[2]])

    def call(self, inputs: Any) -> Any:
        """Return the sequences with each step repeated."""
        return backend.repeat_elements(inputs, self.size, axis=1)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that create an equal layer."""
        return super().get_config() | {"size": self.size}
