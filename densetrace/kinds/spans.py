"""Styled text: runs of text that each play a role.

Renderers differ in how they draw a role; none of them knows what a step is made of. Whatever text
a span is given, it holds only what is safe to show (`densetrace.system.escape`).
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


class Span(_Run):
    """A run of text with one role. Its text is one line and safe to show.

    It is a tuple, which is compared and hashed fast: a long trace has millions of spans.
    """

    __slots__ = ()

    def __new__(cls, text: str, role: Role = "text") -> "Span":
        return tuple.__new__(cls, (visible(text), role))


Spans: TypeAlias = tuple[Span, ...]

span: Final = lru_cache(maxsize=4096)(Span)
"""Return a span, the cached one if text and role were asked for before."""

ARROW: Final = Span("→", "arrow")
CROSS: Final = Span("✗", "error")
SPACE: Final = Span(" ")


def plain_text(spans: Iterable[Span]) -> str:
    """The text of all spans, joined."""
    return "".join(span.text for span in spans)
