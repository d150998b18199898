"""Small helpers for tensors. Follows keras 2.14 utils/tf_utils.py."""

from typing import Any

import numpy as np

from densetrace.tensorflow.nest import map_structure
from densetrace.tensorflow.tensor import Tensor


def sync_to_numpy_or_python_type(tensors: Any) -> Any:
    """Return a structure with a Python number for each scalar tensor, and an array for any other.

    Follows keras 2.14 utils/tf_utils.py, sync_to_numpy_or_python_type.

    Args:
        tensors: a tensor, an array, any other value (returned unchanged), or a list, tuple or dict
            of these.
    """

    def to_single_numpy_or_python_type(value: Any) -> Any:
        if isinstance(value, Tensor):
            value = value.numpy()
        if not isinstance(value, np.ndarray | np.generic):
            return value
        return value.item() if np.ndim(value) == 0 else value

    return map_structure(to_single_numpy_or_python_type, tensors)
