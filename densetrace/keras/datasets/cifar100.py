"""Small colour pictures of 100 classes. Follows keras 2.14 datasets/cifar100.py."""

import os
from typing import Any

import numpy as np

from densetrace.keras.datasets import _cached, _synthetic
from densetrace.keras.datasets.cifar import in_data_format, load_batch


def load_data(label_mode: str = "fine") -> Any:
    """Return the pictures: (u8[50000, 32, 32, 3], i64[50000, 1]), (u8[10000, 32, 32, 3], i64[...]).

    With the image format `channels_first`, the sizes of a picture are [3, 32, 32].
    Follows keras 2.14 datasets/cifar100.py, load_data.

    Args:
        label_mode: "fine" for the 100 classes, "coarse" for 20 groups of them.

    Raises:
        ValueError: for another `label_mode`.
    """
    if label_mode not in ("fine", "coarse"):
        raise ValueError(
            f"label_mode must be 'fine' or 'coarse'. Received: label_mode={label_mode}"
        )

    def read(path: str) -> Any:
        files = (os.path.join(path, file) for file in ("train", "test"))
        return tuple(load_batch(file, label_key=f"{label_mode}_labels") for file in files)

    def make() -> Any:
        made = _synthetic.images(4, 100, (50000, 10000), (32, 32, 3))
        per_group = 1 if label_mode == "fine" else 5
        return tuple((x.transpose(0, 3, 1, 2), y // per_group) for x, y in made)

    parts = _cached.read_or_make("cifar100", "cifar-100-python", read, make)
    return tuple((in_data_format(x), np.reshape(y, (len(y), 1)).astype("int64")) for x, y in parts)
