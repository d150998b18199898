"""Trace types: the parts of the arguments that select a trace of a `tf.function`.

Follows tensorflow/core/function/trace_type.
"""

import copy
import weakref
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from densetrace.tensorflow.convert import convert_to_tensor
from densetrace.tensorflow.dtypes import of_array
from densetrace.tensorflow.shapes import TensorShape, TensorSpec
from densetrace.tensorflow.symbolic import Symbol
from densetrace.tensorflow.tensor import Operators, Tensor


class TensorKey(NamedTuple):
    """The trace type of a tensor: a size is None where any size fits, the shape where any rank
    does."""

    shape: tuple[int | None, ...] | None
    dtype: Any

    @property
    def spec(self) -> TensorSpec:
        """The same as a `tf.TensorSpec`."""
        return TensorSpec(self.shape, of_array(self.dtype))

    def covers(self, other: "TensorKey") -> bool:
        """Whether a trace for this type accepts a tensor of the other type."""
        if self.dtype != other.dtype or self.shape is None:
            return bool(self.dtype == other.dtype)
        return (
            other.shape is not None
            and len(self.shape) == len(other.shape)
            and all(a is None or a == b for a, b in zip(self.shape, other.shape, strict=True))
        )


class IteratorKey:
    """The trace type of an iterator over a dataset: the trace type of its elements.

    Its hash is computed once: each batch needs it.

    Args:
        element: the trace type of its elements.
        packed: a function that returns the spec of an element, for the specs of its tensors.
        symbol: the class of the symbol that stands for the iterator in a graph.
    """

    __slots__ = ("_hash", "element", "packed", "symbol")

    def __init__(
        self, element: Any, packed: Callable[[list[TensorSpec]], Any], symbol: Any
    ) -> None:
        self.element = element
        self.packed = packed
        self.symbol = symbol
        self._hash = hash(element)

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return type(other) is IteratorKey and bool(self.element == other.element)

    @property
    def spec(self) -> Any:
        """The spec of the elements."""
        return self.packed([one.spec for one in tensor_keys(self.element)])

    def covers(self, other: Any) -> bool:
        """Whether a trace for this type accepts an iterator of the other type."""
        return type(other) is IteratorKey and covers(self.element, other.element)


def key_of(value: Any, tensors: list[Any]) -> Any:
    """The trace type of an argument: shape and dtype of its tensors, the value of Python numbers
    and strings, the identity of other objects. Appends its tensors, and its iterators over
    datasets, to a list.

    Raises:
        TypeError: for something that is neither.
    """
    kind = type(value)
    if kind is Tensor:
        tensors.append(value)
        array = value._array
        return TensorKey(array.shape, array.dtype)
    if value is None or kind in (int, float, bool, str, TensorShape):
        return value
    if hasattr(kind, "__tf_tracing_type__"):
        tensors.append(value)
        return value.__tf_tracing_type__(None)
    if isinstance(value, Symbol | TensorSpec):
        tensors.append(value)
        return TensorKey(plain_shape(value.shape), value.dtype.numpy)
    if isinstance(value, np.ndarray | np.generic):
        return key_of(convert_to_tensor(value), tensors)
    if isinstance(value, Operators):
        return value.ref()  # a variable
    if isinstance(value, list | tuple):
        return (kind, *[key_of(item, tensors) for item in value])
    if isinstance(value, dict):
        keys = sorted(value)
        return (kind, tuple(keys), *[key_of(value[key], tensors) for key in keys])
    try:
        found: Any = weakref.ref(value)
        hash(found)
    except TypeError:
        try:
            hash(value)
        except TypeError:
            raise TypeError(
                f"Could not generate a generic TraceType for {value!r:.80}. Please verify that it "
                "is immutable/hashable."
            ) from None
        return value
    return found


def plain_shape(shape: TensorShape) -> tuple[int | None, ...] | None:
    return None if shape.rank is None else tuple(shape)


def is_tensor_argument(value: Any) -> bool:
    return isinstance(value, Tensor | Symbol | TensorSpec | np.ndarray | np.generic) or hasattr(
        type(value), "__tf_tracing_type__"
    )


def with_tensors(value: Any, tensors: Iterator[Any]) -> Any:
    """An argument with its tensors replaced by the next ones of an iterator, in the order of
    `key_of`."""
    if is_tensor_argument(value):
        return next(tensors)
    if isinstance(value, dict):
        filled = copy.copy(value)
        for key in sorted(value):
            filled[key] = with_tensors(value[key], tensors)
        return filled
    if isinstance(value, list | tuple):
        items = [with_tensors(item, tensors) for item in value]
        return type(value)(*items) if hasattr(value, "_fields") else type(value)(items)
    return value


def tensor_keys(key: Any) -> Iterator[TensorKey | IteratorKey]:
    if type(key) is TensorKey or type(key) is IteratorKey:
        yield key
    elif type(key) is tuple:
        for item in key:
            yield from tensor_keys(item)


def covers(general: Any, key: Any) -> bool:
    """Whether a trace for the first type accepts arguments of the second."""
    if type(general) is TensorKey:
        return type(key) is TensorKey and general.covers(key)
    if type(general) is IteratorKey:
        return general.covers(key)
    if type(general) is tuple:
        return type(key) is tuple and len(general) == len(key) and all(map(covers, general, key))
    return bool(general == key)


def generalized(key: Any, other: Any) -> Any:
    """A type that covers both, with None for sizes that differ; None when there is none."""
    if type(key) is TensorKey and type(other) is TensorKey:
        if key.dtype != other.dtype:
            return None
        shape = TensorShape(key.shape).most_specific_compatible_shape(other.shape)
        return TensorKey(plain_shape(shape), key.dtype)
    if type(key) is IteratorKey and type(other) is IteratorKey:
        element = generalized(key.element, other.element)
        return None if element is None else IteratorKey(element, key.packed, key.symbol)
    if type(key) is tuple and type(other) is tuple and len(key) == len(other):
        items = tuple(map(generalized, key, other))
        same = all(item is not None or a is None for item, a in zip(items, key, strict=True))
        return items if same else None
    return key if key == other else None
