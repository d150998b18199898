"""The list of lessons, one per line."""

from collections.abc import Iterator, Mapping
from typing import Final

from densetrace.kinds.spans import Span
from densetrace.render import prose
from densetrace.render.layout import NARROWEST, Styled, block
from densetrace.render.theme import UNICODE, Signs

INDENT: Final = "    "
START: Final = " (start here)"
_ABOUT: Final = {
    "article-1": 'The article: "Dense Layer operation process" by Czxdas, 21 September 2023.',
}
"""What a title alone does not say, by lesson."""


def lines(titles: Mapping[str, str], width: int, signs: Signs = UNICODE) -> Iterator[Styled]:
    """The name of every lesson with its title, the one to start with first."""
    column = max(map(len, titles), default=0) + 2
    room = max(width, NARROWEST)
    yield from block((Span("Lessons of about ten minutes each:", "heading"),), room, signs)
    yield []
    is_stacked = room < column + NARROWEST  # no room for a title beside a name
    for at, (name, title) in enumerate(titles.items()):
        words = Span(f"{prose.plain(title)}{START if at == 0 else ''}")
        if is_stacked:
            yield from block((Span(name, "name"),), room, signs)
            yield from block((words,), room, signs, first=INDENT, rest=INDENT)
        else:
            named = Span(name.ljust(column), "name")
            yield from block((named, words), room, signs, rest=" " * column)
    yield []
    for hint in (
        *(about for name, about in _ABOUT.items() if name in titles),
        "Take one: densetrace demo NAME",
        "Take a lesson of your own: densetrace demo mine.md (how to write it: docs/lessons.md)",
    ):
        yield from block((Span(hint, "aside"),), room, signs, rest=INDENT)
