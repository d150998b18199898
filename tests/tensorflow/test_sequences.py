"""Python values and lists of them become constants as in TensorFlow 2.14: dtypes, mixtures, errors.

`tests/data/tensorflow-2.14-constants.json` has, for an expression, what `tf.constant` gives, with a
dtype after `as`: dtype, shape and numbers, or the type of the error.
"""

import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import densetrace.tensorflow as tf

CONSTANTS: dict[str, str] = json.loads(
    (Path(__file__).parents[1] / "data" / "tensorflow-2.14-constants.json").read_text("utf-8")
)["constants"]


def shown(given: str) -> str:
    """What a constant gives, as the recording writes it."""
    expression, _, dtype = given.partition(" as ")
    value = eval(expression, {"np": np})
    try:
        made: Any = tf.constant(value, dtype) if dtype else tf.constant(value)
    except Exception as error:
        return type(error).__name__
    return f"{made.dtype.name}{list(made.shape)} {np.asarray(made).tolist()}"


def test_constants_are_those_of_tensorflow() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", np.exceptions.ComplexWarning)
        found = {given: shown(given) for given in CONSTANTS}
    assert {given: (found[given], CONSTANTS[given]) for given in CONSTANTS
            if found[given] != CONSTANTS[given]} == {}  # fmt: skip


@pytest.mark.parametrize("values", [[1, 2.5], (1, 2.5), [[1, 2], [3.5, 4]], [True, False], ["a"]])
def test_numbers_are_stacked_as_a_constant_of_them_is(values: Any) -> None:
    stacked, constant = tf.stack(values), tf.constant(values)
    assert stacked.dtype is constant.dtype
    np.testing.assert_array_equal(np.asarray(stacked), np.asarray(constant))


def test_a_list_with_tensors_becomes_a_tensor_with_a_gradient() -> None:
    x = tf.constant([1.0, 2.0])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.reduce_sum([x, x * x])
    assert tape.gradient(y, x).numpy().tolist() == [3, 5]

    total = tf.function(lambda x: tf.reduce_sum([x, [1.0, 1.0]]))
    assert float(total(x)) == 5
