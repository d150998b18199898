"""Searches for a step, one slice of the trace at a time, so that no search blocks the next key.

A search starts at the cursor and wraps around, so it covers the whole trace.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final, Literal

from densetrace.data.steps import ABSENT, Step
from densetrace.data.wording import short
from densetrace.kinds import label_of
from densetrace.kinds.spans import plain_text
from densetrace.stepper.cursor import Cursor

SLICE: Final = 1000
"""Steps per slice: about ten milliseconds."""

_ATTRIBUTE: Final = re.compile(r"\bself\.(\w+)")


def says(step: Step, words: str) -> bool:
    """Whether the text of a step (names, values, source line, error) contains these words, ignoring
    case."""
    wanted = words.casefold()
    return any(wanted in text.casefold() for text in _texts(step))


def touches(step: Step, attribute: str) -> bool:
    """Whether a step sets an attribute, adds it as a weight, or has a source line that names it."""
    if step.kind in ("assign", "add_weight") and step.inputs.get("name") == attribute:
        return True
    named = _ATTRIBUTE.findall(step.where.text) if step.where else []
    return any(name in (attribute, f"_{attribute}") for name in named)


def _texts(step: Step) -> Iterator[str]:
    yield from (step.kind, step.point, step.subject or "", plain_text(label_of(step)))
    for values in (step.inputs, step.facts):
        for name, value in values.items():
            yield f"{name} = {short(value)}"
    if step.result is not ABSENT:
        yield short(step.result)
    if step.error is not None:
        yield from (step.error.type, step.error.message)
    if step.where is not None:
        yield from (step.where.text, f"{step.where.file}:{step.where.line}", step.where.function)


_MATCHES: Final[dict[str, Callable[[Step, str], bool]]] = {"words": says, "attribute": touches}


@dataclass(frozen=True, slots=True)
class Search:
    """A search for words in the text of steps, or for steps that touch an attribute."""

    words: str
    kind: Literal["words", "attribute"] = "words"

    def matches(self, step: Step) -> bool:
        """Whether a step matches."""
        return _MATCHES[self.kind](step, self.words)


@dataclass(frozen=True, slots=True)
class Seeking:
    """A search in progress from the cursor `origin`; `looked_at` counts the positions read."""

    search: Search
    origin: Cursor
    forward: bool = True
    looked_at: int = 0
    found: int | None = None

    @property
    def is_over(self) -> bool:
        """Whether it has found a step or read the whole trace."""
        return self.found is not None or self.looked_at >= len(self.origin.timeline)

    @property
    def wrapped_around(self) -> bool:
        """Whether it passed an end of the trace before it found a step."""
        if self.found is None:
            return False
        return (self.found > self._start) != self.forward

    def further(self, steps: int = SLICE) -> "Seeking":
        """The search after at most `steps` more steps."""
        timeline, of, here = self.origin.timeline, self.origin.stops.of, self.origin.stop
        size, direction = len(timeline), 1 if self.forward else -1
        until = min(self.looked_at + steps, size)
        for count in range(self.looked_at, until):
            position = (self._start + direction * (count + 1)) % size
            # A match at the cursor's own stop is skipped.
            if of[position] != here and self.search.matches(timeline.steps[position]):
                return replace(self, looked_at=count + 1, found=position)
        return replace(self, looked_at=until)

    @property
    def _start(self) -> int:
        return self.origin.position
