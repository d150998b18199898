"""Writes parts into rows of a fixed width, in the signs that the terminal can carry."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from densetrace.kinds.spans import Part, Parts, plain_text
from densetrace.render.cells import cell_len
from densetrace.render.theme import UNICODE, Signs
from densetrace.render.tree import Styled
from densetrace.render.wrap import wrapped

NARROWEST: Final = 8


@dataclass(frozen=True, slots=True)
class Pen:
    """Signs, and what can be done with them."""

    signs: Signs = UNICODE

    @property
    def dash(self) -> str:
        """What a horizontal line is made of."""
        return self.signs.branch[1]

    @property
    def bar(self) -> str:
        """What a vertical line is made of."""
        return self.signs.bar[0]

    def fit(self, parts: Iterable[Part]) -> Parts:
        """The parts in characters that the terminal can carry."""
        return tuple(Part(self.signs.fit(part.text), part.role) for part in parts)

    def row(self, parts: Iterable[Part], width: int) -> Styled:
        """The parts in one row; what is cut off leaves a sign."""
        runs = [(part.text, str(part.role)) for part in self.fit(parts)]
        return self._cropped(runs, width)

    def rows(self, parts: Iterable[Part], width: int, hanging: int = 0) -> list[Styled]:
        """The parts in as many rows as they need, all but the first of them indented."""
        width = max(width, NARROWEST)
        rows: list[Styled] = []
        for runs in wrapped(self.fit(parts), width, max(NARROWEST, width - hanging)):
            indent: Styled = [(" " * hanging, "text")] if rows and hanging else []
            rows.append([*indent, *runs])
        return rows

    def beside(self, left: Parts, right: Parts, width: int) -> Styled:
        """Parts at both ends of a row; the left ones give way."""
        right = self.fit(right)
        taken = cell_len(plain_text(right))
        row = self.row(left, max(0, width - taken - 2))
        gap = width - cell_len("".join(text for text, _ in row)) - taken
        return [*row, (" " * gap, "text"), *((part.text, str(part.role)) for part in right)]

    def rule(self, title: Parts, width: int) -> Styled:
        """A horizontal line with a title in it."""
        titled = self.row((Part(" "), *title, Part(" ")), width - 4) if title else []
        start: Styled = [(self.dash * 2, "guide")]
        rest = width - 2 - cell_len("".join(text for text, _ in titled))
        return [*start, *titled, (self.dash * rest, "guide")]

    def _cropped(self, runs: Styled, width: int) -> Styled:
        if sum(cell_len(text) for text, _ in runs) <= width:
            return runs
        more = self.signs.fit("…")[:width]
        room = width - len(more)
        kept: Styled = []
        for text, role in runs:
            head = _head(text, room)
            kept.append((head, role))
            room -= cell_len(head)
            if head != text:
                break
        return [*kept, (more, "aside")]


def padded(row: Styled, width: int) -> Styled:
    """A row filled up with spaces."""
    gap = width - sum(cell_len(text) for text, _ in row)
    return [*row, (" " * gap, "text")] if gap > 0 else row


def columns(left: Sequence[Styled], right: Sequence[Styled], width: int, bar: str) -> list[Styled]:
    """Rows side by side, the left ones `width` cells wide, with a line between them."""
    size = max(len(left), len(right))
    filled = [*left, *[[] for _ in range(size - len(left))]]
    beside = [*right, *[[] for _ in range(size - len(right))]]
    return [
        [*padded(first, width), (f" {bar} ", "guide"), *second]
        for first, second in zip(filled, beside, strict=True)
    ]


def _head(text: str, room: int) -> str:
    used = 0
    for index, character in enumerate(text):
        used += cell_len(character)
        if used > room:
            return text[:index]
    return text
