"""Handwritten digits, 28 by 28 pixels. Follows keras 2.14 datasets/mnist.py."""

from typing import Any

from densetrace.keras.datasets import _cached, _synthetic

_NAMES = ("x_train", "y_train", "x_test", "y_test")


# DEPARTS: Keras downloads a data set, and downloads a file again if its hash is wrong. Here nothing
# is downloaded: a file in `~/.keras/datasets` is read if its arrays have the right shapes and
# dtypes. Otherwise the data is synthetic, with a notice on standard error.


def load_data(path: str = "mnist.npz") -> Any:
    """Return the digits: (u8[60000, 28, 28], u8[60000]), (u8[10000, 28, 28], u8[10000]).

    Follows keras 2.14 datasets/mnist.py, load_data.

    Args:
        path: the file in `~/.keras/datasets`, or an absolute path.
    """
    return _cached.read_or_make("mnist", path, _read, _make)


def _read(path: str) -> Any:
    x_train, y_train, x_test, y_test = _cached.arrays(path, _NAMES)
    for x, y in ((x_train, y_train), (x_test, y_test)):
        _cached.expect(x, (None, 28, 28), "u")
        _cached.expect(y, (len(x),), "ui")
    return (x_train, y_train), (x_test, y_test)


def _make() -> Any:
    return tuple(_synthetic.images(1, 10, (60000, 10000), (28, 28)))
