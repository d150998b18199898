"""The mirrored stack: Keras 2.14's Dense and the code below it, reimplemented in NumPy.

It mirrors Keras's module paths, names and order of steps. A module is imported, and its hook points
are registered, on first access: a command that creates no layer does not import NumPy, and only
`compile` imports the losses, metrics and optimizers.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from densetrace.data.names import found, public
from densetrace.system.lazy import on_demand

if TYPE_CHECKING:
    from densetrace.keras import (
        activations,
        backend,
        callbacks,
        constraints,
        datasets,
        initializers,
        layers,
        losses,
        metrics,
        mixed_precision,
        models,
        optimizers,
        preprocessing,
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
    "callbacks",
    "constraints",
    "datasets",
    "initializers",
    "layers",
    "losses",
    "metrics",
    "mixed_precision",
    "models",
    "optimizers",
    "preprocessing",
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
    """Import every module of the stack and return its hook points by (kind, point)."""
    for name in __all__:
        __getattr__(name)
    # Some layers are not public: only a deserializer finds them.
    for made in (*public("keras.layers").values(), *found("layers").values()):
        import_module(made.module)
    from densetrace.keras.engine import compile_utils, data_adapter  # noqa: F401 - their hook points
    from densetrace.keras.layers.core import tf_op_layer  # noqa: F401 - likewise
    from densetrace.keras.mixed_precision import loss_scale_optimizer  # noqa: F401 - likewise
    from densetrace.tensorflow.exports import modules

    modules()  # imports the operations that layers do not use
    from densetrace.recording.hooks import REGISTRY

    return REGISTRY
