"""The words of an expectation: what stands in quotes or brackets belongs together."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from densetrace.system.errors import shown


class FactError(ValueError):
    """A line is no expectation. The message says why, in a sentence; `hint` what to write."""

    def __init__(self, problem: str, hint: str = "") -> None:
        super().__init__(problem)
        self.hint = hint


_OPENING: Final = {"(": ")", "[": "]", "{": "}"}


@dataclass(slots=True)
class Tokens:
    """The words of a line. What stands in quotes or brackets belongs together; a colon at the end
    of a word is a word of its own."""

    text: str
    _left: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._left = list(_tokens(self.text))[::-1]

    @property
    def next(self) -> str | None:
        return self._left[-1] if self._left else None

    def take(self, wanted: str = "a word") -> str:
        if not self._left:
            raise FactError(f"The line ends where {wanted} should follow.")
        return self._left.pop()

    def expect(self, word: str) -> None:
        found = self.take(f"'{word}'")
        if found != word:
            raise FactError(f"'{word}' should stand where '{shown(found)}' stands.")

    def end(self) -> None:
        if self._left:
            raise FactError(f"The line should end before '{shown(self._left[-1])}'.")


def _tokens(text: str) -> Iterator[str]:
    word: list[str] = []
    closing: list[str] = []
    quote = ""
    for character in text:
        if quote:
            quote = "" if character == quote and word[-1] != "\\" else quote
        elif character in "'\"":
            quote = character
        elif character in _OPENING:
            closing.append(_OPENING[character])
        elif closing and character == closing[-1]:
            closing.pop()
        elif character.isspace() and not closing:
            yield from _split_colon("".join(word))
            word.clear()
            continue
        word.append(character)
    if quote or closing:
        raise FactError(f"A {'quote' if quote else 'bracket'} is opened and never closed.")
    yield from _split_colon("".join(word))


def _split_colon(word: str) -> Iterator[str]:
    bare = word.removesuffix(":")
    yield from filter(None, (bare, ":" if bare != word else ""))
