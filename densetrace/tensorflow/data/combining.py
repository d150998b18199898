"""Datasets made of several datasets: `zip`, `concatenate`, `flat_map`, `interleave`.

Follows tensorflow/python/data/ops: zip_op.py, concatenate_op.py, flat_map_op.py and
interleave_op.py.
"""

from collections.abc import Callable, Iterator
from itertools import chain, islice
from typing import Any

from densetrace.system.real_home import known_as
from densetrace.tensorflow.data.dataset import INFINITE, UNKNOWN, Dataset
from densetrace.tensorflow.data.elements import common_spec, flatten, pack, tensors_of
from densetrace.tensorflow.data.structured_function import called_with, scalar
from densetrace.tensorflow.data.transformations import Changing
from densetrace.tensorflow.errors import InvalidArgumentError
from densetrace.tensorflow.tensor import Array


@known_as("tensorflow.python.data.ops.zip_op")
class _ZipDataset(Dataset):
    """The elements of several datasets together."""

    def __init__(self, datasets: Any) -> None:
        for one in flatten(datasets):
            if isinstance(one, list):
                raise TypeError(
                    "Invalid input to `zip`. Inputs are expected to be (nested) structures of "
                    "`tf.data.Dataset` objects. Python `list` is not supported and you should use "
                    "`tuple` instead."
                )
            if not isinstance(one, Dataset):
                raise TypeError(
                    "Invalid input to `zip`. Inputs are expected to be (nested) structures of "
                    f"`tf.data.Dataset` objects but encountered object of type {type(one)}."
                )
        self._sources: list[Dataset] = flatten(datasets)
        self._spec = pack(datasets, [one.element_spec for one in self._sources])

    def _elements(self) -> Iterator[list[Array]]:
        together = zip(*[one._elements() for one in self._sources], strict=False)
        return (list(chain.from_iterable(found)) for found in together)

    def _rows_in_order(self) -> tuple[list[Array], range] | None:
        arrays: list[Array] = []
        orders: list[range] = []
        for one in self._sources:
            rows = one._rows_in_order()
            if rows is None:
                return None
            arrays += rows[0]
            orders.append(rows[1])
        shortest = min(orders, key=len)
        same = all(order[: len(shortest)] == shortest for order in orders)
        return (arrays, shortest) if same else None

    def _count(self) -> int:
        counts = [one._count() for one in self._sources]
        finite = [count for count in counts if count >= 0]
        if UNKNOWN in counts:
            return UNKNOWN
        return min(finite) if finite else INFINITE


@known_as("tensorflow.python.data.ops.concatenate_op")
class _ConcatenateDataset(Dataset):
    """The elements of one dataset, then those of another."""

    def __init__(self, first: Dataset, second: Dataset) -> None:
        if not isinstance(second, Dataset):
            raise AttributeError(
                f"concatenate takes a `tf.data.Dataset`, which has an `element_spec`. Received: "
                f"{second!r:.80}"
            )
        self._first, self._second = first, second
        self._spec = common_spec(first.element_spec, second.element_spec)

    def _elements(self) -> Iterator[list[Array]]:
        later = (arrays for dataset in [self._second] for arrays in dataset._elements())
        return chain(self._first._elements(), later)

    def _count(self) -> int:
        counts = (self._first._count(), self._second._count())
        if INFINITE in counts:
            return INFINITE
        return UNKNOWN if UNKNOWN in counts else sum(counts)


@known_as("tensorflow.python.data.ops.flat_map_op")
class _FlatMapDataset(Changing):
    """The elements of the datasets that a function returns."""

    # DEPARTS: TensorFlow traces the function once, with symbolic tensors. Here Python runs it for
    # each element, the first time when the dataset is created, to find the spec.

    def __init__(self, source: Dataset, function: Callable[..., Any]) -> None:
        super().__init__(source)
        if not callable(function):
            raise ValueError(
                "Argument `func` must be a callable. "
                f"Received func={function} (of type {type(function)})"
            )
        self._function = function
        first = next(source._elements(), None)
        if first is not None:
            self._spec = self._made(source.element_spec, first).element_spec
        self._source_spec = source.element_spec

    def _made(self, spec: Any, arrays: list[Array]) -> Dataset:
        """The dataset for an element.

        Raises:
            AttributeError: when the function returns something else.
        """
        found = called_with(self._function, tensors_of(spec, arrays))
        if not isinstance(found, Dataset):
            raise AttributeError(
                "`map_func` must return a `Dataset` object, which has an `element_spec`. Received: "
                f"{found!r:.80}"
            )
        return found

    def _elements(self) -> Iterator[list[Array]]:
        opened = self._source._elements()
        return chain.from_iterable(
            self._made(self._source_spec, arrays)._elements() for arrays in opened
        )

    def _count(self) -> int:
        return UNKNOWN


@known_as("tensorflow.python.data.ops.interleave_op")
class _InterleaveDataset(_FlatMapDataset):
    """As `_FlatMapDataset`, with several of the datasets open, some elements of each in turn."""

    def __init__(
        self, source: Dataset, function: Callable[..., Any], cycle_length: Any, block_length: Any
    ) -> None:
        super().__init__(source, function)
        # DEPARTS: without `cycle_length` TensorFlow opens as many datasets as there are processors.
        self._cycle = 1 if cycle_length is None else scalar(cycle_length, "cycle_length")
        self._cycle = 1 if self._cycle == -1 else self._cycle
        self._block = 1 if block_length is None else scalar(block_length, "block_length")
        for name, value in ("cycle_length", self._cycle), ("block_length", self._block):
            if value < 1:
                raise InvalidArgumentError(f"`{name}` must be > 0")

    def _elements(self) -> Iterator[list[Array]]:
        return self._interleaved(self._source._elements())

    def _interleaved(self, waiting: Iterator[list[Array]]) -> Iterator[list[Array]]:
        opened: list[Iterator[list[Array]] | None] = [None] * self._cycle
        at, has_ended = 0, False
        while True:
            current = opened[at]
            if current is None and not has_ended:
                arrays = next(waiting, None)
                has_ended = arrays is None
                if arrays is not None:
                    current = opened[at] = self._made(self._source_spec, arrays)._elements()
            if current is None:
                if has_ended and not any(opened):
                    return
                at = (at + 1) % self._cycle
                continue
            block = list(islice(current, self._block))
            yield from block
            if len(block) < self._block:
                opened[at] = None
            at = (at + 1) % self._cycle


@known_as("tensorflow.python.data.ops.interleave_op")
class _ParallelInterleaveDataset(_InterleaveDataset):
    """As `_InterleaveDataset`: nothing runs in parallel."""
