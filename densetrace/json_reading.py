"""Reads JSON of any depth: the standard reader, and where that is too shallow, one of our own.

`json.loads` calls itself for each level, and ends at about a thousand of them; a script can nest
its steps deeper than that. What both read is strict JSON: no NaN and no Infinity, no number that a
float cannot hold.
"""

import json
import math
import re
from typing import Any, Final, NoReturn

_TOKEN: Final = re.compile(
    r"""[ \t\n\r]*+(?:
        (?P<mark>   [][{},:] )
      | (?P<string> "(?:[^"\\\x00-\x1f]|\\.)*+" )
      | (?P<scalar> -?\d[-+.0-9eE]*+ | true | false | null )
      | (?P<end>    \Z )
    )""",
    re.VERBOSE,
)


DEEPEST: Final = 200
"""How many lists and objects may be inside each other where not any depth is allowed."""


class TooDeepError(ValueError):
    """A document nests deeper than whoever reads it allows."""


def loads(document: str, deep: str | None = None) -> Any:
    """What a JSON document says.

    Args:
        document: the JSON text.
        deep: the key by whose values alone a document may nest to any depth; everywhere when None.
            A document that can mean nothing is then refused before most of it is read.

    Raises:
        TooDeepError: when it nests deeper than `DEEPEST` elsewhere.
        ValueError: when it is not one whole JSON document.
    """
    try:
        return _decode(document)
    except RecursionError:
        return _loads_deep(document, deep)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number in JSON")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(f"a float cannot hold the number {text:.40}")
    return number


_decode: Final = json.JSONDecoder(parse_constant=_refuse_constant, parse_float=_finite).decode


def _loads_deep(document: str, deep: str | None) -> Any:
    """As `loads`, with the open containers in a list instead of in calls."""
    root: list[Any] = []
    opened: list[Any] = [root]  # the containers that are open, the innermost last
    depths = [0]  # how deep each of them is in what may not be of any depth
    keys: list[str] = []  # the keys of open objects whose values are still to come
    expected = "value"
    place = 0
    while True:
        found = _TOKEN.match(document, place)
        if found is None:
            raise ValueError(f"no JSON stands at character {place + 1}")
        token, place = found[found.lastgroup or 0], found.end()
        if expected == "end" and found.lastgroup == "end":
            return root[0]
        container = opened[-1]
        if expected == "colon" and token == ":":
            expected = "value"
        elif expected == "key" and found.lastgroup == "string":
            keys.append(_decode(token))
            expected = "colon"
        elif expected == "more" and token == ",":
            expected = "key" if isinstance(container, dict) else "value"
        elif token == _closer(container) and expected in ("more", _first(container)):
            opened.pop()
            depths.pop()
            expected = "more" if len(opened) > 1 else "end"
        elif expected == "value" and (token in ("[", "{") or found.lastgroup in _SCALARS):
            value: Any = {} if token == "{" else [] if token == "[" else _decode(token)
            key = None
            if isinstance(container, dict):
                key = keys.pop()
                container[key] = value
            else:
                container.append(value)
            if token in ("[", "{"):
                opened.append(value)
                depths.append(0 if deep is None or key == deep else depths[-1] + 1)
                if depths[-1] > DEEPEST:
                    raise TooDeepError(f"values are nested more than {DEEPEST} deep")
                expected = "key" if token == "{" else "value"
            else:
                expected = "more" if len(opened) > 1 else "end"
        else:
            raise ValueError(f"{expected} expected before character {place + 1}")


_SCALARS: Final = ("string", "scalar")


def _closer(container: Any) -> str:
    return "}" if isinstance(container, dict) else "]"


def _first(container: Any) -> str:
    """What may come first in a container that is still empty; nothing in any other."""
    return "" if container else "key" if isinstance(container, dict) else "value"
