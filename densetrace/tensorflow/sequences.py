"""Python scalars and nested lists as arrays: which dtype they get, and which mixtures are refused.

Follows tensorflow/python/lib/core/py_seq_tensor.cc and tensorflow/python/eager/pywrap_tensor.cc:
the first element decides how all are read; a requested dtype is tried before that.
"""

from collections.abc import Iterable, Sized
from itertools import chain
from typing import Any, Final

import numpy as np

from densetrace.tensorflow.dtypes import DType, float32, int32
from densetrace.tensorflow.symbolic import current_graph
from densetrace.tensorflow.tensor import Array, Operators

_TEXT: Final = "text"
_FAMILIES: Final = (
    ((str, bytes), _TEXT),
    (bool, "bool"),
    (np.bool_, "numpy bool"),
    (np.float64, "double"),
    (np.float16, "half"),
    ((float, np.floating), "float"),
    ((int, np.integer), "int"),
    ((complex, np.complexfloating), "complex"),
)
"""The families of elements: the first whose types match."""

_REAL: Final = frozenset({"int", "bool", "float", "double", "half"})
_READS: Final[dict[str, frozenset[str]]] = {
    "int": frozenset({"int", "bool"}),
    "float": _REAL,
    "double": _REAL,
    "half": _REAL,
    "complex": _REAL | {"complex"},
    "bool": frozenset({"bool", "numpy bool"}),
    _TEXT: frozenset({_TEXT}),
}
"""The families of elements that a list may have, by the family of its first element."""

_DIRECT: Final = {
    "float16": "half", "float32": "float", "float64": "double", "int32": "int", "int64": "int",
    "uint64": "int", "complex128": "complex", "bool": "bool", "string": _TEXT,
}  # fmt: skip
"""The requested dtypes that elements are read as at once, whatever the first element is."""

_INT32: Final = np.iinfo(np.int32)
_INT64: Final = np.iinfo(np.int64)
_LARGEST_INT32: Final = int(_INT32.max)
_LARGEST_FLOAT: Final = float(np.finfo(np.float32).max)


def is_sequence(value: Any) -> bool:
    """Whether a value is read as a sequence of elements: a list, a tuple, a range, an array."""
    if isinstance(value, list | tuple | range):
        return True
    if isinstance(value, np.ndarray):
        return value.ndim > 0
    return (
        hasattr(type(value), "__getitem__")
        and isinstance(value, Sized)
        and isinstance(value, Iterable)
        and not isinstance(value, str | bytes | dict | np.generic | Operators)
    )


def array_of_number(value: float, dtype: DType | None = None) -> Array | None:
    """A Python float or integer as an array, for the dtypes that numbers mostly have; None where
    it needs a closer look."""
    if dtype is None:
        dtype = float32 if type(value) is float else int32
    name = dtype.name
    if name == "float32" or name == "float64":
        fits = -_LARGEST_FLOAT <= value <= _LARGEST_FLOAT
    else:
        fits = name == "int32" and type(value) is int and -_LARGEST_INT32 <= value <= _LARGEST_INT32
    return np.array(value, dtype.numpy) if fits else None


def array_of_elements(value: Any, dtype: DType | None = None) -> Array:
    """A Python scalar or nested lists as an array, in the requested dtype if there is one.

    Raises:
        ValueError: for ragged lists, mixtures such as numbers and strings, elements that are no
            numbers, and numbers that are too large.
        TypeError: when the elements cannot be of the requested dtype.
    """
    shape, elements = _flattened(value)
    if not elements:
        target = (float32 if dtype is None else dtype).numpy
        return np.empty(shape, target)
    families = {kind: _family(kind) for kind in set(map(type, elements))}
    first, found = families[type(elements[0])], set(families.values())
    if None in found:
        element = next(one for one in elements if families[type(one)] is None)
        kind = ValueError if value is None else _refusal()
        raise kind(
            f"Attempt to convert a value ({element!r:.80}) with an unsupported type "
            f"({type(element)}) to a Tensor."
        )
    direct = None if dtype is None else _DIRECT.get(dtype.name)
    if dtype is not None and direct is not None and found <= _READS[direct]:
        array = _read(elements, dtype.numpy)
        if array is not None:
            return array.reshape(shape)
    family = "bool" if first == "numpy bool" else str(first)
    if not found <= (_REAL if family == "int" else _READS[family]):
        kind = _refusal() if _TEXT in found else ValueError
        raise kind("Can't convert Python sequence with mixed types to Tensor.")
    array = _inferred(elements, family, found, dtype).reshape(shape)
    if dtype is None or array.dtype == dtype.numpy:
        return array
    if not _may_become(array.dtype.kind, dtype.numpy.kind):
        raise TypeError(f"Cannot convert {value!r:.80} to EagerTensor of dtype {dtype.name}")
    with np.errstate(all="ignore"):
        return array.astype(dtype.numpy)


