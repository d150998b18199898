"""Random numbers for initializers: a seed drawn once, and numbers that depend on it alone."""

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
    """Make everything random repeatable: Python's and NumPy's generators, and the seeds of the
    initializers that this thread makes without one.

    Follows keras 2.14 utils/tf_utils.py, set_random_seed.

    Raises:
        ValueError: when `seed` is not an integer from 0 to 2**32 - 1.
    """
    if not isinstance(seed, int):
        raise ValueError(
            f"Expected `seed` argument to be an integer. Received: seed={seed!r:.80} "
            f"(of type {type(seed)})"
        )
    # NumPy checks the range, so it goes first: a refused seed changes nothing.
    np.random.seed(seed)
    random.seed(seed)
    _SEED_GENERATOR.generator = random.Random(seed)


def is_seeded() -> bool:
    """Whether this thread has set a seed for what is made without one."""
    return hasattr(_SEED_GENERATOR, "generator")


class RandomGenerator:
    """Draws numbers that depend on its seed, the shape and a nonce: every call repeats itself.

    Without a seed, one is drawn when it is first needed, and kept.
    Follows keras 2.14 backend.py, RandomGenerator, of `rng_type="stateless"`.
    """

    # DEPARTS: the numbers are NumPy's, not TensorFlow's: the same distributions, other draws.

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
        """f[*shape]: a normal distribution with this mean and standard deviation."""
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
        """f[*shape]: a normal distribution without what lies beyond two standard deviations."""
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
        """[*shape]: evenly spread from `minval`, included, to `maxval`, excluded.

        Raises:
            ValueError: when an integer dtype has no bounds, or is not of 32 or 64 bits.
            InvalidArgumentError: when an integer dtype's bounds leave nothing between them.
        """
        seed = self._seed_of(nonce)
        return tf.random.stateless_uniform(shape, seed, minval, maxval, dtype or floatx())

    def _seed_of(self, nonce: int | None) -> tuple[int, int]:
        if self._seed is None:
            source = getattr(_SEED_GENERATOR, "generator", random)
            self._seed = source.randint(1, 10**9)
        return _checked(self._seed), nonce or 0


def _checked(seed: Any) -> int:
    if isinstance(seed, float):
        raise InvalidArgumentError(f"A seed must be an integer. Received: seed={seed}")
    if isinstance(seed, bool) or not hasattr(seed, "__index__") or int(seed) not in _INT64:
        raise ValueError(f"A seed must be an integer of 64 bits. Received: seed={seed!r:.80}")
    return cast(SupportsIndex, seed).__index__()
