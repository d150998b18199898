"""How roles look, and which signs an output can carry. The only place with a colour in it.

Colours are the terminal's own, so that they suit its background, and say nothing that words and
signs do not say as well.
"""

from dataclasses import dataclass
from typing import Final

from densetrace.kinds.spans import Role

STYLES: Final[dict[Role | str, str]] = {
    "text": "",
    "name": "bold",
    "call": "cyan",
    "value": "",
    "result": "green",
    "arrow": "dim",
    "aside": "dim",
    "note": "dim",
    "heading": "bold",
    "number": "bold cyan",
    "error": "bold red",
    "guide": "dim",
}
"""Role -> style, as rich writes it."""


@dataclass(frozen=True, slots=True)
class Signs:
    """The signs that draw a tree, and what stands for the signs of the parts.

    `replaced` maps characters of ours that the output cannot carry to what says the same.
    `encoding` is what text must fit into: what it cannot hold is spelled out.
    """

    branch: str = "├─ "
    corner: str = "└─ "
    bar: str = "│  "
    space: str = "   "
    replaced: tuple[tuple[str, str], ...] = ()
    encoding: str = "utf-8"

    @property
    def dash(self) -> str:
        """What a horizontal line is made of."""
        return self.branch[1]

    @property
    def vertical(self) -> str:
        """What a vertical line is made of."""
        return self.bar[0]

    @property
    def carries_everything(self) -> bool:
        """Whether every character can be written."""
        return self.encoding.lower().replace("-", "").startswith("utf")

    def fit(self, text: str) -> str:
        """`text` in the characters that the output can carry."""
        if text.isascii():
            return text
        for sign, instead in self.replaced:
            text = text.replace(sign, instead)
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
    ("≥", ">="),
    ("≤", "<="),
)


def ascii_signs(encoding: str = "ascii") -> Signs:
    """Signs for an output that cannot draw lines; it may still carry more than ASCII."""
    return Signs("|- ", "`- ", "|  ", "   ", _IN_ASCII, encoding)


def signs_for(encoding: str, dumb: bool = False) -> Signs:
    """The signs that an output with this encoding can carry; a dumb terminal draws no lines."""
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
