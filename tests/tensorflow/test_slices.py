"""IndexedSlices: as operands, clipped, and scattered into variables."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import densetrace.tensorflow as tf

VALUES = [[3.0, 4.0], [0.0, -12.0], [1.0, 1.0]]


def slices(shape: Any = (3, 2)) -> Any:
    """Two slices at index 0, one at index 2."""
    indices = tf.constant([0, 2, 0])
    return tf.IndexedSlices(tf.constant(VALUES), indices, shape and tf.constant(shape))


def in_graph(function: Callable[[], Any]) -> Any:
    return tf.function(function)()


@pytest.fixture(params=[lambda function: function(), in_graph], ids=["eager", "graph"])
def run(request: pytest.FixtureRequest) -> Any:
    return request.param


def test_an_operand_becomes_the_whole_tensor(run: Any) -> None:
    whole = np.array([[4.0, 5.0], [0.0, 0.0], [0.0, -12.0]])
    assert run(lambda: tf.square(slices())).numpy().tolist() == (whole**2).tolist()
    assert run(lambda: 2.0 * tf.ones([3, 2]) * slices()).numpy().tolist() == (2 * whole).tolist()
    assert run(lambda: slices() + tf.ones([])).numpy().tolist() == (whole + 1).tolist()
    assert run(lambda: tf.convert_to_tensor(-slices())).numpy().tolist() == (-whole).tolist()
    assert slices().shape == (3, 2)


def test_slices_of_an_unknown_shape_cannot_become_a_tensor() -> None:
    assert slices(None).shape.as_list() == [None, 2]
    with pytest.raises(ValueError, match="without dense_shape"):
        tf.square(slices(None))


def test_clipping_keeps_the_slices(run: Any) -> None:
    by_value = run(lambda: tf.clip_by_value(slices(), -2.0, 2.0))
    assert by_value.values.numpy().tolist() == [[2.0, 2.0], [0.0, -2.0], [1.0, 1.0]]
    norm = np.sqrt(np.sum(np.square(VALUES)))
    for clipped in (
        run(lambda: tf.clip_by_norm(slices(), 1.0)),
        run(lambda: tf.clip_by_global_norm([slices(), None], 1.0)[0][0]),
    ):
        assert clipped.values.numpy() == pytest.approx(np.array(VALUES) / norm)
        assert clipped.indices.numpy().tolist() == [0, 2, 0]


def test_a_global_norm_that_is_not_finite_makes_all_gradients_nan() -> None:
    clipped, norm = tf.clip_by_global_norm([tf.constant([np.inf]), tf.constant([1.0])], 1.0)
    assert [np.isnan(one.numpy()).all() for one in clipped] == [True, True]
    assert norm.numpy() == np.inf
    with pytest.raises(TypeError, match="list of tensors"):
        tf.clip_by_global_norm(tf.constant([1.0]), 1.0)


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ("scatter_add", [[5.0, 6.0], [1.0, 1.0], [1.0, -11.0]]),
        ("scatter_sub", [[-3.0, -4.0], [1.0, 1.0], [1.0, 13.0]]),
        ("scatter_max", [[3.0, 4.0], [1.0, 1.0], [1.0, 1.0]]),
        ("scatter_min", [[1.0, 1.0], [1.0, 1.0], [0.0, -12.0]]),
        ("scatter_update", [[1.0, 1.0], [1.0, 1.0], [0.0, -12.0]]),
    ],
)
def test_slices_are_scattered_into_a_variable(
    run: Any, method: str, expected: list[list[float]]
) -> None:
    variable = tf.Variable(tf.ones([3, 2]))
    returned = run(lambda: getattr(variable, method)(slices(None)))
    assert variable.numpy().tolist() == returned.numpy().tolist() == expected
    with pytest.raises(TypeError, match="IndexedSlices"):
        getattr(variable, method)(tf.ones([3, 2]))
