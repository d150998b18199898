"""Adapters, which turn what `fit`, `evaluate` and `predict` are given into datasets of batches, and
`DataHandler`, which iterates over the epochs and steps.

Follows keras 2.14 engine/data_adapter.py.
"""

# DEPARTS: Keras has CompositeTensorDataAdapter (sparse and ragged tensors), DatasetCreatorAdapter
# and distribution strategies. densetrace has neither.

import abc
import contextlib
import functools
import itertools
import math
import random
import sys
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import densetrace.tensorflow as tf
from densetrace.keras import backend
from densetrace.keras._exports import keras_export
from densetrace.keras.engine import training_utils
from densetrace.keras.utils import data_utils
from densetrace.recording.hooks import traced
from densetrace.system.real_home import of_keras
from densetrace.tensorflow import structures as nest
from densetrace.tensorflow.data.slicing import BatchIndices, SlicedDataset, borrowed


class DataAdapter(abc.ABC):
    """The base class of adapters: one turns one kind of input into a dataset of batches.

    Follows keras 2.14 engine/data_adapter.py, DataAdapter.
    """

    @staticmethod
    def can_handle(x: Any, y: Any = None) -> bool:
        """Return whether the adapter takes this input and these targets."""
        raise NotImplementedError

    @abc.abstractmethod
    def __init__(self, x: Any, y: Any = None, **kwargs: Any) -> None:
        """Check the input.

        Raises:
            ValueError: if `can_handle` returns False.
        """
        if not self.can_handle(x, y):
            raise ValueError(f"{self.__class__} Cannot handle input {x}, {y}")

    @abc.abstractmethod
    def get_dataset(self) -> Any:
        """Return the dataset of batches."""

    @abc.abstractmethod
    def get_size(self) -> int | None:
        """Return the number of batches of an epoch, or None if it is unknown."""

    @abc.abstractmethod
    def batch_size(self) -> int | None:
        """Return the number of samples in a batch, or None if it is unknown."""

    def representative_batch_size(self) -> int | None:
        """Return about how many samples are in a batch, or None if it is unknown."""
        return self.batch_size()

    @abc.abstractmethod
    def has_partial_batch(self) -> bool:
        """Return whether the last batch of an epoch is smaller than the others."""

    @abc.abstractmethod
    def partial_batch_size(self) -> int | None:
        """Return the size of the smaller last batch, or None if there is none."""

    @abc.abstractmethod
    def should_recreate_iterator(self) -> bool:
        """Return whether each epoch needs a new iterator."""

    def get_samples(self) -> int | None:
        """Return the number of samples of an epoch, or None if it is unknown."""
        size, batch_size = self.get_size(), self.batch_size()
        if not size or not batch_size:
            return None
        total_sample = size * batch_size
        if self.has_partial_batch():
            total_sample -= batch_size - (self.partial_batch_size() or 0)
        return total_sample

    def on_epoch_end(self) -> None:  # noqa: B027 # a subclass need not define it
        """Do nothing. `DataHandler` calls it after each epoch."""


