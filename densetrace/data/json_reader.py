"""Reads JSON that is deep by some of its keys: the standard reader, and where that is too shallow,
one of our own for these keys.

`json.loads` calls itself for each level, and ends at about a thousand of them; a script can nest
its steps deeper than that. What both read is strict JSON: no NaN and no Infinity, no number that a
float cannot hold.
"""

import json
import math
import re
from typing import Any, Final, NoReturn

_BLANK: Final = r"[ \t\n\r]*+"
_STRING: Final = r'"(?:[^"\\\x00-\x1f]|\\.)*+"'
_MARK: Final = re.compile(rf"{_BLANK}([][{{}},]|\Z|)")
_KEY: Final = re.compile(rf"{_BLANK}({_STRING}){_BLANK}:{_BLANK}")


class TooDeepError(ValueError):
    """A document nests deeper than Python reads, and not by the keys by which it may."""


def loads(document: str, deep: tuple[str, ...] = ()) -> Any:
    """What a JSON document says. Through the values of the keys in `deep`, it may nest to any
    depth: objects with these keys, and lists of such objects.

    Raises:
        TooDeepError: when it nests too deep elsewhere.
        ValueError: when it is not one whole JSON document.
    """
    try:
        return _decoder.decode(document)
    except RecursionError:
        return _loads_deep(document, deep)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number in JSON")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(f"a float cannot hold the number {text:.40}")
    return number


_decoder: Final = json.JSONDecoder(parse_constant=_refuse_constant, parse_float=_finite)


def _loads_deep(document: str, deep: tuple[str, ...]) -> Any:
    """As `loads`, with the open containers in a list instead of in calls."""
    root: list[Any] = []
    opened: list[Any] = [root]  # the containers that are open, the innermost last
    place = 0
    follows = False  # whether something stands in the innermost container already
    while True:
        container = opened[-1]
        mark, after = _mark(document, place)
        if len(opened) == 1 and follows:
            if after != len(document):
                raise ValueError(f"something follows the document at character {place + 1}")
            return root[0]
        if mark == _closer(container) and len(opened) > 1:
            opened.pop()
            place, follows = after, True
            continue
        if follows:
            if mark != ",":
                raise ValueError(f"a comma or the end is missing at character {place + 1}")
            place = after
        key = None
        if isinstance(container, dict):
            found = _KEY.match(document, place)
            if found is None:
                raise ValueError(f"a name is missing at character {place + 1}")
            key, place = _decoder.decode(found[1]), found.end()
        mark, after = _mark(document, place)
        may_nest = mark == "{" or len(opened) == 1 if key is None else key in deep
        if mark in _OPENERS and may_nest:
            value: Any = {} if mark == "{" else []
            place, follows = after, False
        else:
            value, place = _shallow(document, after - len(mark))
            follows = True
        if key is None:
            container.append(value)
        else:
            container[key] = value
        if not follows:
            opened.append(value)


_OPENERS: Final = ("[", "{")


def _mark(document: str, place: int) -> tuple[str, int]:
    """The bracket or comma that comes next, and where it ends; empty when something else does."""
    found = _MARK.match(document, place)
    assert found is not None  # the pattern matches nothing, too
    return found[1], found.end()


def _closer(container: Any) -> str:
    return "}" if isinstance(container, dict) else "]"


def _shallow(document: str, place: int) -> tuple[Any, int]:
    """The value at a place, and where it ends."""
    try:
        return _decoder.raw_decode(document, place)
    except RecursionError as error:
        problem = f"the value at character {place + 1} nests too deep"
        raise TooDeepError(problem) from error
