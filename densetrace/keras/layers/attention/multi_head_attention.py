"""The layer `MultiHeadAttention`. Follows keras 2.14 layers/attention/multi_head_attention.py."""

import collections.abc
import math
import string
from typing import Any, Final

import numpy as np

import densetrace.tensorflow as tf
from densetrace.keras import constraints, initializers, regularizers
from densetrace.keras._exports import keras_export
from densetrace.keras.engine.base_layer import Layer
from densetrace.keras.layers import activation
from densetrace.keras.layers.core.einsum_dense import EinsumDense
from densetrace.keras.layers.regularization.dropout import Dropout
from densetrace.recording.warn import log_warning
from densetrace.tensorflow.scopes import init_scope
from densetrace.tensorflow.shapes import TensorShape

_CHR_IDX: Final = string.ascii_lowercase


def _build_attention_equation(rank: int, attn_axes: tuple[int, ...]) -> tuple[str, str, int]:
    """Return the equations of the scores and of the weighted values, and the rank of the scores.

    Follows keras 2.14 layers/attention/multi_head_attention.py, _build_attention_equation.

    Args:
        rank: the rank of the projected inputs, [batch, ..., heads, size]. For 4 and axis 1 the
            equations are `aecd,abcd->acbe` and `acbe,aecd->abcd`.
        attn_axes: the axes along which positions attend to each other.
    """
    target_notation = _CHR_IDX[:rank]
    batch_dims = tuple(np.delete(range(rank), (*attn_axes, rank - 1)))
    # An axis of attention is twice in the scores, so the keys have a letter of their own for it.
    letter_offset = rank
    source_notation = ""
    for axis in range(rank):
        if axis in batch_dims or axis == rank - 1:
            source_notation += target_notation[axis]
        else:
            source_notation += _CHR_IDX[letter_offset]
            letter_offset += 1
    product_notation = "".join(
        [target_notation[axis] for axis in batch_dims]
        + [target_notation[axis] for axis in attn_axes]
        + [source_notation[axis] for axis in attn_axes]
    )
    dot_product_equation = f"{source_notation},{target_notation}->{product_notation}"
    combine_equation = f"{product_notation},{source_notation}->{target_notation}"
    return dot_product_equation, combine_equation, len(product_notation)


def _build_proj_equation(free_dims: int, bound_dims: int, output_dims: int) -> tuple[str, str, int]:
    """Return the equation of a projection, the axes of its bias and the rank of its output.

    Follows keras 2.14 layers/attention/multi_head_attention.py, _build_proj_equation.

    Args:
        free_dims: the number of axes that stay.
        bound_dims: the number of axes that the kernel replaces.
        output_dims: the number of axes that it puts in their place: `abc,cde->abde` for 2, 1 and 2.
    """
    free = _CHR_IDX[:free_dims]
    bound = _CHR_IDX[free_dims : free_dims + bound_dims]
    made = _CHR_IDX[free_dims + bound_dims : free_dims + bound_dims + output_dims]
    return f"{free}{bound},{bound}{made}->{free}{made}", made, len(free) + len(made)


def _get_output_shape(output_rank: int, known_last_dims: Any) -> list[Any]:
    """Return a shape of this rank whose last sizes are known.

    Follows keras 2.14 layers/attention/multi_head_attention.py, _get_output_shape.
    """
    return [None] * (output_rank - len(known_last_dims)) + list(known_last_dims)


