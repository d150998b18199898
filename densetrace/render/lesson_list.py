"""The list of lessons, one per line."""

from collections.abc import Iterator, Mapping
from typing import Final

from densetrace.kinds.spans import Span
from densetrace.render import prose
from densetrace.render.layout import NARROWEST, Styled, block
from densetrace.render.theme import UNICODE, Signs

INDENT: Final = "    "


def lines(titles: Mapping[str, str], width: int, signs: Signs = UNICODE) -> Iterator[Styled]:
    """The name of every lesson with its title."""
    column = max(map(len, titles), default=0) + 2
    room = max(width, NARROWEST)
    yield from block((Span("Lessons of about ten minutes each:", "heading"),), room, signs)
    yield []
    is_stacked = room < column + NARROWEST  # no room for a title beside a name
    for name, title in titles.items():
        words = Span(prose.plain(title))
        if is_stacked:
            yield from block((Span(name, "name"),), room, signs)
            yield from block((words,), room, signs, first=INDENT, rest=INDENT)
        else:
            named = Span(name.ljust(column), "name")
            yield from block((named, words), room, signs, rest=" " * column)
    yield []
    for hint in (
        "Take one: densetrace demo NAME",
        "Take your own: densetrace demo mine.md (how to write it: docs/lessons.md)",
    ):
        yield from block((Span(hint, "aside"),), room, signs, rest=INDENT)
