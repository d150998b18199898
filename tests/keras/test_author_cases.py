"""What authors of layers and models write, as Keras 2.14 and TensorFlow 2.14 answered it."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from densetrace import keras
from densetrace import tensorflow as tf

L = keras.layers


def test_add_variable_is_the_old_name_of_add_weight() -> None:
    class Old(L.Layer):
        def build(self, input_shape: Any) -> None:
            self.kernel = self.add_variable("k", [input_shape[-1], 2], initializer="ones")

        def call(self, inputs: Any) -> Any:
            return inputs @ self.kernel

    layer = Old()
    with pytest.warns(UserWarning, match="add_variable"):
        assert layer(tf.ones((1, 3))).numpy().tolist() == [[3.0, 3.0]]
    assert len(layer.trainable_weights) == 1


@pytest.mark.parametrize("shape", [tf.constant([2, 3]), np.array([2, 3]), tf.TensorShape([2, 3])])
def test_the_shape_of_a_weight_may_be_a_tensor_or_an_array(shape: Any) -> None:
    assert L.Layer().add_weight("w", shape, initializer="ones").shape == (2, 3)


def test_a_model_takes_any_name_even_a_layer() -> None:
    name: Any = L.Dense(3)
    forgotten_list = keras.Sequential(L.Dense(2), name)
    assert forgotten_list.name is name
    assert [type(layer) for layer in forgotten_list.layers] == [L.Dense]


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda: L.Dense(2)(np.float32(3)), AttributeError),
        (lambda: type("NoInput", (L.Layer,), {"call": lambda self: 1})()(), IndexError),
        (lambda: L.Dense(2)(), ValueError),
        (lambda: tf.constant(np.zeros(2, [("a", "f4")])), ValueError),
        (lambda: tf.constant(np.array(["2020"], "M8[Y]")), ValueError),
        (lambda: L.Flatten()(np.ones((1, 2), np.longdouble)), ValueError),
        (lambda: tf.constant(1.0) + np.array(["a"]), (ValueError, tf.errors.InvalidArgumentError)),
        (lambda: keras.utils.pad_sequences([["a"]], dtype="object", value="x"), ValueError),
        (lambda: tf.one_hot([1], 2, dtype="bool"), TypeError),
        (lambda: tf.range(3, dtype="bool"), TypeError),
        (lambda: tf.eye(2, dtype="string"), TypeError),
    ],
)
def test_what_keras_refuses_is_refused(call: Callable[[], Any], error: Any) -> None:
    with pytest.raises(error):
        call()


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (lambda: L.Lambda(lambda x: x)(np.float32(3)), 3.0),
        (lambda: tf.constant(1.0) + np.array([1, 2.5], object), [2.0, 3.5]),
        (lambda: tf.Variable([tf.constant(1.0), 2.0]), [1.0, 2.0]),
        (lambda: tf.Variable([tf.Variable(1.0)]), [1.0]),
        (lambda: tf.ones((2,), tf.bool), [True, True]),
        (lambda: [5, 6][tf.constant(True)], 6),
        (lambda: keras.utils.pad_sequences([["a"]], dtype=object, value="x"), [["a"]]),
    ],
)
def test_what_keras_accepts_is_accepted(call: Callable[[], Any], expected: Any) -> None:
    assert np.asarray(call()).tolist() == expected


def test_a_variable_has_no_numbers_in_a_graph() -> None:
    variable = tf.Variable([1.0, 2.0], name="v")
    layer = L.Dense(1)
    layer.build((None, 2))
    seen: dict[str, Any] = {}

    @tf.function  # type: ignore[untyped-decorator]
    def run() -> Any:
        seen["repr"] = repr(variable)
        seen["value"] = keras.backend.get_value(variable).tolist()
        seen["parameters"] = layer.count_params()
        for name, read in {
            "numpy": variable.numpy,
            "array": lambda: np.array(variable),
            "weights": layer.get_weights,
        }.items():
            with pytest.raises(Exception) as caught:  # noqa: PT011 - its type is looked at below
                read()
            seen[name] = caught.type
        return variable.value()

    run()
    assert seen == {
        "repr": "<tf.Variable 'v:0' shape=(2,) dtype=float32>", "value": [1.0, 2.0],
        "parameters": 3, "numpy": NotImplementedError, "array": NotImplementedError,
        "weights": RuntimeError,
    }  # fmt: skip
    assert repr(variable).endswith("numpy=array([1., 2.], dtype=float32)>")


def test_batch_jacobian_has_the_derivatives_of_each_sample() -> None:
    x = tf.constant([[1.0, 2.0], [3.0, 4.0]])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x**2
    found = tape.batch_jacobian(y, x)
    assert found.numpy().tolist() == [[[2.0, 0.0], [0.0, 4.0]], [[6.0, 0.0], [0.0, 8.0]]]
    with pytest.raises(RuntimeError):
        tape.gradient(y, x)
    with tf.GradientTape() as tape, pytest.raises(ValueError, match="rank at least 2"):
        tape.batch_jacobian(tf.ones(2), tf.ones((2, 1)))
