"""Philox, the counter-based generator of TensorFlow: the same numbers for the same seeds.

Follows tensorflow/tsl/lib/random/philox_random.h.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np

from densetrace.tensorflow.tensor import Array

_MULTIPLIERS: Final = (np.uint64(0xD2511F53), np.uint64(0xCD9E8D57))
_KEY_STEPS: Final = (0x9E3779B9, 0xBB67AE85)
_ROUNDS: Final = 10
_LOW: Final = np.uint64(0xFFFFFFFF)
_HALF: Final = np.uint64(32)
_WORD: Final = 0xFFFFFFFF
_LARGEST_BLOCK: Final = 1 << 12


def numbers(seed: int, seed2: int, first: int, count: int) -> Array:
    """The random numbers for counters from `first` on, four for each: u64[4 * count], below 2**32.

    Args:
        seed: the key, 64 bits.
        seed2: the upper half of the counter, 64 bits.
        first: the lower half of the first counter.
        count: how many counters.
    """
    seed, seed2 = seed % 2**64, seed2 % 2**64
    counters = np.arange(first, first + count, dtype=np.uint64)
    a, b = counters & _LOW, counters >> _HALF
    c = np.full(count, seed2 & _WORD, np.uint64)
    d = np.full(count, seed2 >> 32, np.uint64)
    keys = [seed & _WORD, seed >> 32]
    for _ in range(_ROUNDS):
        first_product, second_product = a * _MULTIPLIERS[0], c * _MULTIPLIERS[1]
        a, b, c, d = (
            (second_product >> _HALF) ^ b ^ np.uint64(keys[0]),
            second_product & _LOW,
            (first_product >> _HALF) ^ d ^ np.uint64(keys[1]),
            first_product & _LOW,
        )
        keys = [(key + step) & _WORD for key, step in zip(keys, _KEY_STEPS, strict=True)]
    return np.stack([a, b, c, d], axis=1).reshape(-1)


def stream(seed: int, seed2: int) -> Iterator[int]:
    """Endless random numbers below 2**32."""
    first, count = 0, 4
    while True:
        yield from numbers(seed, seed2, first, count).tolist()
        first += count
        count = min(2 * count, _LARGEST_BLOCK)
