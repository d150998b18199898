"""The layer `Dropout`, which sets a random part of its input to 0 in training.

Follows keras 2.14 layers/regularization/dropout.py.
"""

import numbers
from typing import Any

import densetrace.tensorflow as tf
from densetrace.keras import backend
from densetrace.keras._exports import keras_export
from densetrace.keras.engine import base_layer
from densetrace.keras.utils import control_flow_util


@keras_export("keras.layers.Dropout")
class Dropout(base_layer.BaseRandomLayer):
    """A layer that, in training, sets elements to 0 with probability `rate` and divides the others
    by 1 - rate: f[...] -> f[...]. Otherwise the output is the input.

    Follows keras 2.14 layers/regularization/dropout.py, Dropout.

    Args:
        rate: the probability that an element becomes 0.
        noise_shape: the shape of the mask, which broadcasts to the input; None stands for a size of
            the input.
        seed: makes the masks repeatable.
        **kwargs: the keyword arguments of `Layer`.

    Raises:
        ValueError: if `rate` is a number outside [0, 1].
    """

    def __init__(self, rate: Any, noise_shape: Any = None, seed: Any = None, **kwargs: Any) -> None:
        super().__init__(seed=seed, **kwargs)
        if isinstance(rate, int | float) and not 0 <= rate <= 1:
            raise ValueError(
                f"Invalid value {rate} received for `rate`, expected a value between 0 and 1."
            )
        self.rate = rate
        self.noise_shape = noise_shape
        self.seed = seed
        self.supports_masking = True

    def _get_noise_shape(self, inputs: Any) -> Any:
        if self.noise_shape is None:
            return None
        sizes = tf.shape(inputs)
        return tf.convert_to_tensor(
            [sizes[at] if size is None else size for at, size in enumerate(self.noise_shape)]
        )

    def call(self, inputs: Any, training: Any = None) -> Any:
        """Return the input with a part of its elements set to 0, in training."""
        if isinstance(self.rate, numbers.Real) and self.rate == 0:
            return tf.identity(inputs)
        if training is None:
            training = backend.learning_phase()

        def dropped_inputs() -> Any:
            return self._random_generator.dropout(
                inputs, self.rate, noise_shape=self._get_noise_shape(inputs)
            )

        return control_flow_util.smart_cond(training, dropped_inputs, lambda: tf.identity(inputs))

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the shape of the input."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that create an equal layer."""
        return super().get_config() | {
            "rate": self.rate,
            "noise_shape": self.noise_shape,
            "seed": self.seed,
        }
