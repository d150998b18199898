"""The list of lessons, one per line."""

from collections.abc import Iterator, Mapping

from densetrace.kinds.spans import Span
from densetrace.render import prose
from densetrace.render.layout import NARROWEST, Styled, block
from densetrace.render.theme import UNICODE, Signs


def lines(titles: Mapping[str, str], width: int, signs: Signs = UNICODE) -> Iterator[Styled]:
    """The name of every lesson with its title."""
    column = max(map(len, titles), default=0) + 2
    room = max(width, NARROWEST)
    yield [("Lessons of about ten minutes each:", "heading")]
    yield []
    for name, title in titles.items():
        line = Span(name.ljust(column), "name"), Span(prose.plain(title))
        yield from block(line, room, signs, rest=" " * column)
    yield []
    for hint in (
        "Take one: densetrace demo NAME",
        "Take your own: densetrace demo mine.md (how to write it: docs/lessons.md)",
    ):
        yield from block([Span(hint, "aside")], room, signs, rest="  ")
