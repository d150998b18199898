"""Values as the recordings of a real Keras write them (tests/data), and how they are compared."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from densetrace.tensorflow.dtypes import DType
from densetrace.tensorflow.indexed_slices import IndexedSlices
from densetrace.tensorflow.shapes import TensorShape
from densetrace.tensorflow.symbolic import Symbol
from densetrace.tensorflow.tensor import Tensor
from densetrace.tensorflow.variables import Variable

TOLERANCE = 1e-5


def number(value: Any) -> Any:
    """A number or string; what JSON has no number for, by its name."""
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, complex):
        return {"complex": [number(value.real), number(value.imag)]}
    if isinstance(value, float) and not math.isfinite(value):
        return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"
    return value


def written(value: Any) -> Any:
    """A value as a recording writes it."""
    match value:
        case Tensor():
            return {"tensor": _array(np.asarray(value), value.dtype.name)}
        case Variable():
            return {"variable": _array(value.numpy(), value.dtype.name), "name": value.name}
        case Symbol():
            return {"symbol": _sizes(value.shape), "dtype": value.dtype.name}
        case np.ndarray():
            return {"ndarray": _array(value, value.dtype.name)}
        case np.generic():
            return {"numpy": value.dtype.name, "value": number(value.item())}
        case TensorShape():
            return {"TensorShape": _sizes(value)}
        case DType():
            return {"DType": value.name}
        case IndexedSlices():
            parts = {"indices": value.indices, "values": value.values, "dense": value.dense()}
            return {"indexed_slices": True} | {
                name: written(part)["tensor"] for name, part in parts.items()
            }
        case tuple():
            return {"tuple": [written(item) for item in value]}
        case list():
            return [written(item) for item in value]
        case dict():
            return {"dict": [[written(key), written(item)] for key, item in value.items()]}
        case np.dtype():
            return {"numpy dtype": value.name}
        case type():
            return {"class": value.__name__}
        case None | bool() | int() | float() | complex() | str() | bytes():
            return number(value)
    return {"instance": type(value).__name__}


def _sizes(shape: TensorShape) -> list[int | None] | None:
    return None if shape.rank is None else shape.as_list()


def _array(value: Any, dtype: str) -> dict[str, Any]:
    array = np.asarray(value)
    return {
        "shape": list(array.shape),
        "dtype": dtype,
        "values": [number(one) for one in array.reshape(-1).tolist()][:400],
    }


def agree(ours: Any, theirs: Any) -> bool:
    """Whether two written values are equal, numbers within the tolerance."""
    if isinstance(ours, Mapping) and isinstance(theirs, Mapping):
        return ours.keys() == theirs.keys() and all(agree(ours[k], theirs[k]) for k in ours)
    if isinstance(ours, list) and isinstance(theirs, list):
        return len(ours) == len(theirs) and all(map(agree, ours, theirs))
    if isinstance(ours, int | float) and isinstance(theirs, int | float):
        if isinstance(ours, bool) or isinstance(theirs, bool):
            return ours is theirs
        return math.isclose(ours, theirs, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
    return bool(ours == theirs)
