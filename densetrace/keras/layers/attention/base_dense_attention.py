"""The base class of `Attention` and `AdditiveAttention`.

Follows keras 2.14 layers/attention/base_dense_attention.py.
"""

from typing import Any

import densetrace.tensorflow as tf
from densetrace.keras import backend
from densetrace.keras.engine import base_layer
from densetrace.keras.utils import control_flow_util
from densetrace.recording.warn import log_warning
from densetrace.system.real_home import of_keras
from densetrace.tensorflow.shapes import TensorShape


@of_keras
class BaseDenseAttention(base_layer.BaseRandomLayer):
    """A layer in which each position of a query looks at all positions of a value; a subclass
    computes the scores from query and key.

    Input: a list [query, value] or [query, value, key], f[batch, T, dim] and f[batch, S, dim].
    Output: f[batch, T, dim].

    Follows keras 2.14 layers/attention/base_dense_attention.py, BaseDenseAttention.

    Args:
        dropout: the part of the scores that is set to 0 in training.
        **kwargs: `causal`, the old way to write `use_causal_mask`; the keyword arguments of
            `Layer`.
    """

    def __init__(self, dropout: Any = 0.0, **kwargs: Any) -> None:
        if "causal" in kwargs:
            log_warning(
                "`causal` is deprecated: write `use_causal_mask=True` in the call of the layer.",
                "absl",
            )
        self.causal = kwargs.pop("causal", False)
        super().__init__(**kwargs)
        self.dropout = dropout
        self.supports_masking = True

    def build(self, input_shape: Any) -> None:
        """Choose the seed, if there is a dropout."""
        if self.dropout > 0:
            super().build(input_shape)
        self.built = True

    def _calculate_scores(self, query: Any, key: Any) -> Any:
        """Return the scores, f[batch, T, S]; subclasses override this."""
        return NotImplementedError

    def _apply_scores(
        self, scores: Any, value: Any, scores_mask: Any = None, training: Any = None
    ) -> Any:
        """Return the sums of the values, f[batch, T, dim], and their weights, f[batch, T, S].

        Args:
            scores: f[batch, T, S]; their softmax is the weights.
            value: f[batch, S, dim].
            scores_mask: bool[batch, 1 or T, S], False where a score does not count.
            training: whether weights are dropped.
        """
        if scores_mask is not None:
            padding_mask = tf.logical_not(scores_mask)
            # The largest number of float16 is 65504.
            if scores.dtype is tf.float16:
                scores -= 65504.0 * tf.cast(padding_mask, dtype=scores.dtype)
            else:
                scores -= 1.0e9 * tf.cast(padding_mask, dtype=scores.dtype)
        if training is None:
            training = backend.learning_phase()
        weights = tf.nn.softmax(scores)
        if self.dropout > 0:

            def dropped_weights() -> Any:
                return self._random_generator.dropout(weights, rate=self.dropout)

            weights = control_flow_util.smart_cond(
                training, dropped_weights, lambda: tf.identity(weights)
            )
        return tf.matmul(weights, value), weights

    def call(
        self,
        inputs: Any,
        mask: Any = None,
        training: Any = None,
        return_attention_scores: Any = False,
        use_causal_mask: Any = False,
    ) -> Any:
        """Return the attention of the query to the value, and the weights if asked for.

        Args:
            inputs: [query, value] or [query, value, key]; the key is the value if left out.
            mask: [bool[batch, T], bool[batch, S]]; each may be None. The output is 0 where that of
                the query is False, and a value counts only where its own is True.
            training: whether weights are dropped.
            return_attention_scores: whether to return (output, weights).
            use_causal_mask: whether no position looks at later ones.

        Raises:
            ValueError: if `inputs` is not a list of 2 or 3, or `mask` not a list of 2.
        """
        self._validate_call_args(inputs=inputs, mask=mask)
        q = inputs[0]
        v = inputs[1]
        k = inputs[2] if len(inputs) > 2 else v
        q_mask = mask[0] if mask else None
        v_mask = mask[1] if mask else None
        scores = self._calculate_scores(query=q, key=k)
        if v_mask is not None:
            v_mask = tf.expand_dims(v_mask, axis=-2)
        if self.causal or use_causal_mask:
            scores_shape = tf.shape(scores)
            causal_mask_shape = tf.concat(
                [tf.ones_like(scores_shape[:-2]), scores_shape[-2:]], axis=0
            )
            causal_mask = _lower_triangular_mask(causal_mask_shape)
        else:
            causal_mask = None
        scores_mask = _merge_masks(v_mask, causal_mask)
        result, attention_scores = self._apply_scores(
            scores=scores, value=v, scores_mask=scores_mask, training=training
        )
        if q_mask is not None:
            q_mask = tf.expand_dims(q_mask, axis=-1)
            result *= tf.cast(q_mask, dtype=result.dtype)
        if return_attention_scores:
            return result, attention_scores
        return result

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Return the mask of the query, if it has one."""
        self._validate_call_args(inputs=inputs, mask=mask)
        if mask:
            q_mask = mask[0]
            if q_mask is None:
                return None
            return tf.convert_to_tensor(q_mask)
        return None

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """Return the shape of the query."""
        return TensorShape(input_shape[0])

    def _validate_call_args(self, inputs: Any, mask: Any) -> None:
        """Refuse inputs and masks that are not lists of the right length.

        Raises:
            ValueError: if they are not.
        """
        class_name = type(self).__name__
        if not isinstance(inputs, list):
            raise ValueError(
                f"{class_name} layer must be called on a list of inputs, namely [query, value] "
                f"or [query, value, key]. Received: {inputs}."
            )
        if len(inputs) < 2 or len(inputs) > 3:
            raise ValueError(
                f"{class_name} layer accepts inputs list of length 2 or 3, namely [query, value] "
                f"or [query, value, key]. Received length: {len(inputs)}."
            )
        if mask:
            if not isinstance(mask, list):
                raise ValueError(
                    f"{class_name} layer mask must be a list, namely [query_mask, value_mask]. "
                    f"Received: {mask}."
                )
            if len(mask) < 2 or len(mask) > len(inputs):
                raise ValueError(
                    f"{class_name} layer mask must be a list of length 2, namely [query_mask, "
                    f"value_mask]. Received length: {len(mask)}."
                )

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that create an equal layer."""
        return super().get_config() | {"dropout": self.dropout}


def _lower_triangular_mask(shape: Any) -> Any:
    """Return bool[...], True on and below the diagonal of the last two axes."""
    row_index = tf.cumsum(tf.ones(shape=shape, dtype=tf.int32), axis=-2)
    col_index = tf.cumsum(tf.ones(shape=shape, dtype=tf.int32), axis=-1)
    return tf.greater_equal(row_index, col_index)


def _merge_masks(x: Any, y: Any) -> Any:
    """Return where both masks are True; a mask that is None does not count."""
    if x is None:
        return y
    if y is None:
        return x
    return tf.logical_and(x, y)
