"""Looks for a step, a slice of the trace at a time, so that no search holds up the next key.

A search goes once around the whole trace, from the place where it began: whatever matches is found.
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
"""Steps looked at in one go: some ten milliseconds."""

_ATTRIBUTE: Final = re.compile(r"\bself\.(\w+)")


def says(step: Step, words: str) -> bool:
    """Whether anything that a step shows (names, values, source line, error) holds these words,
    whatever their case."""
    wanted = words.casefold()
    return any(wanted in text.casefold() for text in _texts(step))


def touches(step: Step, attribute: str) -> bool:
    """Whether a step sets an attribute, adds it as a weight, or a line that names it causes it."""
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
    """What somebody looks for: words in what steps show, or steps that touch an attribute."""

    words: str
    kind: Literal["words", "attribute"] = "words"

    def matches(self, step: Step) -> bool:
        """Whether a step is one of those looked for."""
        return _MATCHES[self.kind](step, self.words)


@dataclass(frozen=True, slots=True)
class Seeking:
    """A search on its way: how many positions it has looked at, since it left `origin`."""

    search: Search
    origin: Cursor
    forward: bool = True
    looked_at: int = 0
    found: int | None = None

    @property
    def is_over(self) -> bool:
        """Whether it has found something, or been everywhere."""
        return self.found is not None or self.looked_at >= len(self.origin.timeline)

    @property
    def went_around(self) -> bool:
        """Whether what it found lies on the other side of an end of the trace."""
        if self.found is None:
            return False
        return (self.found > self._start) != self.forward

    def further(self, steps: int = SLICE) -> "Seeking":
        """The search after it has looked at some more steps."""
        timeline, of, here = self.origin.timeline, self.origin.stops.of, self.origin.stop
        size, direction = len(timeline), 1 if self.forward else -1
        until = min(self.looked_at + steps, size)
        for count in range(self.looked_at, until):
            position = (self._start + direction * (count + 1)) % size
            # A match at the stop where the cursor is leads nowhere.
            if of[position] != here and self.search.matches(timeline.steps[position]):
                return replace(self, looked_at=count + 1, found=position)
        return replace(self, looked_at=until)

    @property
    def _start(self) -> int:
        return self.origin.place


def found_by(search: Search, cursor: Cursor, forward: bool = True) -> Cursor | None:
    """The cursor at the next stop, or the one before, that a search finds; None when no other stop
    does."""
    seeking = Seeking(search, cursor, forward)
    while not seeking.is_over:
        seeking = seeking.further()
    return None if seeking.found is None else cursor.at(seeking.found)
