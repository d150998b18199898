"""Regularizers: lookup by name, checks of arguments, and the penalties that they return."""

from typing import Any

import numpy as np
import pytest

import densetrace.tensorflow as tf
from densetrace.data.values import Mapping
from densetrace.keras import regularizers
from densetrace.keras._registries import found
from densetrace.keras.engine.keras_tensor import KerasTensor
from densetrace.recording.recorder import Recorder, recording
from densetrace.tensorflow.convert import convert_to_tensor
from densetrace.tensorflow.errors import InvalidArgumentError
from densetrace.tensorflow.tensor import Tensor
from densetrace.tensorflow.variables import Variable

INFINITE = float("inf")
TENTH = 0.10000000149011612
HUNDREDTH = 0.009999999776482582
"""0.1 and 0.01 as float32 holds them."""

NAMES = {
    "Regularizer": "Regularizer",
    "L1": "L1",
    "l1": "L1",
    "L2": "L2",
    "l2": "L2",
    "L1L2": "L1L2",
    "l1_l2": "L1L2",
    "OrthogonalRegularizer": "OrthogonalRegularizer",
    "orthogonal_regularizer": "OrthogonalRegularizer",
}


def penalty(x: Any) -> Any:
    return 0.0


# -- looking up -----------------------------------------------------------------------------------


def test_every_name_that_keras_finds_is_found() -> None:
    assert {name: type(regularizers.get(name)).__name__ for name in found("regularizers")} == NAMES


@pytest.mark.parametrize("name", ["nope", "", "l1l2", "math", "backend", "get", "__builtins__"])
def test_an_unknown_name_is_returned_unchanged(name: str) -> None:
    assert regularizers.get(name) == name


def test_none_and_callables_are_returned_unchanged() -> None:
    assert regularizers.get(None) is None
    assert regularizers.get(penalty) is penalty
    assert regularizers.get(regularizers.L2) is regularizers.L2


@pytest.mark.parametrize("identifier", [0, 0.01, True, b"l2", ["l2"], ("l2",)])
def test_other_values_are_refused(identifier: Any) -> None:
    with pytest.raises(ValueError, match="Could not interpret regularizer"):
        regularizers.get(identifier)


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"class_name": "L2", "config": {}}, {"l2": HUNDREDTH}),
        ({"class_name": "l2", "config": {"l2": 0.5}}, {"l2": 0.5}),
        ({"class_name": "l2", "config": {"l": 0.5}}, {"l2": 0.5}),
        ({"class_name": "l1_l2", "config": {"l1": 3}}, {"l1": 3.0, "l2": HUNDREDTH}),
        ({"module": "keras.regularizers", "class_name": "L2"}, {"l2": HUNDREDTH}),
        (
            {"module": "keras.regularizers", "class_name": "L2", "config": {"l2": 0.25}},
            {"l2": 0.25},
        ),
    ],
)
def test_a_config_creates_a_regularizer(config: dict[str, Any], expected: dict[str, Any]) -> None:
    assert regularizers.get(config).get_config() == expected


