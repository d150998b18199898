"""Markdown as far as a lesson needs it: lines, and fenced blocks among them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_FENCE: Final = re.compile(r" {0,3}(`{3,}|~{3,})(.*)")
_HEADING: Final = re.compile(r" {0,3}(#{1,6}) ++(.*)")


class MarkdownError(ValueError):
    """Something is opened and never closed, in this line."""

    def __init__(self, line: int, problem: str) -> None:
        super().__init__(problem)
        self.line = line


@dataclass(frozen=True, slots=True)
class Fence:
    """A fenced block: what stands behind the fence, the lines inside, and the number of its first
    line."""

    info: str
    lines: tuple[str, ...]
    line: int

    @property
    def language(self) -> str:
        """The first word behind the fence."""
        return self.info.split(None, 1)[0] if self.info else ""

    @property
    def raw(self) -> str:
        """The block as Markdown writes it, its fence longer than any inside."""
        longest = max((len(run) for run in re.findall("`+", "\n".join(self.lines))), default=0)
        fence = "`" * max(3, longest + 1)
        return "\n".join((fence + self.info, *self.lines, fence))

    def numbered(self) -> Iterator[tuple[int, str]]:
        """The lines that say something and their numbers; what begins with # is a remark."""
        for number, line in enumerate(self.lines, start=self.line + 1):
            text = line.strip()
            if text and not text.startswith("#"):
                yield number, text


def heading(line: str) -> tuple[int, str] | None:
    """The depth and the text of a heading, without the marks that may close it; None for any other
    line."""
    found = _HEADING.fullmatch(line)
    if found is None:
        return None
    text = found[2].rstrip(" ")
    unclosed = text.rstrip("#")
    if unclosed.endswith(" "):
        text = unclosed.rstrip(" ")
    return (len(found[1]), text) if text else None


def parts(text: str) -> Iterator[tuple[int, str | Fence]]:
    """The lines of a text with their numbers, a fenced block as one; HTML comments are left out.

    Raises:
        MarkdownError: when a block or a comment has no end.
    """
    lines = text.expandtabs(4).splitlines()
    at = 0
    while at < len(lines):
        begun, line = at, lines[at]
        opening = _FENCE.fullmatch(line)
        if opening is not None:
            at = _end_of_fence(lines, at, opening[1])
            yield begun + 1, Fence(opening[2].strip(), tuple(lines[begun + 1 : at]), begun + 1)
        elif line.lstrip().startswith("<!--"):
            at = _end_of_comment(lines, at)
        else:
            yield begun + 1, line
        at += 1


def _end_of_fence(lines: list[str], begun: int, marks: str) -> int:
    for at in range(begun + 1, len(lines)):
        closing = lines[at].strip()
        if closing.startswith(marks) and not closing.strip(marks[0]):
            return at
    raise MarkdownError(begun + 1, f"This block is opened with {marks} and never closed.")


def _end_of_comment(lines: list[str], begun: int) -> int:
    for at in range(begun, len(lines)):
        if "-->" in lines[at]:
            return at
    raise MarkdownError(begun + 1, "This comment is opened with <!-- and never closed.")
