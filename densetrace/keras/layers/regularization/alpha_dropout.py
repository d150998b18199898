"""The layer `AlphaDropout`. Follows keras 2.14 layers/regularization/alpha_dropout.py."""

from typing import Any, Final

import densetrace.tensorflow as tf
from densetrace.keras import backend
from densetrace.keras._exports import keras_export
from densetrace.keras.engine import base_layer
from densetrace.keras.utils import tf_utils

_LOWEST_SELU: Final = -1.6732632423543772 * 1.0507009873554805
"""What `selu` tends to for large negative numbers."""


@keras_export("keras.layers.AlphaDropout")
class AlphaDropout(base_layer.BaseRandomLayer):
    """A layer that, in training, sets elements to the lowest value of `selu`, then scales and
    shifts all so that mean and variance stay: f[...] -> f[...].

    Follows keras 2.14 layers/regularization/alpha_dropout.py, AlphaDropout.

    Args:
        rate: the probability that an element is replaced; outside (0, 1), the output is the input.
        noise_shape: the shape of the mask, which broadcasts to the input.
        seed: makes the masks repeatable.
        **kwargs: the keyword arguments of `Layer`.
    """

    def __init__(self, rate: Any, noise_shape: Any = None, seed: Any = None, **kwargs: Any) -> None:
        super().__init__(seed=seed, **kwargs)
        self.rate = rate
        self.noise_shape = noise_shape
        self.seed = seed
        self.supports_masking = True

    def _get_noise_shape(self, inputs: Any) -> Any:
        return self.noise_shape if self.noise_shape else tf.shape(inputs)

    def call(self, inputs: Any, training: Any = None) -> Any:
        """Return the input, with a part of its elements replaced in training."""
        rate = self.rate
        if not 0.0 < rate < 1.0:
            return inputs
        noise_shape = self._get_noise_shape(inputs)

        def dropped_inputs() -> Any:
            drawn = self._random_generator.random_uniform(noise_shape)
            kept = tf.cast(tf.greater_equal(drawn, rate), inputs.dtype)
            factor = ((1 - rate) * (1 + rate * _LOWEST_SELU**2)) ** -0.5
            shift = -factor * _LOWEST_SELU * rate
            return factor * (inputs * kept + _LOWEST_SELU * (1 - kept)) + shift

        return backend.in_train_phase(dropped_inputs, inputs, training=training)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that create an equal layer."""
        return super().get_config() | {"rate": self.rate, "seed": self.seed}

    @tf_utils.shape_type_conversion
    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the shape of the input."""
        return input_shape
