"""The flags of operations: which take the truth of any value, and which only bools."""

from typing import Any

import numpy as np
import pytest

from densetrace import tensorflow as tf
from densetrace.keras import layers
from densetrace.keras.engine.input_layer import Input

X = [[1.0, 2.0], [3.0, 4.0]]
SEVERAL = np.array([1, 2])

REDUCTIONS = [
    tf.reduce_sum, tf.reduce_mean, tf.reduce_max, tf.reduce_min, tf.reduce_prod,
    tf.reduce_logsumexp, tf.math.reduce_std, tf.math.reduce_euclidean_norm,
    tf.math.count_nonzero,
]  # fmt: skip


@pytest.mark.parametrize("reduce", REDUCTIONS, ids=lambda one: str(one.__name__))
@pytest.mark.parametrize(("keepdims", "rank"), [("no", 2), ([], 1), (0.0, 1), (2, 2), (None, 1)])
def test_keepdims_has_the_truth_of_its_value(reduce: Any, keepdims: Any, rank: int) -> None:
    assert reduce(tf.constant(X), 0, keepdims=keepdims).shape.rank == rank


@pytest.mark.parametrize("reduce", REDUCTIONS, ids=lambda one: str(one.__name__))
def test_an_array_has_no_truth(reduce: Any) -> None:
    with pytest.raises(ValueError, match="truth value of an array") as raised:
        reduce(tf.constant(X), 0, keepdims=SEVERAL)
    assert not isinstance(raised.value, tf.errors.InvalidArgumentError)


@pytest.mark.parametrize("value", ["x", 2, [], np.array(True), SEVERAL], ids=repr)
@pytest.mark.parametrize("flag", ["exclusive", "reverse"])
def test_a_flag_of_a_sum_must_be_a_bool(flag: str, value: Any) -> None:
    with pytest.raises(TypeError, match=f"Expected bool for argument '{flag}' not "):
        tf.cumsum(tf.constant(X), **{flag: value})


@pytest.mark.parametrize("flag", ["transpose_a", "transpose_b", "adjoint_a", "adjoint_b"])
def test_a_flag_of_a_product_must_be_a_bool(flag: str) -> None:
    x = tf.constant(X)
    with pytest.raises(TypeError, match=f"Expected bool for argument '{flag}' not 'x'"):
        tf.matmul(x, x, **{flag: "x"})


def test_a_size_of_true_stays_in_a_weight_and_is_1_in_a_result() -> None:
    layer = layers.Dense(True)
    output = layer(Input((3,)))
    assert [type(size) for size in layer.kernel.shape] == [int, bool]
    assert [type(size) for size in output.shape] == [type(None), int]
    assert repr(layer.output_shape) == "(None, 1)"
