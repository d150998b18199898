"""The contents of `keras.layers`.

Follows keras 2.14 layers/__init__.py.
"""

from densetrace.keras._registries import offered
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

# As in Keras, every public layer is an attribute of this module.
globals().update(offered("keras.layers"))
