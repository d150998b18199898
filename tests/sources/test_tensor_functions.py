"""The TensorFlow functions of the stand-in give TensorFlow's numbers, shapes and dtypes."""

from types import ModuleType
from typing import Any

import numpy as np
import pytest

from densetrace.keras._errors import InvalidArgumentError, ResourceExhaustedError
from densetrace.keras._tensors import KerasTensor
from densetrace.sources.script.standins import tree


@pytest.fixture(name="tf")
def tensorflow() -> ModuleType:
    return tree("tensorflow")["tensorflow"]


# Measured with tensorflow 2.14.1.
@pytest.mark.parametrize(
    ("expression", "dtype", "value"),
    [
        ("tf.zeros((2, 1))", "float32", [[0], [0]]),
        ("tf.ones([2], tf.int32)", "int32", [1, 1]),
        ("tf.fill((2,), 1.5)", "float32", [1.5, 1.5]),
        ("tf.eye(1, 2)", "float32", [[1, 0]]),
        ("tf.range(1, 6, 2)", "int32", [1, 3, 5]),
        ("tf.range(0.0, 1.0, 0.5)", "float32", [0, 0.5]),
        ("tf.zeros_like([1, 2])", "int32", [0, 0]),
        ("tf.shape([[1, 2, 3]])", "int32", [1, 3]),
        ("tf.reshape([1, 2, 3, 4], (2, -1))", "int32", [[1, 2], [3, 4]]),
        ("tf.transpose([[1, 2], [3, 4]])", "int32", [[1, 3], [2, 4]]),
        ("tf.expand_dims([1, 2], -1)", "int32", [[1], [2]]),
        ("tf.squeeze([[1, 2]], 0)", "int32", [1, 2]),
        ("tf.concat([[1], [2, 3]], 0)", "int32", [1, 2, 3]),
        ("tf.stack([[1, 2], [3, 4]], axis=1)", "int32", [[1, 3], [2, 4]]),
        ("tf.add([1.5], 2)", "float32", [3.5]),
        ("tf.add(tf.ones((1,), tf.float16), [1])", "float16", [2]),
        ("tf.divide([1, 2], 4)", "float64", [0.25, 0.5]),
        ("tf.abs(-2.5)", "float32", 2.5),
        ("tf.math.log([1.0])", "float32", [0]),
        ("tf.equal([1, 2], [1, 3])", "bool", [True, False]),
        ("tf.reduce_mean([1, 2, 2])", "int32", 1),
        ("tf.reduce_mean([-3, -4])", "int32", -3),
        ("tf.reduce_mean([[1.0, 2.0], [4.0, 5.0]], axis=1)", "float32", [1.5, 4.5]),
        ("tf.reduce_min([[1, 2], [0, 5]], axis=1)", "int32", [1, 0]),
        ("tf.argmax([[1, 2], [3, 0]], axis=1)", "int64", [1, 0]),
        ("tf.cast([1.7], tf.int32)", "int32", [1]),
        ("tf.constant(0, shape=(1, 2))", "int32", [[0, 0]]),
        ("tf.matmul([[1.0, 2.0]], [[3.0], [4.0]])", "float32", [[11]]),
        ("tf.nn.relu([-1.0, 2.0])", "float32", [0, 2]),
    ],
)
def test_a_function_agrees_with_tensorflow(
    tf: ModuleType, expression: str, dtype: str, value: Any
) -> None:
    result = eval(expression, {"tf": tf})
    assert result.dtype == dtype
    np.testing.assert_array_equal(result.numpy(), value)


def test_tensors_of_different_dtypes_do_not_mix(tf: ModuleType) -> None:
    with pytest.raises(InvalidArgumentError):
        tf.add(tf.constant([1]), tf.constant([1.5]))


def test_symbols_pass_through(tf: ModuleType) -> None:
    result = tf.multiply(KerasTensor((None, 3)), 2.0)
    assert isinstance(result, KerasTensor)
    assert result.shape == (None, 3)


def test_a_seed_makes_random_numbers_repeat_themselves(tf: ModuleType) -> None:
    def drawn() -> Any:
        tf.random.set_seed(7)
        return tf.random.normal((3,)), tf.random.uniform((3,), 1, 9, dtype=tf.int32)

    (normal, integers), (again, integers_again) = drawn(), drawn()
    np.testing.assert_array_equal(normal, again)
    np.testing.assert_array_equal(integers, integers_again)
    assert normal.dtype == "float32"
    assert integers.dtype == "int32"


@pytest.mark.parametrize(
    "expression",
    [
        "tf.zeros((10**6, 10**6))",
        "tf.eye(10**6)",
        "tf.range(10**12)",
        "tf.random.normal((10**6, 10**6))",
    ],
)
def test_what_is_too_big_is_refused_before_it_is_made(tf: ModuleType, expression: str) -> None:
    with pytest.raises(ResourceExhaustedError):
        eval(expression, {"tf": tf})
