"""What operations on matrices share: square matrices, their rule, and calls of NumPy's LAPACK."""

from collections.abc import Callable
from typing import Any

import numpy as np

from densetrace.tensorflow.errors import InvalidArgumentError
from densetrace.tensorflow.operation import Spec, export
from densetrace.tensorflow.ops.complex import conj
from densetrace.tensorflow.ops.linalg import (
    matrix_transpose,
)
from densetrace.tensorflow.shapes import UNKNOWN_RANK, TensorShape
from densetrace.tensorflow.tensor import Array


def check_square(array: Array) -> None:
    if array.ndim < 2 or array.shape[-1] != array.shape[-2]:
        raise InvalidArgumentError(f"Input matrix must be square. Received: {list(array.shape)}")


def square_rule(input: Spec, **attributes: Any) -> Any:
    """The same shape, of square matrices.

    Raises:
        ValueError: when they are not square.
    """
    return squared(input.shape), input.dtype


def squared(shape: TensorShape) -> TensorShape:
    if shape.rank is None:
        return UNKNOWN_RANK
    if len(shape) < 2:
        raise ValueError(f"Shape must be at least rank 2 but is rank {len(shape)}")
    rows, columns = shape[-2:]
    if None not in (rows, columns) and rows != columns:
        raise ValueError(f"Dimensions must be equal, but are {rows} and {columns}")
    size = columns if rows is None else rows
    return TensorShape((*shape[:-2], size, size))


def lapack(function: Callable[..., Any], message: str, *arrays: Array) -> Any:
    """The result of a NumPy function; half precision is refused, as in TensorFlow.

    Raises:
        InvalidArgumentError: when the matrices have no such decomposition, or solution.
    """
    try:
        return function(*arrays)
    except np.linalg.LinAlgError as error:
        raise InvalidArgumentError(message) from error


@export("linalg.adjoint")
def adjoint_(matrix: Any, name: Any = None) -> Any:
    """The matrices with their last two axes swapped, and conjugated: [..., m, n] -> [..., n, m]."""
    turned = matrix_transpose(matrix)
    return conj(turned) if turned.dtype.is_complex else turned
