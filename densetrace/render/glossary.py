"""The glossary on a terminal: a term and its definition, or all of them."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from densetrace.kinds.spans import Part
from densetrace.render.theme import UNICODE, Signs
from densetrace.render.tree import NARROWEST, NOTE_WIDTH, Styled
from densetrace.render.wrap import wrapped

INDENT: Final = "    "


def lines(terms: Mapping[str, str], width: int, signs: Signs = UNICODE) -> Iterator[Styled]:
    """Each term with its definition under it."""
    room = min(max(width, NARROWEST), NOTE_WIDTH) - len(INDENT)
    for number, (term, definition) in enumerate(terms.items()):
        if number:
            yield []
        yield [(Part(signs.fit(term)).text, "name")]
        for runs in wrapped([Part(signs.fit(definition))], room, room):
            yield [(INDENT, "guide"), *runs]


def plain(terms: Mapping[str, str]) -> Iterable[str]:
    """Each term with its definition on one line."""
    return (f"{Part(f'{term}: {definition}').text}\n" for term, definition in terms.items())