def _refusal() -> type[Exception]:
    """The exception for elements that no tensor has: a graph converts them in another way."""
    return ValueError if current_graph() is None else TypeError


def _flattened(value: Any) -> tuple[tuple[int, ...], list[Any]]:
    """The shape of nested lists, and their elements in order.

    Raises:
        ValueError: when they are ragged.
    """
    shape: list[int] = []
    level = [value]
    while level and is_sequence(level[0]):
        if not all(map(is_sequence, level)) or len(set(map(len, level))) > 1:
            raise ValueError("Can't convert non-rectangular Python sequence to Tensor.")
        shape.append(len(level[0]))
        level = list(chain.from_iterable(level))
    if any(is_sequence(one) for one in level):
        raise ValueError("Can't convert non-rectangular Python sequence to Tensor.")
    return tuple(shape), [one[()] if isinstance(one, np.ndarray) else one for one in level]


def _family(kind: type) -> str | None:
    """The family of elements of a type; None when they cannot be elements."""
    return next((name for types, name in _FAMILIES if issubclass(kind, types)), None)


def _read(elements: list[Any], target: np.dtype[Any]) -> Array | None:
    """Elements in a requested dtype; None when they do not fit."""
    if target.kind == "O":
        return _texts(elements)
    with np.errstate(all="ignore"):
        if target.kind == "f" and target.itemsize < 8:
            wide = np.array(elements, np.float64)
            if (np.abs(wide[np.isfinite(wide)]) > _LARGEST_FLOAT).any():
                return None
            return wide.astype(target)
        if target.kind in "iu":
            limits = np.iinfo(target)
            if min(elements) < limits.min or max(elements) > limits.max:
                return None
        return np.array(elements, target)


def _inferred(elements: list[Any], family: str, found: set[Any], wanted: DType | None) -> Array:
    """Elements in the dtype of the family of the first one.

    Raises:
        ValueError: when one is too large.
    """
    if family == _TEXT:
        return _texts(elements)
    if family == "bool":
        return np.array(elements, bool)
    if family == "complex":
        return np.array(elements, np.complex128)
    if family == "int" and found <= _READS["int"]:
        lowest, highest = min(elements), max(elements)
        if lowest < _INT64.min or highest > _INT64.max:
            raise _refusal()("Can't convert Python sequence with out-of-range integer to Tensor.")
        fits = lowest >= _INT32.min and highest <= _INT32.max
        return np.array(elements, np.int32 if fits else np.int64)
    if family == "int" and wanted is None:
        integers = (int(one) for one in elements if isinstance(one, int | np.integer))
        if any(not _INT64.min <= one <= _INT64.max for one in integers):
            raise ValueError("Can't convert Python sequence with out-of-range integer to Tensor.")
    if family == "double" or (wanted is not None and family != "half"):
        return np.array(elements, np.float64)
    array = _read(elements, np.dtype("float16" if family == "half" else "float32"))
    if array is None:
        raise ValueError(
            "Can't convert Python sequence with a value out of range for a double-precision float."
            if family == "half" or wanted is None
            else "A number is too large."
        )
    return array


def _texts(elements: list[Any]) -> Array:
    """Strings as an array of bytes."""
    array = np.empty(len(elements), object)
    for at, one in enumerate(elements):
        array[at] = one.encode() if isinstance(one, str) else bytes(one)
    return array


def _may_become(kind: str, wanted: str) -> bool:
    """Whether elements of a kind of dtype are cast to a requested one."""
    if wanted in "iu":
        return kind in "iu"
    if wanted == "f":
        return kind in "iuf"
    return wanted == "c" and kind in "iufc"
