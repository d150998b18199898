"""Operations: right on data, the same shapes and dtypes on symbols, bounded, and refused as in
TensorFlow."""

from typing import Any

import numpy as np
import pytest

import densetrace.tensorflow as tf
from densetrace.keras.engine.keras_tensor import KerasTensor
from densetrace.recording.recorder import Recorder, recording
from densetrace.tensorflow.errors import InvalidArgumentError, ResourceExhaustedError
from densetrace.tensorflow.ops.allocation import check_allocation
from densetrace.tensorflow.tensor import Tensor


def data(*shape: int, dtype: str = "float32") -> Any:
    values = np.random.default_rng(0).normal(size=shape)
    return tf.constant(values.astype(dtype))


def symbol(*shape: int | None, dtype: str = "float32") -> KerasTensor:
    return KerasTensor(shape, dtype)


def shape_of(x: Any) -> tuple[int | None, ...]:
    return tuple(x.shape)


# -- computed --------------------------------------------------------------------------------------


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
        ("tf.cast([1.7, -1.7], tf.int32)", "int32", [1, -1]),
        ("tf.constant(0, shape=(1, 2))", "int32", [[0, 0]]),
        ("tf.matmul([[1.0, 2.0]], [[3.0], [4.0]])", "float32", [[11]]),
        ("tf.nn.bias_add([[1.0, 2.0], [3.0, 4.0]], [1.0, -1.0])", "float32", [[2, 1], [4, 3]]),
        ("tf.nn.relu([-1.0, 2.0])", "float32", [0, 2]),
    ],
)
def test_an_operation_agrees_with_tensorflow(expression: str, dtype: str, value: Any) -> None:
    result = eval(expression, {"tf": tf})
    assert result.dtype == dtype
    np.testing.assert_array_equal(result.numpy(), value)


def test_integers_are_of_64_bits_where_32_do_not_hold_them() -> None:
    assert [tf.constant(number).dtype for number in (2**31 - 1, 2**31)] == ["int32", "int64"]
    assert tf.range(2**31, 2**31 + 2).dtype == "int64"
    for number in (2**63, 2**70):
        with pytest.raises(ValueError, match="Tensor"):
            tf.constant(number)


def test_matmul_takes_variables_and_symbols() -> None:
    a, b = data(4, 3), data(3, 2)
    y = tf.matmul(a, tf.Variable(b))
    assert isinstance(y, Tensor)
    np.testing.assert_allclose(y, a.numpy() @ b.numpy(), rtol=1e-6)
    assert shape_of(tf.matmul(symbol(None, 3), b)) == (None, 2)


@pytest.mark.parametrize("axes", [[[2], [0]], 1, (2, 0), (-1, 0)])
def test_tensordot_sums_over_the_axes_named(axes: Any) -> None:
    a, b = data(4, 5, 3), data(3, 2)
    np.testing.assert_allclose(tf.tensordot(a, b, axes), a.numpy() @ b.numpy(), rtol=1e-5)
    assert shape_of(tf.tensordot(symbol(None, 5, 3), b, axes)) == (None, 5, 2)


@pytest.mark.parametrize(
    ("axis", "keepdims", "shape"),
    [(None, False, ()), (0, False, (3,)), ((0, 1), True, (1, 1)), ([-1], True, (None, 1))],
)
def test_a_reduction_gives_data_and_symbols_the_same_shape(
    axis: Any, keepdims: bool, shape: tuple[int | None, ...]
) -> None:
    assert shape_of(tf.reduce_sum(symbol(None, 3), axis, keepdims)) == shape
    y = tf.reduce_sum(data(4, 3), axis, keepdims)
    assert shape_of(y) == tuple(4 if size is None else size for size in shape)


def test_symbols_pass_through() -> None:
    result = tf.multiply(symbol(None, 3), 2.0)
    assert isinstance(result, KerasTensor)
    assert result.shape == (None, 3)
    assert tf.cast(symbol(None, 3), "float16").dtype == "float16"
    assert shape_of(tf.nn.bias_add(symbol(None, None), data(2))) == (None, 2)


