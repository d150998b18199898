"""Traces for `why`: of expressions and of custom layers."""

from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from densetrace import api
from densetrace.data.steps import Step
from densetrace.data.trace import Trace

SCRIPT: Final = """\
import tensorflow as tf
from tensorflow import keras

class Scale(keras.layers.Layer):
    def __init__(self, factor=2.0, width=8, **kwargs):
        super().__init__(**kwargs)
        self.factor = factor
        self.hidden = keras.layers.Dense(width, activation='tanh')
        self.doubled = width * 2
        self.rate = 0.5
        self._secret = self.add_weight('secret', shape=(width,), initializer='zeros')

    def build(self, input_shape):
        self.gain = self.add_weight('gain', (input_shape[-1], self.doubled), initializer='ones')
        super().build(input_shape)

    def call(self, inputs):
        return tf.matmul(inputs * self.factor, self.gain)

layer = Scale(3.0, width=4, name='scale')
layer(tf.ones((2, 5)))
other = Scale()
other(tf.ones((2, 6)))
"""
MODEL: Final = """\
from tensorflow import keras

model = keras.Sequential([keras.layers.Dense(4, activation='relu'), keras.layers.Dense(2)])
model.compile('adam', 'mse', metrics=['mae'])
model.build((None, 3))
"""
EXPRESSIONS: Final = (
    "Dense(64, activation='relu')",
    "Dense(3)",
    "Dense(3, use_bias=False, kernel_initializer=HeNormal(seed=1), dtype='float64')",
    "Dense(units=2, kernel_regularizer='l2', name='mine')",
    "Dense('5')",
    "Dense(4, activation='nope')",
    "Sequential([Dense(8, activation='relu', input_shape=(3,)), Dense(1)])",
    "Sequential([Dense(8), Sequential([Dense(4)])])",
)


@cache
def script(text: str) -> Trace:
    """The trace of a script called lesson.py."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "lesson.py"
        path.write_text(text, encoding="utf-8")
        return api.run(path).trace


@cache
def expression(text: str) -> Trace:
    return api.explain(text, seed=1)


def settled(trace: Trace) -> Trace:
    """A trace with one line number for all lines of our stack, so that goldens survive edits."""

    def settle(step: Step) -> Step:
        where = step.where
        if where is not None and where.file.startswith("densetrace/"):
            where = replace(where, line=100)
        return replace(step, where=where, children=tuple(map(settle, step.children)))

    return Trace(trace.source, trace.engine, trace.outcome, tuple(map(settle, trace.steps)))


LESSONS: Final = (*EXPRESSIONS, SCRIPT, MODEL)


def lesson(text: str) -> Trace:
    """The trace of an expression or a script."""
    return expression(text) if text in EXPRESSIONS else script(text)
