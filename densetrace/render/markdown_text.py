"""Text as Markdown that shows it unchanged: in a paragraph, as a code span, as a code block."""

import re
from collections.abc import Iterable
from typing import Final

from densetrace.system.escape import visible

_MARKUP: Final = re.compile(
    # Characters that are markup anywhere in a line, and those that begin a list or underline a
    # heading at its beginning.
    r"[\\`*_{}\[\]<>#|~&$]|^(?:[-+=](?=[-+=\s]|$)|[0-9]{1,9}[.)](?=\s|$))"
)
_BACKTICKS: Final = re.compile("`+")


def escaped(text: str) -> str:
    """Return `text` with all its markup escaped, for any place in a document, also the beginning
    of a line."""
    return _MARKUP.sub(_escape, visible(text).lstrip(" "))


def code(words: str) -> str:
    """A code span with any text."""
    words = visible(words)
    fence = "`" * (_longest_run(words) + 1)
    # Markdown strips one space from each end, unless the span is all spaces.
    ends = words[:1] + words[-1:]
    space = " " if "`" in ends or (ends == "  " and words.strip(" ")) else ""
    return f"{fence}{space}{words}{space}{fence}"


def fenced(lines: Iterable[str], language: str = "text") -> str:
    """A code block with any lines."""
    block = "".join(lines)
    fence = "`" * max(3, _longest_run(block) + 1)
    return f"{fence}{language}\n{block}{fence}\n"


def _escape(found: re.Match[str]) -> str:
    sign = found[0]
    return f"{sign[:-1]}\\{sign[-1]}"


def _longest_run(words: str) -> int:
    return max(map(len, _BACKTICKS.findall(words)), default=0)
