"""TensorFlow's own initializers: `tf.zeros_initializer()(shape)`.

Custom layers often use them to create a `tf.Variable`; a layer of Keras accepts them, too.

Follows tensorflow/python/ops/init_ops_v2.py.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from densetrace.system.real_home import known_as
from densetrace.tensorflow import random
from densetrace.tensorflow.dtypes import as_dtype
from densetrace.tensorflow.operation import export
from densetrace.tensorflow.ops.creating import constant, ones, zeros

Made = TypeVar("Made", bound=type)


def _initializer(name: str) -> Callable[[Made], Made]:
    """A class decorator: the class is `tf.<name>`."""

    def decorate(cls: Made) -> Made:
        return export(name)(known_as("tensorflow.python.ops.init_ops_v2")(cls))

    return decorate


def _check_arguments(initializer: "Initializer", **kwargs: Any) -> None:
    """Check the other arguments of a call: those for a part of a larger variable.

    Raises:
        TypeError: if there are any others.
        ValueError: if the initializer cannot create a part.
    """
    unknown = kwargs.keys() - {"partition_shape", "partition_offset"}
    if unknown:
        raise TypeError(f"Unknown keyword arguments: {', '.join(sorted(unknown))}")
    if kwargs and not initializer._creates_parts:
        raise ValueError(f"{type(initializer).__name__} does not support partition_shape")


class Initializer:
    """Base class of TensorFlow's initializers: a call returns a tensor of a shape and dtype."""

    _creates_parts = True

    def __call__(self, shape: Any, dtype: Any = None, **kwargs: Any) -> Any:
        """Return a tensor of this shape."""
        raise NotImplementedError

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the constructor."""
        return {}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "Initializer":
        """Create an initializer from a config; an old one may have a dtype, which is ignored."""
        config.pop("dtype", None)
        return cls(**config)


@_initializer("zeros_initializer")
class Zeros(Initializer):
    """Zeros: f[*shape]."""

    def __call__(self, shape: Any, dtype: Any = "float32", **kwargs: Any) -> Any:
        """Return zeros; the dtype is a number's or bool."""
        _check_arguments(self, **kwargs)
        return zeros(_part(shape, kwargs), _numeric(dtype))


@_initializer("ones_initializer")
class Ones(Initializer):
    """Ones: f[*shape]."""

    def __call__(self, shape: Any, dtype: Any = "float32", **kwargs: Any) -> Any:
        """Return ones; the dtype is a number's or bool."""
        _check_arguments(self, **kwargs)
        return ones(_part(shape, kwargs), _numeric(dtype))


@_initializer("constant_initializer")
class Constant(Initializer):
    """One value in each element, or the values of a list in their order: f[*shape].

    Args:
        value: a number, a list or an array.
        support_partition: whether a part of a larger variable may be asked for.

    Raises:
        TypeError: if the value is a tensor or anything else.
    """

    def __init__(self, value: Any = 0, support_partition: bool = False) -> None:
        # An array has a dtype, as a tensor has, but it can be iterated and indexed without one.
        from numpy import generic, isscalar, ndarray

        if not (isscalar(value) or isinstance(value, list | tuple | ndarray | generic)):
            raise TypeError(
                "The value of a constant_initializer must be a number, a list or an array. "
                f"Received: {value!r} of type {type(value).__name__}"
            )
        self.value = value
        self._creates_parts = support_partition

    def __call__(self, shape: Any, dtype: Any = None, **kwargs: Any) -> Any:
        """Return the values; their dtype is that of `value` unless one is given."""
        _check_arguments(self, **kwargs)
        wanted = None if dtype is None else as_dtype(dtype)
        return constant(self.value, dtype=wanted, shape=_part(shape, kwargs))

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the constructor."""
        return {"value": self.value}


class _Random(Initializer):
    """An initializer that draws random numbers: with a seed, each call draws the same ones."""

    def __init__(self, seed: Any) -> None:
        self.seed = seed

    def _drawn(self, draw: Any, stateless: Any, shape: Any, dtype: Any, *bounds: Any) -> Any:
        if self.seed is None:
            return draw(shape, *bounds, dtype=dtype)
        return stateless(shape, (self.seed, 0), *bounds, dtype=dtype)


@_initializer("random_uniform_initializer")
class RandomUniform(_Random):
    """f[*shape] from a uniform distribution over [minval, maxval).

    Args:
        minval: the lower bound.
        maxval: the upper bound.
        seed: makes each call return the same numbers.
    """

    def __init__(self, minval: Any = -0.05, maxval: Any = 0.05, seed: Any = None) -> None:
        super().__init__(seed)
        self.minval = minval
        self.maxval = maxval

    def __call__(self, shape: Any, dtype: Any = "float32", **kwargs: Any) -> Any:
        """Return random numbers; the dtype is that of floats or integers."""
        _check_arguments(self, **kwargs)
        wanted = as_dtype(dtype)
        if not wanted.is_floating and not wanted.is_integer:
            raise ValueError(f"Expected float or integer dtype, got {wanted}.")
        bounds = self.minval, self.maxval
        sizes = _part(shape, kwargs)
        return self._drawn(random.uniform, random.stateless_uniform, sizes, wanted, *bounds)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the constructor."""
        return {"minval": self.minval, "maxval": self.maxval, "seed": self.seed}


@_initializer("random_normal_initializer")
class RandomNormal(_Random):
    """f[*shape] from a normal distribution.

    Args:
        mean: its mean.
        stddev: its standard deviation.
        seed: makes each call return the same numbers.
    """

    def __init__(self, mean: Any = 0.0, stddev: Any = 0.05, seed: Any = None) -> None:
        super().__init__(seed)
        self.mean = mean
        self.stddev = stddev

    def __call__(self, shape: Any, dtype: Any = "float32", **kwargs: Any) -> Any:
        """Return random numbers; the dtype is that of floats."""
        _check_arguments(self, **kwargs)
        wanted = as_dtype(dtype)
        if not wanted.is_floating:
            raise ValueError(f"Expected floating point type, got {wanted}.")
        moments = self.mean, self.stddev
        sizes = _part(shape, kwargs)
        return self._drawn(random.normal, random.stateless_normal, sizes, wanted, *moments)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the constructor."""
        return {"mean": self.mean, "stddev": self.stddev, "seed": self.seed}


def _part(shape: Any, kwargs: dict[str, Any]) -> Any:
    """The shape to create: that of the part, if a part of a variable is asked for."""
    return kwargs.get("partition_shape", shape)


def _numeric(dtype: Any) -> Any:
    wanted = as_dtype(dtype)
    if wanted.name == "string":
        raise ValueError(f"Expected numeric or boolean dtype, got {wanted}.")
    return wanted
