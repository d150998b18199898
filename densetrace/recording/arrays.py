"""Turns an array or a framework's tensor into a value: its shape, its dtype and a few elements.

The elements are copied at once, since they may change; they are rounded later, since that is most
of the work. So `read` returns a function and its arguments, which build the value.
"""

import functools
import math
import sys
from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np

from densetrace.data.values import LARGEST_COUNT, Mapping, Number, Tensor, Value
from densetrace.recording.introspect import (
    BACKENDS,
    FRAMEWORKS,
    attributes_of,
    mro,
    package_of,
    per_object,
)

ELEMENT_LIMIT: Final = 4
"""How many elements of an array are kept."""

COPIED_WHOLE: Final = 10_000
"""A framework's tensor gives its numbers as a copy; of one with more elements than this, only the
first are copied."""


def read(value: Any) -> tuple[Any, ...]:
    """Read a NumPy array."""
    array = np.asarray(value)
    return _tensor, array.shape, array.dtype, _first_elements(array)


def read_held(array: np.ndarray[Any, Any]) -> tuple[Any, ...]:
    """Read the array that a tensor of our stack holds."""
    return (_strings, array.shape) if array.dtype.kind == "O" else read(array)


def _strings(shape: tuple[int, ...]) -> Tensor:
    """A tensor of strings, which our stack keeps in an array of objects."""
    return Tensor(shape, "string")


def read_variable(value: Any) -> tuple[Any, ...]:
    """Read a variable of our stack, without copying all its numbers."""
    # An assignment returns the variable under another name.
    held = attributes_of(attributes_of(value).get("_variable", value))["_stored"]
    return read_held(object.__getattribute__(held, "_array"))


def read_tensor(value: Any) -> Tensor:
    """Read a tensor or a variable of TensorFlow."""
    shape = _sizes(value)
    return Tensor(shape, _dtype_of(value), _numbers_of(value, shape))


def read_symbolic(value: Any) -> Tensor:
    """Read a symbolic tensor."""
    return Tensor(_sizes(value), _dtype_of(value), symbolic=True)


def number_of(value: Any) -> Any:
    """The number in a scalar of NumPy or of a framework as a plain one; any other value as it
    is."""
    kind = type(value)
    if kind is float or kind is int:
        return value
    array = _reader_of(kind)(value)
    return array.item() if array is not None and array.ndim == 0 else value


@per_object
def _reader_of(kind: type) -> Callable[[Any], Any]:
    """A function that returns the array or the scalar in an object of a class, or None."""
    if issubclass(kind, np.ndarray | np.generic):
        return _itself
    if not is_tensor_class(kind):
        return _nothing
    package = package_of(kind)
    if package in BACKENDS:
        return number_array
    return _own_array if package == "densetrace" else _by_numpy


def _itself(value: Any) -> Any:
    return value


def _nothing(value: Any) -> None:
    return None


def _own_array(value: Any) -> Any:
    try:
        return object.__getattribute__(value, "_array")
    except AttributeError:  # it has no numbers
        return None


def _by_numpy(value: Any) -> Any:
    try:
        return value.numpy()
    except Exception:  # inside a graph
        return None


def number_array(value: Any) -> np.ndarray[Any, Any] | None:
    """The array in a tensor of JAX or PyTorch; None where it has no numbers."""
    try:
        # A tensor of PyTorch that has a gradient gives no numbers.
        return np.asarray(value.detach() if hasattr(value, "detach") else value)
    except Exception:
        return None


def numbers_by_name(names: Sequence[str], numbers: Sequence[Any]) -> Mapping:
    """Numbers with the digits that float32 holds, by name."""
    pairs = [
        (name, _rounded(number) if type(number) is float else number)
        for name, number in zip(names, numbers, strict=True)
    ]
    return Mapping(tuple(pairs), len(pairs))


class Whole:
    """A variable or a tensor whose elements are all kept, if it is small."""

    __slots__ = ("variable",)

    LIMIT: Final = 20
    """How many elements a small array has."""

    def __init__(self, variable: Any) -> None:
        self.variable = variable

    def array(self) -> np.ndarray[Any, Any] | None:
        """The numbers that the variable holds now, also while a graph is being traced; not a copy.
        None where they cannot be read."""
        stored = attributes_of(attributes_of(self.variable).get("_variable", self.variable))
        if "_stored" in stored:
            held = stored["_stored"]
            return None if held is None else object.__getattribute__(held, "_array")
        own = _own_array(self.variable)
        return _lifted(self.variable) if own is None else own

    def numbers(self) -> list[Any]:
        """Its first elements, flat."""
        array = self.array()
        return [] if array is None else list(array.flat[: self.LIMIT].tolist())


