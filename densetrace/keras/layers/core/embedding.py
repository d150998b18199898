"""The layer `Embedding`, a table of vectors. Follows keras 2.14 layers/core/embedding.py."""

from typing import Any

import densetrace.tensorflow as tf
from densetrace.keras import backend, constraints, initializers, regularizers
from densetrace.keras._exports import keras_export
from densetrace.keras.dtensor import utils
from densetrace.keras.engine.base_layer import Layer
from densetrace.keras.utils import tf_utils
from densetrace.tensorflow.variables import Variable


@keras_export("keras.layers.Embedding")
class Embedding(Layer):
    """A layer that looks up a row of its weight for each number: i[batch, ...] ->
    f[batch, ..., output_dim].

    Follows keras 2.14 layers/core/embedding.py, Embedding.

    Args:
        input_dim: the number of rows: the largest number in the input is `input_dim` - 1.
        output_dim: the length of a row.
        embeddings_initializer: computes the first rows, f32[input_dim, output_dim].
        embeddings_regularizer: a penalty on the rows.
        activity_regularizer: a penalty on the output.
        embeddings_constraint: applied to the rows after a training step.
        mask_zero: whether 0 is padding, which later layers skip.
        input_length: the length of the sequences, if it is always the same.
        sparse: must be False.
        **kwargs: `embeddings_layout`, and the keyword arguments of `Layer`.

    Raises:
        ValueError: if a size is not positive.
        NotImplementedError: if `sparse` is true.
    """

    embeddings: Variable

    @utils.allow_initializer_layout
    def __init__(
        self,
        input_dim: Any,
        output_dim: Any,
        embeddings_initializer: Any = "uniform",
        embeddings_regularizer: Any = None,
        activity_regularizer: Any = None,
        embeddings_constraint: Any = None,
        mask_zero: Any = False,
        input_length: Any = None,
        sparse: Any = False,
        **kwargs: Any,
    ) -> None:
        if "input_shape" not in kwargs:
            kwargs["input_shape"] = (input_length,) if input_length else (None,)
        if input_dim <= 0 or output_dim <= 0:
            raise ValueError(
                "Both `input_dim` and `output_dim` should be positive, Received input_dim = "
                f"{input_dim} and output_dim = {output_dim}"
            )
        kwargs["autocast"] = False
        use_one_hot_matmul = kwargs.pop("use_one_hot_matmul", False)
        super().__init__(**kwargs)
        self.input_dim = input_dim
        self.output_dim = output_dim
        self.embeddings_initializer = initializers.get(embeddings_initializer)
        self.embeddings_regularizer = regularizers.get(embeddings_regularizer)
        self.activity_regularizer = regularizers.get(activity_regularizer)
        self.embeddings_constraint = constraints.get(embeddings_constraint)
        self.mask_zero = mask_zero
        self.supports_masking = mask_zero
        self.input_length = input_length
        self.sparse = sparse
        if self.sparse and self.mask_zero:
            raise ValueError(
                "`mask_zero` cannot be enabled when `tf.keras.layers.Embedding` is used with "
                "`tf.SparseTensor` input."
            )
        # DEPARTS: Keras also returns sparse tensors. Here there are only dense tensors.
        if self.sparse:
            raise NotImplementedError(
                "densetrace does not support sparse tensors. Leave out `sparse=True`: the numbers "
                "are the same."
            )
        self._use_one_hot_matmul = use_one_hot_matmul

    @tf_utils.shape_type_conversion
    def build(self, input_shape: Any = None) -> None:
        """Create the table, f32[input_dim, output_dim]."""
        self.embeddings = self.add_weight(
            shape=(self.input_dim, self.output_dim),
            initializer=self.embeddings_initializer,
            name="embeddings",
            regularizer=self.embeddings_regularizer,
            constraint=self.embeddings_constraint,
            experimental_autocast=False,
        )
        self.built = True

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Return which numbers are not 0, with `mask_zero`; otherwise None."""
        return tf.not_equal(inputs, 0) if self.mask_zero else None

    @tf_utils.shape_type_conversion
    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the shape of the input with `output_dim` added.

        Raises:
            ValueError: if it does not fit `input_length`.
        """
        if self.input_length is None:
            return (*input_shape, self.output_dim)
        lengths = self.input_length
        lengths = list(lengths) if isinstance(lengths, list | tuple) else [lengths]
        given = input_shape[1:]
        if len(lengths) != len(given) or any(
            None not in pair and pair[0] != pair[1] for pair in zip(lengths, given, strict=True)
        ):
            raise ValueError(
                f'"input_length" is {self.input_length}, but received input has shape {input_shape}'
            )
        known = [
            size if length is None else length for length, size in zip(lengths, given, strict=True)
        ]
        return (input_shape[0], *known, self.output_dim)

    def call(self, inputs: Any) -> Any:
        """Return the row of the table for each number."""
        if backend.dtype(inputs) not in ("int32", "int64"):
            inputs = tf.cast(inputs, "int32")
        if self._use_one_hot_matmul:
            one_hot = tf.one_hot(inputs, depth=self.input_dim, dtype=self.dtype)
            out = tf.matmul(one_hot, self.embeddings)
        else:
            out = tf.nn.embedding_lookup(self.embeddings, inputs)
        if self._dtype_policy.compute_dtype != self._dtype_policy.variable_dtype:
            out = tf.cast(out, self._dtype_policy.compute_dtype)
        return out

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that create an equal layer."""
        return super().get_config() | {
            "input_dim": self.input_dim,
            "output_dim": self.output_dim,
            "embeddings_initializer": initializers.serialize(self.embeddings_initializer),
            "embeddings_regularizer": regularizers.serialize(self.embeddings_regularizer),
            "activity_regularizer": regularizers.serialize(self.activity_regularizer),
            "embeddings_constraint": constraints.serialize(self.embeddings_constraint),
            "mask_zero": self.mask_zero,
            "input_length": self.input_length,
        }
