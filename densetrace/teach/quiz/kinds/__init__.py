"""The kinds of question, by what they are about."""

from typing import Final

from densetrace.teach.quiz.kinds import (
    attributes,
    building,
    calling,
    construction,
    gradients,
    inits,
    layers,
    layouts,
    lookups,
    measures,
    models,
    training,
    weights,
)
from densetrace.teach.quiz.model import Kind

KINDS: Final[tuple[Kind, ...]] = (
    *construction.KINDS,
    *inits.KINDS,
    *layouts.KINDS,
    *lookups.KINDS,
    *attributes.KINDS,
    *building.KINDS,
    *weights.KINDS,
    *calling.KINDS,
    *layers.KINDS,
    *models.KINDS,
    *training.KINDS,
    *measures.KINDS,
    *gradients.KINDS,
)

TOPICS: Final = tuple(dict.fromkeys(kind.topic for kind in KINDS))
