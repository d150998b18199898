"""Windows of a dataset: `window`, whose elements are datasets.

Where the elements are a range of rows of arrays, so is each window: `batch` takes it as one slice.

Follows tensorflow/python/data/ops/window_op.py.
"""

from collections import deque
from collections.abc import Iterator
from itertools import islice
from typing import Any

from densetrace.system.real_home import known_as
from densetrace.tensorflow.data.dataset import Dataset, FromRows
from densetrace.tensorflow.data.elements import (
    DatasetSpec,
    flatten,
    map_specs,
    tensor_specs,
)
from densetrace.tensorflow.data.structured_function import flag, scalar
from densetrace.tensorflow.data.transformations import Changing
from densetrace.tensorflow.errors import InvalidArgumentError
from densetrace.tensorflow.missing import NotInDensetraceError
from densetrace.tensorflow.tensor import Array


@known_as("tensorflow.python.data.ops.window_op")
class _WindowDataset(Changing):
    """Datasets of `size` elements each: one starts `shift` elements after the last one.

    The elements are of the structure of the source's elements, with a dataset for each tensor.
    """

    def __init__(
        self, source: Dataset, size: Any, shift: Any, stride: Any, drop_remainder: Any
    ) -> None:
        super().__init__(source)
        self._size = scalar(size, "size")
        self._shift = self._size if shift is None else scalar(shift, "shift")
        self._stride = scalar(stride, "stride")
        self._drops = flag(drop_remainder)
        for name, value in ("size", self._size), ("shift", self._shift), ("stride", self._stride):
            if value < 1:
                raise InvalidArgumentError(f"Window {name} must be greater than zero.")
        for one in flatten(source.element_spec):
            if isinstance(one, DatasetSpec):
                raise NotInDensetraceError("Dataset.window of windows", "Use flat_map first.")
        self._parts = tensor_specs(source.element_spec)
        self._spec = map_specs(DatasetSpec, source.element_spec)

    @property
    def _span(self) -> int:
        """The number of elements from the first to the last one of a window."""
        return 1 + (self._size - 1) * self._stride

    def _elements(self) -> Iterator[list[Any]]:
        rows = self._source._rows_in_order()
        return self._streamed() if rows is None else self._sliced(*rows)

    def _sliced(self, arrays: list[Array], order: range) -> Iterator[list[Any]]:
        pairs = list(zip(self._parts, arrays, strict=True))
        for start in range(0, len(order), self._shift):
            chosen = order[start : start + self._span : self._stride]
            if self._drops and len(chosen) < self._size:
                return
            yield [_RowsOfWindow(spec, array, chosen) for spec, array in pairs]

    def _streamed(self) -> Iterator[list[Any]]:
        waiting = self._source._elements()
        buffer: deque[list[Array]] = deque()
        while True:
            buffer.extend(islice(waiting, self._span - len(buffer)))
            if not buffer or (self._drops and len(buffer) < self._span):
                return
            chosen = list(islice(buffer, 0, self._span, self._stride))
            yield [
                _Window(spec, [arrays[at] for arrays in chosen])
                for at, spec in enumerate(self._parts)
            ]
            passed = min(self._shift, len(buffer))
            for _ in range(passed):
                buffer.popleft()
            for _ in islice(waiting, self._shift - passed):
                pass

    def _count(self) -> int:
        count = self._source._count()
        if count < 0:
            return count
        if self._drops:
            return max(0, (count - self._span) // self._shift + 1)
        return -(-count // self._shift)


class _Window(Dataset):
    """The tensors of a window."""

    def __init__(self, spec: Any, arrays: list[Array]) -> None:
        self._spec = spec
        self._arrays = arrays

    def _elements(self) -> Iterator[list[Array]]:
        return ([array] for array in self._arrays)

    def _count(self) -> int:
        return len(self._arrays)


class _RowsOfWindow(FromRows):
    """The tensors of a window, which are rows of one array."""

    def __init__(self, spec: Any, array: Array, order: range) -> None:
        self._spec = spec
        self._array_of_rows = array
        self._order = order

    def _rows_in_order(self) -> tuple[list[Array], range]:
        return [self._array_of_rows], self._order

    def _count(self) -> int:
        return len(self._order)


for _one in _Window, _RowsOfWindow:
    _one.__name__ = _one.__qualname__ = "_VariantDataset"
