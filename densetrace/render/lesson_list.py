"""The lessons there are, each with a line."""

from collections.abc import Iterator, Mapping

from densetrace.kinds.spans import Part
from densetrace.render import prose
from densetrace.render.layout import NARROWEST, Styled, block
from densetrace.render.theme import UNICODE, Signs


def lines(titles: Mapping[str, str], width: int, signs: Signs = UNICODE) -> Iterator[Styled]:
    """The name of every lesson, and beside it its title."""
    column = max(map(len, titles), default=0) + 2
    room = max(width, NARROWEST)
    yield [("Lessons, each about ten minutes of class:", "heading")]
    yield []
    for name, title in titles.items():
        line = Part(name.ljust(column), "name"), Part(prose.plain(title))
        yield from block(line, room, signs, rest=" " * column)
    yield []
    yield [("Take one: densetrace demo NAME. Write one: densetrace demo mine.md", "aside")]
