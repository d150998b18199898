"""Styled text: runs of text, each with a role.

Each renderer draws the roles in its own way and knows nothing else of a step. The text of a span is
always escaped (`densetrace.system.escape`).
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias, cast

from densetrace.system.escape import visible

if TYPE_CHECKING:
    from densetrace.data.steps import Where

Role: TypeAlias = Literal[
    "text",  # plain words
    "name",  # the subject of a line: an attribute, a weight
    "call",  # a function that runs
    "value",  # an input
    "result",  # a result
    "numbers",  # the numbers of a tensor, where there was room for them
    "positive",  # cells of a heat map that are positive numbers
    "negative",  # cells of a heat map that are negative numbers
    "arrow",  # the sign between inputs and result
    "aside",  # a remark
    "note",  # an annotation
    "heading",  # a phase
    "number",  # the number of a phase
    "error",  # a failure and its cause
]


class Linked(str):
    """A role of text that names a source line, with that line: a terminal may link it.

    It equals the role without a link, so only who draws links needs to know of them.
    """

    where: "Where"


def linked(role: Role, where: "Where | None") -> Role:
    """The role of text that names this source line; the role itself without one."""
    if where is None:
        return role
    with_line = Linked(role)
    with_line.where = where
    return cast(Role, with_line)


class _Run(NamedTuple):
    text: str
    role: Role


class Span(_Run):
    """A run of text with one role. Its text is one line and safe to show.

    It is a tuple, which compares and hashes fast: a long trace has millions of spans.
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
NEXT_STATEMENT: Final = Span("; ")


def plain_text(spans: Iterable[Span]) -> str:
    """The text of all spans, joined."""
    return "".join(span.text for span in spans)
