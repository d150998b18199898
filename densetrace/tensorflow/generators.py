"""More distributions, and `tf.random.Generator`: an object that draws from a state of its own.

The distributions are TensorFlow's; the numbers drawn are NumPy's.

Follows tensorflow/python/ops/random_ops.py, stateless_random_ops.py and stateful_random_ops.py.
"""

from typing import Any, Final

import numpy as np

from densetrace.system.real_home import known_as
from densetrace.tensorflow import random
from densetrace.tensorflow.convert import convert_to_tensor
from densetrace.tensorflow.dtypes import as_dtype
from densetrace.tensorflow.errors import InvalidArgumentError
from densetrace.tensorflow.operation import Index, Sizes, Spec, export, known_sizes, operation
from densetrace.tensorflow.ops.casting import cast
from densetrace.tensorflow.ops.gradients import no_gradient
from densetrace.tensorflow.ops.math import divide
from densetrace.tensorflow.random import generator
from densetrace.tensorflow.shapes import UNKNOWN_RANK, TensorShape
from densetrace.tensorflow.tensor import Array, Tensor
from densetrace.tensorflow.variables import Variable

_WORDS: Final = 3
"""The state of a generator: two words that count, and a key."""


def _drawn_rule(shape: Any, amounts: Spec, **attributes: Any) -> Any:
    """[*shape, *shape of the amounts]."""
    sizes = known_sizes(shape)
    dtype = as_dtype(attributes["dtype"])
    if sizes is None or amounts.shape.rank is None:
        return UNKNOWN_RANK, dtype
    return TensorShape((*sizes, *amounts.shape)), dtype


def _source(seed: Any) -> np.random.Generator:
    """The generator for no seed, for one, or for the two words of a stateless operation."""
    return random.stateless_draws(seed) if isinstance(seed, tuple) else generator(seed)


@operation("random.gamma", stateful=True, rule=_drawn_rule)
def _gamma(shape: Sizes, alpha: Index, dtype: Any, seed: Any, name: Any = None) -> Array:
    """[*shape, *shape of alpha] from gamma distributions of scale 1."""
    target = as_dtype(dtype).numpy
    sizes = (*random.drawn_sizes(shape, target), *alpha.shape)
    return np.asarray(_source(seed).standard_gamma(alpha, sizes), target)


@operation("random.poisson", stateful=True, rule=_drawn_rule)
def _poisson(shape: Sizes, lam: Index, dtype: Any, seed: Any, name: Any = None) -> Array:
    """[*shape, *shape of lam] from Poisson distributions."""
    target = as_dtype(dtype).numpy
    sizes = (*random.drawn_sizes(shape, target), *lam.shape)
    return np.asarray(_source(seed).poisson(lam, sizes), target)


_gamma.gradient(no_gradient)
_poisson.gradient(no_gradient)


@export("random.gamma")
def gamma(
    shape: Any, alpha: Any, beta: Any = None, dtype: Any = "float32", seed: Any = None,
    name: Any = None,
) -> Any:  # fmt: skip
    """[*shape, *shape of alpha and beta] from gamma distributions.

    Args:
        shape: how many numbers for each distribution.
        alpha: the shapes of the distributions.
        beta: their inverse scales, 1 unless given; it broadcasts with `alpha`.
        dtype: a floating point dtype.
        seed: makes the numbers repeatable.
        name: not used.
    """
    alpha = convert_to_tensor(alpha, dtype)
    inverse = convert_to_tensor(1.0 if beta is None else beta, dtype)
    drawn = _gamma(_listed(shape), alpha + inverse * 0, dtype, seed)
    return divide(drawn, inverse)


@export("random.poisson")
def poisson(
    shape: Any, lam: Any, dtype: Any = "float32", seed: Any = None, name: Any = None
) -> Any:
    """[*shape, *shape of lam] from Poisson distributions with these means."""
    return _poisson(_listed(shape), convert_to_tensor(lam), dtype, seed)


def _listed(shape: Any) -> Any:
    return [shape] if isinstance(shape, int) else shape


# -- stateless -------------------------------------------------------------------------------------


def _words(seed: Any) -> tuple[int, ...]:
    return tuple(int(word) for word in np.asarray(seed).tolist())


