"""Three plain-word answers for every step: what happened, why Keras does it, where in Keras it is.

The texts are data (`densetrace.teach.texts`); this finds the one for a step and fills its gaps
from the step's own values. It needs nothing but the trace: one loaded from a file is explained
exactly as one just recorded.
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
"""How many parts of a hook point a text can be found by."""

_KERAS: Final = ("keras", "tf")
"""The roots of Keras's own hook points; any other is a person's."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """What happened in a step, why Keras does it, and where in Keras's sources it is."""

    what: str
    why: str
    where: str


def explain_step(step: Step) -> Explanation:
    """The three answers for a step."""
    entry, known = entry_for(step), partial(word, step)
    return Explanation(fill(entry.what, known), fill(entry.why, known), fill(entry.where, known))


def note(step: Step, level: str = "author") -> str | None:
    """What stands under a step in a tree: at most two sentences, None for steps that need none.

    Raises:
        ValueError: when `level` is none of user, author and framework.
    """
    if level not in LEVELS:
        raise ValueError(f"level must be one of {', '.join(LEVELS)}. Received: level={level!r}")
    entry = entry_for(step)
    return filled_note(entry, step) if has_note(entry, level) else None


def has_note(entry: Entry, level: str) -> bool:
    """Whether an entry shows a note at a level."""
    return bool(entry.note) and LEVELS.index(entry.level) <= LEVELS.index(level)


def noted_kinds(level: str) -> frozenset[str]:
    """The kinds of steps that may have a note at a level, though they raised nothing."""
    return frozenset(entry.kind for entry in ENTRIES if has_note(entry, level))


def filled_note(entry: Entry, step: Step) -> str:
    """The note of an entry, with the words of a step."""
    return fill(entry.note, partial(word, step))


def entry_for(step: Step) -> Entry:
    """The entry that explains a step: the outcome counts before the hook point, since a text for
    what went wrong says more than one for where."""
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
    """The kind with each ending of a Keras hook point, the longest first; the kind with any point;
    any kind."""
    parts = point.split(".")
    if parts[0] in _KERAS:
        for start in range(max(0, len(parts) - _LONGEST_POINT), len(parts)):
            yield kind, ".".join(parts[start:])
    yield kind, ""
    yield "", ""
