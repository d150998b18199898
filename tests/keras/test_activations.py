"""Activation functions: lookup by name, refused arguments, and results for every dtype and size."""

import math
from typing import Any

import numpy as np
import pytest

import densetrace.tensorflow as tf
from densetrace.data.steps import Step
from densetrace.keras import activations, utils
from densetrace.keras._registries import found
from densetrace.keras.engine.keras_tensor import KerasTensor
from densetrace.keras.layers import Dense
from densetrace.keras.layers.activation import LeakyReLU
from densetrace.keras.saving import object_registration
from densetrace.recording.recorder import Recorder, recording
from densetrace.tensorflow.convert import convert_to_tensor
from densetrace.tensorflow.errors import InvalidArgumentError
from densetrace.tensorflow.tensor import Tensor
from densetrace.tensorflow.variables import Variable

FUNCTIONS = [
    *("elu", "exponential", "gelu", "hard_sigmoid", "leaky_relu", "linear", "log_softmax", "mish"),
    *("relu", "relu6", "selu", "sigmoid", "softmax", "softplus", "softsign", "swish", "tanh"),
]
LAYERS = ["ELU", "LeakyReLU", "PReLU", "ReLU", "Softmax", "ThresholdedReLU"]
FLOATS = ["float16", "float32", "float64"]
X = [[1.0, -2.0], [3.0, -0.5]]


def custom(x: Any) -> Any:
    return x


def tensor(dtype: str = "float32") -> Tensor:
    made: Tensor = convert_to_tensor(np.array(X, dtype))
    return made


def steps_of(action: Any) -> list[Any]:
    """The steps of an action as nested [kind, point, [children]]."""
    recorder = Recorder()
    with recording(recorder):
        action()

    def shape(step: Step) -> list[Any]:
        return [step.kind, step.point, [shape(child) for child in step.children]]

    return [shape(step) for step in recorder.steps()]


# -- looking up -----------------------------------------------------------------------------------


def test_every_name_that_keras_finds_is_found() -> None:
    assert sorted(found("activations")) == sorted([*FUNCTIONS, "silu", *LAYERS])


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_name_finds_its_function_and_the_function_its_name(name: str) -> None:
    function = activations.get(name)
    assert function is getattr(activations, name)
    assert function.__name__ == name
    assert activations.serialize(function) == name
    assert activations.deserialize(name) is function


def test_silu_is_the_swish_of_tensorflow_and_is_saved_by_that_name() -> None:
    assert activations.get("silu") is activations.silu
    assert activations.silu is not activations.swish
    assert activations.silu.__name__ == "swish"
    assert activations.serialize(activations.silu) == "swish"


@pytest.mark.parametrize("name", LAYERS)
def test_the_name_of_an_activation_layer_creates_the_layer(name: str) -> None:
    assert type(activations.get(name)).__name__ == name


def test_none_is_linear_and_a_callable_is_returned_unchanged() -> None:
    assert activations.get(None) is activations.linear
    assert activations.get(custom) is custom
    layer = LeakyReLU()
    assert activations.get(layer) is layer


@pytest.mark.parametrize(
    "config",
    [
        {"module": "builtins", "class_name": "function", "config": "relu"},
        {"module": "keras.activations", "class_name": "function", "config": "relu"},
        {"module": None, "class_name": "function", "config": "relu"},
        {"module": "keras.activations", "class_name": "relu", "config": {}},
    ],
)
def test_a_config_with_a_module_finds_the_function(config: dict[str, Any]) -> None:
    assert activations.get(config | {"registered_name": "relu"}) is activations.relu


def test_a_config_without_a_module_calls_the_function() -> None:
    y = activations.get({"class_name": "relu", "config": {"x": [1.0, -1.0]}})
    np.testing.assert_array_equal(y, [1, 0])


