"""Shapes: the sizes of a tensor, some of them unknown, and a shape with a dtype.

Follows TensorFlow's `tf.TensorShape` and `tf.TensorSpec`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import prod
from typing import Any, Final, TypeAlias

from densetrace.system.real_home import known_as
from densetrace.tensorflow.dimension import Dimension, size_of
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
class TensorShape:
    """The sizes of a tensor's dimensions, None where unknown; or no sizes, if even their number is
    unknown. Follows tf.TensorShape.

    It is not a tuple, but equals the list and the tuple of its sizes, has their length, items and
    order, and a slice of it is a shape again.
    """

    __slots__ = ("__dict__", "__weakref__", "_dims")

    _dims: tuple[Dim, ...] | None

    def __init__(self, dims: Any) -> None:
        """A shape of these sizes, of one size for an integer, of unknown rank for None.

        Raises:
            TypeError: when a size is neither an integer nor None.
            ValueError: when a size is negative.
        """
        if type(dims) is TensorShape:
            self._dims = dims._dims
        elif dims is None:
            self._dims = None
        elif hasattr(dims, "__index__") and not getattr(dims, "ndim", 0):
            self._dims = (size_of(dims),)
        else:
            self._dims = tuple([size_of(one) for one in dims])

    def __eq__(self, other: object) -> bool:
        if type(other) is TensorShape:
            return self._dims == other._dims
        try:
            return self._dims == TensorShape(other)._dims
        except TypeError:
            return NotImplemented

    def __hash__(self) -> int:
        return hash(self._dims)

    def __reduce__(self) -> tuple[Any, ...]:
        return TensorShape, (self._dims,)

    def __bool__(self) -> bool:
        return self._dims is not None

    def __len__(self) -> int:
        if self._dims is None:
            raise ValueError("Cannot take the length of shape with unknown rank.")
        return len(self._dims)

    def __iter__(self) -> Iterator[Dim]:
        if self._dims is None:
            raise ValueError("Cannot iterate over a shape with unknown rank.")
        return iter(self._dims)

    def __getitem__(self, key: Any) -> Any:
        """One size, or the shape that a slice of the sizes makes.

        Of unknown rank, one size is unknown, and of a slice at most the rank is known.
        """
        if self._dims is not None:
            part = self._dims[key]
            return of_sizes(part) if isinstance(key, slice) else part
        if not isinstance(key, slice):
            return None
        if key.step is not None:
            raise ValueError(f"A slice of an unknown shape has no step. Received: {key.step}")
        start = key.start or 0
        if key.stop is None or start < 0 or key.stop < 0:
            return UNKNOWN_RANK
        return TensorShape([None] * (key.stop - start))

    def __add__(self, other: Any) -> "TensorShape":
        return self.concatenate(other)

    def __radd__(self, other: Any) -> "TensorShape":
        return TensorShape(other).concatenate(self)

    def __repr__(self) -> str:
        return f"TensorShape({None if self._dims is None else list(self._dims)})"

    def __str__(self) -> str:
        return "<unknown>" if self._dims is None else str(self._dims)

    def concatenate(self, other: Any) -> "TensorShape":
        """This shape followed by another, or by one more size."""
        other = TensorShape(other)
        if self._dims is None or other._dims is None:
            return UNKNOWN_RANK
        return of_sizes(self._dims + other._dims)

    @property
    def rank(self) -> int | None:
        """The number of dimensions; None when unknown."""
        return None if self._dims is None else len(self._dims)

    @property
    def ndims(self) -> int | None:
        """The number of dimensions; None when unknown."""
        return self.rank

    @property
    def dims(self) -> list[Dimension] | None:
        """The dimensions as objects; None when the rank is unknown."""
        return None if self._dims is None else list(map(Dimension, self._dims))

    def is_compatible_with(self, other: Any) -> bool:
        """Whether a tensor of this shape may have the other one: known sizes are equal."""
        one, other = self._dims, TensorShape(other)._dims
        if one is None or other is None or one == other:
            return True
        return len(one) == len(other) and all(
            a == b or a is None or b is None for a, b in zip(one, other, strict=True)
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
        shape = TensorShape(other)
        if self._dims is None:
            return shape
        if shape._dims is None:
            return self
        self.assert_is_compatible_with(shape)
        return TensorShape(b if a is None else a for a, b in zip(self, shape, strict=True))

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

    def as_list(self) -> list[Dim]:
        """The sizes as a list.

        Raises:
            ValueError: when the rank is unknown.
        """
        if self._dims is None:
            raise ValueError("as_list() is not defined on an unknown TensorShape.")
        return list(self._dims)

    def is_fully_defined(self) -> bool:
        """Whether every size is known."""
        return self._dims is not None and None not in self._dims

    def num_elements(self) -> int | None:
        """The product of the sizes, or None when one is unknown."""
        known = self._dims
        return None if known is None or None in known else prod(known)  # type: ignore[arg-type] # none is None


def check_same_shape(first: str, one: "TensorShape", second: str, other: "TensorShape") -> None:
    """Check that two named arguments may have the same shape.

    Raises:
        ValueError: when they differ in a known size, or in rank.
    """
    if not one.is_compatible_with(other):
        raise ValueError(
            f"`{first}` and `{second}` must have the same shape, received ({one} vs {other})."
        )


def of_sizes(sizes: tuple[Dim, ...]) -> TensorShape:
    """A shape of sizes that need no check, such as those of an array."""
    shape = TensorShape.__new__(TensorShape)
    shape._dims = sizes
    return shape


UNKNOWN_RANK: Final = TensorShape(None)


@missing(
    "TensorSpec",
    "experimental_as_proto experimental_from_proto experimental_type_proto is_subtype_of "
    "most_specific_common_supertype most_specific_compatible_type placeholder_value",
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

    @classmethod
    def from_spec(cls, spec: Any, name: str | None = None) -> "TensorSpec":
        """The shape and dtype of another specification, with another name if one is given."""
        return cls(spec.shape, spec.dtype, name or spec.name)

    @classmethod
    def from_tensor(cls, tensor: Any, name: str | None = None) -> "TensorSpec":
        """The shape and dtype of a tensor; of a tensor of a graph also the name of its operation,
        unless another one is given.

        Raises:
            ValueError: for a variable and everything else that is no tensor.
        """
        from densetrace.tensorflow.symbolic import AnyTensor, GraphTensor  # which imports this

        if not isinstance(tensor, AnyTensor):
            raise ValueError(f"`tensor` should be a tf.Tensor, but got type {type(tensor)}.")
        if name is None and isinstance(tensor, GraphTensor):
            name = tensor.name.partition(":")[0]
        return cls(tensor.shape, tensor.dtype, name)

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
