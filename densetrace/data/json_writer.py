"""Encodes a trace, its steps and their values as JSON text, without building dicts first.

The standard encoder needs each record as a dict, and encodes the same names and lines again and
again. This gives the same text in a third of the time. docs/trace-format.md documents it.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from json.encoder import encode_basestring
from math import isfinite
from typing import TYPE_CHECKING, Any, Final

from densetrace.data.order import OUTSIDE
from densetrace.data.values import (
    JSON,
    Binary,
    Class,
    Function,
    Grid,
    Instance,
    Items,
    Number,
    Opaque,
    Tensor,
    Text,
    Value,
)
from densetrace.data.values import Mapping as Dict

if TYPE_CHECKING:
    from densetrace.data.steps import Step
    from densetrace.data.trace import Trace

_KEPT: Final = 4096
"""How many texts of names, lines and shapes are cached."""

string: Final = encode_basestring
"""A string in quotes, with the escapes that JSON demands."""


_DOUBTFUL: Final = re.compile(r"[^\n\x20-\x7e]")


def safe(text: str, *, ascii_only: bool = False) -> str:
    """JSON text with its unprintable characters as JSON escapes, so that a terminal shows them
    instead of obeying them. A JSON reader reads the same."""

    def spelled(found: re.Match[str]) -> str:
        character = found[0]
        return character if character.isprintable() and not ascii_only else _escape(character)

    # JSON in ASCII has no control characters but DEL.
    if text.isascii() and "\x7f" not in text:
        return text
    return _DOUBTFUL.sub(spelled, text)


def _escape(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[i : i + 2].hex()}" for i in range(0, len(units), 2))


def lines(trace: "Trace") -> Iterator[str]:
    """A trace as a JSON document: a line for source, engine and outcome, then a line for each step,
    in order of opening."""
    from densetrace.data.schema import FORMAT, VERSION

    yield safe(
        f'{{"format": {string(FORMAT)}, "version": {VERSION}'
        f', "source": {values_text(trace.source)}, "engine": {values_text(trace.engine)}'
        f', "outcome": {values_text(trace.outcome)}, "steps": ['
    )
    order, separator = trace.order, "\n"
    steps = order.steps
    for step, parent in zip(steps, order.parents, strict=True):
        outer = None if parent == OUTSIDE else steps[parent].id
        yield separator + safe(step_text(step, outer))
        separator = ",\n"
    yield "]}\n"


def step_text(step: "Step", parent: int | None) -> str:
    """A step, with the id of its parent."""
    from densetrace.data.steps import ABSENT

    result = error = where = ""
    if step.result is not ABSENT:
        result = f', "result": {value_text(step.result)}'
    if step.error is not None:
        kind, message = string(step.error.type), string(step.error.message)
        error = f', "error": {{"type": {kind}, "message": {message}}}'
    line = step.where
    if line is not None:
        where = f', "where": {where_text(line.file, line.line, line.function, line.text)}'
    return (
        f'{{"id": {step.id}, "parent": {"null" if parent is None else parent}'
        f"{_known_by(step.kind, step.point, step.subject)}"
        f', "inputs": {values_text(step.inputs)}, "facts": {values_text(step.facts)}'
        f'{result}{error}{where}, "ns": {step.ns}}}'
    )


@lru_cache(maxsize=_KEPT)
def _known_by(kind: str, point: str, subject: str | None) -> str:
    named = f', "kind": {string(kind)}, "point": {string(point)}'
    return f'{named}, "subject": {value_text(subject)}'


def value_text(value: Value) -> str:
    """A value: a scalar as it is, every record as an object whose first key is its type.

    Raises:
        ValueError: when a float is not finite, which JSON cannot express.
    """
    return _WRITERS[type(value)](value)


def to_json(value: Value) -> JSON:
    """The JSON form of a value: a scalar is itself, every record an object whose first key is
    its type (docs/trace-format.md lists them)."""
    from densetrace.data.json_reader import loads  # a command that writes JSON reads none

    return loads(value_text(value))


def values_text(values: Mapping[str, Value]) -> str:
    """Values by name, as a JSON object."""
    pairs = [_key(name) + _WRITERS[type(value)](value) for name, value in values.items()]
    return "{" + ", ".join(pairs) + "}"


@lru_cache(maxsize=_KEPT)
def where_text(file: str, line: int, function: str, text: str) -> str:
    """The line that caused a step."""
    where = f'"file": {string(file)}, "line": {line}, "function": {string(function)}'
    return f'{{{where}, "text": {string(text)}}}'


@lru_cache(maxsize=_KEPT)
def _key(name: str) -> str:
    return f"{string(name)}: "


def _list(values: Iterable[Value]) -> str:
    return "[" + ", ".join([_WRITERS[type(value)](value) for value in values]) + "]"


# -- records --------------------------------------------------------------------------------------


def _float(value: float) -> str:
    if not isfinite(value):
        raise ValueError(f"Out of range float values are not JSON compliant: {value!r}")
    return float.__repr__(value)


def _tensor(tensor: Tensor) -> str:
    head = _shaped(tensor.dtype, *tensor.shape)
    if tensor.symbolic:
        return head + '"symbolic": true}'
    more = f', "statistics": {_list(tensor.statistics)}' if tensor.statistics else ""
    if tensor.grid is not None:
        more += f', "grid": {_grid(tensor.grid)}'
    return f'{head}"elements": {_list(tensor.elements)}{more}}}'


def _grid(grid: Grid) -> str:
    size = f'"rows": {grid.rows}, "columns": {grid.columns}'
    largest, levels = value_text(grid.largest), string(grid.levels)
    return f'{{{size}, "largest": {largest}, "levels": {levels}}}'


@lru_cache(maxsize=_KEPT, typed=True)
def _shaped(dtype: str, *shape: int | None) -> str:
    return f'{{"tensor": {_list(shape)}, "dtype": {string(dtype)}, '


@lru_cache(maxsize=_KEPT)
def _named(tag: str, name: str, module: str) -> str:
    return f'{{"{tag}": {string(name)}, "module": {string(module)}'


def _instance(instance: Instance) -> str:
    named = _named("instance", instance.cls, instance.module)
    config = "" if instance.config is None else f', "config": {value_text(instance.config)}'
    return f'{named}, "label": {string(instance.label)}{config}}}'


def _dict(mapping: Dict) -> str:
    pairs = ", ".join(map(_list, mapping.entries))
    return f'{{"dict": [{pairs}], "length": {mapping.length}}}'


def _items(items: Items) -> str:
    return f'{{{string(items.type)}: {_list(items.items)}, "length": {items.length}}}'


class _Writers(dict[type, Callable[[Any], str]]):
    """The encoder of each type; a subclass is encoded as its base is."""

    def __missing__(self, kind: type) -> Callable[[Any], str]:
        for base in kind.__mro__[1:]:
            if base in self:
                return self[base]
        raise TypeError(f"not a value: {kind}")


_WRITERS: Final = _Writers(
    {
        type(None): {None: "null"}.__getitem__,
        bool: {False: "false", True: "true"}.__getitem__,
        int: int.__repr__,
        float: _float,
        str: string,
        Text: lambda text: f'{{"str": {string(text.start)}, "length": {text.length}}}',
        Number: lambda number: f'{{"number": {string(number.text)}}}',
        Binary: lambda data: f'{{"bytes": {string(data.start)}, "length": {data.length}}}',
        Function: lambda function: _named("function", function.name, function.module) + "}",
        Class: lambda cls: _named("class", cls.name, cls.module) + "}",
        Dict: _dict,
        Items: _items,
        Instance: _instance,
        Tensor: _tensor,
        Opaque: lambda opaque: f'{{"object": {string(opaque.type)}}}',
    }
)
