"""The words of a command as a shell command line with as few quotes as possible."""

import shlex
from collections.abc import Iterable
from typing import Final

from densetrace.system.escape import visible

_SPECIAL_IN_DOUBLE_QUOTES: Final = frozenset('"$`\\!\n\r')


def command_line(words: Iterable[str]) -> str:
    """The words as one line, quoted where needed: `densetrace step "Dense(1, name='a')"`."""
    return " ".join(map(_quoted, words))


def _quoted(word: str) -> str:
    if visible(word) != word:
        return f"$'{''.join(map(_spelled, word))}'"
    plain = shlex.quote(word)
    if plain == word or "'" not in word or _SPECIAL_IN_DOUBLE_QUOTES & set(word):
        return plain
    return f'"{word}"'


def _spelled(character: str) -> str:
    """A character inside $'...', where invisible bytes are written as escapes."""
    if visible(character) == character:
        return f"\\{character}" if character in "\\'" else character
    errors = "surrogateescape" if "\udc80" <= character <= "\udcff" else "surrogatepass"
    data = character.encode("utf-8", errors)
    return "".join(f"\\x{byte:02x}" for byte in data)
