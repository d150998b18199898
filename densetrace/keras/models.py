"""The models of the mirrored stack, as `keras.models` offers them."""

from densetrace.keras.engine.sequential import Sequential
from densetrace.keras.engine.training import Model

__all__ = ["Model", "Sequential"]
