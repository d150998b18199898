"""Compares an output at any width with the wide one: a golden file has only one width."""

import re
from collections import Counter

from rich.cells import cell_len

_BRANCH = re.compile(r"[│ ]*[├└]─ ")
_GUIDES = re.compile(r"[\s│├└─|`\N{EN DASH}-]+")  # a dash joins a note to its line, where it fits


def words(text: str) -> str:
    """The text without spaces, guides and dashes."""
    return _GUIDES.sub("", text)


def check_sides(narrow: str, wide: str, width: int) -> None:
    """Assert that a narrow output, with stacked sides, and a wide one, with sides beside each
    other, differ only in the marks of the sides, and that no line is wider than `width`."""
    assert max(map(cell_len, narrow.splitlines())) <= width
    contents = [Counter(words(text)) for text in (narrow, wide)]
    for mark in "+*~=":
        del contents[0][mark], contents[1][mark]
    assert contents[0] == contents[1]


def check_width(narrow: str, wide: str, width: int) -> None:
    """Assert that no line is wider than `width`, and that the text is the same."""
    assert max(map(cell_len, narrow.splitlines())) <= width
    assert words(narrow) == words(wide)


def branches(text: str) -> list[str]:
    """The guides of every line of a tree on which a step begins."""
    return [found[0] for line in text.splitlines() if (found := _BRANCH.match(line))]
