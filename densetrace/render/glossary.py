"""The glossary on a terminal: a term and its definition, or all of them."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from densetrace.kinds.spans import Part
from densetrace.render.layout import NARROWEST, NOTE_WIDTH, Styled, block
from densetrace.render.theme import UNICODE, Signs

INDENT: Final = "    "


def lines(terms: Mapping[str, str], width: int, signs: Signs = UNICODE) -> Iterator[Styled]:
    """Each term with its definition under it."""
    width = min(max(width, NARROWEST), NOTE_WIDTH)
    for number, (term, definition) in enumerate(terms.items()):
        if number:
            yield []
        yield [(Part(signs.fit(term)).text, "name")]
        yield from block([Part(definition)], width, signs, first=INDENT, rest=INDENT)


def plain(terms: Mapping[str, str]) -> Iterable[str]:
    """Each term with its definition on one line."""
    return (f"{Part(f'{term}: {definition}').text}\n" for term, definition in terms.items())
