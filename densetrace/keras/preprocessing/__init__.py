"""The contents of `keras.preprocessing`. Follows keras 2.14 preprocessing/__init__.py."""

from densetrace.keras.preprocessing import image, sequence, text
from densetrace.keras.utils.timeseries_dataset import timeseries_dataset_from_array

__all__ = ["image", "sequence", "text", "timeseries_dataset_from_array"]
