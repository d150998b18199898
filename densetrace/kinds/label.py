"""What the label of a step is built from: values in a few words, calls, results, assignments.

A label reads `matmul(f32[2,3], f32[3,64]) → f32[2,64]`, as styled text.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final

from densetrace.data.trace import ABSENT, Error, Step
from densetrace.data.values import (
    Class,
    Function,
    Instance,
    Items,
    Mapping,
    Tensor,
    Text,
    Value,
    text,
)
from densetrace.kinds.spans import ARROW, SPACE, Part, Parts, part
from densetrace.system.escape import shortened

LONGEST_STRING: Final = 60
LONGEST_VALUE: Final = 160
LONGEST_MESSAGE: Final = 600


# -- values ---------------------------------------------------------------------------------------


def told(value: Value) -> str:
    """A value in a few words; long ones are told in part."""
    words = _told(value)
    return words if len(words) <= LONGEST_VALUE else shortened(words, LONGEST_VALUE)


def _told(value: Value) -> str:
    match value:  # the commonest first
        case str():
            return repr(value) if len(value) <= LONGEST_STRING else _told(Text(value, len(value)))
        case None | bool() | int():
            return repr(value)
        case Function(name) | Class(name):
            return name
        case Text(start, length):
            return f"{start[: LONGEST_STRING - 20]!r}... ({length:,} characters)"
        case float():
            return f"{value:.7g}" if abs(value) < 1e16 else repr(value)
        case Tensor(shape, dtype, elements):
            of = _tensor(dtype, *shape)
            return of if shape or len(elements) != 1 else f"{_told(elements[0])} as {of}"
        case Instance(cls="InputSpec", config=Mapping(entries)):
            demands = [(key, item) for key, item in entries if not is_empty(item)]
            return f"InputSpec({keywords(demands)})"
        case Instance():
            return shortened(value.label, LONGEST_STRING)
        case Mapping(entries, length) if length == len(entries):
            return "{" + ", ".join(f"{_told(key)}: {_told(item)}" for key, item in entries) + "}"
        case Items("list", items, length) if length == len(items):
            return "[" + ", ".join(map(_told, items)) + "]"
    return text(value)


@lru_cache(maxsize=1024, typed=True)
def _tensor(dtype: str, *shape: int | None) -> str:
    """`f32[2,3]`: a trace has few shapes, and comes back to them."""
    return str(Tensor(shape, dtype))


def outcome(value: Value) -> str:
    """A value as something that came out: a function and a class say that they are one."""
    match value:
        case Function():
            return f"function {told(value)}"
        case Class():
            return f"class {told(value)}"
    return told(value)


def error_text(error: Error) -> str:
    """An error on one line, as Python would show it."""
    message = shortened(" ".join(error.message.split()), LONGEST_MESSAGE)
    return f"{error.type}: {message}" if message else error.type


def is_empty(value: Value) -> bool:
    return value is None or (isinstance(value, Mapping | Items) and value.length == 0)


def keywords(pairs: Iterable[tuple[Value, Value]]) -> str:
    return ", ".join(f"{key}={told(item)}" for key, item in pairs)


def shape_text(shape: Value) -> str:
    """A shape as people write it: `(None, 3)`, whether it was a tuple, a list or a TensorShape."""
    match shape:
        case Items(_, items, length) if length == len(items):
            inside = ", ".join(map(told, items))
            return f"({inside},)" if length == 1 else f"({inside})"
        case Tensor(sizes):
            return shape_text(Items("tuple", sizes, len(sizes)))
    return told(shape)


# -- pieces ---------------------------------------------------------------------------------------


_EQUALS: Final = Part(" = ")


def called(name: str, arguments: Iterable[str], after: Iterable[Part] = ()) -> Parts:
    """`name(argument, argument)`."""
    return (
        part(name if len(name) <= LONGEST_VALUE else shortened(name, LONGEST_VALUE), "call"),
        part(f"({', '.join(arguments)})", "value"),
        *after,
    )


def gives(step: Step) -> Parts:
    """` → result`; nothing when the step raised."""
    if step.result is ABSENT:
        return ()
    return SPACE, ARROW, SPACE, part(outcome(step.result), "result")


def assigned(name: str) -> Parts:
    """`name = `."""
    return part(name, "name"), _EQUALS


def point_end(step: Step, parts: int) -> str:
    """The last parts of a hook point: `Dense.build`."""
    return _end(step.point, parts)


@lru_cache(maxsize=1024)
def _end(point: str, parts: int) -> str:
    return ".".join(point.split(".")[-parts:])


def subject(step: Step) -> str:
    """Whom a step is about; its class when that is not known."""
    name = step.subject or point_end(step, 2).partition(".")[0]
    return shortened(name, LONGEST_STRING)


def positional(value: Value) -> list[str]:
    return [told(item) for item in value.items] if isinstance(value, Items) else []


def named(values: dict[str, Value]) -> list[str]:
    return [f"{key}={told(item)}" for key, item in values.items()]


def strings(value: Value) -> Iterator[tuple[str, Value]]:
    """The entries of a dict with keyword arguments."""
    if isinstance(value, Mapping):
        for key, item in value.entries:
            yield (key if isinstance(key, str) else told(key)), item


def kept(values: dict[str, Value], usual: dict[str, Value]) -> dict[str, Value]:
    """The values that are not what they usually are."""
    return {
        name: value
        for name, value in values.items()
        if name not in usual or value is not usual[name]
    }
