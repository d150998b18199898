"""The contents of `keras.datasets`: small data sets for lessons and first models.

Follows keras 2.14 datasets/__init__.py.
"""

from densetrace.keras.datasets import (
    boston_housing,
    cifar10,
    cifar100,
    fashion_mnist,
    imdb,
    mnist,
    reuters,
)

__all__ = [
    "boston_housing",
    "cifar10",
    "cifar100",
    "fashion_mnist",
    "imdb",
    "mnist",
    "reuters",
]
