"""The texts for our stack and Keras 2, by theme: construction, lookups, building, calling, ...

`keras3` has those for Keras 3.
"""

from typing import Final

from densetrace.teach.entries import Entry
from densetrace.teach.texts import (
    attributes,
    building,
    calling,
    construction,
    errors,
    fitting,
    functions,
    lookups,
    measuring,
    models,
    operations,
    optimizing,
    raw_operations,
    seldom_operations,
)

ENTRIES: Final[tuple[Entry, ...]] = (
    *construction.ENTRIES,
    *attributes.ENTRIES,
    *lookups.ENTRIES,
    *building.ENTRIES,
    *calling.ENTRIES,
    *functions.ENTRIES,
    *operations.ENTRIES,
    *seldom_operations.ENTRIES,
    *raw_operations.ENTRIES,
    *models.ENTRIES,
    *fitting.ENTRIES,
    *measuring.ENTRIES,
    *optimizing.ENTRIES,
    *errors.ENTRIES,
)
