"""Operations on the bits of integers, which have no gradients.

Python's `&`, `|`, `^` and `~` run them on tensors of integers, and `tf.logical_and` and its
siblings on tensors of booleans.

Follows tensorflow/python/ops/bitwise_ops.py.
"""

from typing import Any

import numpy as np

from densetrace.tensorflow.operation import Operand, operation
from densetrace.tensorflow.ops.gradients import no_gradient
from densetrace.tensorflow.tensor import Array


@operation("bitwise.bitwise_and", kinds="iu")
def bitwise_and(x: Operand, y: Operand, name: Any = None) -> Array:
    """The bits that are set in both.

    Raises:
        InvalidArgumentError: when they are not integers; TypeError for symbols.
    """
    return np.bitwise_and(x, y)


@operation("bitwise.bitwise_or", kinds="iu")
def bitwise_or(x: Operand, y: Operand, name: Any = None) -> Array:
    """The bits that are set in one of them.

    Raises:
        InvalidArgumentError: when they are not integers; TypeError for symbols.
    """
    return np.bitwise_or(x, y)


@operation("bitwise.bitwise_xor", kinds="iu")
def bitwise_xor(x: Operand, y: Operand, name: Any = None) -> Array:
    """The bits that are set in just one of them.

    Raises:
        InvalidArgumentError: when they are not integers; TypeError for symbols.
    """
    return np.bitwise_xor(x, y)


@operation("bitwise.invert", kinds="iu")
def invert(x: Operand, name: Any = None) -> Array:
    """The bits that are not set.

    Raises:
        InvalidArgumentError: when they are not integers; TypeError for symbols.
    """
    return np.invert(x)


def _within(x: Array, y: Array) -> Array:
    """How far to shift: at most by all bits but one."""
    return np.clip(y, 0, x.dtype.itemsize * 8 - 1).astype(x.dtype)


@operation("bitwise.left_shift", kinds="iu")
def left_shift(x: Operand, y: Operand, name: Any = None) -> Array:
    """The bits of x moved up by y places. As in TensorFlow, y is held between 0 and the number of
    bits less one.

    Raises:
        InvalidArgumentError: when they are not integers; TypeError for symbols.
    """
    return np.left_shift(x, _within(x, y))


@operation("bitwise.right_shift", kinds="iu")
def right_shift(x: Operand, y: Operand, name: Any = None) -> Array:
    """The bits of x moved down by y places; the sign is kept. As in TensorFlow, y is held between 0
    and the number of bits less one.

    Raises:
        InvalidArgumentError: when they are not integers; TypeError for symbols.
    """
    return np.right_shift(x, _within(x, y))


for _made in (bitwise_and, bitwise_or, bitwise_xor, invert, left_shift, right_shift):
    _made.gradient(no_gradient)
