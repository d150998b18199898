"""Functions of `tf.nn` that layers and training loops use: dropout, lookups in tables of
embeddings, weighted statistics and averaged losses.

Follows tensorflow/python/ops/nn_ops.py, nn_impl.py and embedding_ops.py.
"""

import math
import numbers
from typing import Any

from densetrace.tensorflow.convert import convert_to_tensor
from densetrace.tensorflow.dtypes import float32
from densetrace.tensorflow.errors import InvalidArgumentError
from densetrace.tensorflow.operation import export
from densetrace.tensorflow.ops.casting import cast
from densetrace.tensorflow.ops.clip_ops import clip_by_norm
from densetrace.tensorflow.ops.comparisons import greater_equal, logical_and
from densetrace.tensorflow.ops.creating import zeros_like
from densetrace.tensorflow.ops.elementary import exp, log
from densetrace.tensorflow.ops.gradients import sizes_of
from densetrace.tensorflow.ops.indexing import gather
from densetrace.tensorflow.ops.joining import concat
from densetrace.tensorflow.ops.math import add, divide, multiply, negative, square, subtract
from densetrace.tensorflow.ops.nn import relu
from densetrace.tensorflow.ops.reductions import reduce_sum
from densetrace.tensorflow.ops.selecting import where
from densetrace.tensorflow.ops.shaping import shape, squeeze
from densetrace.tensorflow.random import stateless_uniform, uniform
from densetrace.tensorflow.shapes import check_same_shape
from densetrace.tensorflow.symbolic import Symbol
from densetrace.tensorflow.tensor import Operators

# -- dropout ---------------------------------------------------------------------------------------


def _dropped(x: Any, rate: Any, noise_shape: Any, draw: Any) -> Any:
    x = convert_to_tensor(x)
    is_number = isinstance(rate, numbers.Real)
    if is_number and not 0 <= rate < 1:
        raise ValueError(
            f"`rate` must be a scalar tensor or a float in the range [0, 1). Received: rate={rate}"
        )
    if not x.dtype.is_floating:
        raise ValueError(
            "`x.dtype` must be a floating point tensor as `x` will be scaled. Received: "
            f"x.dtype={x.dtype!r}"
        )
    if is_number and rate == 0:
        draw(sizes_of(x), x.dtype)  # the numbers that follow are the same
        return x
    if not is_number:
        if not isinstance(rate, Operators):
            raise ValueError(
                f"`rate` must be a scalar or scalar tensor. Received: rate={rate!s:.80}"
            )
        rate = convert_to_tensor(rate)
        if rate.shape.rank not in (None, 0):
            raise ValueError(f"`rate` must be a scalar. Received: rate of shape {rate.shape}")
        rate = cast(rate, x.dtype)
    scale = 1 / (1 - rate) if is_number else divide(1.0, subtract(1.0, rate))
    drawn = draw(_noise_sizes(x, noise_shape), x.dtype)
    kept = greater_equal(drawn, rate)
    return where(kept, multiply(x, scale), zeros_like(x))


def _noise_sizes(x: Any, noise_shape: Any) -> Any:
    """The sizes of the mask: those of x where none is given."""
    if noise_shape is None:
        return sizes_of(x)
    if isinstance(noise_shape, Operators):
        return noise_shape
    found = list(noise_shape)
    if None not in found or len(found) != x.shape.rank:
        return found
    sizes = sizes_of(x)
    return [sizes[at] if one is None else one for at, one in enumerate(found)]


@export("nn.dropout")
def dropout(x: Any, rate: Any, noise_shape: Any = None, seed: Any = None, name: Any = None) -> Any:
    """`x` with a part of its elements set to 0, the others divided by 1 - rate: same shape.

    Args:
        x: floating point numbers.
        rate: the probability that an element becomes 0.
        noise_shape: the shape of the mask, which broadcasts to `x`: a size of 1 sets all elements
            along that axis to 0 together, or none.
        seed: makes the mask repeatable.
        name: not used.

    Raises:
        ValueError: when the rate is not in [0, 1), or `x` is not of a floating point dtype.
    """
    return _dropped(x, rate, noise_shape, lambda sizes, dtype: uniform(sizes, 0, 1, dtype, seed))


@export("nn.experimental.stateless_dropout")
def stateless_dropout(
    x: Any, rate: Any, seed: Any, rng_alg: Any = None, noise_shape: Any = None, name: Any = None
) -> Any:
    """As `tf.nn.dropout`; the mask depends on the seed, two integers, and the shape alone."""

    def draw(sizes: Any, dtype: Any) -> Any:
        return stateless_uniform(sizes, seed, 0, 1, dtype)

    return _dropped(x, rate, noise_shape, draw)


# -- lookups ---------------------------------------------------------------------------------------


@export("nn.embedding_lookup")
def embedding_lookup(params: Any, ids: Any, max_norm: Any = None, name: Any = None) -> Any:
    """The rows of a table that the ids name: [n, ...], [...] -> [..., ...]. The gradient for the
    table is an IndexedSlices.

    Args:
        params: the table; or a list of its parts, one after the other.
        ids: the numbers of the rows.
        max_norm: the largest norm of a row: longer rows are scaled down to it.
        name: not used.

    Raises:
        ValueError: when there is no table.
        InvalidArgumentError: when an id is no row of the table.
    """
    if params is None:
        raise ValueError("params must be specified")
    tables = list(params) if isinstance(params, list | tuple) else [params]
    if not tables:
        raise ValueError(f"params should not be empty. Received: {params}")
    ids = convert_to_tensor(ids)
    if len(tables) == 1:
        return _clipped(gather(tables[0], ids), ids, max_norm)
    return _clipped(gather(concat(tables, 0), ids), ids, max_norm)


