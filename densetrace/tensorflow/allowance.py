"""A limit on how much an expression may compute; a script has none.

The unit is a number of 4 bytes. Numbers in weights and numbers that operations compute both count,
so that neither one large array nor many small ones exhaust memory or time.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final, NoReturn

import numpy as np

from densetrace.tensorflow.errors import ResourceExhaustedError

PRODUCTS_PER_NUMBER: Final = 64
"""Multiplications of a matrix product that take about as long as one number elsewhere."""

_NUMBER: Final = 4  # bytes


class _Allowance:
    """The limit of a run, and what is left of it."""

    __slots__ = ("left", "numbers", "refused")

    def __init__(self, numbers: int) -> None:
        self.numbers = self.left = numbers
        self.refused = ""


_ALLOWANCE: ContextVar[_Allowance | None] = ContextVar("allowance", default=None)


@contextmanager
def allowed(numbers: int) -> Iterator[None]:
    """Limit the numbers that a `with` block may compute."""
    token = _ALLOWANCE.set(_Allowance(numbers))
    try:
        yield
    finally:
        _ALLOWANCE.reset(token)


def spend(elements: int, dtype: Any, products: int = 0) -> None:
    """Count elements before they are allocated, and the multiplications that compute them.

    Raises:
        ResourceExhaustedError: when that is more than is left of the allowance.
    """
    allowance = _ALLOWANCE.get()
    if allowance is None:
        return
    allowance.left -= _numbers(elements, dtype) + products // PRODUCTS_PER_NUMBER
    if allowance.left < 0:
        _refuse(allowance, elements, dtype)


@contextmanager
def spent_once(elements: int, dtype: Any) -> Iterator[None]:
    """Count the elements that a `with` block allocates, without counting twice what its operations
    count. More elements than are left are refused before the block runs.

    Raises:
        ResourceExhaustedError: when that is more than is left of the allowance.
    """
    allowance = _ALLOWANCE.get()
    if allowance is None:
        yield
        return
    rest = allowance.left - _numbers(elements, dtype)
    if rest < 0:
        allowance.left = rest
        _refuse(allowance, elements, dtype)
    yield
    allowance.left = min(allowance.left, rest)


def _numbers(elements: int, dtype: Any) -> int:
    """The size of some elements of a dtype in numbers of 4 bytes."""
    return elements * max(1, int(dtype.itemsize) // _NUMBER)


def _refuse(allowance: _Allowance, elements: int, dtype: Any) -> NoReturn:
    # Keep the first reason: Keras retries some computations, and must fail in the same way.
    what = f"a {dtype.name} tensor of {elements:,} elements" if elements else "a product"
    allowance.refused = allowance.refused or (
        f"An expression may compute at most {allowance.numbers:,} numbers. Received: one that "
        f"exceeds this with {what}"
    )
    raise ResourceExhaustedError(allowance.refused)


def spend_together(*arrays: Any) -> None:
    """Count the elements by which the first of some arrays grows when it is broadcast to the shape
    of all.

    Raises:
        ResourceExhaustedError: when that is more than is left of the allowance.
        ValueError: when they do not fit.
    """
    shape = np.broadcast_shapes(*(array.shape for array in arrays))
    spend(max(0, math.prod(shape) - arrays[0].size), arrays[0].dtype)


def is_limited() -> bool:
    """Whether a limit is active."""
    return _ALLOWANCE.get() is not None
