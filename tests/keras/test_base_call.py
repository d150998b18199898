"""A layer without a `call` of its own runs that of `Layer`, which is a step like any other."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import numpy as np
import pytest

from densetrace.data.steps import Step
from densetrace.keras import Model
from densetrace.keras.layers import Layer
from densetrace.recording.recorder import Recorder, recording

X = np.ones((1, 2), "float32")
BASE, OF_MODELS = "keras.engine.base_layer.Layer.call", "keras.engine.training.Model.call"


def points(steps: Any, kind: str = "call") -> Iterator[tuple[str, bool]]:
    """The point of each step of a kind, and whether it raised."""
    step: Step
    for step in steps:
        if step.kind == kind:
            yield step.point, step.error is not None
        yield from points(step.children, kind)


def calls(made: Any) -> list[tuple[str, bool]]:
    recorder = Recorder()
    with recording(recorder), suppress(NotImplementedError):
        made(X)
    return list(points(recorder.steps()))


def test_a_layer_without_a_call_runs_that_of_layer() -> None:
    class Silent(Layer):
        pass

    assert calls(Silent()) == [(BASE, False)]
    assert (np.asarray(Silent()(X)) == X).all()


def test_a_call_that_calls_the_one_it_overrides_is_two_steps() -> None:
    class Polite(Layer):
        def call(self, x: Any) -> Any:
            return super().call(x)

    own, base = calls(Polite())
    assert own[0].endswith("Polite.call")
    assert base == (BASE, False)


def test_a_model_without_a_call_refuses_in_a_step_of_its_own() -> None:
    class Empty(Model):
        pass

    assert calls(Empty()) == [(OF_MODELS, True)]
    with pytest.raises(NotImplementedError, match="Unimplemented"):
        Empty()(X)