@keras_export("keras.layers.MultiHeadAttention")
class MultiHeadAttention(Layer):
    """A layer in which each position of a query looks at all positions of a value, with several
    heads side by side: f[batch, T, dim], f[batch, S, dim] -> f[batch, T, dim].

    For each head, with projections of query, key and value:

        scores = softmax(query @ transpose(key) / sqrt(key_dim))
        output = scores @ value

    The outputs of all heads are projected to the size of the query. The inner layers are created
    on the first call.

    Follows keras 2.14 layers/attention/multi_head_attention.py, MultiHeadAttention.

    Args:
        num_heads: the number of heads.
        key_dim: the size of a projected query and key of one head.
        value_dim: the size of a projected value of one head; `key_dim` if None.
        dropout: the part of the scores that is set to 0 in training.
        use_bias: whether the projections have a bias.
        output_shape: the last sizes of the output; that of the query if None.
        attention_axes: the axes along which positions look at each other; if None, all but the
            batch, the heads and the features.
        kernel_initializer, bias_initializer: compute the first weights of the projections.
        kernel_regularizer, bias_regularizer, activity_regularizer: penalties on the weights and
            on the output.
        kernel_constraint, bias_constraint: applied to the weights after a training step.
        **kwargs: the keyword arguments of `Layer`.

    Raises:
        ValueError: if a name is unknown.
    """

    _query_dense: EinsumDense
    _key_dense: EinsumDense
    _value_dense: EinsumDense
    _output_dense: EinsumDense
    _softmax: activation.Softmax
    _dropout_layer: Dropout
    _dot_product_equation: str
    _combine_equation: str

    def __init__(
        self,
        num_heads: Any,
        key_dim: Any,
        value_dim: Any = None,
        dropout: Any = 0.0,
        use_bias: Any = True,
        output_shape: Any = None,
        attention_axes: Any = None,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.supports_masking = True
        self._num_heads = num_heads
        self._key_dim = key_dim
        self._value_dim = value_dim if value_dim else key_dim
        self._dropout = dropout
        self._use_bias = use_bias
        self._output_shape = output_shape
        self._kernel_initializer = initializers.get(kernel_initializer)
        self._bias_initializer = initializers.get(bias_initializer)
        self._kernel_regularizer = regularizers.get(kernel_regularizer)
        self._bias_regularizer = regularizers.get(bias_regularizer)
        self._activity_regularizer = regularizers.get(activity_regularizer)
        self._kernel_constraint = constraints.get(kernel_constraint)
        self._bias_constraint = constraints.get(bias_constraint)
        if attention_axes is not None and not isinstance(attention_axes, collections.abc.Sized):
            self._attention_axes: Any = (attention_axes,)
        else:
            self._attention_axes = attention_axes
        self._built_from_signature = False
        self._query_shape: Any = None
        self._key_shape: Any = None
        self._value_shape: Any = None

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that create an equal layer, and the shapes that built it."""
        return super().get_config() | {
            "num_heads": self._num_heads,
            "key_dim": self._key_dim,
            "value_dim": self._value_dim,
            "dropout": self._dropout,
            "use_bias": self._use_bias,
            "output_shape": self._output_shape,
            "attention_axes": self._attention_axes,
            "kernel_initializer": initializers.serialize(self._kernel_initializer),
            "bias_initializer": initializers.serialize(self._bias_initializer),
            "kernel_regularizer": regularizers.serialize(self._kernel_regularizer),
            "bias_regularizer": regularizers.serialize(self._bias_regularizer),
            "activity_regularizer": regularizers.serialize(self._activity_regularizer),
            "kernel_constraint": constraints.serialize(self._kernel_constraint),
            "bias_constraint": constraints.serialize(self._bias_constraint),
            "query_shape": self._query_shape,
            "key_shape": self._key_shape,
            "value_shape": self._value_shape,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """Create the layer, and its inner layers if the config has the shapes for them.

        Raises:
            KeyError: if the config has no `query_shape`, `key_shape` or `value_shape`.
        """
        query_shape = config.pop("query_shape")
        key_shape = config.pop("key_shape")
        value_shape = config.pop("value_shape")
        layer = cls(**config)
        if None in [query_shape, key_shape, value_shape]:
            log_warning(
                "The config does not have the shapes of query, key and value, since the layer was "
                f"never called: {cls} is created without weights."
            )
        else:
            layer._build_from_signature(query_shape, value_shape, key_shape)
        return layer

    def _build_from_signature(self, query: Any, value: Any, key: Any = None) -> None:
        """Create the inner layers for inputs of these shapes. Each may be a tensor or a shape."""
        self._built_from_signature = True
        self._query_shape = TensorShape(getattr(query, "shape", query))
        self._value_shape = TensorShape(getattr(value, "shape", value))
        if key is None:
            self._key_shape = self._value_shape
        else:
            self._key_shape = TensorShape(getattr(key, "shape", key))

        with init_scope():
            free_dims = self._query_shape.rank - 1
            einsum_equation, bias_axes, output_rank = _build_proj_equation(
                free_dims, bound_dims=1, output_dims=2
            )
            self._query_dense = EinsumDense(
                einsum_equation,
                output_shape=_get_output_shape(output_rank - 1, [self._num_heads, self._key_dim]),
                bias_axes=bias_axes if self._use_bias else None,
                name="query",
                **self._get_common_kwargs_for_sublayer(),
            )
            einsum_equation, bias_axes, output_rank = _build_proj_equation(
                self._key_shape.rank - 1, bound_dims=1, output_dims=2
            )
            self._key_dense = EinsumDense(
                einsum_equation,
                output_shape=_get_output_shape(output_rank - 1, [self._num_heads, self._key_dim]),
                bias_axes=bias_axes if self._use_bias else None,
                name="key",
                **self._get_common_kwargs_for_sublayer(),
            )
            einsum_equation, bias_axes, output_rank = _build_proj_equation(
                self._value_shape.rank - 1, bound_dims=1, output_dims=2
            )
            self._value_dense = EinsumDense(
                einsum_equation,
                output_shape=_get_output_shape(output_rank - 1, [self._num_heads, self._value_dim]),
                bias_axes=bias_axes if self._use_bias else None,
                name="value",
                **self._get_common_kwargs_for_sublayer(),
            )
            self._build_attention(output_rank)
            self._output_dense = self._make_output_dense(
                free_dims, self._get_common_kwargs_for_sublayer(), "attention_output"
            )

    def _get_common_kwargs_for_sublayer(self) -> dict[str, Any]:
        """Return the arguments that all projections share. Each has its own initializers: one with
        a seed would give all of them the same numbers."""
        common_kwargs = {
            "kernel_regularizer": self._kernel_regularizer,
            "bias_regularizer": self._bias_regularizer,
            "activity_regularizer": self._activity_regularizer,
            "kernel_constraint": self._kernel_constraint,
            "bias_constraint": self._bias_constraint,
            "dtype": self._dtype_policy,
        }
        kernel_initializer = type(self._kernel_initializer).from_config(
            self._kernel_initializer.get_config()
        )
        bias_initializer = type(self._bias_initializer).from_config(
            self._bias_initializer.get_config()
        )
        return common_kwargs | {
            "kernel_initializer": kernel_initializer,
            "bias_initializer": bias_initializer,
        }

    def _make_output_dense(
        self, free_dims: int, common_kwargs: dict[str, Any], name: str | None = None
    ) -> Any:
        """Create the projection of all heads to the output."""
        if not self._output_shape:
            output_shape = [self._query_shape[-1]]
        elif isinstance(self._output_shape, collections.abc.Sized):
            output_shape = self._output_shape  # type: ignore[assignment] # any sequence of sizes
        else:
            output_shape = [self._output_shape]
        einsum_equation, bias_axes, output_rank = _build_proj_equation(
            free_dims, bound_dims=2, output_dims=len(output_shape)
        )
        return EinsumDense(
            einsum_equation,
            output_shape=_get_output_shape(output_rank - 1, output_shape),
            bias_axes=bias_axes if self._use_bias else None,
            name=name,
            **common_kwargs,
        )

    def _build_attention(self, rank: int) -> None:
        """Create what `_compute_attention` needs, for projected inputs of this rank.

        A subclass that computes attention in another way overrides both.
        """
        if self._attention_axes is None:
            self._attention_axes = tuple(range(1, rank - 2))
        else:
            self._attention_axes = tuple(self._attention_axes)
        (
            self._dot_product_equation,
            self._combine_equation,
            attn_scores_rank,
        ) = _build_attention_equation(rank, attn_axes=self._attention_axes)
        norm_axes = tuple(range(attn_scores_rank - len(self._attention_axes), attn_scores_rank))
        self._softmax = activation.Softmax(axis=norm_axes, dtype=self._dtype_policy)
        self._dropout_layer = Dropout(rate=self._dropout, dtype=self._dtype_policy)

    def _masked_softmax(self, attention_scores: Any, attention_mask: Any = None) -> Any:
        """Return the softmax of the scores, f[batch, heads, T, S]; the mask gets an axis for the
        heads."""
        if attention_mask is not None:
            mask_expansion_axis = -len(self._attention_axes) * 2 - 1
            for _ in range(len(attention_scores.shape) - len(attention_mask.shape)):
                attention_mask = tf.expand_dims(attention_mask, axis=mask_expansion_axis)
        return self._softmax(attention_scores, attention_mask)

    def _compute_attention(
        self, query: Any, key: Any, value: Any, attention_mask: Any = None, training: Any = None
    ) -> Any:
        """Return the weighted values, f[batch, T, heads, value_dim], and the scores, f[batch,
        heads, T, S].

        Args:
            query, key, value: the projected inputs, such as f[batch, T, heads, key_dim].
            attention_mask: which positions may look at which.
            training: whether scores are dropped.
        """
        query = tf.multiply(query, 1.0 / math.sqrt(float(self._key_dim)))
        attention_scores = tf.einsum(self._dot_product_equation, key, query)
        attention_scores = self._masked_softmax(attention_scores, attention_mask)
        # Dropping scores hides whole positions. The scores are returned without it.
        attention_scores_dropout = self._dropout_layer(attention_scores, training=training)
        attention_output = tf.einsum(self._combine_equation, attention_scores_dropout, value)
        return attention_output, attention_scores

    def call(
        self,
        query: Any,
        value: Any,
        key: Any = None,
        attention_mask: Any = None,
        return_attention_scores: Any = False,
        training: Any = None,
        use_causal_mask: Any = False,
    ) -> Any:
        """Return the attention of the query to the value, and the scores if asked for.

        Args:
            query: f[batch, T, dim].
            value: f[batch, S, dim].
            key: f[batch, S, dim]; the value if None.
            attention_mask: bool[batch, T, S], False where a position must not be looked at.
            return_attention_scores: whether to return (output, scores).
            training: whether scores are dropped.
            use_causal_mask: whether no position looks at later ones.
        """
        if not self._built_from_signature:
            self._build_from_signature(query=query, value=value, key=key)
        if key is None:
            key = value
        # DEPARTS: Keras also accepts ragged inputs. Here there are only dense tensors.
        attention_mask = self._compute_attention_mask(
            query,
            value,
            key=key,
            attention_mask=attention_mask,
            use_causal_mask=use_causal_mask,
        )
        query = self._query_dense(query)
        key = self._key_dense(key)
        value = self._value_dense(value)
        attention_output, attention_scores = self._compute_attention(
            query, key, value, attention_mask, training
        )
        attention_output = self._output_dense(attention_output)
        if return_attention_scores:
            return attention_output, attention_scores
        return attention_output

    def _compute_attention_mask(
        self,
        query: Any,
        value: Any,
        key: Any = None,
        attention_mask: Any = None,
        use_causal_mask: Any = False,
    ) -> Any:
        """Return `attention_mask` joined with the masks of the inputs and the causal mask, as
        bool[batch, T, S]; None if there is no mask."""
        query_mask = getattr(query, "_keras_mask", None)
        value_mask = getattr(value, "_keras_mask", None)
        key_mask = getattr(key, "_keras_mask", None)
        auto_mask = None
        if query_mask is not None:
            query_mask = tf.cast(query_mask, tf.bool)
            auto_mask = query_mask[:, :, tf.newaxis]
        if value_mask is not None:
            value_mask = tf.cast(value_mask, tf.bool)
            mask = value_mask[:, tf.newaxis, :]
            auto_mask = mask if auto_mask is None else auto_mask & mask
        if key_mask is not None:
            key_mask = tf.cast(key_mask, tf.bool)
            mask = key_mask[:, tf.newaxis, :]
            auto_mask = mask if auto_mask is None else auto_mask & mask
        if use_causal_mask:
            mask = self._compute_causal_mask(query, value)
            auto_mask = mask if auto_mask is None else auto_mask & mask
        if auto_mask is not None:
            attention_mask = (
                auto_mask if attention_mask is None else tf.cast(attention_mask, bool) & auto_mask
            )
        return attention_mask

    def _compute_causal_mask(self, query: Any, value: Any = None) -> Any:
        """Return bool[1, T, S], True on and below the diagonal: a position sees none after it."""
        q_seq_length = tf.shape(query)[1]
        v_seq_length = q_seq_length if value is None else tf.shape(value)[1]
        return tf.linalg.band_part(tf.ones((1, q_seq_length, v_seq_length), tf.bool), -1, 0)

    def compute_output_shape(  # type: ignore[override] # as in Keras
        self, query_shape: Any, value_shape: Any, key_shape: Any = None
    ) -> Any:
        """Return the shape of the output for inputs of these shapes.

        Raises:
            ValueError: if query and value have another last size, or value and key other sizes
                before it.
        """
        if key_shape is None:
            key_shape = value_shape
        query_shape = TensorShape(query_shape)
        value_shape = TensorShape(value_shape)
        key_shape = TensorShape(key_shape)
        if query_shape[-1] != value_shape[-1]:
            raise ValueError(
                "The last dimension of `query_shape` and `value_shape` must be equal, but are "
                f"{query_shape[-1]}, {value_shape[-1]}. "
                "Received: query_shape={query_shape}, value_shape={value_shape}"
            )
        if value_shape[1:-1] != key_shape[1:-1]:
            raise ValueError(
                "All dimensions of `value` and `key`, except the last one, must be equal. "
                f"Received {value_shape} and {key_shape}"
            )
        if self._output_shape:
            return query_shape[:-1].concatenate(self._output_shape)
        return query_shape
