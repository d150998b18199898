"""Conversion of Python values and NumPy arrays to tensors."""

from typing import Any, Final

import numpy as np

from densetrace.tensorflow.dtypes import DType, as_dtype, string
from densetrace.tensorflow.indexed_slices import IndexedSlices
from densetrace.tensorflow.symbolic import Symbol
from densetrace.tensorflow.tensor import Array, Operators, Tensor

_DEFAULTS: Final = {"f": np.dtype("float32"), "i": np.dtype("int32")}
_INT32: Final = np.iinfo(np.int32)


def quiet(value: Any, dtype: Any) -> Array:
    """`value` as an array of this dtype, without warnings. As in TensorFlow, a number that is too
    large becomes infinite."""
    with np.errstate(all="ignore"):
        return np.asarray(value, dtype=dtype)


def array_of(value: Any, like: DType | None = None) -> Array:
    """A value as an array: in the dtype of the tensor that it is combined with, if given.

    Python's floats become float32, and its integers int32, or int64 where they do not fit.

    Raises:
        ValueError: when it is None, ragged, or otherwise no array of numbers.
        TypeError: when it cannot be of that dtype.
    """
    if like is not None:
        return _as(value, like)
    if isinstance(value, np.ndarray | np.generic):
        return _checked(np.asarray(value), value)
    try:
        array = np.asarray(_plain(value))
    except (ValueError, TypeError) as error:
        raise ValueError("Can't convert non-rectangular Python sequence to Tensor.") from error
    array = _checked(array, value)
    if _holds_arrays(value):
        return array
    if isinstance(value, list | tuple):
        _check_mixed(value)
    if array.dtype.kind == "u":  # of Python's integers, those that need it
        raise ValueError("Can't convert Python sequence with out-of-range integer to Tensor.")
    target = _DEFAULTS.get(array.dtype.kind)
    if target is None or array.dtype == target:
        return array
    if array.dtype.kind == "i" and array.size and not _fits(array):
        return array
    return quiet(array, target)


def _fits(array: Array) -> bool:
    return bool(array.max() <= _INT32.max and array.min() >= _INT32.min)


def _plain(value: Any) -> Any:
    """Nested lists with eager tensors replaced by their arrays."""
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value._array if isinstance(value, Tensor) else value


def _check_mixed(value: Any) -> None:
    """Refuse nested lists that mix booleans, numbers, complex numbers and strings.

    Raises:
        ValueError: when they do.
    """
    found: list[str] = []
    waiting = [value]
    while waiting:
        for item in waiting.pop():
            if isinstance(item, list | tuple):
                waiting.append(item)
            else:
                found.append(_FAMILIES.get(type(item), "number"))
    # As in TensorFlow, the first item decides, and True counts as a number among numbers.
    allowed = {"number", "bool"} if found[:1] == ["number"] else set(found[:1])
    if not allowed.issuperset(found):
        raise ValueError("Can't convert Python sequence with mixed types to Tensor.")


_FAMILIES: Final[dict[type, str]] = {bool: "bool", complex: "complex", str: "text", bytes: "text"}


def _holds_arrays(value: Any) -> bool:
    while isinstance(value, list | tuple) and value:
        value = value[0]
    return isinstance(value, np.ndarray | np.generic | Tensor)


def _checked(array: Array, value: object) -> Array:
    if array.dtype.kind in "US":
        return np.vectorize(_bytes, otypes=[object])(array) if array.ndim else _text(array)
    if array.dtype == object:
        if array.size and all(isinstance(item, str | bytes) for item in array.flat):
            result: Array = np.vectorize(_bytes, otypes=[object])(array)
            return result
        kind = type(value)
        raise ValueError(
            f"Attempt to convert a value ({value!r:.80}) with an unsupported type ({kind}) to a "
            "Tensor."
        )
    return array


def _text(array: Array) -> Array:
    held = np.empty((), object)
    held[()] = _bytes(array.item())
    return held


def _bytes(item: Any) -> bytes:
    return item.encode() if isinstance(item, str) else bytes(item)


