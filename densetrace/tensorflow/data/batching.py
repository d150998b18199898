"""Datasets of batches: `batch`, `padded_batch`, `unbatch`.

Follows tensorflow/python/data/ops: batch_op.py, padded_batch_op.py and unbatch_op.py.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np

from densetrace.system.real_home import known_as
from densetrace.tensorflow.convert import array_of
from densetrace.tensorflow.data.dataset import UNKNOWN, Dataset
from densetrace.tensorflow.data.elements import (
    NONE,
    flatten,
    has_datasets,
    map_specs,
    pack,
    tensor_specs,
)
from densetrace.tensorflow.data.structured_function import flag, scalar
from densetrace.tensorflow.data.transformations import Changing
from densetrace.tensorflow.errors import DataLossError, InvalidArgumentError
from densetrace.tensorflow.missing import NotInDensetraceError
from densetrace.tensorflow.shapes import TensorShape, TensorSpec
from densetrace.tensorflow.tensor import Array


@known_as("tensorflow.python.data.ops.batch_op")
class _BatchDataset(Changing):
    """Batches of elements."""

    def __init__(self, source: Dataset, batch_size: Any, drop_remainder: Any) -> None:
        super().__init__(source)
        self._size = scalar(batch_size, "batch_size")
        self._batch_size = self._size  # as TensorFlow calls it, where Keras reads it
        self._drops = flag(drop_remainder)
        if self._size < 1:
            raise InvalidArgumentError("Batch size must be greater than zero.")
        if has_datasets(source.element_spec):
            raise NotInDensetraceError(
                "Dataset.batch of windows",
                "Batch the elements of each window: flat_map(lambda window: window.batch(size)).",
            )
        size = self._size if self._drops else None
        self._spec = map_specs(
            lambda spec: TensorSpec(TensorShape([size]) + spec.shape, spec.dtype),
            source.element_spec,
        )

    def _elements(self) -> Iterator[list[Array]]:
        rows = self._source._rows()
        if rows is None:
            return self._stacked(self._source._elements())
        return self._gathered(*rows)

    def _gathered(self, arrays: list[Array], order: Any) -> Iterator[list[Array]]:
        """Batches of rows: views of the arrays where the rows follow each other."""
        size = self._size
        if isinstance(order, range) and order.step == 1:
            for start in range(order.start, order.stop, size):
                stop = min(start + size, order.stop)
                if stop - start < size and self._drops:
                    return
                yield [array[start:stop] for array in arrays]
            return
        waiting = iter(order)
        while chosen := list(islice(waiting, size)):
            if len(chosen) < size and self._drops:
                return
            yield [array.take(chosen, 0) for array in arrays]

    def _stacked(self, waiting: Iterator[list[Array]]) -> Iterator[list[Array]]:
        while found := list(islice(waiting, self._size)):
            if len(found) < self._size and self._drops:
                return
            yield [self._stack(at, column) for at, column in enumerate(zip(*found, strict=True))]

    def _stack(self, component: int, arrays: tuple[Array, ...]) -> Array:
        """The arrays of one component as one.

        Raises:
            InvalidArgumentError: when their shapes differ.
        """
        first = arrays[0]
        for at, one in enumerate(arrays):
            if one.shape != first.shape:
                raise InvalidArgumentError(
                    f"Cannot batch tensors with different shapes in component {component}. First "
                    f"element had shape {list(first.shape)} and element {at} had shape "
                    f"{list(one.shape)}."
                )
        return np.stack(arrays)

    def _count(self) -> int:
        count = self._source._count()
        if count < 0:
            return count
        return count // self._size if self._drops else -(-count // self._size)


@known_as("tensorflow.python.data.ops.batch_op")
class _ParallelBatchDataset(_BatchDataset):
    """As `_BatchDataset`: nothing runs in parallel."""


@known_as("tensorflow.python.data.ops.padded_batch_op")
class _PaddedBatchDataset(_BatchDataset):
    """Batches of elements that are padded to one shape."""

    def __init__(
        self,
        source: Dataset,
        batch_size: Any,
        padded_shapes: Any,
        padding_values: Any,
        drop_remainder: Any,
    ) -> None:
        super().__init__(source, batch_size, drop_remainder)
        spec = source.element_spec
        specs = tensor_specs(spec)
        if padded_shapes is None:
            for one in specs:
                if one.shape.rank is None:
                    raise ValueError(
                        "You must provide `padded_shapes` argument because component has unknown "
                        "rank."
                    )
            self._shapes = [one.shape for one in specs]
        else:
            self._shapes = _shapes_like(spec, padded_shapes)
        self._paddings = _paddings(spec, specs, padding_values)
        size = self._size if self._drops else None
        shapes = iter(self._shapes)
        self._spec = pack(
            spec,
            [
                leaf if leaf is NONE else TensorSpec(TensorShape([size]) + next(shapes), leaf.dtype)
                for leaf in flatten(spec)
            ],
        )

    def _elements(self) -> Iterator[list[Array]]:
        return self._stacked(self._source._elements())

    def _stack(self, component: int, arrays: tuple[Array, ...]) -> Array:
        """The arrays of one component, padded, as one.

        Raises:
            DataLossError: when one is larger than the padded shape.
        """
        wanted = self._shapes[component]
        sizes = [
            max(one.shape[axis] for one in arrays) if size is None else size
            for axis, size in enumerate(wanted)
        ]
        first = arrays[0]
        batch = np.empty((len(arrays), *sizes), first.dtype)
        batch[...] = self._paddings[component]
        for at, one in enumerate(arrays):
            if any(a > b for a, b in zip(one.shape, sizes, strict=True)):
                raise DataLossError(
                    "Attempted to pad to a smaller size than the input element. Received: shape "
                    f"{list(one.shape)}, padded to {sizes}"
                )
            part: tuple[Any, ...] = (at, *[slice(size) for size in one.shape])
            batch[part] = one
        return batch


def _shapes_like(spec: Any, shapes: Any) -> list[TensorShape]:
    """The padded shapes in the structure of a spec; -1 is an unknown size."""
    if isinstance(spec, dict):
        return [one for key in sorted(spec) for one in _shapes_like(spec[key], shapes[key])]
    if isinstance(spec, tuple):
        pairs = zip(spec, shapes, strict=True)
        return [one for inner, shape in pairs for one in _shapes_like(inner, shape)]
    listed = [shapes] if isinstance(shapes, int) else shapes
    return [TensorShape([None if size in (None, -1) else size for size in listed])]


def _paddings(spec: Any, specs: list[TensorSpec], values: Any) -> list[Any]:
    """The padding of each component: zero, or an empty string, unless given."""
    given = flatten(values) if isinstance(values, tuple | dict) else [values] * len(specs)
    return [
        (b"" if one.dtype == "string" else one.dtype.numpy.type(0))
        if value is None
        else array_of(getattr(value, "_array", value), one.dtype)
        for one, value in zip(specs, given, strict=True)
    ]


@known_as("tensorflow.python.data.ops.unbatch_op")
class _UnbatchDataset(Changing):
    """The rows of the elements."""

    def __init__(self, source: Dataset) -> None:
        super().__init__(source)
        for one in tensor_specs(source.element_spec):
            if one.shape.rank == 0:
                raise ValueError("Cannot unbatch an input with scalar components.")
        self._spec = map_specs(
            lambda spec: TensorSpec(spec.shape[1:], spec.dtype), source.element_spec
        )

    def _elements(self) -> Iterator[list[Array]]:
        return (
            [array[row, ...] for array in arrays]
            for arrays in self._source._elements()
            for row in range(len(arrays[0]))
        )

    def _count(self) -> int:
        sizes = [spec.shape[0] for spec in tensor_specs(self._source.element_spec)]
        count = self._source._count()
        known = next((size for size in sizes if size is not None), None)
        return UNKNOWN if known is None or count == UNKNOWN else count * (known if count > 0 else 1)
