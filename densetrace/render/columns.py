"""Two columns side by side, or one above the other where there is no room."""

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from densetrace.kinds.spans import Part, Parts
from densetrace.render.cells import cell_len
from densetrace.render.theme import Signs
from densetrace.render.tree import NARROWEST, Styled
from densetrace.render.wrap import wrapped

SIDE_BY_SIDE: Final = 72
"""From this width on, both sides stand beside each other."""

INDENT: Final = 2
DEEPEST: Final = 5


class Frame(NamedTuple):
    """How a row is laid out: its width, and the signs it may use."""

    width: int
    signs: Signs

    @classmethod
    def of(cls, width: int, signs: Signs) -> "Frame":
        """A frame of this width, or of the narrowest that can be drawn."""
        return cls(max(width, NARROWEST), signs)

    @property
    def column(self) -> int:
        """How wide each side is."""
        return (self.width - 3) // 2

    @property
    def is_wide(self) -> bool:
        """Whether both sides stand beside each other."""
        return self.width >= SIDE_BY_SIDE


def two(
    frame: Frame, mark: str, left: Parts | None, right: Parts | None, depth: int
) -> Iterator[Styled]:
    """A row with a mark between its sides, indented by so many cells."""
    if not frame.is_wide:
        for parts, sign in ((left, "-"), (right, "+")):
            if parts:
                yield from spread(frame, parts, f"{sign} " + " " * depth)
        return
    columns = [list(_column(frame, parts, depth)) for parts in (left, right)]
    for number in range(max(map(len, columns))):
        first, second = (column[number] if number < len(column) else [] for column in columns)
        fill = " " * (frame.column - sum(cell_len(text) for text, _ in first))
        between = (mark, "number") if mark and number == 0 else (frame.signs.bar[0], "guide")
        yield [*first, (f"{fill} ", "guide"), between, (" ", "guide"), *second]


def spread(frame: Frame, parts: Parts, first: str, width: int = 0) -> Iterator[Styled]:
    """Parts over the whole width, or this one; `first` stands before them."""
    width = width or frame.width
    rest = " " * (len(first) + (INDENT if first else 0))
    prefix = first
    for runs in wrapped(fitting(parts, frame.signs), width - len(first), width - len(rest)):
        yield [(prefix, "number"), *runs]
        prefix = rest


def _column(frame: Frame, parts: Parts | None, depth: int) -> Iterator[Styled]:
    prefix = " " * depth
    for runs in wrapped(
        fitting(parts or (), frame.signs), frame.column - depth, frame.column - depth - INDENT
    ):
        yield [(prefix, "guide"), *runs]
        prefix = " " * (depth + INDENT)


def fitting(parts: Parts, signs: Signs) -> Iterable[Part]:
    """Parts in the characters that the output can carry."""
    return (Part(signs.fit(part.text), part.role) for part in parts)
