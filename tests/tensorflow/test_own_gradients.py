"""`tf.custom_gradient`, `tf.Module` and the surroundings of a script."""

import logging
from typing import Any

import numpy as np
import pytest

import densetrace.tensorflow as tf
from densetrace import keras
from densetrace.keras.layers import Dense
from densetrace.system.real_home import real_homes


@tf.custom_gradient  # type: ignore[untyped-decorator] # tf is untyped
def log1pexp(x: Any) -> Any:
    e = tf.exp(x)
    return tf.math.log(1 + e), lambda dy: dy * (1 - 1 / (1 + e))


def tripled(x: Any) -> Any:
    """The identity with a gradient of 3."""
    return tf.custom_gradient(lambda one: (tf.identity(one), lambda dy: 3 * dy))(x)


def test_the_gradient_is_the_functions_own_where_tensorflows_is_not_finite() -> None:
    x = tf.constant([0.0, 100.0])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = log1pexp(x)
    np.testing.assert_allclose(tape.gradient(y, x), [0.5, 1.0])


def test_a_gradient_of_the_gradient_goes_through_what_the_function_computed() -> None:
    x = tf.constant(0.5)
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = log1pexp(x)
        first = inner.gradient(y, x)
    sigmoid = 1 / (1 + np.exp(-0.5))
    np.testing.assert_allclose(outer.gradient(first, x), sigmoid * (1 - sigmoid), rtol=1e-6)


def test_functions_with_own_gradients_may_be_nested() -> None:
    @tf.custom_gradient  # type: ignore[untyped-decorator] # tf is untyped
    def outer(x: Any) -> Any:
        return tripled(x) * 2, lambda dy: 10 * dy

    x = tf.constant(1.0)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y, z = outer(x), tripled(tripled(x))
    assert (float(tape.gradient(y, x)), float(tape.gradient(z, x))) == (10.0, 9.0)


