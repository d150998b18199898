"""The layer `Masking`. Follows keras 2.14 layers/core/masking.py."""

from typing import Any

import densetrace.tensorflow as tf
from densetrace.keras._exports import keras_export
from densetrace.keras.engine.base_layer import Layer


@keras_export("keras.layers.Masking")
class Masking(Layer):
    """A layer that masks the time steps whose features all equal `mask_value`.

    Input and output: f[batch, time, features], 0 where masked. The mask, bool[batch, time], is the
    output's `_keras_mask`; later layers that support masks skip these time steps.

    Follows keras 2.14 layers/core/masking.py, Masking.
    """

    def __init__(self, mask_value: Any = 0.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.supports_masking = True
        self.mask_value = mask_value
        self._compute_output_and_mask_jointly = True

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Return whether any feature differs from `mask_value`: bool[batch, time]."""
        return tf.reduce_any(tf.not_equal(inputs, self.mask_value), axis=-1)

    def call(self, inputs: Any) -> Any:
        """Return the input, 0 where masked, with its mask."""
        kept = tf.reduce_any(tf.not_equal(inputs, self.mask_value), axis=-1, keepdims=True)
        outputs = inputs * tf.cast(kept, inputs.dtype)
        vars(outputs)["_keras_mask"] = tf.squeeze(kept, axis=-1)
        return outputs

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the shape of the input."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that create an equal layer."""
        return super().get_config() | {"mask_value": self.mask_value}