class TensorLikeDataAdapter(DataAdapter):
    """The adapter of NumPy arrays, tensors and pandas objects, and of structures of them.

    Follows keras 2.14 engine/data_adapter.py, TensorLikeDataAdapter.
    """

    @staticmethod
    def can_handle(x: Any, y: Any = None) -> bool:
        """Return whether all leaves of `x` and `y` are arrays or tensors."""
        flat_inputs = nest.flatten(x)
        if y is not None:
            flat_inputs = flat_inputs + nest.flatten(y)
        tensor_types = _get_tensor_types()
        return all(isinstance(leaf, tensor_types) for leaf in flat_inputs)

    def __init__(
        self,
        x: Any,
        y: Any = None,
        sample_weights: Any = None,
        sample_weight_modes: Any = None,
        batch_size: int | None = None,
        epochs: int = 1,
        steps: int | None = None,
        shuffle: Any = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(x, y, **kwargs)
        # DEPARTS: Keras copies all data into tensors. Here data that is read only once is not
        # copied, and each batch is read when it is needed.
        self._is_borrowed = epochs == 1
        x, y, sample_weights = _process_tensorlike((x, y, sample_weights), self._is_borrowed)
        sample_weight_modes = broadcast_sample_weight_modes(sample_weights, sample_weight_modes)
        # An output without weights has the weight 1.0 if another output has weights.
        (sample_weights, _, _) = training_utils.handle_partial_sample_weights(
            y, sample_weights, sample_weight_modes, check_all_flat=True
        )
        inputs = pack_x_y_sample_weight(x, y, sample_weights)
        num_samples = {int(leaf.shape[0]) for leaf in nest.flatten(inputs)}.pop()
        _check_data_cardinality(inputs)
        if not batch_size:
            batch_size = math.ceil(num_samples / steps) if steps else 32
        self._size = math.ceil(num_samples / batch_size)
        self._batch_size = batch_size
        self._partial_batch_size = num_samples % batch_size
        if isinstance(shuffle, str):
            shuffle = shuffle.lower()
        self._shuffle = shuffle
        # DEPARTS: Keras builds these datasets from others (`map`, `flat_map`, `zip`). Here each is
        # a single dataset with the same elements and specs.
        indices_dataset = BatchIndices(num_samples, batch_size, epochs, shuffle)
        dataset = self.slice_inputs(indices_dataset, inputs)
        if shuffle == "batch":
            # As in Keras, each tensor of a batch gets an order of its own.
            def shuffle_batch(*batch: Any) -> Any:
                return nest.map_structure(tf.random.shuffle, batch)

            dataset = dataset.map(shuffle_batch)
        self._dataset = dataset.prefetch(tf.data.AUTOTUNE)

    def slice_inputs(self, indices_dataset: Any, inputs: Any) -> Any:
        """Return the dataset of the rows of `inputs` at the indices of each batch."""
        return SlicedDataset(indices_dataset, inputs, self._is_borrowed)

    def get_dataset(self) -> Any:
        """Return the dataset, which has the batches of all epochs."""
        return self._dataset

    def get_size(self) -> int:
        """Return the number of batches of an epoch."""
        return self._size

    def batch_size(self) -> int:
        """Return the number of samples in a batch."""
        return self._batch_size

    def has_partial_batch(self) -> bool:
        """Return whether the last batch of an epoch is smaller than the others."""
        return self._partial_batch_size > 0

    def partial_batch_size(self) -> int | None:
        """Return the size of the smaller last batch, or None if there is none."""
        return self._partial_batch_size or None

    def should_recreate_iterator(self) -> bool:
        """Return False: one iterator has the batches of all epochs."""
        return False


class GenericArrayLikeDataAdapter(TensorLikeDataAdapter):
    """The adapter of objects with `__getitem__`, `__len__`, `shape` and `dtype`, such as datasets
    of HDF5 files: each batch is read when it is needed.

    Follows keras 2.14 engine/data_adapter.py, GenericArrayLikeDataAdapter.
    """

    @staticmethod
    def can_handle(x: Any, y: Any = None) -> bool:
        """Return whether all leaves are array-like, and not all of them arrays or tensors."""
        flat_inputs = nest.flatten(x)
        if y is not None:
            flat_inputs = flat_inputs + nest.flatten(y)

        def _is_array_like(leaf: Any) -> bool:
            names = ("__getitem__", "shape", "dtype", "__len__")
            return all(hasattr(leaf, name) for name in names)

        if TensorLikeDataAdapter.can_handle(x, y):
            return False
        return all(_is_array_like(leaf) for leaf in flat_inputs)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        tf.get_logger().warning(
            "Keras is training/fitting/evaluating on array-like data. Keras may not be optimized "
            "for this format, so if your input data format is supported by TensorFlow I/O "
            "(https://github.com/tensorflow/io) we recommend using that to load a Dataset instead."
        )
        super().__init__(*args, **kwargs)

    def slice_inputs(self, indices_dataset: Any, inputs: Any) -> Any:
        """Return the dataset of the rows of `inputs` at the indices of each batch, which Python
        reads from them."""
        flat_inputs = nest.flatten(inputs)

        def dynamic_shape_like(leaf: Any) -> tuple[int | None, ...]:
            return (None, *list(leaf.shape)[1:])

        flat_dtypes = [leaf.dtype for leaf in flat_inputs]
        contiguous = not self._shuffle or self._shuffle == "batch"

        def grab_batch(indices: Any) -> Any:
            def py_method(ind: Any) -> list[Any]:
                return [
                    training_utils.slice_arrays(leaf, ind.numpy(), contiguous=contiguous)
                    for leaf in flat_inputs
                ]

            flat_out = tf.py_function(py_method, [indices], flat_dtypes)
            for found, original in zip(flat_out, flat_inputs, strict=True):
                found.set_shape(dynamic_shape_like(original))
            return nest.pack_sequence_as(inputs, flat_out)

        return indices_dataset.map(grab_batch, num_parallel_calls=tf.data.AUTOTUNE)


class ListsOfScalarsDataAdapter(DataAdapter):
    """The adapter of lists of Python numbers and strings, and of lists of such lists.

    Follows keras 2.14 engine/data_adapter.py, ListsOfScalarsDataAdapter.
    """

    @staticmethod
    def can_handle(x: Any, y: Any = None) -> bool:
        """Return whether `x` and `y` begin with a Python number or string."""
        handles_x = ListsOfScalarsDataAdapter._is_list_of_scalars(x)
        handles_y = y is None or ListsOfScalarsDataAdapter._is_list_of_scalars(y)
        return handles_x and handles_y

    @staticmethod
    def _is_list_of_scalars(inp: Any) -> bool:
        if isinstance(inp, float | int | str | bytes | bytearray):
            return True
        if isinstance(inp, list | tuple) and inp:
            return ListsOfScalarsDataAdapter._is_list_of_scalars(inp[0])
        return False

    def __init__(
        self,
        x: Any,
        y: Any = None,
        sample_weights: Any = None,
        sample_weight_modes: Any = None,
        batch_size: int | None = None,
        shuffle: Any = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(x, y, **kwargs)
        x = np.asarray(x)
        if y is not None:
            y = np.asarray(y)
        if sample_weights is not None:
            sample_weights = np.asarray(sample_weights)
        sample_weight_modes = broadcast_sample_weight_modes(sample_weights, sample_weight_modes)
        self._internal_adapter = TensorLikeDataAdapter(
            x,
            y=y,
            sample_weights=sample_weights,
            sample_weight_modes=sample_weight_modes,
            batch_size=batch_size,
            shuffle=shuffle,
            **kwargs,
        )

    def get_dataset(self) -> Any:
        """Return the dataset of the arrays."""
        return self._internal_adapter.get_dataset()

    def get_size(self) -> int:
        """Return the number of batches of an epoch."""
        return self._internal_adapter.get_size()

    def batch_size(self) -> int:
        """Return the number of samples in a batch."""
        return self._internal_adapter.batch_size()

    def has_partial_batch(self) -> bool:
        """Return whether the last batch of an epoch is smaller than the others."""
        return self._internal_adapter.has_partial_batch()

    def partial_batch_size(self) -> int | None:
        """Return the size of the smaller last batch, or None if there is none."""
        return self._internal_adapter.partial_batch_size()

    def should_recreate_iterator(self) -> bool:
        """Return True."""
        return True


class DatasetAdapter(DataAdapter):
    """The adapter of a `tf.data.Dataset`, which already has batches.

    Follows keras 2.14 engine/data_adapter.py, DatasetAdapter.
    """

    @staticmethod
    def can_handle(x: Any, y: Any = None) -> bool:
        """Return whether `x` is a dataset."""
        return isinstance(x, tf.data.Dataset)

    def __init__(
        self,
        x: Any,
        y: Any = None,
        sample_weights: Any = None,
        steps: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(x, y, **kwargs)
        self._dataset = x
        self._user_steps = steps
        self._validate_args(y, sample_weights, steps)

    def get_dataset(self) -> Any:
        """Return the dataset itself."""
        return self._dataset

    def get_size(self) -> None:
        """Return None: `DataHandler` asks the dataset."""

    def batch_size(self) -> None:
        """Return None."""

    def has_partial_batch(self) -> bool:
        """Return False: it is unknown."""
        return False

    def partial_batch_size(self) -> None:
        """Return None."""

    def should_recreate_iterator(self) -> bool:
        """Return whether an epoch is the whole dataset."""
        size: int = tf.data.experimental.cardinality(self._dataset).numpy().item()
        return self._user_steps is None or size == self._user_steps

    def _validate_args(self, y: Any, sample_weights: Any, steps: int | None) -> None:
        """Check the arguments.

        Raises:
            ValueError: if there are targets or weights besides the dataset, or if it is infinite
                and the number of steps is missing.
        """
        if not is_none_or_empty(y):
            raise ValueError("`y` argument is not supported when using dataset as input.")
        if not is_none_or_empty(sample_weights):
            raise ValueError(
                "`sample_weight` argument is not supported when using dataset as input."
            )
        if steps is None:
            size = tf.data.experimental.cardinality(self._dataset).numpy()
            if size == tf.data.experimental.INFINITE_CARDINALITY:
                raise ValueError(
                    "When providing an infinite dataset, you must specify the number of steps to "
                    "run (if you did not intend to create an infinite dataset, make sure to not "
                    "call `repeat()` on the dataset)."
                )


class GeneratorDataAdapter(DataAdapter):
    """The adapter of Python generators and iterators, which yield batches.

    Follows keras 2.14 engine/data_adapter.py, GeneratorDataAdapter.
    """

    @staticmethod
    def can_handle(x: Any, y: Any = None) -> bool:
        """Return whether `x` is an iterator."""
        return (
            (hasattr(x, "__next__") or hasattr(x, "next"))
            and hasattr(x, "__iter__")
            and not isinstance(x, data_utils.Sequence)
        )

    def __init__(
        self,
        x: Any,
        y: Any = None,
        sample_weights: Any = None,
        workers: int = 1,
        use_multiprocessing: bool = False,
        max_queue_size: int = 10,
        model: Any = None,
        **kwargs: Any,
    ) -> None:
        kwargs.pop("shuffle", None)  # a generator has one order
        if not is_none_or_empty(y):
            raise ValueError("`y` argument is not supported when using python generator as input.")
        if not is_none_or_empty(sample_weights):
            raise ValueError(
                "`sample_weight` argument is not supported when using python generator as input."
            )
        super().__init__(x, y, **kwargs)
        # The first batch shows the structure, the dtypes and the ranks of all.
        peek, x = self._peek_and_restore(x)
        peek = self._standardize_batch(peek)
        peek = _process_tensorlike(peek)
        # A model is built by the shapes of the first batch.
        if model is not None and not model.built:
            concrete_x, _, _ = unpack_x_y_sample_weight(peek)
            # A container of models may define no `call`; it need not be built.
            with contextlib.suppress(NotImplementedError):
                model(concrete_x, training=False)
        self._first_batch_size = int(nest.flatten(peek)[0].shape[0])

        def _get_tensor_spec(tensor: Any) -> Any:
            found = tf.convert_to_tensor(tensor)
            return tf.TensorSpec([None] * len(found.shape), found.dtype)

        output_signature = nest.map_structure(_get_tensor_spec, peek)
        generator_fn = self._handle_multiprocessing(x, workers, use_multiprocessing, max_queue_size)

        def wrapped_generator() -> Iterator[Any]:
            for data in generator_fn():
                yield self._standardize_batch(data)

        dataset = tf.data.Dataset.from_generator(
            wrapped_generator, output_signature=output_signature
        )
        if workers == 1 and not use_multiprocessing:
            dataset = dataset.prefetch(1)
        self._dataset = dataset.prefetch(tf.data.AUTOTUNE)

    def _standardize_batch(self, data: Any) -> Any:
        """Return a batch without None, with tuples for lists, and its floats in `floatx`."""
        x, y, sample_weight = unpack_x_y_sample_weight(data)
        data = pack_x_y_sample_weight(x, y, sample_weight)
        data = _list_to_tuple(data)

        def _convert_dtype(leaf: Any) -> Any:
            if isinstance(leaf, np.ndarray) and issubclass(leaf.dtype.type, np.floating):
                return np.array(leaf, dtype=backend.floatx())
            return leaf

        return nest.map_structure(_convert_dtype, data)

    @staticmethod
    def _peek_and_restore(x: Any) -> tuple[Any, Any]:
        peek = next(x)
        return peek, itertools.chain([peek], x)

    def _handle_multiprocessing(
        self, x: Any, workers: int, use_multiprocessing: bool, max_queue_size: int
    ) -> Callable[[], Any]:
        """Return a function that returns the generator."""
        # DEPARTS: Keras runs the generator in threads or processes if there are several workers.
        # Here it always runs in the thread of `fit`.
        return lambda: _read_ahead(x)

    def get_dataset(self) -> Any:
        """Return the dataset of what the generator yields."""
        return self._dataset

    def get_size(self) -> int | None:
        """Return None: the end is unknown."""
        return None

    def batch_size(self) -> None:
        """Return None."""

    def representative_batch_size(self) -> int:
        """Return the number of samples in the first batch."""
        return self._first_batch_size

    def has_partial_batch(self) -> bool:
        """Return False: it is unknown."""
        return False

    def partial_batch_size(self) -> None:
        """Return None."""

    def should_recreate_iterator(self) -> bool:
        """Return False: a generator cannot begin again."""
        return False


# DEPARTS: In Keras, threads fill the buffers of two `prefetch` calls while a batch is in use. Here
# the generator runs equally far ahead before each batch.
def _read_ahead(x: Iterator[Any], count: int = 2) -> Iterator[Any]:
    """Yield the batches of a generator, `count` of them later than it is read.

    A reader that stops early, such as a validation with `validation_steps`, loses those batches:
    the next one continues after them.
    """
    waiting: deque[Any] = deque()
    ended: Exception | None = None
    while True:
        while ended is None and len(waiting) <= count:
            try:
                waiting.append(next(x))
            except Exception as error:  # it is raised in its turn
                ended = error
        if not waiting:
            break
        yield waiting.popleft()
    if ended is not None and not isinstance(ended, StopIteration):
        raise ended


class KerasSequenceAdapter(GeneratorDataAdapter):
    """The adapter of a `keras.utils.Sequence`.

    Follows keras 2.14 engine/data_adapter.py, KerasSequenceAdapter.
    """

    @staticmethod
    def can_handle(x: Any, y: Any = None) -> bool:
        """Return whether `x` is a Sequence."""
        return isinstance(x, data_utils.Sequence)

    def __init__(
        self,
        x: Any,
        y: Any = None,
        sample_weights: Any = None,
        shuffle: Any = False,
        workers: int = 1,
        use_multiprocessing: bool = False,
        max_queue_size: int = 10,
        model: Any = None,
        **kwargs: Any,
    ) -> None:
        if not is_none_or_empty(y):
            raise ValueError(
                "`y` argument is not supported when using `keras.utils.Sequence` as input."
            )
        if not is_none_or_empty(sample_weights):
            raise ValueError(
                "`sample_weight` argument is not supported when using `keras.utils.Sequence` as "
                "input."
            )
        self._shuffle_sequence = shuffle
        self._keras_sequence = x
        super().__init__(
            x,
            shuffle=False,  # the order of the batches is shuffled below
            workers=workers,
            use_multiprocessing=use_multiprocessing,
            max_queue_size=max_queue_size,
            model=model,
            **kwargs,
        )

    @staticmethod
    def _peek_and_restore(x: Any) -> tuple[Any, Any]:
        return x[0], x

    def _handle_multiprocessing(
        self, x: Any, workers: int, use_multiprocessing: bool, max_queue_size: int
    ) -> Callable[[], Any]:
        """Return a function that returns a generator of the batches in their order."""

        def generator_fn() -> Iterator[Any]:
            order = list(range(len(x)))
            if self._shuffle_sequence:
                random.shuffle(order)
            for i in order:
                yield x[i]

        return generator_fn

    def get_size(self) -> int:
        """Return the number of batches."""
        return len(self._keras_sequence)

    def should_recreate_iterator(self) -> bool:
        """Return True."""
        return True

    def on_epoch_end(self) -> None:
        """Call the method of the Sequence."""
        self._keras_sequence.on_epoch_end()


ALL_ADAPTER_CLS: list[type[DataAdapter]] = [
    ListsOfScalarsDataAdapter,
    TensorLikeDataAdapter,
    GenericArrayLikeDataAdapter,
    DatasetAdapter,
    GeneratorDataAdapter,
    KerasSequenceAdapter,
]


def select_data_adapter(x: Any, y: Any) -> type[DataAdapter]:
    """Return the adapter class that takes this input and these targets.

    Follows keras 2.14 engine/data_adapter.py, select_data_adapter.

    Raises:
        ValueError: if there is none.
        RuntimeError: if there are several.
    """
    adapter_cls = [cls for cls in ALL_ADAPTER_CLS if cls.can_handle(x, y)]
    if not adapter_cls:
        raise ValueError(
            f"Failed to find data adapter that can handle input: {_type_name(x)}, {_type_name(y)}"
        )
    if len(adapter_cls) > 1:
        raise RuntimeError(
            "Data adapters should be mutually exclusive for handling inputs. Found multiple "
            f"adapters {adapter_cls} to handle input: {_type_name(x)}, {_type_name(y)}"
        )
    return adapter_cls[0]


def _type_name(x: Any) -> str:
    """Return the type of an object, with the types of what it contains."""
    if isinstance(x, dict):
        key_types = {_type_name(key) for key in x}
        val_types = {_type_name(value) for value in x.values()}
        return f"({type(x)} containing {key_types} keys and {val_types} values)"
    if isinstance(x, list | tuple):
        types = {_type_name(value) for value in x}
        return f"({type(x)} containing values of types {types})"
    return str(type(x))


def _process_tensorlike(inputs: Any, is_borrowed: bool = False) -> Any:
    """Return a structure with tensors for arrays, floats of them in `floatx`, and tuples for lists.

    With `is_borrowed`, tensors may share the memory of the arrays.

    Follows keras 2.14 engine/data_adapter.py, _process_tensorlike.
    """

    def _convert_single_tensor(x: Any) -> Any:
        if _is_pandas_series(x):
            x = np.expand_dims(x.to_numpy(), axis=-1)
        elif _is_pandas(x):
            # DEPARTS: in Keras, TensorFlow converts a DataFrame when it creates the dataset, and
            # keeps its dtype. Here the DataFrame is converted with the same dtype.
            return tf.convert_to_tensor(x.to_numpy())
        if isinstance(x, np.ndarray):
            dtype = backend.floatx() if issubclass(x.dtype.type, np.floating) else None
            return (borrowed if is_borrowed else tf.convert_to_tensor)(x, dtype=dtype)
        return x

    inputs = nest.map_structure(_convert_single_tensor, inputs)
    return _list_to_tuple(inputs)


def is_none_or_empty(inputs: Any) -> bool:
    """Return whether there is nothing: None, or an empty structure."""
    return inputs is None or not nest.flatten(inputs)


def broadcast_sample_weight_modes(target_structure: Any, sample_weight_modes: Any) -> Any:
    """Return the modes of sample weights in the structure of the weights.

    Follows keras 2.14 engine/data_adapter.py, broadcast_sample_weight_modes.

    Raises:
        ValueError: if they do not fit.
    """
    if target_structure is None or not nest.flatten(target_structure):
        return sample_weight_modes
    if isinstance(sample_weight_modes, str):
        if isinstance(target_structure, dict):
            return dict.fromkeys(target_structure, sample_weight_modes)
        return [sample_weight_modes for _ in target_structure]
    if sample_weight_modes:
        try:
            nest.assert_same_structure(
                training_utils.list_to_tuple(target_structure),
                training_utils.list_to_tuple(sample_weight_modes),
            )
        except (ValueError, TypeError):
            target_str = str(nest.map_structure(lambda _: "...", target_structure))
            mode_str = str(nest.map_structure(lambda _: "...", sample_weight_modes))
            try:
                sample_weight_modes = nest.pack_sequence_as(
                    target_structure, nest.flatten(sample_weight_modes)
                )
                tf.get_logger().warning(
                    f"sample_weight modes were coerced from\n  {target_str}\n    to  \n  {mode_str}"
                )
            except (ValueError, TypeError):
                raise ValueError(
                    "Unable to match target structure and sample_weight_modes structure:\n  "
                    f"{target_str}\n    to  \n  {mode_str}"
                ) from None
    return sample_weight_modes


@of_keras
class DataHandler:
    """Iterates over the epochs of a dataset, and over the steps of an epoch.

    Follows keras 2.14 engine/data_adapter.py, DataHandler.
    """

    @traced("data_handler")
    def __init__(
        self,
        x: Any,
        y: Any = None,
        sample_weight: Any = None,
        batch_size: int | None = None,
        steps_per_epoch: int | None = None,
        initial_epoch: int = 0,
        epochs: int = 1,
        shuffle: Any = False,
        class_weight: Any = None,
        max_queue_size: int = 10,
        workers: int = 1,
        use_multiprocessing: bool = False,
        model: Any = None,
        steps_per_execution: Any = None,
        distribute: bool = True,
        pss_evaluation_shards: int = 0,
    ) -> None:
        """Select an adapter and make the dataset.

        Args:
            x: as in `Model.fit`, like all up to `use_multiprocessing`.
            y: the targets.
            sample_weight: the weights of the samples.
            batch_size: the number of samples in a batch.
            steps_per_epoch: the number of batches of an epoch.
            initial_epoch: the epoch to begin with.
            epochs: the epoch to stop before.
            shuffle: whether samples are shuffled in each epoch, or "batch".
            class_weight: the weight of each class.
            max_queue_size: accepted.
            workers: accepted.
            use_multiprocessing: accepted.
            model: the model, which an input of unknown shapes builds.
            steps_per_execution: a variable with the number of steps that one call runs.
            distribute: accepted.
            pss_evaluation_shards: accepted.

        Raises:
            ValueError: if the data do not fit each other, if there are none, or if
                `steps_per_epoch` is 0.
        """
        self._initial_epoch = initial_epoch
        self._initial_step = 0
        self._epochs = epochs
        self._insufficient_data = False
        self._model = model
        if steps_per_epoch == 0:
            raise ValueError(
                "Unexpected value for `steps_per_epoch`. Received value is 0. Please check the "
                "docstring for `model.fit()` for supported values."
            )
        self._steps_per_epoch = steps_per_epoch
        if steps_per_execution is None:
            self._steps_per_execution = tf.Variable(1)
        else:
            self._steps_per_execution = steps_per_execution
        adapter_cls = select_data_adapter(x, y)
        self._adapter = adapter_cls(
            x,
            y,
            batch_size=batch_size,
            steps=steps_per_epoch,
            epochs=epochs - initial_epoch,
            sample_weights=sample_weight,
            shuffle=shuffle,
            max_queue_size=max_queue_size,
            workers=workers,
            use_multiprocessing=use_multiprocessing,
            model=model,
        )
        self._current_step = 0
        self._step_increment = self._steps_per_execution.numpy().item() - 1
        self._insufficient_data = False
        self._configure_dataset_and_inferred_steps(x, steps_per_epoch, class_weight)
        if self._inferred_steps == 0:
            raise ValueError("Expected input data to be non-empty.")

    def _configure_dataset_and_inferred_steps(
        self, x: Any, steps_per_epoch: int | None, class_weight: Any
    ) -> None:
        """Set the dataset, with weights by class, and the number of steps of an epoch."""
        dataset = self._adapter.get_dataset()
        if class_weight:
            dataset = dataset.map(_make_class_weight_map_fn(class_weight))
        self._inferred_steps = self._infer_steps(steps_per_epoch, dataset)
        self._dataset = dataset
        self._validate_data_handler()

    def enumerate_epochs(self) -> Iterator[tuple[int, Any]]:
        """Yield the number of each epoch, and an iterator over the batches."""
        with self._truncate_execution_to_epoch():
            data_iterator = iter(self._dataset)
            for epoch in range(self._initial_epoch, self._epochs):
                if self._insufficient_data:  # set by `catch_stop_iteration`
                    break
                if self._adapter.should_recreate_iterator():
                    data_iterator = iter(self._dataset)
                    steps = self._infer_steps(self._steps_per_epoch, self._dataset)
                    if steps is not None:
                        self._inferred_steps = steps
                yield epoch, data_iterator
                self._adapter.on_epoch_end()

    @contextlib.contextmanager
    def _truncate_execution_to_epoch(self) -> Iterator[None]:
        """Run at most the steps of one epoch in one call, within a `with` block."""
        original_value = self._steps_per_execution.numpy().item()
        should_truncate = self._inferred_steps is not None and original_value > self._inferred_steps
        try:
            if should_truncate:
                self._steps_per_execution.assign(self._inferred_steps)
            yield
        finally:
            if should_truncate:
                self._steps_per_execution.assign(original_value)

    def sync(self) -> None:
        """Do nothing: no step runs in another thread."""

    @contextlib.contextmanager
    def catch_stop_iteration(self) -> Iterator[None]:
        """Catch the error of an iterator that has no more data: a known number of steps was too
        large, an unknown one is known now."""
        try:
            yield
            self.sync()
        except (StopIteration, tf.errors.OutOfRangeError):
            if self._inferred_steps is None:
                self._inferred_steps = self._current_step
            else:
                self._insufficient_data = True
                total_epochs = self._epochs - self._initial_epoch
                tf.get_logger().warning(
                    "Your input ran out of data; interrupting training. Make sure that your "
                    "dataset or generator can generate at least `steps_per_epoch * epochs` "
                    f"batches (in this case, {total_epochs * self._inferred_steps} batches). You "
                    "may need to use the repeat() function when building your dataset."
                )

    def steps(self) -> Iterator[int]:
        """Yield the number of the first step of each call of the train function."""
        self._current_step = self._initial_step
        self._initial_step = 0
        # `catch_stop_iteration` may change the number of steps.
        while self._inferred_steps is None or self._current_step < self._inferred_steps:
            if self._insufficient_data:  # set by `catch_stop_iteration`
                break
            original_spe: int = self._steps_per_execution.numpy().item()
            can_run_full_execution = (
                original_spe == 1
                or self._inferred_steps is None
                or self._inferred_steps - self._current_step >= original_spe
            )
            if can_run_full_execution:
                self._step_increment = original_spe - 1
                yield self._current_step
                self._current_step += original_spe
            else:
                # The last call of an epoch runs the steps that are left.
                assert self._inferred_steps is not None
                steps_remaining = self._inferred_steps - self._current_step
                self._steps_per_execution.assign(steps_remaining)
                self._step_increment = steps_remaining - 1
                yield self._current_step
                self._current_step += steps_remaining
                self._steps_per_execution.assign(original_spe)

    @property
    def step_increment(self) -> int:
        """How many steps after the first one a call of the train function runs."""
        increment: int = self._step_increment
        return increment

    @property
    def inferred_steps(self) -> int | None:
        """The number of steps of an epoch, or None before the first epoch of unknown length has
        ended."""
        return self._inferred_steps

    @property
    def should_sync(self) -> bool:
        """Whether the end of the data is unknown."""
        return self._inferred_steps is None

    def _log_indefinite_training_warning(self) -> None:
        tf.get_logger().warning(
            "The training loop will run indefinitely since you have set `steps_per_epoch=-1`. "
            "Please use batch-level callbacks to save checkpoints or log training progress, etc"
        )

    def _infer_steps(self, steps: int | None, dataset: Any) -> int | None:
        """Return the number of steps of an epoch, or None if it is unknown.

        Raises:
            ValueError: if the dataset is infinite and `steps` is None.
        """
        if steps == -1:
            self._log_indefinite_training_warning()
            return None
        if steps is not None:
            return steps
        adapter_steps = self._adapter.get_size()
        if adapter_steps is not None:
            return adapter_steps
        size: int = tf.data.experimental.cardinality(dataset).numpy().item()
        if size == tf.data.experimental.INFINITE_CARDINALITY:
            raise ValueError(
                "When passing an infinitely repeating dataset, please specify a `steps_per_epoch` "
                "value so that epoch level callbacks continue to work. The value can be "
                "arbitrary, or a number that you think correctly defines the size of an epoch. "
                "Epoch-level callbacks will then be called at this interval."
            )
        return size if size >= 0 else None

    @property
    def _samples(self) -> int | None:
        return self._adapter.get_samples()

    def _validate_data_handler(self) -> None:
        """Check that several steps in one call do not meet an unknown end.

        Raises:
            ValueError: if they would.
        """
        if self._steps_per_execution.numpy().item() > 1 and self._inferred_steps is None:
            raise ValueError(
                "Could not infer the size of the data. With `steps_per_execution > 1`, you must "
                "specify the number of steps to run."
            )


@keras_export("keras.__internal__.utils.get_data_handler")
def get_data_handler(*args: Any, **kwargs: Any) -> DataHandler:
    """Return a `DataHandler`.

    Follows keras 2.14 engine/data_adapter.py, get_data_handler.
    """
    return DataHandler(*args, **kwargs)


def _make_class_weight_map_fn(class_weight: Any) -> Callable[..., Any]:
    """Return a function for `Dataset.map` that turns weights of classes into weights of samples.

    Follows keras 2.14 engine/data_adapter.py, _make_class_weight_map_fn.

    Raises:
        ValueError: if the classes are not the integers from 0.
    """
    class_ids = sorted(class_weight.keys())
    if class_ids != list(range(len(class_ids))):
        raise ValueError(
            "Expected `class_weight` to be a dict with keys from 0 to one less than the number of "
            f"classes, found {class_weight}"
        )
    class_weight_tensor = tf.convert_to_tensor([class_weight[int(one)] for one in class_ids])

    def _class_weights_map_fn(*data: Any) -> tuple[Any, Any, Any]:
        """Return x, y and the weights of a batch.

        Raises:
            ValueError: if there are several targets, or if the shape of y is not known while the
                samples have weights.
        """
        x, y, sw = unpack_x_y_sample_weight(data)
        if nest.is_nested(y):
            raise ValueError("`class_weight` is only supported for Models with a single output.")
        if y.shape.rank >= 2:
            y_classes = _smart_cond(
                backend.shape(y)[-1] > 1,
                lambda: backend.argmax(y, axis=-1),
                lambda: tf.cast(tf.round(tf.squeeze(y, axis=-1)), "int64"),
            )
        else:
            y_classes = tf.cast(tf.round(y), "int64")
        cw = tf.gather(class_weight_tensor, y_classes)
        if sw is not None:
            cw = tf.cast(cw, sw.dtype)
            # Both weights are multiplied.
            rank_delta = cw.shape.rank - sw.shape.rank
            sw = tf.reshape(sw, sw.shape + [1] * rank_delta)
            sw = sw * cw
        else:
            sw = cw
        return x, y, sw

    return _class_weights_map_fn


def _smart_cond(pred: Any, true_fn: Callable[[], Any], false_fn: Callable[[], Any]) -> Any:
    """Return what one of two functions returns. A condition that is known while tracing selects
    one of them; any other becomes a part of the graph.

    Follows tensorflow/python/framework/smart_cond.py, smart_cond.
    """
    known = tf.get_static_value(pred)
    if known is None:
        return tf.cond(pred, true_fn, false_fn)
    return true_fn() if known else false_fn()


def train_validation_split(arrays: Any, validation_split: float) -> tuple[Any, Any]:
    """Return the first part of arrays, to train on, and the last part, to validate with.

    Follows keras 2.14 engine/data_adapter.py, train_validation_split.

    Args:
        arrays: a structure of arrays, tensors and None.
        validation_split: the share of the samples in the last part, between 0 and 1.

    Raises:
        ValueError: if a leaf is neither an array nor a tensor, or if one part would be empty.
    """

    def _can_split(leaf: Any) -> bool:
        return isinstance(leaf, _get_tensor_types()) or leaf is None

    flat_arrays = nest.flatten(arrays)
    unsplitable = [type(leaf) for leaf in flat_arrays if not _can_split(leaf)]
    if unsplitable:
        raise ValueError(
            "`validation_split` is only supported for Tensors or NumPy arrays, found following "
            f"types in the input: {unsplitable}"
        )
    first_non_none = next((leaf for leaf in flat_arrays if leaf is not None), None)
    if first_non_none is None:
        return arrays, arrays
    batch_dim = int(first_non_none.shape[0])
    split_at = math.floor(batch_dim * (1.0 - validation_split))
    if split_at in (0, batch_dim):
        raise ValueError(
            f"Training data contains {batch_dim} samples, which is not sufficient to split it into "
            "a validation and training set as specified by "
            f"`validation_split={validation_split}`. Either provide more data, or a different "
            "value for the `validation_split` argument."
        )

    def _split(leaf: Any, start: int, end: int) -> Any:
        return None if leaf is None else leaf[start:end]

    train_arrays = nest.map_structure(functools.partial(_split, start=0, end=split_at), arrays)
    val_arrays = nest.map_structure(
        functools.partial(_split, start=split_at, end=batch_dim), arrays
    )
    return train_arrays, val_arrays


@keras_export("keras.utils.unpack_x_y_sample_weight")
def unpack_x_y_sample_weight(data: Any) -> tuple[Any, Any, Any]:
    """Return x, y and the sample weights of a batch; None for those it lacks.

    Follows keras 2.14 engine/data_adapter.py, unpack_x_y_sample_weight.

    Raises:
        ValueError: if a tuple has none or more than three items.
    """
    if isinstance(data, list):
        data = tuple(data)
    if not isinstance(data, tuple):
        return (data, None, None)
    if not 1 <= len(data) <= 3:
        raise ValueError(
            "Data is expected to be in format `x`, `(x,)`, `(x, y)`, or `(x, y, sample_weight)`, "
            f"found: {data}"
        )
    x, y, sample_weight = (*data, None, None)[:3]
    return (x, y, sample_weight)


@keras_export("keras.utils.pack_x_y_sample_weight")
def pack_x_y_sample_weight(x: Any, y: Any = None, sample_weight: Any = None) -> Any:
    """Return a tuple of x, y and the sample weights, as far as there are any; x alone if it is
    not a tuple.

    Follows keras 2.14 engine/data_adapter.py, pack_x_y_sample_weight.
    """
    if y is None:
        return (x,) if isinstance(x, tuple) else x
    if sample_weight is None:
        return (x, y)
    return (x, y, sample_weight)


def single_batch_iterator(
    strategy: Any, x: Any, y: Any = None, sample_weight: Any = None, class_weight: Any = None
) -> Any:
    """Return an iterator over one batch.

    Follows keras 2.14 engine/data_adapter.py, single_batch_iterator.

    Raises:
        ValueError: if the numbers of samples differ.
    """
    x, y, sample_weight = _process_tensorlike((x, y, sample_weight))
    data: tuple[Any, ...]
    if y is None:
        data = (x,)
    elif sample_weight is None:
        data = (x, y)
    else:
        data = (x, y, sample_weight)
    _check_data_cardinality(data)
    dataset = tf.data.Dataset.from_tensors(data)
    if class_weight:
        dataset = dataset.map(_make_class_weight_map_fn(class_weight))
    return iter(dataset)


def _check_data_cardinality(data: Any) -> None:
    """Refuse arrays with different numbers of samples.

    Raises:
        ValueError: if they differ.
    """
    num_samples = {int(leaf.shape[0]) for leaf in nest.flatten(data)}
    if len(num_samples) > 1:
        msg = "Data cardinality is ambiguous:\n"
        for label, single_data in zip(["x", "y", "sample_weight"], data, strict=False):
            sizes = ", ".join(str(leaf.shape[0]) for leaf in nest.flatten(single_data))
            msg += f"  {label} sizes: {sizes}\n"
        msg += "Make sure all arrays contain the same number of samples."
        raise ValueError(msg)


def _get_tensor_types() -> tuple[type, ...]:
    """Return the types of arrays: NumPy's, tensors, and those of pandas if it is imported."""
    if "pandas" in sys.modules:
        pandas = sys.modules["pandas"]
        return (tf.Tensor, np.ndarray, pandas.Series, pandas.DataFrame)
    return (tf.Tensor, np.ndarray)


def _is_pandas(x: Any) -> bool:
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(x, pandas.Series | pandas.DataFrame)


def _is_pandas_series(x: Any) -> bool:
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(x, pandas.Series)


def _list_to_tuple(structure: Any) -> Any:
    """Return a structure with tuples for its lists, which `tf.data` would take for tensors."""
    if isinstance(structure, dict):
        return {key: _list_to_tuple(value) for key, value in structure.items()}
    if isinstance(structure, tuple) and hasattr(structure, "_fields"):
        return type(structure)(*map(_list_to_tuple, structure))
    if isinstance(structure, list | tuple):
        return tuple(map(_list_to_tuple, structure))
    return structure
