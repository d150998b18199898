"""Conversions that the layers for preparing data share.

Follows keras 2.14 layers/preprocessing/preprocessing_utils.py.
"""

from typing import Any

import densetrace.tensorflow as tf


def ensure_tensor(inputs: Any, dtype: Any = None) -> Any:
    """Return `inputs` as a tensor, cast to `dtype` if one is given."""
    if not tf.is_tensor(inputs):
        inputs = tf.convert_to_tensor(inputs, dtype)
    if dtype is not None and inputs.dtype != dtype:
        inputs = tf.cast(inputs, dtype)
    return inputs
