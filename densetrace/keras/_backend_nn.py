"""The activation functions that Keras builds from TensorFlow's, with its own arguments and checks.

Both `activations` and the activation layers use them. Follows keras 2.14 backend.py.
"""

from typing import Any

import numpy as np

from densetrace.keras import _nn
from densetrace.keras._ops import (
    Result,
    check_kind,
    clip_by_value,
    operand,
    reduce_max,
    reduce_sum,
    symbolic_like,
)
from densetrace.keras._tensors import KerasTensor, as_value


def relu(x: Any, alpha: Any = 0.0, max_value: Any = None, threshold: Any = 0.0) -> Result:
    """x from `threshold` up to `max_value`, alpha (x - threshold) below. Takes integers.

    Follows keras 2.14 backend.py, relu.
    """
    if alpha != 0.0:
        if max_value is None and threshold == 0:
            return _nn.leaky_relu(x, alpha=alpha)
        x = operand(x)
        negative_part = _nn.relu(as_value(threshold, x.dtype) - x)

    clip_max = max_value is not None
    if threshold != 0:
        x = _nn.zero_up_to(x, threshold)
    elif max_value == 6:
        # The commonest bound has an operation of its own.
        x = _nn.relu6(x)
        clip_max = False
    else:
        x = _nn.relu(x)
    if clip_max:
        x = clip_by_value(x, 0, max_value)
    if alpha != 0.0:
        x = x - as_value(alpha, x.dtype) * negative_part
    return x


def softmax(x: Any, axis: Any = -1) -> Result:
    """exp(x) divided by its sum along an axis, over several, or over all when `axis` is None.

    Follows keras 2.14 backend.py, softmax.

    Raises:
        ValueError: when `x` has fewer than two dimensions.
        InvalidArgumentError: when there is no such axis.
    """
    x = operand(x)
    if len(x.shape) <= 1:
        raise ValueError(
            "A softmax is taken of tensors of 2 dimensions or more. "
            f"Received: a tensor of shape {tuple(x.shape)}"
        )
    if isinstance(axis, int):
        return _nn.softmax(x, axis=axis)
    check_kind(x)
    if isinstance(x, KerasTensor):
        return symbolic_like(x)
    with np.errstate(all="ignore"):
        numerator = np.exp(x - reduce_max(x, axis, keepdims=True))
        return numerator / reduce_sum(numerator, axis, keepdims=True)


def hard_sigmoid(x: Any) -> Result:
    """0.2 x + 0.5, kept between 0 and 1.

    Follows keras 2.14 backend.py, hard_sigmoid.

    Raises:
        TypeError: when the dtype is not floating point.
    """
    x = operand(x)
    line = x * as_value(0.2, x.dtype) + as_value(0.5, x.dtype)
    return clip_by_value(line, 0.0, 1.0)
