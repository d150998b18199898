"""The JSON text of values, and of what a step says beside them, written straight away.

A standard encoder wants each record as a dict first, and writes the same names and lines again and
again: this takes a third of its time, and gives the same text. docs/trace-format.md documents it.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from json.encoder import encode_basestring as string
from math import isfinite
from typing import Final

from densetrace.values import (
    Binary,
    Class,
    Function,
    Instance,
    Items,
    Number,
    Opaque,
    Tensor,
    Text,
    Value,
)
from densetrace.values import Mapping as Dict

_KEPT: Final = 4096
"""How many texts of lines, functions and shapes are kept: a trace comes back to them."""


def values_text(values: Mapping[str, Value]) -> str:
    """Values by name, as a JSON object."""
    pairs = [f"{string(name)}: {value_text(value)}" for name, value in values.items()]
    return "{" + ", ".join(pairs) + "}"


def value_text(value: Value) -> str:
    """A value: a scalar as it is, every record as an object whose first key tells its type.

    Raises:
        ValueError: when a float is not finite, which no value is and JSON has no spelling for.
    """
    match value:
        case str():
            return string(value)
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int():
            return int.__repr__(value)
        case Tensor(shape, dtype, elements, symbolic):
            head = _tensor(dtype, *shape)
            return (
                f'{head}"symbolic": true}}'
                if symbolic
                else f'{head}"elements": {_list(elements)}}}'
            )
        case Function(name, module):
            return _named("function", name, module)
        case Class(name, module):
            return _named("class", name, module)
        case float():
            if not isfinite(value):
                raise ValueError(f"Out of range float values are not JSON compliant: {value!r}")
            return float.__repr__(value)
        case Instance(cls, module, label, config):
            named = (
                f'{{"instance": {string(cls)}, "module": {string(module)}, "label": {string(label)}'
            )
            return f"{named}}}" if config is None else f'{named}, "config": {value_text(config)}}}'
        case Items(kind, items, length):
            return f'{{"{kind}": {_list(items)}, "length": {length}}}'
        case Dict(entries, length):
            pairs = ", ".join(map(_list, entries))
            return f'{{"dict": [{pairs}], "length": {length}}}'
        case Text(start, length):
            return f'{{"str": {string(start)}, "length": {length}}}'
        case Number(text):
            return f'{{"number": {string(text)}}}'
        case Binary(start, length):
            return f'{{"bytes": {string(start)}, "length": {length}}}'
        case Opaque(type_name):
            return f'{{"object": {string(type_name)}}}'


@lru_cache(maxsize=_KEPT)
def where_text(file: str, line: int, function: str, text: str) -> str:
    """The line that caused a step."""
    where = f'"file": {string(file)}, "line": {line}, "function": {string(function)}'
    return f'{{{where}, "text": {string(text)}}}'


@lru_cache(maxsize=_KEPT)
def _named(tag: str, name: str, module: str) -> str:
    return f'{{"{tag}": {string(name)}, "module": {string(module)}}}'


@lru_cache(maxsize=_KEPT)
def _tensor(dtype: str, *shape: int | None) -> str:
    return f'{{"tensor": {_list(shape)}, "dtype": {string(dtype)}, '


def _list(values: Iterable[Value]) -> str:
    return f"[{', '.join(map(value_text, values))}]"
