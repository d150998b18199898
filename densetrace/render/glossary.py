"""Terms of the glossary as lines for a terminal."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from densetrace.kinds.spans import Span
from densetrace.render.layout import NARROWEST, NOTE_WIDTH, Styled, block
from densetrace.render.theme import UNICODE, Signs

INDENT: Final = "    "


def lines(terms: Mapping[str, str], width: int, signs: Signs = UNICODE) -> Iterator[Styled]:
    """Each term with its definition under it."""
    width = min(max(width, NARROWEST), NOTE_WIDTH)
    for number, (term, definition) in enumerate(terms.items()):
        if number:
            yield []
        yield [(Span(signs.fit(term)).text, "name")]
        yield from block([Span(definition)], width, signs, first=INDENT, rest=INDENT)


def plain(terms: Mapping[str, str]) -> Iterable[str]:
    """Each term with its definition on one line."""
    return (f"{Span(f'{term}: {definition}').text}\n" for term, definition in terms.items())
