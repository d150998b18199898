"""The parts of a value, and whether two values are the same: what provenance compares."""

from collections.abc import Iterator
from itertools import islice
from typing import Final, TypeAlias

from densetrace.trace import ABSENT, Absent
from densetrace.values import Class, Function, Instance, Items, Mapping, Tensor, Value

Part: TypeAlias = str | int
"""A part of a value: the `shape` or `dtype` of a tensor, an item, an entry."""

NOTHING: Final = ABSENT
"""What stands in a place that does not exist."""

MOST_PARTS: Final = 100
"""Of a value that consists of more, the first parts are looked at; the recorder keeps fewer."""

_MOST_IN_ALL: Final = 1000
_PARTS_SEEN: Final = 60
_PARTS_DEEP: Final = 3


def is_someone(value: object) -> bool:
    """Whether a value is an object of its own, so that meeting it again means something."""
    return isinstance(value, Instance | Tensor | Function | Class)


def same(left: object, right: object) -> bool:
    """Whether two values are the same; a list and a tuple of the same items are (shapes are told
    as either), 1 and True are not."""
    if isinstance(left, Items) and isinstance(right, Items):
        return left.length == right.length and all(map(same, left.items, right.items))
    if isinstance(left, Instance) and isinstance(right, Instance):
        return left.label == right.label
    return type(left) is type(right) and left == right


def part_of(value: object, part: Part) -> Value | Absent:
    """One part of a value."""
    match value:
        case Tensor(shape) if part == "shape":
            return Items("tuple", shape, len(shape))
        case Tensor() if part == "dtype":
            return value.dtype
        case Items(_, items) if isinstance(part, int):
            return items[part] if -len(items) <= part < len(items) else NOTHING
        case Mapping(entries):
            return next((item for key, item in entries if same(key, part)), NOTHING)
        case Instance(config=Mapping() as config):
            return part_of(config, part)
    return NOTHING


def direct_parts(value: object) -> Iterator[Part]:
    """The parts that a value consists of."""
    match value:
        case Tensor():
            yield from ("shape", "dtype")
        case Items(_, items):
            yield from range(len(items))
        case Mapping(entries):
            yield from (key for key, _ in entries if type(key) in (str, int))  # type: ignore[misc] # the types were just checked
        case Instance(config=Mapping() as config):
            yield from direct_parts(config)


def all_parts(value: object) -> Iterator[tuple[tuple[Part, ...], Value]]:
    """A value and the parts of it, outer ones first, as many as anybody needs."""
    waiting: list[tuple[tuple[Part, ...], object]] = [((), value)]
    for count, (path, found) in enumerate(waiting):
        if found is not NOTHING:
            yield path, found  # type: ignore[misc] # what is not NOTHING is a value
        if len(path) < _PARTS_DEEP and count < _PARTS_SEEN and len(waiting) < _MOST_IN_ALL:
            parts = islice(direct_parts(found), MOST_PARTS)
            waiting.extend(((*path, part), part_of(found, part)) for part in parts)


def is_telling(value: object) -> bool:
    """Whether finding an equal value elsewhere says that it came from there: None, True and empty
    values stand everywhere."""
    if isinstance(value, Items | Mapping):
        return value.length > 0
    return value is not None and not isinstance(value, bool) and value != ""
