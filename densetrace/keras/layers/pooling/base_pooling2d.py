"""`Pooling2D`, the base class of the pooling layers for images.

Follows keras 2.14 layers/pooling/base_pooling2d.py.
"""

from collections.abc import Callable
from typing import Any

from densetrace.keras import backend
from densetrace.keras.engine.base_layer import Layer
from densetrace.keras.engine.input_spec import InputSpec
from densetrace.keras.utils import conv_utils
from densetrace.system.real_home import of_keras
from densetrace.tensorflow.shapes import TensorShape


@of_keras
class Pooling2D(Layer):
    """A layer that replaces each window over the rows and columns of images by one number for each
    channel.

    Follows keras 2.14 layers/pooling/base_pooling2d.py, Pooling2D.

    Args:
        pool_function: the operation that pools.
        pool_size: the size of a window.
        strides: the distance from one window to the next; `pool_size` if None.
        padding: `valid` for none; `same` for padding, which does not count.
        data_format: `channels_last` or `channels_first`.
        name: the name of the layer.
        **kwargs: the keyword arguments of `Layer`.

    Raises:
        ValueError: if an argument has a value that is not allowed.
    """

    def __init__(
        self,
        pool_function: Callable[..., Any],
        pool_size: Any,
        strides: Any,
        padding: Any = "valid",
        data_format: Any = None,
        name: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name, **kwargs)
        if data_format is None:
            data_format = backend.image_data_format()
        if strides is None:
            strides = pool_size
        self.pool_function = pool_function
        self.pool_size = conv_utils.normalize_tuple(pool_size, 2, "pool_size")
        self.strides = conv_utils.normalize_tuple(strides, 2, "strides", allow_zero=True)
        self.padding = conv_utils.normalize_padding(padding)
        self.data_format = conv_utils.normalize_data_format(data_format)
        self.input_spec = InputSpec(ndim=4)

    def call(self, inputs: Any) -> Any:
        """Return the pooled windows."""
        if self.data_format == "channels_last":
            pool_shape: Any = (1, *self.pool_size, 1)
            strides: Any = (1, *self.strides, 1)
        else:
            pool_shape = (1, 1, *self.pool_size)
            strides = (1, 1, *self.strides)
        return self.pool_function(
            inputs,
            ksize=pool_shape,
            strides=strides,
            padding=self.padding.upper(),
            data_format=conv_utils.convert_data_format(self.data_format, 4),
        )

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """Return the shape of the output: the number of windows along rows and columns."""
        sizes = TensorShape(input_shape).as_list()
        if self.data_format == "channels_first":
            rows, cols = sizes[2], sizes[3]
        else:
            rows, cols = sizes[1], sizes[2]
        rows = conv_utils.conv_output_length(rows, self.pool_size[0], self.padding, self.strides[0])
        cols = conv_utils.conv_output_length(cols, self.pool_size[1], self.padding, self.strides[1])
        if self.data_format == "channels_first":
            return TensorShape([sizes[0], sizes[1], rows, cols])
        return TensorShape([sizes[0], rows, cols, sizes[3]])

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that create an equal layer."""
        return super().get_config() | {
            "pool_size": self.pool_size,
            "padding": self.padding,
            "strides": self.strides,
            "data_format": self.data_format,
        }
