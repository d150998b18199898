"""Values of configs in terms of JSON, for models in HDF5 and `Model.to_json`.

Follows keras 2.14 saving/legacy/saved_model/json_utils.py.
"""

import json
from typing import Any

import numpy as np

from densetrace.tensorflow.dtypes import DType
from densetrace.tensorflow.shapes import TensorShape


def decode(json_string: str) -> Any:
    """Return the config in a JSON text, with the values that `get_json_type` replaced.

    Follows keras 2.14 saving/legacy/saved_model/json_utils.py, decode.

    Raises:
        ValueError: if the text is not JSON.
    """
    return json.loads(json_string, object_hook=_decode_helper)


def _decode_helper(obj: dict[str, Any]) -> Any:
    match obj.get("class_name"):
        case "TensorShape":
            return TensorShape(obj["items"])
        case "__tuple__":
            return tuple(obj["items"])
        case "__ellipsis__":
            return Ellipsis
        case "__bytes__":
            return obj["value"].encode("utf-8")
    return obj


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
        return obj.as_list()
    if callable(obj):
        return obj.__name__
    if obj is Ellipsis:
        return {"class_name": "__ellipsis__"}
    if isinstance(obj, bytes):
        return {"class_name": "__bytes__", "value": obj.decode("utf-8")}
    raise TypeError(f"A config must consist of JSON values. Received: {obj!r:.80}")
