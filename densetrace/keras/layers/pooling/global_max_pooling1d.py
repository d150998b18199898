"""The layer `GlobalMaxPooling1D`. Follows keras 2.14 layers/pooling/global_max_pooling1d.py."""

from typing import Any

from densetrace.keras import backend
from densetrace.keras._exports import keras_export
from densetrace.keras.layers.pooling.base_global_pooling1d import GlobalPooling1D


@keras_export("keras.layers.GlobalMaxPooling1D", "keras.layers.GlobalMaxPool1D")
class GlobalMaxPooling1D(GlobalPooling1D):
    """A layer that keeps the largest number of each channel:
    f32[batch, steps, channels] -> f32[batch, channels].

    Follows keras 2.14 layers/pooling/global_max_pooling1d.py, GlobalMaxPooling1D.
    """

    def call(self, inputs: Any) -> Any:
        """Return the largest number of each channel."""
        steps_axis = 1 if self.data_format == "channels_last" else 2
        return backend.max(inputs, axis=steps_axis, keepdims=self.keepdims)


GlobalMaxPool1D = GlobalMaxPooling1D
