"""The layer `AveragePooling1D`. Follows keras 2.14 layers/pooling/average_pooling1d.py."""

import functools
from typing import Any

from densetrace.keras import backend
from densetrace.keras._exports import keras_export
from densetrace.keras.layers.pooling.base_pooling1d import Pooling1D


@keras_export("keras.layers.AveragePooling1D", "keras.layers.AvgPool1D")
class AveragePooling1D(Pooling1D):
    """A layer that keeps the mean of each window: f32[batch, steps, channels] ->
    f32[batch, windows, channels].

    Follows keras 2.14 layers/pooling/average_pooling1d.py, AveragePooling1D.

    Args:
        pool_size: the size of a window.
        strides: the distance from one window to the next; `pool_size` if None.
        padding: `valid` for none; `same` for padding, which does not count.
        data_format: `channels_last` or `channels_first`.
        **kwargs: the keyword arguments of `Layer`.

    Raises:
        ValueError: if an argument has a value that is not allowed.
    """

    def __init__(
        self,
        pool_size: Any = 2,
        strides: Any = None,
        padding: Any = "valid",
        data_format: Any = "channels_last",
        **kwargs: Any,
    ) -> None:
        super().__init__(
            functools.partial(backend.pool2d, pool_mode="avg"),
            pool_size=pool_size,
            strides=strides,
            padding=padding,
            data_format=data_format,
            **kwargs,
        )


AvgPool1D = AveragePooling1D
