"""Styled text: runs of text, each with a role.

Each renderer draws the roles in its own way, and needs no other knowledge of a step. The text of a
part is always made safe to show (`densetrace.system.escape`).
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import Final, Literal, NamedTuple, TypeAlias

from densetrace.system.escape import visible

Role: TypeAlias = Literal[
    "text",  # plain words
    "name",  # an attribute or a weight
    "call",  # a function that runs
    "value",  # an input
    "result",  # a result
    "arrow",  # between the two
    "aside",  # a remark
    "note",  # an annotation
    "heading",  # a phase
    "number",  # the number of a phase
    "error",  # a failure, and its reason
]


class _Run(NamedTuple):
    text: str
    role: Role


class Part(_Run):
    """A run of text with one role. Its text is one line and safe to show.

    A tuple, since it is fast to compare and to hash: a long trace has millions of parts.
    """

    __slots__ = ()

    def __new__(cls, text: str, role: Role = "text") -> "Part":
        return tuple.__new__(cls, (visible(text), role))


Parts: TypeAlias = tuple[Part, ...]

part: Final = lru_cache(maxsize=4096)(Part)
"""Returns a part, cached by text and role."""

ARROW: Final = Part("→", "arrow")
CROSS: Final = Part("✗", "error")
SPACE: Final = Part(" ")


def plain_text(parts: Iterable[Part]) -> str:
    """The text of parts in a row."""
    return "".join(part.text for part in parts)
