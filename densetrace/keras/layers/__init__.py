"""The contents of `keras.layers`.

Follows keras 2.14 layers/__init__.py.
"""

from typing import Any

from densetrace.data.names import public
from densetrace.keras.engine.base_layer import Layer
from densetrace.keras.engine.input_layer import Input, InputLayer
from densetrace.keras.engine.input_spec import InputSpec
from densetrace.keras.layers.activation import (
    ELU,
    LeakyReLU,
    PReLU,
    ReLU,
    Softmax,
    ThresholdedReLU,
)
from densetrace.keras.layers.core.dense import Dense
from densetrace.keras.layers.serialization import deserialize, serialize
from densetrace.system.lazy import imported

__all__ = [
    "ELU",
    "Dense",
    "Input",
    "InputLayer",
    "InputSpec",
    "Layer",
    "LeakyReLU",
    "PReLU",
    "ReLU",
    "Softmax",
    "ThresholdedReLU",
    "deserialize",
    "serialize",
]

_PUBLIC = public("keras.layers")


def __getattr__(name: str) -> Any:
    """Import a layer when it is asked for.

    Raises:
        AttributeError: for a name that is not public here.
    """
    if name not in _PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return imported(_PUBLIC[name].module, _PUBLIC[name].own)


def __dir__() -> list[str]:
    return sorted({*globals(), *_PUBLIC})
