"""A trace as JSON, piece by piece (docs/trace-format.md), safe to show on a terminal as it is.

A character that a terminal could obey stands in a string as the escape that JSON has for it, which
means the same to whoever reads the JSON. In a trace file no other control character is left.
"""

import re
from collections.abc import Iterator
from typing import Final

from densetrace.trace import Trace

_DOUBTFUL: Final = re.compile(r"[^\n\x20-\x7e]")


def chunks(trace: Trace, *, ascii_only: bool = False) -> Iterator[str]:
    """The text of a trace file, a step a line; in ASCII for outputs that carry no more."""
    return (safe(chunk, ascii_only=ascii_only) for chunk in trace.chunks())


def safe(text: str, *, ascii_only: bool = False) -> str:
    """The text of any JSON, in which nothing is left that a terminal could obey."""

    def spelled(found: re.Match[str]) -> str:
        character = found[0]
        return character if character.isprintable() and not ascii_only else _escape(character)

    # In ASCII without DEL there is no other character that means something to a terminal.
    if text.isascii() and "\x7f" not in text:
        return text
    return _DOUBTFUL.sub(spelled, text)


def _escape(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[i : i + 2].hex()}" for i in range(0, len(units), 2))
