"""Object names, name scopes, and Keras's own versions of TensorFlow functions.

Follows keras 2.14 backend.py.
"""

import builtins
import functools
import operator
import re
import sys
import weakref
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any, Final

import numpy as np

import densetrace.tensorflow as tf
from densetrace.keras import backend_config
from densetrace.keras._dispatch import add_dispatch_support, traced_with_dispatch
from densetrace.keras._random import drawn_seed
from densetrace.keras.engine.keras_tensor import KerasTensor
from densetrace.recording.hooks import traced
from densetrace.recording.warn import warn
from densetrace.tensorflow.convert import quiet
from densetrace.tensorflow.dtypes import as_dtype
from densetrace.tensorflow.nest import flatten as flatten_leaves
from densetrace.tensorflow.nest import is_nested, map_structure, pack_like
from densetrace.tensorflow.symbolic import (
    Graph,
    GraphTensor,
    Symbol,
    current_graph,
    graph_being_built,
    name_prefix,
)
from densetrace.tensorflow.tensor import Operators, Tensor
from densetrace.tensorflow.variables import Variable

_uid_map: Final[defaultdict[Any, int]] = defaultdict(int)
"""The uses of each name: keys are (namespace, name) for objects and a prefix for `get_uid`."""
_observed_names: Final[set[str]] = set()

_DUMMY_EAGER_GRAPH: Final = Graph("eager")
"""The key of values that were computed eagerly."""

_FIRST_SCOPE: Final = re.compile(r"[A-Za-z0-9.][A-Za-z0-9_.\\/>-]*")
_INNER_SCOPE: Final = re.compile(r"[A-Za-z0-9_.\\/>-]*")

epsilon = backend_config.epsilon
floatx = backend_config.floatx
set_epsilon = backend_config.set_epsilon
set_floatx = backend_config.set_floatx
image_data_format = backend_config.image_data_format
set_image_data_format = backend_config.set_image_data_format


def backend() -> str:
    """Return the backend's name. Follows keras 2.14 backend.py, backend."""
    return "tensorflow"


@add_dispatch_support
def cast_to_floatx(x: Any) -> Any:
    """Convert `x` to the default float type: a tensor to a tensor, other values to an array.

    Follows keras 2.14 backend.py, cast_to_floatx.
    """
    if isinstance(x, tf.Tensor | tf.Variable):
        return tf.cast(x, floatx())
    return quiet(x, as_dtype(floatx()).numpy)


def get_uid(prefix: str = "") -> int:
    """Return the next number for a prefix, starting from 1.

    Follows keras 2.14 backend.py, get_uid.
    """
    _uid_map[prefix] += 1
    return _uid_map[prefix]


@traced("reset_names")
def reset_uids() -> None:
    """Reset the counters of names: the next Dense is named `dense` again.

    Follows keras 2.14 backend.py, reset_uids.
    """
    _uid_map.clear()
    _observed_names.clear()


@traced("reset_names")
def clear_session() -> None:
    """Reset the counters of names and the learning phase, as Keras does when it frees its graph.

    Follows keras 2.14 backend.py, clear_session.
    """
    reset_uids()
    _LEARNING_PHASE.clear()


def current_name_scope() -> str:
    """Return the current name scope, without the trailing slash."""
    return name_prefix.get().removesuffix("/")


def manual_variable_initialization(value: bool) -> None:
    """Do nothing: in Keras it concerns graphs whose variables a session sets.

    Follows keras 2.14 backend.py, manual_variable_initialization.
    """


_LEARNING_PHASE: Final[dict[str, int]] = {}
"""The training mode that `set_learning_phase` set; empty if it was not called."""

_USE_TRAINING: Final = "Pass `training` when you call your layer or model: {} is deprecated."


def learning_phase() -> int:
    """Return the training mode of a call that none is given to: 0, inference, unless it is set.

    Follows keras 2.14 backend.py, learning_phase.
    """
    return _LEARNING_PHASE.get("value", 0)


def global_learning_phase_is_set() -> bool:
    """Return whether `set_learning_phase` was called.

    Follows keras 2.14 backend.py, global_learning_phase_is_set.
    """
    return "value" in _LEARNING_PHASE


def set_learning_phase(value: int) -> None:
    """Set the training mode of all calls that none is given to: 0, inference, or 1, training.

    Follows keras 2.14 backend.py, set_learning_phase.

    Raises:
        ValueError: for another value.
    """
    warn(_USE_TRAINING.format("set_learning_phase"))
    deprecated_internal_set_learning_phase(value)


def deprecated_internal_set_learning_phase(value: int) -> None:
    """Set the training mode without a warning.

    Follows keras 2.14 backend.py, deprecated_internal_set_learning_phase.

    Raises:
        ValueError: if it is neither 0 nor 1.
    """
    if value not in {0, 1}:
        raise ValueError(f"The learning phase must be 0 or 1. Received: {value!r}")
    _LEARNING_PHASE["value"] = value


@contextmanager
def learning_phase_scope(value: int) -> Iterator[None]:
    """Set the training mode for the length of a `with` block.

    Follows keras 2.14 backend.py, learning_phase_scope.
    """
    warn(_USE_TRAINING.format("learning_phase_scope"))
    before = dict(_LEARNING_PHASE)
    deprecated_internal_set_learning_phase(value)
    try:
        yield
    finally:
        _LEARNING_PHASE.clear()
        _LEARNING_PHASE.update(before)


def _has_nchw_support() -> bool:
    """Whether TensorFlow convolves with the channels first. It does so on a GPU; this is none."""
    return False


def _constant_to_tensor(x: Any, dtype: Any) -> Any:
    """Convert a number to a tensor. Follows keras 2.14 backend.py, _constant_to_tensor."""
    return tf.constant(x, dtype=dtype)


def _to_tensor(x: Any, dtype: Any) -> Any:
    """Follows keras 2.14 backend.py, _to_tensor."""
    return tf.convert_to_tensor(x, dtype=dtype)


def is_sparse(tensor: Any) -> bool:
    """Return False: no tensor here is sparse. Follows keras 2.14 backend.py, is_sparse."""
    return False


@add_dispatch_support
def to_dense(tensor: Any) -> Any:
    """Return the tensor: all tensors here are dense. Follows keras 2.14 backend.py, to_dense."""
    return tensor


@contextmanager
def name_scope(name: Any, *, symbolic: bool = False) -> Iterator[None]:
    """Add `name` to the name scope: variables created inside are named `outer/name/...`.

    With `symbolic`, check the name: TensorFlow only does so while it builds a graph.

    Raises:
        ValueError: if a symbolic scope's name contains a character that graphs do not allow.
    """
    # DEPARTS: TensorFlow refuses a name that is not a string when the scope opens. Here it only
    # refuses a layer, which a model gets as its name if the brackets around its layers are missing.
    if not isinstance(name, str) and isinstance(name, tf.Module):
        raise ValueError("name for name_scope must be a string.")
    outer = name_prefix.get()
    allowed = _INNER_SCOPE if outer else _FIRST_SCOPE
    if symbolic and name and not allowed.fullmatch(name):
        raise ValueError(
            f"A scope name must match the pattern ^{allowed.pattern}$. Received: {name!r}"
        )
    token = name_prefix.set(f"{outer}{name}/" if name else outer)
    graph = current_graph()
    try:
        with nullcontext() if graph is None else graph.named(name, is_unique=False):
            yield
    finally:
        name_prefix.reset(token)


@contextmanager
def outermost_name_scope() -> Iterator[None]:
    """Leave all name scopes during a `with` block.

    `tf.init_scope` does so if a graph is built inside it.
    """
    token = name_prefix.set("")
    try:
        yield
    finally:
        name_prefix.reset(token)


def variable(value: Any, dtype: Any = None, name: str | None = None, constraint: Any = None) -> Any:
    """Create a variable with this value; its dtype is the default float type if None.

    Follows keras 2.14 backend.py, variable.
    """
    target = as_dtype(dtype or floatx())
    return Variable(value, dtype=target, name=name, constraint=constraint)


def observe_object_name(name: str) -> None:
    """Record a name that a user chose, so that `unique_object_name` can avoid it."""
    _observed_names.add(name)


def _default_uid_map() -> dict[Any, int]:
    """Return the counters of names: each graph under construction has its own.

    Follows keras 2.14 backend.py, get_default_graph_uid_map.
    """
    graph = graph_being_built()
    return _uid_map if graph is None else graph.object_names


@traced("name")
def unique_object_name(
    name: str,
    name_uid_map: dict[Any, int] | None = None,
    avoid_names: set[str] | None = None,
    namespace: str = "",
    zero_based: bool = False,
    avoid_observed_names: bool = False,
) -> str:
    """Return a name that no other object of this session has.

    The names are `dense`, `dense_1`, `dense_2` if zero-based, or else `dense_1`, `dense_2`.

    Follows keras 2.14 backend.py, unique_object_name.
    """
    counts = _default_uid_map() if name_uid_map is None else name_uid_map
    avoid = avoid_names or (_observed_names if avoid_observed_names else set())
    while True:
        number = counts.get((namespace, name), 0)
        counts[namespace, name] = number + 1
        if zero_based:
            proposed = f"{name}_{number}" if number else name
        else:
            proposed = f"{name}_{number + 1}"
        if proposed not in avoid:
            return proposed


@add_dispatch_support
def constant(value: Any, dtype: Any = None, shape: Any = None, name: str | None = None) -> Any:
    """Create a constant tensor; its dtype is the default float type if None.

    Follows keras 2.14 backend.py, constant.
    """
    return tf.constant(value, dtype=dtype or floatx(), shape=shape, name=name)


def is_keras_tensor(x: Any) -> bool:
    """Return whether a tensor is symbolic and the output of a layer or of `Input`.

    Follows keras 2.14 backend.py, is_keras_tensor.

    Raises:
        ValueError: if `x` is not a tensor.
    """
    if not isinstance(x, Operators):
        raise ValueError(
            f"Unexpectedly found an instance of type `{type(x)}`. "
            "Expected a symbolic tensor instance."
        )
    return hasattr(x, "_keras_history")


