"""The layer `GlobalMaxPooling2D`. Follows keras 2.14 layers/pooling/global_max_pooling2d.py."""

from typing import Any

from densetrace.keras import backend
from densetrace.keras._exports import keras_export
from densetrace.keras.layers.pooling.base_global_pooling2d import GlobalPooling2D


@keras_export("keras.layers.GlobalMaxPooling2D", "keras.layers.GlobalMaxPool2D")
class GlobalMaxPooling2D(GlobalPooling2D):
    """A layer that keeps the largest number of each channel:
    f32[batch, rows, columns, channels] -> f32[batch, channels].

    Follows keras 2.14 layers/pooling/global_max_pooling2d.py, GlobalMaxPooling2D.
    """

    def call(self, inputs: Any) -> Any:
        """Return the largest number of each channel."""
        if self.data_format == "channels_last":
            return backend.max(inputs, axis=[1, 2], keepdims=self.keepdims)
        return backend.max(inputs, axis=[2, 3], keepdims=self.keepdims)


GlobalMaxPool2D = GlobalMaxPooling2D
