"""The layer `Attention`. Follows keras 2.14 layers/attention/attention.py."""

from typing import Any

import densetrace.tensorflow as tf
from densetrace.keras._exports import keras_export
from densetrace.keras.layers.attention.base_dense_attention import BaseDenseAttention
from densetrace.tensorflow.variables import Variable


@keras_export("keras.layers.Attention")
class Attention(BaseDenseAttention):
    """A layer in which each position of a query looks at the positions of a value whose keys are
    similar to it, by dot product: [f[batch, T, dim], f[batch, S, dim]] -> f[batch, T, dim].

    Follows keras 2.14 layers/attention/attention.py, Attention.

    Args:
        use_scale: whether a weight multiplies the scores.
        score_mode: "dot", or "concat" for the sum of tanh(query + key) along the features.
        **kwargs: `dropout`, `causal`, and the keyword arguments of `Layer`.

    Raises:
        ValueError: if `score_mode` is unknown.
    """

    scale: Variable | None
    concat_score_weight: Variable | None

    def __init__(self, use_scale: Any = False, score_mode: Any = "dot", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.use_scale = use_scale
        self.score_mode = score_mode
        if self.score_mode not in ["dot", "concat"]:
            raise ValueError(
                f'Received: score_mode={score_mode}. Acceptable values are: ["dot", "concat"]'
            )

    def build(self, input_shape: Any) -> None:
        """Create `scale` with `use_scale`, and `concat_score_weight` for "concat": scalars."""
        if self.use_scale:
            self.scale = self.add_weight(
                name="scale", shape=(), initializer="ones", dtype=self.dtype, trainable=True
            )
        else:
            self.scale = None
        if self.score_mode == "concat":
            self.concat_score_weight = self.add_weight(
                name="concat_score_weight",
                shape=(),
                initializer="ones",
                dtype=self.dtype,
                trainable=True,
            )
        else:
            self.concat_score_weight = None
        super().build(input_shape)

    def _calculate_scores(self, query: Any, key: Any) -> Any:
        """Return how well each query fits each key, f[batch, T, S]."""
        if self.score_mode == "dot":
            scores = tf.matmul(query, key, transpose_b=True)
            if self.scale is not None:
                scores *= self.scale
        elif self.score_mode == "concat":
            q_reshaped = tf.expand_dims(query, axis=-2)
            k_reshaped = tf.expand_dims(key, axis=-3)
            if self.scale is not None:
                scores = self.concat_score_weight * tf.reduce_sum(
                    tf.tanh(self.scale * (q_reshaped + k_reshaped)), axis=-1
                )
            else:
                scores = self.concat_score_weight * tf.reduce_sum(
                    tf.tanh(q_reshaped + k_reshaped), axis=-1
                )
        return scores

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that create an equal layer."""
        return super().get_config() | {
            "use_scale": self.use_scale,
            "score_mode": self.score_mode,
        }
