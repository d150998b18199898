"""Results compared with those of a real Keras 2.14: within 1e-6, or equal in distribution."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from densetrace.keras import activations, constraints, initializers, regularizers, utils
from densetrace.tensorflow.convert import convert_to_tensor

VALUES = json.loads((Path(__file__).parents[1] / "data" / "keras-2.14-values.json").read_text())
MODULES = {"regularizers": regularizers, "constraints": constraints, "initializers": initializers}


def cases(kind: str, key: str = "expr") -> pytest.MarkDecorator:
    """Parametrize a test with the recorded cases of a kind."""
    found = VALUES[kind]
    return pytest.mark.parametrize(
        "case", found, ids=[f"{case[key]} {number}" for number, case in enumerate(found)]
    )


def made(kind: str, case: dict[str, Any]) -> Any:
    """Evaluate the expression of a case with the module of densetrace."""
    return eval(case["expr"], vars(MODULES[kind]).copy())


def f32(values: Any) -> Any:
    """Return recorded numbers as an eager float32 tensor; null is a number that is not finite."""
    return convert_to_tensor(np.array(values, np.float32))


def assert_close(ours: Any, theirs: Any) -> None:
    """Check that numbers differ by at most 1e-6, relative or absolute, whichever allows more, and
    that the same elements are finite."""
    ours = np.asarray(ours).reshape(-1)
    theirs = np.array(theirs, np.float64).reshape(-1)
    assert ours.dtype == np.float32
    np.testing.assert_array_equal(np.isfinite(ours), np.isfinite(theirs))
    finite = np.isfinite(theirs)
    difference = np.abs(ours[finite] - theirs[finite])
    assert np.all(difference <= 1e-6 * np.maximum(1, np.abs(theirs[finite])))


@cases("activations", "name")
def test_an_activation_function_computes_what_keras_computes(case: dict[str, Any]) -> None:
    y = activations.get(case["name"])(f32(case["x"]))
    assert list(y.shape) == case["shape"]
    assert_close(y, case["y"])


@cases("regularizers")
def test_a_regularizer_computes_what_keras_computes(case: dict[str, Any]) -> None:
    regularizer = made("regularizers", case)
    assert regularizer.get_config() == case["config"]
    assert_close(regularizer(f32(case["x"])), case["y"])


@cases("constraints")
def test_a_constraint_computes_what_keras_computes(case: dict[str, Any]) -> None:
    constraint = made("constraints", case)
    assert constraint.get_config() == case["config"]
    assert_close(constraint(f32(case["x"])), case["y"])


@cases("initializers")
def test_an_initializer_has_the_same_distribution_as_in_keras(case: dict[str, Any]) -> None:
    utils.set_random_seed(2014)
    initializer = made("initializers", case)
    assert initializer.get_config() == case["config"]

    sample = np.asarray(initializer(case["shape"]))

    assert (list(sample.shape), sample.dtype.name) == (case["shape"], case["dtype"])
    if not hasattr(initializer, "seed"):
        facts = [sample.mean(dtype=np.float64), sample.std(dtype=np.float64)]
        assert facts == pytest.approx([case["mean"], case["std"]], abs=1e-6)
        assert [sample.min(), sample.max()] == [case["min"], case["max"]]
        return
    assert sample.std() == pytest.approx(case["std"], rel=0.01)
    assert abs(sample.mean()) < 5 * case["std"] / np.sqrt(sample.size)
    # Few samples fall near the extremes of an unbounded distribution.
    bounded = case["max"] < 3 * case["std"]
    ends = pytest.approx([case["min"], case["max"]], rel=0.001 if bounded else 0.2)
    assert [sample.min(), sample.max()] == ends


@pytest.mark.parametrize("shape", [(400, 300), (300, 400), (20, 5, 60)])
def test_an_orthogonal_matrix_has_orthogonal_rows_or_columns(
    shape: tuple[int, ...],
) -> None:
    flat = np.asarray(initializers.Orthogonal(gain=2.0, seed=1)(shape)).reshape(-1, shape[-1])
    few = flat if flat.shape[0] < flat.shape[1] else flat.T
    np.testing.assert_allclose(few @ few.T, 4 * np.eye(len(few)), atol=1e-5)
