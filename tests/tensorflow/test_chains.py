"""Generated chains of operations: shape rules, gradients, and eager, graph and taped runs."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import densetrace.tensorflow as tf
from densetrace.tensorflow.symbolic import Graph, GraphTensor, inside

Link = Callable[[Any], Any]


def smooth_links(tf: Any) -> dict[str, Link]:
    """Functions from f[n, m] to f[n, m], with a gradient everywhere, of a module `tf`."""
    return {
        "add a number": lambda x: x + 0.5,
        "multiply": lambda x: x * 1.5,
        "divide": lambda x: x / 3.0,
        "negative": lambda x: -x,
        "square": tf.square,
        "exp": lambda x: tf.exp(x * 0.1),
        "log": lambda x: tf.math.log(tf.square(x) + 1.0),
        "sqrt": lambda x: tf.sqrt(tf.square(x) + 1.0),
        "tanh": tf.tanh,
        "sigmoid": tf.sigmoid,
        "softplus": tf.nn.softplus,
        "softmax": tf.nn.softmax,
        "log_softmax": tf.nn.log_softmax,
        "gelu": tf.nn.gelu,
        "power": lambda x: tf.pow(tf.square(x) + 1.0, 1.5),
        "mean over the last axis": lambda x: x - tf.reduce_mean(x, axis=-1, keepdims=True),
        "sum over the first axis": lambda x: x + tf.reduce_sum(x, axis=0, keepdims=True),
        "variance": lambda x: x * tf.math.reduce_variance(x, axis=-1, keepdims=True),
        "logsumexp": lambda x: x - tf.reduce_logsumexp(x, axis=-1, keepdims=True),
        "product": lambda x: x + tf.reduce_prod(x * 0.3, axis=-1, keepdims=True),
        "cumsum": lambda x: tf.cumsum(x, axis=-1),
        "transposed twice": lambda x: tf.transpose(tf.transpose(x)),
        "flat and back": lambda x: tf.reshape(tf.reshape(x, [-1]), tf.shape(x)),
        "concatenated and cut": lambda x: tf.concat([x, x * 2.0], 0)[: tf.shape(x)[0]],
        "stacked and summed": lambda x: tf.reduce_sum(tf.stack([x, x * x], axis=1), axis=1),
        "padded and cut": lambda x: tf.pad(x, [[0, 0], [1, 1]])[:, 1:-1] * 2.0,
        "tiled": lambda x: tf.reduce_sum(tf.reshape(tf.tile(x, [1, 2]), [-1, 2, x.shape[1]]), 1),
        "gathered": lambda x: x + tf.gather(x, [0], axis=1),
        "times itself": lambda x: tf.matmul(tf.matmul(x, x, transpose_b=True) * 0.1, x),
        "einsum": lambda x: tf.einsum("ij,ij->ij", x, x),
        "expanded and squeezed": lambda x: tf.squeeze(tf.expand_dims(x, 1), axis=1),
        "reversed": lambda x: tf.reverse(x, [1]),
        "normalized": lambda x: tf.nn.l2_normalize(tf.square(x) + 1.0, axis=-1),
    }


def kinked_links(tf: Any) -> dict[str, Link]:
    """The same, with points where the gradient jumps."""
    return {
        "relu": tf.nn.relu,
        "abs": tf.abs,
        "maximum": lambda x: tf.maximum(x, 0.25),
        "clip": lambda x: tf.clip_by_value(x, -1.0, 1.0),
        "largest": lambda x: x - tf.reduce_max(x, axis=-1, keepdims=True),
        "where": lambda x: tf.where(x > 0.0, x, x * x),
        "cast": lambda x: x * tf.cast(x > 0.0, x.dtype),
        "one hot": lambda x: x + tf.one_hot(tf.argmax(x, axis=-1), x.shape[1], dtype=x.dtype),
    }


SMOOTH, KINKED = smooth_links(tf), kinked_links(tf)
ALL = SMOOTH | KINKED
chains = st.lists(st.sampled_from(sorted(ALL)), min_size=1, max_size=6)
smooth_chains = st.lists(st.sampled_from(sorted(SMOOTH)), min_size=1, max_size=3)
sizes = st.tuples(st.integers(1, 3), st.integers(1, 4))


def through(names: list[str], x: Any) -> Any:
    """The end of a chain that begins with x."""
    for name in names:
        x = ALL[name](x)
    return x


def sample(shape: tuple[int, int], dtype: str = "float32") -> Any:
    return tf.constant(np.random.default_rng(0).normal(size=shape).astype(dtype))


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("known", [(3, 4), (None, 4)])
def test_a_shape_rule_gives_the_computed_shape(name: str, known: tuple[int | None, int]) -> None:
    computed = ALL[name](sample((3, 4)))
    graph = Graph()
    with inside(graph):
        symbol = ALL[name](GraphTensor(known, "float32", graph=graph))
    assert symbol.shape.is_compatible_with(computed.shape)
    assert symbol.shape[1:] == computed.shape[1:]
    assert symbol.dtype == computed.dtype


@settings(deadline=None, max_examples=60)
@given(chains, sizes)
def test_eager_graph_and_taped_runs_agree_to_the_bit(
    names: list[str], shape: tuple[int, int]
) -> None:
    x = sample(shape)
    eager = through(names, x)
    with tf.GradientTape() as tape:
        tape.watch(x)
        taped = through(names, x)
    gradient = tape.gradient(taped, x)
    function = tf.function(lambda given: through(names, given))
    for _ in range(2):
        function(x)  # from the third call on, a compiled program runs
    replayed = function(x)
    with tf.GradientTape() as around:
        around.watch(x)
        inside_tape = function(x)
    for other in (taped, replayed, inside_tape):
        assert np.asarray(other).tobytes() == np.asarray(eager).tobytes()
    again = around.gradient(inside_tape, x)
    assert np.asarray(again).tobytes() == np.asarray(gradient).tobytes()


@settings(deadline=None, max_examples=60)
@given(smooth_chains, sizes)
def test_a_gradient_is_that_of_finite_differences(names: list[str], shape: tuple[int, int]) -> None:
    x = sample(shape, "float64")
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.reduce_sum(through(names, x) * 0.1)
    gradient = np.asarray(tape.gradient(y, x))
    numbers, step = np.asarray(x), 1e-6
    for place in np.ndindex(*shape):
        moved = [numbers.copy(), numbers.copy()]
        moved[0][place] += step
        moved[1][place] -= step
        up, down = (float(tf.reduce_sum(through(names, tf.constant(one)) * 0.1)) for one in moved)
        expected = (up - down) / (2 * step)
        assert gradient[place] == pytest.approx(expected, rel=2e-4, abs=2e-5)


def test_a_second_gradient_is_that_of_the_first() -> None:
    x = tf.constant([0.5, -1.0, 2.0], dtype=tf.float64)
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = tf.reduce_sum(tf.tanh(x) * x * x)
        first = inner.gradient(y, x)
    second = np.asarray(outer.gradient(first, x))
    step = 1e-5

    def first_at(numbers: Any) -> Any:
        moved = tf.constant(numbers)
        with tf.GradientTape() as tape:
            tape.watch(moved)
            value = tf.reduce_sum(tf.tanh(moved) * moved * moved)
        return np.asarray(tape.gradient(value, moved))

    numbers = np.asarray(x)
    expected = (first_at(numbers + step) - first_at(numbers - step)) / (2 * step)
    np.testing.assert_allclose(second, expected, rtol=1e-6, atol=1e-8)
