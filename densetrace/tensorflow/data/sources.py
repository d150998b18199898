"""Datasets of tensors, rows of tensors, integers, and what a Python generator yields.

Follows tensorflow/python/data/ops: from_tensors_op.py, from_tensor_slices_op.py, range_op.py and
from_generator_op.py.
"""

import traceback
from collections.abc import Callable, Iterator
from typing import Any, Final

import numpy as np

from densetrace.system.real_home import known_as
from densetrace.tensorflow.convert import convert_to_tensor
from densetrace.tensorflow.data.dataset import UNKNOWN, Dataset, FromRows
from densetrace.tensorflow.data.elements import (
    NONE,
    arrays_of,
    flatten,
    map_specs,
    normalized,
    pack,
    spec_of,
    tensor_specs,
)
from densetrace.tensorflow.dtypes import as_dtype
from densetrace.tensorflow.errors import (
    InvalidArgumentError,
    OpError,
    OutOfRangeError,
    UnimplementedError,
    UnknownError,
)
from densetrace.tensorflow.missing import NotInDensetraceError
from densetrace.tensorflow.shapes import TensorShape, TensorSpec
from densetrace.tensorflow.tensor import Array, Tensor


@known_as("tensorflow.python.data.ops.from_tensors_op")
class _TensorDataset(Dataset):
    """One element."""

    def __init__(self, tensors: Any) -> None:
        value = normalized(tensors)
        self._spec = spec_of(value)
        self._arrays = arrays_of(value)

    def _elements(self) -> Iterator[list[Array]]:
        yield self._arrays

    def _count(self) -> int:
        return 1


@known_as("tensorflow.python.data.ops.from_tensor_slices_op")
class _TensorSliceDataset(FromRows):
    """The rows of tensors."""

    def __init__(self, tensors: Any) -> None:
        value = normalized(tensors)
        self._arrays = arrays_of(value)
        if not self._arrays:
            raise ValueError("Invalid `tensors`. `tensors` should not be empty.")
        if any(array.ndim == 0 for array in self._arrays):
            raise ValueError("Unbatching a tensor is only supported for rank >= 1")
        self._size = len(self._arrays[0])
        for array in self._arrays[1:]:
            if len(array) != self._size:
                raise ValueError(f"Dimensions {self._size} and {len(array)} are not compatible")
        self._spec = map_specs(lambda spec: TensorSpec(spec.shape[1:], spec.dtype), spec_of(value))

    def _rows_in_order(self) -> tuple[list[Array], range]:
        return self._arrays, range(self._size)

    def _count(self) -> int:
        return self._size


@known_as("tensorflow.python.data.ops.range_op")
class _RangeDataset(FromRows):
    """Integers from a start to a stop."""

    def __init__(self, *args: Any, output_type: Any = "int64", name: Any = None) -> None:
        if not 1 <= len(args) <= 3:
            raise ValueError(
                "Invalid `args`. The length of `args` should be between 1 and 3 but was "
                f"{len(args)}."
            )
        self._range = range(*[int(convert_to_tensor(one, "int64").numpy()) for one in args])
        self._spec = TensorSpec((), output_type)

    def _rows_in_order(self) -> tuple[list[Array], range] | None:
        if _length(self._range) > _LONGEST_ARRAY:
            return None
        numbers = np.arange(self._range.start, self._range.stop, self._range.step)
        return [numbers.astype(self._spec.dtype.numpy)], range(len(self._range))

    def _elements(self) -> Iterator[list[Array]]:
        dtype = self._spec.dtype.numpy
        for number in self._range:
            yield [np.array(number, dtype)]

    def _count(self) -> int:
        return _length(self._range)


