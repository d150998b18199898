"""The layers that act as activation functions: checks, results, configs."""

from typing import Any

import numpy as np
import pytest

from densetrace.keras.engine.keras_tensor import KerasTensor
from densetrace.keras.layers.activation import (
    ELU,
    LeakyReLU,
    PReLU,
    ReLU,
    Softmax,
    ThresholdedReLU,
)

X = np.array([[-2.0, -0.5, 0.5, 2.0]], np.float32)
E1, E2 = np.expm1(-0.5), np.expm1(-2.0)

COMPUTED = [
    (ELU(), [E2, E1, 0.5, 2]),
    (ELU(0.5), [E2 / 2, E1 / 2, 0.5, 2]),
    (LeakyReLU(), [-0.6, -0.15, 0.5, 2]),
    (LeakyReLU(0), [0, 0, 0.5, 2]),
    (ReLU(), [0, 0, 0.5, 2]),
    (ReLU(max_value=1), [0, 0, 0.5, 1]),
    (ReLU(1.5, 0.5, 1.0), [-1.5, -0.75, -0.25, 1.5]),
    (PReLU(), [0, 0, 0.5, 2]),
    (PReLU("ones", shared_axes=[1]), [-2, -0.5, 0.5, 2]),
    (ThresholdedReLU(), [0, 0, 0, 2]),
    (ThresholdedReLU(0.25), [0, 0, 0.5, 2]),
]


@pytest.mark.parametrize(("layer", "expected"), COMPUTED)
def test_a_layer_computes_its_activation(layer: Any, expected: list[float]) -> None:
    np.testing.assert_allclose(layer(X)[0], np.array(expected), rtol=1e-6)
    symbolic = layer(KerasTensor((None, 4)))
    assert (tuple(symbolic.shape), symbolic.dtype.name) == ((None, 4), "float32")
    assert tuple(layer.compute_output_shape((None, 4))) == (None, 4)
    assert layer.supports_masking


@pytest.mark.parametrize("layer", [layer for layer, _ in COMPUTED])
def test_a_layer_is_restored_from_its_config(layer: Any) -> None:
    again = type(layer).from_config(layer.get_config())
    np.testing.assert_array_equal(again(X), layer(X))


def test_a_softmax_uses_its_axis_and_its_mask() -> None:
    x = np.array([[1.0, 2.0], [3.0, 5.0]], np.float32)
    along_rows = np.asarray(Softmax()(x))
    np.testing.assert_allclose(along_rows.sum(1), [1, 1], rtol=1e-6)
    np.testing.assert_allclose(np.asarray(Softmax(axis=0)(x)).sum(0), [1, 1], rtol=1e-6)
    np.testing.assert_allclose(np.asarray(Softmax(axis=(0, 1))(x)).sum(), 1, rtol=1e-6)
    np.testing.assert_array_equal(Softmax(axis=[1])(x), along_rows)
    masked = Softmax()(x, mask=np.array([[True, False], [True, True]]))
    np.testing.assert_allclose(masked, [[1.0, 0.0], along_rows[1]], rtol=1e-6)


def test_a_prelu_has_a_slope_for_each_feature_unless_it_is_shared() -> None:
    layer, shared = PReLU(), PReLU(shared_axes=1)
    layer.build((None, 3, 4))
    shared.build((None, 3, 4))
    assert layer.alpha.shape == (3, 4)
    assert shared.alpha.shape == (1, 4)
    assert shared.input_spec.axes == {2: 4}


@pytest.mark.parametrize(
    ("cls", "arguments"),
    [
        (ELU, {"alpha": None}),
        (LeakyReLU, {"alpha": None}),
        (ReLU, {"max_value": -1}),
        (ReLU, {"negative_slope": None}),
        (ReLU, {"threshold": -1}),
        (ThresholdedReLU, {"theta": None}),
        (ThresholdedReLU, {"theta": -1}),
    ],
)
def test_invalid_arguments_are_refused(cls: Any, arguments: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="Received"):
        cls(**arguments)
