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
    ("cross entropy", lambda x: tf.nn.softmax_cross_entropy_with_logits(x, x)),
    ("map_fn", lambda x: tf.map_fn(lambda row: row * 2, x)),
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
