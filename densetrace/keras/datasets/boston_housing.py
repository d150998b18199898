"""Prices of houses in 1978. Follows keras 2.14 datasets/boston_housing.py."""

from typing import Any

import numpy as np

from densetrace.keras.datasets import _cached, _synthetic


def load_data(path: str = "boston_housing.npz", test_split: float = 0.2, seed: int = 113) -> Any:
    """Return the columns and the prices: (f64[404, 13], f64[404]), (f64[102, 13], f64[102]).

    Follows keras 2.14 datasets/boston_housing.py, load_data.

    Args:
        path: the file in `~/.keras/datasets`, or an absolute path.
        test_split: the share of the rows for the test, from 0 to below 1.
        seed: for shuffling the rows.

    Raises:
        AssertionError: if `test_split` is out of range.
    """
    if not 0 <= test_split < 1:
        raise AssertionError(f"test_split must be from 0 to below 1. Received: {test_split}")
    x, y = _cached.read_or_make("boston_housing", path, _read, lambda: _synthetic.houses(7, 506))
    indices = np.arange(len(x))
    np.random.RandomState(seed).shuffle(indices)
    x, y = x[indices], y[indices]
    count = int(len(x) * (1 - test_split))
    return (x[:count].copy(), y[:count].copy()), (x[count:].copy(), y[count:].copy())


def _read(path: str) -> Any:
    x, y = _cached.arrays(path, ("x", "y"))
    _cached.expect(x, (None, 13), "f")
    _cached.expect(y, (len(x),), "f")
    return x, y
