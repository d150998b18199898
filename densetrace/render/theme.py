"""The style of each role, and the signs that an output can encode. No other module has colours.

A program does not know the background of a terminal. So most text has the terminal's own colour,
and what matters is bold. The few colours come from the palette, which a person can change: bright
magenta and bright red have a contrast of at least 3 on the background that each usual terminal
comes with. Cyan and green have 2 on white, and blue has 2 on black. Only lines that guide the eye
are dim: dim text is hard to read on a projector. Everything that a colour says is also said by
words and signs.
"""

from dataclasses import dataclass
from typing import Final

from densetrace.kinds.spans import Role

STYLES: Final[dict[Role | str, str]] = {
    "text": "",
    "name": "bold",
    "call": "bright_magenta",
    "value": "",
    "result": "bold",
    "numbers": "",
    "positive": "bright_red",
    "negative": "bright_magenta",
    "arrow": "",
    "aside": "",
    "note": "italic",
    "heading": "bold",
    "number": "bold bright_magenta",
    "error": "bold bright_red",
    "guide": "dim",
}
"""Role -> style, as rich writes it."""


@dataclass(frozen=True, slots=True)
class Signs:
    """The signs that draw a tree, and replacements for the signs in its text.

    `replaced` maps signs that the output cannot encode to others. Characters outside `encoding` are
    written as escapes.
    """

    branch: str = "├─ "
    corner: str = "└─ "
    bar: str = "│  "
    space: str = "   "
    replaced: tuple[tuple[str, str], ...] = ()
    encoding: str = "utf-8"

    @property
    def dash(self) -> str:
        """The sign for horizontal lines."""
        return self.branch[1]

    @property
    def vertical(self) -> str:
        """The sign for vertical lines."""
        return self.bar[0]

    @property
    def encodes_everything(self) -> bool:
        """Whether the output can encode every character."""
        return self.encoding.lower().replace("-", "").startswith("utf")

    def fit(self, text: str) -> str:
        """`text` in characters that the output can encode."""
        if text.isascii():
            return text
        for sign, replacement in self.replaced:
            text = text.replace(sign, replacement)
        return text.encode(self.encoding, "backslashreplace").decode(self.encoding)


UNICODE: Final = Signs()

_IN_ASCII: Final = (
    ("→", "->"),
    ("✗", "x"),
    ("\N{MULTIPLICATION SIGN}", "x"),
    ("…", "..."),
    ("\N{EN DASH}", "-"),
    ("\N{MINUS SIGN}", "-"),
    ("\N{RIGHT SINGLE QUOTATION MARK}", "'"),
    ("\N{MIDDLE DOT}", "."),
    ("▼", "v"),
    ("▶", ">"),
    ("─", "-"),
    *((sign, "+") for sign in "┌┐└┘├┤┬┴┼"),
    ("│", "|"),
    *zip("░▒▓≡≣", ":+%~_", strict=True),
    ("≥", ">="),
    ("≤", "<="),
    *zip("▁▂▃▄▅▆▇█", "_.,-~=*#", strict=True),
)


def ascii_signs(encoding: str = "ascii") -> Signs:
    """Signs for an output without line drawing; its encoding may still have more than ASCII."""
    return Signs("|- ", "`- ", "|  ", "   ", _IN_ASCII, encoding)


def signs_for(encoding: str, dumb: bool = False) -> Signs:
    """The signs that an output with this encoding can show; a dumb terminal draws no lines."""
    drawn = "".join((UNICODE.branch, UNICODE.corner, UNICODE.bar, "→✗"))
    try:
        drawn.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return ascii_signs(_known(encoding))
    return ascii_signs(encoding) if dumb else UNICODE


def _known(encoding: str) -> str:
    try:
        "".encode(encoding)
    except LookupError:
        return "ascii"
    return encoding
