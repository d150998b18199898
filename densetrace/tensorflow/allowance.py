"""How much a run may compute: an expression has a stated allowance, a script has none.

What is counted are numbers of 4 bytes, those that weights hold and those that operations take, so
that neither one big array nor many small ones fill the memory or take for ever.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final, NoReturn

import numpy as np

from densetrace.tensorflow.errors import ResourceExhaustedError

PRODUCTS_PER_NUMBER: Final = 64
"""So many multiplications of a matrix product take about as long as one number elsewhere."""

_NUMBER: Final = 4  # bytes


class _Allowance:
    """What was allowed, and what is left of it."""

    __slots__ = ("left", "numbers", "refused")

    def __init__(self, numbers: int) -> None:
        self.numbers = self.left = numbers
        self.refused = ""


_ALLOWANCE: ContextVar[_Allowance | None] = ContextVar("allowance", default=None)


@contextmanager
def allowed(numbers: int) -> Iterator[None]:
    """Let a `with` block compute so many numbers and no more."""
    token = _ALLOWANCE.set(_Allowance(numbers))
    try:
        yield
    finally:
        _ALLOWANCE.reset(token)


def spend(elements: int, dtype: Any, products: int = 0) -> None:
    """Count elements before they are allocated, and the multiplications they come from.

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
    """Count the elements that a `with` block allocates: at once when they are too many, else what
    the operations in the block have not counted themselves.

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
    """How many numbers of 4 bytes elements of a dtype count for."""
    return elements * max(1, int(dtype.itemsize) // _NUMBER)


def _refuse(allowance: _Allowance, elements: int, dtype: Any) -> NoReturn:
    # What is refused once stays refused for the same reason: Keras tries some things again.
    allowance.refused = allowance.refused or (
        f"An expression may compute at most {allowance.numbers:,} numbers. Received: "
        f"with a {dtype.name} tensor of {elements:,} elements it computes more"
    )
    raise ResourceExhaustedError(allowance.refused)


def spend_together(*arrays: Any) -> None:
    """Count by how much the first of some arrays grows when it is combined with the others, element
    by element: each is stretched to fit the rest.

    Raises:
        ResourceExhaustedError: when that is more than is left of the allowance.
        ValueError: when they do not fit.
    """
    shape = np.broadcast_shapes(*(array.shape for array in arrays))
    spend(max(0, math.prod(shape) - arrays[0].size), arrays[0].dtype)


def is_limited() -> bool:
    """Whether an allowance limits what may be computed now."""
    return _ALLOWANCE.get() is not None
