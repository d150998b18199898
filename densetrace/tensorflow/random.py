"""Random numbers: TensorFlow's distributions, drawn by NumPy's generators.

`set_seed` makes later draws repeatable. A seed gives other numbers than in TensorFlow, but the
order of a dataset that is shuffled, which `seeds_for` seeds, is that of TensorFlow.
"""

from random import Random
from typing import Any, Final

import numpy as np

from densetrace.tensorflow import allowance
from densetrace.tensorflow.convert import array_of
from densetrace.tensorflow.dtypes import DType, as_dtype, int32, of_array
from densetrace.tensorflow.errors import InvalidArgumentError
from densetrace.tensorflow.operation import (
    Index,
    Sizes,
    Spec,
    export,
    operation,
    shape_of_sizes,
)
from densetrace.tensorflow.ops.allocation import as_shape, check_allocation
from densetrace.tensorflow.ops.gradients import no_gradient
from densetrace.tensorflow.shapes import TensorShape
from densetrace.tensorflow.tensor import Array, Operators

_TRUNCATED_AT = 2.0
_DEFAULT_SEED: Final = 87654321
_LARGEST_SEED: Final = 2**31 - 1


class _Source:
    """The generator for operations without a seed."""

    def __init__(self) -> None:
        self.generator = np.random.default_rng()
        self.seed: int | None = None
        self.operation_seeds = Random()


_source = _Source()


@export("random.set_seed")
def set_seed(seed: int | None) -> None:
    """Make `tf.random` repeatable; None ends that. Keras's initializers ignore it: they draw their
    own seed unless `keras.utils.set_random_seed` was called."""
    _source.generator = np.random.default_rng(None if seed is None else abs(int(seed)))
    _source.seed = None if seed is None else int(seed)
    _source.operation_seeds = Random(_source.seed)


def is_seeded() -> bool:
    """Whether `set_seed` was called."""
    return _source.seed is not None


def seeds_for(seed: int | None) -> tuple[int, int]:
    """The two seeds of an operation: that of `set_seed` and its own, as TensorFlow picks them.

    Follows tensorflow/python/data/util/random_seed.py, get_seed. Without any seed, both are random.
    """
    if _source.seed is None and seed is None:
        drawn = np.random.default_rng().integers(1, 2**62, 2).tolist()
        return drawn[0], drawn[1]
    first = _DEFAULT_SEED if _source.seed is None else _source.seed
    second = _source.operation_seeds.randint(0, _LARGEST_SEED) if seed is None else seed
    return (0, _LARGEST_SEED) if first == second == 0 else (first, second)


def seeds_in_graph() -> tuple[int, int]:
    """The two seeds of the first operation of a graph that has no seed of its own."""
    return (*seeds_for(None)[:1], 0) if _source.seed is None else (_source.seed, 0)


def generator(seed: int | np.random.Generator | None = None) -> np.random.Generator:
    """The generator to draw from: the shared one, a new one for a seed, or the one given."""
    if isinstance(seed, np.random.Generator):
        return seed
    return _source.generator if seed is None else np.random.default_rng(abs(int(seed)))


def _drawn_as(dtype: Any) -> Any:
    return np.float64 if dtype == np.float64 else np.float32


def _shape_rule(shape: Any, *operands: Spec, dtype: Any, seed: Any) -> Any:
    return shape_of_sizes(shape), as_dtype(dtype)


def drawn_sizes(shape: Any, dtype: Any) -> tuple[int, ...]:
    if isinstance(shape, int):
        raise InvalidArgumentError(f"The shape must be a vector of sizes. Received: {shape}")
    if len(shape) and all(type(size) is bool for size in shape):
        raise InvalidArgumentError(f"The sizes of a shape must be integers. Received: {shape}")
    sizes = as_shape(shape)
    check_allocation(sizes, dtype)
    return sizes


@operation("random.normal", stateful=True, rule=_shape_rule)
def normal(
    shape: Sizes,
    mean: Index = 0.0,  # type: ignore[assignment] # converted like any operand
    stddev: Index = 1.0,  # type: ignore[assignment]
    dtype: Any = "float32",
    seed: int | None = None,
    name: Any = None,
) -> Array:
    """[*shape] from a normal distribution."""
    target = as_dtype(dtype).numpy
    unit = generator(seed).standard_normal(drawn_sizes(shape, target), _drawn_as(target))
    return np.asarray(unit * stddev + mean, target)


def _check_floating(dtype: DType) -> None:
    """Check the dtype of numbers from a normal distribution.

    Raises:
        TypeError: when it is not that of floats.
    """
    if not dtype.is_floating:
        raise TypeError(f"Normal random numbers are floats. Received: dtype={dtype.name}")


