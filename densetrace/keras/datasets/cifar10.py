"""Small colour pictures of 10 classes. Follows keras 2.14 datasets/cifar10.py."""

import os
from typing import Any

import numpy as np

from densetrace.keras.datasets import _cached, _synthetic
from densetrace.keras.datasets.cifar import in_data_format, load_batch

_FILES = tuple(f"data_batch_{number}" for number in range(1, 6))


def load_data() -> Any:
    """Return the pictures: (u8[50000, 32, 32, 3], u8[50000, 1]), (u8[10000, 32, 32, 3], u8[...]).

    With the image format `channels_first`, the sizes of a picture are [3, 32, 32].
    Follows keras 2.14 datasets/cifar10.py, load_data.
    """
    parts = _cached.read_or_make("cifar10", "cifar-10-batches-py", _read, _make)
    return tuple((in_data_format(x), np.reshape(y, (len(y), 1)).astype("uint8")) for x, y in parts)


def _read(path: str) -> Any:
    batches = [load_batch(os.path.join(path, file)) for file in _FILES]
    train = tuple(map(np.concatenate, zip(*batches, strict=True)))
    return train, load_batch(os.path.join(path, "test_batch"))


def _make() -> Any:
    made = _synthetic.images(3, 10, (50000, 10000), (32, 32, 3))
    return tuple((x.transpose(0, 3, 1, 2), y) for x, y in made)
