"""Random numbers for initializers: a seed drawn once, and numbers that depend on it alone."""

import random
import threading
from typing import Any, Final, SupportsIndex, cast

import numpy as np

from densetrace.keras._allowance import spend_together
from densetrace.keras._errors import InvalidArgumentError
from densetrace.keras._ops import as_shape, check_allocation
from densetrace.keras._tensors import Array, Tensor, as_value, convert_to_tensor

_SEED_GENERATOR: Final = threading.local()
_INT64: Final = range(-(2**63), 2**63)
_TRUNCATED_AT: Final = 2.0


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
    ) -> Tensor:
        """f[*shape]: a normal distribution with this mean and standard deviation."""
        sizes, dtype = self._prepare(shape, dtype)
        unit = self._draws(nonce).standard_normal(sizes, _drawn_as(dtype))
        return _scaled(unit, stddev, mean, dtype)

    def truncated_normal(
        self,
        shape: Any,
        mean: Any = 0.0,
        stddev: Any = 1.0,
        dtype: Any = None,
        nonce: int | None = None,
    ) -> Tensor:
        """f[*shape]: a normal distribution without what lies beyond two standard deviations."""
        sizes, dtype = self._prepare(shape, dtype)
        draws = self._draws(nonce)
        unit = draws.standard_normal(sizes, _drawn_as(dtype)).reshape(-1)
        beyond = np.flatnonzero(np.abs(unit) >= _TRUNCATED_AT)
        while beyond.size:
            unit[beyond] = draws.standard_normal(beyond.size, _drawn_as(dtype))
            beyond = beyond[np.abs(unit[beyond]) >= _TRUNCATED_AT]
        return _scaled(unit.reshape(sizes), stddev, mean, dtype)

    def random_uniform(
        self,
        shape: Any,
        minval: Any = 0.0,
        maxval: Any = None,
        dtype: Any = None,
        nonce: int | None = None,
    ) -> Tensor:
        """[*shape]: evenly spread from `minval`, included, to `maxval`, excluded.

        Raises:
            ValueError: when an integer dtype has no bounds, or is not of 32 or 64 bits.
            InvalidArgumentError: when an integer dtype's bounds leave nothing between them.
        """
        sizes, dtype = self._prepare(shape, dtype)
        if dtype.kind == "f":
            maxval = 1 if maxval is None else maxval
            low, high = as_value(minval, dtype), as_value(maxval, dtype)
            unit = self._draws(nonce).random(sizes, _drawn_as(dtype))
            with np.errstate(all="ignore"):
                return _scaled(unit, high - low, low, dtype)
        if dtype.itemsize < np.dtype(np.int32).itemsize:
            raise ValueError(f"Random integers have 32 or 64 bits. Received: dtype={dtype.name}")
        if maxval is None:
            raise ValueError(
                f"Random integers need both bounds. Received: minval={minval}, maxval={maxval}"
            )
        low, high = as_value(minval, dtype), as_value(maxval, dtype)
        if np.any(low >= high):
            raise InvalidArgumentError(f"Need minval < maxval, got {low} >= {high}")
        return convert_to_tensor(self._draws(nonce).integers(low, high, sizes, dtype))

    def _prepare(self, shape: Any, dtype: Any) -> tuple[tuple[int, ...], np.dtype[Any]]:
        sizes, dtype = as_shape(shape), np.dtype(dtype)
        check_allocation(sizes, dtype)
        return sizes, dtype

    def _draws(self, nonce: int | None) -> np.random.Generator:
        if self._seed is None:
            source = getattr(_SEED_GENERATOR, "generator", random)
            self._seed = source.randint(1, 10**9)
        words = [_checked(self._seed), nonce or 0]
        return np.random.default_rng([word % 2**64 for word in words])


def _checked(seed: Any) -> int:
    if isinstance(seed, float):
        raise InvalidArgumentError(f"A seed must be an integer. Received: seed={seed}")
    if isinstance(seed, bool) or not hasattr(seed, "__index__") or int(seed) not in _INT64:
        raise ValueError(f"A seed must be an integer of 64 bits. Received: seed={seed!r:.80}")
    return cast(SupportsIndex, seed).__index__()


def _drawn_as(dtype: np.dtype[Any]) -> type[np.float32] | type[np.float64]:
    return np.float64 if dtype == np.float64 else np.float32


def _scaled(unit: Array, factor: Any, offset: Any, dtype: np.dtype[Any]) -> Tensor:
    """`unit * factor + offset` in `dtype`; the two may be arrays that broadcast."""
    values = unit.astype(dtype, copy=False)
    scale, shift = as_value(factor, dtype), as_value(offset, dtype)
    if scale.ndim == shift.ndim == 0:
        # In place: a weight may be nearly all that an expression is allowed.
        with np.errstate(all="ignore"):
            values *= scale
            values += shift
        return convert_to_tensor(values)
    try:
        spend_together(values, scale, shift)
        with np.errstate(all="ignore"):
            return convert_to_tensor(values * scale + shift)
    except ValueError as error:
        raise InvalidArgumentError(f"Incompatible shapes: {error}") from None
