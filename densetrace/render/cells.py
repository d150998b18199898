"""The width of text in terminal columns. rich, which knows every character, is loaded only for text
that needs it."""

import re
from typing import Final

NARROW: Final = re.compile(
    r"[ -~\u00a1-\u00ac\u00ae-\u02ff\u2010-\u2027\u2190-\u2319\u2500-\u25fc\u2713\u2717]*+"
)
"""Text of which each character takes one column: what densetrace itself writes."""


def cell_len(text: str) -> int:
    """The columns that a text takes."""
    if NARROW.fullmatch(text):
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)
