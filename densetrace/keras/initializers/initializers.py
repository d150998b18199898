"""The initializers: they create the initial values of weights.

A call takes a shape, a dtype (floatx if None) and optional keyword arguments about the part of a
weight to create: `partition_shape`, `partition_offset`, `layout`.
Follows keras 2.14 initializers/initializers.py, which also holds all initializers in one file.
"""

import math
from typing import Any, Final, Self

import densetrace.tensorflow as tf
from densetrace.keras import _random, backend
from densetrace.keras._exports import keras_export
from densetrace.keras._random import RandomGenerator
from densetrace.keras.saving import serialization_lib
from densetrace.recording.hooks import trace_methods, traced
from densetrace.recording.warn import warn
from densetrace.tensorflow.allowance import spend
from densetrace.tensorflow.dtypes import DType, as_dtype
from densetrace.tensorflow.ops.allocation import as_shape, check_allocation

_PARTITION_SHAPE: Final = "partition_shape"
_PARTITION_OFFSET: Final = "partition_offset"
_LAYOUT: Final = "layout"
_ALLOWED_INITIALIZER_KWARGS: Final = [_PARTITION_SHAPE, _PARTITION_OFFSET, _LAYOUT]

_TRUNCATED_STDDEV: Final = 0.87962566103423978
"""The standard deviation of a standard normal distribution that is cut off at -2 and 2."""


