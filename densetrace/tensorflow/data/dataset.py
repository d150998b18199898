"""`tf.data.Dataset`: a sequence of elements that is read again for each iterator.

A dataset yields the arrays of its elements (`_elements`). One whose elements are rows of arrays
also says which rows (`_rows`), so that `batch` gathers them with one call of NumPy.

Follows tensorflow/python/data/ops/dataset_ops.py.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

import numpy as np

from densetrace.system.real_home import known_as
from densetrace.tensorflow.data.elements import (
    Nestable,
    arrays_of,
    common_spec,
    has_datasets,
    normalized,
    spec_of,
    tensors_of,
)
from densetrace.tensorflow.data.iterators import NumpyIterator, OwnedIterator, unrolled
from densetrace.tensorflow.data.options import Options
from densetrace.tensorflow.data.structured_function import FunctionOfDatasets, StructuredFunction
from densetrace.tensorflow.errors import InvalidArgumentError
from densetrace.tensorflow.missing import OF_TENSORFLOW, missing
from densetrace.tensorflow.operation import export
from densetrace.tensorflow.symbolic import current_graph, inside
from densetrace.tensorflow.tensor import Array, Tensor

AUTOTUNE: Final = -1
INFINITE: Final = -1
UNKNOWN: Final = -2

Rows = tuple[list[Array], Iterable[int]]
"""Arrays, and the rows of them that are the elements."""


@missing(
    "Dataset",
    "bucket_by_sequence_length counter group_by_window ignore_errors list_files load ragged_batch "
    "random rejection_resample save snapshot sparse_batch unique rebatch",
    OF_TENSORFLOW,
)
@export("data.Dataset")
@known_as("tensorflow.python.data.ops.dataset_ops", "DatasetV2")
class Dataset(Nestable, ABC):
    """A sequence of elements of one spec. Each transformation returns a new dataset."""

    _spec: Any
    runs_with_repeat = False

    @abstractmethod
    def _elements(self) -> Iterator[list[Array]]:
        """Open the dataset: the arrays of each element, from the first one.

        A call opens the datasets that this one is made of, as an iterator of TensorFlow does.
        """

    def _rows(self) -> Rows | None:
        """The arrays whose rows are the elements, and which rows; None for other datasets.

        Like `_elements`, it opens the dataset: one that is shuffled draws its seeds.
        """
        return self._rows_in_order()

    def _rows_in_order(self) -> tuple[list[Array], range] | None:
        """The arrays whose rows are the elements, if those are a range of the rows."""
        return None

    def _count(self) -> int:
        """The number of elements, `INFINITE` or `UNKNOWN`."""
        return UNKNOWN

    @property
    def _lends(self) -> bool:
        """Whether elements may share memory with arrays that their owner may change: who takes one
        copies it, or has read it before the owner goes on."""
        return False

    @property
    def element_spec(self) -> Any:
        """The spec of an element: a `tf.TensorSpec`, or a structure of them."""
        return self._spec

    def options(self) -> Options:
        """Its options."""
        return Options()

    def __iter__(self) -> Any:
        # DEPARTS: in a tf.function, TensorFlow converts a loop over a dataset to a loop of the
        # graph (AutoGraph). Here Python runs the loop while it traces, once for each element.
        return OwnedIterator(self) if current_graph() is None else unrolled(self)

    def __bool__(self) -> bool:
        return True

    def __len__(self) -> int:
        count = self._count()
        if count == INFINITE:
            raise TypeError("The dataset is infinite.")
        if count == UNKNOWN:
            raise TypeError("The dataset length is unknown.")
        return count

    def __repr__(self) -> str:
        return f"<{type(self).__name__} element_spec={self.element_spec}>"

    def cardinality(self) -> Any:
        """The number of elements, -1 for an infinite dataset, -2 where it is unknown: i64[]."""
        return Tensor(np.array(self._count()))

    def as_numpy_iterator(self) -> NumpyIterator:
        """An iterator over the elements as NumPy arrays.

        Raises:
            RuntimeError: while a graph is traced.
        """
        if current_graph() is not None:
            raise RuntimeError("as_numpy_iterator() is not supported while tracing functions")
        return NumpyIterator(self)

    # -- sources -----------------------------------------------------------------------------------

    @staticmethod
    def from_tensors(tensors: Any, name: Any = None) -> "Dataset":
        """A dataset with one element."""
        from densetrace.tensorflow.data import sources

        return sources._TensorDataset(tensors)

    @staticmethod
    def from_tensor_slices(tensors: Any, name: Any = None) -> "Dataset":
        """A dataset of the rows of tensors: [n, ...] -> n elements of [...].

        Raises:
            ValueError: when a tensor is a scalar, or their first sizes differ.
        """
        from densetrace.tensorflow.data import sources

        return sources._TensorSliceDataset(tensors)

    @staticmethod
    def from_generator(
        generator: Callable[..., Any],
        output_types: Any = None,
        output_shapes: Any = None,
        args: Any = None,
        output_signature: Any = None,
        name: Any = None,
    ) -> "Dataset":
        """A dataset of what the iterator that a function returns yields.

        Args:
            generator: a function that returns an iterable; each iterator of the dataset calls it.
            output_types: the dtypes of an element, if there is no signature.
            output_shapes: its shapes; unknown unless given.
            args: arguments of the function, which it receives as arrays.
            output_signature: the spec of an element.
            name: not used.

        Raises:
            TypeError: when `generator` is not callable, or neither types nor a signature are given.
        """
        from densetrace.tensorflow.data import sources

        spec = sources.signature(generator, output_types, output_shapes, output_signature)
        return sources._FlatMapDataset(generator, spec, args)

    @staticmethod
    def range(*args: Any, **kwargs: Any) -> "Dataset":
        """A dataset of integers, as Python's `range` has them: i64[], or of `output_type`.

        Raises:
            ValueError: when there is no argument, or there are more than three.
        """
        from densetrace.tensorflow.data import sources

        return sources._RangeDataset(*args, **kwargs)

    @staticmethod
    def choose_from_datasets(
        datasets: Any, choice_dataset: Any, stop_on_empty_dataset: bool = True
    ) -> "Dataset":
        """A dataset that takes each element from the dataset whose position is the next element of
        `choice_dataset`.

        Raises:
            ValueError: when there is no dataset.
            TypeError: when the choices are no scalars of dtype int64, or specs do not fit.
        """
        from densetrace.tensorflow.data import choosing

        return choosing.choose(datasets, choice_dataset, stop_on_empty_dataset)

    @staticmethod
    def sample_from_datasets(
        datasets: Any,
        weights: Any = None,
        seed: Any = None,
        stop_on_empty_dataset: bool = False,
        rerandomize_each_iteration: Any = None,
    ) -> "Dataset":
        """A dataset that takes each element from one of the datasets at random.

        Raises:
            ValueError: when there is no dataset, or not one weight for each.
            TypeError: when their specs do not fit.
        """
        from densetrace.tensorflow.data import choosing

        return choosing.sample(datasets, weights, seed, stop_on_empty_dataset)

    @staticmethod
    def zip(*args: Any, datasets: Any = None, name: Any = None) -> "Dataset":
        """A dataset of the elements of several datasets together, as long as all have one.

        Raises:
            TypeError: when something is not a dataset, or they are in a list.
        """
        from densetrace.tensorflow.data import combining

        if not args and datasets is None:
            raise TypeError("Must pass at least one dataset to `zip`.")
        if args and datasets is not None:
            raise TypeError("Both `*args` and `datasets` cannot be set.")
        given = datasets if not args else args[0] if len(args) == 1 else args
        return combining._ZipDataset(given)

    # -- transformations of elements ---------------------------------------------------------------

    def map(
        self,
        map_func: Callable[..., Any],
        num_parallel_calls: Any = None,
        deterministic: Any = None,
        name: Any = None,
    ) -> "Dataset":
        """A dataset of what a function returns for each element, in order.

        The function is traced once, with symbolic tensors; an item of a tuple is an argument.

        Raises:
            ValueError: when it is not callable.
        """
        from densetrace.tensorflow.data import transformations

        made: StructuredFunction | FunctionOfDatasets
        if has_datasets(self.element_spec):
            made = FunctionOfDatasets(map_func, self)
        else:
            made = StructuredFunction(map_func, self.element_spec)
        if num_parallel_calls is None:
            return transformations._MapDataset(self, made)
        return transformations._ParallelMapDataset(self, made)

    def filter(self, predicate: Callable[..., Any], name: Any = None) -> "Dataset":
        """A dataset of the elements for which a function returns True.

        Raises:
            ValueError: when it does not return bool[].
        """
        from densetrace.tensorflow.data import transformations

        return transformations._FilterDataset(self, predicate)

    def take_while(self, predicate: Callable[..., Any], name: Any = None) -> "Dataset":
        """A dataset of the elements up to the first for which a function returns False.

        Raises:
            ValueError: when it does not return bool[].
        """
        from densetrace.tensorflow.data import transformations

        return transformations._TakeWhileDataset(self, predicate)

    def scan(
        self, initial_state: Any, scan_func: Callable[..., Any], name: Any = None
    ) -> "Dataset":
        """A dataset of what a function returns for each element and a state that it passes on.

        Raises:
            TypeError: when it does not return a state like the first one, and an element.
        """
        from densetrace.tensorflow.data import transformations

        return transformations._ScanDataset(self, initial_state, scan_func)

    def flat_map(self, map_func: Callable[..., Any], name: Any = None) -> "Dataset":
        """A dataset of the elements of the datasets that a function returns.

        Raises:
            AttributeError: when it returns something else.
        """
        from densetrace.tensorflow.data import combining

        return combining._FlatMapDataset(self, map_func)

    def interleave(
        self,
        map_func: Callable[..., Any],
        cycle_length: Any = None,
        block_length: Any = None,
        num_parallel_calls: Any = None,
        deterministic: Any = None,
        name: Any = None,
    ) -> "Dataset":
        """As `flat_map`, with `cycle_length` datasets open, `block_length` elements from each in
        turn.

        Raises:
            AttributeError: when the function returns something else than a dataset.
        """
        from densetrace.tensorflow.data import combining

        made = combining._InterleaveDataset
        if num_parallel_calls is not None:
            made = combining._ParallelInterleaveDataset
        return made(self, map_func, cycle_length, block_length)

    def enumerate(self, start: Any = 0, name: Any = None) -> "Dataset":
        """A dataset of tuples of a number, i64[], and the element."""
        return Dataset.zip((Dataset.range(start, np.iinfo(np.int64).max), self))

    def unbatch(self, name: Any = None) -> "Dataset":
        """A dataset of the rows of the elements.

        Raises:
            ValueError: when the elements have no rows.
        """
        from densetrace.tensorflow.data import batching

        return batching._UnbatchDataset(self)

    # -- batches -----------------------------------------------------------------------------------

    def batch(
        self,
        batch_size: Any,
        drop_remainder: Any = False,
        num_parallel_calls: Any = None,
        deterministic: Any = None,
        name: Any = None,
    ) -> "Dataset":
        """A dataset of batches: elements of [...] -> [batch_size, ...]; the last may be smaller.

        Raises:
            InvalidArgumentError: when the batch size is not positive.
        """
        from densetrace.tensorflow.data import batching

        made = batching._BatchDataset
        if num_parallel_calls is not None:
            made = batching._ParallelBatchDataset
        return made(self, batch_size, drop_remainder)

    def padded_batch(
        self,
        batch_size: Any,
        padded_shapes: Any = None,
        padding_values: Any = None,
        drop_remainder: Any = False,
        name: Any = None,
    ) -> "Dataset":
        """As `batch`, for elements of different sizes: the smaller ones are padded.

        Raises:
            InvalidArgumentError: when the batch size is not positive.
            ValueError: when the rank of an element is unknown.
        """
        from densetrace.tensorflow.data import batching

        return batching._PaddedBatchDataset(
            self, batch_size, padded_shapes, padding_values, drop_remainder
        )

    def window(
        self,
        size: Any,
        shift: Any = None,
        stride: Any = 1,
        drop_remainder: Any = False,
        name: Any = None,
    ) -> "Dataset":
        """A dataset of windows: each is a dataset of `size` elements.

        Args:
            size: the number of elements of a window; the last ones may have fewer.
            shift: how many elements after the last window the next one starts; None for `size`.
            stride: the step from one element of a window to its next.
            drop_remainder: whether windows with fewer elements are left out.
            name: not used.

        Raises:
            InvalidArgumentError: when the size, the shift or the stride is not positive.
        """
        from densetrace.tensorflow.data import windows

        return windows._WindowDataset(self, size, shift, stride, drop_remainder)

    # -- order and number of elements --------------------------------------------------------------

    def shuffle(
        self,
        buffer_size: Any,
        seed: Any = None,
        reshuffle_each_iteration: bool | None = True,
        name: Any = None,
    ) -> "Dataset":
        """A dataset that draws each element from a buffer of the next `buffer_size` ones.

        Raises:
            InvalidArgumentError: when the size of the buffer is not positive.
        """
        from densetrace.tensorflow.data import shuffling

        return shuffling._ShuffleDataset(self, buffer_size, seed, reshuffle_each_iteration)

    def repeat(self, count: Any = None, name: Any = None) -> "Dataset":
        """A dataset that has the elements `count` times, without end for None or -1."""
        from densetrace.tensorflow.data import transformations

        return transformations._RepeatDataset(self, count)

    def take(self, count: Any, name: Any = None) -> "Dataset":
        """A dataset of the first `count` elements, of all for -1."""
        from densetrace.tensorflow.data import transformations

        return transformations._TakeDataset(self, count)

    def skip(self, count: Any, name: Any = None) -> "Dataset":
        """A dataset without the first `count` elements, without any for -1."""
        from densetrace.tensorflow.data import transformations

        return transformations._SkipDataset(self, count)

    def shard(self, num_shards: Any, index: Any, name: Any = None) -> "Dataset":
        """A dataset of every `num_shards`-th element, from the one at `index`.

        Raises:
            InvalidArgumentError: when there is no such shard.
        """
        from densetrace.tensorflow.data import transformations

        return transformations._ShardDataset(self, num_shards, index)

    def concatenate(self, dataset: "Dataset", name: Any = None) -> "Dataset":
        """A dataset of these elements, followed by those of another dataset.

        Raises:
            AttributeError: when it is not a dataset.
            TypeError: when its elements have another structure or dtype.
        """
        from densetrace.tensorflow.data import combining

        return combining._ConcatenateDataset(self, dataset)

    def cache(self, filename: Any = "", name: Any = None) -> "Dataset":
        """A dataset that keeps the elements of the first iteration for later ones.

        Raises:
            NotInDensetraceError: when there is a file name: elements are kept in memory only.
        """
        from densetrace.tensorflow.data import transformations

        return transformations.CacheDataset(self, filename)

    def prefetch(self, buffer_size: Any, name: Any = None) -> "Dataset":
        """The same elements. There are no threads that compute them in advance."""
        from densetrace.tensorflow.data import transformations

        return transformations._PrefetchDataset(self)

    def with_options(self, options: Options, name: Any = None) -> "Dataset":
        """The same elements, with these options."""
        from densetrace.tensorflow.data import transformations

        return transformations._OptionsDataset(self, options)

    # -- other uses --------------------------------------------------------------------------------

    def apply(self, transformation_func: Callable[["Dataset"], Any]) -> Any:
        """The dataset that a function returns for this one.

        Raises:
            TypeError: when it returns something else.
        """
        dataset = transformation_func(self)
        if not isinstance(dataset, Dataset):
            raise TypeError(
                "`transformation_func` must return a `tf.data.Dataset` object. "
                f"Got {type(dataset)}."
            )
        return dataset

    def reduce(
        self, initial_state: Any, reduce_func: Callable[[Any, Any], Any], name: Any = None
    ) -> Any:
        """The last state that a function returns: it is given a state and the next element.

        Raises:
            TypeError: when it returns a state of another structure or dtype.
        """
        state = normalized(initial_state)
        spec = spec_of(state)
        while True:  # until the spec covers what the function returns
            made = StructuredFunction(reduce_func, spec, self._spec)
            try:
                covered = common_spec(spec, made.element_spec)
            except TypeError:
                raise TypeError(
                    "The element types for the new state must match the initial state. "
                    f"Expected {spec}; got {made.element_spec}."
                ) from None
            if covered == spec:
                break
            spec = covered
        arrays = arrays_of(state)
        with inside(None):
            for found in self._elements():
                arrays = made([*arrays, *found])
        return tensors_of(spec, arrays)

    def get_single_element(self, name: Any = None) -> Any:
        """Its only element.

        Raises:
            InvalidArgumentError: when it has none, or more than one.
        """
        source = self._elements()
        first = next(source, None)
        if first is None:
            raise InvalidArgumentError("Dataset was empty.")
        if next(source, None) is not None:
            raise InvalidArgumentError("Dataset had more than one element.")
        return tensors_of(self._spec, first)


Dataset.__name__ = Dataset.__qualname__ = "DatasetV2"


class FromRows(Dataset):
    """A dataset whose elements are rows of arrays, as `_rows` says."""

    def _elements(self) -> Iterator[list[Array]]:
        rows = self._rows()
        assert rows is not None
        arrays, order = rows
        for row in order:
            yield [array[row, ...] for array in arrays]


__all__ = ["AUTOTUNE", "INFINITE", "UNKNOWN", "Dataset", "FromRows", "Rows"]
