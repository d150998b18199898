"""Values: the small, frozen records that a trace keeps instead of live objects.

A `Value` is a plain scalar (None, bool, int, finite float, short str) or one of the records
below. Each record has its type and a bounded part of its content, and compares equal after a JSON
round trip. Its text (`str`) is code; `densetrace.data.wording` words values for people.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

JSON: TypeAlias = Any
"""Any data that the standard `json` module reads and writes."""

LARGEST_COUNT = 2**63 - 1
"""The largest length, size or count of a record."""

_DTYPE_PREFIXES = (("uint", "u"), ("int", "i"), ("float", "f"), ("complex", "c"))


@dataclass(frozen=True, slots=True)
class Text:
    """A string too long to keep whole: its start and its length."""

    start: str
    length: int

    def __str__(self) -> str:
        return f"{self.start!r}... ({self.length:,} characters)"


@dataclass(frozen=True, slots=True)
class Number:
    """A number that JSON cannot express: `nan`, `inf`, a complex, or a very long integer."""

    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Binary:
    """A bytes object: its start and its length."""

    start: str
    length: int

    def __str__(self) -> str:
        more = f"... ({self.length:,} bytes)" if self.length > len(self.start) else ""
        return f"b{self.start!r}{more}"


@dataclass(frozen=True, slots=True)
class Function:
    """A function, method or other callable, by name and module."""

    name: str
    module: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Class:
    """A class, by name and module."""

    name: str
    module: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Mapping:
    """A dict: its first entries in order, and its length."""

    entries: tuple[tuple["Value", "Value"], ...]
    length: int

    def __str__(self) -> str:
        return self.written(text)

    def written(self, write: "Callable[[Value], str]") -> str:
        """The dict as code, its keys and values worded by `write`."""
        pairs = [f"{write(key)}: {write(value)}" for key, value in self.entries]
        return "{" + ", ".join(_and_more(pairs, self.length)) + "}"

    def get(self, key: str) -> "Value":
        """The value kept under `key`, or None."""
        return next((value for name, value in self.entries if name == key), None)


@dataclass(frozen=True, slots=True)
class Items:
    """A list, tuple or set (its `type`): its first items, and its length."""

    type: str
    items: tuple["Value", ...]
    length: int

    def __str__(self) -> str:
        return self.written(text)

    def written(self, write: "Callable[[Value], str]") -> str:
        """The list, tuple or set as code, its items worded by `write`."""
        inside = ", ".join(_and_more([write(item) for item in self.items], self.length))
        if self.type == "tuple":
            return f"({inside},)" if self.length == 1 else f"({inside})"
        if self.type == "list":
            return f"[{inside}]"
        return f"{{{inside}}}" if self.length else f"{self.type}()"


@dataclass(frozen=True, slots=True)
class Instance:
    """An object: its class, a label that stays the same in one trace, and its config if it has one.

    `label` is what people call it: a layer's name (`dense`), or class and count
    (`GlorotUniform#1`); never a memory address.
    """

    cls: str
    module: str
    label: str
    config: Mapping | None = None

    def __str__(self) -> str:
        return self.label


@dataclass(frozen=True, slots=True)
class Grid:
    """The numbers of a large array as a grid, for a heat map.

    The last axis of the array is the columns; all others together are the rows. Where the array
    has more rows or columns than the grid, a cell is the mean of a block of neighbours. `levels`
    has two hexadecimal digits a cell, row by row: `80` is 0, `ff` is `largest`, `01` is minus
    `largest`, and `00` is not a number.
    """

    rows: int
    columns: int
    largest: "Value"
    levels: str

    def row(self, number: int) -> tuple[int | None, ...]:
        """The levels of a row, from -127 to 127; None for a cell that is not a number. All are None
        in a row that has other characters than hexadecimal digits."""
        start = 2 * self.columns * number
        try:
            read = bytes.fromhex(self.levels[start : start + 2 * self.columns])
        except ValueError:
            read = b""
        return tuple(level - 128 if level else None for level in read.ljust(self.columns, b"\0"))


@dataclass(frozen=True, slots=True)
class Tensor:
    """An array by shape, dtype and its elements; a symbolic tensor by shape and dtype.

    `elements` are all of a small array, and the first of a large one, in row-major order. A large
    array that a step returned may also have its `statistics`, which are min, mean and max, and a
    weight or a gradient its `grid`. Two tensors with equal elements are equal.
    """

    shape: tuple[int | None, ...]
    dtype: str
    elements: tuple["Value", ...] = ()
    symbolic: bool = False
    statistics: tuple["Value", ...] = field(default=(), compare=False)
    grid: Grid | None = field(default=None, compare=False)

    @property
    def size(self) -> int:
        """How many numbers it holds; 0 where a dimension is unknown."""
        return math.prod(size or 0 for size in self.shape)

    @property
    def is_whole(self) -> bool:
        """Whether all its numbers are kept."""
        return bool(self.elements) and self.size == len(self.elements)

    def __str__(self) -> str:
        return f"{short_dtype(self.dtype)}[{','.join(map(str, self.shape))}]"


@dataclass(frozen=True, slots=True)
class Opaque:
    """Any other object, or one that could not be read: only its type is kept."""

    type: str

    def __str__(self) -> str:
        return f"<{self.type}>"


Scalar: TypeAlias = bool | int | float | str | None
Record: TypeAlias = (
    Text | Number | Binary | Function | Class | Mapping | Items | Instance | Tensor | Opaque
)
Value: TypeAlias = Scalar | Record


def counted(count: int, noun: str) -> str:
    """A count with its noun: `1 step`, `1,234 steps`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def times(count: int) -> str:
    """How many times: `once`, `twice`, `1,234 times`."""
    return {1: "once", 2: "twice"}.get(count, f"{count:,} times")


def text(value: Value) -> str:
    """A value as code, where possible: `'relu'`, `f32[3,64]`, `Zeros#1`. Its length is not bounded;
    `densetrace.data.wording` has bounded forms."""
    return repr(value) if isinstance(value, Scalar) else str(value)


def string_of(value: Value) -> str:
    """A recorded string, or as much of it as was kept; "" for any other value."""
    if isinstance(value, Text):
        return f"{value.start}..."
    return value if isinstance(value, str) else ""


def short_dtype(dtype: str) -> str:
    """`float32` as `f32`, `int64` as `i64`; other names as they are."""
    for prefix, letter in _DTYPE_PREFIXES:
        if dtype.startswith(prefix) and dtype[len(prefix) :].isdigit():
            return letter + dtype[len(prefix) :]
    return dtype


def _and_more(shown: list[str], length: int) -> list[str]:
    left_out = length - len(shown)
    return [*shown, f"... {left_out:,} more"] if left_out > 0 else shown
