"""Constraints: lookup by name, and the weights that they return."""

from typing import Any

import numpy as np
import pytest

from densetrace.keras import constraints
from densetrace.keras._registries import found
from densetrace.keras.engine.keras_tensor import KerasTensor
from densetrace.recording.recorder import Recorder, recording
from densetrace.tensorflow.convert import convert_to_tensor
from densetrace.tensorflow.errors import InvalidArgumentError
from densetrace.tensorflow.tensor import Tensor
from densetrace.tensorflow.variables import Variable

NAMES = {
    "Constraint": "Constraint",
    "MaxNorm": "MaxNorm",
    "max_norm": "MaxNorm",
    "maxnorm": "MaxNorm",
    "MinMaxNorm": "MinMaxNorm",
    "min_max_norm": "MinMaxNorm",
    "NonNeg": "NonNeg",
    "non_neg": "NonNeg",
    "nonneg": "NonNeg",
    "RadialConstraint": "RadialConstraint",
    "radial_constraint": "RadialConstraint",
    "UnitNorm": "UnitNorm",
    "unit_norm": "UnitNorm",
    "unitnorm": "UnitNorm",
}


def weights(shape: tuple[int, ...] = (20, 30), dtype: str = "float64") -> Any:
    """Random weights of both signs, one of them zero."""
    values = np.random.default_rng(7).uniform(-50, 50, shape).astype(dtype)
    values[(0,) * len(shape)] = 0
    return convert_to_tensor(values)


def norms(w: Any, axis: Any = 0) -> Any:
    return np.sqrt(np.sum(np.square(np.asarray(w)), axis))


# -- looking up -----------------------------------------------------------------------------------


def test_every_name_that_keras_finds_is_found() -> None:
    assert {name: type(constraints.get(name)).__name__ for name in found("constraints")} == NAMES


def test_none_and_callables_are_returned_unchanged() -> None:
    assert constraints.get(None) is None
    assert constraints.get(abs) is abs
    assert constraints.get(constraints.MaxNorm) is constraints.MaxNorm


@pytest.mark.parametrize(
    ("identifier", "error"),
    [
        *[(name, ValueError) for name in ("nope", "", "Maxnorm", "constraint", "math", "backend")],
        *[(value, ValueError) for value in (5, 0.5, True, b"max_norm", ["max_norm"])],
        ({}, ValueError),
        ({"class_name": "MaxNorm"}, ValueError),
        ({"class_name": "Maxnorm", "config": {}}, ValueError),
        ({"class_name": "MaxNorm", "config": {"x": 3}}, TypeError),
        ({"class_name": "deserialize_keras_object", "config": {"config": {}}}, ValueError),
    ],
)
def test_an_invalid_identifier_raises_the_error_that_keras_raises(
    identifier: Any, error: type[Exception]
) -> None:
    with pytest.raises(error):
        constraints.get(identifier)


def test_an_unknown_name_in_a_config_with_a_module_passes_through() -> None:
    config = {"module": "os", "class_name": "function", "config": "system"}
    assert constraints.get(config | {"registered_name": "system"}) == "system"


@pytest.mark.parametrize(
    "constraint",
    [
        constraints.MaxNorm(3, axis=1),
        constraints.MinMaxNorm(0.1, 0.2, rate=0.5, axis=[0, 1]),
        constraints.NonNeg(),
        constraints.RadialConstraint(),
        constraints.UnitNorm(axis=None),
    ],
)
def test_a_saved_constraint_is_restored(constraint: Any) -> None:
    config = constraints.serialize(constraint)
    assert config == {
        "module": "keras.constraints",
        "class_name": type(constraint).__name__,
        "config": constraint.get_config(),
        "registered_name": None,
    }
    old = constraints.serialize(constraint, use_legacy_format=True)
    for again in (constraints.get(config), constraints.get(old), constraints.deserialize(config)):
        assert type(again) is type(constraint)
        assert again.get_config() == constraint.get_config()


def test_saving_a_value_that_is_not_a_constraint_warns() -> None:
    with pytest.warns(UserWarning, match="constraints.serialize"):
        constraints.serialize(norms)
    assert constraints.serialize(None) is None


# -- applied --------------------------------------------------------------------------------------


@pytest.mark.parametrize("largest", [0.1, 0.5, 3, 8, 1e-7])
def test_max_norm_lowers_norms(largest: float) -> None:
    assert np.all(norms(constraints.MaxNorm(largest)(weights())) < largest)


def test_max_norm_leaves_small_norms_alone() -> None:
    w = convert_to_tensor([[0.0, 1.0, 3.0, 3.0], [0.0, 0.0, 0.0, 3.0], [0.0, 0.0, 0.0, 3.0]])
    third = 2 / np.sqrt(3)
    expected = [[0, 1, 2, third], [0, 0, 0, third], [0, 0, 0, third]]
    np.testing.assert_allclose(constraints.MaxNorm(2.0)(w), expected, rtol=1e-5)


def test_a_negative_max_norm_makes_everything_zero() -> None:
    np.testing.assert_array_equal(constraints.MaxNorm(-1)(weights()), np.zeros((20, 30)))


