"""The mirrored stack: Keras 2.14's Dense and all it stands on, reimplemented in NumPy.

It mirrors Keras's module paths, names and order of steps. Every hook point of it is registered
when this package is imported.
"""

from densetrace.keras import (
    activations,
    backend,
    constraints,
    initializers,
    layers,
    losses,
    metrics,
    models,
    optimizers,
    regularizers,
    saving,
    utils,
)
from densetrace.keras.engine.input_layer import Input
from densetrace.keras.models import Model, Sequential

__all__ = [
    "Input",
    "Model",
    "Sequential",
    "activations",
    "backend",
    "constraints",
    "initializers",
    "layers",
    "losses",
    "metrics",
    "models",
    "optimizers",
    "regularizers",
    "saving",
    "utils",
]
