"""A reader of the Markdown of lessons: lines and fenced blocks."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_FENCE: Final = re.compile(r" {0,3}(`{3,}|~{3,})(.*)")
_HEADING: Final = re.compile(r" {0,3}(#{1,6}) ++(.*)")


class MarkdownError(ValueError):
    """A block or comment that opens in this line is never closed."""

    def __init__(self, line: int, problem: str) -> None:
        super().__init__(problem)
        self.line = line


@dataclass(frozen=True, slots=True)
class Fence:
    """A fenced block: its info string, the lines inside, and the number of the fence's line."""

    info: str
    lines: tuple[str, ...]
    line: int

    @property
    def language(self) -> str:
        """The first word of the info string."""
        return self.info.split(None, 1)[0] if self.info else ""

    @property
    def raw(self) -> str:
        """The block as Markdown writes it, its fence longer than any inside."""
        longest = max((len(run) for run in re.findall("`+", "\n".join(self.lines))), default=0)
        fence = "`" * max(3, longest + 1)
        return "\n".join((fence + self.info, *self.lines, fence))

    def numbered(self) -> Iterator[tuple[int, str]]:
        """The lines with their numbers, without blank lines and comments (#)."""
        for number, line in enumerate(self.lines, start=self.line + 1):
            text = line.strip()
            if text and not text.startswith("#"):
                yield number, text


def heading(line: str) -> tuple[int, str] | None:
    """The depth and the text of a heading, without closing marks; None for any other line."""
    found = _HEADING.fullmatch(line)
    if found is None:
        return None
    text = found[2].rstrip(" ")
    unclosed = text.rstrip("#")
    if unclosed.endswith(" "):
        text = unclosed.rstrip(" ")
    return (len(found[1]), text) if text else None


def lines_and_fences(text: str) -> Iterator[tuple[int, str | Fence]]:
    """The numbered lines and fenced blocks of a text, without HTML comments.

    Raises:
        MarkdownError: if a block or a comment is not closed.
    """
    lines = text.expandtabs(4).splitlines()
    at = 0
    while at < len(lines):
        start, line = at, lines[at]
        opening = _FENCE.fullmatch(line)
        if opening is not None:
            at = _end_of_fence(lines, at, opening[1])
            yield start + 1, Fence(opening[2].strip(), tuple(lines[start + 1 : at]), start + 1)
        elif line.lstrip().startswith("<!--"):
            at = _end_of_comment(lines, at)
        else:
            yield start + 1, line
        at += 1


def _end_of_fence(lines: list[str], start: int, marks: str) -> int:
    for at in range(start + 1, len(lines)):
        closing = lines[at].strip()
        if closing.startswith(marks) and not closing.strip(marks[0]):
            return at
    raise MarkdownError(start + 1, f"This block starts with {marks} and is never closed.")


def _end_of_comment(lines: list[str], start: int) -> int:
    for at in range(start, len(lines)):
        if "-->" in lines[at]:
            return at
    raise MarkdownError(start + 1, "This comment starts with <!-- and is never closed.")
