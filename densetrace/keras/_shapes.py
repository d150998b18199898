"""Shapes: the sizes of a tensor, some of them unknown, and a shape with a dtype.

Follows TensorFlow's `tf.TensorShape` and `tf.TensorSpec` as far as Keras's layers use them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Self, SupportsIndex, TypeAlias

import numpy as np

Dim: TypeAlias = int | None


class TensorShape(tuple[Dim, ...]):
    """The shape of a tensor: a tuple whose sizes may be None, with TensorFlow's extra methods.

    It equals the list and the tuple of its sizes, and a part of it is a shape again.
    """

    __slots__ = ()

    def __new__(cls, sizes: Iterable[Any]) -> Self:
        """A shape of these sizes.

        Raises:
            TypeError: when a size is neither an integer nor None.
            ValueError: when a size is negative.
        """
        return super().__new__(cls, (None if size is None else _size(size) for size in sizes))

    @classmethod
    def of_array(cls, sizes: tuple[int, ...]) -> Self:
        """The shape of an array, whose sizes are known to be sizes."""
        return super().__new__(cls, sizes)

    def __eq__(self, other: object) -> bool:
        return tuple.__eq__(self, tuple(other) if isinstance(other, list) else other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = tuple.__hash__

    def __getitem__(self, key: Any) -> Any:
        """One size, or the shape that a slice of the sizes makes."""
        part = super().__getitem__(key)
        return TensorShape(part) if isinstance(key, slice) else part

    def __add__(self, other: Iterable[Any]) -> "TensorShape":
        return TensorShape((*self, *other))

    def __radd__(self, other: Iterable[Any]) -> "TensorShape":
        return TensorShape((*other, *self))

    def concatenate(self, other: Any) -> "TensorShape":
        """This shape followed by another, or by one more size."""
        return self + (other if isinstance(other, Iterable) else (other,))

    @property
    def rank(self) -> int:
        """How many dimensions there are."""
        return len(self)

    ndims = rank

    def as_list(self) -> list[Dim]:
        """The sizes as a list."""
        return list(self)

    def is_fully_defined(self) -> bool:
        """Whether every size is known."""
        return None not in self

    def num_elements(self) -> int | None:
        """The product of the sizes, or None when one is unknown."""
        product = 1
        for size in self:
            if size is None:
                return None
            product *= size
        return product


def _size(size: SupportsIndex) -> int:
    if not hasattr(size, "__index__"):
        raise TypeError(f"A dimension must be an integer or None. Received: {size!r:.80}")
    number = size.__index__()
    if number < 0:
        raise ValueError(f"Dimension {number} must be >= 0")
    return number


@dataclass(frozen=True, slots=True)
class TensorSpec:
    """The shape and dtype of a tensor that is not there."""

    shape: Any
    dtype: Any = "float32"
    name: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "shape", TensorShape(self.shape))
        object.__setattr__(self, "dtype", np.dtype(self.dtype))
