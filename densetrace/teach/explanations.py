"""Three answers for every step: what happened, why Keras does it, where in Keras it is.

The texts are data (`densetrace.teach.texts`). This module finds the text of a step and fills its
gaps from the step's values. It needs only the trace, so a saved trace has the same explanations.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Final

from densetrace.data.steps import Step
from densetrace.kinds.kind import LEVELS
from densetrace.teach.entries import Entry, fill, index
from densetrace.teach.outcomes import outcomes
from densetrace.teach.texts import ENTRIES
from densetrace.teach.words import word

_INDEX: Final = index(ENTRIES)
_OUTCOMES: Final = frozenset(entry.outcome for entry in ENTRIES)
_LONGEST_POINT: Final = max(entry.point.count(".") for entry in ENTRIES) + 1
"""The most parts of a hook point in the key of a text."""

_KERAS: Final = ("keras", "tf")
"""The roots of Keras's own hook points; others belong to user code."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """What happened in a step, why Keras does it, and where in Keras's sources it is."""

    what: str
    why: str
    where: str


def explain_step(step: Step) -> Explanation:
    """The three answers for a step."""
    entry, words = entry_for(step), partial(word, step)
    return Explanation(fill(entry.what, words), fill(entry.why, words), fill(entry.where, words))


def note(step: Step, level: str = "author") -> str | None:
    """The note under a step in a tree: at most two sentences, or None.

    Raises:
        ValueError: if `level` is not user, author or framework.
    """
    if level not in LEVELS:
        raise ValueError(f"level must be one of {', '.join(LEVELS)}. Received: level={level!r}")
    entry = entry_for(step)
    return filled_note(entry, step) if has_note(entry, level) else None


def has_note(entry: Entry, level: str) -> bool:
    """Whether an entry shows a note at a level."""
    return bool(entry.note) and LEVELS.index(entry.level) <= LEVELS.index(level)


def noted_kinds(level: str) -> frozenset[str]:
    """The kinds of steps that may have a note at a level."""
    return frozenset(entry.kind for entry in ENTRIES if has_note(entry, level))


def filled_note(entry: Entry, step: Step) -> str:
    """The note of an entry, its gaps filled from a step."""
    return fill(entry.note, partial(word, step))


def entry_for(step: Step) -> Entry:
    """The entry that explains a step. The outcome takes precedence over the hook point: what went
    wrong explains more than where."""
    for outcome in outcomes(step):
        if outcome in _OUTCOMES:
            entry = _entry(step.kind, step.point, outcome)
            if entry is not None:
                return entry
    raise AssertionError(f"no text for {step.kind} {step.point}")


@lru_cache(maxsize=4096)
def _entry(kind: str, point: str, outcome: str) -> Entry | None:
    keys = ((*key, outcome) for key in _keys(kind, point))
    return next((_INDEX[key] for key in keys if key in _INDEX), None)


def _keys(kind: str, point: str) -> Iterator[tuple[str, str]]:
    """The keys to try: the kind with each ending of a Keras hook point, longest first; the kind
    alone; any kind."""
    parts = point.split(".")
    if parts[0] in _KERAS:
        for start in range(max(0, len(parts) - _LONGEST_POINT), len(parts)):
            yield kind, ".".join(parts[start:])
    yield kind, ""
    yield "", ""
