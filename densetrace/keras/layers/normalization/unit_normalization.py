"""The layer `UnitNormalization`. Follows keras 2.14 layers/normalization/unit_normalization.py."""

from typing import Any

import densetrace.tensorflow as tf
from densetrace.keras._exports import keras_export
from densetrace.keras.engine import base_layer
from densetrace.keras.utils import tf_utils


@keras_export("keras.layers.UnitNormalization")
class UnitNormalization(base_layer.Layer):
    """A layer that divides its input by its norm along an axis or several: f[...] -> f[...].

    Follows keras 2.14 layers/normalization/unit_normalization.py, UnitNormalization.

    Args:
        axis: an axis, or a list of them.
        **kwargs: the keyword arguments of `Layer`.

    Raises:
        TypeError: if `axis` is neither an int nor a list or tuple.
    """

    def __init__(self, axis: Any = -1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if isinstance(axis, list | tuple):
            self.axis: Any = list(axis)
        elif isinstance(axis, int):
            self.axis = axis
        else:
            raise TypeError(
                "Invalid value for `axis` argument: expected an int or a list/tuple of ints. "
                f"Received: axis={axis}"
            )
        self.supports_masking = True

    def build(self, input_shape: Any) -> None:
        """Count the axes from the first.

        Raises:
            ValueError: if an axis is out of range or there twice.
        """
        self.axis = tf_utils.validate_axis(self.axis, input_shape)

    def call(self, inputs: Any) -> Any:
        """Return the input divided by its norm."""
        inputs = tf.cast(inputs, self.compute_dtype)
        return tf.linalg.l2_normalize(inputs, axis=self.axis)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the shape of the input."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that create an equal layer."""
        return super().get_config() | {"axis": self.axis}