@pytest.mark.parametrize(
    ("identifier", "error"),
    [
        *[(name, ValueError) for name in ("", "Relu", "relu ", "get", "serialize", "os.system")],
        *[(value, TypeError) for value in (3, 1.5, True, b"relu", ("relu",), ["relu"], {"relu"})],
        ({}, ValueError),
        ({"class_name": "relu"}, ValueError),
        ({"class_name": "relu", "config": {}}, TypeError),
        ({"class_name": "relu", "config": None}, AttributeError),
        ({"class_name": "function", "config": "relu"}, ValueError),
        ({"module": "x"}, ValueError),
        ({"module": None, "class_name": "relu", "config": {}}, TypeError),
        ({"module": "keras.activations", "class_name": ["relu"], "config": {}}, TypeError),
        ({"module": "keras.activations", "class_name": "nope", "config": {}}, ValueError),
        ({"module": "builtins", "class_name": "function", "config": "relu "}, ValueError),
        ({"module": "keras.activations", "class_name": "function", "config": "relu"}, KeyError),
    ],
)
def test_an_invalid_identifier_raises_the_error_that_keras_raises(
    identifier: Any, error: type[Exception]
) -> None:
    with pytest.raises(error):
        activations.get(identifier)


def test_a_lookup_takes_the_steps_that_keras_takes() -> None:
    library = "keras.saving.serialization_lib.deserialize_keras_object"
    assert steps_of(lambda: activations.get("relu")) == [
        ["get", "keras.activations.get", [["deserialize", library, [["deserialize", library, []]]]]]
    ]
    assert steps_of(lambda: activations.get(None)) == [["get", "keras.activations.get", []]]


@pytest.mark.parametrize("name", [*FUNCTIONS, "silu"])
def test_calling_an_activation_is_one_step_over_its_operations(name: str) -> None:
    function = activations.get(name)
    ((kind, point, children),) = steps_of(lambda: function(tensor()))
    assert (kind, point) == ("activation", f"keras.activations.{name}")
    assert {child[0] for child in children} == (set() if name == "linear" else {"op"})


# -- saving ---------------------------------------------------------------------------------------


def test_a_custom_function_is_saved_as_a_config() -> None:
    config = activations.serialize(custom)
    assert config == {
        "module": "builtins",
        "class_name": "function",
        "config": "custom",
        "registered_name": "function",
    }
    assert activations.deserialize(config, custom_objects={"custom": custom}) is custom
    with pytest.raises(ValueError, match="Unknown activation function"):
        activations.deserialize(config)


def test_a_registered_function_is_saved_by_its_registered_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for table in ("_GLOBAL_CUSTOM_OBJECTS", "_GLOBAL_CUSTOM_NAMES"):
        live = getattr(object_registration, table)
        monkeypatch.setattr(object_registration, table, dict(live))
    utils.register_keras_serializable("tests")(custom)
    assert activations.serialize(custom)["config"] == "tests>custom"


def test_tensorflows_second_softmax_is_saved_as_softmax() -> None:
    def softmax_v2(x: Any) -> Any:
        return x

    assert activations.serialize(softmax_v2) == "softmax"


def test_the_legacy_format_is_the_name_alone() -> None:
    assert activations.serialize(activations.relu, use_legacy_format=True) == "relu"
    assert activations.deserialize("relu", use_legacy_format=True) is activations.relu
    with pytest.raises(ValueError, match="Unknown activation function"):
        activations.deserialize("nope", use_legacy_format=True)


