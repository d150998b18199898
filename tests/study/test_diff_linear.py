"""Comparing two traces, and the sentence about them, take linear time.

What grows is counted as calls of functions, not measured in seconds: a machine under load finds the
same numbers.
"""

import sys
from collections.abc import Callable
from types import FrameType
from typing import Final

import numpy as np
import pytest

from densetrace.api import trace
from densetrace.data.trace import Trace
from densetrace.keras import backend
from densetrace.keras.engine.sequential import Sequential
from densetrace.keras.layers.core.dense import Dense
from densetrace.keras.layers.regularization.dropout import Dropout
from densetrace.study.diff import diff
from densetrace.study.diff_sentence import sentence

FEW: Final = 30
AT_MOST: Final = 2.3
"""Twice as many objects may take so many times the calls; quadratic time takes four times."""


def dropouts(count: int) -> tuple[Trace, Trace]:
    """Constructions whose arguments differ."""
    return recorded(lambda: [Dropout(0.1) for _ in range(count)]), recorded(
        lambda: [Dropout(0.2) for _ in range(count)]
    )


def sizes(count: int) -> tuple[Trace, Trace]:
    """Weights whose shapes differ, each for an argument of its own."""

    def built(more: int) -> None:
        for units in range(1, count + 1):
            Dense(units + more).build((None, 2))

    return recorded(lambda: built(0)), recorded(lambda: built(count))


def one_sided(count: int) -> tuple[Trace, Trace]:
    """Objects that only one side creates and calls."""
    x = np.ones((1, 2), "float32")
    one = recorded(lambda: Dense(2)(x))
    return one, recorded(lambda: [Dense(2)(x) for _ in range(count)])


def wrapped(count: int) -> tuple[Trace, Trace]:
    """Layers that one side calls by themselves, the other each in a model of its own."""
    x = np.ones((1, 2), "float32")

    def calls(model: Callable[[Dense], Callable[..., object]]) -> None:
        layers = [Dense(2) for _ in range(count)]
        for layer in layers:
            model(layer)(x)

    return recorded(lambda: calls(lambda layer: layer)), recorded(
        lambda: calls(lambda layer: Sequential([layer]))
    )


def recorded(action: Callable[[], object]) -> Trace:
    backend.clear_session()
    with trace() as found:
        action()
    return found


def calls_of(traces: tuple[Trace, Trace]) -> int:
    """How often a function is called, or a generator resumed, to compare two traces."""
    for one in traces:
        one.order  # noqa: B018 # the index is built on first use
    count = 0

    def counting(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(counting)
    try:
        sentence(diff(*traces))
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize("make", [dropouts, sizes, one_sided, wrapped])
def test_twice_as_many_objects_take_twice_as_long(
    make: Callable[[int], tuple[Trace, Trace]],
) -> None:
    once, twice = calls_of(make(FEW)), calls_of(make(2 * FEW))
    assert twice < AT_MOST * once


def test_of_many_layers_outside_a_model_a_few_are_named() -> None:
    text = sentence(diff(*wrapped(6)))
    assert "and for sequential_1, sequential_2, sequential_3 and 2 more." in text
