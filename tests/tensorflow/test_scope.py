"""A tensor of a graph is out of scope where its graph is not being traced."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from densetrace.keras import layers
from densetrace.sources.script.standins import tree
from densetrace.tensorflow.errors import InaccessibleTensorError

tf: Any = tree("tensorflow")["tensorflow"]
traced: Callable[[Any], Any] = tf.function


@pytest.fixture
def leaked() -> Any:
    kept: list[Any] = []

    @traced
    def doubled(x: Any) -> Any:
        kept.append(x * 2.0)
        return kept[-1]

    doubled(tf.constant([1.0, 2.0]))
    return kept[0]


USES: dict[str, Callable[[Any], Any]] = {
    "an operator": lambda y: y + 1,
    "a reflected operator": lambda y: 1 - y,
    "beside an eager tensor": lambda y: tf.constant([1.0, 2.0]) + y,
    "a reduction": tf.reduce_sum,
    "an index": lambda y: y[0],
    "a list": lambda y: tf.stack([y, y]),
    "a list beside an eager tensor": lambda y: tf.concat([y, tf.constant([1.0])], 0),
    "its shape": tf.shape,
    "a cast": lambda y: tf.cast(y, tf.int32),
    "a comparison": lambda y: y == 1,
    "a loop": list,
    "an assignment": lambda y: tf.Variable([0.0, 0.0]).assign(y),
    "an addition to a variable": lambda y: tf.Variable([0.0, 0.0]).assign_add(y),
    "a shape": lambda y: tf.reshape(tf.constant([1.0]), tf.shape(y)),
    "a call of another function": lambda y: tf.function(lambda x: x + 1)(y),
    "what another function captures": lambda y: tf.function(lambda: y + 1)(),
    "what another function returns": lambda y: tf.function(lambda: y)(),
}


@pytest.mark.parametrize("use", USES)
def test_a_tensor_that_left_its_graph_is_refused(leaked: Any, use: str) -> None:
    with pytest.raises(TypeError, match="out of scope"):
        USES[use](leaked)


def test_it_may_still_be_looked_at(leaked: Any) -> None:
    assert leaked.shape == [2]
    assert leaked.dtype is tf.float32
    assert "shape=(2,)" in repr(leaked)
    assert isinstance(leaked, tf.Tensor)
    assert tf.is_tensor(leaked)
    assert tf.cast(leaked, tf.float32) is leaked
    with pytest.raises(NotImplementedError, match="numpy"):
        np.asarray(leaked)


def test_an_inner_graph_sees_the_tensors_of_an_outer_one() -> None:
    @traced
    def outer(x: Any) -> Any:
        y = x * 2.0
        inner = tf.function(lambda: y + 1.0)
        return tf.cond(y > 0.0, lambda: inner() + y, lambda: y)

    assert float(outer(tf.constant(1.0))) == 5


@pytest.mark.parametrize("way", ["function", "cond", "while"])
def test_an_outer_graph_does_not_see_those_of_an_inner_one(way: str) -> None:
    kept: list[Any] = []

    def keep(x: Any) -> Any:
        kept.append(x * 3.0)
        return x + 1.0

    @traced
    def outer(x: Any) -> Any:
        if way == "function":
            tf.function(lambda: keep(x))()
        elif way == "cond":
            tf.cond(x > 0.0, lambda: keep(x), lambda: x)
        else:
            tf.while_loop(lambda i: i < 3.0, lambda i: keep(i), [x])
        return kept[0] + 1.0

    with pytest.raises(InaccessibleTensorError, match="out of scope"):
        outer(tf.constant(1.0))


def test_init_scope_is_outside_of_the_graph() -> None:
    @traced
    def doubled(x: Any) -> Any:
        y = x * 2.0
        with tf.init_scope():
            return y + 1.0

    with pytest.raises(TypeError, match="out of scope"):
        doubled(tf.constant(1.0))


def test_what_a_layer_keeps_of_a_symbolic_call_is_out_of_scope() -> None:
    class Keeps(layers.Layer):
        def call(self, x: Any) -> Any:
            self.kept = x * 2.0
            return self.kept

    layer = Keeps()
    layer(tf.keras.Input((3,)))
    with pytest.raises(TypeError, match="out of scope"):
        tf.reduce_sum(layer.kept)
    layer(tf.ones((2, 3)))
    assert float(tf.reduce_sum(layer.kept)) == 12


def test_a_layer_that_adds_what_it_kept_fails_and_says_so() -> None:
    class Adds(layers.Layer):
        def __init__(self) -> None:
            super().__init__()
            self.before: list[Any] = []

        def call(self, x: Any) -> Any:
            if self.before:
                x = x + self.before[-1]
            self.before.append(x)
            return x

    layer = Adds()
    layer(tf.keras.Input((3,)))
    with pytest.raises(TypeError, match="out of scope"):
        layer(tf.ones((2, 3)))


def test_tensors_of_both_kinds_are_instances_of_the_public_class() -> None:
    seen: list[bool] = []

    @traced
    def doubled(x: Any) -> Any:
        seen.append(isinstance(x, tf.Tensor))
        return x

    doubled(tf.constant(1.0))
    assert seen == [True]
    assert isinstance(tf.constant(1.0), tf.Tensor)
    assert not isinstance(tf.Variable(1.0), tf.Tensor)
    assert not isinstance(np.ones(1), tf.Tensor)
    assert not isinstance(tf.keras.Input((3,)), tf.Tensor)
    with pytest.raises(TypeError, match=r"tf\.constant"):
        tf.Tensor([1.0])
