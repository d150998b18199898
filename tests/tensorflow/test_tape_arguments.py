"""`tape.gradient` takes tensors and variables, and refuses what TensorFlow 2.14 refuses."""

from typing import Any

import numpy as np
import pytest

import densetrace.tensorflow as tf
from densetrace.tensorflow import unconnected_gradients
from densetrace.tensorflow.errors import InvalidArgumentError, OpError

REFUSED: list[tuple[Any, type[Exception]]] = [
    (3.0, AttributeError),
    ([1.0], AttributeError),
    (np.ones(2), AttributeError),
    (None, TypeError),
    ("a", TypeError),
]


@pytest.mark.parametrize(("target", "kind"), REFUSED)
def test_a_target_that_is_no_tensor(target: Any, kind: type[Exception]) -> None:
    x = tf.constant(2.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
    with pytest.raises(kind, match="target"):
        tape.gradient(target, x)


@pytest.mark.parametrize("sources", [None, "a"])
def test_sources_that_are_none(sources: Any) -> None:
    x = tf.constant(2.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x * x
    with pytest.raises(TypeError, match="sources"):
        tape.gradient(y, sources)


def test_an_error_of_an_operation_has_the_fields_of_tensorflows() -> None:
    with pytest.raises(OpError) as raised:
        tf.reshape([1.0], [2])
    error = raised.value
    assert (error.node_def, error.op, error.error_code, error.args) == (None, None, 3, ())
    assert error.message == str(error)
    own = InvalidArgumentError(None, None, "mine")
    assert (str(own), own.message, own.args) == ("mine", "mine", ())
    again = own.__reduce__()
    assert str(again[0](*again[1])) == "mine"


@pytest.mark.parametrize("method", ["jacobian", "batch_jacobian"])
@pytest.mark.parametrize("persistent", [False, True])
def test_a_jacobian_may_be_computed_while_the_tape_records(method: str, persistent: bool) -> None:
    x = tf.constant([[1.0, 2.0]])
    with tf.GradientTape(persistent=persistent) as tape:
        tape.watch(x)
        y = x * x
        found = getattr(tape, method)(y, x)
        _ = y + x
    assert np.reshape(found, (2, 2)).tolist() == [[2.0, 0.0], [0.0, 4.0]]


def test_a_tape_that_is_used_up_while_it_pauses_records_anew() -> None:
    x = tf.constant(3.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x * x
        with tape.stop_recording():
            assert float(tape.gradient(y, x)) == 6.0
        z = x * y  # no longer watched
        tape.watch(z)
        w = z * z
    assert float(tape.gradient(w, z)) == 54.0


@pytest.mark.parametrize("kind", ["zero", unconnected_gradients.UnconnectedGradients.ZERO])
def test_an_unconnected_gradient_may_be_zeros(kind: object) -> None:
    x, y = tf.constant([1.0, 2.0]), tf.constant(3.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        z = y * y
    assert tape.gradient(z, x, unconnected_gradients=kind).numpy().tolist() == [0.0, 0.0]
