"""Three answers for every step: what happened, why Keras does it, where in Keras it is.

The texts are data (`densetrace.teach.texts`). This module finds the text of a step and fills its
gaps from the step's values. It needs only the trace, so a saved trace has the same explanations.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from typing import Final

from densetrace.data.steps import Step
from densetrace.data.wording import keras_source
from densetrace.kinds.kind import LEVELS
from densetrace.teach.entries import Entry, fill, index
from densetrace.teach.outcomes import outcomes
from densetrace.teach.texts import ENTRIES
from densetrace.teach.words import word

KERAS_2: Final = 2
KERAS_3: Final = 3
"""Which texts explain a trace: `Trace.keras`."""


class _Texts:
    """A set of texts, by key."""

    def __init__(self, entries: tuple[Entry, ...]) -> None:
        self.entries = entries
        self.index = index(entries)
        self.outcomes = frozenset(entry.outcome for entry in entries)
        self.longest_point = max(entry.point.count(".") for entry in entries) + 1
        """The most parts of a hook point in the key of a text."""


@cache
def _texts(keras: int) -> _Texts:
    """The texts of our stack and Keras 2, or those of Keras 3."""
    if keras != KERAS_3:
        return _Texts(ENTRIES)
    from densetrace.teach.texts import keras3

    return _Texts(keras3.ENTRIES)


_KERAS: Final = ("keras", "tf")
"""The roots of Keras's own hook points; others belong to user code."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """What happened in a step, why Keras does it, and where in Keras's sources it is."""

    what: str
    why: str
    where: str


def explain_step(step: Step, keras: int = KERAS_2) -> Explanation:
    """The three answers for a step of a trace that Keras 2 (or our stack) or Keras 3 ran."""
    entry, words = entry_for(step, keras), partial(word_of, keras, step)
    return Explanation(fill(entry.what, words), fill(entry.why, words), fill(entry.where, words))


def note(step: Step, level: str = "author", keras: int = KERAS_2) -> str | None:
    """The note under a step in a tree: at most two sentences, or None.

    Raises:
        ValueError: if `level` is not user, author or framework.
    """
    if level not in LEVELS:
        raise ValueError(f"level must be one of {', '.join(LEVELS)}. Received: level={level!r}")
    entry = entry_for(step, keras)
    return filled_note(entry, step, keras) if has_note(entry, level) else None


def has_note(entry: Entry, level: str) -> bool:
    """Whether an entry shows a note at a level."""
    return bool(entry.note) and LEVELS.index(entry.level) <= LEVELS.index(level)


def noted_kinds(level: str, keras: int = KERAS_2) -> frozenset[str]:
    """The kinds of steps that may have a note at a level."""
    return frozenset(entry.kind for entry in _texts(keras).entries if has_note(entry, level))


def filled_note(entry: Entry, step: Step, keras: int = KERAS_2) -> str:
    """The note of an entry, its gaps filled from a step."""
    return fill(entry.note, partial(word_of, keras, step))


def word_of(keras: int, step: Step, name: str) -> str | None:
    """The word of this name for a step; None if there is none. In Keras 3 the code is elsewhere."""
    if keras == KERAS_3 and name == "place":
        return keras_source(step.point).replace("keras/", "keras/src/", 1)
    return word(step, name)


def entry_for(step: Step, keras: int = KERAS_2) -> Entry:
    """The entry that explains a step. The outcome takes precedence over the hook point: what went
    wrong explains more than where."""
    # A kind of the other Keras has texts there alone: a trace may have been edited.
    for texts in (keras, KERAS_2 if keras == KERAS_3 else KERAS_3):
        for outcome in outcomes(step):
            if outcome in _texts(texts).outcomes:
                entry = _entry(texts, step.kind, step.point, outcome)
                if entry is not None:
                    return entry
    raise AssertionError(f"no text for {step.kind} {step.point}")


@lru_cache(maxsize=4096)
def _entry(keras: int, kind: str, point: str, outcome: str) -> Entry | None:
    texts = _texts(keras)
    keys = ((*key, outcome) for key in _keys(kind, point, texts.longest_point))
    return next((texts.index[key] for key in keys if key in texts.index), None)


def _keys(kind: str, point: str, longest: int) -> Iterator[tuple[str, str]]:
    """The keys to try: the kind with each ending of a Keras hook point, longest first; the kind
    alone; any kind."""
    parts = point.split(".")
    if parts[0] in _KERAS:
        for start in range(max(0, len(parts) - longest), len(parts)):
            yield kind, ".".join(parts[start:])
    yield kind, ""
    yield "", ""
