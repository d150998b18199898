"""The mirrored stack: Keras 2.14's Dense and all it stands on, reimplemented in NumPy.

It mirrors Keras's module paths, names and order of steps. A room is loaded, and its hook points are
registered, when it is first asked for: a command that makes no layer needs no NumPy, and only
`compile` needs the losses, metrics and optimizers.
"""

from typing import TYPE_CHECKING

from densetrace.data.names import public
from densetrace.system.lazy import on_demand

if TYPE_CHECKING:
    from densetrace.keras import (
        activations,
        backend,
        constraints,
        initializers,
        layers,
        losses,
        metrics,
        mixed_precision,
        models,
        optimizers,
        regularizers,
        saving,
        utils,
    )
    from densetrace.keras.engine.input_layer import Input
    from densetrace.keras.models import Model, Sequential
    from densetrace.recording.hooks import Hook

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
    "mixed_precision",
    "models",
    "optimizers",
    "regularizers",
    "saving",
    "utils",
]

__getattr__ = on_demand(
    __name__,
    {name: f"{__name__}.{name}" for name in __all__}
    | {name: found.module for name, found in public("keras").items()},
)


def hook_points() -> "dict[tuple[str, str], Hook]":
    """Every hook point of the stack, by kind and point: all rooms are loaded for that."""
    for name in __all__:
        __getattr__(name)
    from densetrace.recording.hooks import REGISTRY

    return REGISTRY
