"""Operations in a graph on a tensor whose rank only a run of the graph knows."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from densetrace import tensorflow as tf

CASES: list[tuple[str, Callable[[Any], Any]]] = [
    ("argmax", lambda x: tf.argmax(x, 1)),
    ("argmin", lambda x: tf.argmin(x)),
    ("concat", lambda x: tf.concat([x, x], 0)),
    ("concat with a known rank", lambda x: tf.concat([x, tf.ones((1, 3))], 0)),
    ("concat before a known rank", lambda x: tf.concat([tf.ones((1, 3)), x], -2)),
    ("einsum", lambda x: tf.einsum("ij,jk->ik", x, tf.ones((3, 4)))),
    ("einsum with dots", lambda x: tf.einsum("...j,jk->...k", x, tf.ones((3, 4)))),
    ("einsum without a result", lambda x: tf.einsum("ij,jk", x, tf.ones((3, 4)))),
    ("matmul", lambda x: tf.matmul(x, tf.ones((3, 4)))),
    ("tensordot", lambda x: tf.tensordot(x, tf.ones((3, 4)), 1)),
    ("tensordot of two", lambda x: tf.tensordot(x, x, [[1], [1]])),
    ("boolean_mask", lambda x: tf.boolean_mask(x, [True, False])),
    ("boolean_mask of two axes", lambda x: tf.boolean_mask(x, np.eye(2, 3) > 0)),
    ("boolean_mask along an axis", lambda x: tf.boolean_mask(x, [True, False, True], axis=1)),
    ("split", lambda x: tf.split(x, [1, 2], 1)[1]),
    ("split in equal parts", lambda x: tf.split(x, 2)[1]),
    ("sort", lambda x: tf.sort(x, direction="DESCENDING")),
    ("argsort", lambda x: tf.argsort(x)),
    ("top_k", lambda x: tf.math.top_k(x, 2)[0]),
    ("one_hot", lambda x: tf.one_hot(tf.cast(x, "int32"), 3)),
    ("diag", lambda x: tf.linalg.diag(x)),
    ("diag_part", lambda x: tf.linalg.diag_part(x)),
    ("matrix_transpose", lambda x: tf.linalg.matrix_transpose(x)),
    ("cross entropy", lambda x: tf.nn.softmax_cross_entropy_with_logits(x, x)),
    ("repeat", lambda x: tf.repeat(x, 2, axis=0)),
    ("map_fn", lambda x: tf.map_fn(lambda row: row * 2, x)),
]
SCALAR, VECTOR = tf.TensorSpec([], "int32"), tf.TensorSpec([None], "int32")
DEFERRED: list[tuple[str, Any, Any, Callable[[Any, Any], Any]]] = [
    ("reduce_sum", SCALAR, 1, lambda x, a: tf.reduce_sum(x, a)),
    ("reduce_sum over several", VECTOR, [0, 1], lambda x, a: tf.reduce_sum(x, a)),
    ("reduce_mean", SCALAR, -1, lambda x, a: tf.reduce_mean(x, a, keepdims=True)),
    ("reduce_max", SCALAR, 0, lambda x, a: tf.reduce_max(x, axis=[a])),
    ("reduce_all", SCALAR, 0, lambda x, a: tf.reduce_all(x > 0, a)),
    ("argmax", SCALAR, 1, lambda x, a: tf.argmax(x, a)),
    ("transpose", VECTOR, [1, 0], lambda x, a: tf.transpose(x, a)),
    ("concat", SCALAR, 1, lambda x, a: tf.concat([x, x * 2], a)),
    ("cumsum", SCALAR, 1, lambda x, a: tf.cumsum(x, a)),
    ("expand_dims", SCALAR, 1, lambda x, a: tf.expand_dims(x, a)),
    ("gather", SCALAR, 1, lambda x, a: tf.gather(x, [0], axis=a)),
    ("reverse", VECTOR, [1], lambda x, a: tf.reverse(x, a)),
]
DATA = np.arange(6, dtype="float32").reshape(2, 3)


@pytest.mark.parametrize("function", [case for _, case in CASES], ids=[name for name, _ in CASES])
def test_a_graph_without_the_rank_gives_the_numbers_of_an_eager_run(
    function: Callable[[Any], Any],
) -> None:
    in_graph = tf.function(function, input_signature=[tf.TensorSpec(None)])
    assert np.array_equal(in_graph(tf.constant(DATA)), function(tf.constant(DATA)))


def test_a_shape_is_known_where_another_operand_gives_it() -> None:
    shapes = []

    def run(x: Any) -> None:
        shapes.append(tf.concat([x, tf.ones((1, 3))], 0).shape.as_list())
        shapes.append(tf.einsum("ij,jk->ik", x, tf.ones((3, 4))).shape.as_list())
        shapes.append(tf.argmax(x, 1).shape.rank)

    tf.function(run, input_signature=[tf.TensorSpec(None)])(tf.ones((2, 3)))
    assert shapes == [[None, 3], [None, 4], None]


def test_a_mask_needs_a_rank() -> None:
    run = tf.function(lambda x: tf.boolean_mask(x, x > 0), input_signature=[tf.TensorSpec(None)])
    with pytest.raises(ValueError, match="mask dimensions must be specified"):
        run(tf.ones((2, 3)))


@pytest.mark.parametrize("shape", [[2, 3], None], ids=["ranked", "unranked"])
@pytest.mark.parametrize(("spec", "given", "function"), [one[1:] for one in DEFERRED],
                         ids=[one[0] for one in DEFERRED])  # fmt: skip
def test_an_axis_may_be_an_argument_of_the_graph(
    spec: Any, given: Any, function: Callable[[Any, Any], Any], shape: Any
) -> None:
    run = tf.function(function, input_signature=[tf.TensorSpec(shape), spec])
    x, axis = tf.constant(DATA), tf.constant(given)
    for _ in range(3):  # each operation; observed; as a program
        assert np.array_equal(run(x, axis), function(x, axis))


@pytest.mark.parametrize("is_inside", [False, True], ids=["around", "inside"])
def test_such_an_operation_has_its_gradient(is_inside: bool) -> None:
    def loss(x: Any, axis: Any) -> Any:
        return tf.reduce_sum(tf.reduce_max(x * x, axis) ** 2)

    def gradient(x: Any, axis: Any, loss: Any = loss) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = loss(x, axis)
        return tape.gradient(y, x)

    x = tf.constant(DATA)
    for axis in (0, 1):
        if is_inside:
            found = tf.function(gradient)(x, tf.constant(axis))
        else:
            found = gradient(x, tf.constant(axis), tf.function(loss))
        assert np.array_equal(found, gradient(x, axis))


def test_such_an_operation_has_its_name() -> None:
    names: list[str] = []
    tf.function(lambda a: names.append(tf.reduce_sum(DATA, a).name))(tf.constant(1))
    assert names == ["Sum:0"]


@pytest.mark.parametrize("axis", [None, 1, -1, [0, 1], [0, -1], [-1, -2]])
@pytest.mark.parametrize("keepdims", [False, True])
def test_a_reduction_without_the_rank_has_its_gradient(axis: Any, keepdims: bool) -> None:
    def gradient(x: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = tf.reduce_max(x * x, axis, keepdims) ** 2
        return tape.gradient(y, x)

    in_graph = tf.function(gradient, input_signature=[tf.TensorSpec(None)])
    assert np.array_equal(in_graph(tf.constant(DATA)), gradient(tf.constant(DATA)))
