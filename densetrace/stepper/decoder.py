"""Decodes a terminal's input into the names of keys, in whatever pieces it arrives.

A character is its own name; an escape sequence has a name such as `up` or `page down`. Text pasted
into a terminal with bracketed paste is one key: its characters never act as keys.
"""

import re
import sys
from collections.abc import Iterator
from typing import Final, Literal

PLATFORM: Final[str] = sys.platform

PASTES_MARKED: Final = "\x1b[?2004h"
PASTES_PLAIN: Final = "\x1b[?2004l"
"""Turn bracketed paste on, and off."""

PASTE_BEGIN: Final = "\x1b[200~"
PASTE_END: Final = "\x1b[201~"

PASTED: Final = "pasted: "
"""The name of a paste is this prefix and its text."""

LONGEST_PASTE: Final = 4096
"""At most this many characters of a paste are kept; the rest is dropped."""

LONGEST_SEQUENCE: Final = 64
"""At most this many characters of an incomplete escape sequence are kept."""

_FINALS: Final = {
    "A": "up", "B": "down", "C": "right", "D": "left", "H": "home", "F": "end",
}  # fmt: skip
_NUMBERED: Final = {
    "1": "home",
    "4": "end",
    "5": "page up",
    "6": "page down",
    "7": "home",
    "8": "end",
}
_CONTROLS: Final = {
    "\r": "enter", "\n": "enter", "\t": "tab", "\x7f": "backspace", "\x08": "backspace",
    "\x1b": "escape", "\x03": "ctrl-c", "\x04": "ctrl-d", "\x0c": "ctrl-l", "\x15": "ctrl-u",
    "\x1a": "ctrl-z",
}  # fmt: skip
_ON_WINDOWS: Final = {
    "H": "up", "P": "down", "M": "right", "K": "left", "G": "home", "O": "end", "I": "page up",
    "Q": "page down",
}  # fmt: skip

_SEQUENCE: Final = re.compile(r"\x1b(?:\[[0-?]*+[ -/]*+([@-~])?|O([ -~])?)?+")
"""An escape sequence or its beginning; a group has matched when it is complete."""


def keys(text: str) -> Iterator[str]:
    """Yield the keys of complete input: a line, or what `typer.getchar` returned."""
    if PLATFORM == "win32" and len(text) == 2 and text[0] in "\x00\xe0":
        yield from filter(None, [_ON_WINDOWS.get(text[1])])
        return
    decoder = KeyDecoder()
    yield from decoder.feed(text)
    yield from decoder.flush()


class KeyDecoder:
    """Decodes input piece by piece.

    Memory is bounded, and each character is read once.
    """

    def __init__(self) -> None:
        self._rest = ""
        self._pasted: str | None = None
        self._may_be_pasting = False

    @property
    def unfinished(self) -> Literal["", "sequence", "paste"]:
        """What has begun and should end soon. Call `flush` when it does not."""
        if self._pasted is not None:
            return "paste"
        return "sequence" if self._rest and not self._may_be_pasting else ""

    def feed(self, text: str) -> Iterator[str]:
        """Yield the keys that are complete when `text` has arrived."""
        if self._may_be_pasting and text:
            self._resume_after_pause(text)
        text, self._rest = self._rest + text, ""
        index = 0
        while index < len(text):
            if self._pasted is not None:
                end = text.find(PASTE_END, index)
                if end < 0:
                    end = len(text) - _end_mark_prefix(text, index)
                    self._append_paste(text[index:end])
                    self._rest = text[end:]
                    return
                self._append_paste(text[index:end])
                yield self._paste()
                index = end + len(PASTE_END)
                continue
            sequence = _SEQUENCE.match(text, index)
            if sequence is None:
                yield from _character(text[index])
                index += 1
            elif sequence.lastindex:
                index = sequence.end()
                if sequence[0] == PASTE_BEGIN:
                    self._pasted = ""
                yield from filter(None, [_named(sequence[0])])
            elif sequence.end() == len(text):
                self._rest = sequence[0][:LONGEST_SEQUENCE]
                return
            else:  # Half a sequence is no key; Escape, and Alt with a key, are no sequence.
                is_half = len(sequence[0]) > len("\x1b[")
                index = sequence.end() if is_half else index + 1
                yield from () if is_half else ("escape",)

    def flush(self) -> Iterator[str]:
        """Yield the keys of unfinished input, after nothing has arrived for a while."""
        if self._pasted is not None:
            self._may_be_pasting = True
            yield self._paste()
        elif not self._may_be_pasting:
            rest, self._rest = self._rest, ""
            if len(rest) <= len("\x1b["):
                for character in rest:
                    yield from _character(character)

    def _resume_after_pause(self, text: str) -> None:
        """Decide whether input after a pause continues a paste: several characters at once or the
        end mark do, while one key is a key press."""
        self._may_be_pasting = False
        sequence = _SEQUENCE.fullmatch(text)
        if len(text) == 1 or (sequence is not None and _named(sequence[0]) is not None):
            self._rest = ""
        else:
            self._pasted = ""

    def _append_paste(self, text: str) -> None:
        self._pasted = ((self._pasted or "") + text)[:LONGEST_PASTE]

    def _paste(self) -> str:
        pasted, self._pasted = self._pasted or "", None
        return PASTED + pasted


def _end_mark_prefix(text: str, index: int) -> int:
    """The length of the longest end of `text` that may begin an end mark."""
    lengths = range(len(PASTE_END) - 1, 0, -1)
    return next((n for n in lengths if text.endswith(PASTE_END[:n], index)), 0)


def _character(character: str) -> Iterator[str]:
    if character in _CONTROLS:
        yield _CONTROLS[character]
    elif character >= " ":
        yield character


def _named(sequence: str) -> str | None:
    """The key of an escape sequence, whatever modifiers were held."""
    final = sequence[-1]
    if final == "~":
        return _NUMBERED.get(sequence[2:-1].partition(";")[0])
    return _FINALS.get(final)
