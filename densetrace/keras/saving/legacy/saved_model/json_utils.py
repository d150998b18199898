"""Values of configs in terms of JSON, for models in HDF5 and `Model.to_json`.

Follows keras 2.14 saving/legacy/saved_model/json_utils.py.
"""

from typing import Any

import numpy as np

from densetrace.tensorflow.dtypes import DType
from densetrace.tensorflow.shapes import TensorShape


def get_json_type(obj: Any) -> Any:
    """Return a value that is not JSON in terms of JSON.

    Follows keras 2.14 saving/legacy/saved_model/json_utils.py, get_json_type.

    Raises:
        TypeError: if there is no rule for its type.
    """
    if hasattr(obj, "get_config"):
        return {"class_name": type(obj).__name__, "config": obj.get_config()}
    if isinstance(obj, np.ndarray | np.generic):
        return obj.tolist()
    if isinstance(obj, DType):
        return obj.name
    if isinstance(obj, TensorShape):
        return {"class_name": "TensorShape", "items": obj.as_list()}
    if callable(obj):
        return obj.__name__
    if obj is Ellipsis:
        return {"class_name": "__ellipsis__"}
    raise TypeError(f"A config must consist of JSON values. Received: {obj!r:.80}")
