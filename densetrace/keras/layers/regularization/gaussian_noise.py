"""The layer `GaussianNoise`. Follows keras 2.14 layers/regularization/gaussian_noise.py."""

from typing import Any

import densetrace.tensorflow as tf
from densetrace.keras import backend
from densetrace.keras._exports import keras_export
from densetrace.keras.engine import base_layer
from densetrace.keras.utils import tf_utils


@keras_export("keras.layers.GaussianNoise")
class GaussianNoise(base_layer.BaseRandomLayer):
    """A layer that, in training, adds normally distributed numbers of mean 0: f[...] -> f[...].

    Follows keras 2.14 layers/regularization/gaussian_noise.py, GaussianNoise.

    Args:
        stddev: their standard deviation.
        seed: makes the numbers repeatable.
        **kwargs: the keyword arguments of `Layer`.
    """

    def __init__(self, stddev: Any, seed: Any = None, **kwargs: Any) -> None:
        super().__init__(seed=seed, **kwargs)
        self.supports_masking = True
        self.stddev = stddev
        self.seed = seed

    def call(self, inputs: Any, training: Any = None) -> Any:
        """Return the input, with noise added in training."""

        def noised() -> Any:
            return inputs + self._random_generator.random_normal(
                shape=tf.shape(inputs), mean=0.0, stddev=self.stddev, dtype=inputs.dtype
            )

        return backend.in_train_phase(noised, inputs, training=training)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that create an equal layer."""
        return super().get_config() | {"stddev": self.stddev, "seed": self.seed}

    @tf_utils.shape_type_conversion
    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the shape of the input."""
        return input_shape