@pytest.mark.parametrize("is_inside", [False, True])
def test_a_graph_keeps_the_gradient(is_inside: bool) -> None:
    @tf.function  # type: ignore[untyped-decorator] # tf is untyped
    def value(x: Any) -> Any:
        return log1pexp(x)

    @tf.function  # type: ignore[untyped-decorator] # tf is untyped
    def slope(x: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = log1pexp(x)
        return tape.gradient(y, x)

    x = tf.constant([0.0, 100.0])
    if is_inside:
        found = slope(x)
    else:
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = value(x)
        found = tape.gradient(y, x)
    np.testing.assert_allclose(found, [0.5, 1.0])


@pytest.mark.parametrize("in_graph", [False, True])
def test_variables_that_are_read_get_a_gradient_too(in_graph: bool) -> None:
    v = tf.Variable(3.0)

    @tf.custom_gradient  # type: ignore[untyped-decorator] # tf is untyped
    def scaled(x: Any) -> Any:
        def gradient(dy: Any, variables: Any) -> Any:
            assert [one is v for one in variables] == [True]
            return dy * 100, [dy * 7]

        return x * v, gradient

    x = tf.constant(2.0)
    run = tf.function(scaled) if in_graph else scaled
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = run(x)
    assert float(y) == 6
    assert [float(one) for one in tape.gradient(y, [x, v])] == [100.0, 7.0]


def test_a_gradient_that_takes_no_variables_is_refused_where_some_are_read() -> None:
    v = tf.Variable(3.0)

    @tf.custom_gradient  # type: ignore[untyped-decorator] # tf is untyped
    def scaled(x: Any) -> Any:
        return x * v, lambda dy: dy

    with pytest.raises(TypeError, match="variables"):
        scaled(tf.constant(1.0))


def test_a_gradient_for_each_argument_is_needed() -> None:
    @tf.custom_gradient  # type: ignore[untyped-decorator] # tf is untyped
    def product(x: Any, y: Any) -> Any:
        return x * y, lambda dy: dy

    x = tf.constant(1.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = product(x, x)
    with pytest.raises(ValueError, match="2 gradients"):
        tape.gradient(y, x)


def test_a_layer_has_the_gradient_of_its_function() -> None:
    class Reversed(keras.layers.Layer):
        def call(self, x: Any) -> Any:
            return tf.custom_gradient(lambda one: (tf.identity(one), lambda dy: -dy))(x)

    dense = keras.layers.Dense(1, use_bias=False, kernel_initializer="ones")
    model = keras.Sequential([dense, Reversed()])
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(model(tf.ones((4, 1))))
    assert tape.gradient(loss, dense.kernel).numpy().tolist() == [[-4.0]]


# -- modules ---------------------------------------------------------------------------------------


class Linear(tf.Module):  # type: ignore[misc] # the base is untyped
    def __init__(self, name: str | None = None) -> None:
        super().__init__(name=name)
        with self.name_scope:
            self.w = tf.Variable([1.0], name="w")
        self.count = tf.Variable(0, trainable=False, name="count")


class HTTPStack(tf.Module):  # type: ignore[misc]
    def __init__(self) -> None:
        super().__init__()
        self.parts: Any = [Linear("first"), {"b": Linear()}]
        self.again = self.parts[0]
        self.bias = tf.Variable(2.0, name="bias")


def test_a_module_finds_its_variables_and_modules() -> None:
    module = HTTPStack()
    assert [one.name for one in module.variables] == [
        "bias:0", "count:0", "first/w:0", "count:0", "linear/w:0",
    ]  # fmt: skip
    assert [one.name for one in module.trainable_variables] == [
        "bias:0", "first/w:0", "linear/w:0",
    ]  # fmt: skip
    assert len(module.non_trainable_variables) == 2
    assert module.submodules == (module.parts[0], module.parts[1]["b"])
    assert module.name == "http_stack"
    assert module.name_scope.name == "http_stack/"


def test_a_module_needs_an_identifier_for_a_name() -> None:
    with pytest.raises(ValueError, match="valid module name"):
        tf.Module(name="a-b")


def test_a_layer_in_a_module_brings_its_weights() -> None:
    class Holder(tf.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.dense = keras.layers.Dense(1)

    holder = Holder()
    holder.dense.build((None, 2))
    assert [one.shape for one in holder.trainable_variables] == [(2, 1), (1,)]
    assert holder.submodules == (holder.dense,)


# -- surroundings ----------------------------------------------------------------------------------


def test_there_is_one_device() -> None:
    with tf.device("/CPU:0"):
        x = tf.constant(1.0)
    assert x.device.endswith("CPU:0")
    assert "_EagerDeviceContext object at" in str(tf.device("/CPU:0"))
    assert tf.test.is_built_with_cuda() is False


def test_asking_for_a_gpu_is_answered_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "tensorflow"):
        assert tf.test.is_gpu_available() is False
    assert "deprecated" in caplog.text
    assert tf.get_logger().name == "tensorflow"


def test_python_runs_each_time_a_graph_does() -> None:
    runs: list[int] = []

    def count(x: Any) -> Any:
        runs.append(len(runs))
        return x * 2

    @tf.function  # type: ignore[untyped-decorator] # tf is untyped
    def doubled(x: Any) -> Any:
        return tf.py_function(count, [x], tf.float32)

    assert [float(doubled(tf.constant(2.0))) for _ in range(3)] == [4.0, 4.0, 4.0]
    assert runs == [0, 1, 2]


def test_a_gradient_goes_through_python() -> None:
    x = tf.constant(3.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.py_function(lambda one: one * one, [x], tf.float32)
    assert float(tape.gradient(y, x)) == 6


def test_a_layer_passes_for_a_module_as_in_tensorflow() -> None:
    layer = Dense(2)
    assert isinstance(layer, tf.Module)
    assert isinstance(keras.metrics.Mean(), tf.Module)
    assert issubclass(keras.Model, tf.Module)
    assert not isinstance(layer, Linear)
    for other in (Dense, keras.optimizers.SGD(), keras.initializers.Zeros(), tf.Variable(1.0)):
        assert not isinstance(other, tf.Module)


def test_compat_has_sizes_and_strings() -> None:
    shape = tf.TensorShape([2, None])
    sizes = [tf.compat.dimension_value(one) for one in (*shape, *shape.dims)]
    assert sizes == [2, None, 2, None]
    assert tf.compat.dimension_at_index(shape, 0).value == 2
    assert tf.compat.dimension_at_index(tf.TensorShape(None), 7).value is None
    with pytest.raises(IndexError, match="list index out of range"):
        tf.compat.dimension_at_index(shape, 5)
    assert tf.compat.as_str(b"\xc3\xa4") == tf.compat.as_text("\xe4") == "\xe4"
    assert tf.compat.as_bytes("\xe4") == tf.compat.as_bytes(bytearray(b"\xc3\xa4")) == b"\xc3\xa4"
    assert [tf.compat.as_str_any(one) for one in (3, b"a")] == ["3", "a"]
    for refused in (tf.compat.as_text, tf.compat.as_bytes):
        with pytest.raises(TypeError, match="Expected binary or unicode string, got 5"):
            refused(5)


def test_a_dimension_has_its_home_of_tensorflow_in_a_script() -> None:
    with real_homes():
        kind = str(type(tf.TensorShape([2]).dims[0]))
    assert kind == "<class 'tensorflow.python.framework.tensor_shape.Dimension'>"