@keras_export("keras.initializers.Initializer")
class Initializer:
    """Base class of all initializers: a call takes a shape and returns a tensor.

    Follows keras 2.14 initializers/initializers.py, Initializer.
    """

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        trace_methods(cls, {"__call__": "initialize"})

    @traced("initialize")
    def __call__(self, shape: Any, dtype: Any = None, **kwargs: Any) -> Any:
        """Return a tensor of this shape and dtype.

        Raises:
            NotImplementedError: if the subclass does not define it.
        """
        raise NotImplementedError("Initializer subclasses must implement the `__call__()` method.")

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that recreate this initializer."""
        return {}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """Create an initializer from the arguments that `get_config` returned.

        The `dtype` in an old config is ignored.
        """
        config.pop("dtype", None)
        return cls(**config)

    def _partition(self, shape: Any, kwargs: dict[str, Any]) -> tuple[Any, int | None]:
        """Return the shape to draw random numbers for, and a nonce for the part of the weight."""
        offset = kwargs.get(_PARTITION_OFFSET)
        if offset is None:
            self._warn_reuse()
        return kwargs.get(_PARTITION_SHAPE, shape), hash(offset) if offset else None

    def _warn_reuse(self) -> None:
        if getattr(self, "_used", False):
            if getattr(self, "seed", None) is None:
                warn(
                    f"The initializer {self.__class__.__name__} is unseeded and being called "
                    "multiple times, which gives the same values each time. Give it a seed, or use "
                    "an initializer of its own for each weight."
                )
        else:
            self._used = True


@keras_export("keras.initializers.Zeros", "keras.initializers.zeros")
class Zeros(Initializer):
    """Creates zeros. Follows keras 2.14 initializers/initializers.py, Zeros."""

    def __call__(self, shape: Any, dtype: Any = None, **kwargs: Any) -> Any:
        """Return zeros: [*shape] of any numeric or boolean dtype.

        Raises:
            ValueError: if the dtype is string.
        """
        _validate_kwargs(self.__class__.__name__, kwargs)
        dtype = _get_dtype(dtype)
        shape = kwargs.get(_PARTITION_SHAPE, shape)
        _enter_layout(kwargs)
        return _full(0, shape, dtype)


@keras_export("keras.initializers.Ones", "keras.initializers.ones")
class Ones(Initializer):
    """Creates ones. Follows keras 2.14 initializers/initializers.py, Ones."""

    def __call__(self, shape: Any, dtype: Any = None, **kwargs: Any) -> Any:
        """Return ones: [*shape] of any numeric or boolean dtype.

        Raises:
            ValueError: if the dtype is string.
        """
        _validate_kwargs(self.__class__.__name__, kwargs)
        dtype = _get_dtype(dtype)
        shape = kwargs.get(_PARTITION_SHAPE, shape)
        _enter_layout(kwargs)
        return _full(1, shape, dtype)


@keras_export("keras.initializers.Constant", "keras.initializers.constant")
class Constant(Initializer):
    """Fills with one number, or with the elements of an array of the same size.

    Follows keras 2.14 initializers/initializers.py, Constant.
    """

    def __init__(self, value: Any = 0) -> None:
        self.value = value

    def __call__(self, shape: Any, dtype: Any = None, **kwargs: Any) -> Any:
        """Return the value as [*shape]."""
        _validate_kwargs(self.__class__.__name__, kwargs)
        dtype = _get_dtype(dtype)
        shape = kwargs.get(_PARTITION_SHAPE, shape)
        _enter_layout(kwargs)
        return tf.constant(self.value, dtype=dtype, shape=shape)

    def get_config(self) -> dict[str, Any]:
        return {"value": self.value}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """Create a Constant from the arguments that `get_config` returned; the value may be the
        config of an array."""
        config.pop("dtype", None)
        if isinstance(config.get("value"), dict):
            config["value"] = serialization_lib.deserialize_keras_object(config["value"])
        return cls(**config)


@keras_export("keras.initializers.RandomUniform", "keras.initializers.random_uniform")
class RandomUniform(Initializer):
    """Draws from a uniform distribution over [minval, maxval).

    Follows keras 2.14 initializers/initializers.py, RandomUniform.
    """

    def __init__(self, minval: Any = -0.05, maxval: Any = 0.05, seed: Any = None) -> None:
        self.minval = minval
        self.maxval = maxval
        self.seed = seed
        self._random_generator = RandomGenerator(seed)

    def __call__(self, shape: Any, dtype: Any = None, **kwargs: Any) -> Any:
        """Return random numbers: [*shape] of a floating point or integer dtype.

        Raises:
            ValueError: if the dtype is neither.
        """
        _validate_kwargs(self.__class__.__name__, kwargs)
        dtype = _get_dtype(dtype)
        if not (dtype.is_floating or dtype.is_integer):
            raise ValueError(f"The dtype must be floating point or integer. Received: {dtype.name}")
        shape, nonce = self._partition(shape, kwargs)
        _enter_layout(kwargs, random=True)
        return self._random_generator.random_uniform(shape, self.minval, self.maxval, dtype, nonce)

    def get_config(self) -> dict[str, Any]:
        return {"minval": self.minval, "maxval": self.maxval, "seed": self.seed}


@keras_export("keras.initializers.RandomNormal", "keras.initializers.random_normal")
class RandomNormal(Initializer):
    """Draws from a normal distribution.

    Follows keras 2.14 initializers/initializers.py, RandomNormal.
    """

    def __init__(self, mean: Any = 0.0, stddev: Any = 0.05, seed: Any = None) -> None:
        self.mean = mean
        self.stddev = stddev
        self.seed = seed
        self._random_generator = RandomGenerator(seed)

    def __call__(self, shape: Any, dtype: Any = None, **kwargs: Any) -> Any:
        """Return random numbers: f[*shape].

        Raises:
            ValueError: if the dtype is not floating point.
        """
        _validate_kwargs(self.__class__.__name__, kwargs)
        dtype = _assert_float_dtype(_get_dtype(dtype))
        shape, nonce = self._partition(shape, kwargs)
        _enter_layout(kwargs, random=True)
        return self._random_generator.random_normal(shape, self.mean, self.stddev, dtype, nonce)

    def get_config(self) -> dict[str, Any]:
        return {"mean": self.mean, "stddev": self.stddev, "seed": self.seed}


@keras_export("keras.initializers.TruncatedNormal", "keras.initializers.truncated_normal")
class TruncatedNormal(Initializer):
    """Draws from a normal distribution that is cut off at two standard deviations.

    Follows keras 2.14 initializers/initializers.py, TruncatedNormal.
    """

    def __init__(self, mean: Any = 0.0, stddev: Any = 0.05, seed: Any = None) -> None:
        self.mean = mean
        self.stddev = stddev
        self.seed = seed
        self._random_generator = RandomGenerator(seed)

    def __call__(self, shape: Any, dtype: Any = None, **kwargs: Any) -> Any:
        """Return random numbers: f[*shape].

        Raises:
            ValueError: if the dtype is not floating point.
        """
        _validate_kwargs(self.__class__.__name__, kwargs)
        dtype = _assert_float_dtype(_get_dtype(dtype))
        shape, nonce = self._partition(shape, kwargs)
        _enter_layout(kwargs, random=True)
        return self._random_generator.truncated_normal(shape, self.mean, self.stddev, dtype, nonce)

    def get_config(self) -> dict[str, Any]:
        return {"mean": self.mean, "stddev": self.stddev, "seed": self.seed}


@keras_export("keras.initializers.VarianceScaling", "keras.initializers.variance_scaling")
class VarianceScaling(Initializer):
    """Draws numbers of variance `scale` / fan, where the fan is the number of inputs of a unit
    (`fan_in`), the number of outputs of an input (`fan_out`), or their mean (`fan_avg`).

    Follows keras 2.14 initializers/initializers.py, VarianceScaling.

    Raises:
        ValueError: if the scale is not positive, or the mode or the distribution is unknown.
    """

    def __init__(
        self,
        scale: Any = 1.0,
        mode: str = "fan_in",
        distribution: str = "truncated_normal",
        seed: Any = None,
    ) -> None:
        if scale <= 0.0:
            raise ValueError(f"`scale` must be positive. Received: scale={scale}.")
        allowed_modes = {"fan_in", "fan_out", "fan_avg"}
        if mode not in allowed_modes:
            raise ValueError(
                f"`mode` must be one of {sorted(allowed_modes)}. Received: mode={mode!r:.80}"
            )
        distribution = distribution.lower()
        # An old name, from before Keras had an untruncated distribution.
        if distribution == "normal":
            distribution = "truncated_normal"
        allowed_distributions = {"uniform", "truncated_normal", "untruncated_normal"}
        if distribution not in allowed_distributions:
            raise ValueError(
                f"`distribution` must be one of {sorted(allowed_distributions)}. "
                f"Received: distribution={distribution!r:.80}"
            )
        self.scale = scale
        self.mode = mode
        self.distribution = distribution
        self.seed = seed
        self._random_generator = RandomGenerator(seed)

    def __call__(self, shape: Any, dtype: Any = None, **kwargs: Any) -> Any:
        """Return random numbers: f[*shape].

        Raises:
            ValueError: if the dtype is not floating point.
        """
        _validate_kwargs(self.__class__.__name__, kwargs)
        dtype = _assert_float_dtype(_get_dtype(dtype))
        shape, nonce = self._partition(shape, kwargs)
        _enter_layout(kwargs, random=True)
        return self._generate_init_val(shape, dtype, nonce)

    def _generate_init_val(self, shape: Any, dtype: DType, nonce: int | None) -> Any:
        fan_in, fan_out = _compute_fans(shape)
        fans = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}
        variance = self.scale / max(1.0, fans[self.mode])
        draws = self._random_generator
        if self.distribution == "truncated_normal":
            # Cutting off the tails lowers the standard deviation; this makes up for it.
            stddev = math.sqrt(variance) / _TRUNCATED_STDDEV
            return draws.truncated_normal(shape, 0.0, stddev, dtype, nonce)
        if self.distribution == "untruncated_normal":
            return draws.random_normal(shape, 0.0, math.sqrt(variance), dtype, nonce)
        limit = math.sqrt(3.0 * variance)
        return draws.random_uniform(shape, -limit, limit, dtype, nonce)

    def get_config(self) -> dict[str, Any]:
        return {
            "scale": self.scale,
            "mode": self.mode,
            "distribution": self.distribution,
            "seed": self.seed,
        }


@keras_export("keras.initializers.Orthogonal", "keras.initializers.orthogonal")
class Orthogonal(Initializer):
    """Creates `gain` times a matrix with orthonormal rows or columns, whichever are fewer. All
    dimensions but the last are flattened into rows.

    Follows keras 2.14 initializers/initializers.py, Orthogonal.
    """

    def __init__(self, gain: Any = 1.0, seed: Any = None) -> None:
        self.gain = gain
        self.seed = seed
        self._random_generator = RandomGenerator(seed)

    def __call__(self, shape: Any, dtype: Any = None, **kwargs: Any) -> Any:
        """Return f[*shape], of rank 2 or more.

        Raises:
            ValueError: if the rank is lower, or the dtype is not floating point.
        """
        _validate_kwargs(self.__class__.__name__, kwargs, support_partition=False)
        dtype = _assert_float_dtype(_get_dtype(dtype))
        if len(shape) < 2:
            raise ValueError(
                "The tensor to initialize must be at least two-dimensional. "
                f"Received: shape={shape} of rank {len(shape)}."
            )
        self._warn_reuse()
        _enter_layout(kwargs, random=True)
        return self._generate_init_val(shape, dtype)

    def _generate_init_val(self, shape: Any, dtype: DType) -> Any:
        num_rows = math.prod(as_shape(shape)[:-1])
        num_cols = shape[-1]
        flat_shape = (max(num_cols, num_rows), min(num_cols, num_rows))
        # The factorization allocates its input and two results, all in double precision.
        check_allocation(flat_shape, dtype, copies=4)
        elements = num_rows * num_cols
        # A factorization costs about four products of this size, and allocates four matrices.
        spend(4 * elements, dtype.numpy, products=4 * elements * min(flat_shape))
        a = self._random_generator.random_normal(flat_shape, dtype=dtype)
        q, r = tf.linalg.qr(a, full_matrices=False)
        # The signs make the distribution over orthogonal matrices uniform.
        q *= tf.sign(tf.linalg.diag_part(r))
        if num_rows < num_cols:
            q = tf.linalg.matrix_transpose(q)
        return self.gain * tf.reshape(q, shape)

    def get_config(self) -> dict[str, Any]:
        return {"gain": self.gain, "seed": self.seed}


@keras_export("keras.initializers.Identity", "keras.initializers.identity")
class Identity(Initializer):
    """Creates a matrix with `gain` on its diagonal and zero elsewhere.

    Follows keras 2.14 initializers/initializers.py, Identity.
    """

    def __init__(self, gain: Any = 1.0) -> None:
        self.gain = gain

    def __call__(self, shape: Any, dtype: Any = None, **kwargs: Any) -> Any:
        """Return f[rows, columns].

        Raises:
            ValueError: if the shape does not have two sizes, or the dtype is not floating point.
        """
        _validate_kwargs(self.__class__.__name__, kwargs, support_partition=False)
        dtype = _assert_float_dtype(_get_dtype(dtype))
        if len(shape) != 2:
            raise ValueError(
                "The identity is a matrix: its shape has two sizes. "
                f"Received: shape={shape} of rank {len(shape)}."
            )
        _enter_layout(kwargs)
        return self._generate_init_val(shape, dtype)

    def _generate_init_val(self, shape: Any, dtype: DType) -> Any:
        rows, columns = as_shape(shape)
        check_allocation(shape, dtype)
        return self.gain * tf.eye(rows, columns, dtype=dtype)

    def get_config(self) -> dict[str, Any]:
        return {"gain": self.gain}


@keras_export("keras.initializers.GlorotUniform", "keras.initializers.glorot_uniform")
class GlorotUniform(VarianceScaling):
    """Draws uniformly from [-limit, limit), limit = sqrt(6 / (fan_in + fan_out)). Dense's default.

    Follows keras 2.14 initializers/initializers.py, GlorotUniform.
    """

    def __init__(self, seed: Any = None) -> None:
        super().__init__(scale=1.0, mode="fan_avg", distribution="uniform", seed=seed)

    def get_config(self) -> dict[str, Any]:
        return {"seed": self.seed}


@keras_export("keras.initializers.GlorotNormal", "keras.initializers.glorot_normal")
class GlorotNormal(VarianceScaling):
    """Draws from a truncated normal distribution of variance 2 / (fan_in + fan_out).

    Follows keras 2.14 initializers/initializers.py, GlorotNormal.
    """

    def __init__(self, seed: Any = None) -> None:
        super().__init__(scale=1.0, mode="fan_avg", distribution="truncated_normal", seed=seed)

    def get_config(self) -> dict[str, Any]:
        return {"seed": self.seed}


@keras_export("keras.initializers.LecunNormal", "keras.initializers.lecun_normal")
class LecunNormal(VarianceScaling):
    """Draws from a truncated normal distribution of variance 1 / fan_in.

    Follows keras 2.14 initializers/initializers.py, LecunNormal.
    """

    def __init__(self, seed: Any = None) -> None:
        super().__init__(scale=1.0, mode="fan_in", distribution="truncated_normal", seed=seed)

    def get_config(self) -> dict[str, Any]:
        return {"seed": self.seed}


@keras_export("keras.initializers.LecunUniform", "keras.initializers.lecun_uniform")
class LecunUniform(VarianceScaling):
    """Draws uniformly from [-limit, limit), limit = sqrt(3 / fan_in).

    Follows keras 2.14 initializers/initializers.py, LecunUniform.
    """

    def __init__(self, seed: Any = None) -> None:
        super().__init__(scale=1.0, mode="fan_in", distribution="uniform", seed=seed)

    def get_config(self) -> dict[str, Any]:
        return {"seed": self.seed}


@keras_export("keras.initializers.HeNormal", "keras.initializers.he_normal")
class HeNormal(VarianceScaling):
    """Draws from a truncated normal distribution of variance 2 / fan_in.

    Follows keras 2.14 initializers/initializers.py, HeNormal.
    """

    def __init__(self, seed: Any = None) -> None:
        super().__init__(scale=2.0, mode="fan_in", distribution="truncated_normal", seed=seed)

    def get_config(self) -> dict[str, Any]:
        return {"seed": self.seed}


@keras_export("keras.initializers.HeUniform", "keras.initializers.he_uniform")
class HeUniform(VarianceScaling):
    """Draws uniformly from [-limit, limit), limit = sqrt(6 / fan_in).

    Follows keras 2.14 initializers/initializers.py, HeUniform.
    """

    def __init__(self, seed: Any = None) -> None:
        super().__init__(scale=2.0, mode="fan_in", distribution="uniform", seed=seed)

    def get_config(self) -> dict[str, Any]:
        return {"seed": self.seed}


def _get_dtype(dtype: Any) -> DType:
    return as_dtype(backend.floatx() if dtype is None else dtype)


def _assert_float_dtype(dtype: DType) -> DType:
    if not dtype.is_floating:
        raise ValueError(f"The dtype must be floating point. Received: dtype={dtype.name}")
    return dtype


def _full(value: int, shape: Any, dtype: DType) -> Any:
    if dtype is tf.string:
        raise ValueError(f"The dtype must be numeric or boolean. Received: dtype={dtype.name}")
    return (tf.ones if value else tf.zeros)(as_shape(shape), dtype)


def _compute_fans(shape: Any) -> tuple[int, int]:
    """Return (fan_in, fan_out) of a weight of this shape: inputs per unit, outputs per input.

    Follows keras 2.14 initializers/initializers.py, _compute_fans.
    """
    if len(shape) < 1:
        fan_in = fan_out = 1
    elif len(shape) == 1:
        fan_in = fan_out = shape[0]
    else:
        # A convolution kernel: [*window, input channels, output channels].
        receptive_field_size = 1
        for size in shape[:-2]:
            receptive_field_size *= size
        fan_in = shape[-2] * receptive_field_size
        fan_out = shape[-1] * receptive_field_size
    return int(fan_in), int(fan_out)


def _validate_kwargs(cls_name: str, kwargs: dict[str, Any], support_partition: bool = True) -> None:
    invalid = [name for name in kwargs if name not in _ALLOWED_INITIALIZER_KWARGS]
    if invalid:
        raise TypeError(
            f"Unknown keyword arguments: {invalid}. The keyword arguments of an initializer are "
            f"{_ALLOWED_INITIALIZER_KWARGS}."
        )
    if not support_partition and (_PARTITION_SHAPE in kwargs or _PARTITION_OFFSET in kwargs):
        raise ValueError(f"{cls_name} initializer doesn't support partition-related arguments.")


def _enter_layout(kwargs: dict[str, Any], *, random: bool = False) -> None:
    """Check the `layout` among the keyword arguments, if any: it must have a mesh.

    Follows keras 2.14 dtensor/utils.py, call_with_layout, and initializers/initializers.py,
    _ensure_keras_seeded.

    Raises:
        ValueError: if `random` is set and this thread has not called `set_random_seed`.
        AttributeError: if the layout has no mesh.
    """
    # DEPARTS: Keras shards the tensor over the devices of the layout's mesh. Here there is one
    # device: a layout must have a mesh, as in Keras, and nothing is sharded.
    layout = kwargs.get(_LAYOUT)
    if not layout:
        return
    if random and not _random.is_seeded():
        raise ValueError(
            "Random numbers in a layout need a global seed: call "
            "`keras.utils.set_random_seed()` first."
        )
    layout.mesh  # noqa: B018 - Keras enters the mesh