def placeholder(
    shape: Any = None,
    ndim: int | None = None,
    dtype: Any = None,
    sparse: bool = False,
    name: str | None = None,
    ragged: bool = False,
) -> KerasTensor:
    """Create a symbolic tensor of this shape, or with `ndim` axes of unknown size.

    Follows keras 2.14 backend.py, placeholder.
    """
    sizes = [None] * ndim if shape is None and ndim is not None else shape
    return KerasTensor(sizes, as_dtype(dtype or floatx()), name, name)


@add_dispatch_support
def shape(x: Any) -> Any:
    """Return the shape of a tensor, as a tensor. Follows keras 2.14 backend.py, shape."""
    return tf.shape(x)


def int_shape(x: Any) -> tuple[int | None, ...] | None:
    """Return the shape of a tensor or variable as a tuple; None if the rank is unknown.

    Follows keras 2.14 backend.py, int_shape.
    """
    try:
        return tuple(x.shape)
    except ValueError:
        return None


def ndim(x: Any) -> int | None:
    """Return the rank of a tensor. Follows keras 2.14 backend.py, ndim."""
    rank: int | None = x.shape.rank
    return rank


@add_dispatch_support
def dtype(x: Any) -> str:
    """Return the name of a tensor's dtype. Follows keras 2.14 backend.py, dtype."""
    name: str = x.dtype.base_dtype.name
    return name


def eval(x: Any) -> Any:
    """Return the array of a tensor or variable. Follows keras 2.14 backend.py, eval."""
    return get_value(x)


def zeros(shape: Any, dtype: Any = None, name: str | None = None) -> Any:
    """Create a variable of zeros; a tensor if a size is 0.

    Follows keras 2.14 backend.py, zeros.
    """
    with tf.init_scope():
        made = tf.zeros(shape=shape, dtype=dtype or floatx(), name=name)
        whole = builtins.all(made.shape.as_list())
        return variable(made, dtype=dtype, name=name) if whole else made


@add_dispatch_support
def ones(shape: Any, dtype: Any = None, name: str | None = None) -> Any:
    """Create a variable of ones; a tensor if a size is 0.

    Follows keras 2.14 backend.py, ones.
    """
    with tf.init_scope():
        made = tf.ones(shape=shape, dtype=dtype or floatx(), name=name)
        whole = builtins.all(made.shape.as_list())
        return variable(made, dtype=dtype, name=name) if whole else made


@add_dispatch_support
def eye(size: Any, dtype: Any = None, name: str | None = None) -> Any:
    """Create a variable with an identity matrix. Follows keras 2.14 backend.py, eye."""
    return variable(tf.eye(size, dtype=dtype or floatx()), dtype, name)


def zeros_like(x: Any, dtype: Any = None, name: str | None = None) -> Any:
    """Return zeros in the shape of `x`. Follows keras 2.14 backend.py, zeros_like."""
    return tf.zeros_like(x, dtype=dtype, name=name)


@add_dispatch_support
def ones_like(x: Any, dtype: Any = None, name: str | None = None) -> Any:
    """Return ones in the shape of `x`. Follows keras 2.14 backend.py, ones_like."""
    return tf.ones_like(x, dtype=dtype, name=name)


def identity(x: Any, name: str | None = None) -> Any:
    """Return a copy of a tensor. Follows keras 2.14 backend.py, identity."""
    return tf.identity(x, name=name)


class RandomGenerator:
    """Draws the random numbers of a layer: each draw returns new ones, which the seed determines.

    Follows keras 2.14 backend.py, RandomGenerator, of `rng_type="stateful"`; the stateless one of
    initializers is in `_random.py`.
    """

    # DEPARTS: In Keras the numbers are TensorFlow's. Here they are NumPy's: the same distributions,
    # different draws.

    def __init__(self, seed: Any = None) -> None:
        self._seed = seed
        self._generator: np.random.Generator | None = None

    def _maybe_init(self) -> None:
        """Draw a seed if there is none. A given one is first used, and checked, by a draw."""
        if self._generator is None and self._seed is None:
            self._generator = np.random.default_rng(drawn_seed())

    def _draws(self) -> np.random.Generator:
        self._maybe_init()
        if self._generator is None:
            self._generator = np.random.default_rng(builtins.abs(operator.index(self._seed)))
        return self._generator

    def random_normal(
        self, shape: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = None
    ) -> Any:
        """Return f[*shape] from a normal distribution with this mean and standard deviation."""
        return tf.random.normal(shape, mean, stddev, dtype or floatx(), self._draws())

    def random_uniform(
        self, shape: Any, minval: Any = 0.0, maxval: Any = None, dtype: Any = None
    ) -> Any:
        """Return [*shape] from a uniform distribution over [minval, maxval)."""
        return tf.random.uniform(shape, minval, maxval, dtype or floatx(), self._draws())

    def truncated_normal(
        self, shape: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = None
    ) -> Any:
        """Return f[*shape] from a normal distribution cut off at two standard deviations."""
        generator = self._draws()
        return tf.random.truncated_normal(shape, mean, stddev, dtype or floatx(), generator)

    def dropout(self, inputs: Any, rate: Any, noise_shape: Any = None) -> Any:
        """Return `inputs` with a part of its elements set to 0, the others scaled up.

        Raises:
            ValueError: if the rate is not in [0, 1).
        """
        return tf.nn.dropout(inputs, rate, noise_shape, self._draws())


def _seed_or_drawn(seed: Any, limit: int) -> int:
    """Return the seed, or draw one from NumPy's global generator if it is None, as in Keras."""
    return int(np.random.randint(limit)) if seed is None else seed


def random_uniform_variable(
    shape: Any,
    low: float,
    high: float,
    dtype: Any = None,
    name: str | None = None,
    seed: Any = None,
) -> Any:
    """Create a variable of uniformly distributed numbers.

    Follows keras 2.14 backend.py, random_uniform_variable.
    """
    made = tf.random.uniform(shape, low, high, dtype or floatx(), _seed_or_drawn(seed, 10**9))
    return variable(made, dtype=dtype, name=name)


def random_normal_variable(
    shape: Any,
    mean: float,
    scale: float,
    dtype: Any = None,
    name: str | None = None,
    seed: Any = None,
) -> Any:
    """Create a variable of normally distributed numbers.

    Follows keras 2.14 backend.py, random_normal_variable.
    """
    made = tf.random.normal(shape, mean, scale, dtype or floatx(), _seed_or_drawn(seed, 10**9))
    return variable(made, dtype=dtype, name=name)


def count_params(x: Any) -> Any:
    """Return the number of elements. Follows keras 2.14 backend.py, count_params."""
    return np.prod(x.shape.as_list())


@add_dispatch_support
def cast(x: Any, dtype: Any) -> Any:
    """Cast `x` to another dtype. Follows keras 2.14 backend.py, cast."""
    return tf.cast(x, dtype)


def update(x: Variable, new_x: Any) -> Any:
    """Assign to a variable. Follows keras 2.14 backend.py, update."""
    return x.assign(new_x)


def update_add(x: Variable, increment: Any) -> Any:
    """Add to a variable. Follows keras 2.14 backend.py, update_add."""
    return x.assign_add(increment)


def update_sub(x: Variable, decrement: Any) -> Any:
    """Subtract from a variable. Follows keras 2.14 backend.py, update_sub."""
    return x.assign_sub(decrement)


def moving_average_update(x: Variable, value: Any, momentum: Any) -> Any:
    """Move a variable towards a value. Follows keras 2.14 backend.py, moving_average_update."""
    momentum = tf.cast(momentum, x.dtype)
    value = tf.cast(value, x.dtype)
    return x.assign_sub((x - value) * (1 - momentum))


# -- linear algebra --------------------------------------------------------------------------------


@add_dispatch_support
def dot(x: Any, y: Any) -> Any:
    """Multiply two tensors along the last axis of `x` and the second-to-last axis of `y`.

    Follows keras 2.14 backend.py, dot.
    """
    if ndim(x) is None or (ndim(x) <= 2 and ndim(y) <= 2):  # type: ignore[operator] # known ranks
        return tf.matmul(x, y)
    # Both become matrices: the common axis is the last of x and the first of y.
    sizes_x, sizes_y = _sizes(x), _sizes(y)
    rank_y = len(sizes_y)
    order = [rank_y - 2, *range(rank_y - 2), rank_y - 1]
    left = tf.reshape(x, [-1, sizes_x[-1]])
    right = tf.reshape(tf.transpose(y, perm=order), [sizes_y[-2], -1])
    return tf.reshape(tf.matmul(left, right), sizes_x[:-1] + sizes_y[:-2] + sizes_y[-1:])


def _sizes(x: Any) -> tuple[Any, ...]:
    """Return the sizes of a tensor: an int if known, or else a tensor."""
    known: Any = int_shape(x)
    found = zip(known, tf.unstack(tf.shape(x)), strict=True)
    return tuple(tensor if size is None else size for size, tensor in found)


def _batch_axes(axes: Any, rank_x: int, rank_y: int) -> list[int]:
    if axes is None:
        return [rank_x - 1, rank_y - 1 if rank_y == 2 else rank_y - 2]
    listed = [axes, axes] if isinstance(axes, int) else list(axes)
    if builtins.any(isinstance(one, list | tuple) for one in listed):
        raise ValueError(
            "Multiple target dimensions are not supported. Expected: None, int, (int, int), "
            f"Provided: {axes}"
        )
    found = [at + rank if at < 0 else at for at, rank in zip(listed, (rank_x, rank_y), strict=True)]
    if 0 in found:
        raise ValueError(
            "Cannot perform batch_dot over axis 0. If your inputs are not batched, add a dummy "
            "batch dimension to your inputs using K.expand_dims(x, 0)"
        )
    return found


def _axis_moved(x: Any, axis: int, to: int) -> Any:
    """Return `x` with one axis at another place, and the others in their order."""
    if axis == to:
        return x
    order = [at for at in range(len(x.shape)) if at != axis]
    order.insert(to, axis)
    return tf.transpose(x, order)


