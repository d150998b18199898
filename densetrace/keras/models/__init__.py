"""The contents of `keras.models`.

Follows keras 2.14 models/__init__.py.
"""

from densetrace.keras.engine.sequential import Sequential
from densetrace.keras.engine.training import Model
from densetrace.keras.models.cloning import clone_model
from densetrace.keras.saving.legacy.model_config import model_from_config, model_from_json
from densetrace.keras.saving.saving_api import load_model, save_model

__all__ = [
    "Model",
    "Sequential",
    "clone_model",
    "load_model",
    "model_from_config",
    "model_from_json",
    "save_model",
]
