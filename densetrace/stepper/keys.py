"""Every key of the stepper and what it does: one table, which the help and the manual are made of.

What a terminal sends is turned into names here: a character stands for itself, an escape sequence
for `up`, `page down` and the like.
"""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

PLATFORM: Final[str] = sys.platform


@dataclass(frozen=True, slots=True)
class Binding:
    """Some keys, the action they all start, and what it does in plain words.

    `shown` is how the keys are told to people; `group` the heading they stand under.
    """

    keys: tuple[str, ...]
    action: str
    group: str
    shown: str
    help: str


GROUPS: Final = ("Moving", "Finding", "Seeing", "Keeping and leaving")

_MOVING, _FINDING, _SEEING, _LEAVING = GROUPS

_TABLE: Final = (
    Binding(("j", "n", "down", "right"), "next", _MOVING, "j n Down", "next step (also Right)"),
    Binding(("k", "p", "up", "left"), "previous", _MOVING, "k p Up", "previous step (also Left)"),
    Binding(("s",), "into", _MOVING, "s", "step in: to what happens inside, else the next"),
    Binding(("S",), "back-into", _MOVING, "S", "back in: to the last thing before this"),
    Binding(("o",), "over", _MOVING, "o", "over what is inside this step"),
    Binding(("O",), "back-over", _MOVING, "O", "back over what is before this step"),
    Binding(("u",), "out", _MOVING, "u", "up and out, to the step around this one"),
    Binding(("t",), "next-alike", _MOVING, "t", "next step of the same kind"),
    Binding(("T",), "previous-alike", _MOVING, "T", "previous step of the same kind"),
    Binding(("g", "home"), "first", _MOVING, "g Home", "first step"),
    Binding(("G", "end"), "last", _MOVING, "G End", "last step"),
    Binding(tuple("0123456789"), "number", _MOVING, "17 Enter", "to step 17 (also 17g)"),
    Binding(("/",), "search", _FINDING, "/", "search names, values and source lines"),
    Binding((".",), "next-match", _FINDING, ".", "next match"),
    Binding((",",), "previous-match", _FINDING, ",", "previous match"),
    Binding(("a",), "attribute", _FINDING, "a", "next step that touches an attribute"),
    Binding(("A",), "attribute-back", _FINDING, "A", "previous step that touches it"),
    Binding(("l",), "closer", _SEEING, "l", "level: user, author, framework"),
    Binding(("L",), "wider", _SEEING, "L", "level, the other way"),
    Binding(("-",), "fold", _SEEING, "-", "fold this step, or the one around it"),
    Binding(("+", "="), "unfold", _SEEING, "+", "unfold"),
    Binding(("enter",), "toggle-fold", _SEEING, "Enter", "fold or unfold"),
    Binding(("z",), "fold-everything", _SEEING, "z", "fold everything"),
    Binding(("Z",), "unfold-everything", _SEEING, "Z", "unfold everything"),
    Binding(("m",), "map", _SEEING, "m", "the map of steps: show or hide"),
    Binding(("e",), "explanation", _SEEING, "e", "the explanation: show or hide"),
    Binding(("v",), "attributes", _SEEING, "v", "the object's attributes: show or hide"),
    Binding(("c",), "code", _SEEING, "c", "the source code: show or hide"),
    Binding((" ", "page down"), "scroll", _SEEING, "Space", "read on, where there is more"),
    Binding(("b", "page up"), "scroll-back", _SEEING, "b", "read back"),
    Binding(("ctrl-l",), "redraw", _SEEING, "Ctrl-L", "draw the screen anew"),
    Binding(("w",), "write", _LEAVING, "w", "write this step to a Markdown file"),
    Binding(("?", "h"), "help", _LEAVING, "? h", "this help"),
    Binding(("ctrl-z",), "suspend", _LEAVING, "Ctrl-Z", "to the shell; fg comes back"),
    Binding(("q", "ctrl-d"), "quit", _LEAVING, "q", "quit, and tell how to come back here"),
    Binding(("ctrl-c",), "interrupt", _LEAVING, "Ctrl-C", "quit at once, from anywhere"),
)

ACTIONS: Final = {key: binding.action for binding in _TABLE for key in binding.keys}
"""Key -> what it does."""


def key_table() -> list[Binding]:
    """All keys in the order in which they are told."""
    return list(_TABLE)


# -- what terminals send --------------------------------------------------------------------------

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

_SEQUENCE: Final = re.compile(r"\x1b(?:\[[0-?]*+[ -/]*+[@-~]|O[ -~])")
_UNFINISHED: Final = re.compile(r"\x1b(?:\[[0-?]*+[ -/]*+|O)?\Z")

PASTE_BEGIN: Final = "\x1b[200~"
PASTE_END: Final = "\x1b[201~"
"""What a terminal sends around a paste, once it was asked to."""

PASTED: Final = "pasted: "
"""How the name of a key begins that is no key: the text of a paste follows."""

LONGEST_SEQUENCE: Final = 64


def is_unfinished(text: str) -> bool:
    """Whether text ends in what may be the beginning of an escape sequence."""
    last = text.rfind("\x1b", -LONGEST_SEQUENCE)
    return last >= 0 and _UNFINISHED.match(text, last) is not None


def is_pasting(text: str) -> bool:
    """Whether text ends within a paste."""
    return text.rfind(PASTE_BEGIN) > text.rfind(PASTE_END)


def keys(text: str) -> Iterator[str]:
    """The names of the keys in what a terminal sent; a sequence that no key has is left out. A
    paste is one key, whose name is `PASTED` and its text."""
    if PLATFORM == "win32" and len(text) == 2 and text[0] in "\x00\xe0":
        yield from filter(None, [_ON_WINDOWS.get(text[1])])
        return
    place = 0
    while place < len(text):
        sequence = _SEQUENCE.match(text, place)
        if sequence is not None and sequence[0] == PASTE_BEGIN:
            end = text.find(PASTE_END, sequence.end())
            end = len(text) if end < 0 else end
            yield PASTED + text[sequence.end() : end]
            place = end + len(PASTE_END)
        elif sequence is not None:
            yield from filter(None, [_named(sequence[0])])
            place = sequence.end()
        else:
            character = text[place]
            place += 1
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
