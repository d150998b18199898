"""The contents of `keras.models`.

Follows keras 2.14 models/__init__.py.
"""

from densetrace.keras.engine.sequential import Sequential
from densetrace.keras.engine.training import Model
from densetrace.keras.saving.legacy.model_config import model_from_json

__all__ = ["Model", "Sequential", "model_from_json"]
