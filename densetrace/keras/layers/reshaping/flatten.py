"""The layer `Flatten`, which merges all axes but the first.

Follows keras 2.14 layers/reshaping/flatten.py.
"""

import math
from typing import Any

import densetrace.tensorflow as tf
from densetrace.keras._exports import keras_export
from densetrace.keras.engine.base_layer import Layer
from densetrace.keras.engine.input_spec import InputSpec
from densetrace.keras.utils import conv_utils
from densetrace.tensorflow.shapes import TensorShape


@keras_export("keras.layers.Flatten")
class Flatten(Layer):
    """A layer that merges all axes but the first: [batch, d0, .., dN] -> [batch, d0 * .. * dN].

    Follows keras 2.14 layers/reshaping/flatten.py, Flatten.

    Args:
        data_format: `channels_last` or `channels_first`: with the latter, the second axis comes
            last before the axes are merged. Keras's `image_data_format()` if None.
        **kwargs: the keyword arguments of `Layer`.

    Raises:
        ValueError: if the data format is unknown.
    """

    def __init__(self, data_format: Any = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.data_format = conv_utils.normalize_data_format(data_format)
        self.input_spec = InputSpec(min_ndim=1)
        self._channels_first = self.data_format == "channels_first"

    def call(self, inputs: Any) -> Any:
        """Return the input with all axes but the first merged."""
        if self._channels_first:
            rank = inputs.shape.rank
            if rank and rank > 1:
                inputs = tf.transpose(inputs, perm=[0, *range(2, rank), 1])
        if tf.executing_eagerly():
            return tf.reshape(inputs, tf.constant([inputs.shape[0], -1]))
        shape = inputs.shape
        if shape.rank == 1:
            return tf.expand_dims(inputs, axis=1)
        if shape.rank is not None and None not in tuple(shape[1:]):
            sizes = tf.constant([-1, math.prod(shape[1:])])
        elif shape.rank is not None and shape[0] is not None:
            sizes = tf.constant([int(shape[0]), -1])
        else:
            sizes = [tf.shape(inputs)[0], -1]
        return tf.reshape(inputs, sizes)

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """Return (batch, product of the other sizes)."""
        sizes = TensorShape(input_shape).as_list()
        # DEPARTS: For an empty shape Keras fails with an AttributeError. Here it is (1, 1), which
        # follows from the initial size.
        first = sizes[0] if sizes else 1
        others = sizes[1:]
        return TensorShape([first, math.prod(others) if all(others) else None])

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that create an equal layer."""
        return super().get_config() | {"data_format": self.data_format}
