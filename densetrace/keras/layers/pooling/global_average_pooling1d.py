"""The layer `GlobalAveragePooling1D`.

Follows keras 2.14 layers/pooling/global_average_pooling1d.py.
"""

from typing import Any

import densetrace.tensorflow as tf
from densetrace.keras import backend
from densetrace.keras._exports import keras_export
from densetrace.keras.layers.pooling.base_global_pooling1d import GlobalPooling1D


@keras_export("keras.layers.GlobalAveragePooling1D", "keras.layers.GlobalAvgPool1D")
class GlobalAveragePooling1D(GlobalPooling1D):
    """A layer that keeps the mean of each channel:
    f32[batch, steps, channels] -> f32[batch, channels].

    Steps that a mask leaves out do not count.

    Follows keras 2.14 layers/pooling/global_average_pooling1d.py, GlobalAveragePooling1D.

    Args:
        data_format: `channels_last` or `channels_first`.
        **kwargs: `keepdims`, and the keyword arguments of `Layer`.

    Raises:
        ValueError: if the data format is unknown.
    """

    def __init__(self, data_format: Any = "channels_last", **kwargs: Any) -> None:
        super().__init__(data_format=data_format, **kwargs)
        self.supports_masking = True

    def call(self, inputs: Any, mask: Any = None) -> Any:
        """Return the mean of each channel, over the steps that the mask keeps."""
        steps_axis = 1 if self.data_format == "channels_last" else 2
        if mask is None:
            return backend.mean(inputs, axis=steps_axis, keepdims=self.keepdims)
        mask = tf.cast(mask, inputs[0].dtype)
        mask = tf.expand_dims(mask, 2 if self.data_format == "channels_last" else 1)
        inputs *= mask
        return backend.sum(inputs, axis=steps_axis, keepdims=self.keepdims) / tf.reduce_sum(
            mask, axis=steps_axis, keepdims=self.keepdims
        )

    def compute_mask(self, inputs: Any, mask: Any = None) -> None:
        """Return None: the output has no steps."""
        return


GlobalAvgPool1D = GlobalAveragePooling1D
