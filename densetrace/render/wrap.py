"""Breaks parts of text into lines of a given width in terminal cells."""

import re
from collections.abc import Iterable, Iterator
from typing import Final, TypeAlias

from densetrace.render.cells import cell_len
from densetrace.render.lines import Part, Role

Run: TypeAlias = tuple[str, Role]
"""Text, and the role it plays."""

_WORD: Final = re.compile(r" +|[^ ]+")


def wrapped(parts: Iterable[Part], first: int, rest: int) -> Iterator[list[Run]]:
    """Lines of at most `first` cells, then `rest` cells, broken at spaces where there are any."""
    parts = list(parts)
    if sum(cell_len(part.text) for part in parts) <= first:
        yield [(part.text, part.role) for part in parts]
        return
    line: list[Run] = []
    room = first
    for unit in _units(parts, rest):
        size = sum(cell_len(text) for text, _ in unit)
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
            while cell_len(text) > room:
                head, text = _cut(text, room, at_least=0 if line else 1)
                yield _trimmed([*line, (head, role)] if head else line)
                line, room = [], rest
            line.append((text, role))
            room -= cell_len(text)
    if line:
        yield _trimmed(line)


def _units(parts: Iterable[Part], width: int) -> Iterator[list[Run]]:
    """What is better not broken: a word with all its parts, an arrow with the word after it, an
    aside that fits into one line. Spaces between them are units too."""
    held: list[Run] = []
    for part in parts:
        for text in _pieces(part, width):
            if not text.isspace() or (held and held[-1][1] == "arrow"):
                held.append((text, part.role))
                continue
            if held:
                yield held
            yield [(text, part.role)]
            held = []
    if held:
        yield held


def _pieces(part: Part, width: int) -> list[str]:
    """The words and the spaces of a part; an aside that fits into one line is one word."""
    if part.role == "aside" and cell_len(part.text.strip()) <= width:
        body = part.text.lstrip(" ")
        return [piece for piece in (part.text[: len(part.text) - len(body)], body) if piece]
    return _WORD.findall(part.text)


def _blank(unit: list[Run]) -> bool:
    return all(text.isspace() for text, _ in unit)


def _cut(word: str, room: int, at_least: int) -> tuple[str, str]:
    """A word that is too long, cut where the room ends; `at_least` so many characters are kept."""
    used = 0
    for index, character in enumerate(word):
        used += cell_len(character)
        if used > room and index >= at_least:
            return word[:index], word[index:]
    return word, ""


def _trimmed(line: list[Run]) -> list[Run]:
    while line and line[-1][0].isspace():
        line.pop()
    return line
