"""The texts for our stack and Keras 2, by theme: construction, lookups, building, calling, ...

`keras3` has those for Keras 3.
"""

from typing import Final

from densetrace.teach.entries import Entry
from densetrace.teach.texts import (
    attention,
    attributes,
    building,
    calling,
    construction,
    errors,
    fitting,
    functional,
    functions,
    images,
    layers,
    lookups,
    loss_scaling,
    measuring,
    models,
    operations,
    optimizing,
    raw_operations,
    recurrent,
    seldom_operations,
)

ENTRIES: Final[tuple[Entry, ...]] = (
    *construction.ENTRIES,
    *attributes.ENTRIES,
    *lookups.ENTRIES,
    *building.ENTRIES,
    *calling.ENTRIES,
    *layers.ENTRIES,
    *images.ENTRIES,
    *attention.ENTRIES,
    *functions.ENTRIES,
    *operations.ENTRIES,
    *seldom_operations.ENTRIES,
    *raw_operations.ENTRIES,
    *recurrent.ENTRIES,
    *models.ENTRIES,
    *functional.ENTRIES,
    *fitting.ENTRIES,
    *measuring.ENTRIES,
    *optimizing.ENTRIES,
    *loss_scaling.ENTRIES,
    *errors.ENTRIES,
)
