"""The loop over time: eagerly, in a graph, and its gradients in both."""

from typing import Any

import numpy as np
import pytest

import densetrace.tensorflow as tf
from densetrace.tensorflow.staging import StagingError
from densetrace.tensorflow.time_loop import loop_over_time

X = np.random.RandomState(0).uniform(-1, 1, (4, 2, 3)).astype("float32")
W = np.random.RandomState(1).uniform(-1, 1, (3, 3)).astype("float32")


def _loop(x: Any, w: Any, keep_all: bool = True) -> list[Any]:
    def body(elements: list[Any], carried: list[Any]) -> tuple[list[Any], list[Any]]:
        state = tf.tanh(elements[0] + tf.matmul(carried[0], w))
        return [state * 2.0], [state, carried[1] + 1]

    outputs, carried = loop_over_time(body, [x], [tf.ones((2, 3)), tf.constant(0)], keep_all)
    return [*outputs, *carried]


@pytest.mark.parametrize("keep_all", [True, False])
def test_a_graph_loops_as_python_does(keep_all: bool) -> None:
    w = tf.Variable(W)

    def run(x: Any) -> tuple[list[Any], list[Any]]:
        with tf.GradientTape() as tape:
            tape.watch(x)
            found = _loop(x, w, keep_all)
            loss = tf.reduce_sum(tf.square(found[0])) + tf.reduce_sum(found[1])
        return found, tape.gradient(loss, [x, w])

    x = tf.constant(X)
    expected, gradients = run(x)
    assert expected[0].shape == (4 if keep_all else 1, 2, 3)
    assert int(expected[2]) == 4
    graph = tf.function(run)
    for _ in range(4):  # the first runs differ in how they are replayed
        found, again = graph(x)
        for one, other in zip([*found, *again], [*expected, *gradients], strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)
    longer = tf.function(run, input_signature=[tf.TensorSpec([None, 2, 3])])
    np.testing.assert_allclose(longer(x)[1][1], gradients[1], rtol=1e-5)
    doubled = tf.concat([x, x], 0)
    np.testing.assert_allclose(longer(doubled)[1][1], run(doubled)[1][1], rtol=1e-5)


def test_the_gradient_is_that_of_finite_differences() -> None:
    def loss(x: Any) -> float:
        return float(tf.reduce_sum(tf.square(_loop(tf.constant(x), tf.constant(W))[0])))

    @tf.function  # type: ignore[untyped-decorator]
    def gradient(x: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(x)
            value = tf.reduce_sum(tf.square(_loop(x, tf.constant(W))[0]))
        return tape.gradient(value, x)

    found = gradient(tf.constant(X)).numpy()
    for at in ((0, 0, 0), (3, 1, 2)):
        step = np.zeros_like(X)
        step[at] = 1e-2
        assert found[at] == pytest.approx((loss(X + step) - loss(X - step)) / 2e-2, rel=2e-3)


def test_a_tape_around_the_function_has_second_gradients_and_one_inside_has_none() -> None:
    graph = tf.function(lambda x: tf.reduce_sum(_loop(x, tf.constant(W))[0]))
    x = tf.constant(X)
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = graph(x)
        first = inner.gradient(y, x)
    assert np.abs(outer.gradient(first, x)).max() > 0.1

    @tf.function  # type: ignore[untyped-decorator]
    def inside(x: Any) -> Any:
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape() as inner:
                inner.watch(x)
                y = tf.reduce_sum(_loop(x, tf.constant(W))[0])
            first = inner.gradient(y, x)
        return outer.gradient(first, x)

    with pytest.raises(StagingError, match="no second gradient"):
        inside(x)


def test_a_body_that_assigns_variables_runs_and_has_no_gradient_in_a_graph() -> None:
    count = tf.Variable(0.0)

    def body(elements: list[Any], carried: list[Any]) -> tuple[list[Any], list[Any]]:
        count.assign_add(1.0)
        return [elements[0] * count], carried

    @tf.function  # type: ignore[untyped-decorator]
    def run(x: Any) -> Any:
        return loop_over_time(body, [x], [tf.zeros(1)])[0][0]

    np.testing.assert_allclose(run(tf.constant(X)), X * np.arange(1, 5)[:, None, None])
    assert float(count) == 4

    @tf.function  # type: ignore[untyped-decorator]
    def differentiated(x: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = loop_over_time(body, [x], [tf.zeros(1)])[0][0]
        return tape.gradient(y, x)

    with pytest.raises(StagingError, match="assigns variables"):
        differentiated(tf.constant(X))


def test_a_carried_value_keeps_its_shape_and_dtype() -> None:
    for other in (lambda one: tf.cast(one, "float64"), lambda one: tf.concat([one, one], 0)):
        graph = tf.function(
            lambda x, other=other: loop_over_time(
                lambda elements, carried: (elements, [other(carried[0])]), [x], [tf.zeros(2)]
            )
        )
        with pytest.raises(ValueError, match="after one time step"):
            graph(tf.constant(X))


def test_a_loop_runs_inside_of_a_branch() -> None:
    @tf.function  # type: ignore[untyped-decorator]
    def run(x: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = tf.cond(
                tf.reduce_sum(x) < 100.0, lambda: _loop(x, tf.constant(W))[0], lambda: x * 2.0
            )
        return y, tape.gradient(y, x)

    with tf.GradientTape() as tape:
        x = tf.constant(X)
        tape.watch(x)
        y = _loop(x, tf.constant(W))[0]
    gradient = tape.gradient(y, x)
    for _ in range(3):
        found = run(x)
        np.testing.assert_allclose(found[0], y, rtol=1e-5)
        np.testing.assert_allclose(found[1], gradient, rtol=1e-5, atol=1e-6)
