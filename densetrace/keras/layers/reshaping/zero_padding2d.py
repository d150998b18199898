"""The layer `ZeroPadding2D`. Follows keras 2.14 layers/reshaping/zero_padding2d.py."""

from typing import Any

from densetrace.keras import backend
from densetrace.keras._exports import keras_export
from densetrace.keras.engine.base_layer import Layer
from densetrace.keras.engine.input_spec import InputSpec
from densetrace.keras.utils import conv_utils
from densetrace.tensorflow.shapes import TensorShape


@keras_export("keras.layers.ZeroPadding2D")
class ZeroPadding2D(Layer):
    """A layer that adds rows and columns of zeros around images: [batch, rows, columns, channels]
    -> [batch, more rows, more columns, channels].

    Follows keras 2.14 layers/reshaping/zero_padding2d.py, ZeroPadding2D.

    Args:
        padding: how many on all sides; two numbers for rows and columns; or two pairs,
            ((top, bottom), (left, right)).
        data_format: `channels_last` or `channels_first`; Keras's `image_data_format()` if None.
        **kwargs: the keyword arguments of `Layer`.

    Raises:
        ValueError: if `padding` is none of these, or the data format is unknown.
    """

    def __init__(self, padding: Any = (1, 1), data_format: Any = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.data_format = conv_utils.normalize_data_format(data_format)
        if isinstance(padding, int):
            self.padding: Any = ((padding, padding), (padding, padding))
        elif hasattr(padding, "__len__"):
            if len(padding) != 2:
                raise ValueError(f"`padding` should have two elements. Received: {padding}.")
            height_padding = conv_utils.normalize_tuple(
                padding[0], 2, "1st entry of padding", allow_zero=True
            )
            width_padding = conv_utils.normalize_tuple(
                padding[1], 2, "2nd entry of padding", allow_zero=True
            )
            self.padding = (height_padding, width_padding)
        else:
            raise ValueError(
                "`padding` should be an int, a pair of ints (rows, columns), or two pairs of ints "
                f"((top, bottom), (left, right)). Received: {padding}."
            )
        self.input_spec = InputSpec(ndim=4)

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """Return the shape with the zeros counted."""
        sizes = TensorShape(input_shape).as_list()
        first = 2 if self.data_format == "channels_first" else 1
        for at, (before, after) in enumerate(self.padding, first):
            if sizes[at] is not None:
                sizes[at] += before + after
        return TensorShape(sizes)

    def call(self, inputs: Any) -> Any:
        """Return the images with zeros around them."""
        return backend.spatial_2d_padding(
            inputs, padding=self.padding, data_format=self.data_format
        )

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that create an equal layer."""
        return super().get_config() | {"padding": self.padding, "data_format": self.data_format}
