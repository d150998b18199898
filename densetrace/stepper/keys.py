"""All keys of the stepper and their actions: one table, also used for the help and the manual."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Binding:
    """Keys, the action they start, and its help text.

    `shown` is how the help writes the keys, `group` the heading they are listed under.
    """

    keys: tuple[str, ...]
    action: str
    group: str
    shown: str
    help: str


GROUPS: Final = ("Moving", "Searching", "Display", "Saving and quitting")

_MOVING, _FINDING, _SEEING, _LEAVING = GROUPS

_TABLE: Final = (
    Binding(("j", "n", "down", "right"), "next", _MOVING, "j n Down", "next step (also Right)"),
    Binding(("k", "p", "up", "left"), "previous", _MOVING, "k p Up", "previous step (also Left)"),
    Binding(("s",), "into", _MOVING, "s", "step in: first step inside, or the next step"),
    Binding(("S",), "back-into", _MOVING, "S", "back in: last step inside the previous one"),
    Binding(("o",), "over", _MOVING, "o", "step over the steps inside this one"),
    Binding(("O",), "back-over", _MOVING, "O", "step back over the steps inside the previous one"),
    Binding(("u",), "out", _MOVING, "u", "step out, to the step that contains this one"),
    Binding(("t",), "next-alike", _MOVING, "t", "next step of the same kind"),
    Binding(("T",), "previous-alike", _MOVING, "T", "previous step of the same kind"),
    Binding(("g", "home"), "first", _MOVING, "g Home", "first step"),
    Binding(("G", "end"), "last", _MOVING, "G End", "last step"),
    Binding(tuple("0123456789"), "number", _MOVING, "17 Enter", "to step 17 (also 17g)"),
    Binding(("/",), "search", _FINDING, "/", "search names, values and source lines"),
    Binding((".",), "next-match", _FINDING, ".", "next match"),
    Binding((",",), "previous-match", _FINDING, ",", "previous match"),
    Binding(("a",), "attribute", _FINDING, "a", "next step that reads or sets an attribute"),
    Binding(("A",), "attribute-back", _FINDING, "A", "previous step that does"),
    Binding(("l",), "closer", _SEEING, "l", "next level: user, author, framework"),
    Binding(("L",), "wider", _SEEING, "L", "previous level"),
    Binding(("-",), "fold", _SEEING, "-", "fold this step, or the one that contains it"),
    Binding(("+", "="), "unfold", _SEEING, "+", "unfold"),
    Binding(("enter",), "toggle-fold", _SEEING, "Enter", "fold or unfold"),
    Binding(("z",), "fold-everything", _SEEING, "z", "fold everything"),
    Binding(("Z",), "unfold-everything", _SEEING, "Z", "unfold everything"),
    Binding(("m",), "map", _SEEING, "m", "show or hide the map of steps"),
    Binding(("e",), "explanation", _SEEING, "e", "show or hide the explanation"),
    Binding(("v",), "attributes", _SEEING, "v", "show or hide the object's attributes"),
    Binding(("c",), "code", _SEEING, "c", "show or hide the source code"),
    Binding((" ", "page down"), "scroll", _SEEING, "Space", "show more of a long text"),
    Binding(("b", "page up"), "scroll-back", _SEEING, "b", "go back in a long text"),
    Binding(("ctrl-l",), "redraw", _SEEING, "Ctrl-L", "redraw the screen"),
    Binding(("w",), "write", _LEAVING, "w", "write this step to a Markdown file"),
    Binding(("?", "h"), "help", _LEAVING, "? h", "this help"),
    Binding(("ctrl-z",), "suspend", _LEAVING, "Ctrl-Z", "suspend (fg in the shell returns)"),
    Binding(("q", "ctrl-d"), "quit", _LEAVING, "q", "quit, and show how to come back here"),
    Binding(("ctrl-c",), "interrupt", _LEAVING, "Ctrl-C", "quit immediately, from anywhere"),
)

ACTIONS: Final = {key: binding.action for binding in _TABLE for key in binding.keys}
"""Key -> action."""


def key_table() -> list[Binding]:
    """All bindings in the order of the help."""
    return list(_TABLE)