def _as(value: Any, dtype: DType) -> Array:
    target = dtype.numpy
    if value is None or isinstance(value, dict):
        raise ValueError(
            f"Attempt to convert a value ({value!r:.80}) with an unsupported type ({type(value)}) "
            "to a Tensor."
        )
    if isinstance(value, np.ndarray | np.generic):
        if dtype is string or value.dtype.kind in "USO":
            raise TypeError(f"Cannot convert {value!r:.80} to a tensor of dtype {dtype.name}")
        with np.errstate(all="ignore"):
            return np.asarray(value, target)
    if dtype is string:
        array = array_of(value)
        if array.dtype != target:
            raise TypeError(f"Cannot convert {value!r:.80} to EagerTensor of dtype string")
        return array
    array = np.asarray(_plain(value))
    kinds = "biuf" if dtype.is_floating or dtype.is_complex else "biu" if dtype.is_integer else "b"
    if dtype.is_complex:
        kinds += "c"
    # Python integers beyond 64 bits make an array of objects, but are still numbers.
    is_beyond = array.dtype == object and dtype.is_floating and isinstance(value, int)
    if array.dtype.kind not in kinds and array.size and not is_beyond:
        raise TypeError(f"Cannot convert {value!r:.80} to EagerTensor of dtype {dtype.name}")
    with np.errstate(all="ignore"):
        return array.astype(target)


def convert_to_tensor(
    value: Any, dtype: Any = None, dtype_hint: Any = None, name: Any = None
) -> Any:
    """`value` as a tensor. Python floats become float32 and Python integers int32, or int64 where
    they do not fit, as in TensorFlow; NumPy arrays keep their dtype. A tensor is returned as it is.

    Raises:
        ValueError: when `value` is None, ragged, not an array of numbers, or a tensor of another
            dtype.
    """
    target = None if dtype is None else as_dtype(dtype)
    if isinstance(value, Tensor | Symbol):
        if target is not None and value.dtype is not target:
            raise ValueError(
                f"Tensor conversion requested dtype {target.name} for Tensor with dtype "
                f"{value.dtype.name}: {value!r}"
            )
        return value
    if isinstance(value, IndexedSlices):
        return convert_to_tensor(value.dense(), dtype)
    if isinstance(value, Operators):  # a variable
        return convert_to_tensor(value.value(), dtype)
    if isinstance(value, list | tuple):
        first = _first_tensor(value)
        if first is not None:
            return _stacked(value, target or first.dtype)
    if target is None and dtype_hint is not None:
        try:
            return convert_to_tensor(value, dtype_hint)
        except (TypeError, ValueError):
            pass  # a hint only: the value keeps a dtype of its own
    if target is None:
        return Tensor(_own(array_of(value), value))
    if isinstance(value, np.ndarray | np.generic):
        return Tensor(quiet(value, target.numpy).copy())
    return Tensor(_own(array_of(value, target), value))


def _first_tensor(value: Any) -> Any:
    """The first tensor or variable in nested lists; None when they hold none."""
    for item in value:
        if isinstance(item, Operators):
            return item
        if isinstance(item, list | tuple):
            found = _first_tensor(item)
            if found is not None:
                return found
    return None


def holds_symbols(value: Any) -> bool:
    """Whether nested lists hold a symbolic tensor."""
    return any(
        isinstance(item, Symbol) or (isinstance(item, list | tuple) and holds_symbols(item))
        for item in value
    )


def _stacked(value: Any, dtype: DType) -> Any:
    """Nested lists with tensors in them as one tensor, which operations make.

    Raises:
        TypeError: when an item cannot be of this dtype.
    """
    from densetrace.tensorflow.ops.joining import stack  # the operations import this module

    items = [_stacked(item, dtype) if isinstance(item, list | tuple) else item for item in value]
    return stack([item if isinstance(item, Operators) else Tensor(array_of(item, dtype))
                  for item in items])  # fmt: skip


def _own(array: Array, value: Any) -> Array:
    """An array that only the tensor holds: the caller may change the original."""
    return array.copy() if isinstance(value, np.ndarray) else array
