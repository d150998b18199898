"""The layout of text: everything that fits text into lines of a given width in terminal cells.

A line is a list of runs of text, each with its role (`Styled`). Text arrives as spans, which are
safe to show (`densetrace.system.escape`); `densetrace.render.cells` measures it. `Signs` lists the
characters that the output can encode.

| | |
|---|---|
| `fit` | spans in characters that the output can encode |
| `wrap`, `block` | as many lines as the spans need; `block` puts a prefix before each |
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
"""Text, and the role it plays (a key of `theme.STYLES`). A `Span` is one."""

Styled: TypeAlias = list[Run]
"""One line of output."""

NARROWEST: Final = 20
"""The least width that lines are laid out for, however narrow the terminal."""

NOTE_WIDTH: Final = 84
"""The greatest width of prose, however wide the terminal: longer lines are hard to read."""


def size_of(runs: Iterable[Run]) -> int:
    """The width of runs in cells."""
    return sum([cell_len(text) for text, _ in runs])


def fit(spans: Iterable[Run], signs: Signs) -> Styled:
    """The spans in characters that the output can encode."""
    if signs is UNICODE:
        return list(spans)
    return [(signs.fit(text), role) for text, role in spans]


def texts(lines: Iterable[Styled]) -> Iterator[str]:
    """The lines as text without colour, each with its line break."""
    for line in lines:
        yield "".join([text for text, _ in line]).rstrip() + "\n"


# -- several lines ---------------------------------------------------------------------------------


def block(
    spans: Iterable[Run],
    width: int,
    signs: Signs = UNICODE,
    *,
    first: str = "",
    rest: str = "",
    role: str = "guide",
) -> Iterator[Styled]:
    """The spans in lines of at most `width` cells, the first with the prefix `first`, the others
    with `rest`. Prefixes have the role `role`, and each of their characters takes one cell."""
    prefix = first
    for line in wrap(fit(spans, signs), width - len(first), width - len(rest)):
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
    is_first = True  # the blanks that indent it are kept
    for unit in _units(runs, rest):
        size = size_of(unit)
        if size > room and not _is_blank(line) and not _is_blank(unit):
            yield _stripped(line)
            line, room, is_first = [], rest, False
        if _is_blank(unit) and (size > room or not (line or is_first)):
            if line and not _is_blank(line):  # the next word does not touch the last one
                yield _stripped(line)
                line, room, is_first = [], rest, False
            continue
        if size <= room:
            line += unit
            room -= size
            continue
        for text, role in unit:
            *full, last = _split(text, room, rest, at_least=0 if line else 1)
            for head in full:
                yield _stripped([*line, (head, role)] if head else line)
                line, room, is_first = [], rest, False
            line.append((last, role))
            room -= cell_len(last)
    if line:
        yield _stripped(line)


def _units(runs: Iterable[Run], width: int) -> Iterator[Styled]:
    """Runs to keep on one line: a word with all its runs, an arrow or a cross with the word after
    it, an aside that fits into one line. Spaces between them are units too."""
    unit: Styled = []
    for run, role in runs:
        for text in _words(run, role, width):
            if not text.isspace() or (unit and _leads(unit)):
                unit.append((text, role))
                continue
            if unit:
                yield unit
            yield [(text, role)]
            unit = []
    if unit:
        yield unit


_CROSSES: Final = ("\N{BALLOT X}", "x")
"""The sign of a failure, and its replacement in ASCII."""


def _leads(unit: Styled) -> bool:
    """Whether a unit ends with a sign that belongs to the word after it."""
    text, role = unit[-1]
    return role == "arrow" or (role == "error" and text in _CROSSES and len(unit) == 1)


def _words(text: str, role: str, width: int) -> list[str]:
    """The words and the spaces of a run; an aside that fits into one line is one word."""
    if role == "aside" and cell_len(text.strip()) <= width:
        body = text.lstrip(" ")
        return [word for word in (text[: len(text) - len(body)], body) if word]
    return _WORD.findall(text)


def _is_blank(unit: Styled) -> bool:
    return all(text.isspace() for text, _ in unit)


def _split(word: str, room: int, rest: int, at_least: int) -> Iterator[str]:
    """A word in pieces of at most `room` cells, then `rest` cells. The first piece has at least
    `at_least` characters, each further one at least one."""
    while word and (head := _head(word, room)) != word:
        cut_at = max(len(head), at_least)
        end = max((at.end() for at in _BREAK.finditer(word, 0, cut_at)), default=0)
        if not end and not at_least and _head(word, rest) == word:
            end = cut_at = 0  # the whole word fits into the next line
        yield word[: end or cut_at]
        word, room, at_least = word[end or cut_at :], rest, 1
    yield word


_BREAK: Final = re.compile(r"[(\[{](?![)\]}])|,")
"""A word that is too long for a line is broken behind a bracket or a comma, if there is one."""


def _stripped(line: Styled) -> Styled:
    """The line without blank runs at its end."""
    while line and line[-1][0].isspace():
        line.pop()
    return line


# -- one line --------------------------------------------------------------------------------------


def cut(spans: Iterable[Run], width: int, signs: Signs = UNICODE) -> Styled:
    """The spans in one line of at most `width` cells; an ellipsis marks that it was cut."""
    runs = fit(spans, signs)
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
    """The longest beginning of a text that fits into `room` cells."""
    used = 0
    for index, character in enumerate(text):
        used += cell_len(character)
        if used > room:
            return text[:index]
    return text


def pad(line: Styled, width: int) -> Styled:
    """The line, padded with spaces to this width."""
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
"""The indentation of a nested row relative to its parent, and of the later lines of a row."""

DEEPEST: Final = 5
"""The greatest depth that is still indented further."""


def side_by_side(
    left: Sequence[Styled],
    right: Sequence[Styled],
    width: int,
    between: Styled,
    between_first: Styled | None = None,
) -> Iterator[Styled]:
    """Two columns of lines, the left one `width` cells wide, with `between` in the middle of each
    line, or `between_first` in the first line."""
    middle = between if between_first is None else between_first
    nothing: Styled = []
    for first, second in zip_longest(left, right, fillvalue=nothing):
        yield [*pad(first, width), *middle, *second]
        middle = between


class Columns(NamedTuple):
    """Rows of two columns, stacked where they do not fit side by side."""

    width: int
    signs: Signs

    @classmethod
    def of(cls, width: int, signs: Signs) -> "Columns":
        """Columns with this total width, but at least `NARROWEST`."""
        return cls(max(width, NARROWEST), signs)

    @property
    def are_beside(self) -> bool:
        """Whether both columns fit side by side."""
        return self.width >= SIDE_BY_SIDE

    @property
    def column(self) -> int:
        """The width of each column when they are side by side."""
        return (self.width - 3) // 2

    def row(
        self, mark: str, left: Sequence[Run], right: Sequence[Run], depth: int
    ) -> Iterator[Styled]:
        """A row with a mark between its columns, both indented by `depth` cells. When stacked, a
        column without text is left out."""
        if not self.are_beside:
            for spans, sign in ((left, "-"), (right, "+")):
                if spans:
                    yield from self.across(spans, f"{sign} " + " " * depth)
            return
        indent = " " * depth
        lefts, rights = (
            list(block(spans, self.column, self.signs, first=indent, rest=indent + " " * INDENT))
            for spans in (left, right)
        )
        bar: Styled = [(f" {self.signs.vertical} ", "guide")]
        yield from side_by_side(
            lefts, rights, self.column, bar, [(f" {mark} ", "number")] if mark else bar
        )

    def across(
        self, spans: Iterable[Run], prefix: str = "", width: int | None = None
    ) -> Iterator[Styled]:
        """The spans across both columns (or this width), after a prefix."""
        rest = " " * (len(prefix) + INDENT) if prefix else ""
        yield from block(
            spans, width or self.width, self.signs, first=prefix, rest=rest, role="number"
        )
