"""Turns an array or a framework's tensor into a value: its shape, its dtype and its elements.

The elements are copied at once, since they may change; they are rounded later, since that is most
of the work. So `read` returns a function and its arguments, which build the value. `measured` adds
min, mean and max of a large array, and a grid of it for a heat map.
"""

import functools
import math
import sys
from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np

from densetrace.data.values import LARGEST_COUNT, Grid, Mapping, Number, Tensor, Value
from densetrace.recording.introspect import (
    BACKENDS,
    FRAMEWORKS,
    attributes_of,
    is_symbolic,
    mro,
    package_of,
    per_object,
)

SMALL: Final = 20
"""An array of at most this many elements is stored whole."""

ELEMENT_LIMIT: Final = 4
"""How many elements of a larger array are stored."""

MOST_MEASURED: Final = 1_000_000
"""Nothing is computed for an array of more elements."""

DEFERRED: Final = 256
"""An array of at most so many elements is copied, and its statistics are computed later."""

MOST_GRID_ROWS: Final = 16
MOST_GRID_COLUMNS: Final = 64
"""The greatest size of the grid for a heat map."""

COPIED_WHOLE: Final = 10_000
"""A framework's tensor returns a copy of its numbers; if it has more elements than this, only the
first are copied."""


def read(value: Any) -> tuple[Any, ...]:
    """Read a NumPy array."""
    array = np.asarray(value)
    return _tensor, array.shape, array.dtype, _first_elements(array)


def read_held(array: np.ndarray[Any, Any]) -> tuple[Any, ...]:
    """Read the array that a tensor of the mirrored stack holds."""
    return (_strings, array.shape) if array.dtype.kind == "O" else read(array)


def _strings(shape: tuple[int, ...]) -> Tensor:
    """A tensor of strings, which the mirrored stack stores in an array of objects."""
    return Tensor(shape, "string")


def read_variable(value: Any) -> tuple[Any, ...]:
    """Read a variable of the mirrored stack, without copying all its numbers."""
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
    """A variable or a tensor that is recorded with its statistics, and with a grid for a heat map
    unless `with_grid` is false."""

    __slots__ = ("variable", "with_grid")

    def __init__(self, variable: Any, *, with_grid: bool = True) -> None:
        self.variable = variable
        self.with_grid = with_grid

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
        return [] if array is None else list(array.flat[:SMALL].tolist())


def read_whole(value: Whole) -> tuple[Any, ...] | None:
    """Read a variable or a tensor with its statistics; None where it cannot be read."""
    array = value.array()
    if array is None:
        return None
    return _measured(array, with_grid=value.with_grid)


def measured(value: Any) -> tuple[Any, ...] | None:
    """Read a large tensor with its statistics; None of any other object, and where that would need
    a large copy."""
    read_array = _measurable(type(value))
    if read_array is None:
        return None
    array = read_array(value)
    if type(array) is not np.ndarray or array.size <= SMALL or array.dtype.kind not in "iuf":
        return None
    return _measured(array, with_grid=False)


@per_object
def _measurable(kind: type) -> Callable[[Any], Any] | None:
    """A function that returns the numbers of tensors of a class, which costs little."""
    if kind is np.ndarray:
        return _itself
    if not is_tensor_class(kind) or is_symbolic(kind):
        return None
    reader = _reader_of(kind)
    return _small_by_numpy if reader is _by_numpy else reader


def _small_by_numpy(value: Any) -> Any:
    """The numbers of a tensor of TensorFlow, which are copied."""
    try:
        return value.numpy() if math.prod(value.shape) <= COPIED_WHOLE else None
    except Exception:  # inside a graph, or of no known size
        return None


def _measured(array: np.ndarray[Any, Any], *, with_grid: bool) -> tuple[Any, ...]:
    if not SMALL < array.size <= MOST_MEASURED or array.dtype.kind not in "iuf":
        return _tensor, array.shape, array.dtype, _first_elements(array)
    if array.size <= DEFERRED:
        return _tensor_of_copy, array.copy(), with_grid
    return _tensor, *_read_with_statistics(array, with_grid)


