"""Runs to test questions with: all reference cases on our stack, and the article."""

import json
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

import densetrace
from densetrace import api
from densetrace.data.trace import Trace
from densetrace.keras import backend
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
)


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
def article() -> Trace:
    """The trace of the article's script."""
    with TemporaryDirectory() as folder:
        script = Path(folder) / "article.py"
        script.write_text(ARTICLE)
        return api.run(script).trace


def reloaded(trace: Trace) -> Trace:
    """The trace after saving and loading."""
    return Trace.from_json(json.loads(trace.dumps()))