def test_a_max_norm_of_none_is_no_bound() -> None:
    np.testing.assert_allclose(constraints.MaxNorm(None)(weights()), weights(), rtol=1e-5)


def test_non_neg_makes_negative_weights_zero() -> None:
    w = weights(dtype="float32")
    np.testing.assert_array_equal(constraints.NonNeg()(w), np.maximum(w.numpy(), 0))


@pytest.mark.parametrize("axis", [0, 1, (0, 1), None])
def test_unit_norm_makes_norms_one(axis: Any) -> None:
    w = constraints.UnitNorm(axis=axis)(weights())
    np.testing.assert_allclose(norms(w, axis), 1, rtol=1e-5)


@pytest.mark.parametrize("least", [0.1, 0.5, 3, 8, 1e-7])
def test_min_max_norm_moves_norms_between_its_bounds(least: float) -> None:
    w = constraints.MinMaxNorm(min_value=least, max_value=2 * least)(weights())
    assert np.all((norms(w) > least * 0.99) & (norms(w) <= 2 * least + 1e-5))


def test_min_max_norm_with_rate_one_half_moves_half_the_way() -> None:
    w = convert_to_tensor([[8.0]])
    assert float(constraints.MinMaxNorm(0, 2, rate=0.5)(w)[0, 0]) == pytest.approx(5.0, rel=1e-6)


@pytest.mark.parametrize("width", [2, 3, 4, 5, 6])
def test_a_radial_constraint_makes_rings_equal(width: int) -> None:
    w = np.asarray(constraints.RadialConstraint()(weights((width, width, 2, 2))))
    assert w.shape == (width, width, 2, 2)
    for channel in np.ndindex(2, 2):
        kernel = w[:, :, *channel]
        assert np.array_equal(kernel, kernel.T)
        assert np.array_equal(kernel, kernel[::-1, ::-1])
        assert len(np.unique(kernel)) == (width + 1) // 2


def test_a_radial_constraint_uses_the_same_numbers_for_rings_as_keras() -> None:
    odd = convert_to_tensor(np.arange(9.0).reshape(3, 3, 1, 1))
    even = convert_to_tensor(np.arange(16.0).reshape(4, 4, 1, 1))
    radial = constraints.RadialConstraint()
    assert np.asarray(radial(odd)).ravel().tolist() == [4, 4, 4, 4, 0, 4, 4, 4, 4]
    assert np.asarray(radial(even)).ravel()[:6].tolist() == [15, 15, 15, 15, 15, 5]


def test_a_radial_constraint_is_for_square_kernels() -> None:
    with pytest.raises(ValueError, match="rank 4"):
        constraints.RadialConstraint()(weights())
    for shape in [(2, 3, 1, 1), (3, 2, 1, 1), (1, 1, 1, 1)]:
        with pytest.raises(InvalidArgumentError):
            constraints.RadialConstraint()(weights(shape))


APPLIED = [
    constraints.MaxNorm(),
    constraints.NonNeg(),
    constraints.UnitNorm(),
    constraints.MinMaxNorm(),
]


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("constraint", APPLIED)
def test_the_weight_keeps_its_shape_and_dtype(constraint: Any, dtype: str) -> None:
    w = np.array([[1.0, -2.0], [3.0, 4.0]], dtype)
    for operand in (Variable(w), convert_to_tensor(w)):
        if isinstance(constraint, constraints.NonNeg) and dtype != "float32":
            # The dtype of its mask is floatx.
            with pytest.raises(InvalidArgumentError):
                constraint(operand)
            continue
        y = constraint(operand)
        assert isinstance(y, Tensor)
        assert y.shape == (2, 2)
        assert y.dtype.name == dtype


@pytest.mark.parametrize("constraint", APPLIED)
def test_a_symbolic_weight_returns_a_symbolic_weight(constraint: Any) -> None:
    y = constraint(KerasTensor((None, 3)))
    assert isinstance(y, KerasTensor)
    assert tuple(y.shape) == (None, 3)


@pytest.mark.parametrize("constraint", APPLIED)
def test_integers_are_refused(constraint: Any) -> None:
    with pytest.raises(TypeError):
        constraint(convert_to_tensor([[1, 2]]))


@pytest.mark.parametrize("cls", [constraints.MaxNorm, constraints.UnitNorm, constraints.MinMaxNorm])
def test_an_axis_must_exist(cls: Any) -> None:
    for axis in (5, "a"):
        with pytest.raises(InvalidArgumentError):
            cls(axis=axis)(weights())


def test_the_base_class_changes_nothing() -> None:
    w = weights()
    assert constraints.Constraint()(w) is w
    assert constraints.Constraint().get_config() == {}


def test_a_custom_constraint_is_traced_automatically() -> None:
    class Halved(constraints.Constraint):
        def __call__(self, w: Any) -> Any:
            return super().__call__(w) / 2

    recorder = Recorder()
    with recording(recorder):
        Halved()(weights())
    (outer,) = recorder.steps()
    assert [outer.kind, *(child.point for child in outer.children)] == [
        "constrain",
        "keras.constraints.Constraint.__call__",
        "tf.math.divide",
    ]
