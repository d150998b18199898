"""The layout of text: everything that fits text into lines of a given width in terminal cells.

A line is a list of runs, each with the role it plays (`Styled`). Text comes in as parts, which are
safe to show already (`densetrace.system.escape`); `densetrace.render.cells` measures it. `Signs`
say which characters the output can carry.

| | |
|---|---|
| `fit` | parts in characters that the output can carry |
| `wrap`, `block` | as many lines as the parts need; `block` puts a prefix before each of them |
| `cut` | one line, with an ellipsis for what is left out |
| `pad`, `rule` | one line of exactly a width |
| `side_by_side`, `Columns` | two columns; `Columns` stacks them where there is no room |
| `texts` | lines as text without colour |
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest
from typing import Final, NamedTuple, TypeAlias

from densetrace.render.cells import cell_len
from densetrace.render.theme import UNICODE, Signs

Run: TypeAlias = tuple[str, str]
"""Text, and the role it plays (a key of `theme.STYLES`). A `Part` is one."""

Styled: TypeAlias = list[Run]
"""One line of output."""

NARROWEST: Final = 20
"""Lines are laid out for at least this width, however narrow the terminal."""

NOTE_WIDTH: Final = 84
"""Prose is not read well in longer lines, however wide the terminal."""


def size_of(runs: Iterable[Run]) -> int:
    """How many cells some runs take."""
    return sum([cell_len(text) for text, _ in runs])


def fit(parts: Iterable[Run], signs: Signs) -> Styled:
    """The parts in characters that the output can carry."""
    if signs is UNICODE:
        return list(parts)
    return [(signs.fit(text), role) for text, role in parts]


def texts(lines: Iterable[Styled]) -> Iterator[str]:
    """The lines as text without colour, each with its line break."""
    for line in lines:
        yield "".join([text for text, _ in line]).rstrip() + "\n"


# -- as many lines as it takes ---------------------------------------------------------------------


def block(
    parts: Iterable[Run],
    width: int,
    signs: Signs = UNICODE,
    *,
    first: str = "",
    rest: str = "",
    role: str = "guide",
) -> Iterator[Styled]:
    """The parts in lines of at most `width` cells, the first line behind the prefix `first`, the
    others behind `rest`. Prefixes have this role, and one cell a character."""
    prefix = first
    for line in wrap(fit(parts, signs), width - len(first), width - len(rest)):
        yield [(prefix, role), *line] if prefix else line
        prefix = rest


_WORD: Final = re.compile(r" +|[^ ]+")


def wrap(runs: Iterable[Run], first: int, rest: int) -> Iterator[Styled]:
    """Lines of at most `first` cells, then `rest` cells, broken at spaces where there are any."""
    runs = list(runs)
    if size_of(runs) <= first:
        yield runs
        return
    line: Styled = []
    room = first
    for unit in _units(runs, rest):
        size = size_of(unit)
        if size > room and line and not _is_blank(unit):
            yield _stripped(line)
            line, room = [], rest
        if _is_blank(unit) and (not line or size > room):
            continue
        if size <= room:
            line += unit
            room -= size
            continue
        for text, role in unit:
            *full, last = _split(text, room, rest, at_least=0 if line else 1)
            for head in full:
                yield _stripped([*line, (head, role)] if head else line)
                line, room = [], rest
            line.append((last, role))
            room -= cell_len(last)
    if line:
        yield _stripped(line)


def _units(runs: Iterable[Run], width: int) -> Iterator[Styled]:
    """What is better not broken: a word with all its runs, an arrow with the word after it, an
    aside that fits into one line. Spaces between them are units too."""
    unit: Styled = []
    for run, role in runs:
        for text in _words(run, role, width):
            if not text.isspace() or (unit and unit[-1][1] == "arrow"):
                unit.append((text, role))
                continue
            if unit:
                yield unit
            yield [(text, role)]
            unit = []
    if unit:
        yield unit


def _words(text: str, role: str, width: int) -> list[str]:
    """The words and the spaces of a run; an aside that fits into one line is one word."""
    if role == "aside" and cell_len(text.strip()) <= width:
        body = text.lstrip(" ")
        return [word for word in (text[: len(text) - len(body)], body) if word]
    return _WORD.findall(text)


def _is_blank(unit: Styled) -> bool:
    return all(text.isspace() for text, _ in unit)


def _split(word: str, room: int, rest: int, at_least: int) -> Iterator[str]:
    """A word in pieces of at most `room` cells, then `rest` cells. The first piece has `at_least`
    so many characters, each further one has one."""
    if cell_len(word) > room:
        start = used = 0
        for index, character in enumerate(word):
            size = cell_len(character)
            if used + size > room and index - start >= at_least:
                yield word[start:index]
                start, used, room, at_least = index, 0, rest, 1
            used += size
        word = word[start:]
    yield word


def _stripped(line: Styled) -> Styled:
    """The line without blank runs at its end."""
    while line and line[-1][0].isspace():
        line.pop()
    return line


# -- one line --------------------------------------------------------------------------------------


def cut(parts: Iterable[Run], width: int, signs: Signs = UNICODE) -> Styled:
    """The parts in one line of at most `width` cells; an ellipsis marks that it was cut."""
    runs = fit(parts, signs)
    if size_of(runs) <= width:
        return runs
    ellipsis = signs.fit("…")[: max(0, width)]
    room = width - len(ellipsis)
    kept: Styled = []
    for text, role in runs:
        head = _head(text, room)
        kept.append((head, role))
        room -= cell_len(head)
        if head != text:
            break
    return [*kept, (ellipsis, "aside")]


def _head(text: str, room: int) -> str:
    """As much of the beginning of a text as fits into so many cells."""
    used = 0
    for index, character in enumerate(text):
        used += cell_len(character)
        if used > room:
            return text[:index]
    return text


def pad(line: Styled, width: int) -> Styled:
    """The line, filled up with spaces to this width."""
    gap = width - size_of(line)
    return [*line, (" " * gap, "text")] if gap > 0 else line


def rule(title: Sequence[Run], width: int, signs: Signs = UNICODE) -> Styled:
    """A horizontal line of this width with a title in it."""
    titled = cut(((" ", "text"), *title, (" ", "text")), width - 4, signs) if title else []
    rest = width - 2 - size_of(titled)
    return [(signs.dash * 2, "guide"), *titled, (signs.dash * rest, "guide")]


# -- two columns -----------------------------------------------------------------------------------

SIDE_BY_SIDE: Final = 72
"""From this width on, `Columns` are side by side."""

INDENT: Final = 2
"""How much further a row inside another is indented, and the later lines of a row."""

DEEPEST: Final = 5
"""Rows that are nested deeper than this are indented no further."""


def side_by_side(
    left: Sequence[Styled],
    right: Sequence[Styled],
    width: int,
    between: Styled,
    between_first: Styled | None = None,
) -> Iterator[Styled]:
    """Two columns of lines, the left one `width` cells wide, with `between` in the middle of each
    line; the first line may have something else there."""
    middle = between if between_first is None else between_first
    nothing: Styled = []
    for first, second in zip_longest(left, right, fillvalue=nothing):
        yield [*pad(first, width), *middle, *second]
        middle = between


class Columns(NamedTuple):
    """Rows of two columns, which are stacked where the width has no room for both."""

    width: int
    signs: Signs

    @classmethod
    def of(cls, width: int, signs: Signs) -> "Columns":
        """Columns that take this width together, or the narrowest that can be drawn."""
        return cls(max(width, NARROWEST), signs)

    @property
    def are_beside(self) -> bool:
        """Whether there is room for both columns side by side."""
        return self.width >= SIDE_BY_SIDE

    @property
    def column(self) -> int:
        """How wide each column is when they are side by side."""
        return (self.width - 3) // 2

    def row(
        self, mark: str, left: Sequence[Run], right: Sequence[Run], depth: int
    ) -> Iterator[Styled]:
        """A row with a mark between its columns, both of them indented by `depth` cells. Stacked,
        a column without text is left out."""
        if not self.are_beside:
            for parts, sign in ((left, "-"), (right, "+")):
                if parts:
                    yield from self.across(parts, f"{sign} " + " " * depth)
            return
        indent = " " * depth
        lefts, rights = (
            list(block(parts, self.column, self.signs, first=indent, rest=indent + " " * INDENT))
            for parts in (left, right)
        )
        bar: Styled = [(f" {self.signs.vertical} ", "guide")]
        yield from side_by_side(
            lefts, rights, self.column, bar, [(f" {mark} ", "number")] if mark else bar
        )

    def across(
        self, parts: Iterable[Run], prefix: str = "", width: int | None = None
    ) -> Iterator[Styled]:
        """The parts over both columns (or this width), behind a prefix."""
        rest = " " * (len(prefix) + INDENT) if prefix else ""
        yield from block(
            parts, width or self.width, self.signs, first=prefix, rest=rest, role="number"
        )