def _clipped(rows: Any, ids: Any, max_norm: Any) -> Any:
    if max_norm is None:
        return rows
    return clip_by_norm(rows, max_norm, axes=list(range(ids.shape.rank, rows.shape.rank)))


# -- activations and losses ------------------------------------------------------------------------


@export("nn.crelu")
def crelu(features: Any, axis: Any = -1, name: Any = None) -> Any:
    """relu(x) beside relu(-x) along an axis, which becomes twice as long."""
    features = convert_to_tensor(features)
    return relu(concat([features, negative(features)], axis))


@export("nn.log_poisson_loss")
def log_poisson_loss(
    targets: Any, log_input: Any, compute_full_loss: bool = False, name: Any = None
) -> Any:
    """exp(c) - z c of targets z and predicted logarithms c; with Stirling's approximation of
    log(z!) added for the full loss, where z is greater than 1.

    Raises:
        ValueError: when their shapes differ.
    """
    log_input, targets = convert_to_tensor(log_input), convert_to_tensor(targets)
    check_same_shape("log_input", log_input.shape, "targets", targets.shape)
    loss = subtract(exp(log_input), multiply(log_input, targets))
    if not compute_full_loss:
        return loss
    half = multiply(0.5, log(multiply(cast(2 * math.pi, targets.dtype), targets)))
    stirling = add(subtract(multiply(targets, log(targets)), targets), half)
    # Stirling's formula is wrong for small targets, whose logarithm is nearly 0.
    inside = logical_and(greater_equal(targets, 0), targets <= 1)
    return add(loss, where(inside, zeros_like(targets), stirling))


@export("nn.compute_average_loss")
def compute_average_loss(
    per_example_loss: Any, sample_weight: Any = None, global_batch_size: Any = None
) -> Any:
    """The sum of the losses, weighted, divided by the number of examples.

    Args:
        per_example_loss: the losses: [n] or [n, ...].
        sample_weight: a weight for each example.
        global_batch_size: the number of examples; that of the losses unless given.

    Raises:
        ValueError: when the losses are a scalar, or the number of examples is not a scalar.
        TypeError: when the number of examples is not an integer.
        InvalidArgumentError: when the number of examples is negative.
    """
    losses = convert_to_tensor(per_example_loss)
    if losses.shape.rank == 0:
        raise ValueError(
            "Invalid value passed for `per_example_loss`. Expected a tensor with at least rank 1."
        )
    given = losses.dtype
    if sample_weight is not None:
        weights = convert_to_tensor(sample_weight)
        losses, weights = cast(losses, float32), cast(weights, float32)
        missing = losses.shape.rank - weights.shape.rank
        if missing < 0 and weights.shape[-1] == 1:
            weights = squeeze(weights, -1)
        for _ in range(missing):
            weights = weights[..., None]
        losses = multiply(losses, weights)
    losses = cast(losses, given)
    count = shape(losses)[0] if losses.shape[0] is None else losses.shape[0]
    if global_batch_size is not None:
        count = global_batch_size
        if isinstance(count, Operators):
            if count.shape.rank != 0:
                raise ValueError("global_batch_size must be scalar")
            if not count.dtype.is_integer:
                raise TypeError("global_batch_size must be an integer")
        elif not isinstance(count, numbers.Integral):
            raise TypeError(f"global_batch_size must be an int. Received: {count!r}")
        if not isinstance(count, Symbol) and int(count) < 0:
            raise InvalidArgumentError("global_batch_size must be non-negative.")
    total = reduce_sum(losses)
    amount = cast(convert_to_tensor(count), losses.dtype)
    return divide(total, amount)


@export("nn.scale_regularization_loss")
def scale_regularization_loss(regularization_loss: Any) -> Any:
    """The sum of regularization losses, divided by the number of replicas, which is 1."""
    return reduce_sum(convert_to_tensor(regularization_loss))


@export("nn.weighted_moments")
def weighted_moments(
    x: Any, axes: Any, frequency_weights: Any, keepdims: bool = False, name: Any = None
) -> tuple[Any, Any]:
    """The mean and the variance along axes of numbers that count with a weight each.

    Args:
        x: the numbers.
        axes: the axes.
        frequency_weights: weights that broadcast to `x`.
        keepdims: whether the axes stay, with one element.
        name: not used.
    """
    x, weights = convert_to_tensor(x), convert_to_tensor(frequency_weights)
    given = x.dtype
    if given.name == "float16":
        x = cast(x, float32)
    if weights.dtype is not x.dtype:
        weights = cast(weights, x.dtype)
    spread = add(weights, zeros_like(x))
    total = reduce_sum(spread, axes, keepdims=True)
    mean = divide(reduce_sum(multiply(weights, x), axes, keepdims=True), total)
    distances = square(subtract(x, mean))
    variance = divide(reduce_sum(multiply(weights, distances), axes, keepdims=True), total)
    if not keepdims:
        listed = list(axes) if isinstance(axes, list | tuple | range) else [axes]
        mean, variance = squeeze(mean, listed), squeeze(variance, listed)
    return cast(mean, given), cast(variance, given)
