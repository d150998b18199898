"""Runs to test questions with: all reference cases on our stack, and the article."""

import json
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import numpy as np

import densetrace
from densetrace import api
from densetrace.data.trace import Trace
from densetrace.keras import backend, utils
from densetrace.teach.quiz import Question, Run
from densetrace.teach.quiz.comparing import Comparison, comparison_questions
from tests.conformance.reference import CASES, scope

ARTICLE = """\
from tensorflow.keras.models import Sequential
from tensorflow.keras.layers import Dense

model = Sequential()
model.add(Dense(units=64, activation='relu'))
model.add(Dense(units=10, activation='softmax'))
model.compile(loss='categorical_crossentropy',
              optimizer='sgd',
              metrics=['accuracy'])
"""

EXPRESSIONS = (
    "Dense(64, 'tanh', kernel_regularizer='l2')",
    "Dense(3, kernel_layout='shard', units=2)",
    "Sequential([Dense(4, 'relu', input_shape=(3,)), Dense(2, use_bias=False)])",
    "Sequential([Dense(4), Dense(2)])",
    "Dense('5', kernel_initializer=HeNormal(seed=1), bias_initializer='ones')",
    "Dense(3, kernel_regularizer='nope', use_bias=False)",
    "Dense(3, activation='rleu')",
    "Dense(3, name='\\x1b[2J\\u202eevil')",
    "Sequential([Flatten(), Dense(4), BatchNormalization(), Dropout(0.5), Dense(1)])",
    "Sequential([GRU(4), Dropout(0.5), Dense(2)])",
)

LAYERS = (
    "Flatten()",
    "LSTM(4)",
    "GRU(4, return_sequences=True)",
    "Conv2D(8, 3)",
    "MaxPooling1D()",
    "TimeDistributed(Dense(2))",
    "Reshape((3, 2))",
    "Reshape((-1,))",
    "Permute((2, 1))",
    "RepeatVector(3)",
    "Embedding(10, 4)",
    "Dropout(0.5)",
    "GaussianNoise(0.1)",
    "BatchNormalization()",
    "LayerNormalization()",
    "Activation('relu')",
    "Masking()",
    "Add()",
    "Subtract()",
    "Concatenate()",
    "Dot(axes=1)",
    "Dot(axes=(1, 2))",
    "ActivityRegularization(l2=0.1)",
    "Attention()",
    "MultiHeadAttention(2, 3)",
    "EinsumDense('ab,bc->ac', 2)",
    "GroupNormalization(2)",
)

TRAINING_IMPORTS = """\
import numpy as np
from tensorflow import keras
from tensorflow.keras.layers import Dense

x = np.linspace(-1, 1, 20, dtype="float32").reshape(5, 4)
"""
"""The first lines of each script that trains."""

PAIRS = (
    ("Dense(3)", "Dense(3, use_bias=False)"),
    ("Dense(3)", "Dense(4)"),
    ("Dense(4, use_bias=False)", "Dense(3)"),
    ("Dense(64, 'relu')", "Dense(64, kernel_regularizer='l2')"),
    ("Dense(3, 'relu')", "Dense(3, 'tanh')"),
    ("Flatten()", "Dense(2)"),
    ("Sequential([Dense(4), Dense(2)])", "Sequential([Dense(4), Dropout(0.5), Dense(2)])"),
    ("Sequential([Dense(2)])", "Sequential([Dense(8), Dense(1)])"),
    ("Dense(3, name='\\x1b[2J')", "Dense(2, name='\\u202e')"),
)
"""Pairs of expressions to compare."""