@normal.check
def _check_normal(shape: Any, mean: Any, stddev: Any, dtype: Any, seed: Any) -> None:
    _check_floating(as_dtype(dtype))


def _truncated(draws: np.random.Generator, sizes: Any, target: np.dtype[Any]) -> Array:
    """[*sizes] from the standard normal distribution, values beyond two drawn again."""
    unit: Array = draws.standard_normal(sizes, _drawn_as(target)).reshape(-1)
    beyond = np.flatnonzero(np.abs(unit) >= _TRUNCATED_AT)
    while beyond.size:
        unit[beyond] = draws.standard_normal(beyond.size, _drawn_as(target))
        beyond = beyond[np.abs(unit[beyond]) >= _TRUNCATED_AT]
    return unit.reshape(sizes)


@operation("random.truncated_normal", stateful=True, rule=_shape_rule)
def truncated_normal(
    shape: Sizes,
    mean: Index = 0.0,  # type: ignore[assignment]
    stddev: Index = 1.0,  # type: ignore[assignment]
    dtype: Any = "float32",
    seed: int | None = None,
    name: Any = None,
) -> Array:
    """[*shape] from a normal distribution, values beyond two standard deviations drawn again."""
    target = as_dtype(dtype).numpy
    unit = _truncated(generator(seed), drawn_sizes(shape, target), target)
    return np.asarray(unit * stddev + mean, target)


truncated_normal.check(_check_normal)


def _check_integers(dtype: DType, minval: Any, maxval: Any) -> None:
    """Check the bounds and the dtype of random integers, before the operation runs.

    Raises:
        ValueError: when the dtype is not one of floats, or of integers of 32 or 64 bits, or when
            integers have no upper bound.
        TypeError: when integers have a float as a bound.
    """
    if dtype.is_floating:
        return
    if not dtype.is_integer or dtype.size < int32.size:
        raise ValueError(f"Random integers have 32 or 64 bits. Received: dtype={dtype.name}")
    if maxval is None:
        raise ValueError(f"Must specify maxval for integer dtype. Received: dtype={dtype.name}")
    for bound in (minval, maxval):
        if isinstance(bound, float):
            raise TypeError(f"Cannot convert {bound} to a tensor of dtype {dtype.name}")


@operation("random.uniform", stateful=True, rule=_shape_rule)
def _uniform(
    shape: Sizes, minval: Index, maxval: Index, dtype: Any, seed: int | None, name: Any = None
) -> Array:
    """[*shape] from a uniform distribution over [minval, maxval)."""
    target = as_dtype(dtype).numpy
    sizes = drawn_sizes(shape, target)
    if target.kind == "f":
        unit = generator(seed).random(sizes, _drawn_as(target))
        return np.asarray(unit * (maxval - minval) + minval, target)
    if np.any(np.asarray(minval) >= maxval):
        raise InvalidArgumentError(f"Need minval < maxval, got {minval} >= {maxval}")
    return np.asarray(generator(seed).integers(minval, maxval, sizes), target)


@export("random.uniform")
def uniform(
    shape: Any,
    minval: Any = 0,
    maxval: Any = None,
    dtype: Any = "float32",
    seed: int | np.random.Generator | None = None,
    name: Any = None,
) -> Any:
    """[*shape] from a uniform distribution over [minval, maxval); maxval is 1 unless given.

    Raises:
        ValueError: when an integer dtype has no upper bound.
    """
    _check_integers(as_dtype(dtype), minval, maxval)
    return _uniform(shape, minval, 1 if maxval is None else maxval, dtype, seed)


@operation("random.shuffle", stateful=True)
def shuffle(value: Index, seed: int | None = None, name: Any = None) -> Array:
    """`value` with its slices along the first axis in random order: [n, ...] -> [n, ...]."""
    if not value.ndim:
        return value.copy()
    return np.asarray(generator(seed).permutation(value))


@shuffle.shape_rule
def _shuffle_rule(value: Spec, seed: Any) -> Any:
    return value.shape, value.dtype


def _draw_rule(logits: Spec, num_samples: Any, dtype: Any, seed: Any) -> Any:
    count = num_samples if isinstance(num_samples, int) else None
    return TensorShape((logits.shape[0], count)), as_dtype("int64" if dtype is None else dtype)


@operation("random.categorical", stateful=True, rule=_draw_rule)
def categorical(
    logits: Index, num_samples: Sizes, dtype: Any = None, seed: int | None = None, name: Any = None
) -> Array:
    """Classes drawn by unnormalized log-probabilities: [n, classes] -> [n, num_samples]."""
    count: Any = num_samples
    noise = generator(seed).gumbel(size=(logits.shape[0], count, logits.shape[1]))
    drawn = np.argmax(logits[:, None, :] + noise, axis=-1)
    return np.asarray(drawn, as_dtype("int64" if dtype is None else dtype).numpy)


