"""Metrics that are the mean of a function, declared by that function and their arguments."""

from collections.abc import Callable
from typing import Any, TypeVar

from densetrace.keras._constructors import constructor
from densetrace.keras._exports import keras_export
from densetrace.keras.metrics.base_metric import MeanMetricWrapper

MetricClass = TypeVar("MetricClass", bound="type[MeanMetricWrapper]")


def averages(
    fn: Callable[..., Any], name: str, *, first: dict[str, Any] | None = None, **last: Any
) -> Callable[[MetricClass], MetricClass]:
    """Declare a metric as the mean of `fn`.

    Args:
        fn: the function of labels and predictions.
        name: the default of the metric's `name`.
        first: further arguments of `fn`, with defaults, that the metric takes before `name`.
        last: those that it takes after `dtype`.
    """

    def decorate(cls: MetricClass) -> MetricClass:
        def initialize(
            self: MeanMetricWrapper, *, name: str | None, dtype: Any, **further: Any
        ) -> None:
            MeanMetricWrapper.__init__(self, fn, name, dtype=dtype, **further)

        parameters = {**(first or {}), "name": name, "dtype": None, **last}
        constructor(cls, parameters, initialize)
        return keras_export(f"keras.metrics.{cls.__name__}")(cls)

    return decorate
