"""The words of a command as a line to type into a shell, with as few quotes as it takes."""

import shlex
from collections.abc import Iterable
from typing import Final

from densetrace.system.escape import visible

_SPECIAL_IN_DOUBLE_QUOTES: Final = frozenset('"$`\\!\n\r')


def command_line(words: Iterable[str]) -> str:
    """The words in a row, quoted where a shell needs it: `densetrace step "Dense(1, name='a')"`."""
    return " ".join(map(_quoted, words))


def _quoted(word: str) -> str:
    if visible(word) != word:
        return f"$'{''.join(map(_spelled, word))}'"
    plain = shlex.quote(word)
    if plain == word or "'" not in word or _SPECIAL_IN_DOUBLE_QUOTES & set(word):
        return plain
    return f'"{word}"'


def _spelled(character: str) -> str:
    """A character between $' and ', where a shell reads bytes that nobody could see."""
    if visible(character) == character:
        return f"\\{character}" if character in "\\'" else character
    errors = "surrogateescape" if "\udc80" <= character <= "\udcff" else "surrogatepass"
    data = character.encode("utf-8", errors)
    return "".join(f"\\x{byte:02x}" for byte in data)
