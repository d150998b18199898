"""The hinge losses as metrics. Follows keras 2.14 metrics/hinge_metrics.py."""

from typing import Any

from densetrace.keras._exports import keras_export
from densetrace.keras.losses import categorical_hinge, hinge, squared_hinge
from densetrace.keras.metrics import base_metric


@keras_export("keras.metrics.Hinge")
class Hinge(base_metric.MeanMetricWrapper):
    """The mean of `keras.losses.hinge`. Follows keras 2.14 metrics/hinge_metrics.py, Hinge."""

    def __init__(self, name: str | None = "hinge", dtype: Any = None) -> None:
        super().__init__(hinge, name, dtype=dtype)


@keras_export("keras.metrics.SquaredHinge")
class SquaredHinge(base_metric.MeanMetricWrapper):
    """The mean of `keras.losses.squared_hinge`.

    Follows keras 2.14 metrics/hinge_metrics.py, SquaredHinge.
    """

    def __init__(self, name: str | None = "squared_hinge", dtype: Any = None) -> None:
        super().__init__(squared_hinge, name, dtype=dtype)


@keras_export("keras.metrics.CategoricalHinge")
class CategoricalHinge(base_metric.MeanMetricWrapper):
    """The mean of `keras.losses.categorical_hinge`.

    Follows keras 2.14 metrics/hinge_metrics.py, CategoricalHinge.
    """

    def __init__(self, name: str | None = "categorical_hinge", dtype: Any = None) -> None:
        super().__init__(categorical_hinge, name, dtype=dtype)
