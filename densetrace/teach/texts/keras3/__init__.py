"""The texts for Keras 3: its own, and those of Keras 2 that are true there too.

The formula of an activation, an initializer, a regularizer or a constraint is the same; only its
place differs. A text of Keras 2 that is not listed here is never shown for a trace of Keras 3.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from densetrace.teach.entries import Entry
from densetrace.teach.texts import ENTRIES as OF_KERAS_2
from densetrace.teach.texts import (
    building,
    fitting,
    functions,
    measuring,
    optimizing,
)
from densetrace.teach.texts import errors as errors_of_both
from densetrace.teach.texts.keras3 import (
    calling,
    construction,
    errors,
    lookups,
    tracking,
    training,
)

_FORMULAS: Final = ("activation", "initialize", "regularize", "constrain")

_OWN: Final = (
    *construction.ENTRIES,
    *lookups.ENTRIES,
    *calling.ENTRIES,
    *training.ENTRIES,
    *errors.ENTRIES,
    *tracking.ENTRIES,
)


_TAKEN_OVER: Final = (
    construction.TAKEN_OVER
    | lookups.TAKEN_OVER
    | calling.TAKEN_OVER
    | training.TAKEN_OVER
    | errors.TAKEN_OVER
)


def _shared() -> Iterator[Entry]:
    """The texts of Keras 2 that are true on Keras 3."""
    for entry in OF_KERAS_2:
        if entry.key in _TAKEN_OVER:
            yield replace(entry, where=_TAKEN_OVER[entry.key])
    for entry in (*functions.ENTRIES, *building.ENTRIES):
        if entry.kind in _FORMULAS and (entry.point or entry.kind in ("regularize", "constrain")):
            # Classes have other modules in Keras 3: their name and method say enough.
            point = ".".join(entry.point.split(".")[-2:])
            yield replace(entry, point=point, where="{place}")
    for entry in (*fitting.ENTRIES, *measuring.ENTRIES, *optimizing.ENTRIES):
        if entry.kind in training.PLACES:
            yield replace(entry, where=training.PLACES[entry.kind])
    for entry in errors_of_both.ENTRIES:
        if not entry.kind:
            yield entry
        elif entry.kind in errors.PLACES:
            yield replace(entry, where=errors.PLACES[entry.kind])


def _entries() -> tuple[Entry, ...]:
    own = {entry.key for entry in _OWN}
    return (*_OWN, *(entry for entry in _shared() if entry.key not in own))


ENTRIES: Final = _entries()
