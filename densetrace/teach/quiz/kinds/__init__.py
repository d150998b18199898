"""The kinds of question, by what they are about."""

from typing import Final

from densetrace.teach.quiz.kinds import (
    arithmetic,
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
    orders,
    training,
    weights,
)
from densetrace.teach.quiz.model import Kind

KINDS: Final[tuple[Kind, ...]] = (
    *arithmetic.KINDS,
    *orders.KINDS,
    *building.KINDS,
    *weights.KINDS,
    *calling.KINDS,
    *layers.KINDS,
    *models.KINDS,
    *training.KINDS,
    *measures.KINDS,
    *gradients.KINDS,
    *lookups.KINDS,
    *construction.KINDS,
    *inits.KINDS,
    *attributes.KINDS,
    *layouts.KINDS,
)

TOPICS: Final = (
    "shapes",
    "parameters",
    "order",
    "building",
    "training",
    "calling",
    "layers",
    "models",
    "errors",
    "lookups",
    "construction",
    "attributes",
    "layouts",
)
"""The topics, those of the most weight first: a quiz asks in this order."""

LEADING: Final = TOPICS[:4]
"""The topics that about half of a quiz is about."""
