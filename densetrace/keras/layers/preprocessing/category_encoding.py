"""The layer `CategoryEncoding`. Follows keras 2.14 layers/preprocessing/category_encoding.py."""

from typing import Any

import densetrace.tensorflow as tf
from densetrace.keras import backend
from densetrace.keras._exports import keras_export
from densetrace.keras.engine import base_layer
from densetrace.keras.layers.preprocessing import preprocessing_utils as utils
from densetrace.keras.utils import layer_utils
from densetrace.recording.warn import log_warning
from densetrace.tensorflow.shapes import TensorShape, TensorSpec

ONE_HOT = utils.ONE_HOT
MULTI_HOT = utils.MULTI_HOT
COUNT = utils.COUNT


@keras_export(
    "keras.layers.CategoryEncoding", "keras.layers.experimental.preprocessing.CategoryEncoding"
)
class CategoryEncoding(base_layer.Layer):
    """A layer that turns whole numbers into vectors with a place for each number: i[batch, n] ->
    f[batch, num_tokens].

    Follows keras 2.14 layers/preprocessing/category_encoding.py, CategoryEncoding.

    Args:
        num_tokens: the size of a vector: numbers are from 0 to `num_tokens` - 1.
        output_mode: `one_hot` for a vector of each number, with a 1 at its place; `multi_hot` for a
            vector of each sample, with a 1 at the place of each of its numbers; `count` for how
            often each number is there.
        sparse: must be False.
        **kwargs: `max_tokens`, the old name of `num_tokens`; the keyword arguments of `Layer`.

    Raises:
        ValueError: if `num_tokens` is None or below 1, or `output_mode` unknown.
        NotImplementedError: if `sparse` is true.
    """

    def __init__(
        self,
        num_tokens: Any = None,
        output_mode: Any = "multi_hot",
        sparse: Any = False,
        **kwargs: Any,
    ) -> None:
        if "max_tokens" in kwargs:
            log_warning("`max_tokens` is deprecated: write `num_tokens` instead.")
            num_tokens = kwargs["max_tokens"]
            del kwargs["max_tokens"]
        if "dtype" not in kwargs:
            kwargs["dtype"] = backend.floatx()
        super().__init__(**kwargs)
        if output_mode == "binary":
            output_mode = MULTI_HOT
        layer_utils.validate_string_arg(
            output_mode,
            allowable_strings=(COUNT, ONE_HOT, MULTI_HOT),
            layer_name="CategoryEncoding",
            arg_name="output_mode",
        )
        if num_tokens is None:
            raise ValueError(
                "num_tokens must be set to use this layer. If the number of tokens is not known "
                "beforehand, use the IntegerLookup layer instead."
            )
        if num_tokens < 1:
            raise ValueError(f"`num_tokens` must be >= 1. Received: num_tokens={num_tokens}.")
        self.num_tokens = num_tokens
        self.output_mode = output_mode
        self.sparse = sparse
        # DEPARTS: Keras also returns sparse tensors. Here there are only dense tensors.
        if self.sparse:
            raise NotImplementedError(
                "densetrace does not support sparse tensors. Leave out `sparse=True`: the numbers "
                "are the same."
            )

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """Return the shape of the vectors."""
        input_shape = list(input_shape)
        if not input_shape:
            return TensorShape([self.num_tokens])
        if self.output_mode == ONE_HOT and input_shape[-1] != 1:
            return TensorShape([*input_shape, self.num_tokens])
        return TensorShape([*input_shape[:-1], self.num_tokens])

    def compute_output_signature(self, input_spec: Any) -> TensorSpec:
        """Return shape and dtype of the vectors, as whole numbers."""
        output_shape = self.compute_output_shape(input_spec.shape.as_list())
        return TensorSpec(shape=output_shape, dtype=tf.int64)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that create an equal layer."""
        return super().get_config() | {
            "num_tokens": self.num_tokens,
            "output_mode": self.output_mode,
            "sparse": self.sparse,
        }

    def call(self, inputs: Any, count_weights: Any = None) -> Any:
        """Return the vectors.

        Args:
            inputs: i[n] or i[batch, n].
            count_weights: how much each number counts, for `count`.

        Raises:
            InvalidArgumentError: if a number is out of range.
            ValueError: if there are weights for another mode, or the output would have more than
                two axes.
        """
        inputs = utils.ensure_tensor(inputs)
        if count_weights is not None:
            if self.output_mode != COUNT:
                raise ValueError(
                    "`count_weights` is not used when `output_mode` is not `'count'`. Received "
                    "`count_weights={count_weights}`."
                )
            count_weights = utils.ensure_tensor(count_weights, self.compute_dtype)
        depth = self.num_tokens
        max_value = tf.reduce_max(inputs)
        min_value = tf.reduce_min(inputs)
        condition = tf.logical_and(
            tf.greater(tf.cast(depth, max_value.dtype), max_value),
            tf.greater_equal(min_value, tf.cast(0, min_value.dtype)),
        )
        assertion = tf.Assert(
            condition,
            [f"Input values must be in the range 0 <= values < num_tokens with num_tokens={depth}"],
        )
        with tf.control_dependencies([assertion]):
            return utils.encode_categorical_inputs(
                inputs,
                output_mode=self.output_mode,
                depth=depth,
                dtype=self.compute_dtype,
                count_weights=count_weights,
            )
