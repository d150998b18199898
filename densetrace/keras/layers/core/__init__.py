"""The core layers, here `Dense`. Follows keras 2.14 layers/core/__init__.py."""

from densetrace.keras.layers.core.dense import Dense

__all__ = ["Dense"]
