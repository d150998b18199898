"""Shapes of data as tuples of integers, and the limit on how large a tensor may be."""

import math
import operator
from typing import Any, Final

from densetrace.tensorflow.dtypes import as_dtype
from densetrace.tensorflow.errors import InvalidArgumentError, ResourceExhaustedError
from densetrace.tensorflow.tensor import Tensor

MAX_ELEMENTS: Final = 10**9
"""The largest number of elements of a tensor."""

_LARGEST_INDEX: Final = 2**63 - 1


def as_shape(shape: Any) -> tuple[int, ...]:
    """The sizes of a list, tuple or TensorShape as a tuple of integers; one integer is a vector's
    size.

    Raises:
        ValueError: when a size is unknown or beyond 64 bits.
        TypeError: when a size is not an integer.
    """
    if shape is None:
        raise ValueError("A shape must be known. Received: shape=None")
    if isinstance(shape, Tensor):
        shape = shape.numpy().tolist()
    sizes = (shape,) if hasattr(shape, "__index__") else tuple(shape)
    if any(isinstance(size, list | tuple) for size in sizes):
        raise InvalidArgumentError(f"Sizes must be a vector. Received: shape={sizes!r:.80}")
    if None in sizes:
        raise ValueError(f"Every size of a shape must be known. Received: shape={sizes}")
    # DEPARTS: a size that is not an integer is a TypeError for every initializer; for the random
    # ones, TensorFlow raises InvalidArgumentError.
    try:
        known = tuple(operator.index(size) for size in sizes)
    except TypeError:
        raise TypeError(
            f"The sizes of a shape must be integers. Received: shape={shape!r:.80}"
        ) from None
    if any(abs(size) > _LARGEST_INDEX for size in known):
        raise ValueError(f"A size must fit into 64 bits. Received: shape={known}")
    return known


def check_allocation(shape: Any, dtype: Any, copies: int = 1) -> None:
    """Refuse a tensor that is too large, before it is allocated.

    Args:
        shape: its sizes, all known.
        dtype: its dtype, for the message.
        copies: how many tensors of this size are needed at once.

    Raises:
        InvalidArgumentError: when a size is negative, or 64 bits cannot count the elements.
        ResourceExhaustedError: when there are more than `MAX_ELEMENTS` elements.
    """
    sizes = as_shape(shape)
    for size in sizes:
        if size < 0:
            raise InvalidArgumentError(f"Dimension {size} must be >= 0. Received: shape={sizes}")
    if math.prod(size for size in sizes if size) > _LARGEST_INDEX:
        raise InvalidArgumentError(f"Shape {sizes} would have more than 2**63 - 1 elements.")
    elements = math.prod(sizes) * copies
    if elements > MAX_ELEMENTS:
        raise ResourceExhaustedError(
            f"At most {MAX_ELEMENTS:,} elements are allocated. Received: a tensor of shape {sizes} "
            f"and dtype {as_dtype(dtype).name}, which needs {elements:,}"
        )
