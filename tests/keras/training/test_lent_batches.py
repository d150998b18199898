"""Batches may share the memory of the caller's array: no result does, nor what a model keeps."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from densetrace import keras
from densetrace.keras.callbacks import Callback
from densetrace.tensorflow.exports import modules

tf = SimpleNamespace(**modules()[""])

BATCHES = 6
"""Of two samples: the first is traced, the second observed, a program runs the others."""


class Same(keras.Model):
    """Returns its inputs."""

    def call(self, inputs: Any, training: Any = None, mask: Any = None) -> Any:
        return inputs


class Reshaped(keras.Model):
    """Returns its inputs in another shape, which may be a view."""

    def call(self, inputs: Any, training: Any = None, mask: Any = None) -> Any:
        return tf.reshape(inputs, (2, 3, 1))


class Sliced(keras.Model):
    """Returns a part of its inputs, which may be a view, and something computed."""

    def call(self, inputs: Any, training: Any = None, mask: Any = None) -> Any:
        return inputs[:, :2], inputs * 2.0


class Delayed(keras.Model):
    """Keeps each batch in a variable, and returns the one before."""

    def __init__(self) -> None:
        super().__init__()
        self.kept = tf.Variable(np.zeros((2, 3), "float32"))

    def call(self, inputs: Any, training: Any = None, mask: Any = None) -> Any:
        before = tf.identity(self.kept)
        self.kept.assign(inputs)
        return before


class Overwrites(Callback):
    """Overwrites the samples of each batch in the caller's array after the batch."""

    def __init__(self, x: Any) -> None:
        super().__init__()
        self._x = x

    def on_predict_batch_end(self, batch: int, logs: Any = None) -> None:
        self._x[2 * batch : 2 * batch + 2] = -1.0


def samples() -> Any:
    return np.arange(6.0 * BATCHES, dtype=np.float32).reshape(2 * BATCHES, 3)


@pytest.mark.parametrize("kind", [Same, Reshaped, Sliced, Delayed])
def test_a_later_change_of_the_callers_array_changes_no_output(kind: Any) -> None:
    x = samples()
    outputs = kind().predict(x, batch_size=2, verbose=0, callbacks=[Overwrites(x)])
    assert (x == -1.0).all()
    if kind is Delayed:
        expected: Any = np.concatenate([np.zeros((2, 3)), samples()[:-2]])
    elif kind is Sliced:
        expected = (samples()[:, :2], samples() * 2)
    else:
        expected = samples().reshape(12, 3, 1) if kind is Reshaped else samples()
    for output, numbers in zip(as_tuple(outputs), as_tuple(expected), strict=True):
        assert np.array_equal(output, numbers)


def as_tuple(found: Any) -> tuple[Any, ...]:
    return found if isinstance(found, tuple) else (found,)


@pytest.mark.parametrize("kind", [Same, Reshaped])
def test_an_output_of_one_batch_is_the_callers_to_change(kind: Any) -> None:
    x = samples()[:2]
    model = kind()
    for _ in range(4):
        output = model.predict(x, verbose=0)
        output[...] = 7.0
    assert np.array_equal(x, samples()[:2])


def test_evaluate_and_fit_leave_the_callers_arrays_as_they_are() -> None:
    x, y = samples(), np.zeros((12, 3), "float32")
    model = Delayed()
    model.compile("sgd", "mse")
    model.evaluate(x, y, batch_size=2, verbose=0)
    model.fit(x, y, batch_size=2, shuffle=False, verbose=0, class_weight={0: 1.0})
    assert np.array_equal(x, samples())
    assert not y.any()
    kept = model.kept.numpy().copy()
    x[...] = y[...] = -1.0
    assert np.array_equal(model.kept.numpy(), kept)
