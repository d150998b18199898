"""The closing lines of a trace say what was counted and what was not recorded."""

import threading
from pathlib import Path

import pytest

import densetrace
from densetrace.keras import backend
from densetrace.keras.layers import Dense, Layer
from densetrace.teach.words import word

VARIABLES = """\
import tensorflow as tf
from tensorflow import keras

class Counts(keras.layers.Layer):
    def build(self, dimensions):
        self.v = tf.Variable([1.0, 2.0, 3.0])
        self.count = tf.Variable(0, trainable=False)
        self.w = self.add_weight("w", shape=(3, 2))
        self.same = self.w

    def call(self, x):
        self.count.assign_add(1)
        return tf.matmul(x, self.w) + tf.reduce_sum(self.v)

layer = Counts()
layer(tf.ones((2, 3)))
layer.v = tf.Variable([1.0, 2.0, 3.0])
names = tf.constant(["a", "b"])
tf.strings.join([names, names])
"""


def test_variables_that_a_layer_makes_itself_are_parameters(tmp_path: Path) -> None:
    backend.clear_session()
    path = tmp_path / "counts.py"
    path.write_text(VARIABLES, "utf-8")
    trace = densetrace.run(str(path)).trace
    shown = trace.plain("author")
    assert "10 parameters (v 3, count 1, w 6)." in " ".join(shown.split())
    assert "string[2]" in trace.tree("author")


def test_build_is_explained_with_its_shape_whatever_its_argument_is_called() -> None:
    class Own(Layer):
        def build(self, dimensions: object) -> None:
            self.w = self.add_weight("w", (3, 2))

        def call(self, x: object) -> object:
            return x

    with densetrace.trace() as t:
        Own()(backend.ones((2, 3)))
    assert "(not recorded)" not in t.plain("framework")
    build = t.find("build")[0]
    assert word(build, "input_shape") == "(2, 3)"


def test_a_call_too_deep_for_the_stack_ends_no_recording() -> None:
    class Down(Layer):
        def call(self, inputs: object) -> object:
            return self(inputs)

    with densetrace.trace() as t:
        with pytest.raises(RecursionError):
            Down()(backend.ones((1, 2)))
        Dense(1, name="afterwards")
    assert "recording_stopped" not in t.outcome
    assert t.steps[-1].subject == "afterwards"
    again = densetrace.Trace.loads(t.dumps())
    assert len(list(again.walk())) == len(list(t.walk()))


def test_calls_in_other_threads_are_mentioned() -> None:
    def in_a_thread() -> None:
        thread = threading.Thread(target=lambda: Dense(3))
        thread.start()
        thread.join()

    with densetrace.trace() as t:
        Dense(1)
        in_a_thread()
    assert t.outcome["other_threads"] is True
    assert "Calls in other threads are not recorded." in t.plain("author")
    with densetrace.trace() as t:
        Dense(1)
    in_a_thread()
    assert "other_threads" not in t.outcome
