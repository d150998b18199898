"""The layer `UpSampling2D`. Follows keras 2.14 layers/reshaping/up_sampling2d.py."""

from typing import Any

from densetrace.keras import backend
from densetrace.keras._exports import keras_export
from densetrace.keras.engine.base_layer import Layer
from densetrace.keras.engine.input_spec import InputSpec
from densetrace.keras.utils import conv_utils, image_utils
from densetrace.tensorflow.shapes import TensorShape


@keras_export("keras.layers.UpSampling2D")
class UpSampling2D(Layer):
    """A layer that enlarges images by a whole factor: [batch, rows, columns, channels] ->
    [batch, size[0] * rows, size[1] * columns, channels].

    Follows keras 2.14 layers/reshaping/up_sampling2d.py, UpSampling2D.

    Args:
        size: the factor: one int for both axes, or two.
        data_format: `channels_last` or `channels_first`; Keras's `image_data_format()` if None.
        interpolation: `nearest`, which repeats rows and columns, `bilinear`, or another method of
            `tf.image.resize`.
        **kwargs: the keyword arguments of `Layer`.

    Raises:
        ValueError: if `size` is neither, or the data format is unknown.
        NotImplementedError: if the interpolation is unknown.
    """

    def __init__(
        self,
        size: Any = (2, 2),
        data_format: Any = None,
        interpolation: Any = "nearest",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.data_format = conv_utils.normalize_data_format(data_format)
        self.size = conv_utils.normalize_tuple(size, 2, "size")
        self.interpolation = image_utils.get_interpolation(interpolation)
        self.input_spec = InputSpec(ndim=4)

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """Return the shape with rows and columns multiplied."""
        sizes = TensorShape(input_shape).as_list()
        first = 2 if self.data_format == "channels_first" else 1
        for at, factor in enumerate(self.size, first):
            if sizes[at] is not None:
                sizes[at] *= factor
        return TensorShape(sizes)

    def call(self, inputs: Any) -> Any:
        """Return the larger images."""
        return backend.resize_images(
            inputs,
            self.size[0],
            self.size[1],
            self.data_format,
            interpolation=self.interpolation,
        )

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that create an equal layer."""
        return super().get_config() | {
            "size": self.size,
            "data_format": self.data_format,
            "interpolation": self.interpolation,
        }