def _of_whole_shape(shape: Any, amounts: Any) -> list[int]:
    """The sizes to draw: a stateless operation states those of the distributions too."""
    sizes = [int(one) for one in np.atleast_1d(np.asarray(shape)).tolist()]
    extra = len(amounts.shape)
    if not TensorShape(sizes[len(sizes) - extra :]).is_compatible_with(amounts.shape):
        raise InvalidArgumentError(
            f"Shape {sizes} must end with what the parameters broadcast to: {amounts.shape}"
        )
    return sizes[: len(sizes) - extra]


@export("random.stateless_gamma")
def stateless_gamma(
    shape: Any, seed: Any, alpha: Any, beta: Any = None, dtype: Any = "float32", name: Any = None
) -> Any:
    """[*shape] from gamma distributions: numbers that depend on the seed and the shape alone.

    Raises:
        InvalidArgumentError: when the shape does not end with that of the parameters.
    """
    alpha = convert_to_tensor(alpha, dtype)
    inverse = convert_to_tensor(1.0 if beta is None else beta, dtype)
    amounts = alpha + inverse * 0
    drawn = _gamma(_of_whole_shape(shape, amounts), amounts, dtype, _words(seed))
    drawn.set_shape(_listed(shape))
    return divide(drawn, inverse)


@export("random.stateless_poisson")
def stateless_poisson(
    shape: Any, seed: Any, lam: Any, dtype: Any = "int32", name: Any = None
) -> Any:
    """[*shape] from Poisson distributions: numbers that depend on the seed and the shape alone.

    Raises:
        InvalidArgumentError: when the shape does not end with that of the means.
    """
    amounts = convert_to_tensor(lam)
    drawn = _poisson(_of_whole_shape(shape, amounts), amounts, dtype, _words(seed))
    drawn.set_shape(_listed(shape))
    return drawn


@export("random.stateless_categorical")
def stateless_categorical(
    logits: Any, num_samples: Any, seed: Any, dtype: Any = "int64", name: Any = None
) -> Any:
    """Classes drawn by unnormalized log-probabilities, which depend on the seed alone:
    [n, classes] -> [n, num_samples]."""
    logits = convert_to_tensor(logits)
    noise = -np.log(-np.log(_uniform(seed, (logits.shape[0], int(num_samples), logits.shape[1]))))
    from densetrace.tensorflow.ops.reductions import argmax

    return argmax(logits[:, None, :] + cast(noise, logits.dtype), -1, dtype)


def _uniform(seed: Any, sizes: tuple[int, ...]) -> Array:
    """Numbers between 0 and 1, neither included."""
    least = np.finfo(np.float64).tiny
    return np.asarray(random.stateless_draws(_words(seed)).random(sizes) + least)


@export("random.split")
def split(seed: Any, num: int = 2, alg: Any = "auto_select") -> Any:
    """New seeds that depend on a seed: i32[2] -> i32[num, 2]."""
    draws = random.stateless_draws(_words(seed))
    return Tensor(draws.integers(-(2**31), 2**31, (num, 2)).astype(np.int32))


@export("random.fold_in")
def fold_in(seed: Any, data: Any, alg: Any = "auto_select") -> Any:
    """A new seed that depends on a seed and a number: i32[2]."""
    draws = random.stateless_draws((*_words(seed), int(data)))
    return Tensor(draws.integers(-(2**31), 2**31, 2).astype(np.int32))


# -- generators ------------------------------------------------------------------------------------