@pytest.mark.parametrize(
    ("value", "error"), [("relu", ValueError), (None, TypeError), (3, TypeError)]
)
def test_a_value_that_is_not_a_function_cannot_be_saved(value: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        activations.serialize(value)


def test_a_lambda_is_saved_with_a_warning_and_never_loaded() -> None:
    with pytest.warns(UserWarning, match="lambda"):
        config = activations.serialize(lambda x: x)
    assert set(config) == {"value"}
    lambda_config = {"class_name": "__lambda__", "config": config}
    with pytest.raises(ValueError, match="arbitrary code execution"):
        utils.deserialize_keras_object(lambda_config, safe_mode=False)


def test_a_dense_layer_keeps_an_activation_layer_through_its_config() -> None:
    layer = Dense(3, activation=LeakyReLU(alpha=0.5))
    again = Dense.from_config(layer.get_config())
    assert type(again.activation).__name__ == "LeakyReLU"
    assert float(again.activation.alpha) == 0.5


# -- computing ------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("name", [*FUNCTIONS, "silu"])
def test_the_result_is_a_tensor_of_the_shape_and_dtype_of_the_input(name: str, dtype: str) -> None:
    y = activations.get(name)(tensor(dtype))
    assert isinstance(y, Tensor)
    assert y.shape == (2, 2)
    assert y.dtype.name == dtype


@pytest.mark.parametrize("name", [*FUNCTIONS, "silu"])
def test_a_symbolic_tensor_gives_one_of_the_same_shape_and_dtype(name: str) -> None:
    y = activations.get(name)(KerasTensor((None, 3), "float16"))
    assert isinstance(y, KerasTensor)
    assert (tuple(y.shape), y.dtype.name) == ((None, 3), "float16")


@pytest.mark.parametrize("name", [name for name in FUNCTIONS if name != "linear"])
def test_variables_and_arrays_are_accepted_like_tensors(name: str) -> None:
    function = activations.get(name)
    expected = function(tensor())
    np.testing.assert_array_equal(function(Variable(X)), expected)
    array = np.array(X, np.float32)
    if name in ("hard_sigmoid", "softmax"):
        # Keras reads attributes that arrays do not have.
        with pytest.raises(AttributeError):
            function(array)
    else:
        np.testing.assert_array_equal(function(array), expected)


def test_linear_returns_the_same_object() -> None:
    x = object()
    assert activations.linear(x) is x


@pytest.mark.parametrize(
    "name", ["elu", "exponential", "log_softmax", "mish", "sigmoid", "softmax", "swish", "tanh"]
)
def test_integers_are_refused_where_keras_refuses_them(name: str) -> None:
    function = activations.get(name)
    with pytest.raises(InvalidArgumentError):
        function(convert_to_tensor([[1, 2]]))
    with pytest.raises(TypeError):
        function(KerasTensor((None, 2), "int32"))


def test_integers_are_accepted_where_keras_accepts_them() -> None:
    x = convert_to_tensor([[1, -2, 9]])
    assert activations.relu(x).numpy().tolist() == [[1, 0, 9]]
    assert activations.relu(x).dtype == np.int32
    assert activations.relu6(x).numpy().tolist() == [[1, 0, 6]]
    assert activations.leaky_relu(x).dtype == np.float32
    with pytest.raises(ValueError, match="floating point"):
        activations.gelu(x)
    with pytest.raises(TypeError):
        activations.hard_sigmoid(x)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize(
    ("name", "at_minus_ten_thousand", "at_ten_thousand"),
    [
        ("elu", -1, 1e4),
        ("exponential", 0, math.inf),
        ("gelu", 0, 1e4),
        ("hard_sigmoid", 0, 1),
        ("mish", 0, 1e4),
        ("selu", -1.7580993, 1.050700987e4),
        ("sigmoid", 0, 1),
        ("softplus", 0, 1e4),
        ("softsign", -0.99990001, 0.99990001),
        ("swish", 0, 1e4),
        ("tanh", -1, 1),
    ],
)
def test_large_inputs_do_not_overflow(
    name: str, at_minus_ten_thousand: float, at_ten_thousand: float, dtype: str
) -> None:
    y = activations.get(name)(tf.constant([-1e4, 1e4], dtype))
    expected = np.array([at_minus_ten_thousand, at_ten_thousand])
    np.testing.assert_allclose(y, expected, rtol=1e-3 if dtype == "float16" else 1e-6)


@pytest.mark.filterwarnings("error")
def test_a_softmax_of_large_inputs_sums_to_one() -> None:
    y = activations.softmax(convert_to_tensor([[1e30, -1e30], [1e4, 1e4]]))
    np.testing.assert_allclose(y, [[1.0, 0.0], [0.5, 0.5]])
    logarithm = activations.log_softmax(convert_to_tensor([[0.0, -1e4]]))
    np.testing.assert_allclose(logarithm, [[0.0, -1e4]])


@pytest.mark.parametrize("axis", [0, 1, 2, -1, (1, 2), [0, 2], None])
def test_a_softmax_sums_to_one_along_its_axes(axis: Any) -> None:
    x = convert_to_tensor(np.random.default_rng(0).normal(size=(2, 3, 4)).astype(np.float32))
    axes = tuple(axis) if isinstance(axis, list) else axis
    y = np.asarray(activations.softmax(x, axis=axis))
    np.testing.assert_allclose(y.sum(axes), np.ones_like(y.sum(axes)), rtol=1e-6)
    exponential = np.exp(np.asarray(x, np.float64))
    np.testing.assert_allclose(y, exponential / exponential.sum(axes, keepdims=True), rtol=1e-5)


@pytest.mark.parametrize("x", [convert_to_tensor([1.0, 2.0]), KerasTensor((None,))])
def test_a_softmax_needs_two_dimensions(x: Any) -> None:
    with pytest.raises(ValueError, match="2 dimensions"):
        activations.softmax(x)


def test_a_softmax_needs_an_axis_that_is_there() -> None:
    with pytest.raises(InvalidArgumentError, match=r"\[-2, 2\)"):
        activations.softmax(tensor(), axis=5)


def test_an_elu_has_a_slope_below_zero() -> None:
    np.testing.assert_allclose(
        activations.elu(tf.constant([-1.0, 2.0]), alpha=0.5),
        [0.5 * (math.exp(-1) - 1), 2],
        rtol=1e-6,
    )


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({}, [0, 0, 0, 1, 3, 8]),
        ({"alpha": 0.5}, [-2, -0.5, 0, 1, 3, 8]),
        ({"max_value": 2}, [0, 0, 0, 1, 2, 2]),
        ({"max_value": 6}, [0, 0, 0, 1, 3, 6]),
        ({"threshold": 1}, [0, 0, 0, 0, 3, 8]),
        ({"alpha": 0.5, "max_value": 5, "threshold": 1}, [-2.5, -1, -0.5, 0, 3, 5]),
        ({"max_value": -1}, [0, 0, 0, 0, 0, 0]),
    ],
)
def test_a_relu_has_a_slope_a_ceiling_and_a_threshold(
    arguments: dict[str, Any], expected: list[float]
) -> None:
    x = convert_to_tensor([-4.0, -1.0, 0.0, 1.0, 3.0, 8.0])
    np.testing.assert_allclose(activations.relu(x, **arguments), expected, atol=1e-6)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"max_value": "a"}, TypeError),
        ({"threshold": "a"}, TypeError),
        ({"threshold": None}, ValueError),
    ],
)
def test_a_relu_refuses_bounds_that_are_no_numbers(
    arguments: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        activations.relu(tensor(), **arguments)


def test_a_gelu_is_exact_or_approximate() -> None:
    x = np.array([-3.0, -1.0, 0.0, 1.0, 3.0])
    exact = [v * 0.5 * (1 + math.erf(v / math.sqrt(2))) for v in x]
    # TensorFlow rounds the root of 2 to float32, also for float64 numbers.
    np.testing.assert_allclose(activations.gelu(x), exact, rtol=1e-6)
    approximate = activations.gelu(x, approximate=True)
    assert 1e-6 < np.abs(approximate - exact).max() < 1e-3


def test_a_swish_may_be_steeper() -> None:
    np.testing.assert_allclose(tf.nn.swish([1.0], beta=2.0), [1 / (1 + math.exp(-2))], rtol=1e-6)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_sigmoid_of_many_numbers_is_that_of_each_to_the_bit(dtype: str) -> None:
    x = np.random.default_rng(0).normal(scale=30, size=(257, 301)).astype(dtype)
    for array in (x, x.T, x[::2, ::3]):
        with np.errstate(under="ignore"):
            whole = np.exp(np.minimum(array, 0)) / (1 + np.exp(-np.abs(array)))
        result = activations.sigmoid(array).numpy()
        assert result.tobytes() == np.ascontiguousarray(whole).tobytes()
        assert result[7, 11] == activations.sigmoid(array[7, 11]).numpy()
