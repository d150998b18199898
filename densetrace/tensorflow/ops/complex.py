"""Complex numbers and their parts, and neighbours of floating point numbers.

Follows tensorflow/python/ops/math_ops.py.
"""

from typing import Any, Final

import numpy as np

from densetrace.tensorflow.convert import convert_to_tensor
from densetrace.tensorflow.dtypes import complex64, complex128, float32, float64
from densetrace.tensorflow.operation import Operand, Spec, elementwise_rule, export, operation
from densetrace.tensorflow.ops.creating import zeros_like
from densetrace.tensorflow.ops.gradients import sum_to
from densetrace.tensorflow.tensor import Array

_PARTS: Final = {complex64: float32, complex128: float64}
_WHOLES: Final = {float32: complex64, float64: complex128}


def _complex_rule(real: Spec, imag: Spec) -> Any:
    return elementwise_rule(real, imag)[0], _WHOLES[real.dtype]


@operation("raw_ops.Complex", kinds="f", rule=_complex_rule)
def _complex(real: Operand, imag: Operand, name: Any = None) -> Array:
    """real + imag i."""
    return np.asarray(real + 1j * imag, np.complex64 if real.dtype == np.float32 else np.complex128)


@_complex.gradient
def _complex_gradient(step: Any, dy: Any) -> Any:
    first, second = step.operands
    return sum_to(real(dy), first), sum_to(imag(dy), second)


@export("dtypes.complex", "complex")
def complex_(real: Any, imag: Any, name: Any = None) -> Any:
    """real + imag i: complex64 of float32, complex128 of float64.

    Raises:
        TypeError: when the parts have other dtypes, or differ.
    """
    first, second = convert_to_tensor(real), convert_to_tensor(imag)
    if first.dtype is not second.dtype or first.dtype not in _WHOLES:
        raise TypeError(
            "The `real` and `imag` components have incorrect types: "
            f"{first.dtype.name} {second.dtype.name}. They must be consistent, and one of "
            "[tf.float32, tf.float64]"
        )
    return _complex(first, second)


def _part_rule(input: Spec) -> Any:
    return input.shape, _PARTS.get(input.dtype, input.dtype)


@operation("raw_ops.Real", kinds="c", rule=_part_rule)
def _real(input: Operand, name: Any = None) -> Array:
    """The real part."""
    return np.real(input).copy()


@_real.gradient
def _real_gradient(step: Any, dy: Any) -> Any:
    return _complex(dy, zeros_like(dy))


@export("math.real")
def real(input: Any, name: Any = None) -> Any:
    """The real part of complex numbers; real numbers as they are."""
    input = convert_to_tensor(input)
    return _real(input) if input.dtype.is_complex else input


@operation("raw_ops.Imag", kinds="c", rule=_part_rule)
def _imag(input: Operand, name: Any = None) -> Array:
    """The imaginary part."""
    return np.imag(input).copy()


@_imag.gradient
def _imag_gradient(step: Any, dy: Any) -> Any:
    return _complex(zeros_like(dy), dy)


@export("math.imag")
def imag(input: Any, name: Any = None) -> Any:
    """The imaginary part of complex numbers; 0 for real ones."""
    input = convert_to_tensor(input)
    return _imag(input) if input.dtype.is_complex else zeros_like(input)


@operation("raw_ops.Conj", kinds="c")
def _conj(x: Operand, name: Any = None) -> Array:
    """The complex conjugate."""
    return np.conj(x)


@_conj.gradient
def _conj_gradient(step: Any, dy: Any) -> Any:
    return conj(dy)


@export("math.conj")
def conj(x: Any, name: Any = None) -> Any:
    """The complex conjugate of numbers; real numbers as they are.

    Raises:
        TypeError: when they are not numbers.
    """
    x = convert_to_tensor(x)
    if x.dtype.is_complex:
        return _conj(x)
    if x.dtype.is_floating or x.dtype.is_integer:
        return x
    raise TypeError(f"Expected numeric or variant tensor, got dtype {x.dtype!r}")


@operation("raw_ops.Angle", kinds="c", rule=_part_rule)
def _angle(input: Operand, name: Any = None) -> Array:
    """The angle of complex numbers, in radians."""
    return np.angle(input).astype(np.real(input).dtype)


@export("math.angle")
def angle(input: Any, name: Any = None) -> Any:
    """The angle of complex numbers, in radians; of real ones 0, or pi where they are negative."""
    from densetrace.tensorflow.ops.selecting import where

    input = convert_to_tensor(input)
    if input.dtype.is_complex:
        return _angle(input)
    return where(input < 0, np.pi * (zeros_like(input) + 1), zeros_like(input))


@operation("math.nextafter", kinds="f")
def nextafter(x1: Operand, x2: Operand, name: Any = None) -> Array:
    """The next number of its dtype after x1 on the way to x2."""
    return np.nextafter(x1, x2)


@nextafter.gradient
def _nextafter_gradient(step: Any, dy: Any) -> Any:
    x1, x2 = step.operands
    return sum_to(dy, x1), sum_to(zeros_like(dy), x2)