@export("random.Generator")
@known_as("tensorflow.python.ops.stateful_random_ops")
class Generator:
    """Draws random numbers from a state of its own, which each draw moves on.

    Args:
        copy_from: the generator whose state to copy.
        state: the state: three integers.
        alg: the algorithm, `philox` or `threefry`: its number is kept, NumPy draws.

    Raises:
        AssertionError: when neither a generator nor a state is given, or both.
    """

    def __init__(self, copy_from: Any = None, state: Any = None, alg: Any = None) -> None:
        if (copy_from is None) == (state is None):
            raise AssertionError("Give either `copy_from` or `state`.")
        if copy_from is not None:
            state, alg = copy_from.state.numpy(), copy_from.algorithm
        self._algorithm = _ALGORITHMS.get(alg, 1) if not isinstance(alg, int) else alg
        words = np.zeros(_WORDS, np.int64)
        given = np.atleast_1d(np.asarray(state, np.int64))
        words[: len(given)] = given[:_WORDS]
        self._state = Variable(words, trainable=False, name="StateVar")

    @classmethod
    def from_seed(cls, seed: int, alg: Any = None) -> "Generator":
        """A generator that a seed determines."""
        return cls(state=[0, 0, int(seed)], alg=alg)

    @classmethod
    def from_state(cls, state: Any, alg: Any) -> "Generator":
        """A generator with a state."""
        return cls(state=state, alg=alg)

    @classmethod
    def from_non_deterministic_state(cls, alg: Any = None) -> "Generator":
        """A generator that nothing determines."""
        return cls(state=np.random.default_rng().integers(0, 2**62, _WORDS), alg=alg)

    @property
    def state(self) -> Any:
        """Its state, a variable: i64[3]."""
        return self._state

    @property
    def algorithm(self) -> int:
        """The number of its algorithm."""
        return self._algorithm

    def reset_from_seed(self, seed: int) -> None:
        """Set the state that a seed determines."""
        self._state.assign(np.array([0, 0, int(seed)], np.int64))

    def skip(self, delta: int) -> Any:
        """Move the state on as if numbers had been drawn; the state before."""
        before = self._state.numpy()
        self._state.assign_add(np.array([int(delta), 0, 0], np.int64))
        return Tensor(before)

    def split(self, count: int = 1) -> list["Generator"]:
        """Generators whose states depend on this one's."""
        seeds = self._draws().integers(0, 2**62, (count, _WORDS))
        return [Generator(state=one, alg=self._algorithm) for one in seeds]

    def make_seeds(self, count: int = 1) -> Any:
        """Seeds for stateless operations: i64[2, count]."""
        return Tensor(self._draws().integers(-(2**62), 2**62, (2, count)))

    def _draws(self) -> np.random.Generator:
        """A generator of NumPy's for one draw."""
        return random.stateless_draws(self.skip(1).numpy().tolist())

    def _seed(self) -> list[int]:
        words: list[int] = self._draws().integers(0, 2**31, 2).tolist()
        return words

    def normal(
        self, shape: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = "float32",
        name: Any = None,
    ) -> Any:  # fmt: skip
        """[*shape] from a normal distribution."""
        return random.stateless_normal(shape, self._seed(), mean, stddev, dtype)

    def truncated_normal(
        self, shape: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = "float32",
        name: Any = None,
    ) -> Any:  # fmt: skip
        """[*shape] from a normal distribution without what is beyond two standard deviations."""
        return random.stateless_truncated_normal(shape, self._seed(), mean, stddev, dtype)

    def uniform(
        self, shape: Any, minval: Any = 0, maxval: Any = None, dtype: Any = "float32",
        name: Any = None,
    ) -> Any:  # fmt: skip
        """[*shape], evenly spread from `minval`, included, to `maxval` (1 unless given), excluded.

        Raises:
            ValueError: when an integer dtype has no upper bound.
        """
        return random.stateless_uniform(shape, self._seed(), minval, maxval, dtype)

    def uniform_full_int(self, shape: Any, dtype: Any = "uint64", name: Any = None) -> Any:
        """[*shape] of all numbers that an integer dtype has."""
        target = as_dtype(dtype).numpy
        limits = np.iinfo(target)
        sizes = random.drawn_sizes(shape, target)
        return Tensor(
            self._draws().integers(limits.min, limits.max, sizes, dtype=target, endpoint=True)
        )


_ALGORITHMS: Final = {"philox": 1, "threefry": 2, "auto_select": 1, None: 1}


class _Global:
    """The generator of `tf.random.get_global_generator`."""

    made: Generator | None = None


@export("random.get_global_generator")
def get_global_generator() -> Generator:
    """The common generator, made when it is first asked for."""
    if _Global.made is None:
        _Global.made = Generator.from_non_deterministic_state()
    return _Global.made


@export("random.set_global_generator")
def set_global_generator(generator: Generator) -> None:
    """Replace the common generator."""
    _Global.made = generator
