"""The layer `GaussianDropout`. Follows keras 2.14 layers/regularization/gaussian_dropout.py."""

from typing import Any

import numpy as np

import densetrace.tensorflow as tf
from densetrace.keras import backend
from densetrace.keras._exports import keras_export
from densetrace.keras.engine import base_layer
from densetrace.keras.utils import tf_utils


@keras_export("keras.layers.GaussianDropout")
class GaussianDropout(base_layer.BaseRandomLayer):
    """A layer that, in training, multiplies by normally distributed numbers of mean 1 and standard
    deviation sqrt(rate / (1 - rate)): f[...] -> f[...].

    Follows keras 2.14 layers/regularization/gaussian_dropout.py, GaussianDropout.

    Args:
        rate: a number in (0, 1); with any other, the output is the input.
        seed: makes the numbers repeatable.
        **kwargs: the keyword arguments of `Layer`.
    """

    def __init__(self, rate: Any, seed: Any = None, **kwargs: Any) -> None:
        super().__init__(seed=seed, **kwargs)
        self.supports_masking = True
        self.rate = rate
        self.seed = seed

    def call(self, inputs: Any, training: Any = None) -> Any:
        """Return the input, multiplied by random numbers in training."""
        if not 0 < self.rate < 1:
            return inputs

        def noised() -> Any:
            return inputs * self._random_generator.random_normal(
                shape=tf.shape(inputs),
                mean=1.0,
                stddev=np.sqrt(self.rate / (1.0 - self.rate)),
                dtype=inputs.dtype,
            )

        return backend.in_train_phase(noised, inputs, training=training)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that create an equal layer."""
        return super().get_config() | {"rate": self.rate, "seed": self.seed}

    @tf_utils.shape_type_conversion
    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the shape of the input."""
        return input_shape
