"""The layer `SpatialDropout2D`. Follows keras 2.14 layers/regularization/spatial_dropout2d.py."""

from typing import Any

import densetrace.tensorflow as tf
from densetrace.keras import backend
from densetrace.keras._exports import keras_export
from densetrace.keras.engine.input_spec import InputSpec
from densetrace.keras.layers.regularization.dropout import Dropout


@keras_export("keras.layers.SpatialDropout2D")
class SpatialDropout2D(Dropout):
    """A layer that, in training, sets whole channels of images to 0 with probability `rate` and
    divides the others by 1 - rate: f[batch, rows, columns, channels] -> f[batch, rows, columns,
    channels].

    Follows keras 2.14 layers/regularization/spatial_dropout2d.py, SpatialDropout2D.

    Args:
        rate: the probability that a channel becomes 0.
        data_format: `channels_last` or `channels_first`; by default that of the backend.
        **kwargs: the keyword arguments of `Dropout`.

    Raises:
        ValueError: if `rate` is a number outside [0, 1], or `data_format` is unknown.
    """

    def __init__(self, rate: Any, data_format: Any = None, **kwargs: Any) -> None:
        super().__init__(rate, **kwargs)
        if data_format is None:
            data_format = backend.image_data_format()
        if data_format not in {"channels_last", "channels_first"}:
            raise ValueError(
                '`data_format` must be "channels_last" or "channels_first". '
                f"Received: data_format={data_format}."
            )
        self.data_format = data_format
        self.input_spec = InputSpec(ndim=4)

    def _get_noise_shape(self, inputs: Any) -> Any:
        sizes = tf.shape(inputs)
        if self.data_format == "channels_first":
            return (sizes[0], sizes[1], 1, 1)
        return (sizes[0], 1, 1, sizes[3])
