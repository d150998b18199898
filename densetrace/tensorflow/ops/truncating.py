"""Arithmetic that rounds towards zero or stops at the limits of a dtype, and scaling by a number.

Follows tensorflow/python/ops/math_ops.py.
"""

from typing import Any

import numpy as np

from densetrace.tensorflow.convert import convert_to_tensor
from densetrace.tensorflow.dtypes import as_dtype
from densetrace.tensorflow.errors import InternalError
from densetrace.tensorflow.indexed_slices import IndexedSlices
from densetrace.tensorflow.operation import Operand, export, operation
from densetrace.tensorflow.ops.casting import cast
from densetrace.tensorflow.ops.math import check_divisor, clip_by_value, maximum, minimum, multiply
from densetrace.tensorflow.tensor import Array


@operation("truncatediv", kinds="iufc")
def truncatediv(x: Operand, y: Operand, name: Any = None) -> Array:
    """x / y rounded towards zero: -7 / 2 is -3.

    Raises:
        InternalError: for an integer divided by zero.
    """
    if x.dtype.kind not in "iu":
        return np.trunc(np.divide(x, y)) if x.dtype.kind == "f" else np.divide(x, y)
    check_divisor(x, y, InternalError)
    quotient = np.floor_divide(x, y)
    rest = x - quotient * y
    return np.asarray(quotient + ((rest != 0) & ((x < 0) != (y < 0))), x.dtype)


@truncatediv.gradient
def _truncatediv_gradient(step: Any, dy: Any) -> Any:
    return None, None


@operation("truncatemod", kinds="iuf")
def truncatemod(x: Operand, y: Operand, name: Any = None) -> Array:
    """The remainder of `truncatediv`, with the sign of x.

    Raises:
        InternalError: for an integer divided by zero.
    """
    check_divisor(x, y, InternalError)
    return np.fmod(x, y)


@export("saturate_cast", "dtypes.saturate_cast")
def saturate_cast(value: Any, dtype: Any, name: Any = None) -> Any:
    """`value` in another dtype, clipped to the limits of that dtype: same shape."""
    value, target = convert_to_tensor(value), as_dtype(dtype)
    is_wider = value.dtype.is_floating and target.is_floating and target.size > value.dtype.size
    if value.dtype is target or is_wider or not (target.is_integer or target.is_floating):
        return cast(value, target)
    low, high = float(target.min), float(target.max)
    if value.dtype.is_integer and target.is_integer:
        low = int(max(int(target.min), int(value.dtype.min)))
        high = int(min(int(target.max), int(value.dtype.max)))
        return cast(clip_by_value(value, low, high), target)
    if value.dtype.is_floating:
        limits = np.array([low, high], value.dtype.numpy)
        if target.is_integer:
            # A limit that the float type rounds up is not an integer of the target.
            limits = np.where(np.abs(limits.astype(np.float64)) > np.abs([low, high]),
                              np.nextafter(limits, limits.dtype.type(0)), limits)  # fmt: skip
        value = minimum(maximum(value, limits[0]), limits[1])
    return cast(value, target)


@export("math.scalar_mul", "scalar_mul")
def scalar_mul(scalar: Any, x: Any, name: Any = None) -> Any:
    """`x` times a number; of an IndexedSlices, its values times the number.

    Raises:
        ValueError: when `scalar` is not a scalar.
    """
    if not isinstance(x, IndexedSlices):
        x = convert_to_tensor(x)
    factor = convert_to_tensor(scalar, x.dtype)
    if factor.shape.rank != 0:
        raise ValueError(f"The input scalar must be a 0-D value. Received shape {factor.shape}.")
    if isinstance(x, IndexedSlices):
        return x.with_values(multiply(factor, x.values))
    return multiply(factor, x)
