"""Reads JSON that may nest to any depth below certain keys.

`json.loads` is recursive and fails at about a thousand levels; a script can nest its steps deeper.
Then a reader without recursion takes over for these keys. Both read strict JSON: no NaN, no
Infinity, no number that a float cannot hold.
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
    """A document nests too deep for Python, other than below the keys that may nest."""


def loads(document: str, deep: tuple[str, ...] = ()) -> Any:
    """Parse a JSON document. Below the keys in `deep` it may nest to any depth: objects with these
    keys, and lists of such objects.

    Raises:
        TooDeepError: when it nests too deep elsewhere.
        ValueError: when it is not one whole JSON document.
    """
    try:
        return _decoder.decode(document)
    except RecursionError:
        return _loads_deep(document, deep)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number in JSON")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(f"a float cannot represent the number {text:.40}")
    return number


_decoder: Final = json.JSONDecoder(parse_constant=_refuse_constant, parse_float=_finite)


def _loads_deep(document: str, deep: tuple[str, ...]) -> Any:
    """As `loads`, with a list of open containers instead of recursion."""
    root: list[Any] = []
    opened: list[Any] = [root]  # the open containers, the innermost last
    position = 0
    has_items = False  # whether the innermost container has an item already
    while True:
        container = opened[-1]
        mark, after = _mark(document, position)
        if len(opened) == 1 and has_items:
            if after != len(document):
                raise ValueError(
                    f"there is extra text after the document at character {position + 1}"
                )
            return root[0]
        if mark == _closer(container) and len(opened) > 1:
            opened.pop()
            position, has_items = after, True
            continue
        if has_items:
            if mark != ",":
                raise ValueError(f"a comma or the end is missing at character {position + 1}")
            position = after
        key = None
        if isinstance(container, dict):
            found = _KEY.match(document, position)
            if found is None:
                raise ValueError(f"a name is missing at character {position + 1}")
            key, position = _decoder.decode(found[1]), found.end()
        mark, after = _mark(document, position)
        may_nest = mark == "{" or len(opened) == 1 if key is None else key in deep
        if mark in _OPENERS and may_nest:
            value: Any = {} if mark == "{" else []
            position, has_items = after, False
        else:
            value, position = _shallow(document, after - len(mark))
            has_items = True
        if key is None:
            container.append(value)
        else:
            container[key] = value
        if not has_items:
            opened.append(value)


_OPENERS: Final = ("[", "{")


def _mark(document: str, position: int) -> tuple[str, int]:
    """The next bracket or comma, empty for anything else, and the position after it."""
    found = _MARK.match(document, position)
    assert found is not None  # the pattern also matches the empty string
    return found[1], found.end()


def _closer(container: Any) -> str:
    return "}" if isinstance(container, dict) else "]"


def _shallow(document: str, position: int) -> tuple[Any, int]:
    """The value at a position, and the position after it."""
    try:
        return _decoder.raw_decode(document, position)
    except RecursionError as error:
        problem = f"the value at character {position + 1} nests too deep"
        raise TooDeepError(problem) from error
