"""TensorFlow's own initializers: `tf.random_normal_initializer()(shape)`."""

from typing import Any

import numpy as np
import pytest

from densetrace import keras
from densetrace import tensorflow as tf
from densetrace.system.real_home import real_homes

ALL = (
    "zeros_initializer", "ones_initializer", "constant_initializer", "random_uniform_initializer",
    "random_normal_initializer",
)  # fmt: skip


@pytest.mark.parametrize("name", ALL)
def test_an_initializer_returns_a_tensor(name: str) -> None:
    initializer = getattr(tf, name)()
    assert initializer(shape=[2, 3], dtype="float64").dtype is tf.float64
    assert initializer((2, 3), dtype=tf.float32).shape == (2, 3)
    again = type(initializer).from_config(initializer.get_config() | {"dtype": "float32"})
    assert again.get_config() == initializer.get_config()
    with real_homes():
        assert repr(type(initializer)).startswith("<class 'tensorflow.python.ops.init_ops_v2.")


@pytest.mark.parametrize("name", ALL)
def test_a_layer_takes_it_and_restores_that_of_keras(name: str) -> None:
    layer = keras.layers.Dense(2, kernel_initializer=getattr(tf, name)())
    layer.build((None, 3))
    with pytest.warns(UserWarning, match="keras.initializers.serialize"):
        config = layer.get_config()
    assert config["kernel_initializer"]["module"] == "tensorflow.python.ops.init_ops_v2"
    again = keras.layers.Dense.from_config(config)
    assert type(again.kernel_initializer).__name__ == type(layer.kernel_initializer).__name__
    assert isinstance(again.kernel_initializer, keras.initializers.Initializer)


def test_a_seed_repeats_the_numbers() -> None:
    seeded = tf.random_normal_initializer(1.0, 2.0, seed=3)
    assert np.array_equal(seeded((4,)), seeded((4,)))
    free = tf.random_uniform_initializer(-1, 1)
    assert not np.array_equal(free((4,)), free((4,)))
    assert tf.reduce_max(tf.abs(free((100,)))) <= 1


def test_a_constant_is_a_value_or_one_for_each_element() -> None:
    assert tf.constant_initializer([1, 2, 3, 4])((2, 2)).numpy().tolist() == [[1, 2], [3, 4]]
    assert tf.constant_initializer(5)((2,)).dtype is tf.int32
    assert tf.ones_initializer()((1,), tf.bool).numpy().tolist() == [True]
    with pytest.raises(TypeError):
        tf.constant_initializer([1, 2, 3])((2, 2))


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda: tf.random_normal_initializer()((2,), "int32"), ValueError),
        (lambda: tf.random_uniform_initializer()((2,), "string"), ValueError),
        (lambda: tf.random_uniform_initializer()((2,), "int32"), TypeError),
        (lambda: tf.zeros_initializer()((2,), "string"), ValueError),
        (lambda: tf.zeros_initializer()((2,), color="red"), TypeError),
        (lambda: tf.constant_initializer(tf.constant(1.0)), TypeError),
        (lambda: tf.constant_initializer(1)((2,), partition_shape=(1,)), ValueError),
        (lambda: tf.random.normal((2,), dtype="int32"), TypeError),
        (lambda: tf.random.uniform((2,), dtype="string"), ValueError),
    ],
)
def test_what_does_not_fit_is_refused(call: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        call()