def test_a_seed_makes_random_numbers_repeat_themselves() -> None:
    def drawn() -> Any:
        tf.random.set_seed(7)
        return tf.random.normal((3,)), tf.random.uniform((3,), 1, 9, dtype=tf.int32)

    (normal, integers), (again, integers_again) = drawn(), drawn()
    np.testing.assert_array_equal(normal, again)
    np.testing.assert_array_equal(integers, integers_again)
    assert (normal.dtype, integers.dtype) == ("float32", "int32")


def test_each_operation_is_one_step() -> None:
    recorder = Recorder()
    with recording(recorder):
        tf.matmul(data(4, 3), data(3, 2))
        tf.tensordot(data(4, 3), data(3, 2), 1)
        tf.nn.bias_add(data(4, 2), data(2))
        tf.cast(data(4), "float64")
        -data(4)
    points = ["tf.matmul", "tf.tensordot", "tf.nn.bias_add", "tf.cast", "tf.math.negative"]
    assert [(step.kind, step.point) for step in recorder.steps()] == [("op", p) for p in points]


# -- refused ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("operation", "a", "b"),
    [
        (tf.matmul, (4, 3), (2, 3)),
        (lambda a, b: tf.tensordot(a, b, [[2], [0]]), (4, 5, 3), (2, 3)),
        (tf.nn.bias_add, (4, 3), (2,)),
    ],
)
def test_operands_that_do_not_fit_are_refused_with_their_shapes(
    operation: Any, a: Any, b: Any
) -> None:
    with pytest.raises(InvalidArgumentError) as eager:
        operation(data(*a), data(*b))
    with pytest.raises(ValueError, match=r"\d") as symbolic:
        operation(symbol(*a), data(*b))
    for error in (eager, symbolic):
        text = str(error.value).replace("(", "[").replace(",)", "]").replace(")", "]")
        assert all(str(list(shape)) in text for shape in (a, b))


@pytest.mark.parametrize("operation", [tf.matmul, tf.add, tf.maximum, tf.greater])
def test_tensors_of_two_dtypes_do_not_mix(operation: Any) -> None:
    with pytest.raises(InvalidArgumentError, match=r"float32.*float64"):
        operation(data(3, 3), data(3, 3, dtype="float64"))
    with pytest.raises(TypeError, match=r"float32.*float64"):
        operation(symbol(3, 3), data(3, 3, dtype="float64"))


def test_a_python_number_that_is_none_of_the_dtype_is_refused() -> None:
    x = tf.constant([1, 2])
    # Arithmetic makes a tensor of its own of it; other operations need it in the dtype of x.
    with pytest.raises(InvalidArgumentError):
        x + 0.5
    refused: tuple[Any, ...] = (
        lambda: x > 0.5,
        lambda: x == "auto",
        lambda: tf.maximum(x, 0.5),
        lambda: tf.where(x > 1, 0.5, x),
    )
    for run in refused:
        with pytest.raises(TypeError, match="Cannot convert"):
            run()


def test_nothing_is_no_operand() -> None:
    x = tf.constant([1.0])
    with pytest.raises(ValueError, match="None"):
        tf.greater(x, None)
    assert (x == None) is False  # noqa: E711 # compared as scripts do
    assert (x != None) is True  # noqa: E711


def test_a_reduction_needs_an_axis_that_is_there() -> None:
    for axis in (2, -3):
        with pytest.raises(InvalidArgumentError):
            tf.reduce_sum(data(4, 3), axis)


