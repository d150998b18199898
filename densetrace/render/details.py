"""A step in full: its values told at length, and how long it took, for where there is room."""

from typing import Final

from densetrace.data.values import (
    Binary,
    Function,
    Instance,
    Items,
    Mapping,
    Tensor,
    Text,
    Value,
    text,
)
from densetrace.kinds.label import LONGEST_STRING, outcome
from densetrace.system.escape import shortened, visible

LONGEST: Final = 2_000
_UNITS: Final = ((1_000, "ns"), (1_000_000, "µs"), (1_000_000_000, "ms"))


def in_full(value: Value) -> str:
    """A value with all that a trace holds of it: elements, config, module. Safe to show."""
    return visible(shortened(_in_full(value), LONGEST))


def _in_full(value: Value) -> str:
    match value:
        case Function(_, module):
            return f"{outcome(value)} of {module}" if module else outcome(value)
        case Tensor(elements=elements) if elements and value.shape:
            more = ", ..." if _count(value) > len(elements) else ""
            return f"{value}: {', '.join(map(outcome, elements))}{more}"
        case Instance(cls, module, label, config):
            named = label if label.startswith(cls) else f"{label}, a {cls}"
            settings = "" if config is None else f" {_in_full(config)}"
            return f"{named} of {module}{settings}" if module else f"{named}{settings}"
        case Mapping() | Items():
            return text(value)
        case Text() | Binary():
            return str(value)
        case str() if len(value) > LONGEST_STRING:
            return repr(value)
    return outcome(value)


def _count(tensor: Tensor) -> int:
    count = 1
    for size in tensor.shape:
        count *= size or 0
    return count


def duration(ns: int) -> str:
    """Nanoseconds as people say them: `850 ns`, `12.3 µs`."""
    for (limit, unit), divisor in zip(_UNITS, (1, 1_000, 1_000_000), strict=True):
        if ns < limit:
            return f"{ns / divisor:.3g} {unit}"
    return f"{ns / 1_000_000_000:.3g} s"