def read_whole(value: Whole) -> tuple[Any, ...] | None:
    """Read a variable: all elements of a small one, in row-major order, the first of a large one;
    None where it cannot be read."""
    array = value.array()
    if array is None:
        return None
    if 0 < array.size <= Whole.LIMIT and array.dtype.kind in "biuf":
        return _tensor, array.shape, array.dtype, array.ravel().tolist()
    return _tensor, array.shape, array.dtype, _first_elements(array)


def _lifted(variable: Any) -> np.ndarray[Any, Any] | None:
    """The numbers of a variable of TensorFlow, also inside a graph."""
    if package_of(type(variable)) in BACKENDS:
        return number_array(variable)
    tensorflow = sys.modules.get("tensorflow")
    if tensorflow is None or not is_tensor_class(type(variable)):
        return None
    if _is_empty(variable):
        return None
    with tensorflow.init_scope():
        if not tensorflow.executing_eagerly():
            return None
        return np.asarray(variable.numpy())


def _is_empty(variable: Any) -> bool:
    """Whether a variable of Keras 3 has no value: on JAX the training function holds it."""
    attributes = attributes_of(variable)
    return "_value" in attributes and attributes["_value"] is None


def is_tensor_class(cls: type) -> bool:
    """Whether a framework's class defines `shape` and `dtype`: a user's properties are never
    run."""
    return any(
        package_of(base) in FRAMEWORKS and hasattr(base, "shape") and hasattr(base, "dtype")
        for base in mro(cls)
    )


@functools.lru_cache(maxsize=256)
def dtype_name(dtype: np.dtype[Any]) -> str:
    """Such as `float32`."""
    return dtype.name


def _tensor(shape: tuple[int, ...], dtype: np.dtype[Any], elements: Sequence[Any]) -> Tensor:
    kept = map(_rounded, elements) if dtype.kind == "f" else elements
    return Tensor(shape, dtype_name(dtype), tuple(kept))


def _first_elements(array: np.ndarray[Any, Any]) -> Sequence[Any]:
    """The first elements in row-major order."""
    if array.dtype.kind not in "biuf" or array.size == 0:
        return ()
    if array.size <= ELEMENT_LIMIT:
        return array.ravel().tolist()
    elements: list[Any] = array[_head(array.ndim)].tolist()
    return elements


@functools.cache
def _head(dimensions: int) -> tuple[int | slice, ...]:
    """The index of the first elements along the last axis."""
    return *(0,) * (dimensions - 1), slice(ELEMENT_LIMIT)


def _rounded(element: float) -> Value:
    """An element with the digits that float32 holds."""
    if element == 0:
        return float(element)  # minus zero too
    return _seven_digits(element) if math.isfinite(element) else Number(repr(float(element)))


@functools.lru_cache(maxsize=4096)
def _seven_digits(element: float) -> float:
    return float(f"{element:.7g}")


def _sizes(tensor: Any) -> tuple[int | None, ...]:
    """The sizes of a tensor's shape.

    Raises:
        OverflowError: when one is larger than a trace can hold; then only the type is recorded.
    """
    sizes = tuple([None if size is None else int(size) for size in tensor.shape])
    if any(size is not None and size > LARGEST_COUNT for size in sizes):
        raise OverflowError(f"a size of a shape is at most {LARGEST_COUNT}")
    return sizes


def _dtype_of(tensor: Any) -> str:
    dtype = tensor.dtype
    if isinstance(dtype, np.dtype):
        return dtype_name(dtype)
    return getattr(dtype, "name", None) or str(dtype)


def _numbers_of(tensor: Any, shape: tuple[int | None, ...]) -> tuple[Value, ...]:
    """The first elements of a framework's tensor; none of a variable inside a graph, which has no
    numbers there."""
    try:
        small = math.prod(size or 0 for size in shape) <= COPIED_WHOLE
        array = (tensor if small else tensor[_head(len(shape))]).numpy()
    except Exception:
        return ()
    if not isinstance(array, np.ndarray | np.generic):
        return ()
    array = np.asarray(array)
    return _tensor(array.shape, array.dtype, _first_elements(array)).elements
