"""The one place where text that came from data is made safe to show.

A name may hold control characters, bidi marks, invisible characters or a stack of accents. They
are spelled out, so that a terminal, a browser or a reader shows them and none of them obeys.
`visible` serves those who lay out text; `printable` is applied at the edge of every output.
"""

import re
import unicodedata
from typing import Final

_PLAIN: Final = re.compile(
    r"[ -~\u00a1-\u00ac\u00ae-\u02ff\u2010-\u2027\u2190-\u23ff\u2500-\u27bf\u4e00-\u9fff]*+"
)
"""Text of which every character is seen as it is: most of what is shown, and found at once."""

_INVISIBLE: Final = frozenset("\u034f\u115f\u1160\u2800\u3164\uffa0")
"""Characters that count as printable and yet show nothing."""

_ACCENTS: Final = 2
"""How many combining marks may stand on one letter; scripts that people write need no more."""


def visible(text: str) -> str:
    """`text` on one line, with everything that cannot be seen spelled out as Python spells it."""
    if _PLAIN.fullmatch(text):
        return text
    shown: list[str] = []
    room_for_accents = 0
    for character in text:
        if not character.isprintable() or character in _INVISIBLE or _selects_variant(character):
            shown.append(_spelled(character))
            room_for_accents = 0
        elif unicodedata.category(character).startswith("M"):
            shown.append(character if room_for_accents else _spelled(character))
            room_for_accents = max(0, room_for_accents - 1)
        else:
            shown.append(character)
            room_for_accents = _ACCENTS if character.isalpha() else 0
    return "".join(shown)


def printable(text: str) -> str:
    """`text` as an output may write it: each of its lines made `visible`. A line that was visible
    before stays as it is, so nothing is escaped twice."""
    return "\n".join(map(visible, text.split("\n")))


def shortened(text: str, limit: int) -> str:
    """`text`, or its beginning and how long it was when it is longer than `limit` characters."""
    if len(text) <= limit:
        return text
    return f"{text[: limit - 20]}... ({len(text):,} characters)"


def _spelled(character: str) -> str:
    if character == " ":
        return character
    return character.encode("unicode_escape").decode("ascii")


def _selects_variant(character: str) -> bool:
    return "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"