# -- stateless -------------------------------------------------------------------------------------


def stateless_draws(seed: Any) -> np.random.Generator:
    return np.random.default_rng([int(word) % 2**64 for word in seed])


def _stateless_rule(shape: Any, *operands: Any, seed: Any, dtype: Any, **rest: Any) -> Any:
    _check_seed(seed)
    return _shape_rule(shape, dtype=dtype, seed=None)


def _check_seed(seed: Any) -> None:
    sizes = seed.shape if isinstance(seed, Operators) else np.shape(seed)
    if seed is not None and sizes != (2,):
        raise InvalidArgumentError(f"A seed has two numbers. Received: seed of shape {sizes}")


def _stateless(seed: Any) -> np.random.Generator:
    _check_seed(seed)
    return stateless_draws(seed)


def _scaled(unit: Array, factor: Any, offset: Any, dtype: np.dtype[Any]) -> Array:
    """`unit * factor + offset` in `dtype`; the two may be arrays that broadcast."""
    values = unit.astype(dtype, copy=False)
    if factor.ndim == offset.ndim == 0:
        # In place: a weight may be nearly all that an expression is allowed.
        values *= factor
        values += offset
        return values
    try:
        allowance.spend_together(values, factor, offset)
        scaled: Array = values * factor + offset
        return scaled
    except ValueError as error:
        raise InvalidArgumentError(f"Incompatible shapes: {error}") from None


def _in(value: Any, dtype: np.dtype[Any]) -> Array:
    return array_of(value, of_array(dtype))


@operation("random.stateless_normal", rule=_stateless_rule)
def stateless_normal(
    shape: Sizes,
    seed: Any,
    mean: Any = 0.0,
    stddev: Any = 1.0,
    dtype: Any = "float32",
    name: Any = None,
    alg: Any = "auto_select",
) -> Array:
    """f[*shape] from a normal distribution; the numbers depend on seed and shape only.

    The distribution is TensorFlow's; the numbers drawn are NumPy's.
    """
    target = as_dtype(dtype).numpy
    unit = _stateless(seed).standard_normal(drawn_sizes(shape, target), _drawn_as(target))
    return _scaled(unit, _in(stddev, target), _in(mean, target), target)


@operation("random.stateless_truncated_normal", rule=_stateless_rule)
def stateless_truncated_normal(
    shape: Sizes,
    seed: Any,
    mean: Any = 0.0,
    stddev: Any = 1.0,
    dtype: Any = "float32",
    name: Any = None,
    alg: Any = "auto_select",
) -> Array:
    """f[*shape] from a normal distribution, values beyond two standard deviations drawn again."""
    target = as_dtype(dtype).numpy
    unit = _truncated(_stateless(seed), drawn_sizes(shape, target), target)
    return _scaled(unit, _in(stddev, target), _in(mean, target), target)


@operation("random.stateless_uniform", rule=_stateless_rule)
def _stateless_uniform(
    shape: Sizes, seed: Any, minval: Any, maxval: Any, dtype: Any, name: Any = None
) -> Array:
    """[*shape] from a uniform distribution over [minval, maxval)."""
    target = as_dtype(dtype).numpy
    sizes = drawn_sizes(shape, target)
    low, high = _in(minval, target), _in(maxval, target)
    if target.kind == "f":
        unit = _stateless(seed).random(sizes, _drawn_as(target))
        return _scaled(unit, high - low, low, target)
    if np.any(low >= high):
        raise InvalidArgumentError(f"Need minval < maxval, got {low} >= {high}")
    return _stateless(seed).integers(low, high, sizes, target)


@export("random.stateless_uniform")
def stateless_uniform(
    shape: Any,
    seed: Any,
    minval: Any = 0,
    maxval: Any = None,
    dtype: Any = "float32",
    name: Any = None,
    alg: Any = "auto_select",
) -> Any:
    """[*shape] from a uniform distribution over [minval, maxval); maxval is 1 unless given.

    Raises:
        ValueError: when an integer dtype has no upper bound, or is not of 32 or 64 bits.
        InvalidArgumentError: when an integer dtype's bounds leave nothing between them.
    """
    _check_integers(as_dtype(dtype), minval, maxval)
    return _stateless_uniform(shape, seed, minval, 1 if maxval is None else maxval, dtype)


for _drawn in (
    normal, truncated_normal, _uniform, shuffle, categorical, stateless_normal,
    stateless_truncated_normal, _stateless_uniform,
):  # fmt: skip
    _drawn.gradient(no_gradient)
