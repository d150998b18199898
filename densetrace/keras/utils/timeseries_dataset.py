"""Windows of a time series as a dataset. Follows keras 2.14 utils/timeseries_dataset.py."""

from typing import Any

import numpy as np

from densetrace.keras._exports import keras_export
from densetrace.tensorflow.data.dataset import Dataset
from densetrace.tensorflow.ops.creating import arange
from densetrace.tensorflow.ops.indexing import gather


@keras_export(
    "keras.utils.timeseries_dataset_from_array",
    "keras.preprocessing.timeseries_dataset_from_array",
)
def timeseries_dataset_from_array(
    data: Any,
    targets: Any,
    sequence_length: int,
    sequence_stride: int = 1,
    sampling_rate: int = 1,
    batch_size: int | None = 128,
    shuffle: bool = False,
    seed: int | None = None,
    start_index: int | None = None,
    end_index: int | None = None,
) -> Any:
    """Return a dataset of windows [batch, sequence_length, ...], with targets if there are some.

    Follows keras 2.14 utils/timeseries_dataset.py, timeseries_dataset_from_array.

    Args:
        data: the series, by time along the first axis.
        targets: the target of the window that begins at the same time; None for no targets.
        sequence_length: how many times a window has.
        sequence_stride: how far apart windows begin.
        sampling_rate: how far apart the times of a window are.
        batch_size: the number of windows in a batch; no batches if None.
        shuffle: whether to shuffle the windows.
        seed: for shuffling.
        start_index: the first time to use.
        end_index: the time to stop before.

    Raises:
        ValueError: if an argument is out of range.
    """
    _check(len(data), sequence_stride, sampling_rate, start_index, end_index)
    start_index = 0 if start_index is None else start_index
    end_index = len(data) if end_index is None else end_index
    count = end_index - start_index - (sequence_length - 1) * sampling_rate
    if targets is not None:
        count = min(count, len(targets))
    index_dtype = "int32" if count < 2**31 - 1 else "int64"
    positions = np.arange(0, count, sequence_stride, dtype=index_dtype)
    if shuffle:
        if seed is None:
            seed = int(np.random.randint(10**6))
        np.random.RandomState(seed).shuffle(positions)
    span = sequence_length * sampling_rate
    starts = Dataset.from_tensor_slices(positions)
    windows = starts.map(lambda start: arange(start, start + span, sampling_rate))
    dataset = sequences_from_indices(data, windows, start_index, end_index)
    if targets is not None:
        of_targets = sequences_from_indices(targets, starts, start_index, end_index)
        dataset = Dataset.zip((dataset, of_targets))
    dataset = dataset.prefetch(-1)
    if shuffle:
        dataset = dataset.shuffle(1024 if batch_size is None else batch_size * 8, seed=seed)
    return dataset if batch_size is None else dataset.batch(batch_size)


def sequences_from_indices(array: Any, indices_ds: Any, start_index: int, end_index: int) -> Any:
    """Return a dataset of the parts of an array that a dataset of indices names.

    Follows keras 2.14 utils/timeseries_dataset.py, sequences_from_indices.
    """
    steps = array[start_index:end_index]
    return indices_ds.map(lambda indices: gather(steps, indices))


def _check(
    length: int, stride: int, rate: int, start_index: int | None, end_index: int | None
) -> None:
    """Check the arguments, in the order in which Keras does."""
    if start_index and not 0 <= start_index < length:
        raise ValueError(
            f"start_index must be from 0 to below the length of the data, {length}. "
            f"Received: start_index={start_index}"
        )
    if end_index and (not 0 < end_index < length or (start_index and end_index <= start_index)):
        raise ValueError(
            f"end_index must be above 0 and start_index, and below the length of the data, "
            f"{length}. Received: start_index={start_index}, end_index={end_index}"
        )
    for name, value in (("sampling_rate", rate), ("sequence_stride", stride)):
        if not 0 < value < length:
            raise ValueError(
                f"{name} must be from 1 to below the length of the data, {length}. "
                f"Received: {name}={value}"
            )
