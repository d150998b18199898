"""`split_dataset`. Follows keras 2.14 utils/dataset_utils.py."""

import random
from typing import Any

import numpy as np

from densetrace.keras._exports import keras_export
from densetrace.tensorflow.data.dataset import Dataset


@keras_export("keras.utils.split_dataset")
def split_dataset(
    dataset: Any,
    left_size: Any = None,
    right_size: Any = None,
    shuffle: bool = False,
    seed: int | None = None,
) -> tuple[Any, Any]:
    """Return two datasets with the first and the last samples of a small dataset.

    Follows keras 2.14 utils/dataset_utils.py, split_dataset.

    Args:
        dataset: a `tf.data.Dataset`, an array, or a list or tuple of arrays of one length.
        left_size: how many samples the first one has, or which share of them as a float.
        right_size: the same for the second one.
        shuffle: whether to shuffle the samples first.
        seed: for shuffling.

    Raises:
        TypeError: if `dataset` or a size is of another type.
        ValueError: if there are no samples, or a size is out of range.
    """
    if not isinstance(dataset, Dataset | list | tuple | np.ndarray):
        raise TypeError(
            "`dataset` must be a `tf.data.Dataset`, an array, or a list or tuple of arrays. "
            f"Received: {type(dataset)}"
        )
    if right_size is None and left_size is None:
        raise ValueError("Pass `left_size` or `right_size`. Received: None for both")
    samples = _convert_dataset_to_list(dataset)
    if shuffle:
        random.seed(random.randint(0, 10**6) if seed is None else seed)
        random.shuffle(samples)
    left_size, right_size = _rescale_dataset_split_sizes(left_size, right_size, len(samples))
    splits = [
        Dataset.from_tensor_slices(_restore_dataset_from_list(part, dataset))
        for part in (samples[:left_size], samples[-right_size:])
    ]
    batch_size = get_batch_size(dataset)
    if batch_size is not None:
        splits = [split.batch(batch_size) for split in splits]
    left, right = (split.prefetch(-1) for split in splits)
    return left, right


def _convert_dataset_to_list(dataset: Any) -> list[Any]:
    """Return the samples of a dataset.

    Raises:
        ValueError: if there are none, they differ in shape, or the arrays differ in length.
    """
    if isinstance(dataset, Dataset):
        samples = list(dataset.unbatch() if is_batched(dataset) else dataset)
    elif isinstance(dataset, np.ndarray):
        samples = list(dataset)
    else:
        samples = _rows_of(dataset)
    if not samples:
        raise ValueError("`dataset` has no samples.")
    if isinstance(dataset, np.ndarray) and len({np.shape(sample) for sample in samples}) > 1:
        raise ValueError("All samples of `dataset` must have one shape.")
    return samples


def _rows_of(arrays: Any) -> list[Any]:
    if not len(arrays):
        raise ValueError(f"`dataset` is an empty {type(arrays).__name__}.")
    if not isinstance(arrays[0], np.ndarray):
        raise ValueError(f"`dataset` must hold arrays. Received: {type(arrays[0])}")
    for index, array in enumerate(arrays):
        if np.shape(array)[:1] != arrays[0].shape[:1]:
            raise ValueError(
                f"The arrays of `dataset` must have one length. The one at index {index} has the "
                f"shape {np.shape(array)}, the first one {arrays[0].shape}"
            )
    return list(zip(*arrays, strict=True))


def _restore_dataset_from_list(samples: list[Any], dataset: Any) -> Any:
    """Return samples in the structure of `dataset`, each array with all samples."""
    if isinstance(dataset, np.ndarray):
        return samples
    if isinstance(dataset, Dataset) and isinstance(dataset.element_spec, dict):
        return {name: [sample[name] for sample in samples] for name in samples[0]}
    if isinstance(dataset, Dataset) and not isinstance(dataset.element_spec, tuple):
        # As in Keras, samples without a structure are taken apart along their first axis.
        samples = [tuple(sample) for sample in samples]
    return tuple(np.array(column) for column in zip(*samples, strict=False))


def _rescale_dataset_split_sizes(left: Any, right: Any, total: int) -> tuple[int, int]:
    """Return the two sizes as numbers of samples.

    Raises:
        TypeError: if a size is neither an integer nor a float.
        ValueError: if a size is out of range, or both together are more than there is.
    """
    for name, size in (("left_size", left), ("right_size", right)):
        if size is not None and type(size) not in (int, float):
            raise TypeError(f"`{name}` must be an integer or a float. Received: {type(size)}")
    if left == 0 and right == 0:
        raise ValueError("`left_size` and `right_size` are both 0.")
    for name, size in (("left_size", left), ("right_size", right)):
        if size is not None and not 0 < size < (total if type(size) is int else 1):
            raise ValueError(
                f"`{name}` must be an integer from 1 to below {total}, or a float between 0 and 1. "
                f"Received: {name}={size}"
            )
    if type(left) is type(right) is float and left + right > 1:
        raise ValueError("`left_size` and `right_size` are together more than 1.")
    left, right = (round(size * total) if type(size) is float else size for size in (left, right))
    left = total - right if left is None else left
    right = total - left if right is None else right
    if left + right > total:
        raise ValueError(
            f"`left_size` and `right_size` are together {left + right}, more than the {total} "
            "samples."
        )
    if not left or not right:
        raise ValueError(f"One of the two parts is empty. Received: sizes {left} and {right}")
    return left, right


def is_batched(tf_dataset: Any) -> bool:
    """Return whether a dataset was made by `batch`.

    Follows keras 2.14 utils/dataset_utils.py, is_batched.
    """
    return hasattr(tf_dataset, "_batch_size")


def get_batch_size(tf_dataset: Any) -> Any:
    """Return the batch size of a dataset that was made by `batch`, or else None.

    Follows keras 2.14 utils/dataset_utils.py, get_batch_size.
    """
    return tf_dataset._batch_size if is_batched(tf_dataset) else None
