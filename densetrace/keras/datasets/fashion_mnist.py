"""Pictures of clothes, 28 by 28 pixels. Follows keras 2.14 datasets/fashion_mnist.py."""

import os
from typing import Any

from densetrace.keras.datasets import _cached, _synthetic

_FILES = (
    "train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz",
    "t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz",
)  # fmt: skip


def load_data() -> Any:
    """Return the pictures: (u8[60000, 28, 28], u8[60000]), (u8[10000, 28, 28], u8[10000]).

    Follows keras 2.14 datasets/fashion_mnist.py, load_data.
    """
    return _cached.read_or_make("fashion_mnist", "fashion-mnist", _read, _make)


def _read(path: str) -> Any:
    read = [_cached.images_of_idx(os.path.join(path, file)) for file in _FILES]
    x_train, y_train, x_test, y_test = read
    for x, y in ((x_train, y_train), (x_test, y_test)):
        _cached.expect(x, (None, 28, 28), "u")
        _cached.expect(y, (len(x),), "u")
    return (x_train, y_train), (x_test, y_test)


def _make() -> Any:
    return tuple(_synthetic.images(2, 10, (60000, 10000), (28, 28)))
