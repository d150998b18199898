"""Public names of operations: each is one function's."""

import pytest

import densetrace.tensorflow as tf
from densetrace.tensorflow.operation import OPERATIONS, export


def test_a_name_is_one_functions() -> None:
    with pytest.raises(ValueError, match=r"tf\.matmul is defined twice"):
        export("matmul")(lambda: None)
    assert OPERATIONS["matmul"] is tf.matmul


def test_what_only_runs_inside_a_public_function_has_no_public_name() -> None:
    assert not [name for name, made in OPERATIONS.items() if made.__name__.startswith("_")]


def test_random_uniform_has_the_defaults_of_tensorflow() -> None:
    made = tf.random.uniform((2,), seed=3)
    assert (made.shape, made.dtype) == ((2,), tf.float32)