@pytest.mark.parametrize(
    ("config", "error"),
    [
        ({}, ValueError),
        ({"class_name": "L2"}, ValueError),
        ({"class_name": "L2", "config": {"l2": INFINITE}}, ValueError),
        ({"class_name": "L2", "config": {"class_name": "L2", "config": {}}}, TypeError),
        ({"class_name": ["L2"], "config": {}}, TypeError),
        ({"module": "keras.regularizers", "config": {}}, ValueError),
        ({"class_name": "deserialize_keras_object", "config": {"config": {}}}, ValueError),
    ],
)
def test_an_invalid_config_is_refused(config: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        regularizers.get(config)


@pytest.mark.parametrize(
    "regularizer",
    [
        regularizers.L1(0.1),
        regularizers.L2(0.1),
        regularizers.L1L2(0.1, 0.2),
        regularizers.OrthogonalRegularizer(0.1, mode="columns"),
    ],
)
def test_a_saved_regularizer_is_restored(regularizer: Any) -> None:
    config = regularizers.serialize(regularizer)
    assert config == {
        "module": "keras.regularizers",
        "class_name": type(regularizer).__name__,
        "config": regularizer.get_config(),
        "registered_name": None,
    }
    old = regularizers.serialize(regularizer, use_legacy_format=True)
    assert old == {"class_name": type(regularizer).__name__, "config": regularizer.get_config()}
    for again in (regularizers.get(config), regularizers.get(old)):
        assert type(again) is type(regularizer)
        assert again.get_config() == regularizer.get_config()


def test_saving_a_value_that_is_not_a_regularizer_warns() -> None:
    with pytest.warns(UserWarning, match="regularizers.serialize"):
        assert regularizers.serialize(penalty)["config"] == "penalty"
    assert regularizers.serialize(None) is None


# -- created --------------------------------------------------------------------------------------


@pytest.mark.parametrize("factor", ["a", [1], np.float32(0.1), INFINITE, -INFINITE, float("nan")])
@pytest.mark.parametrize(
    "cls", [regularizers.L1, regularizers.L2, regularizers.L1L2, regularizers.OrthogonalRegularizer]
)
def test_a_penalty_must_be_a_finite_number(cls: Any, factor: Any) -> None:
    with pytest.raises(ValueError, match="penalty"):
        cls(factor)


@pytest.mark.parametrize(
    ("regularizer", "config"),
    [
        (regularizers.L2(True), {"l2": 1.0}),
        (regularizers.L2(-1), {"l2": -1.0}),
        (regularizers.L2(np.float64(0.1)), {"l2": TENTH}),
        (regularizers.L2(None), {"l2": HUNDREDTH}),
        (regularizers.L2(0.1, l=0.5), {"l2": 0.5}),
        (regularizers.L1(l=None), {"l1": HUNDREDTH}),
        (regularizers.L1L2(None, None), {"l1": 0.0, "l2": 0.0}),
        (regularizers.l1_l2(), {"l1": HUNDREDTH, "l2": HUNDREDTH}),
        (regularizers.l1_l2(l1=None, l2=None), {"l1": 0.0, "l2": 0.0}),
    ],
)
def test_factors_are_kept_as_float32(regularizer: Any, config: dict[str, Any]) -> None:
    assert regularizer.get_config() == config


def test_unknown_arguments_are_refused() -> None:
    with pytest.raises(TypeError, match="foo"):
        regularizers.L2(foo=1)
    cls: Any = regularizers.L1
    with pytest.raises(TypeError):
        cls(1, 2)
    with pytest.raises(ValueError, match="mode"):
        regularizers.OrthogonalRegularizer(0.1, "diagonal")


def test_the_base_class_penalizes_nothing_and_has_no_config() -> None:
    assert regularizers.Regularizer()([1.0]) == 0.0
    with pytest.raises(NotImplementedError):
        regularizers.Regularizer().get_config()


# -- applied --------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_the_penalty_is_a_scalar_of_the_dtype_of_the_tensor(dtype: str) -> None:
    x = np.array([[1.0, -2.0], [3.0, 4.0]], dtype)
    for regularizer, expected in [
        (regularizers.L1(0.1), 1.0),
        (regularizers.L2(0.1), 3.0),
        (regularizers.L1L2(0.1, 0.1), 4.0),
    ]:
        for operand in (x, Variable(x), convert_to_tensor(x)):
            y = regularizer(operand)
            assert isinstance(y, Tensor)
            assert y.shape == ()
            assert y.dtype.name == dtype
            assert float(y) == pytest.approx(expected, rel=1e-3)


def test_a_symbolic_tensor_returns_a_symbolic_scalar() -> None:
    x = KerasTensor((None, 3))
    for regularizer in (regularizers.L1(), regularizers.L2(), regularizers.L1L2(0.1)):
        y = regularizer(x)
        assert isinstance(y, KerasTensor)
        assert tuple(y.shape) == ()


def test_orthogonal_rows_have_no_penalty() -> None:
    orthogonal = regularizers.OrthogonalRegularizer(0.1, mode="rows")
    assert float(orthogonal(convert_to_tensor([[2.0, 0.0], [0.0, 5.0]]))) == 0
    # One pair of rows, at 45 degrees.
    oblique = convert_to_tensor([[1.0, 0.0], [3.0, 3.0]])
    assert float(orthogonal(oblique)) == pytest.approx(0.1 * np.sqrt(0.5), rel=1e-6)
    columns = regularizers.OrthogonalRegularizer(0.1, mode="columns")
    assert float(columns(tf.transpose(oblique))) == pytest.approx(0.1 * np.sqrt(0.5), rel=1e-6)


@pytest.mark.filterwarnings("error")
def test_a_single_row_has_no_pairs() -> None:
    assert np.isnan(regularizers.OrthogonalRegularizer()(convert_to_tensor([[1.0, 2.0]])))


def test_the_orthogonal_regularizer_needs_a_matrix() -> None:
    with pytest.raises(ValueError, match="rank 2"):
        regularizers.OrthogonalRegularizer()(convert_to_tensor([1.0, 1.0]))
    with pytest.raises(TypeError):
        regularizers.OrthogonalRegularizer(mode="rows")(KerasTensor((None, 3)))
    columns = regularizers.OrthogonalRegularizer(mode="columns")(KerasTensor((None, 3)))
    assert tuple(columns.shape) == ()


def test_integers_are_refused() -> None:
    with pytest.raises(InvalidArgumentError):
        regularizers.L2()([1, 2])
    with pytest.raises(TypeError):
        regularizers.L1L2(0.1)(convert_to_tensor([1, 2]))


def test_a_custom_regularizer_is_traced_automatically() -> None:
    class Doubled(regularizers.Regularizer):
        def __call__(self, x: Any) -> Any:
            return 2 * regularizers.L2(0.1)(x)

    recorder = Recorder()
    with recording(recorder):
        assert float(Doubled()(convert_to_tensor([2.0]))) == pytest.approx(0.8)
    (outer,) = recorder.steps()
    kinds = [child.kind for child in outer.children]
    assert (outer.kind, kinds) == ("regularize", ["regularize", "op"])
    assert outer.point.endswith("Doubled.__call__")
    assert outer.children[0].point == "keras.regularizers.L2.__call__"


def test_a_lookup_takes_the_steps_that_keras_takes() -> None:
    recorder = Recorder()
    with recording(recorder):
        regularizers.get("l2")
    (get,) = recorder.steps()
    (first,) = get.children
    (second,) = first.children
    assert [step.kind for step in (get, first, second)] == ["get", "deserialize", "deserialize"]
    (config,) = second.inputs.values()
    assert isinstance(config, Mapping)
    assert dict(config.entries) == {
        "module": "keras.regularizers",
        "class_name": "L2",
        "config": None,
        "registered_name": None,
    }