def _tensor_of_copy(array: np.ndarray[Any, Any], with_grid: bool) -> Tensor:
    return _tensor(*_read_with_statistics(array, with_grid))


def _read_with_statistics(array: np.ndarray[Any, Any], with_grid: bool) -> tuple[Any, ...]:
    """The arguments of `_tensor` for an array with its statistics, and with its grid."""
    with np.errstate(all="ignore"):
        statistics = float(array.min()), float(array.mean(dtype=np.float64)), float(array.max())
        grid = _grid(array) if with_grid else None
    return array.shape, array.dtype, _first_elements(array), statistics, grid


def _grid(array: np.ndarray[Any, Any]) -> tuple[int, int, float, str]:
    """The grid of an array: rows, columns, the largest absolute value, the levels."""
    columns = array.shape[-1] if array.ndim else 1
    grid = array.reshape(-1, columns).astype(np.float64)
    grid = _means(_means(grid, MOST_GRID_ROWS, 0), MOST_GRID_COLUMNS, 1)
    sizes = np.abs(grid[np.isfinite(grid)])
    largest = float(sizes.max()) if sizes.size else 0.0
    levels = np.rint(np.clip(grid / (largest or 1.0), -1.0, 1.0) * 127) + 128
    levels[np.isnan(grid)] = 0
    return *grid.shape, largest, levels.astype(np.uint8).tobytes().hex()


def _means(grid: np.ndarray[Any, Any], most: int, axis: int) -> np.ndarray[Any, Any]:
    """The grid with at most this many rows (axis 0) or columns (axis 1): means of neighbours."""
    size = grid.shape[axis]
    if size <= most:
        return grid
    edges = np.arange(most + 1) * size // most
    counts = np.diff(edges).reshape((-1, 1) if axis == 0 else (1, -1))
    means: np.ndarray[Any, Any] = np.add.reduceat(grid, edges[:-1], axis=axis) / counts
    return means


def _lifted(variable: Any) -> np.ndarray[Any, Any] | None:
    """The numbers of a variable of a framework, also inside a graph of TensorFlow."""
    held = attributes_of(variable).get("_value", variable)  # a variable of Keras 3 holds another
    if package_of(type(held)) in BACKENDS:
        return number_array(held)
    tensorflow = sys.modules.get("tensorflow")
    if tensorflow is None or not is_tensor_class(type(variable)):
        return None
    if _is_empty(variable):
        return None
    with tensorflow.init_scope():
        if not tensorflow.executing_eagerly():
            return None
        return np.asarray(variable.numpy()) if hasattr(variable, "numpy") else None


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


def has_numbers(value: object) -> bool:
    """Whether an object is a framework's tensor or variable that is not symbolic."""
    return is_tensor_class(type(value)) and not is_symbolic(type(value))


@functools.lru_cache(maxsize=256)
def dtype_name(dtype: np.dtype[Any]) -> str:
    """Such as `float32`."""
    return dtype.name


def _tensor(
    shape: tuple[int, ...],
    dtype: np.dtype[Any],
    elements: Sequence[Any],
    statistics: Sequence[float] = (),
    grid: tuple[int, int, float, str] | None = None,
) -> Tensor:
    kept = map(_rounded, elements) if dtype.kind == "f" else elements
    if not statistics:
        return Tensor(shape, dtype_name(dtype), tuple(kept))
    kept_grid = None
    if grid is not None:
        rows, columns, largest, levels = grid
        kept_grid = Grid(rows, columns, _rounded(largest), levels)
    return Tensor(
        shape, dtype_name(dtype), tuple(kept), False, tuple(map(_rounded, statistics)), kept_grid
    )


def _first_elements(array: np.ndarray[Any, Any]) -> Sequence[Any]:
    """All elements of a small array, the first of a large one, in row-major order."""
    if array.dtype.kind not in "biuf" or array.size == 0:
        return ()
    if array.size <= SMALL:
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
