"""What a value was: the small, frozen records a trace keeps instead of live objects.

A `Value` is a plain scalar (None, bool, int, finite float, short str) or one of the records
below. Each record says its type and a bounded part of its content, compares equal after a JSON
round trip, and has a short text (`str`) that people read in trees and sentences.
"""

from collections.abc import Mapping as MappingABC
from dataclasses import dataclass
from typing import Any, TypeAlias

JSON: TypeAlias = Any
"""What the standard `json` module reads and writes."""

_DTYPE_PREFIXES = (("uint", "u"), ("int", "i"), ("float", "f"), ("complex", "c"))


@dataclass(frozen=True, slots=True)
class Text:
    """A string too long to keep whole: its start, and how long it was."""

    start: str
    length: int

    def __str__(self) -> str:
        return f"{self.start!r}... ({self.length:,} characters)"


@dataclass(frozen=True, slots=True)
class Number:
    """A number that JSON has no spelling for: `nan`, `inf`, a complex, or a very long integer."""

    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Binary:
    """A bytes object: its start, and how long it was."""

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
    """A dict: its first entries in order, and how many there were."""

    entries: tuple[tuple["Value", "Value"], ...]
    length: int

    def __str__(self) -> str:
        parts = [f"{text(key)}: {text(value)}" for key, value in self.entries]
        return "{" + ", ".join(_and_more(parts, self.length)) + "}"

    def get(self, key: str) -> "Value":
        """The value kept under `key`, or None."""
        return next((value for name, value in self.entries if name == key), None)


@dataclass(frozen=True, slots=True)
class Items:
    """A list, tuple or set (`type` says which): its first items, and how many there were."""

    type: str
    items: tuple["Value", ...]
    length: int

    def __str__(self) -> str:
        parts = ", ".join(_and_more([text(item) for item in self.items], self.length))
        if self.type == "tuple":
            return f"({parts},)" if self.length == 1 else f"({parts})"
        if self.type == "list":
            return f"[{parts}]"
        return f"{{{parts}}}" if self.length else f"{self.type}()"


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
class Tensor:
    """An array by shape, dtype and its first elements; a symbolic tensor by shape and dtype."""

    shape: tuple[int | None, ...]
    dtype: str
    elements: tuple["Value", ...] = ()
    symbolic: bool = False

    def __str__(self) -> str:
        return f"{short_dtype(self.dtype)}[{','.join(map(str, self.shape))}]"


@dataclass(frozen=True, slots=True)
class Opaque:
    """Anything else, or an object that would not let itself be read: only its type is told."""

    type: str

    def __str__(self) -> str:
        return f"<{self.type}>"


Scalar: TypeAlias = bool | int | float | str | None
Record: TypeAlias = (
    Text | Number | Binary | Function | Class | Mapping | Items | Instance | Tensor | Opaque
)
Value: TypeAlias = Scalar | Record


def text(value: Value) -> str:
    """A value in a few words, as trees and sentences show it: `'relu'`, `f32[3,64]`, `Zeros#1`."""
    return repr(value) if isinstance(value, Scalar) else str(value)


def short_dtype(dtype: str) -> str:
    """`float32` as `f32`, `int64` as `i64`; other names as they are."""
    for prefix, letter in _DTYPE_PREFIXES:
        if dtype.startswith(prefix) and dtype[len(prefix) :].isdigit():
            return letter + dtype[len(prefix) :]
    return dtype


def _and_more(parts: list[str], length: int) -> list[str]:
    left_out = length - len(parts)
    return [*parts, f"... {left_out:,} more"] if left_out > 0 else parts


def to_json(value: Value) -> JSON:
    """The JSON form of a value: a scalar is itself, every record an object whose first key tells
    its type (docs/trace-format.md lists them)."""
    match value:
        case None | bool() | int() | float() | str():
            return value
        case Text(start, length):
            return {"str": start, "length": length}
        case Number(number):
            return {"number": number}
        case Binary(start, length):
            return {"bytes": start, "length": length}
        case Function(name, module):
            return {"function": name, "module": module}
        case Class(name, module):
            return {"class": name, "module": module}
        case Mapping(entries, length):
            pairs = [[to_json(key), to_json(item)] for key, item in entries]
            return {"dict": pairs, "length": length}
        case Items(kind, items, length):
            return {kind: [to_json(item) for item in items], "length": length}
        case Instance(cls, module, label, config):
            named = {"instance": cls, "module": module, "label": label}
            return named if config is None else named | {"config": to_json(config)}
        case Tensor(shape, dtype, elements, symbolic):
            form: dict[str, JSON] = {"tensor": list(shape), "dtype": dtype}
            if symbolic:
                return form | {"symbolic": True}
            return form | {"elements": [to_json(element) for element in elements]}
        case Opaque(type_name):
            return {"object": type_name}


_ITEM_TYPES = ("list", "tuple", "set", "frozenset")


def from_json(form: JSON) -> Value:
    """The value a JSON form stands for.

    Raises:
        ValueError: when `form` is not the JSON form of any value.
    """
    if form is None or isinstance(form, (str, int, float)):  # a bool is an int
        return form
    try:
        return _record_from_json(form)
    except (KeyError, TypeError, AttributeError, StopIteration) as error:
        raise ValueError(f"not the JSON form of a value: {str(form)[:80]}") from error


def _record_from_json(form: MappingABC[str, JSON]) -> Value:
    tag = next(iter(form))
    match tag:
        case "str":
            return Text(_string(form[tag]), _count(form["length"]))
        case "number":
            return Number(_string(form[tag]))
        case "bytes":
            return Binary(_string(form[tag]), _count(form["length"]))
        case "function":
            return Function(_string(form[tag]), _string(form["module"]))
        case "class":
            return Class(_string(form[tag]), _string(form["module"]))
        case "dict":
            entries = tuple((from_json(key), from_json(item)) for key, item in form[tag])
            return Mapping(entries, _count(form["length"]))
        case "instance":
            config = from_json(form.get("config"))
            if not isinstance(config, Mapping | None):
                raise TypeError("a config is a dict")
            return Instance(
                _string(form[tag]), _string(form["module"]), _string(form["label"]), config
            )
        case "tensor":
            shape = tuple(None if size is None else _count(size) for size in form[tag])
            elements = tuple(from_json(element) for element in form.get("elements", ()))
            return Tensor(shape, _string(form["dtype"]), elements, form.get("symbolic") is True)
        case "object":
            return Opaque(_string(form[tag]))
        case kind if kind in _ITEM_TYPES:
            return Items(
                kind, tuple(from_json(item) for item in form[kind]), _count(form["length"])
            )
    raise KeyError(tag)


def _string(form: JSON) -> str:
    if not isinstance(form, str):
        raise TypeError("a string was expected")
    return form


def _count(form: JSON) -> int:
    if not isinstance(form, int) or isinstance(form, bool) or form < 0:
        raise TypeError("a count was expected")
    return form
