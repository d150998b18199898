"""What a field of a step holds, and whether that is as a condition says."""

import math
from collections.abc import Iterable, Iterator
from typing import Final, TypeAlias

from densetrace.data.trace import ABSENT, Step
from densetrace.data.values import (
    Class,
    Function,
    Instance,
    Items,
    Mapping,
    Number,
    Tensor,
    Text,
    Value,
    text,
)
from densetrace.data.wording import in_sentence
from densetrace.teach.facts import NO_LITERAL, Condition

# -- fields ---------------------------------------------------------------------------------------


class _Missing:
    """The type of `MISSING`."""


MISSING: Final = _Missing()
"""What a field holds that is not there."""

Held: TypeAlias = Value | _Missing


def field_of(step: Step, path: tuple[str, ...]) -> Held:
    """What a field of a step holds: an input or a fact by name, or the step's own `result`,
    `error`, `point`, `subject`, `where`; and what is inside of it."""
    first, rest = path[0], path[1:]
    if first in step.inputs or first in step.facts:
        return within(step.inputs.get(first, step.facts.get(first)), rest)
    if first == "result":
        return MISSING if step.result is ABSENT else within(step.result, rest)
    if first == "error" and step.error is not None:
        return step.error.message if rest == ("message",) else step.error.type
    if first == "where" and step.where is not None:
        where = step.where
        parts: dict[str, Held] = {"file": where.file, "function": where.function}
        return parts.get(".".join(rest), where.text)
    return {"point": step.point, "subject": step.subject}.get(first, MISSING)


def within(value: Held, path: tuple[str, ...]) -> Held:
    for part in path:
        value = _part(value, part)
    return value


def _part(value: Held, name: str) -> Held:
    match value:
        case Mapping(entries, length):
            if name == "length":
                return length
            return next((item for key, item in entries if str(key) == name), MISSING)
        case Items(_, items, length):
            if name == "length":
                return length
            return items[int(name)] if name.isdecimal() and int(name) < len(items) else MISSING
        case Instance(config=Mapping() as config) if name != "class":
            return config if name == "config" else _part(config, name)
        case Instance():
            return value.cls if name == "class" else MISSING
        case Tensor():
            shape = Items("tuple", value.shape, len(value.shape))
            parts: dict[str, Held] = {
                "shape": shape,
                "dtype": value.dtype,
                "symbolic": value.symbolic,
            }
            if value.shape == () and value.elements:
                parts["value"] = value.elements[0]
            return parts.get(name, MISSING)
    return MISSING


# -- comparing ------------------------------------------------------------------------------------


def holds(condition: Condition, value: Held) -> bool:
    """Whether what a field holds is as the condition says. Nothing holds of a missing field but
    that it is not something."""
    sign = condition.sign
    if isinstance(value, _Missing):
        return sign in ("!=", "is not")
    if sign in ("is", "is not"):
        return _is(value, condition) == (sign == "is")
    if sign in ("==", "!="):
        return _equals(_plain(value), condition.literal, condition.word) == (sign == "==")
    if sign == "has":
        return _contains(value, condition.literal)
    number = _plain(value)
    if not isinstance(number, int | float) or not isinstance(condition.literal, int | float):
        return False
    return {
        "<": number < condition.literal,
        ">": number > condition.literal,
        "<=": number <= condition.literal,
        ">=": number >= condition.literal,
    }[sign]


def _is(value: Value, condition: Condition) -> bool:
    if condition.word in _names(value):
        return True
    literal = condition.literal
    return literal is not NO_LITERAL and _equals(_plain(value), literal, condition.word)


def _names(value: Value) -> Iterator[str]:
    """What people call a value."""
    yield text(value)
    match value:
        case str():
            yield value
        case Function() | Class():
            yield value.name
        case Instance():
            yield value.cls


def _contains(value: Value, literal: object) -> bool:
    if isinstance(value, str):
        return isinstance(literal, str) and literal in value
    if isinstance(value, Text):
        return isinstance(literal, str) and literal in value.start
    inside: Iterable[Value] = ()
    if isinstance(value, Items):
        inside = value.items
    elif isinstance(value, Mapping):
        inside = (key for key, _ in value.entries)
    return any(_equals(_plain(item), literal, "") for item in inside)


def _plain(value: Value) -> object:
    """A value as Python writes it; a tuple is a list here, an object its name."""
    match value:
        case None | bool() | int() | float() | str():
            return value
        case Items(_, items):
            return [_plain(item) for item in items]
        case Mapping(entries):
            return {str(key): _plain(item) for key, item in entries}
        case Number(number):
            return float(number) if number in ("nan", "inf", "-inf") else number
    return text(value)


def _equals(found: object, expected: object, written: str) -> bool:
    """Whether two plain values are equal. A fraction is compared to the places that are written."""
    if isinstance(expected, tuple | list) and isinstance(found, list):
        return len(found) == len(expected) and all(
            _equals(one, other, "") for one, other in zip(found, expected, strict=True)
        )
    if isinstance(expected, dict) and isinstance(found, dict):
        return found.keys() == {str(key) for key in expected} and all(
            _equals(found[str(key)], item, "") for key, item in expected.items()
        )
    if isinstance(expected, bool) or isinstance(found, bool):
        return expected is found
    if isinstance(expected, float) and isinstance(found, int | float):
        digits = written.partition(".")[2]
        if digits.isdecimal():
            return math.isclose(found, expected, abs_tol=0.5 * 10.0 ** -len(digits), rel_tol=0)
        return math.isclose(found, expected, rel_tol=1e-6)
    return found == expected


def text_of(value: Held) -> str:
    return "not there" if isinstance(value, _Missing) else in_sentence(value)
