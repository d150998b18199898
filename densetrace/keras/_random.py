"""Random numbers for initializers: the seed is drawn once and determines all numbers."""

import random
import threading
from typing import Any, Final, SupportsIndex, cast

import numpy as np

import densetrace.tensorflow as tf
from densetrace.keras.backend_config import floatx
from densetrace.tensorflow.errors import InvalidArgumentError

_SEED_GENERATOR: Final = threading.local()
_INT64: Final = range(-(2**63), 2**63)


def set_random_seed(seed: int) -> None:
    """Seed Python's, NumPy's and TensorFlow's generators, and the generator that draws a seed for
    each unseeded initializer of this thread.

    Follows keras 2.14 utils/tf_utils.py, set_random_seed.

    Raises:
        ValueError: if `seed` is not an integer from 0 to 2**32 - 1.
    """
    if not isinstance(seed, int):
        raise ValueError(
            f"Expected `seed` argument to be an integer. Received: seed={seed!r:.80} "
            f"(of type {type(seed)})"
        )
    # NumPy checks the range. It comes first, so that an invalid seed changes nothing.
    np.random.seed(seed)
    random.seed(seed)
    tf.random.set_seed(seed)
    _SEED_GENERATOR.generator = random.Random(seed)


def is_seeded() -> bool:
    """Return whether this thread has called `set_random_seed`."""
    return hasattr(_SEED_GENERATOR, "generator")


def drawn_seed() -> int:
    """Return a seed, drawn from what `set_random_seed` seeded if this thread has called it."""
    return int(getattr(_SEED_GENERATOR, "generator", random).randint(1, 10**9))


class RandomGenerator:
    """Draws numbers that depend only on its seed, the shape and a nonce: equal calls return equal
    numbers.

    Without a seed, it draws one on first use and keeps it.
    Follows keras 2.14 backend.py, RandomGenerator, of `rng_type="stateless"`.
    """

    # DEPARTS: In Keras the numbers are TensorFlow's. Here they are NumPy's: the same distributions,
    # different draws.

    def __init__(self, seed: Any = None) -> None:
        self._seed = seed

    def random_normal(
        self,
        shape: Any,
        mean: Any = 0.0,
        stddev: Any = 1.0,
        dtype: Any = None,
        nonce: int | None = None,
    ) -> Any:
        """Return f[*shape] from a normal distribution with this mean and standard deviation."""
        _refuse_bools(shape)
        seed = self._seed_of(nonce)
        return tf.random.stateless_normal(shape, seed, mean, stddev, dtype or floatx())

    def truncated_normal(
        self,
        shape: Any,
        mean: Any = 0.0,
        stddev: Any = 1.0,
        dtype: Any = None,
        nonce: int | None = None,
    ) -> Any:
        """Return f[*shape] from a normal distribution cut off at two standard deviations."""
        _refuse_bools(shape)
        seed = self._seed_of(nonce)
        return tf.random.stateless_truncated_normal(shape, seed, mean, stddev, dtype or floatx())

    def random_uniform(
        self,
        shape: Any,
        minval: Any = 0.0,
        maxval: Any = None,
        dtype: Any = None,
        nonce: int | None = None,
    ) -> Any:
        """Return [*shape] from a uniform distribution over [minval, maxval).

        Raises:
            ValueError: if an integer dtype has no bounds, or is not of 32 or 64 bits.
            InvalidArgumentError: if an integer dtype's `minval` is not below its `maxval`.
        """
        _refuse_bools(shape)
        seed = self._seed_of(nonce)
        return tf.random.stateless_uniform(shape, seed, minval, maxval, dtype or floatx())

    def _seed_of(self, nonce: int | None) -> tuple[int, int]:
        if self._seed is None:
            self._seed = drawn_seed()
        return _checked(self._seed), nonce or 0


def _refuse_bools(shape: Any) -> None:
    """Refuse a shape of bools, which has no integers for TensorFlow's operation."""
    sizes = list(shape) if isinstance(shape, list | tuple) else []
    if sizes and all(isinstance(size, bool) for size in sizes):
        raise InvalidArgumentError(f"The sizes of a shape must be integers. Received: {shape}")


def _checked(seed: Any) -> int:
    if isinstance(seed, float):
        raise InvalidArgumentError(f"A seed must be an integer. Received: seed={seed}")
    if isinstance(seed, bool) or not hasattr(seed, "__index__") or int(seed) not in _INT64:
        raise ValueError(f"A seed must be an integer of 64 bits. Received: seed={seed!r:.80}")
    return cast(SupportsIndex, seed).__index__()
