"""The texts, by theme: construction, attributes, lookups, building, calling, functions, models."""

from typing import Final

from densetrace.teach.entries import Entry
from densetrace.teach.texts import (
    attributes,
    building,
    calling,
    construction,
    errors,
    functions,
    lookups,
    models,
    raw_operations,
)

ENTRIES: Final[tuple[Entry, ...]] = (
    *construction.ENTRIES,
    *attributes.ENTRIES,
    *lookups.ENTRIES,
    *building.ENTRIES,
    *calling.ENTRIES,
    *functions.ENTRIES,
    *raw_operations.ENTRIES,
    *models.ENTRIES,
    *errors.ENTRIES,
)
