"""`Pooling1D`, the base class of the pooling layers for sequences.

Follows keras 2.14 layers/pooling/base_pooling1d.py.
"""

from collections.abc import Callable
from typing import Any

import densetrace.tensorflow as tf
from densetrace.keras import backend
from densetrace.keras.engine.base_layer import Layer
from densetrace.keras.engine.input_spec import InputSpec
from densetrace.keras.utils import conv_utils
from densetrace.system.real_home import of_keras
from densetrace.tensorflow.shapes import TensorShape


@of_keras
class Pooling1D(Layer):
    """A layer that replaces each window over the steps of a sequence by one number for each
    channel.

    Follows keras 2.14 layers/pooling/base_pooling1d.py, Pooling1D.

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
        data_format: Any = "channels_last",
        name: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name, **kwargs)
        if data_format is None:
            data_format = backend.image_data_format()
        if strides is None:
            strides = pool_size
        self.pool_function = pool_function
        self.pool_size = conv_utils.normalize_tuple(pool_size, 1, "pool_size")
        self.strides = conv_utils.normalize_tuple(strides, 1, "strides", allow_zero=True)
        self.padding = conv_utils.normalize_padding(padding)
        self.data_format = conv_utils.normalize_data_format(data_format)
        self.input_spec = InputSpec(ndim=3)

    def call(self, inputs: Any) -> Any:
        """Return the pooled windows, computed as an image of one column."""
        pad_axis = 2 if self.data_format == "channels_last" else 3
        inputs = tf.expand_dims(inputs, pad_axis)
        outputs = self.pool_function(
            inputs,
            (*self.pool_size, 1),
            strides=(*self.strides, 1),
            padding=self.padding,
            data_format=self.data_format,
        )
        return tf.squeeze(outputs, pad_axis)

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """Return the shape of the output: the number of windows instead of the number of steps."""
        sizes = TensorShape(input_shape).as_list()
        if self.data_format == "channels_first":
            steps, features = sizes[2], sizes[1]
        else:
            steps, features = sizes[1], sizes[2]
        length = conv_utils.conv_output_length(
            steps, self.pool_size[0], self.padding, self.strides[0]
        )
        if self.data_format == "channels_first":
            return TensorShape([sizes[0], features, length])
        return TensorShape([sizes[0], length, features])

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that create an equal layer."""
        return super().get_config() | {
            "strides": self.strides,
            "pool_size": self.pool_size,
            "padding": self.padding,
            "data_format": self.data_format,
        }
