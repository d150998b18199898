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


TABLE = tf.Variable([[0.0, 1.0], [2.0, 3.0], [4.0, 5.0], [6.0, 7.0]])


def gradient(target: Callable[[], Any]) -> Any:
    with tf.GradientTape() as tape:
        value = target()
    return tape.gradient(value, TABLE)


def test_the_gradients_of_two_lookups_stay_slices(run: Any) -> None:
    """As printed by TensorFlow 2.14."""
    found = run(
        lambda: gradient(
            lambda: (
                tf.reduce_sum(tf.gather(TABLE, [0, 1]) * 2.0)
                + tf.reduce_sum(tf.gather(TABLE, [1, 3]) * 3.0)
            )
        )
    )
    assert found.indices.numpy().tolist() == [0, 1, 1, 3]
    assert found.values.numpy().tolist() == [[2.0, 2.0]] * 2 + [[3.0, 3.0]] * 2
    assert found.dense_shape.numpy().tolist() == [4, 2]
    # Its norm is that of the slices, not of their sum.
    assert tf.linalg.global_norm([found]).numpy() == pytest.approx(np.sqrt(4 * 4 + 4 * 9))


def test_indices_of_two_dtypes_become_int64(run: Any) -> None:
    late = tf.constant([1], tf.int64)
    found = run(lambda: gradient(lambda: tf.gather(TABLE, [0]) + tf.gather(TABLE, late)))
    assert found.indices.dtype == tf.int64


def test_a_lookup_and_another_operation_give_a_whole_gradient(run: Any) -> None:
    found = run(
        lambda: gradient(lambda: tf.reduce_sum(tf.gather(TABLE, [0])) + tf.reduce_sum(TABLE))
    )
    assert found.numpy().tolist() == [[2.0, 2.0], [1.0, 1.0], [1.0, 1.0], [1.0, 1.0]]


def test_a_repeated_lookup_in_a_loop_of_1000_is_joined_once() -> None:
    found = gradient(lambda: tf.add_n([tf.gather(TABLE, [step % 4]) for step in range(1000)]))
    assert found.indices.shape == (1000,)
    assert tf.convert_to_tensor(found).numpy().tolist() == [[250.0, 250.0]] * 4


def test_slices_print_as_in_tensorflow() -> None:
    found = gradient(lambda: tf.gather(TABLE, [1]))
    assert str(found) == (
        "IndexedSlices(indices=tf.Tensor([1], shape=(1,), dtype=int32), "
        "values=tf.Tensor([[1. 1.]], shape=(1, 2), dtype=float32), "
        "dense_shape=tf.Tensor([4 2], shape=(2,), dtype=int32))"
    )
    assert "IndexedSlices object at 0x" in repr(found)
    assert str(slices(None)).endswith("dtype=float32))")
