"""Makes text that came from data safe to show; all output passes through here.

A name may hold control characters, bidi marks, invisible characters or a stack of accents. They
are escaped, so that a terminal, a browser or a screen reader shows them instead of obeying them.
Code that lays out text calls `visible`; every output calls `printable` last.
"""

import re
import unicodedata
from typing import Final

_PLAIN: Final = re.compile(
    r"[ -~\u00a1-\u00ac\u00ae-\u02ff\u2010-\u2027\u2190-\u23ff\u2500-\u27bf\u4e00-\u9fff]*+"
)
"""Text that needs no escaping: most of it, and found with one match."""

_INVISIBLE: Final = frozenset("\u034f\u115f\u1160\u2800\u3164\uffa0")
"""Characters that Python counts as printable, but that show nothing."""

_ACCENTS: Final = 2
"""How many combining marks a letter may carry; no script in use needs more."""


def visible(text: str) -> str:
    """`text` on one line, with every invisible character written as a Python escape."""
    if _PLAIN.fullmatch(text):
        return text
    shown: list[str] = []
    room_for_accents = 0
    for character in text:
        if not character.isprintable() or character in _INVISIBLE or _selects_variant(character):
            shown.append(_escaped(character))
            room_for_accents = 0
        elif unicodedata.category(character).startswith("M"):
            shown.append(character if room_for_accents else _escaped(character))
            room_for_accents = max(0, room_for_accents - 1)
        else:
            shown.append(character)
            room_for_accents = _ACCENTS if character.isalpha() else 0
    return "".join(shown)


def printable(text: str) -> str:
    """`text` for an output: each of its lines made `visible`. A visible line is left unchanged, so
    nothing is escaped twice."""
    return "\n".join(map(visible, text.split("\n")))


def shortened(text: str, limit: int) -> str:
    """`text`; when longer than `limit` characters, its start and its length."""
    if len(text) <= limit:
        return text
    return f"{text[: limit - 20]}... ({len(text):,} characters)"


def _escaped(character: str) -> str:
    if character == " ":
        return character
    return character.encode("unicode_escape").decode("ascii")


def _selects_variant(character: str) -> bool:
    return "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"