SCRIPTS = {
    "random": """\
layer = keras.layers.Dropout(0.5)
layer(x, training=True)
layer(x)
model = keras.Sequential([layer, keras.layers.BatchNormalization(), Dense(2)])
model.compile(optimizer="sgd", loss="mse", run_eagerly=True)
model.fit(x, np.ones((5, 2), "float32"), batch_size=3, verbose=0)
model.predict(x, verbose=0)
""",
    "graph": """\
model = keras.Sequential([Dense(5, "relu", input_shape=(4,)), Dense(3, "softmax")])
model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
model.fit(x, np.eye(3, dtype="float32")[[0, 1, 2, 0, 1]], batch_size=2, epochs=2, verbose=0)
""",
    "eager": """\
model = keras.Sequential([
    Dense(3, kernel_initializer="ones", kernel_constraint="non_neg", kernel_regularizer="l2"),
    Dense(1, activity_regularizer="l1"),
])
model.compile(optimizer="sgd", loss="mse", metrics=["acc"], run_eagerly=True)
model.fit(x, np.ones((5, 1), "float32"), batch_size=2, verbose=0)
""",
    "other targets": """\
model = keras.Sequential([Dense(1, input_shape=(4,))])
model.compile(optimizer="adagrad", loss="huber", metrics=["accuracy", "mse"])
for dtype in ("float32", "int32"):
    model.fit(x, np.ones((5, 1), dtype), epochs=2, verbose=0)
""",
    "frozen": """\
frozen = Dense(3, input_shape=(4,), trainable=False)
model = keras.Sequential([frozen, Dense(2, use_bias=False)])
model.compile(
    optimizer=keras.optimizers.SGD(0.01, momentum=0.9),
    loss="sparse_categorical_crossentropy",
    metrics=["accuracy"],
)
model.fit(x, np.array([[0], [1], [1], [0], [1]]), epochs=3, verbose=0)
model.evaluate(x, np.array([[0], [1], [1], [0], [1]]), verbose=0)
model.predict(x, verbose=0)
""",
    "own step": """\
class Own(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = Dense(2, bias_regularizer="l2", bias_initializer="ones")

    def call(self, inputs):
        return self.dense(inputs)

    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            y_pred = self(x, training=True)
            loss = self.compute_loss(x, y, y_pred)
        metrics = self.compute_metrics(x, y, y_pred, None)
        self.optimizer.minimize(loss, self.trainable_variables, tape=tape)
        return metrics


import tensorflow as tf

class Nested(Own):
    def train_step(self, data):
        return super().train_step(data)


model = Nested()
model.compile(optimizer="rmsprop", loss="mae", metrics=["accuracy"], run_eagerly=True)
model.fit(x, np.ones((5, 2), "float32"), verbose=0)
""",
    "own loop": """\
import tensorflow as tf

model = keras.Sequential([Dense(2, "tanh", kernel_constraint="max_norm", input_shape=(4,))])
optimizer = keras.optimizers.Nadam(0.1)
loss = keras.losses.MeanSquaredError()
for _ in range(2):
    with tf.GradientTape() as tape:
        error = loss(np.ones((5, 2), "float32"), model(x))
    gradients = tape.gradient(error, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables))
""",
    "late error": """\
model = keras.Sequential([Dense(3, "softmax", input_shape=(4,))])
model.compile(optimizer="sgd", loss="categorical_crossentropy")
model.fit(x, np.array([[0], [1], [1], [0], [1]]), verbose=0)
""",
}
"""Scripts that train, by name."""


def traced(case: dict[str, Any]) -> Iterator[Trace]:
    """The traces of a reference case: one of each phase, as in the reference, and one of the whole
    case with its setup code."""
    alone: list[Trace] = []

    def phase(action: Callable[[], Any]) -> Any:
        with densetrace.trace() as t:
            alone.append(t)
            return action()

    yield _whole(case, lambda action: action())
    with suppress(Exception):  # the trace has the error
        _live(case, phase)
    yield from alone


def _whole(case: dict[str, Any], phase: Callable[[Callable[[], Any]], Any]) -> Trace:
    with densetrace.trace() as t, suppress(Exception):
        _live(case, phase)
    return t


def _live(case: dict[str, Any], phase: Callable[[Callable[[], Any]], Any]) -> None:
    backend.clear_session()
    names = scope()
    exec(case.get("code", ""), names)
    subject = phase(lambda: eval(case["expr"], names))
    if "input_shape" in case:
        shape = case["input_shape"]
        phase(lambda: subject.build(None if shape is None else tuple(shape)))
    if "input" in case:
        phase(lambda: subject(np.array(case["input"], "float32")))


@cache
def reference_traces() -> tuple[tuple[str, Trace], ...]:
    """Each trace of each reference case, by the case's name."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return tuple((case["id"], trace) for case in CASES for trace in traced(case))


@cache
def expression_traces() -> tuple[tuple[str, Trace], ...]:
    """The trace of each expression, as for `densetrace quiz`."""
    return tuple((text, api.explain(text, seed=1)) for text in EXPRESSIONS)


@cache
def layer_traces() -> tuple[Trace, ...]:
    """The traces of layers other than Dense."""
    return tuple(api.explain(text, seed=1) for text in LAYERS)


class Two(NamedTuple):
    """Two runs and all questions about their difference."""

    a: Trace
    b: Trace
    questions: tuple[Question, ...]


@cache
def two_runs() -> tuple[Two, ...]:
    """The traces of each pair of expressions, with the questions that compare them."""
    found = []
    for pair in PAIRS:
        a, b = (api.explain(text, seed=1) for text in pair)
        questions = comparison_questions(Comparison(Run(a), Run(b)), seed=1)
        found.append(Two(a, b, tuple(questions)))
    return tuple(found)


@cache
def article() -> Trace:
    """The trace of the article's script."""
    with TemporaryDirectory() as folder:
        script = Path(folder) / "article.py"
        script.write_text(ARTICLE)
        return api.run(script).trace


@cache
def training_traces() -> tuple[tuple[str, Trace], ...]:
    """The trace of each script that trains, and of training an expression."""
    found = []
    with TemporaryDirectory() as folder:
        for name, text in SCRIPTS.items():
            script = Path(folder) / "train.py"
            script.write_text(TRAINING_IMPORTS + text)
            backend.clear_session()
            utils.set_random_seed(1)
            found.append((name, api.run(script, batches="all" if name == "eager" else 1).trace))
    found.append(("expression", api.explain("Dense(3, 'relu')", seed=1, fit=True)))
    return tuple(found)


def reloaded(trace: Trace) -> Trace:
    """The trace after saving and loading."""
    return Trace.from_json(json.loads(trace.dumps()))
