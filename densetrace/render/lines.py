"""What every rendering is made of: a line of text, in parts that each play a role.

Renderers differ in how they draw; none of them knows what a step is made of. Whatever text a part
is given, it holds only what is safe to show (`densetrace.render.escape`).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from densetrace.render.escape import visible
from densetrace.trace import Step

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


@dataclass(frozen=True, slots=True)
class Part:
    """A run of text with one role. Its text is one line and safe to show."""

    text: str
    role: Role = "text"

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", visible(self.text))


Parts: TypeAlias = tuple[Part, ...]

ARROW = Part("→", "arrow")
CROSS = Part("✗", "error")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an outline.

    `steps` are the steps that can be read off it, the first one first; a heading has none. `below`
    are the steps whose lines stand under it, `inner` ready-made lines that follow those. `notes`
    annotate it. `failed` marks where a run ended.
    """

    parts: Parts
    steps: tuple[Step, ...] = ()
    below: tuple[Step, ...] = ()
    inner: tuple["Line", ...] = ()
    notes: tuple[Part, ...] = ()
    failed: bool = False


def plain_text(parts: Iterable[Part]) -> str:
    """The text of parts in a row."""
    return "".join(part.text for part in parts)
