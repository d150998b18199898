"""Shapes: the sizes of a tensor, some of them unknown, and a shape with a dtype.

Follows TensorFlow's `tf.TensorShape` and `tf.TensorSpec`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, NoReturn, Self, SupportsIndex, TypeAlias

from densetrace.system.real_home import known_as
from densetrace.tensorflow.dtypes import DType, as_dtype
from densetrace.tensorflow.missing import OF_TENSORFLOW, missing

Dim: TypeAlias = int | None


@missing(
    "TensorShape",
    "as_proto experimental_as_proto experimental_from_proto experimental_type_proto "
    "placeholder_value",
    OF_TENSORFLOW,
)
@known_as("tensorflow.python.framework.tensor_shape")
class TensorShape(tuple[Dim, ...]):
    """The shape of a tensor: a tuple of sizes, None where unknown, with the methods of
    tf.TensorShape.

    It equals the list and the tuple of its sizes, and a part of it is a shape again.
    """

    __slots__ = ()

    def __new__(cls, sizes: Any) -> "TensorShape":
        """A shape of these sizes; a shape of unknown rank for None.

        Raises:
            TypeError: when a size is neither an integer nor None.
            ValueError: when a size is negative.
        """
        if sizes is None or sizes is UNKNOWN_RANK:
            return UNKNOWN_RANK
        one = hasattr(sizes, "__index__") and not getattr(sizes, "ndim", 0)
        listed = (sizes,) if one else sizes
        return super().__new__(cls, (None if size is None else _size(size) for size in listed))

    @classmethod
    def of_array(cls, sizes: tuple[int, ...]) -> Self:
        """A shape from the sizes of an array, unchecked."""
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

    def __add__(self, other: Any) -> "TensorShape":
        other = TensorShape(other)
        known = self.rank is not None and other.rank is not None
        return TensorShape((*self, *other)) if known else UNKNOWN_RANK

    def __radd__(self, other: Any) -> "TensorShape":
        return TensorShape(other) + self

    # What a tuple has, and TensorFlow's shape lacks.

    def __mul__(self, other: Any) -> Any:
        return NotImplemented

    __rmul__ = __mul__

    def __lt__(self, other: Any) -> Any:
        # NotImplemented would let a tuple compare itself.
        raise TypeError(f"A TensorShape has no order. Received: {self} and {other!r:.80}")

    __le__ = __gt__ = __ge__ = __lt__

    @property
    def count(self) -> NoReturn:
        """Refuse: this is not a list of sizes."""
        raise AttributeError("'TensorShape' object has no attribute 'count'")

    @property
    def index(self) -> NoReturn:
        """Refuse: this is not a list of sizes."""
        raise AttributeError("'TensorShape' object has no attribute 'index'")

    def concatenate(self, other: Any) -> "TensorShape":
        """This shape followed by another, or by one more size."""
        return self + TensorShape(other)

    @property
    def rank(self) -> int | None:
        """The number of dimensions; None when unknown."""
        return len(self)

    @property
    def ndims(self) -> int | None:
        """The number of dimensions; None when unknown."""
        return self.rank

    @property
    def dims(self) -> list[Dim] | None:
        """The sizes as a list; None when the rank is unknown."""
        return None if self.rank is None else list(self)

    def is_compatible_with(self, other: Any) -> bool:
        """Whether a tensor of this shape may have the other one: known sizes are equal."""
        other = TensorShape(other)
        if self.rank is None or other.rank is None:
            return True
        return len(self) == len(other) and all(
            a == b or a is None or b is None for a, b in zip(self, other, strict=True)
        )

    def assert_is_compatible_with(self, other: Any) -> None:
        """Refuse a shape that is not compatible.

        Raises:
            ValueError: when it is not.
        """
        if not self.is_compatible_with(other):
            raise ValueError(f"Shapes {self} and {TensorShape(other)} are incompatible")

    def merge_with(self, other: Any) -> "TensorShape":
        """The shape with the sizes that are known in either shape.

        Raises:
            ValueError: when they are not compatible.
        """
        other = TensorShape(other)
        if self.rank is None:
            result: TensorShape = other
            return result
        if other.rank is None:
            return self
        self.assert_is_compatible_with(other)
        return TensorShape(b if a is None else a for a, b in zip(self, other, strict=True))

    def most_specific_compatible_shape(self, other: Any) -> "TensorShape":
        """The sizes that both shapes share, None for the others."""
        other = TensorShape(other)
        if self.rank is None or other.rank is None or len(self) != len(other):
            return UNKNOWN_RANK
        return TensorShape(a if a == b else None for a, b in zip(self, other, strict=True))

    def with_rank(self, rank: int) -> "TensorShape":
        """This shape, if it can have this number of dimensions.

        Raises:
            ValueError: when it has another number of them.
        """
        return self.merge_with([None] * rank)

    def with_rank_at_least(self, rank: int) -> "TensorShape":
        """This shape, which must not have fewer dimensions.

        Raises:
            ValueError: when it has fewer.
        """
        if self.rank is not None and self.rank < rank:
            raise ValueError(f"Shape {self} must have rank at least {rank}")
        return self

    def with_rank_at_most(self, rank: int) -> "TensorShape":
        """This shape, which must not have more dimensions.

        Raises:
            ValueError: when it has more.
        """
        if self.rank is not None and self.rank > rank:
            raise ValueError(f"Shape {self} must have rank at most {rank}")
        return self

    def assert_same_rank(self, other: Any) -> None:
        """Refuse a shape with another number of dimensions.

        Raises:
            ValueError: when both numbers are known and differ.
        """
        other = TensorShape(other)
        if self.rank is not None and other.rank is not None and self.rank != other.rank:
            raise ValueError(f"Shapes {self} and {other} must have the same rank")

    def is_subtype_of(self, other: Any) -> bool:
        """Whether every tensor of this shape has the other one, too."""
        if not isinstance(other, TensorShape):
            return False
        if other.rank is None:
            return True
        return self.rank == other.rank and all(
            b is None or a == b for a, b in zip(self, other, strict=True)
        )

    def most_specific_common_supertype(self, others: Iterable[Any]) -> "TensorShape | None":
        """The sizes in which this shape and all others agree, the others unknown."""
        result = self
        for other in others:
            if not isinstance(other, TensorShape):
                return None
            result = result.most_specific_compatible_shape(other)
        return result

    def assert_has_rank(self, rank: int) -> None:
        """Refuse another number of dimensions.

        Raises:
            ValueError: when there is another number.
        """
        if self.rank not in (None, rank):
            raise ValueError(f"Shape {self} must have rank {rank}")

    def assert_is_fully_defined(self) -> None:
        """Refuse unknown sizes.

        Raises:
            ValueError: when there is one.
        """
        if not self.is_fully_defined():
            raise ValueError(f"Shape {self} is not fully defined")

    def __repr__(self) -> str:
        return f"TensorShape({list(self)})"

    def __str__(self) -> str:
        return tuple.__repr__(self)

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)

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


@known_as("tensorflow.python.framework.tensor_shape", "TensorShape")
class _UnknownRank(TensorShape):
    """The shape of a tensor of unknown rank."""

    __slots__ = ()

    @property
    def rank(self) -> None:
        """Unknown."""

    def as_list(self) -> list[Dim]:
        """Refuse: the sizes are unknown.

        Raises:
            ValueError: always.
        """
        raise ValueError("as_list() is not defined on an unknown TensorShape.")

    def __getitem__(self, key: Any) -> Any:
        """None for one size; for a slice a shape of which at most the rank is known."""
        if not isinstance(key, slice):
            return None
        start = key.start or 0
        if key.stop is None or start < 0 or key.stop < 0:
            return UNKNOWN_RANK
        return TensorShape([None] * (key.stop - start))

    def __len__(self) -> int:
        raise ValueError("Cannot take the length of shape with unknown rank.")

    def __bool__(self) -> bool:
        return False

    def __iter__(self) -> Any:
        raise ValueError("Cannot iterate over a shape with unknown rank.")

    def is_fully_defined(self) -> bool:
        """No size is known."""
        return False

    def num_elements(self) -> int | None:
        """Unknown."""
        return None

    def __repr__(self) -> str:
        return "TensorShape(None)"

    def __str__(self) -> str:
        return "<unknown>"

    def __eq__(self, other: object) -> bool:
        return other is None or isinstance(other, _UnknownRank)

    __hash__ = TensorShape.__hash__


_UnknownRank.__name__ = _UnknownRank.__qualname__ = "TensorShape"

UNKNOWN_RANK: Final[TensorShape] = tuple.__new__(_UnknownRank, ())


def _size(size: SupportsIndex) -> int:
    if not hasattr(size, "__index__"):
        raise TypeError(f"A dimension must be an integer or None. Received: {size!r:.80}")
    number = size if isinstance(size, int) else size.__index__()  # True stays, as in TensorFlow
    if number < 0:
        raise ValueError(f"Dimension {number} must be >= 0")
    return number


@missing(
    "TensorSpec",
    "experimental_as_proto experimental_from_proto experimental_type_proto from_spec from_tensor "
    "is_subtype_of most_specific_common_supertype most_specific_compatible_type placeholder_value",
    OF_TENSORFLOW,
    properties="value_type",
)
@known_as("tensorflow.python.framework.tensor")
@dataclass(frozen=True, slots=True)
class TensorSpec:
    """A shape and a dtype that describe a tensor. Follows tf.TensorSpec."""

    shape: Any
    dtype: Any = "float32"
    name: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "shape", TensorShape(self.shape))
        object.__setattr__(self, "dtype", as_dtype(self.dtype))

    def is_compatible_with(self, other: Any) -> bool:
        """Whether a tensor has this dtype and a compatible shape."""
        dtype: DType = self.dtype
        return bool(dtype == other.dtype and self.shape.is_compatible_with(other.shape))

    def __repr__(self) -> str:
        return f"TensorSpec(shape={self.shape}, dtype={self.dtype!r}, name={self.name!r})"


def broadcast(*shapes: TensorShape) -> TensorShape:
    """The shape that broadcasting results in, with unknown sizes.

    Raises:
        ValueError: when two known sizes differ and neither is 1.
    """
    if any(shape.rank is None for shape in shapes):
        return UNKNOWN_RANK
    rank = max(map(len, shapes), default=0)
    result: list[Dim] = []
    padded = [[*[1] * (rank - len(shape)), *shape] for shape in shapes]
    for sizes in zip(*padded, strict=True):
        known = {size for size in sizes if size != 1}
        if len(known - {None}) > 1:
            raise ValueError(
                f"Dimensions must be equal or 1. Received: {', '.join(map(str, shapes))}"
            )
        result.append(next(iter(known - {None} or known or {1})))
    return TensorShape(result)