def test_a_cast_needs_a_dtype_that_is_there() -> None:
    with pytest.raises(TypeError):
        tf.cast([1.0], "nope")


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"maxval": None, "dtype": "int32"}, ValueError),
        ({"maxval": 9, "dtype": "int8"}, ValueError),
        ({"maxval": 0, "dtype": "int32"}, InvalidArgumentError),
    ],
)
def test_random_integers_need_bounds(arguments: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        tf.random.uniform((2,), **arguments)
    with pytest.raises(error):
        tf.random.stateless_uniform((2,), (1, 2), **arguments)


# -- bounded ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "expression",
    [
        "tf.zeros((10**6, 10**6))",
        "tf.eye(10**6)",
        "tf.range(10**12)",
        "tf.random.normal((10**6, 10**6))",
    ],
)
def test_what_is_too_big_is_refused_before_it_is_made(expression: str) -> None:
    with pytest.raises(ResourceExhaustedError):
        eval(expression, {"tf": tf})


@pytest.mark.parametrize(
    "expression",
    [
        "tf.zeros((2**64, 1))",
        "tf.fill([2**64], 1.0)",
        "tf.reshape([1], (2**64,))",
        "tf.tile([1], [2**64])",
        "tf.random.normal((2**64,))",
    ],
)
def test_a_size_beyond_64_bits_is_no_size(expression: str) -> None:
    with pytest.raises(ValueError, match="64 bits"):
        eval(expression, {"tf": tf})


@pytest.mark.parametrize(
    ("shape", "copies", "error"),
    [
        ((10**9,), 1, None),
        ((10**9 + 1,), 1, ResourceExhaustedError),
        ((10**9,), 2, ResourceExhaustedError),
        ((0, 10**12), 1, None),
        ((2**62, 2), 1, InvalidArgumentError),
        ((0, 2**62, 4), 1, InvalidArgumentError),
        ((2, -1), 1, InvalidArgumentError),
        ((2**63,), 1, ValueError),
        ((2, None), 1, ValueError),
        ((2, 2.0), 1, TypeError),
    ],
)
def test_an_allocation_is_checked_by_its_shape_alone(
    shape: Any, copies: int, error: type[Exception] | None
) -> None:
    if error is None:
        check_allocation(shape, "float32", copies)
        return
    with pytest.raises(error):
        check_allocation(shape, "float32", copies)


class TestAsTensorFlowDoes:
    """Checked against TensorFlow 2.14."""

    @pytest.mark.parametrize(
        ("given", "wanted", "found"),
        [
            ((0, 2), (0, -1), (0, 2)),
            ((0, 4), (0, 2, -1), (0, 2, 2)),
            ((0,), (-1, 0), (1, 0)),
            ((0, 3), (0, 2, -1), (0, 2, 1)),
            ((0, 3), (-1,), (0,)),
            ((2, 0, 3), (0, -1), (0, 6)),
        ],
    )
    def test_the_inferred_size_of_an_empty_tensor(
        self, given: tuple[int, ...], wanted: tuple[int, ...], found: tuple[int, ...]
    ) -> None:
        assert tf.reshape(tf.zeros(given), wanted).shape == found

    def test_nan_is_neither_the_largest_nor_the_smallest(self) -> None:
        nan = float("nan")
        assert int(tf.argmax([1.0, nan, 3.0])) == 2
        assert int(tf.argmin([nan, 1.0, 0.0])) == 2
        assert int(tf.argmax([nan, nan])) == 0
        assert tf.argmax([[1.0, nan], [nan, 2.0]], axis=1).numpy().tolist() == [0, 1]

    def test_a_value_of_one_hot_is_converted_as_any_number(self) -> None:
        assert tf.one_hot(2, 4, on_value=5, off_value=-1).dtype is tf.int32
        assert tf.one_hot(2, 4, on_value=5.0).dtype is tf.float32

    @pytest.mark.parametrize("persistent", [True, False])
    def test_a_tape_that_was_never_entered(self, persistent: bool) -> None:
        v = tf.Variable(1.0)
        with pytest.raises(RuntimeError, match="non-persistent"):
            tf.GradientTape(persistent=persistent).gradient(v, v)
