"""The layer `Cropping1D`. Follows keras 2.14 layers/reshaping/cropping1d.py."""

from typing import Any

from densetrace.keras._exports import keras_export
from densetrace.keras.engine.base_layer import Layer
from densetrace.keras.engine.input_spec import InputSpec
from densetrace.keras.utils import conv_utils
from densetrace.tensorflow.shapes import TensorShape


@keras_export("keras.layers.Cropping1D")
class Cropping1D(Layer):
    """A layer that cuts steps off both ends of a sequence: [batch, steps, channels] ->
    [batch, fewer steps, channels].

    Follows keras 2.14 layers/reshaping/cropping1d.py, Cropping1D.

    Args:
        cropping: how many steps at each end, or a pair of numbers.
        **kwargs: the keyword arguments of `Layer`.

    Raises:
        ValueError: if `cropping` is neither.
    """

    def __init__(self, cropping: Any = (1, 1), **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.cropping = conv_utils.normalize_tuple(cropping, 2, "cropping", allow_zero=True)
        self.input_spec = InputSpec(ndim=3)

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """Return the shape without the steps that are cut off."""
        sizes = TensorShape(input_shape).as_list()
        length = None
        if sizes[1] is not None:
            length = sizes[1] - self.cropping[0] - self.cropping[1]
        return TensorShape([sizes[0], length, sizes[2]])

    def call(self, inputs: Any) -> Any:
        """Return the steps in between.

        Raises:
            ValueError: if no step is left.
        """
        if inputs.shape[1] is not None and sum(self.cropping) >= inputs.shape[1]:
            raise ValueError(
                "cropping parameter of Cropping layer must be greater than the input shape. "
                f"Received: inputs.shape={inputs.shape}, and cropping={self.cropping}"
            )
        if self.cropping[1] == 0:
            return inputs[:, self.cropping[0] :, :]
        return inputs[:, self.cropping[0] : -self.cropping[1], :]

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that create an equal layer."""
        return super().get_config() | {"cropping": self.cropping}
