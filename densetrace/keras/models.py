"""The models of the mirrored stack, as `keras.models` offers them."""

from densetrace.keras.engine.sequential import Sequential
from densetrace.keras.engine.training import Model
from densetrace.keras.layers.serialization import deserialize_from_json as model_from_json

__all__ = ["Model", "Sequential", "model_from_json"]