@add_dispatch_support
def batch_dot(x: Any, y: Any, axes: Any = None) -> Any:
    """Multiply two tensors along one axis of each, separately for each example of the batch:
    [n, ..., k, ...] by [n, ..., k, ...] -> [n, ...].

    Args:
        x: the first operand, with a rank of at least 2.
        y: the second operand, with a rank of at least 2.
        axes: one axis for both operands, or a pair; if None, the last axis of `x` and the
            second-to-last of `y` (the last if `y` has rank 2).

    Follows keras 2.14 backend.py, batch_dot.

    Raises:
        ValueError: if the shapes or the axes do not fit.
    """
    shapes = int_shape(x), int_shape(y)
    if builtins.any(one is None or len(one) < 2 for one in shapes):
        raise ValueError(
            "Cannot do batch_dot on inputs with rank < 2. Received inputs with shapes "
            f"{shapes[0]} and {shapes[1]}."
        )
    of_x, of_y = (list(one or ()) for one in shapes)
    if None not in (of_x[0], of_y[0]) and of_x[0] != of_y[0]:
        raise ValueError(
            "Cannot do batch_dot on inputs with different batch sizes. Received inputs with shapes "
            f"{shapes[0]} and {shapes[1]}."
        )
    along = _batch_axes(axes, len(of_x), len(of_y))
    sizes = of_x[along[0]], of_y[along[1]]
    if None not in sizes and sizes[0] != sizes[1]:
        raise ValueError(
            f"Cannot do batch_dot on inputs with shapes {shapes[0]} and {shapes[1]} with "
            f"axes={along}. x.shape[{along[0]}] != y.shape[{along[1]}] ({sizes[0]} != {sizes[1]})."
        )
    axis_x, axis_y = along
    if len(of_x) == 2:
        x, axis_x = tf.expand_dims(x, 1), axis_x + 1
    if len(of_y) == 2:
        y = tf.expand_dims(y, 2)
    x, y = _axis_moved(x, axis_x, len(x.shape) - 1), _axis_moved(y, axis_y, 1)
    # Of more than three axes, those of x between the batch and the last become one, and those of y
    # after the second.
    middle = after = None
    if len(x.shape) > 3:
        sizes = shape(x)
        middle = sizes[1:-1]
        x = tf.reshape(x, tf.stack([sizes[0], -1, sizes[-1]]))
    if len(y.shape) > 3:
        sizes = shape(y)
        after = sizes[2:]
        y = tf.reshape(y, tf.stack([sizes[0], sizes[1], -1]))
    result = tf.matmul(x, y)
    wanted = tf.shape(result)
    if middle is not None:
        wanted = tf.concat([wanted[:1], middle, wanted[-1:]], 0)
    if after is not None:
        wanted = tf.concat([wanted[:-1], after], 0)
    if middle is not None or after is not None:
        result = tf.reshape(result, wanted)
    if len(of_x) == 2:
        return tf.squeeze(result, 1)
    return tf.squeeze(result, -1) if len(of_y) == 2 else result


@add_dispatch_support
def transpose(x: Any) -> Any:
    """Reverse the axes of `x`. Follows keras 2.14 backend.py, transpose."""
    return tf.transpose(x)


@add_dispatch_support
def gather(reference: Any, indices: Any) -> Any:
    """Return the slices of `reference` at these indices. Follows keras 2.14 backend.py, gather."""
    return tf.gather(reference, indices)


# -- element by element ----------------------------------------------------------------------------


