"""The layer `AdditiveAttention`. Follows keras 2.14 layers/attention/additive_attention.py."""

from typing import Any

import densetrace.tensorflow as tf
from densetrace.keras._exports import keras_export
from densetrace.keras.layers.attention.base_dense_attention import BaseDenseAttention
from densetrace.tensorflow.shapes import TensorShape
from densetrace.tensorflow.variables import Variable


@keras_export("keras.layers.AdditiveAttention")
class AdditiveAttention(BaseDenseAttention):
    """A layer in which each position of a query looks at the positions of a value, by the sum of
    scale * tanh(query + key): [f[batch, T, dim], f[batch, S, dim]] -> f[batch, T, dim].

    Follows keras 2.14 layers/attention/additive_attention.py, AdditiveAttention.

    Args:
        use_scale: whether a weight, f[dim], multiplies the terms of a score.
        **kwargs: `dropout`, `causal`, and the keyword arguments of `Layer`.
    """

    scale: Variable | None

    def __init__(self, use_scale: Any = True, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.use_scale = use_scale

    def build(self, input_shape: Any) -> None:
        """Create `scale` with `use_scale`, with the last size of the value."""
        v_shape = TensorShape(input_shape[1])
        dim = v_shape[-1]
        dim = tf.compat.dimension_value(dim)
        if self.use_scale:
            self.scale = self.add_weight(
                name="scale",
                shape=[dim],
                initializer="glorot_uniform",
                dtype=self.dtype,
                trainable=True,
            )
        else:
            self.scale = None
        super().build(input_shape)

    def _calculate_scores(self, query: Any, key: Any) -> Any:
        """Return how well each query fits each key, f[batch, T, S]."""
        q_reshaped = tf.expand_dims(query, axis=-2)
        k_reshaped = tf.expand_dims(key, axis=-3)
        scale = self.scale if self.use_scale else 1.0
        return tf.reduce_sum(scale * tf.tanh(q_reshaped + k_reshaped), axis=-1)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that create an equal layer."""
        return super().get_config() | {"use_scale": self.use_scale}
