"""Building blocks of labels: calls, results, assignments.

A label reads `matmul(f32[2,3], f32[3,64]) → f32[2,64]`, as styled text.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final

from densetrace.data.steps import ABSENT, Error, Step
from densetrace.data.values import Items, Mapping, Value
from densetrace.data.wording import LONGEST_STRING, LONGEST_VALUE, outcome, short
from densetrace.kinds.spans import ARROW, SPACE, Span, Spans, span
from densetrace.system.escape import shortened

LONGEST_MESSAGE: Final = 600


def error_text(error: Error) -> str:
    """An error on one line, as Python would show it."""
    message = shortened(" ".join(error.message.split()), LONGEST_MESSAGE)
    return f"{error.type}: {message}" if message else error.type


def is_empty(value: Value) -> bool:
    return value is None or (isinstance(value, Mapping | Items) and value.length == 0)


# -- pieces ---------------------------------------------------------------------------------------


_EQUALS: Final = Span(" = ")


def called(name: str, arguments: Iterable[str], after: Iterable[Span] = ()) -> Spans:
    """`name(argument, argument)`."""
    return (
        span(name if len(name) <= LONGEST_VALUE else shortened(name, LONGEST_VALUE), "call"),
        span(f"({', '.join(arguments)})", "value"),
        *after,
    )


def gives(step: Step) -> Spans:
    """` → result`; nothing when the step raised."""
    if step.result is ABSENT:
        return ()
    return SPACE, ARROW, SPACE, span(outcome(step.result), "result")


def assigned(name: str) -> Spans:
    """`name = `."""
    return span(name, "name"), _EQUALS


def point_end(step: Step, parts: int) -> str:
    """The last parts of a hook point: `Dense.build`."""
    return _end(step.point, parts)


@lru_cache(maxsize=1024)
def _end(point: str, parts: int) -> str:
    return ".".join(point.split(".")[-parts:])


def subject(step: Step) -> str:
    """The object that a step is about; its class when the object is not known."""
    name = step.subject or point_end(step, 2).partition(".")[0]
    return shortened(name, LONGEST_STRING)


def method_only(step: Step) -> Spans:
    """A method by its object and name: `dense.build`."""
    return (Span(f"{subject(step)}.{point_end(step, 1)}", "call"),)


def object_called(step: Step) -> Spans:
    """A call of an object: `L2#1(f32[3,3]) → f32[] = 0.02`."""
    return called(subject(step), map(short, step.inputs.values()), gives(step))


def positional(value: Value) -> list[str]:
    return [short(item) for item in value.items] if isinstance(value, Items) else []


def named(values: dict[str, Value]) -> list[str]:
    return [f"{key}={short(item)}" for key, item in values.items()]


def strings(value: Value) -> Iterator[tuple[str, Value]]:
    """The entries of a dict with keyword arguments."""
    if isinstance(value, Mapping):
        for key, item in value.entries:
            yield (key if isinstance(key, str) else short(key)), item


def not_usual(values: dict[str, Value], usual: dict[str, Value]) -> dict[str, Value]:
    """The values that differ from the usual ones."""
    return {
        name: value
        for name, value in values.items()
        if name not in usual or value is not usual[name]
    }
