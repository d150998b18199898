"""Values: the small, frozen records that a trace keeps instead of live objects.

A `Value` is a plain scalar (None, bool, int, finite float, short str) or one of the records
below. Each record has its type and a bounded part of its content, and compares equal after a JSON
round trip. Its text (`str`) is code; `densetrace.data.wording` words values for people.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias, cast

JSON: TypeAlias = Any
"""Any data that the standard `json` module reads and writes."""

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


def short_dtype(dtype: str) -> str:
    """`float32` as `f32`, `int64` as `i64`; other names as they are."""
    for prefix, letter in _DTYPE_PREFIXES:
        if dtype.startswith(prefix) and dtype[len(prefix) :].isdigit():
            return letter + dtype[len(prefix) :]
    return dtype


def _and_more(shown: list[str], length: int) -> list[str]:
    left_out = length - len(shown)
    return [*shown, f"... {left_out:,} more"] if left_out > 0 else shown


def to_json(value: Value) -> JSON:
    """The JSON form of a value: a scalar is itself, every record an object whose first key is
    its type (docs/trace-format.md lists them)."""
    from densetrace.data.json_reader import loads
    from densetrace.data.json_writer import value_text

    return loads(value_text(value))


_ITEM_TYPES = ("list", "tuple", "set", "frozenset")
# The fields of each record, the first of which is its type; then its optional fields.
_FIELDS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "str": (("str", "length"), ()),
    "number": (("number",), ()),
    "bytes": (("bytes", "length"), ()),
    "function": (("function", "module"), ()),
    "class": (("class", "module"), ()),
    "dict": (("dict", "length"), ()),
    "instance": (("instance", "module", "label"), ("config",)),
    "tensor": (("tensor", "dtype"), ("elements", "symbolic", "statistics", "grid")),
    "object": (("object",), ()),
} | {kind: ((kind, "length"), ()) for kind in _ITEM_TYPES}

DEEPEST = 32
"""The deepest nesting of values that is read; the recorder nests at most ten deep."""

LARGEST_COUNT = 2**63 - 1


def from_json(form: JSON) -> Value:
    """The value with this JSON form.

    Raises:
        ValueError: when `form` is not the JSON form of any value, or nests deeper than `DEEPEST`.
    """
    try:
        return _from_json(form, 0)
    except ValueError as error:
        raise ValueError(f"not the JSON form of a value: {error}") from error


def _from_json(form: JSON, depth: int) -> Value:
    if isinstance(form, Scalar):
        return form
    if depth == DEEPEST:
        raise ValueError(f"values nest at most {DEEPEST} deep")
    if not isinstance(form, dict):
        raise ValueError(f"a value expected. Received: {form_text(form)}")
    tag = next(filter(_FIELDS.__contains__, form), None)
    if tag is None:
        raise ValueError(f"no value has the fields {', '.join(form)!r:.80}")
    required, optional = _FIELDS[tag]
    fields_of(form, required, optional)
    return _record_from_json(tag, form, depth + 1)


def _record_from_json(tag: str, form: dict[str, JSON], depth: int) -> Value:
    def values(forms: JSON) -> tuple[Value, ...]:
        return tuple([_from_json(item, depth) for item in list_of(forms)])

    match tag:
        case "str":
            return Text(string_of(form[tag]), count_of(form["length"]))
        case "number":
            return Number(string_of(form[tag]))
        case "bytes":
            return Binary(string_of(form[tag]), count_of(form["length"]))
        case "function":
            return Function(string_of(form[tag]), string_of(form["module"]))
        case "class":
            return Class(string_of(form[tag]), string_of(form["module"]))
        case "dict":
            entries = [values(pair) for pair in list_of(form[tag])]
            if any(len(entry) != 2 for entry in entries):
                raise ValueError("an entry of a dict is a key and a value")
            pairs = tuple([(entry[0], entry[1]) for entry in entries])
            return Mapping(pairs, count_of(form["length"]))
        case "instance":
            config = _from_json(form["config"], depth) if "config" in form else None
            if not isinstance(config, Mapping) and "config" in form:
                raise ValueError("the config of an instance is a dict")
            cls, module, label = (string_of(form[name]) for name in ("instance", "module", "label"))
            return Instance(cls, module, label, cast("Mapping | None", config))
        case "tensor":
            shape = [None if size is None else count_of(size) for size in list_of(form[tag])]
            if form.get("symbolic", True) is not True:
                raise ValueError("symbolic is true or left out")
            statistics = values(form.get("statistics", []))
            if len(statistics) not in (0, 3):
                raise ValueError("statistics are min, mean and max")
            return Tensor(
                tuple(shape),
                string_of(form["dtype"]),
                values(form.get("elements", [])),
                "symbolic" in form,
                statistics,
                _grid_from_json(form["grid"], depth) if "grid" in form else None,
            )
        case "object":
            return Opaque(string_of(form[tag]))
    return Items(tag, values(form[tag]), count_of(form["length"]))


def _grid_from_json(form: JSON, depth: int) -> Grid:
    fields_of(form, ("rows", "columns", "largest", "levels"))
    rows, columns = count_of(form["rows"]), count_of(form["columns"])
    levels = string_of(form["levels"])
    if len(levels) != 2 * rows * columns or not _HEXADECIMAL.issuperset(levels):
        raise ValueError("levels are two hexadecimal digits for each cell")
    return Grid(rows, columns, _from_json(form["largest"], depth), levels)


_HEXADECIMAL = frozenset("0123456789abcdef")


# -- checks of a form -----------------------------------------------------------------------------


def fields_of(form: JSON, required: tuple[str, ...], optional: tuple[str, ...] = ()) -> None:
    """Refuse a form that is not an object with these fields.

    Raises:
        ValueError: naming a field that is missing or unknown.
    """
    if not isinstance(form, dict):
        raise ValueError(f"an object expected. Received: {form_text(form)}")
    for name in required:
        if name not in form:
            raise ValueError(f"{name!r} is missing")
    if len(form) > len(required):
        for name in form:
            if name not in required and name not in optional:
                raise ValueError(f"there is no field {name!r:.40} here")


def string_of(form: JSON) -> str:
    """A form that is a string.

    Raises:
        ValueError: when it is none.
    """
    if not isinstance(form, str):
        raise ValueError(f"a string expected. Received: {form_text(form)}")
    return form


def list_of(form: JSON) -> list[JSON]:
    """A form that is a list.

    Raises:
        ValueError: when it is none.
    """
    if not isinstance(form, list):
        raise ValueError(f"a list expected. Received: {form_text(form)}")
    return form


def count_of(form: JSON) -> int:
    """A form that is a whole number from 0 to 2**63 - 1; `1.0` is one, as JSON knows one kind of
    number.

    Raises:
        ValueError: when it is none.
    """
    if not is_count(form):
        raise ValueError(f"a count expected. Received: {form_text(form)}")
    return int(form)


def is_count(form: JSON) -> bool:
    """Whether a form is a whole number from 0 to 2**63 - 1."""
    whole = isinstance(form, int) or (isinstance(form, float) and form.is_integer())
    return whole and not isinstance(form, bool) and 0 <= form <= LARGEST_COUNT


def form_text(form: JSON) -> str:
    """A form for a message; of a list or an object only its type, since it may nest very deep."""
    return f"{form!r:.40}" if isinstance(form, Scalar) else type(form).__name__
