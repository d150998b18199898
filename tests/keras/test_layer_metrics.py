"""Metrics that a layer adds during a call."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from densetrace.keras import metrics
from densetrace.keras.layers import Layer


def adding(add: Callable[[Any, Any], None]) -> Any:
    class Adds(Layer):
        def __init__(self) -> None:
            super().__init__()
            self.mean = metrics.Mean(name="of_mine")

        def call(self, inputs: Any) -> Any:
            add(self, inputs)
            return inputs

    return Adds()


def test_a_named_number_is_averaged_over_the_calls() -> None:
    layer = adding(lambda self, x: self.add_metric(np.sum(x), name="sum", aggregation="mean"))
    layer(np.ones((2, 2), np.float32))
    layer(np.zeros((2, 2), np.float32))
    found = {metric.name: metric for metric in layer.metrics}
    assert float(found["sum"].result()) == 2
    assert layer.weights == []


def test_the_result_of_a_metric_is_not_counted_twice() -> None:
    layer = adding(lambda self, x: self.add_metric(self.mean(x)))
    layer(np.full((2, 2), 3, np.float32))
    assert layer.metrics == [layer.mean]
    assert float(layer.mean.result()) == 3


def test_add_metric_needs_a_name_and_a_call_and_refuses_other_keywords() -> None:
    with pytest.raises(ValueError, match="provide a name"):
        adding(lambda self, x: self.add_metric(np.sum(x)))(np.ones(2))
    with pytest.raises(ValueError, match="Expected a symbolic Tensor"):
        Layer().add_metric(1.0, name="one")
    with pytest.raises(TypeError, match="Unknown keyword"):
        Layer().add_metric(1.0, name="one", weight=2)
