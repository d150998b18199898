"""The layer `AveragePooling2D`. Follows keras 2.14 layers/pooling/average_pooling2d.py."""

from typing import Any

import densetrace.tensorflow as tf
from densetrace.keras._exports import keras_export
from densetrace.keras.layers.pooling.base_pooling2d import Pooling2D


@keras_export("keras.layers.AveragePooling2D", "keras.layers.AvgPool2D")
class AveragePooling2D(Pooling2D):
    """A layer that keeps the mean of each window: f32[batch, rows, columns, channels] ->
    f32[batch, new rows, new columns, channels].

    Follows keras 2.14 layers/pooling/average_pooling2d.py, AveragePooling2D.

    Args:
        pool_size: the size of a window: one int for both axes, or two.
        strides: the distance from one window to the next; `pool_size` if None.
        padding: `valid` for none; `same` for padding, which does not count.
        data_format: `channels_last` or `channels_first`; Keras's `image_data_format()` if None.
        **kwargs: the keyword arguments of `Layer`.

    Raises:
        ValueError: if an argument has a value that is not allowed.
    """

    def __init__(
        self,
        pool_size: Any = (2, 2),
        strides: Any = None,
        padding: Any = "valid",
        data_format: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            # DEPARTS: with `channels_first`, TensorFlow's operation returns wrong means without a
            # GPU. Here they are right.
            tf.nn.avg_pool,
            pool_size=pool_size,
            strides=strides,
            padding=padding,
            data_format=data_format,
            **kwargs,
        )


AvgPool2D = AveragePooling2D
