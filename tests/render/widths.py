"""What every width of an output has in common with its wide one: a golden shows one width only."""

import re
from collections import Counter

from rich.cells import cell_len

_BRANCH = re.compile(r"[│ ]*[├└]─ ")
_GUIDES = re.compile(r"[\s│├└─|`-]+")


def words(text: str) -> str:
    """What a text says, without spaces and guides."""
    return _GUIDES.sub("", text)


def check_sides(narrow: str, wide: str, width: int) -> None:
    """Assert what holds of two sides, which a narrow output stacks and a wide one shows beside each
    other: no line is wider than `width`, and nothing but the marks of the sides comes or goes."""
    assert max(map(cell_len, narrow.splitlines())) <= width
    said = [Counter(words(text)) for text in (narrow, wide)]
    for mark in "+*~":
        del said[0][mark], said[1][mark]
    assert said[0] == said[1]


def check_width(narrow: str, wide: str, width: int) -> None:
    """Assert that no line is wider than `width`, and that nothing is lost or moved."""
    assert max(map(cell_len, narrow.splitlines())) <= width
    assert words(narrow) == words(wide)


def branches(text: str) -> list[str]:
    """The guides of every line of a tree on which a step begins."""
    return [found[0] for line in text.splitlines() if (found := _BRANCH.match(line))]
