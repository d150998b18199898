"""The layer `GlobalAveragePooling2D`.

Follows keras 2.14 layers/pooling/global_average_pooling2d.py.
"""

from typing import Any

from densetrace.keras import backend
from densetrace.keras._exports import keras_export
from densetrace.keras.layers.pooling.base_global_pooling2d import GlobalPooling2D


@keras_export("keras.layers.GlobalAveragePooling2D", "keras.layers.GlobalAvgPool2D")
class GlobalAveragePooling2D(GlobalPooling2D):
    """A layer that keeps the mean of each channel:
    f32[batch, rows, columns, channels] -> f32[batch, channels].

    Follows keras 2.14 layers/pooling/global_average_pooling2d.py, GlobalAveragePooling2D.
    """

    def call(self, inputs: Any) -> Any:
        """Return the mean of each channel."""
        if self.data_format == "channels_last":
            return backend.mean(inputs, axis=[1, 2], keepdims=self.keepdims)
        return backend.mean(inputs, axis=[2, 3], keepdims=self.keepdims)


GlobalAvgPool2D = GlobalAveragePooling2D
