"""Breaks parts of text into lines of a given width in terminal cells."""

import re
from collections.abc import Iterable, Iterator
from typing import Final, TypeAlias

from densetrace.kinds.spans import Part, Role
from densetrace.render.cells import cell_len

Run: TypeAlias = tuple[str, Role]
"""Text, and the role it plays."""

Styled: TypeAlias = list[tuple[str, str]]
"""One line of output: texts, and the role each plays (a key of `theme.STYLES`)."""

_WORD: Final = re.compile(r" +|[^ ]+")


def wrapped(parts: Iterable[Part], first: int, rest: int) -> Iterator[list[Run]]:
    """Lines of at most `first` cells, then `rest` cells, broken at spaces where there are any."""
    runs: list[Run] = list(parts)
    if size_of(runs) <= first:
        yield runs
        return
    line: list[Run] = []
    room = first
    for unit in _units(runs, rest):
        size = size_of(unit)
        if size > room and line and not _blank(unit):
            yield _trimmed(line)
            line, room = [], rest
        if _blank(unit) and (not line or size > room):
            continue
        if size <= room:
            line += unit
            room -= size
            continue
        for text, role in unit:
            *full, last = _cut(text, room, rest, at_least=0 if line else 1)
            for head in full:
                yield _trimmed([*line, (head, role)] if head else line)
                line, room = [], rest
            line.append((last, role))
            room -= cell_len(last)
    if line:
        yield _trimmed(line)


def block(parts: Iterable[Part], first: str, rest: str, width: int) -> Iterator[Styled]:
    """Parts in as many lines as they need, each behind a prefix."""
    prefix = first
    for runs in wrapped(parts, width - len(first), width - len(rest)):
        yield [(prefix, "guide"), *runs] if prefix else [*runs]
        prefix = rest


def size_of(runs: Iterable[Run]) -> int:
    """How many cells some runs take."""
    return sum([cell_len(text) for text, _ in runs])


def _units(parts: Iterable[Run], width: int) -> Iterator[list[Run]]:
    """What is better not broken: a word with all its parts, an arrow with the word after it, an
    aside that fits into one line. Spaces between them are units too."""
    held: list[Run] = []
    for part, role in parts:
        for text in _pieces(part, role, width):
            if not text.isspace() or (held and held[-1][1] == "arrow"):
                held.append((text, role))
                continue
            if held:
                yield held
            yield [(text, role)]
            held = []
    if held:
        yield held


def _pieces(text: str, role: Role, width: int) -> list[str]:
    """The words and the spaces of a run; an aside that fits into one line is one word."""
    if role == "aside" and cell_len(text.strip()) <= width:
        body = text.lstrip(" ")
        return [piece for piece in (text[: len(text) - len(body)], body) if piece]
    return _WORD.findall(text)


def _blank(unit: list[Run]) -> bool:
    return all(text.isspace() for text, _ in unit)


def _cut(word: str, room: int, rest: int, at_least: int) -> Iterator[str]:
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


def _trimmed(line: list[Run]) -> list[Run]:
    while line and line[-1][0].isspace():
        line.pop()
    return line
