"""Conversions that the layers for preparing data share.

Follows keras 2.14 layers/preprocessing/preprocessing_utils.py.
"""

from typing import Any

import numpy as np

import densetrace.tensorflow as tf
from densetrace.tensorflow.shapes import TensorShape

ONE_HOT = "one_hot"
MULTI_HOT = "multi_hot"
COUNT = "count"


def ensure_tensor(inputs: Any, dtype: Any = None) -> Any:
    """Return `inputs` as a tensor, cast to `dtype` if one is given."""
    if not tf.is_tensor(inputs):
        inputs = tf.convert_to_tensor(inputs, dtype)
    if dtype is not None and inputs.dtype != dtype:
        inputs = tf.cast(inputs, dtype)
    return inputs


def listify_tensors(x: Any) -> Any:
    """Return a tensor or an array as a list, for a config; anything else unchanged."""
    if tf.is_tensor(x):
        x = x.numpy()
    if isinstance(x, np.ndarray):
        x = x.tolist()
    return x


def dense_bincount(
    inputs: Any, depth: Any, binary_output: Any, dtype: Any, count_weights: Any = None
) -> Any:
    """Return how often each number is in each row, or whether it is."""
    result = tf.math.bincount(
        inputs,
        weights=count_weights,
        minlength=depth,
        maxlength=depth,
        dtype=dtype,
        axis=-1,
        binary_output=binary_output,
    )
    if inputs.shape.rank == 1:
        result.set_shape(TensorShape((depth,)))
    else:
        batch_size = inputs.shape.as_list()[0]
        result.set_shape(TensorShape((batch_size, depth)))
    return result


# DEPARTS: Keras's function also returns sparse tensors, the numbers themselves, and counts weighted
# for TF-IDF, which other layers need.
def encode_categorical_inputs(
    inputs: Any,
    output_mode: Any,
    depth: Any,
    dtype: Any = "float32",
    count_weights: Any = None,
) -> Any:
    """Return whole numbers as vectors, as `output_mode` of `CategoryEncoding` says.

    Raises:
        ValueError: if the output would have more than two axes.
    """
    original_shape = inputs.shape
    if inputs.shape.rank == 0:
        inputs = tf.expand_dims(inputs, -1)
    if output_mode == ONE_HOT and inputs.shape[-1] != 1:
        inputs = tf.expand_dims(inputs, -1)
    if inputs.shape.rank > 2:
        raise ValueError(
            "When output_mode is not `'int'`, maximum supported output rank is 2. Received "
            f"output_mode {output_mode} and input shape {original_shape}, which would result in "
            f"output rank {inputs.shape.rank}."
        )
    binary_output = output_mode in (MULTI_HOT, ONE_HOT)
    return dense_bincount(inputs, depth, binary_output, dtype, count_weights)
