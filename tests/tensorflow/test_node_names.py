"""The names of graph tensors, as TensorFlow 2.14 prints them."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from densetrace import keras
from densetrace import tensorflow as tf

L = keras.layers

NAMES: list[tuple[str, Callable[[Any], Any]]] = [
    ("mul:0", lambda x: x * 2),
    ("Mul:0", lambda x: tf.multiply(x, 2.0)),
    ("add:0", lambda x: 1 + x),
    ("sub:0", lambda x: x - 1),
    ("truediv:0", lambda x: x / 2),
    ("pow:0", lambda x: x**2),
    ("Neg:0", lambda x: -x),
    ("matmul:0", lambda x: x @ tf.ones((3, 2))),
    ("MatMul:0", lambda x: tf.matmul(x, x, transpose_b=True)),
    ("Greater:0", lambda x: x > 0),
    ("strided_slice:0", lambda x: x[:, 0]),
    ("split:1", lambda x: tf.split(x, 3, 1)[1]),
    ("unstack:1", lambda x: tf.unstack(x)[1]),
    ("Mean:0", tf.reduce_mean),
    ("concat:0", lambda x: tf.concat([x, x], 0)),
    ("SelectV2:0", lambda x: tf.where(x > 0, x, 0.0)),
    ("ArgMax:0", lambda x: tf.argmax(x, 1)),
    ("Const:0", lambda x: tf.constant(1.0)),
    ("GatherV2:0", lambda x: tf.gather(x, [0])),
    ("mine:0", lambda x: tf.add(x, 1.0, name="mine")),
    ("mul_1:0", lambda x: x * 2 * 2),
    ("Add_1:0", lambda x: tf.add(x + x, x)),
    ("l2_normalize:0", lambda x: tf.nn.l2_normalize(x, 1)),
    ("dropout/SelectV2:0", lambda x: tf.nn.dropout(x, 0.5)),
    ("moments/Squeeze_1:0", lambda x: tf.nn.moments(x, [0])[1]),
    ("reduce_std/Sqrt:0", tf.math.reduce_std),
    ("norm/Squeeze:0", tf.norm),
    ("zeros:0", lambda x: tf.zeros(tf.shape(x))),
    ("conv1d/Squeeze:0", lambda x: tf.nn.conv1d(x[None], tf.ones([2, 3, 1]), 1, "SAME")),
    (
        "conv1d_transpose/Squeeze:0",
        lambda x: tf.nn.conv1d_transpose(x[None], tf.ones([2, 1, 3]), [1, 4, 1], 2),
    ),
    (
        "conv2d_transpose:0",
        lambda x: tf.nn.conv2d_transpose(x[None, None], tf.ones([1, 2, 1, 3]), [1, 2, 4, 1], 2),
    ),
    (
        "depthwise:0",
        lambda x: tf.nn.depthwise_conv2d(x[None, None], tf.ones([1, 1, 3, 1]), [1] * 4, "SAME"),
    ),
    (
        "separable_conv2d:0",
        lambda x: tf.nn.separable_conv2d(
            x[None, None], tf.ones([1, 1, 3, 1]), tf.ones([1, 1, 3, 2]), [1] * 4, "SAME"
        ),
    ),
    ("ones:0", lambda x: tf.ones([2])),
    ("range:0", lambda x: tf.range(3)),
    ("Unique:0", lambda x: tf.unique(x[0])[0]),
    ("AddN:0", lambda x: tf.add_n([x, x])),
    ("foo:0", lambda x: tf.zeros([2], name="foo")),
    ("foo:0", lambda x: tf.ones([tf.shape(x)[0], 2], name="foo")),
    ("foo:0", lambda x: tf.range(3, name="foo")),
    ("foo:0", lambda x: tf.constant(1.0, name="foo")),
    ("foo:0", lambda x: tf.where(x > 0, x, 0.0, name="foo")),
    ("foo:0", lambda x: tf.where(x > 0, name="foo")),
    ("foo:0", lambda x: tf.unique(x[0], name="foo")[0]),
    ("foo:0", lambda x: tf.concat([x, x], 0, name="foo")),
    ("foo:0", lambda x: tf.stack([x, x], name="foo")),
    ("foo:0", lambda x: tf.split(x, 3, 1, name="foo")[0]),
    ("foo:0", lambda x: tf.gather(x, [0], name="foo")),
    ("foo:0", lambda x: tf.cast(x, "int32", name="foo")),
    ("Add:0", lambda x: tf.add(tf.cast(x, "float32", name="foo"), 1.0)),
]


@pytest.mark.parametrize(("name", "function"), NAMES, ids=[name for name, _ in NAMES])
def test_a_node_has_the_name_that_tensorflow_gives_it(
    name: str, function: Callable[[Any], Any]
) -> None:
    found: list[str] = []
    tf.function(lambda x: found.append(function(x).name))(tf.ones((2, 3)))
    assert found == [name]


def test_a_name_scope_prefixes_the_names() -> None:
    found: list[str] = []

    @tf.function  # type: ignore[untyped-decorator]
    def run(x: Any) -> Any:
        for _ in range(2):
            with tf.name_scope("a"), tf.name_scope("b"):
                found.append((x + 1).name)
        found.append((x + 1).name)
        return x

    run(tf.ones(2))
    assert found == ["a/b/add:0", "a_1/b/add:0", "add:0"]


def test_a_scope_in_a_scope_leaves_the_outer_one_unused() -> None:
    found: list[str] = []

    @tf.function  # type: ignore[untyped-decorator]
    def run(x: Any) -> Any:
        for scope in ("a/b", "a", "a/b"):
            with tf.name_scope(scope):
                found.append((x + 1).name)
        return x

    run(tf.ones(2))
    assert found == ["a/b/add:0", "a/add:0", "a/b_1/add:0"]


def test_the_arguments_have_their_names() -> None:
    found: list[str] = []

    @tf.function  # type: ignore[untyped-decorator]
    def run(v: Any, *args: Any, k: Any, **more: Any) -> Any:
        found.extend(one.name for one in (v, *args, k, more["z"]))
        return v

    run(*map(tf.constant, (1, 2, 3)), k=tf.constant(4), z=tf.constant(5))
    assert found == ["v:0", "args_0:0", "args_1:0", "k:0", "z:0"]

    def mapped(*args: Any) -> Any:
        found.extend(one.name for one in args)
        return args

    tf.data.Dataset.from_tensor_slices(([1], [2])).map(mapped)
    assert found[-2:] == ["args_0:0", "args_1:0"]


def test_the_output_of_a_layer_has_the_name_of_its_operation() -> None:
    keras.backend.clear_session()
    x = keras.Input((3,), name="x")
    sequence = keras.Input((4, 2))
    assert L.Dense(2)(x).name == "dense/BiasAdd:0"
    assert L.Dense(2, "relu")(x).name == "dense_1/Relu:0"
    assert L.Dropout(0.1)(x).name == "dropout/Identity:0"
    assert L.LSTM(2)(sequence).name == "lstm/PartitionedCall:0"
    assert L.LSTM(2, return_sequences=True)(sequence).name == "lstm_1/PartitionedCall:1"
    assert L.Add()([x, x]).name == "add/add:0"
    assert (x * 2).name == "tf.math.multiply/Mul:0"
    inner = keras.Model(x, L.Dense(2, name="last")(x), name="inner")
    assert inner(x).name == "inner/last/BiasAdd:0"
    assert str(inner.output) == (
        "KerasTensor(type_spec=TensorSpec(shape=(None, 2), dtype=tf.float32, name=None), "
        "name='last/BiasAdd:0', description=\"created by layer 'last'\")"
    )
    assert "name='x'), name='x'" in str(x)


def test_a_layer_prints_the_names_of_its_scope_while_a_model_trains() -> None:
    keras.backend.clear_session()
    found: list[list[str]] = []

    class Printing(L.Layer):
        def __init__(self) -> None:
            super().__init__()
            self.dense = L.Dense(2)

        def call(self, x: Any) -> Any:
            result = self.dense(x) + self.dense(x)
            found.append([x.name, self.dense(x).name, result.name])
            return result

    model = keras.Sequential([Printing()])
    model.compile("sgd", "mse")
    model.fit(np.ones((4, 3)), np.ones((4, 2)), verbose=0)
    scope = "sequential/printing"
    assert found[-1] == ["IteratorGetNext:0", f"{scope}/dense/BiasAdd_2:0", f"{scope}/add:0"]


def _add(x: Any) -> Any:
    return x + 1.0


@pytest.mark.parametrize(
    ("refused", "following", "name"),
    [
        (lambda x: tf.matmul(x, tf.ones((5, 5)), name="foo"), _add, "add:0"),
        (lambda x: x * tf.ones((5, 5)), lambda x: tf.add(x, 1.0), "Add:0"),
        (lambda x: x * "text", lambda x: tf.add(x, 1.0), "Add:0"),
        (lambda x: "text" * x, lambda x: tf.add(x, 1.0), "Add:0"),
        (lambda x: tf.add(x, "text", name="foo"), _add, "add:0"),
        (lambda x: x * tf.ones((5, 5)), lambda x: tf.multiply(x, 1.0), "Mul_1:0"),
    ],
)
def test_an_operation_that_is_refused_does_not_name_the_next(
    refused: Callable[[Any], Any], following: Callable[[Any], Any], name: str
) -> None:
    found: list[str] = []

    def run(x: Any) -> None:
        with pytest.raises((TypeError, ValueError)):
            refused(x)
        found.append(following(x).name)

    tf.function(run)(tf.ones((2, 3)))
    assert found == [name]
