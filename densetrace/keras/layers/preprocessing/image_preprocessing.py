"""The layer `Rescaling`. Follows keras 2.14 layers/preprocessing/image_preprocessing.py."""

from typing import Any

import densetrace.tensorflow as tf
from densetrace.keras._exports import keras_export
from densetrace.keras.engine import base_layer
from densetrace.keras.layers.preprocessing import preprocessing_utils as utils


@keras_export("keras.layers.Rescaling", "keras.layers.experimental.preprocessing.Rescaling")
class Rescaling(base_layer.Layer):
    """A layer that multiplies its input by `scale` and adds `offset`: [...] -> f[...].

    Follows keras 2.14 layers/preprocessing/image_preprocessing.py, Rescaling.

    Args:
        scale: the factor.
        offset: what is added to the product.
        **kwargs: the keyword arguments of `Layer`.
    """

    def __init__(self, scale: Any, offset: Any = 0.0, **kwargs: Any) -> None:
        self.scale = scale
        self.offset = offset
        super().__init__(**kwargs)

    def call(self, inputs: Any) -> Any:
        """Return the input, scaled and shifted, with the dtype that the layer computes in."""
        dtype = self.compute_dtype
        inputs = convert_inputs(inputs, dtype=dtype)
        scale = tf.cast(self.scale, dtype)
        offset = tf.cast(self.offset, dtype)
        return tf.cast(inputs, dtype) * scale + offset

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the shape of the input."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that create an equal layer."""
        return super().get_config() | {"scale": self.scale, "offset": self.offset}


def convert_inputs(inputs: Any, dtype: Any = None) -> Any:
    """Return images as a tensor of a dtype.

    Raises:
        ValueError: if `inputs` is a dict.
    """
    if isinstance(inputs, dict):
        raise ValueError(
            "This layer can only process a tensor representing an image or a batch of images. "
            f"Received: type(inputs)={type(inputs)}."
        )
    return utils.ensure_tensor(inputs, dtype)
