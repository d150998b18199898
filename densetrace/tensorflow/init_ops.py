"""TensorFlow's own initializer of constants, which the legacy optimizers use.

Follows tensorflow/python/ops/init_ops.py.
"""

from typing import Any

import numpy as np

from densetrace.system.real_home import known_as
from densetrace.tensorflow.convert import convert_to_tensor
from densetrace.tensorflow.dtypes import as_dtype


@known_as("tensorflow.python.ops.init_ops")
class Constant:
    """An initializer that returns one number in each element: f[*shape].

    Follows tensorflow/python/ops/init_ops.py, Constant.

    Args:
        value: the number.
        dtype: the dtype of the tensors, unless the call names one.
    """

    def __init__(self, value: float = 0.0, dtype: Any = "float32") -> None:
        self.value = value
        self.dtype = as_dtype(dtype)

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        """Return a tensor of this shape."""
        wanted = self.dtype if dtype is None else as_dtype(dtype)
        sizes = tuple(int(size) for size in shape)
        return convert_to_tensor(np.full(sizes, self.value, wanted.as_numpy_dtype))
