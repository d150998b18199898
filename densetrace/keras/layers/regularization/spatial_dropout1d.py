"""The layer `SpatialDropout1D`. Follows keras 2.14 layers/regularization/spatial_dropout1d.py."""

from typing import Any

import densetrace.tensorflow as tf
from densetrace.keras._exports import keras_export
from densetrace.keras.engine.input_spec import InputSpec
from densetrace.keras.layers.regularization.dropout import Dropout


@keras_export("keras.layers.SpatialDropout1D")
class SpatialDropout1D(Dropout):
    """A layer that, in training, sets whole channels of a sequence to 0 with probability `rate` and
    divides the others by 1 - rate: f[batch, steps, channels] -> f[batch, steps, channels].

    Follows keras 2.14 layers/regularization/spatial_dropout1d.py, SpatialDropout1D.

    Args:
        rate: the probability that a channel becomes 0.
        **kwargs: the keyword arguments of `Dropout`.

    Raises:
        ValueError: if `rate` is a number outside [0, 1].
    """

    def __init__(self, rate: Any, **kwargs: Any) -> None:
        super().__init__(rate, **kwargs)
        self.input_spec = InputSpec(ndim=3)

    def _get_noise_shape(self, inputs: Any) -> Any:
        sizes = tf.shape(inputs)
        return (sizes[0], 1, sizes[2])