@add_dispatch_support
def max(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The maximum along an axis. Follows keras 2.14 backend.py, max."""
    return tf.reduce_max(x, axis, keepdims)


@add_dispatch_support
def min(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The minimum along an axis. Follows keras 2.14 backend.py, min."""
    return tf.reduce_min(x, axis, keepdims)


@add_dispatch_support
def sum(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The sum along an axis. Follows keras 2.14 backend.py, sum."""
    return tf.reduce_sum(x, axis, keepdims)


@add_dispatch_support
def prod(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The product along an axis. Follows keras 2.14 backend.py, prod."""
    return tf.reduce_prod(x, axis, keepdims)


@add_dispatch_support
def cumsum(x: Any, axis: int = 0) -> Any:
    """The cumulative sum along an axis. Follows keras 2.14 backend.py, cumsum."""
    return tf.cumsum(x, axis=axis)


@add_dispatch_support
def cumprod(x: Any, axis: int = 0) -> Any:
    """The cumulative product along an axis. Follows keras 2.14 backend.py, cumprod."""
    return tf.math.cumprod(x, axis=axis)


def var(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The variance along an axis. Follows keras 2.14 backend.py, var."""
    if x.dtype.base_dtype == tf.bool:
        x = tf.cast(x, floatx())
    return tf.math.reduce_variance(x, axis=axis, keepdims=keepdims)


@add_dispatch_support
def std(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The standard deviation along an axis. Follows keras 2.14 backend.py, std."""
    if x.dtype.base_dtype == tf.bool:
        x = tf.cast(x, floatx())
    return tf.math.reduce_std(x, axis=axis, keepdims=keepdims)


@add_dispatch_support
def mean(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The mean along an axis; booleans count as floats. Follows keras 2.14 backend.py, mean."""
    if x.dtype.base_dtype == tf.bool:
        x = tf.cast(x, floatx())
    return tf.reduce_mean(x, axis, keepdims)


@add_dispatch_support
def any(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Whether any element along an axis is true. Follows keras 2.14 backend.py, any."""
    return tf.reduce_any(tf.cast(x, tf.bool), axis, keepdims)


@add_dispatch_support
def all(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Whether all elements along an axis are true. Follows keras 2.14 backend.py, all."""
    return tf.reduce_all(tf.cast(x, tf.bool), axis, keepdims)


@add_dispatch_support
def argmax(x: Any, axis: int = -1) -> Any:
    """The index of the maximum along an axis. Follows keras 2.14 backend.py, argmax."""
    return tf.argmax(x, axis)


@add_dispatch_support
def argmin(x: Any, axis: int = -1) -> Any:
    """The index of the minimum along an axis. Follows keras 2.14 backend.py, argmin."""
    return tf.argmin(x, axis)


@add_dispatch_support
def square(x: Any) -> Any:
    """x². Follows keras 2.14 backend.py, square."""
    return tf.square(x)


@add_dispatch_support
def abs(x: Any) -> Any:
    """|x|. Follows keras 2.14 backend.py, abs."""
    return tf.abs(x)


@add_dispatch_support
def sqrt(x: Any) -> Any:
    """The square root; 0 for negative elements. Follows keras 2.14 backend.py, sqrt."""
    zero = _constant_to_tensor(0.0, x.dtype.base_dtype)
    return tf.sqrt(tf.maximum(x, zero))


@add_dispatch_support
def exp(x: Any) -> Any:
    """e to the power of x. Follows keras 2.14 backend.py, exp."""
    return tf.exp(x)


@add_dispatch_support
def log(x: Any) -> Any:
    """The natural logarithm. Follows keras 2.14 backend.py, log."""
    return tf.math.log(x)


@add_dispatch_support
def round(x: Any) -> Any:
    """The nearest integer; ties go to the even one. Follows keras 2.14 backend.py, round."""
    return tf.round(x)


@add_dispatch_support
def sign(x: Any) -> Any:
    """The sign of each element: -1, 0 or 1. Follows keras 2.14 backend.py, sign."""
    return tf.sign(x)


@add_dispatch_support
def pow(x: Any, a: Any) -> Any:
    """x to the power of a. Follows keras 2.14 backend.py, pow."""
    return tf.pow(x, a)


@add_dispatch_support
def clip(x: Any, min_value: Any, max_value: Any) -> Any:
    """Clip `x` to two bounds; None means no bound. Follows keras 2.14 backend.py, clip."""
    are_numbers = isinstance(min_value, int | float) and isinstance(max_value, int | float)
    if are_numbers and max_value < min_value:
        max_value = min_value
    if min_value is None:
        min_value = -np.inf
    if max_value is None:
        max_value = np.inf
    return tf.clip_by_value(x, min_value, max_value)


@add_dispatch_support
def equal(x: Any, y: Any) -> Any:
    """Whether x == y. Follows keras 2.14 backend.py, equal."""
    return tf.equal(x, y)


@add_dispatch_support
def not_equal(x: Any, y: Any) -> Any:
    """Whether x != y. Follows keras 2.14 backend.py, not_equal."""
    return tf.not_equal(x, y)


@add_dispatch_support
def greater(x: Any, y: Any) -> Any:
    """Whether x > y. Follows keras 2.14 backend.py, greater."""
    return tf.greater(x, y)


@add_dispatch_support
def greater_equal(x: Any, y: Any) -> Any:
    """Whether x >= y. Follows keras 2.14 backend.py, greater_equal."""
    return tf.greater_equal(x, y)


@add_dispatch_support
def less(x: Any, y: Any) -> Any:
    """Whether x < y. Follows keras 2.14 backend.py, less."""
    return tf.less(x, y)


@add_dispatch_support
def less_equal(x: Any, y: Any) -> Any:
    """Whether x <= y. Follows keras 2.14 backend.py, less_equal."""
    return tf.less_equal(x, y)


@add_dispatch_support
def maximum(x: Any, y: Any) -> Any:
    """The larger of x and y. Follows keras 2.14 backend.py, maximum."""
    return tf.maximum(x, y)


@add_dispatch_support
def minimum(x: Any, y: Any) -> Any:
    """The smaller of x and y. Follows keras 2.14 backend.py, minimum."""
    return tf.minimum(x, y)


@add_dispatch_support
def sin(x: Any) -> Any:
    """The sine. Follows keras 2.14 backend.py, sin."""
    return tf.sin(x)


@add_dispatch_support
def cos(x: Any) -> Any:
    """The cosine. Follows keras 2.14 backend.py, cos."""
    return tf.cos(x)


# -- shapes ----------------------------------------------------------------------------------------


def normalize_batch_in_training(
    x: Any, gamma: Any, beta: Any, reduction_axes: Any, epsilon: float = 1e-3
) -> tuple[Any, Any, Any]:
    """Return `x` normalized by its own mean and variance along axes, the mean, and the variance.

    Follows keras 2.14 backend.py, normalize_batch_in_training.
    """
    mean, var = tf.nn.moments(x, reduction_axes)
    if sorted(reduction_axes) == list(range(len(x.shape)))[:-1]:
        return tf.nn.batch_normalization(x, mean, var, beta, gamma, epsilon), mean, var
    sizes = tf.stack([
        1 if at in reduction_axes else tf.shape(x)[at] for at in range(len(x.shape))
    ])  # fmt: skip
    spread = [None if one is None else tf.reshape(one, sizes) for one in (mean, var, gamma, beta)]
    center, width, scale, offset = spread
    normed = tf.nn.batch_normalization(x, center, width, offset, scale, epsilon)
    return normed, mean, var


@add_dispatch_support
def batch_normalization(
    x: Any, mean: Any, var: Any, beta: Any, gamma: Any, axis: int = -1, epsilon: float = 1e-3
) -> Any:
    """Return (x - mean) / sqrt(var + epsilon) * gamma + beta.

    Follows keras 2.14 backend.py, batch_normalization.
    """
    return tf.nn.batch_normalization(x, mean, var, beta, gamma, epsilon)


@add_dispatch_support
def concatenate(tensors: Any, axis: int = -1) -> Any:
    """Concatenate tensors along an axis. Follows keras 2.14 backend.py, concatenate."""
    if axis < 0:
        rank = ndim(tensors[0])
        axis = axis % rank if rank else 0
    return tf.concat(list(tensors), axis)


@add_dispatch_support
def reshape(x: Any, shape: Any) -> Any:
    """Reshape a tensor. Follows keras 2.14 backend.py, reshape."""
    return tf.reshape(x, shape)


@add_dispatch_support
def permute_dimensions(x: Any, pattern: Any) -> Any:
    """Reorder the axes of `x`. Follows keras 2.14 backend.py, permute_dimensions."""
    return tf.transpose(x, perm=pattern)


@add_dispatch_support
def resize_images(
    x: Any, height_factor: int, width_factor: int, data_format: str, interpolation: str = "nearest"
) -> Any:
    """Multiply the height and the width of images, [batch, height, width, channels], by factors.

    Follows keras 2.14 backend.py, resize_images.

    Raises:
        ValueError: if `data_format` or `interpolation` is unknown.
    """
    if data_format == "channels_first":
        rows, cols = 2, 3
    elif data_format == "channels_last":
        rows, cols = 1, 2
    else:
        raise ValueError(f"Invalid `data_format` argument: {data_format}")
    new_shape = x.shape[rows : cols + 1]
    if new_shape.is_fully_defined():
        new_shape = tf.constant(new_shape.as_list(), dtype="int32")
    else:
        new_shape = tf.shape(x)[rows : cols + 1]
    new_shape *= tf.constant(np.array([height_factor, width_factor], dtype="int32"))
    if data_format == "channels_first":
        x = permute_dimensions(x, [0, 2, 3, 1])
    interpolations = (
        "area", "bicubic", "bilinear", "gaussian", "lanczos3", "lanczos5", "mitchellcubic",
        "nearest",
    )  # fmt: skip
    if interpolation not in interpolations:
        raise ValueError(
            f"`interpolation` argument should be one of: {', '.join(interpolations)}. "
            f"Received: {interpolation}."
        )
    x = tf.image.resize(x, new_shape, method=interpolation)
    if data_format == "channels_first":
        x = permute_dimensions(x, [0, 3, 1, 2])
    return x


@add_dispatch_support
def resize_volumes(
    x: Any, depth_factor: int, height_factor: int, width_factor: int, data_format: str
) -> Any:
    """Repeat each element of a 5D tensor along its three spatial axes.

    Follows keras 2.14 backend.py, resize_volumes.

    Raises:
        ValueError: if `data_format` is neither "channels_first" nor "channels_last".
    """
    if data_format not in ("channels_first", "channels_last"):
        raise ValueError(f"Invalid data_format: {data_format}")
    first = 2 if data_format == "channels_first" else 1
    for at, factor in enumerate((depth_factor, height_factor, width_factor), first):
        x = repeat_elements(x, factor, axis=at)
    return x


@add_dispatch_support
def repeat_elements(x: Any, rep: int, axis: int) -> Any:
    """Repeat each element of `x` along an axis, like `np.repeat`.

    Follows keras 2.14 backend.py, repeat_elements.

    Raises:
        InvalidArgumentError: when `rep` is not positive and the size of the axis is known.
    """
    size = x.shape[axis]
    if size is None:
        return tf.repeat(x, rep, axis)
    slices = tf.split(value=x, num_or_size_splits=size, axis=axis)
    return concatenate([one for one in slices for _ in range(rep)], axis)


@add_dispatch_support
def repeat(x: Any, n: int) -> Any:
    """Repeat rows: [batch, d] -> [batch, n, d]. Follows keras 2.14 backend.py, repeat.

    Raises:
        AssertionError: if `x` has another number of dimensions.
    """
    if ndim(x) != 2:
        raise AssertionError(f"repeat takes a tensor of two dimensions. Received: {x}")
    x = tf.expand_dims(x, 1)
    return tf.tile(x, tf.stack([1, n, 1]))


@add_dispatch_support
def arange(start: Any, stop: Any = None, step: Any = 1, dtype: str = "int32") -> Any:
    """Return evenly spaced numbers. Follows keras 2.14 backend.py, arange."""
    if stop is None and start < 0:
        start = 0
    result = tf.range(start, limit=stop, delta=step, name="arange")
    return result if dtype == "int32" else cast(result, dtype)


@add_dispatch_support
def tile(x: Any, n: Any) -> Any:
    """Repeat `x` along each axis. Follows keras 2.14 backend.py, tile."""
    return tf.tile(x, [n] if isinstance(n, int) else n)


@add_dispatch_support
def flatten(x: Any) -> Any:
    """Reshape `x` to one dimension. Follows keras 2.14 backend.py, flatten."""
    return tf.reshape(x, [-1])


@add_dispatch_support
def batch_flatten(x: Any) -> Any:
    """Merge all axes of `x` but the first. Follows keras 2.14 backend.py, batch_flatten."""
    return tf.reshape(x, tf.stack([-1, prod(shape(x)[1:])]))


@add_dispatch_support
def expand_dims(x: Any, axis: int = -1) -> Any:
    """Insert an axis of size 1 into `x`. Follows keras 2.14 backend.py, expand_dims."""
    return tf.expand_dims(x, axis)


@add_dispatch_support
def squeeze(x: Any, axis: Any) -> Any:
    """Remove an axis of size 1 from `x`. Follows keras 2.14 backend.py, squeeze."""
    return tf.squeeze(x, [axis])


def _spatial_padding(x: Any, padding: Any, data_format: str | None, count: int) -> Any:
    if len(padding) != count or builtins.any(len(pair) != 2 for pair in padding):
        raise AssertionError(f"The padding must have {count} pairs. Received: {padding}")
    chosen = data_format or image_data_format()
    if chosen not in ("channels_first", "channels_last"):
        raise ValueError(f"Unknown data_format: {data_format}")
    widths = [list(pair) for pair in padding]
    none = [0, 0]
    is_first = chosen == "channels_first"
    return tf.pad(x, [none, none, *widths] if is_first else [none, *widths, none])


@add_dispatch_support
def temporal_padding(x: Any, padding: Any = (1, 1)) -> Any:
    """Pad the middle axis of a 3D tensor with zeros.

    Follows keras 2.14 backend.py, temporal_padding.

    Raises:
        AssertionError: if the padding is not a pair.
    """
    if len(padding) != 2:
        raise AssertionError(f"The padding must be a pair. Received: {padding}")
    return tf.pad(x, [[0, 0], list(padding), [0, 0]])


@add_dispatch_support
def spatial_2d_padding(
    x: Any, padding: Any = ((1, 1), (1, 1)), data_format: str | None = None
) -> Any:
    """Pad the two spatial axes of a 4D tensor with zeros.

    Follows keras 2.14 backend.py, spatial_2d_padding.

    Raises:
        AssertionError: if the padding is not a pair of pairs.
        ValueError: if the data format is unknown.
    """
    return _spatial_padding(x, padding, data_format, 2)


@add_dispatch_support
def spatial_3d_padding(
    x: Any, padding: Any = ((1, 1), (1, 1), (1, 1)), data_format: str | None = None
) -> Any:
    """Pad the three spatial axes of a 5D tensor with zeros.

    Follows keras 2.14 backend.py, spatial_3d_padding.

    Raises:
        AssertionError: if the padding is not three pairs.
        ValueError: if the data format is unknown.
    """
    return _spatial_padding(x, padding, data_format, 3)


@add_dispatch_support
def stack(x: Any, axis: int = 0) -> Any:
    """Stack tensors along a new axis. Follows keras 2.14 backend.py, stack."""
    return tf.stack(x, axis=axis)


@add_dispatch_support
def one_hot(indices: Any, num_classes: int) -> Any:
    """Convert class indices to one-hot vectors. Follows keras 2.14 backend.py, one_hot."""
    return tf.one_hot(indices, depth=num_classes, axis=-1)


@add_dispatch_support
def reverse(x: Any, axes: Any) -> Any:
    """Reverse `x` along axes. Follows keras 2.14 backend.py, reverse."""
    return tf.reverse(x, [axes] if isinstance(axes, int) else axes)


# -- values ----------------------------------------------------------------------------------------


def get_value(x: Any) -> Any:
    """Return the array of a tensor or variable; any other value unchanged.

    Follows keras 2.14 backend.py, get_value.
    """
    if isinstance(x, Variable):
        with tf.init_scope():  # in a graph, too, a variable has a value
            return x.numpy()
    return x.numpy() if isinstance(x, Operators) else x


@add_dispatch_support
def batch_get_value(tensors: Any) -> list[Any]:
    """The numbers of some variables. Follows keras 2.14 backend.py, batch_get_value.

    Raises:
        RuntimeError: if a function is being traced.
    """
    if not tf.executing_eagerly():
        raise RuntimeError("Cannot get value inside Tensorflow graph function.")
    return [one.numpy() for one in tensors]


def set_value(x: Variable, value: Any) -> None:
    """Replace the value of a variable. Follows keras 2.14 backend.py, set_value."""
    x.assign(quiet(value, x.dtype.numpy))


@add_dispatch_support
def batch_set_value(tuples: Any) -> None:
    """Assign (variable, value) pairs. Follows keras 2.14 backend.py, batch_set_value."""
    for one, value in tuples:
        one.assign(quiet(value, one.dtype.numpy))


@add_dispatch_support
def print_tensor(x: Any, message: str = "", summarize: int = 3) -> Any:
    """Print a tensor to standard output and return it; a graph prints at each run.

    Follows keras 2.14 backend.py, print_tensor.
    """
    printed = tf.print(message, x, output_stream=sys.stdout, summarize=summarize)
    if not isinstance(x, GraphTensor):
        return x
    with tf.control_dependencies([printed]):
        return tf.identity(x)


def function(
    inputs: Any, outputs: Any, updates: Any = None, name: str | None = None, **kwargs: Any
) -> Any:
    """Return a function that computes symbolic tensors from others, as NumPy arrays.

    Follows keras 2.14 backend.py, function.

    Args:
        inputs: the symbolic inputs, a list.
        outputs: the tensors to compute, a tensor or a list.
        updates: was for graphs with sessions; it must be empty.
        name: is ignored.
        **kwargs: were for sessions; there must be none.

    Raises:
        ValueError: if there are `updates` or other arguments.
    """
    if kwargs:
        raise ValueError(f"There is no session to take these arguments. Received: {kwargs}")
    if updates:
        raise ValueError(f"There are no updates when computing eagerly. Received: {updates}")
    from densetrace.keras import models
    from densetrace.keras.utils import tf_utils

    model = models.Model(inputs=inputs, outputs=outputs)
    is_list_of_one = isinstance(outputs, list) and len(outputs) == 1

    def func(model_inputs: Any) -> Any:
        found = model(model_inputs)
        return tf_utils.sync_to_numpy_or_python_type([found] if is_list_of_one else found)

    return func


@add_dispatch_support
def stop_gradient(variables: Any) -> Any:
    """Return a tensor without its gradient. Follows keras 2.14 backend.py, stop_gradient."""
    if isinstance(variables, list | tuple):
        return [tf.stop_gradient(variable) for variable in variables]
    return tf.stop_gradient(variables)


# -- recurrent neural networks ---------------------------------------------------------------------


@traced_with_dispatch("op")
def rnn(
    step_function: Any,
    inputs: Any,
    initial_states: Any,
    go_backwards: bool = False,
    mask: Any = None,
    constants: Any = None,
    unroll: bool = False,
    input_length: Any = None,
    time_major: bool = False,
    zero_output_for_mask: bool = False,
    return_all_outputs: bool = True,
) -> tuple[Any, Any, Any]:
    """Run a step for each time of a sequence, and pass the states from one step to the next.

    Follows keras 2.14 backend.py, rnn.

    Args:
        step_function: called with the inputs at one time, f[batch, ...], and the tuple of the
            states and constants; returns its output and the new states.
        inputs: f[batch, time, ...], or a structure of such tensors.
        initial_states: the states before the first step.
        go_backwards: whether the last time comes first. The outputs are in the order of the steps.
        mask: bool[batch, time]: where it is False, the states stay, and the output is repeated.
        constants: tensors for each step, after the states.
        unroll: whether Python runs each step, also in a graph, which then has no loop.
        input_length: the number of times; a tensor i[batch] if the sequences differ.
        time_major: whether the inputs and outputs are [time, batch, ...].
        zero_output_for_mask: whether a masked step has an output of zeros.
        return_all_outputs: whether all outputs are returned, or only the last.

    Returns:
        The last output, f[batch, ...]; the outputs, f[batch, time, ...], with a time of 1 if only
        the last is returned; and the states after the last step.

    Raises:
        ValueError: if the inputs have fewer than 3 axes, or `unroll` is true and the number of
            times is unknown.
    """
    if not time_major:
        inputs = map_structure(_swap_batch_timestep, inputs)
    flat_inputs = flatten_leaves(inputs)
    time_steps, batch = flat_inputs[0].shape[0], flat_inputs[0].shape[1]
    for one in flat_inputs:
        one.shape.with_rank_at_least(3)
    if mask is not None:
        if mask.dtype != tf.bool:
            mask = tf.cast(mask, tf.bool)
        if len(mask.shape) == 2:
            mask = expand_dims(mask)
        if not time_major:
            mask = _swap_batch_timestep(mask)
    if constants is None:
        constants = []

    def step(elements: list[Any], states: Any) -> tuple[Any, list[Any]]:
        output, new_states = step_function(
            pack_like(inputs, elements), tuple(states) + tuple(constants)
        )
        return output, flatten_leaves(new_states)

    if isinstance(flat_inputs[0], KerasTensor) and not unroll:
        raise TypeError("The number of times is a symbolic input or output of Keras.")
    if unroll:
        if not time_steps:
            raise ValueError("Unrolling requires a fixed number of timesteps.")
        run = _unrolled
    else:
        run = _looped
        if mask is None and isinstance(input_length, Operators):
            mask = _mask_of_lengths(flat_inputs[0], input_length, go_backwards)
    last_output, outputs, new_states = run(
        step,
        flat_inputs,
        tuple(initial_states),
        go_backwards,
        mask,
        zero_output_for_mask,
        return_all_outputs,
    )

    def set_shape(output: Any) -> Any:
        if isinstance(output, Symbol):
            output.set_shape([time_steps if return_all_outputs else 1, batch, *output.shape[2:]])
        return output

    outputs = map_structure(set_shape, outputs)
    if not time_major:
        outputs = map_structure(_swap_batch_timestep, outputs)
    return last_output, outputs, new_states


def _swap_batch_timestep(input_t: Any) -> Any:
    """Exchange the first two axes."""
    input_t = tf.convert_to_tensor(input_t)
    return tf.transpose(input_t, [1, 0, *range(2, len(input_t.shape))])


def _mask_of_lengths(sequence: Any, input_length: Any, go_backwards: bool) -> Any:
    """Return the mask of sequences of different lengths: bool[time, batch, 1].

    It is in the order of time; the steps read it in theirs.
    """
    times = tf.expand_dims(tf.range(tf.shape(sequence)[0]), 1)
    input_length = tf.cast(input_length, "int32")
    if go_backwards:
        unused = tf.reduce_max(input_length, axis=0) - 1 - input_length
        return reverse(tf.expand_dims(tf.less(unused, times), -1), 0)
    return tf.expand_dims(tf.greater(input_length, times), -1)


def _expand_mask(mask_t: Any, input_t: Any) -> Any:
    """Add axes to a mask, so that it broadcasts to a tensor.

    Raises:
        ValueError: if one of them is not a tensor.
    """
    if is_nested(mask_t):
        raise ValueError(f"mask_t is expected to be tensor, but got {mask_t}")
    if is_nested(input_t):
        raise ValueError(f"input_t is expected to be tensor, but got {input_t}")
    for _ in range(len(input_t.shape) - len(mask_t.shape)):
        mask_t = tf.expand_dims(mask_t, -1)
    return mask_t


def _masked(mask_t: Any, values: list[Any], otherwise: list[Any]) -> list[Any]:
    """Return each value where the mask is True, and the other one where it is False."""
    return [
        tf.where(_expand_mask(mask_t, value), value, other)
        for value, other in zip(values, otherwise, strict=True)
    ]


def _unrolled(
    step: Any,
    inputs: list[Any],
    states: Any,
    go_backwards: bool,
    mask: Any,
    zero_output: bool,
    return_all: bool,
) -> tuple[Any, Any, Any]:
    """The results of `rnn` with each step in Python."""
    columns = [tf.unstack(one) for one in inputs]
    masks = [] if mask is None else tf.unstack(mask)
    if go_backwards:
        columns = [column[::-1] for column in columns]
        masks = masks[::-1]
    successive_outputs: list[Any] = []
    for time in range(len(columns[0])):
        output, new_states = step([one[time] for one in columns], states)
        if masks:
            before = successive_outputs[-1] if successive_outputs else zeros_like(output)
            output = tf.where(_expand_mask(masks[time], output), output, before)
            new_states = _masked(masks[time], new_states, flatten_leaves(states))
        states = pack_like(states, new_states)
        if not return_all:
            successive_outputs.clear()
        successive_outputs.append(output)
    last_output = successive_outputs[-1]
    outputs: Any = tf.stack(successive_outputs)
    if masks and zero_output:
        # As in Keras, this mask is not reversed: with `go_backwards` it is that of other steps.
        last_output = tf.where(
            _expand_mask(masks[-1], last_output), last_output, zeros_like(last_output)
        )
        outputs = tf.where(_expand_mask(mask, outputs), outputs, zeros_like(outputs))
    return last_output, outputs, states


def _looped(
    step: Any,
    inputs: list[Any],
    states: Any,
    go_backwards: bool,
    mask: Any,
    zero_output: bool,
    return_all: bool,
) -> tuple[Any, Any, Any]:
    """The results of `rnn` with one step in a loop.

    As in Keras the first step runs twice: before the loop, it shows what the outputs are.
    """
    from densetrace.tensorflow.time_loop import loop_over_time  # only recurrent layers need it

    in_order = [reverse(one, 0) for one in inputs] if go_backwards else inputs
    output_time_zero, _ = step([one[0] for one in inputs], states)
    zero_output_t = [tf.zeros_like(one) for one in flatten_leaves(output_time_zero)]
    count = len(zero_output_t)
    inputs = in_order
    if go_backwards:
        mask = None if mask is None else reverse(mask, 0)

    def plain_step(elements: list[Any], carried: list[Any]) -> tuple[list[Any], list[Any]]:
        output, new_states = step(elements, pack_like(states, carried))
        return flatten_leaves(output), _in_shape(new_states, carried)

    def masked_step(elements: list[Any], carried: list[Any]) -> tuple[list[Any], list[Any]]:
        prev_output, flat_states = carried[:count], carried[count:]
        output, new_states = step(elements[:-1], pack_like(states, flat_states))
        outputs = _masked(
            elements[-1],
            flatten_leaves(output),
            zero_output_t if zero_output else prev_output,
        )
        new_states = _masked(elements[-1], _in_shape(new_states, flat_states), flat_states)
        return outputs, [*outputs, *new_states]

    flat_states = flatten_leaves(states)
    if mask is None:
        outputs, new_states = loop_over_time(plain_step, inputs, flat_states, return_all)
    else:
        outputs, carried = loop_over_time(
            masked_step, [*inputs, mask], [*zero_output_t, *flat_states], return_all
        )
        new_states = carried[count:]
    last_output = pack_like(output_time_zero, [one[-1] for one in outputs])
    return last_output, pack_like(output_time_zero, outputs), pack_like(states, new_states)


def _in_shape(new_states: list[Any], states: list[Any]) -> list[Any]:
    """The new states, with the shapes of the states known."""
    for state, new_state in zip(states, new_states, strict=True):
        if isinstance(new_state, Symbol):
            new_state.set_shape(state.shape)
    return new_states


# -- conditions ------------------------------------------------------------------------------------


@add_dispatch_support
def switch(condition: Any, then_expression: Any, else_expression: Any) -> Any:
    """Select one of two tensors by a condition: as a whole by a scalar, or else element by element.

    Follows keras 2.14 backend.py, switch.

    Args:
        condition: a tensor with at most as many dimensions as the others.
        then_expression: the tensor for True, or a function that returns it.
        else_expression: the tensor for False, or a function that returns it.

    Raises:
        ValueError: if the condition has more dimensions than the others.
    """
    if condition.dtype != tf.bool:
        condition = tf.cast(condition, "bool")
    rank: Any = ndim(condition)
    if not rank:
        functions = [
            one if callable(one) else functools.partial(_same, one)
            for one in (then_expression, else_expression)
        ]
        return tf.cond(condition, *functions)
    then = then_expression() if callable(then_expression) else then_expression
    other = else_expression() if callable(else_expression) else else_expression
    more: Any = ndim(then)
    if rank > more:
        raise ValueError(
            "Rank of `condition` should be less than or equal to rank of `then_expression` and "
            f"`else_expression`. ndim(condition)={rank}, ndim(then_expression)={more}"
        )
    if rank > 1:
        # The condition is repeated along the axes that only the others have.
        sizes = tf.concat([tf.shape(condition), [1] * (more - rank)], axis=0)
        condition = tf.reshape(condition, sizes)
        wanted = tf.shape(then)
        times = tf.where(wanted - sizes > 0, wanted, tf.ones_like(wanted))
        condition = tf.tile(condition, times)
    return tf.where(condition, then, other)


def _same(x: Any) -> Any:
    return x


# -- neural networks and losses --------------------------------------------------------------------


def in_train_phase(x: Any, alt: Any, training: Any = None) -> Any:
    """Return `x` in training and `alt` otherwise; a function is called.

    Follows keras 2.14 backend.py, in_train_phase.
    """
    if training is None:
        training = learning_phase()
    if isinstance(training, Operators):
        return switch(training, x, alt)
    chosen = x if training else alt
    return chosen() if callable(chosen) else chosen


def in_test_phase(x: Any, alt: Any, training: Any = None) -> Any:
    """Return `alt` in training and `x` otherwise; a function is called.

    Follows keras 2.14 backend.py, in_test_phase.
    """
    return in_train_phase(alt, x, training=training)


@add_dispatch_support
def relu(x: Any, alpha: Any = 0.0, max_value: Any = None, threshold: Any = 0.0) -> Any:
    """Return x, at most `max_value`; below `threshold`, alpha * (x - threshold).

    `x` may have an integer dtype. Follows keras 2.14 backend.py, relu.
    """
    dtype = getattr(x, "dtype", floatx())
    if alpha != 0.0:
        if max_value is None and threshold == 0:
            return tf.nn.leaky_relu(x, alpha=alpha)
        negative_part = tf.nn.relu(-x + threshold) if threshold != 0 else tf.nn.relu(-x)

    clip_max = max_value is not None
    if threshold != 0:
        x = x * tf.cast(tf.greater(x, threshold), dtype=dtype)
    elif max_value == 6:
        # TensorFlow has an operation for the most common maximum.
        x = tf.nn.relu6(x)
        clip_max = False
    else:
        x = tf.nn.relu(x)
    if clip_max:
        highest = _constant_to_tensor(max_value, x.dtype.base_dtype)
        zero = _constant_to_tensor(0, x.dtype.base_dtype)
        x = tf.clip_by_value(x, zero, highest)
    if alpha != 0.0:
        x = x - _to_tensor(alpha, x.dtype.base_dtype) * negative_part
    return x


@add_dispatch_support
def elu(x: Any, alpha: Any = 1.0) -> Any:
    """x if positive, or else alpha * (exp(x) - 1). Follows keras 2.14 backend.py, elu."""
    result = tf.nn.elu(x)
    if alpha == 1:
        return result
    return tf.where(x > 0, result, alpha * result)


@add_dispatch_support
def softmax(x: Any, axis: Any = -1) -> Any:
    """Return exp(x) divided by its sum along one or more axes; all axes if `axis` is None.

    Follows keras 2.14 backend.py, softmax.

    Raises:
        ValueError: if `x` has fewer than two dimensions.
        InvalidArgumentError: if `x` does not have this axis.
    """
    if x.shape.rank <= 1:
        raise ValueError(
            "softmax requires a tensor with at least 2 dimensions. "
            f"Received: a tensor of shape {tuple(x.shape)}"
        )
    if isinstance(axis, int):
        output = tf.nn.softmax(x, axis=axis)
    else:
        numerator = tf.exp(x - tf.reduce_max(x, axis=axis, keepdims=True))
        output = numerator / tf.reduce_sum(numerator, axis=axis, keepdims=True)
    # A crossentropy of this output computes from the logits directly.
    output._keras_logits = x
    return output


@add_dispatch_support
def softplus(x: Any) -> Any:
    """log(1 + exp(x)). Follows keras 2.14 backend.py, softplus."""
    return tf.math.softplus(x)


@add_dispatch_support
def softsign(x: Any) -> Any:
    """x / (1 + |x|). Follows keras 2.14 backend.py, softsign."""
    return tf.math.softsign(x)


def _get_logits(output: Any, from_logits: bool, op_type: str, fn_name: str) -> tuple[Any, bool]:
    """Return the logits if `output` is the direct result of a softmax or sigmoid.

    Follows keras 2.14 backend.py, _get_logits.
    """
    logits = getattr(output, "_keras_logits", None)
    if logits is None and not isinstance(output, Tensor | Variable):
        logits = _operand_of(op_type, output)
    if logits is not None:
        if from_logits:
            warn(
                f'"`{fn_name}` received `from_logits=True`, but the `output` argument was produced '
                f"by a {op_type} activation and thus does not represent logits. Was this intended?"
            )
        return logits, True
    return output, from_logits


def _operand_of(op_type: str, output: Any) -> Any:
    """Return the tensor from which a graph computes `output` by an operation of this type, if so.

    Raises:
        TypeError: for a symbolic tensor of Keras, which has no operation.
    """
    if isinstance(output, KerasTensor):
        return output.op
    nodes = [] if output.graph is None else output.graph.nodes
    node = next((node for node in reversed(nodes) if node.outputs is output), None)
    if node is None or node.operation.name != op_type.lower():
        return None
    # A softmax along another axis than the last consists of more operations in TensorFlow.
    is_last = node.attributes.get("axis", -1) in (None, -1, len(output.shape) - 1)
    return node.operands[0] if is_last else None


@add_dispatch_support
def categorical_crossentropy(
    target: Any, output: Any, from_logits: bool = False, axis: int = -1
) -> Any:
    """Return one loss per distribution along `axis`; labels are one-hot or probabilities.

    Probabilities are first clipped to [epsilon, 1 - epsilon], so that all logarithms are finite.
    Follows keras 2.14 backend.py, categorical_crossentropy.
    """
    target, output = tf.convert_to_tensor(target), tf.convert_to_tensor(output)
    target.shape.assert_is_compatible_with(output.shape)
    output, from_logits = _get_logits(output, from_logits, "Softmax", "categorical_crossentropy")
    if from_logits:
        return tf.nn.softmax_cross_entropy_with_logits(labels=target, logits=output, axis=axis)
    output = _normalized(output, axis)
    return -tf.reduce_sum(target * tf.math.log(output), axis)


@add_dispatch_support
def categorical_focal_crossentropy(
    target: Any,
    output: Any,
    alpha: Any = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    axis: int = -1,
) -> Any:
    """Compute `categorical_crossentropy` with less weight for good predictions.

    Follows keras 2.14 backend.py, categorical_focal_crossentropy.
    """
    target, output = tf.convert_to_tensor(target), tf.convert_to_tensor(output)
    target.shape.assert_is_compatible_with(output.shape)
    output, from_logits = _get_logits(
        output, from_logits, "Softmax", "categorical_focal_crossentropy"
    )
    if from_logits:
        output = tf.nn.softmax(output, axis=axis)
    output = _normalized(output, axis)
    cross_entropy = -target * tf.math.log(output)
    modulating_factor = tf.pow(1.0 - output, gamma)
    weighting_factor = tf.multiply(modulating_factor, alpha)
    return tf.reduce_sum(tf.multiply(weighting_factor, cross_entropy), axis)


@add_dispatch_support
def sparse_categorical_crossentropy(
    target: Any,
    output: Any,
    from_logits: bool = False,
    axis: int = -1,
    ignore_class: int | None = None,
) -> Any:
    """Return one loss per distribution along `axis`; labels are class indices.

    Follows keras 2.14 backend.py, sparse_categorical_crossentropy.

    Raises:
        ValueError: if the numbers of labels and predictions differ.
        InvalidArgumentError: if a label is not the index of a class.
    """
    target, output = tf.convert_to_tensor(target), tf.convert_to_tensor(output)
    target = cast(target, "int64")
    output, from_logits = _get_logits(
        output, from_logits, "Softmax", "sparse_categorical_crossentropy"
    )
    if not from_logits:
        output = tf.math.log(_clipped(output))
    rank = output.shape.rank
    axis %= rank
    if axis != rank - 1:
        output = tf.transpose(output, [*range(axis), *range(axis + 1, rank), axis])
    output_shape = tf.shape(output)
    update_shape = target.shape.rank != rank - 1
    if update_shape:
        target = flatten(target)
        output = tf.reshape(output, [-1, output.shape[-1]])
    if ignore_class is not None:
        valid_mask = tf.not_equal(target, cast(ignore_class, target.dtype))
        target, output = target[valid_mask], output[valid_mask]
    result = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=target, logits=output)
    if ignore_class is not None:
        res_shape = cast(output_shape[:-1], "int64")
        valid_mask = tf.reshape(valid_mask, res_shape)
        result = tf.scatter_nd(tf.where(valid_mask), result, res_shape)
        result._keras_mask = valid_mask
        return result
    if update_shape and rank >= 3:
        result = tf.reshape(result, output_shape[:-1])
    return result


@add_dispatch_support
def binary_crossentropy(target: Any, output: Any, from_logits: bool = False) -> Any:
    """Return one loss per element; each element is a separate binary classification.

    Follows keras 2.14 backend.py, binary_crossentropy.
    """
    target, output = tf.convert_to_tensor(target), tf.convert_to_tensor(output)
    output, from_logits = _get_logits(output, from_logits, "Sigmoid", "binary_crossentropy")
    if from_logits:
        return tf.nn.sigmoid_cross_entropy_with_logits(labels=target, logits=output)
    output = _clipped(output)
    loss = target * tf.math.log(output + epsilon())
    loss += (1 - target) * tf.math.log(1 - output + epsilon())
    return -loss


@add_dispatch_support
def binary_focal_crossentropy(
    target: Any,
    output: Any,
    apply_class_balancing: bool = False,
    alpha: float = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
) -> Any:
    """Compute `binary_crossentropy` with less weight for good predictions.

    Follows keras 2.14 backend.py, binary_focal_crossentropy.
    """
    sigmoidal = sigmoid(output) if from_logits else output
    p_t = target * sigmoidal + (1 - target) * (1 - sigmoidal)
    focal_factor = tf.pow(1.0 - p_t, gamma)
    focal_bce = focal_factor * binary_crossentropy(target, output, from_logits)
    if apply_class_balancing:
        weight = target * alpha + (1 - target) * (1 - alpha)
        focal_bce = weight * focal_bce
    return focal_bce


def _normalized(output: Any, axis: int) -> Any:
    return _clipped(output / tf.reduce_sum(output, axis, keepdims=True))


def _clipped(output: Any) -> Any:
    epsilon_ = _constant_to_tensor(epsilon(), output.dtype.base_dtype)
    return tf.clip_by_value(output, epsilon_, 1.0 - epsilon_)


@add_dispatch_support
def sigmoid(x: Any) -> Any:
    """1 / (1 + exp(-x)). Follows keras 2.14 backend.py, sigmoid."""
    return tf.math.sigmoid(x)


@add_dispatch_support
def hard_sigmoid(x: Any) -> Any:
    """Return 0.2 * x + 0.5, clipped to [0, 1].

    Follows keras 2.14 backend.py, hard_sigmoid.

    Raises:
        TypeError: if the dtype is not a floating dtype.
    """
    point_two = _constant_to_tensor(0.2, x.dtype.base_dtype)
    point_five = _constant_to_tensor(0.5, x.dtype.base_dtype)
    x = tf.multiply(x, point_two)
    x = tf.add(x, point_five)
    return tf.clip_by_value(x, 0.0, 1.0)


@add_dispatch_support
def tanh(x: Any) -> Any:
    """The hyperbolic tangent. Follows keras 2.14 backend.py, tanh."""
    return tf.tanh(x)


@add_dispatch_support
def dropout(x: Any, level: Any, noise_shape: Any = None, seed: Any = None) -> Any:
    """Set a random part of the elements of `x` to 0, and scale the others up.

    Follows keras 2.14 backend.py, dropout.
    """
    return tf.nn.dropout(x, level, noise_shape, _seed_or_drawn(seed, 10**7))


@add_dispatch_support
def l2_normalize(x: Any, axis: Any = None) -> Any:
    """Divide `x` by its norm along an axis. Follows keras 2.14 backend.py, l2_normalize."""
    return tf.nn.l2_normalize(x, axis=axis)


@add_dispatch_support
def in_top_k(predictions: Any, targets: Any, k: int) -> Any:
    """Whether the target is among the k largest. Follows keras 2.14 backend.py, in_top_k."""
    return tf.math.in_top_k(targets, predictions, k)


def _known_data_format(data_format: str | None) -> str:
    chosen = data_format or image_data_format()
    if chosen not in {"channels_first", "channels_last"}:
        raise ValueError(f"Unknown data_format: {data_format}")
    return chosen


def _preprocess_conv1d_input(x: Any, data_format: str) -> tuple[Any, str]:
    """Return the input, channels last where need be, and TensorFlow's name of its data format.

    Follows keras 2.14 backend.py, _preprocess_conv1d_input.
    """
    tf_data_format = "NWC"
    if data_format == "channels_first":
        if not _has_nchw_support():
            x = tf.transpose(x, (0, 2, 1))
        else:
            tf_data_format = "NCW"
    return x, tf_data_format


def _preprocess_conv2d_input(
    x: Any, data_format: str, force_transpose: bool = False
) -> tuple[Any, str]:
    """Return the input, channels last where need be, and TensorFlow's name of its data format.

    Follows keras 2.14 backend.py, _preprocess_conv2d_input.
    """
    tf_data_format = "NHWC"
    if data_format == "channels_first":
        if not _has_nchw_support() or force_transpose:
            x = tf.transpose(x, (0, 2, 3, 1))
        else:
            tf_data_format = "NCHW"
    return x, tf_data_format


def _preprocess_padding(padding: str) -> str:
    """Return TensorFlow's name of a padding.

    Follows keras 2.14 backend.py, _preprocess_padding.

    Raises:
        ValueError: if there is none.
    """
    if padding == "same":
        return "SAME"
    if padding == "valid":
        return "VALID"
    raise ValueError(f"Invalid padding: {padding}")


# DEPARTS: Keras calls the operations of the next functions by their names in tf.compat.v1.


@add_dispatch_support
def conv1d(
    x: Any,
    kernel: Any,
    strides: Any = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Any = 1,
) -> Any:
    """Convolve sequences: [batch, steps, channels] and [size, channels, filters] ->
    [batch, windows, filters].

    Follows keras 2.14 backend.py, conv1d.

    Raises:
        ValueError: if the padding or the data format is unknown.
    """
    data_format = _known_data_format(data_format)
    kernel_shape = kernel.shape.as_list()
    if padding == "causal":
        left_pad = dilation_rate * (kernel_shape[0] - 1)
        x = temporal_padding(x, (left_pad, 0))
        padding = "valid"
    padding = _preprocess_padding(padding)
    x, tf_data_format = _preprocess_conv1d_input(x, data_format)
    x = tf.nn.convolution(
        x,
        kernel,
        strides=strides,
        padding=padding,
        data_format=tf_data_format,
        dilations=dilation_rate,
    )
    if data_format == "channels_first" and tf_data_format == "NWC":
        x = tf.transpose(x, (0, 2, 1))
    return x


@add_dispatch_support
def conv2d(
    x: Any,
    kernel: Any,
    strides: Any = (1, 1),
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Any = (1, 1),
) -> Any:
    """Convolve images: [batch, rows, columns, channels] and [height, width, channels, filters] ->
    [batch, new rows, new columns, filters].

    Follows keras 2.14 backend.py, conv2d.

    Raises:
        ValueError: if the padding or the data format is unknown.
    """
    data_format = _known_data_format(data_format)
    x, tf_data_format = _preprocess_conv2d_input(x, data_format)
    padding = _preprocess_padding(padding)
    x = tf.nn.convolution(
        x,
        kernel,
        strides=strides,
        padding=padding,
        data_format=tf_data_format,
        dilations=dilation_rate,
    )
    if data_format == "channels_first" and tf_data_format == "NHWC":
        x = tf.transpose(x, (0, 3, 1, 2))
    return x


@add_dispatch_support
def conv2d_transpose(
    x: Any,
    kernel: Any,
    output_shape: Any,
    strides: Any = (1, 1),
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Any = (1, 1),
) -> Any:
    """Enlarge images by a convolution that is reversed: [batch, rows, columns, channels] and
    [height, width, filters, channels] -> `output_shape`.

    Follows keras 2.14 backend.py, conv2d_transpose.

    Raises:
        ValueError: if the padding or the data format is unknown, or the dilations differ.
    """
    data_format = _known_data_format(data_format)
    force_transpose = data_format == "channels_first" and dilation_rate != (1, 1)
    x, tf_data_format = _preprocess_conv2d_input(x, data_format, force_transpose)
    if data_format == "channels_first" and tf_data_format == "NHWC":
        output_shape = (output_shape[0], output_shape[2], output_shape[3], output_shape[1])
    if output_shape[0] is None:
        output_shape = (shape(x)[0], *output_shape[1:])
    if isinstance(output_shape, tuple | list):
        output_shape = tf.stack(list(output_shape))
    padding = _preprocess_padding(padding)
    strides = _of_all_axes(strides, tf_data_format)
    if dilation_rate == (1, 1):
        x = tf.nn.conv2d_transpose(
            x, kernel, output_shape, strides, padding=padding, data_format=tf_data_format
        )
    else:
        if dilation_rate[0] != dilation_rate[1]:
            raise ValueError(
                "Expected the 2 dimensions of the `dilation_rate` argument to be equal to each "
                f"other. Received: dilation_rate={dilation_rate}"
            )
        x = tf.nn.atrous_conv2d_transpose(
            x, kernel, output_shape, rate=dilation_rate[0], padding=padding
        )
    if data_format == "channels_first" and tf_data_format == "NHWC":
        x = tf.transpose(x, (0, 3, 1, 2))
    return x


@add_dispatch_support
def separable_conv2d(
    x: Any,
    depthwise_kernel: Any,
    pointwise_kernel: Any,
    strides: Any = (1, 1),
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Any = (1, 1),
) -> Any:
    """Convolve each channel of images, then mix the channels: [batch, rows, columns, channels],
    [height, width, channels, multiplier] and [1, 1, channels * multiplier, filters] ->
    [batch, new rows, new columns, filters].

    Follows keras 2.14 backend.py, separable_conv2d.

    Raises:
        ValueError: if the padding or the data format is unknown, or `strides` is not a pair.
    """
    data_format = _known_data_format(data_format)
    if len(strides) != 2:
        raise ValueError("`strides` must be a tuple of 2 integers.")
    x, tf_data_format = _preprocess_conv2d_input(x, data_format)
    padding = _preprocess_padding(padding)
    x = tf.nn.separable_conv2d(
        x,
        depthwise_kernel,
        pointwise_kernel,
        strides=_of_all_axes(tuple(strides), tf_data_format),
        padding=padding,
        dilations=dilation_rate,
        data_format=tf_data_format,
    )
    if data_format == "channels_first" and tf_data_format == "NHWC":
        x = tf.transpose(x, (0, 3, 1, 2))
    return x


@add_dispatch_support
def depthwise_conv2d(
    x: Any,
    depthwise_kernel: Any,
    strides: Any = (1, 1),
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Any = (1, 1),
) -> Any:
    """Convolve each channel of images with its own kernels: [batch, rows, columns, channels] and
    [height, width, channels, multiplier] -> [batch, new rows, new columns, channels * multiplier].

    Follows keras 2.14 backend.py, depthwise_conv2d.

    Raises:
        ValueError: if the padding or the data format is unknown.
    """
    data_format = _known_data_format(data_format)
    x, tf_data_format = _preprocess_conv2d_input(x, data_format)
    padding = _preprocess_padding(padding)
    x = tf.nn.depthwise_conv2d(
        x,
        depthwise_kernel,
        strides=_of_all_axes(strides, tf_data_format),
        padding=padding,
        dilations=dilation_rate,
        data_format=tf_data_format,
    )
    if data_format == "channels_first" and tf_data_format == "NHWC":
        x = tf.transpose(x, (0, 3, 1, 2))
    return x


def _of_all_axes(strides: tuple[Any, ...], tf_data_format: str) -> tuple[Any, ...]:
    """The strides of images, with those of batch and channels, which are 1."""
    if tf_data_format == "NHWC":
        return (1,) + strides + (1,)  # noqa: RUF005 # as in Keras, a list is refused
    return (1, 1) + strides  # noqa: RUF005 # as above


@add_dispatch_support
def pool2d(
    x: Any,
    pool_size: Any,
    strides: Any = (1, 1),
    padding: str = "valid",
    data_format: str | None = None,
    pool_mode: str = "max",
) -> Any:
    """Pool images: [batch, rows, columns, channels] -> [batch, new rows, new columns, channels].

    Follows keras 2.14 backend.py, pool2d.

    Raises:
        ValueError: if the padding, the data format or the mode is unknown, or `pool_size` or
            `strides` is not a pair.
    """
    data_format = _known_data_format(data_format)
    if len(pool_size) != 2:
        raise ValueError("`pool_size` must be a tuple of 2 integers.")
    if len(strides) != 2:
        raise ValueError("`strides` must be a tuple of 2 integers.")
    x, tf_data_format = _preprocess_conv2d_input(x, data_format)
    padding = _preprocess_padding(padding)
    if tf_data_format == "NHWC":
        strides = (1, *strides, 1)
        pool_size = (1, *pool_size, 1)
    else:
        strides = (1, 1, *strides)
        pool_size = (1, 1, *pool_size)
    if pool_mode == "max":
        x = tf.nn.max_pool(x, pool_size, strides, padding=padding, data_format=tf_data_format)
    elif pool_mode == "avg":
        x = tf.nn.avg_pool(x, pool_size, strides, padding=padding, data_format=tf_data_format)
    else:
        raise ValueError(f"Invalid pooling mode: {pool_mode}")
    if data_format == "channels_first" and tf_data_format == "NHWC":
        x = tf.transpose(x, (0, 3, 1, 2))
    return x


@add_dispatch_support
def bias_add(x: Any, bias: Any, data_format: str | None = None) -> Any:
    """Add a bias along the channel axis, or one with a size for each axis but the first.

    Follows keras 2.14 backend.py, bias_add.

    Raises:
        ValueError: for an unknown data format, or a bias with another number of dimensions.
    """
    if data_format is None:
        data_format = image_data_format()
    if data_format not in {"channels_first", "channels_last"}:
        raise ValueError(f"Unknown data_format: {data_format}")
    bias_shape: Any = int_shape(bias)
    rank: Any = ndim(x)
    if len(bias_shape) != 1 and len(bias_shape) != rank - 1:
        raise ValueError(
            f"Unexpected bias dimensions {len(bias_shape)}, expect to be 1 or {rank - 1} dimensions"
        )
    if len(bias_shape) == 1:
        if data_format == "channels_first":
            return tf.nn.bias_add(x, bias, data_format="NCHW")
        return tf.nn.bias_add(x, bias, data_format="NHWC")
    if rank in (3, 4, 5):
        if data_format == "channels_first":
            return x + reshape(bias, (1, bias_shape[-1], *bias_shape[:-1]))
        return x + reshape(bias, (1, *bias_shape))
    return tf.nn.bias_add(x, bias)


# -- random ----------------------------------------------------------------------------------------


@add_dispatch_support
def random_normal(
    shape: Any, mean: float = 0.0, stddev: float = 1.0, dtype: Any = None, seed: int | None = None
) -> Any:
    """Normally distributed numbers. Follows keras 2.14 backend.py, random_normal."""
    return tf.random.normal(shape, mean, stddev, dtype or floatx(), seed)


@add_dispatch_support
def random_uniform(
    shape: Any, minval: float = 0.0, maxval: float = 1.0, dtype: Any = None, seed: int | None = None
) -> Any:
    """Uniformly distributed numbers. Follows keras 2.14 backend.py, random_uniform."""
    return tf.random.uniform(shape, minval, maxval, dtype or floatx(), seed)


@add_dispatch_support
def random_binomial(shape: Any, p: float = 0.0, dtype: Any = None, seed: int | None = None) -> Any:
    """1 with probability p, 0 otherwise: a deprecated alias of `random_bernoulli` that warns.

    Follows keras 2.14 backend.py, random_binomial.
    """
    warn(
        "`tf.keras.backend.random_binomial` is deprecated, and will be removed in a future "
        "version.Please use `tf.keras.backend.random_bernoulli` instead."
    )
    return random_bernoulli(shape, p, dtype, seed)


@add_dispatch_support
def random_bernoulli(shape: Any, p: float = 0.0, dtype: Any = None, seed: int | None = None) -> Any:
    """1 with probability p, 0 otherwise. Follows keras 2.14 backend.py, random_bernoulli."""
    drawn = tf.random.uniform(shape, dtype=dtype or floatx(), seed=seed)
    return tf.where(
        drawn <= p, tf.ones(shape, dtype or floatx()), tf.zeros(shape, dtype or floatx())
    )


@add_dispatch_support
def truncated_normal(
    shape: Any, mean: float = 0.0, stddev: float = 1.0, dtype: Any = None, seed: int | None = None
) -> Any:
    """Numbers of a truncated normal distribution.

    Follows keras 2.14 backend.py, truncated_normal.
    """
    return tf.random.truncated_normal(shape, mean, stddev, dtype or floatx(), seed)


# -- functions over elements -----------------------------------------------------------------------


def map_fn(fn: Any, elems: Any, name: Any = None, dtype: Any = None) -> Any:
    """Apply a function to each element along the first axis, and stack the results.

    Follows keras 2.14 backend.py, map_fn.
    """
    return tf.map_fn(fn, elems, dtype=dtype)


def foldl(fn: Any, elems: Any, initializer: Any = None, name: Any = None) -> Any:
    """Fold a function over the elements, from the first. Follows keras 2.14 backend.py, foldl."""
    return tf.foldl(fn, elems, initializer)


def foldr(fn: Any, elems: Any, initializer: Any = None, name: Any = None) -> Any:
    """Fold a function over the elements, from the last. Follows keras 2.14 backend.py, foldr."""
    return tf.foldr(fn, elems, initializer)


# -- caches ----------------------------------------------------------------------------------------


class ContextValueCache(weakref.WeakKeyDictionary[Any, Any]):
    """Values that were computed in a graph, by graph; or eagerly.

    Follows keras 2.14 backend.py, ContextValueCache.

    Args:
        default_factory: computes a value that is missing, from the keyword arguments of
            `setdefault`.
    """

    def __init__(self, default_factory: Any) -> None:
        self.default_factory = default_factory
        super().__init__()

    def _key(self) -> Any:
        return current_graph() or _DUMMY_EAGER_GRAPH

    def _get_recursive(self, key: Any) -> Any:
        """Return the value of a graph, or of the nearest graph around it."""
        value = self.get(key)
        if value is None and key is not _DUMMY_EAGER_GRAPH:
            return self._get_recursive(key.parent or _DUMMY_EAGER_GRAPH)
        return value

    def __getitem__(self, key: Any) -> Any:
        """Return the value of a graph, of the current one for None; compute a missing one."""
        key = self._key() if key is None else key
        value = self._get_recursive(key)
        if value is None:
            value = self[key] = self.default_factory()
        return value

    def setdefault(self, key: Any = None, default: Any = None, kwargs: Any = None) -> Any:
        """Return the value of a graph, of the current one for None; compute a missing one."""
        key = self._key() if key is None else key
        if default is None and key not in self:
            default = self.default_factory(**(kwargs or {}))
        return super().setdefault(key, default)
