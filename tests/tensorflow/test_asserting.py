"""The errors of tf.debugging name the condition and the first elements, as TensorFlow's do."""

from typing import Any

import numpy as np
import pytest

from densetrace import tensorflow as tf


def test_each_comparison_has_the_condition_and_the_elements_in_its_error() -> None:
    debugging = tf.debugging
    for check, sign, x, y in (
        (tf.assert_less, "<", 2, 1),
        (debugging.assert_less, "<", 2, 1),
        (debugging.assert_less_equal, "<=", 2, 1),
        (debugging.assert_greater, ">", 1, 2),
        (debugging.assert_greater_equal, ">=", 1, 2),
        (debugging.assert_equal, "==", 1, 2),
        (debugging.assert_none_equal, "!=", 1, 1),
    ):
        with pytest.raises(tf.errors.InvalidArgumentError) as raised:
            check([x] * 5, y, message="mine")
        assert str(raised.value) == (
            f"mine\nCondition x {sign} y did not hold.\nFirst 3 elements of x:\n[{x} {x} {x}]\n"
            f"First 1 elements of y:\n[{y}]"
        )


def test_elements_that_differ_are_listed_for_equal_shapes() -> None:
    with pytest.raises(tf.errors.InvalidArgumentError) as raised:
        tf.debugging.assert_less([1, 5, 7], [2, 2, 3], summarize=1)
    assert str(raised.value) == (
        "Condition x < y did not hold.\nIndices of first 1 different values:\n[[1]]\n"
        "Corresponding x values:\n[5]\nCorresponding y values:\n[2]\n"
        "First 1 elements of x:\n[1]\nFirst 1 elements of y:\n[2]"
    )


@pytest.mark.parametrize(
    ("name", "sign", "x"),
    [
        ("assert_positive", ">", -1),
        ("assert_negative", "<", 1),
        ("assert_non_negative", ">=", -1),
        ("assert_non_positive", "<=", 1),
    ],
)
def test_each_comparison_to_zero_has_the_condition_and_the_elements(
    name: str, sign: str, x: Any
) -> None:
    with pytest.raises(tf.errors.InvalidArgumentError) as raised:
        getattr(tf.debugging, name)([x] * 2, message="mine", summarize=1)
    assert str(raised.value) == (
        f"mine\nCondition x {sign} 0 did not hold element-wise:\n"
        f"x (shape=(2,) dtype=int32) = \n['{x}', '...']"
    )


@pytest.mark.parametrize(
    "asserted",
    [
        lambda x: tf.Assert(tf.reduce_all(x > 0), [x]),
        lambda x: tf.debugging.assert_equal(x, x),
        lambda x: tf.debugging.assert_positive(x),
        lambda x: tf.debugging.assert_near(x, x),
        lambda x: tf.debugging.assert_rank(x, 1),
        lambda x: tf.print(x),
        lambda x: tf.no_op(),
    ],
)
def test_what_has_no_result_is_an_operation_in_a_graph_and_a_dependency(asserted: Any) -> None:
    found = []

    @tf.function  # type: ignore[untyped-decorator]
    def run(x: Any) -> Any:
        found.append(asserted(x))
        with tf.control_dependencies([found[0]]):
            return x + 1

    np.testing.assert_allclose(run(tf.constant([1.0, 2.0])), [2, 3])
    assert isinstance(found[0], tf.Operation)
    assert repr(found[0]).startswith("<tf.Operation '")
    assert asserted(tf.constant([1.0, 2.0])) is None
