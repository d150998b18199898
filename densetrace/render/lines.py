"""The lines that every rendering of a trace draws."""

from typing import NamedTuple

from densetrace.data.steps import Step
from densetrace.kinds.spans import Part, Parts


class Line(NamedTuple):
    """One line of an outline.

    `steps` are the steps that can be read off it, the first one first; a heading has none. `below`
    are the steps whose lines stand under it, `inner` ready-made lines that follow those. `notes`
    annotate it. `failed` marks where a run ended.

    It is a tuple, because there is one for nearly every step, and a frozen dataclass takes eight
    times as long to make.
    """

    parts: Parts
    steps: tuple[Step, ...] = ()
    below: tuple[Step, ...] = ()
    inner: tuple["Line", ...] = ()
    notes: tuple[Part, ...] = ()
    failed: bool = False
