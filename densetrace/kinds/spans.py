"""Styled text: runs of text that each play a role.

Renderers differ in how they draw a role; none of them knows what a step is made of. Whatever text
a part is given, it holds only what is safe to show (`densetrace.system.escape`).
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import Final, Literal, NamedTuple, TypeAlias

from densetrace.system.escape import visible

Role: TypeAlias = Literal[
    "text",  # words of ours
    "name",  # an attribute, a weight: what a line is about
    "call",  # a function that runs
    "value",  # what goes in
    "result",  # what comes out
    "arrow",  # stands between the two
    "aside",  # said in passing
    "note",  # an annotation
    "heading",  # a phase
    "number",  # the number of a phase
    "error",  # what failed, and why
]


class _Run(NamedTuple):
    text: str
    role: Role


class Part(_Run):
    """A run of text with one role. Its text is one line and safe to show.

    It is a tuple, which is compared and hashed fast: a long trace has millions of parts.
    """

    __slots__ = ()

    def __new__(cls, text: str, role: Role = "text") -> "Part":
        return tuple.__new__(cls, (visible(text), role))


Parts: TypeAlias = tuple[Part, ...]

part: Final = lru_cache(maxsize=4096)(Part)
"""Makes a part, or gives one that was made of the same text before."""

ARROW: Final = Part("→", "arrow")
CROSS: Final = Part("✗", "error")
SPACE: Final = Part(" ")


def plain_text(parts: Iterable[Part]) -> str:
    """The text of parts in a row."""
    return "".join(part.text for part in parts)
