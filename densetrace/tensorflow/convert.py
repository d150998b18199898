"""Conversion of Python values and NumPy arrays to tensors."""

from typing import Any

import numpy as np

from densetrace.tensorflow.dtypes import DType, as_dtype, int32, int64, of_array, string
from densetrace.tensorflow.indexed_slices import IndexedSlices
from densetrace.tensorflow.sequences import array_of_elements, array_of_number
from densetrace.tensorflow.shapes import TensorShape
from densetrace.tensorflow.symbolic import GraphTensor, Symbol
from densetrace.tensorflow.tensor import Array, Operators, Tensor


def quiet(value: Any, dtype: Any) -> Array:
    """`value` as an array of this dtype, without warnings. As in TensorFlow, a number that is too
    large becomes infinite."""
    with np.errstate(all="ignore"):
        return np.asarray(value, dtype=dtype)


def array_of(value: Any, like: DType | None = None) -> Array:
    """A value as an array: in the dtype of the tensor that it is combined with, if given.

    Python's floats become float32, and its integers int32, or int64 where they do not fit. A NumPy
    array keeps its dtype.

    Raises:
        ValueError: when it is None, ragged, or otherwise no array of numbers.
        TypeError: when it cannot be of that dtype.
    """
    kind = type(value)
    if kind is float or kind is int:
        number = array_of_number(value, like)
        if number is not None:
            return number
    if isinstance(value, Tensor):
        value = value._array
    if isinstance(value, np.ndarray | np.generic):
        return _of_numpy(value, like)
    if hasattr(type(value), "__array__"):
        return _of_numpy(np.asarray(value), like)
    return array_of_elements(value, like)


def _of_numpy(value: Any, like: DType | None) -> Array:
    """A NumPy array or scalar as the array of a tensor."""
    array = np.asarray(value)
    if array.dtype.kind in "USO":
        if like is not None and like is not string and array.dtype.kind == "O":
            return _numbers_of(array, value, like)
        array = _texts_of(array, value)
        if like is not None and like is not string:
            raise ValueError(f"Cannot convert {value!r:.80} to a tensor of dtype {like.name}")
        return array
    if like is None:
        try:
            of_array(array.dtype)
        except TypeError as error:
            raise ValueError(
                f"Failed to convert a NumPy array to a Tensor: {array.dtype} is no dtype of tensors"
            ) from error
        return array
    if like is string:
        raise ValueError(f"Cannot convert {value!r:.80} to a tensor of dtype string")
    return quiet(array, like.numpy)


def _numbers_of(array: Array, value: Any, like: DType) -> Array:
    """An array of Python objects as one of numbers of this dtype.

    Raises:
        ValueError: when one of them is no number.
    """
    try:
        return quiet(array, like.numpy)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"Cannot convert {value!r:.80} to a tensor of dtype {like.name}"
        ) from error


def _texts_of(array: Array, value: Any) -> Array:
    """An array of strings as one of bytes.

    Raises:
        ValueError: when an element is not a string.
    """
    made = np.empty(array.size, object)
    for at, one in enumerate(array.reshape(-1).tolist()):
        if not isinstance(one, str | bytes):
            raise ValueError(
                f"Failed to convert a NumPy array to a Tensor: its elements must be numbers, "
                f"booleans or strings. Received: an element of type {type(one).__name__}"
            )
        made[at] = one.encode() if isinstance(one, str) else one
    return made.reshape(array.shape)


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
    if isinstance(value, TensorShape):
        if target not in (None, int32, int64):
            raise TypeError(f"A TensorShape becomes int32 or int64. Received: dtype={target!r}")
        value = sizes_of_shape(value)
        target = target or (int32 if max(value, default=0) < 1 << 31 else int64)
    if isinstance(value, list | tuple):
        first = _first_tensor(value)
        if first is not None:
            return _stacked(
                value if target is None else _cast(value, target), target or first.dtype
            )
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


def sizes_of_shape(shape: TensorShape) -> tuple[int, ...]:
    """The sizes of a shape, all of which must be known.

    Raises:
        ValueError: when one is not.
    """
    if not shape.is_fully_defined():
        raise ValueError(f"Cannot convert a partially known TensorShape {shape} to a Tensor.")
    return tuple(shape)  # type: ignore[arg-type] # no size is None


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


def _cast(value: Any, dtype: DType) -> Any:
    """Nested lists with each tensor and variable in them cast to a dtype."""
    from densetrace.tensorflow.ops.casting import cast  # the operations import this module

    if isinstance(value, list | tuple):
        return [_cast(item, dtype) for item in value]
    is_other = isinstance(value, Operators) and value.dtype is not dtype
    return cast(value, dtype) if is_other else value


def _stacked(value: Any, dtype: DType) -> Any:
    """Nested lists with tensors in them as one tensor, which operations make.

    Raises:
        TypeError: when an item cannot be of this dtype.
    """
    from densetrace.tensorflow.ops.joining import pack  # the operations import this module

    items = [_stacked(item, dtype) if isinstance(item, list | tuple) else item for item in value]
    check_strictly(items, dtype)
    return pack([item if isinstance(item, Operators) else Tensor(array_of(item, dtype))
                 for item in items])  # fmt: skip


def check_strictly(items: list[Any], dtype: DType) -> None:
    """Refuse numbers of another dtype beside symbolic inputs and outputs of Keras, which makes
    tensors of numbers first.

    Raises:
        TypeError: when there is one.
    """
    if not any(isinstance(one, Symbol) and not isinstance(one, GraphTensor) for one in items):
        return
    for one in items:
        own = one.dtype if isinstance(one, Operators) else of_array(array_of(one).dtype)
        if own is not dtype:
            raise TypeError(
                f"A list of tensors must have one dtype. Received: {dtype.name} and {own.name}"
            )


def _own(array: Array, value: Any) -> Array:
    """An array that only the tensor holds: the caller may change the original."""
    return array.copy() if isinstance(value, np.ndarray) else array
