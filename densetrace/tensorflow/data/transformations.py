"""Transformations of a dataset, element by element: `map`, `filter`, `take` and others.

Follows tensorflow/python/data/ops: map_op.py, filter_op.py, take_op.py, skip_op.py, repeat_op.py,
cache_op.py, prefetch_op.py, shard_op.py, scan_op.py and take_while_op.py.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice, takewhile
from typing import Any, TypeVar

from densetrace.system.real_home import known_as
from densetrace.tensorflow.data.dataset import INFINITE, UNKNOWN, Dataset, Rows
from densetrace.tensorflow.data.elements import arrays_of, flatten, normalized, spec_of
from densetrace.tensorflow.data.options import Options
from densetrace.tensorflow.data.structured_function import (
    FunctionOfDatasets,
    StructuredFunction,
    predicate,
    scalar,
)
from densetrace.tensorflow.errors import FailedPreconditionError, InvalidArgumentError
from densetrace.tensorflow.missing import NotInDensetraceError
from densetrace.tensorflow.tensor import Array

_Item = TypeVar("_Item")


class Unary(Dataset):
    """A dataset made of another one. It has the same elements, unless a subclass changes them."""

    def __init__(self, source: Dataset) -> None:
        self._source = source
        self._spec = source.element_spec

    def options(self) -> Options:
        """The options of its source."""
        return self._source.options()

    def _elements(self) -> Iterator[list[Array]]:
        return self._source._elements()

    @property
    def _lends(self) -> bool:
        return bool(self._source._lends)

    def _rows(self) -> Rows | None:
        return self._source._rows()

    def _rows_in_order(self) -> tuple[list[Array], range] | None:
        return self._source._rows_in_order()

    def _count(self) -> int:
        return self._source._count()


class Changing(Unary):
    """A dataset whose elements are not the rows of its source."""

    def _rows(self) -> None:
        return None

    def _rows_in_order(self) -> None:
        return None


@known_as("tensorflow.python.data.ops.prefetch_op")
class _PrefetchDataset(Unary):
    """The elements of its source."""


class _OptionsDataset(Unary):
    """The elements of its source, with options."""

    def __init__(self, source: Dataset, options: Options) -> None:
        super().__init__(source)
        self._options = source.options().merge(options)

    def options(self) -> Options:
        """Its options."""
        return self._options


@known_as("tensorflow.python.data.ops.map_op")
class _MapDataset(Changing):
    """What a function returns for each element."""

    def __init__(self, source: Dataset, function: StructuredFunction | FunctionOfDatasets) -> None:
        super().__init__(source)
        self._function = function
        self._spec = function.element_spec

    def _elements(self) -> Iterator[list[Array]]:
        return map(self._function, self._source._elements())


@known_as("tensorflow.python.data.ops.map_op")
class _ParallelMapDataset(_MapDataset):
    """As `_MapDataset`: nothing runs in parallel, and the order is kept."""


@known_as("tensorflow.python.data.ops.filter_op")
class _FilterDataset(Changing):
    """The elements for which a function returns True."""

    def __init__(self, source: Dataset, function: Callable[..., Any]) -> None:
        super().__init__(source)
        self._predicate = predicate(function, source.element_spec)

    def _elements(self) -> Iterator[list[Array]]:
        return (arrays for arrays in self._source._elements() if self._predicate(arrays)[0])

    def _count(self) -> int:
        return UNKNOWN


@known_as("tensorflow.python.data.ops.take_while_op")
class _TakeWhileDataset(_FilterDataset):
    """The elements before the first for which a function returns False."""

    def _elements(self) -> Iterator[list[Array]]:
        return takewhile(lambda arrays: self._predicate(arrays)[0], self._source._elements())


@known_as("tensorflow.python.data.ops.scan_op")
class _ScanDataset(Changing):
    """What a function returns for each element and a state."""

    def __init__(self, source: Dataset, initial_state: Any, function: Callable[..., Any]) -> None:
        super().__init__(source)
        state = normalized(initial_state)
        self._state = arrays_of(state)
        self._function = StructuredFunction(function, spec_of(state), source.element_spec)
        found = self._function.element_spec
        if not isinstance(found, tuple) or len(found) != 2:
            raise TypeError(
                "Invalid `scan_func`. `scan_func` should return a pair consisting of new state "
                f"and the output value. Received: {found}"
            )
        if [one.dtype for one in flatten(found[0])] != [
            one.dtype for one in flatten(spec_of(state))
        ]:
            raise TypeError(
                "Invalid `scan_func`. The element types for the new state must match the initial "
                f"state. Expected {spec_of(state)}; got {found[0]}."
            )
        self._spec = found[1]

    def _elements(self) -> Iterator[list[Array]]:
        return self._scanned(self._source._elements())

    def _scanned(self, source: Iterator[list[Array]]) -> Iterator[list[Array]]:
        state, count = self._state, len(self._state)
        for arrays in source:
            found = self._function([*state, *arrays])
            state = found[:count]
            yield found[count:]


# -- the number of elements ------------------------------------------------------------------------


@known_as("tensorflow.python.data.ops.repeat_op")
class _RepeatDataset(Unary):
    """The elements several times, or without end."""

    def __init__(self, source: Dataset, count: Any) -> None:
        super().__init__(source)
        self._times = -1 if count is None else scalar(count, "count")

    def _elements(self) -> Iterator[list[Array]]:
        return self._repeated(self._source._elements(), self._source._elements)

    def _rows(self) -> Rows | None:
        rows = self._source._rows()
        if rows is None:
            return None

        def again() -> Iterable[int]:
            found = self._source._rows()
            assert found is not None
            return found[1]

        return rows[0], self._repeated(rows[1], again)

    def _rows_in_order(self) -> None:
        return None

    def _repeated(
        self, first: Iterable[_Item], again: Callable[[], Iterable[_Item]]
    ) -> Iterator[_Item]:
        times, source = self._times, first
        while times:
            is_empty = True
            for one in source:
                is_empty = False
                yield one
            if is_empty and self._times < 0:
                return
            times -= 1
            # TensorFlow opens its source once more than it reads it, unless it is shuffled: then
            # both run as one. A source that draws seeds draws them.
            if times or not self._source.runs_with_repeat:
                source = again()

    def _count(self) -> int:
        count = self._source._count()
        if self._times == 0 or count == 0:
            return 0
        if self._times < 0 or count == INFINITE:
            return INFINITE
        return count if count == UNKNOWN else count * self._times


class _Counted(Unary):
    """Some elements by their positions."""

    def __init__(self, source: Dataset, count: Any) -> None:
        super().__init__(source)
        self._number = scalar(count, "count")

    def _sliced(self, source: Iterable[Any]) -> Any:
        """The part of the elements, or of the rows of a range."""
        raise NotImplementedError

    def _elements(self) -> Iterator[list[Array]]:
        return iter(self._sliced(self._source._elements()))

    def _rows(self) -> Rows | None:
        rows = self._source._rows()
        return None if rows is None else (rows[0], self._sliced(rows[1]))

    def _rows_in_order(self) -> tuple[list[Array], range] | None:
        rows = self._source._rows_in_order()
        return None if rows is None else (rows[0], self._sliced(rows[1]))


def _part(source: Iterable[Any], start: int, stop: int | None, step: int = 1) -> Any:
    """A part of a range, which is a range, or of something else to iterate over."""
    if isinstance(source, range):
        return source[start:stop:step]
    return islice(source, start, stop, step)


@known_as("tensorflow.python.data.ops.take_op")
class _TakeDataset(_Counted):
    """The first elements."""

    def _sliced(self, source: Iterable[Any]) -> Any:
        return _part(source, 0, None if self._number < 0 else self._number)

    def _count(self) -> int:
        count = self._source._count()
        if self._number < 0:
            return count
        return (
            self._number if count == INFINITE else count if count < 0 else min(self._number, count)
        )


@known_as("tensorflow.python.data.ops.skip_op")
class _SkipDataset(_Counted):
    """The elements after the first ones."""

    def _sliced(self, source: Iterable[Any]) -> Any:
        return _part(source, 0, 0) if self._number < 0 else _part(source, self._number, None)

    def _count(self) -> int:
        count = self._source._count()
        if self._number < 0:
            return 0
        return count if count < 0 else max(0, count - self._number)


@known_as("tensorflow.python.data.ops.shard_op")
class _ShardDataset(_Counted):
    """Every nth element."""

    def __init__(self, source: Dataset, num_shards: Any, index: Any) -> None:
        super().__init__(source, num_shards)
        self._index = scalar(index, "index")
        if self._number < 1:
            raise InvalidArgumentError(
                f"Number of shards must be greater than zero (currently {self._number})."
            )
        if not 0 <= self._index < self._number:
            raise InvalidArgumentError(
                f"Index must be between 0 and {self._number - 1} (currently {self._index})."
            )

    def _sliced(self, source: Iterable[Any]) -> Any:
        return _part(source, self._index, None, self._number)

    def _count(self) -> int:
        count = self._source._count()
        return count if count < 0 else len(range(self._index, count, self._number))


@known_as("tensorflow.python.data.ops.cache_op")
class CacheDataset(Unary):
    """The elements of the first iteration, kept for later ones."""

    def __init__(self, source: Dataset, filename: Any = "") -> None:
        super().__init__(source)
        if filename:
            raise NotInDensetraceError(
                "Dataset.cache(filename)",
                "densetrace only keeps elements in memory",
                "densetrace only keeps the elements of a dataset in memory: write cache().",
            )
        self._kept: list[list[Array]] | None = None

    def _elements(self) -> Iterator[list[Array]]:
        if self._kept is not None:
            return iter(self._kept)
        return self._keeping(self._source._elements())

    def _keeping(self, source: Iterator[list[Array]]) -> Iterator[list[Array]]:
        found: list[list[Array]] = []
        for arrays in source:
            found.append(arrays)
            yield arrays
        self._kept = found

    def _rows(self) -> Rows | None:
        return self._rows_in_order()


class AssertCardinality(Changing):
    """The elements of its source, whose number is checked at the end."""

    def __init__(self, source: Dataset, count: Any) -> None:
        super().__init__(source)
        self._expected = scalar(count, "expected_cardinality")

    def _elements(self) -> Iterator[list[Array]]:
        return self._counted(self._source._elements())

    def _counted(self, source: Iterator[list[Array]]) -> Iterator[list[Array]]:
        seen = 0
        for arrays in source:
            seen += 1
            if 0 <= self._expected < seen:
                raise FailedPreconditionError(
                    f"Input dataset was expected to contain {self._expected} elements but "
                    f"contained at least {seen} elements."
                )
            yield arrays
        if seen < self._expected:
            raise FailedPreconditionError(
                f"Input dataset was expected to contain {self._expected} elements but contained "
                f"only {seen} elements."
            )

    def _count(self) -> int:
        return self._expected


AssertCardinality.__name__ = AssertCardinality.__qualname__ = "_AssertCardinalityDataset"