def _length(numbers: range) -> int:
    """The length of a range; `len` does not give one that needs more than 63 bits."""
    distance = numbers.stop - numbers.start
    return max(0, -(-distance // numbers.step))


_LONGEST_ARRAY: Final = 1 << 20
"""The longest range of which all numbers may be in memory."""


# -- generators ------------------------------------------------------------------------------------


def signature(generator: Any, types: Any, shapes: Any, spec: Any) -> Any:
    """The spec of the elements of a generator, after checks of how it is given.

    Raises:
        TypeError: when the generator is not callable, or the spec is missing or given twice.
    """
    if not callable(generator):
        raise TypeError("`generator` must be a Python callable.")
    if spec is not None:
        if types is not None or shapes is not None:
            raise TypeError(
                "The `output_types` and `output_shapes` arguments cannot be used together with "
                "the `output_signature` argument."
            )
        for one in flatten(spec):
            if not isinstance(one, TensorSpec) and one is not NONE:
                raise TypeError(
                    "`output_signature` must contain objects that are subclass of `tf.TypeSpec` "
                    f"but found {type(one)} which is not."
                )
        return spec
    if types is None:
        raise TypeError(
            "To specify the output signature you need to provide either the `output_signature` "
            "argument or the `output_types` argument."
        )
    types = tuple(types) if isinstance(types, list) else types
    dtypes = [as_dtype(one) for one in flatten(types)]
    listed = [None] * len(dtypes) if shapes is None else _shapes(types, shapes)
    return pack(
        types, [TensorSpec(shape, dtype) for shape, dtype in zip(listed, dtypes, strict=True)]
    )


def _shapes(types: Any, shapes: Any) -> list[Any]:
    """The shapes in the structure of the dtypes: a tuple of sizes is a shape there, not a nest."""
    if isinstance(types, dict):
        return [one for key in sorted(types) for one in _shapes(types[key], shapes[key])]
    if isinstance(types, tuple):
        pairs = zip(types, shapes, strict=True)
        return [one for type_, shape in pairs for one in _shapes(type_, shape)]
    return [TensorShape(shapes)]


@known_as("tensorflow.python.data.ops.flat_map_op")
class _FlatMapDataset(Dataset):
    """What the iterator that a function returns yields."""

    def __init__(self, generator: Callable[..., Any], spec: Any, args: Any = None) -> None:
        self._generator = generator
        self._spec = spec
        self._leaves = tensor_specs(spec)
        self._args = [convert_to_tensor(one) for one in args or ()]

    def _elements(self) -> Iterator[list[Array]]:
        try:
            source = iter(self._generator(*[one.numpy() for one in self._args]))
        except Exception as error:
            raise _as_operation_error(error) from error
        while True:
            try:
                found = next(source)
            except StopIteration:
                return
            except Exception as error:
                raise _as_operation_error(error) from error
            try:
                arrays = self._arrays_of(found)
            except TypeError as error:
                raise _as_operation_error(error) from error
            yield arrays

    def _arrays_of(self, found: Any) -> list[Array]:
        """The arrays of what was yielded, after checks.

        Raises:
            TypeError: when it does not fit the spec.
        """
        try:
            values = _leaves_like(self._spec, found)
        except (TypeError, ValueError, KeyError, AttributeError):
            raise TypeError(
                "`generator` yielded an element that did not match the expected structure. The "
                f"expected structure was {self._spec}, but the yielded element was {found}."
            ) from None
        arrays = []
        for value, spec in zip(values, self._leaves, strict=True):
            try:
                array = _as_array(value, spec)
            except (TypeError, ValueError) as error:
                raise TypeError(
                    "`generator` yielded an element that could not be converted to the expected "
                    f"type. The expected type was {spec.dtype.name}, but the yielded element was "
                    f"{value}."
                ) from error
            if not spec.shape.is_compatible_with(array.shape):
                raise TypeError(
                    f"`generator` yielded an element of shape {array.shape} where an element of "
                    f"shape {spec.shape} was expected."
                )
            arrays.append(array)
        return arrays

    def _count(self) -> int:
        return UNKNOWN


def _leaves_like(spec: Any, value: Any) -> list[Any]:
    """The values of a yielded element, in the order of the spec's leaves.

    Raises:
        TypeError: when it has another structure.
        ValueError: when it has another number of items.
    """
    if spec is NONE:
        if value is not None:
            raise TypeError("not None")
        return []
    if isinstance(spec, dict):
        if sorted(value) != sorted(spec):
            raise ValueError("other keys")
        return [one for key in sorted(spec) for one in _leaves_like(spec[key], value[key])]
    if isinstance(spec, tuple):
        if not isinstance(value, tuple | list):
            raise TypeError("not a tuple")
        pairs = zip(spec, value, strict=True)
        return [one for inner, item in pairs for one in _leaves_like(inner, item)]
    if isinstance(value, dict):
        raise TypeError("a dict for a tensor")
    return [value]


def _as_array(value: Any, spec: TensorSpec) -> Array:
    """A yielded value as an array of the dtype of its spec.

    Raises:
        TypeError: when it is of another kind.
        ValueError: when it is not an array of numbers.
    """
    if isinstance(value, Tensor):
        value = value._array
    dtype = spec.dtype
    if dtype == "string":
        return convert_to_tensor(value, dtype)._array  # type: ignore[no-any-return]
    array = np.array(value)
    if array.dtype.kind not in "fiubc":
        raise TypeError(f"not a number: {value!r:.80}")
    return array.astype(dtype.numpy, copy=False)


def _as_operation_error(error: Exception) -> Exception:
    """The error of an operation for one that Python raised in it.

    Follows tensorflow/python/lib/core/py_func.cc.
    """
    if isinstance(error, OpError | NotInDensetraceError):
        return error
    text = "".join(traceback.format_exception_only(error)).strip()
    if isinstance(error, ValueError | TypeError):
        return InvalidArgumentError(text)
    if isinstance(error, StopIteration):
        return OutOfRangeError(text)
    if isinstance(error, NotImplementedError):
        return UnimplementedError(text)
    return UnknownError(text)
