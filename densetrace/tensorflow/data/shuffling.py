"""Datasets in random order: for the same seeds, the order of TensorFlow.

Follows tensorflow/python/data/ops/shuffle_op.py and tensorflow/core/kernels/data:
shuffle_dataset_op.cc and random_seed_ops.cc.
"""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, TypeVar

import numpy as np

from densetrace.system.real_home import known_as
from densetrace.tensorflow import random
from densetrace.tensorflow.data import philox
from densetrace.tensorflow.data.dataset import INFINITE, UNKNOWN, Dataset, Rows
from densetrace.tensorflow.data.structured_function import scalar
from densetrace.tensorflow.data.transformations import Unary
from densetrace.tensorflow.errors import InvalidArgumentError
from densetrace.tensorflow.tensor import Array

_Item = TypeVar("_Item")


def shuffled(source: Iterable[_Item], size: int, seed: int, seed2: int) -> Iterator[_Item]:
    """Each time one of the next `size` items, drawn at random."""
    waiting, draws = iter(source), philox.stream(seed, seed2)
    buffer = list(islice(waiting, size))
    start = 0
    count = len(buffer)
    while count:
        at = start + next(draws) % count
        at -= size if at >= size else 0
        chosen = buffer[at]
        buffer[at] = buffer[start]
        for item in islice(waiting, 1):
            buffer[start] = item
            break
        else:
            count -= 1
        start = start + 1 if start + 1 < size else 0
        yield chosen


def permutation(count: int, seed: int, seed2: int, first: int = 0) -> Array:
    """The integers below `count` in the order that `tf.random.shuffle` gives them: i64[count].

    Args:
        count: how many.
        seed: the first seed of the operation.
        seed2: its second seed.
        first: how many counters earlier runs of the operation have used.
    """
    drawn = philox.numbers(seed, seed2, first, counters(count))[: max(count - 1, 0)]
    offsets = drawn % np.arange(count, 1, -1, dtype=np.uint64) if count > 1 else drawn
    order = list(range(count))
    for at, offset in enumerate(offsets.tolist()):
        other = at + offset
        order[at], order[other] = order[other], order[at]
    return np.array(order, np.int64)


def counters(count: int) -> int:
    """The number of counters that a permutation of this length uses."""
    return max(count + 2, 0) // 4


@known_as("tensorflow.python.data.ops.shuffle_op")
class _ShuffleDataset(Unary):
    """The elements of its source, each drawn from a buffer of the next ones."""

    runs_with_repeat = True

    def __init__(
        self, source: Dataset, buffer_size: Any, seed: Any, reshuffle_each_iteration: bool | None
    ) -> None:
        super().__init__(source)
        self._size = scalar(buffer_size, "buffer_size")
        if self._size < 1 and self._size != UNKNOWN:
            raise InvalidArgumentError(
                "buffer_size must be greater than zero or UNKNOWN_CARDINALITY"
            )
        self._seeds = random.seeds_for(None if seed is None else scalar(seed, "seed"))
        self._reshuffles = reshuffle_each_iteration is not False
        self._stream = philox.stream(*self._seeds)

    def _next_seeds(self) -> tuple[int, int]:
        """The seeds of one iteration."""
        if self._reshuffles:
            return next(self._stream), next(self._stream)
        return self._seeds

    def _shuffled(self, source: Iterable[_Item]) -> Iterator[_Item]:
        seeds = self._next_seeds()
        if self._size == UNKNOWN:
            return self._wholly_shuffled(source, *seeds)
        return shuffled(source, self._size, *seeds)

    def _wholly_shuffled(self, source: Iterable[_Item], seed: int, seed2: int) -> Iterator[_Item]:
        items = list(source)
        yield from shuffled(items, max(len(items), 1), seed, seed2)

    def _elements(self) -> Iterator[list[Array]]:
        return self._shuffled(self._source._elements())

    def _rows(self) -> Rows | None:
        rows = self._source._rows()
        return None if rows is None else (rows[0], self._shuffled(rows[1]))

    def _rows_in_order(self) -> None:
        return None

    def _count(self) -> int:
        count = self._source._count()
        if count == INFINITE and self._size == UNKNOWN:
            raise InvalidArgumentError("An infinite dataset needs a `buffer_size`.")
        return count
