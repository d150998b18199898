"""The losses for distributions as metrics. Follows keras 2.14 metrics/probabilistic_metrics.py."""

from typing import Any

from densetrace.keras._exports import keras_export
from densetrace.keras.losses import (
    binary_crossentropy,
    categorical_crossentropy,
    kullback_leibler_divergence,
    poisson,
    sparse_categorical_crossentropy,
)
from densetrace.keras.metrics import base_metric


@keras_export("keras.metrics.Poisson")
class Poisson(base_metric.MeanMetricWrapper):
    """The mean of `keras.losses.poisson`.

    Follows keras 2.14 metrics/probabilistic_metrics.py, Poisson.
    """

    def __init__(self, name: str | None = "poisson", dtype: Any = None) -> None:
        super().__init__(poisson, name, dtype=dtype)


@keras_export("keras.metrics.KLDivergence")
class KLDivergence(base_metric.MeanMetricWrapper):
    """The mean of `keras.losses.kl_divergence`.

    Follows keras 2.14 metrics/probabilistic_metrics.py, KLDivergence.
    """

    def __init__(self, name: str | None = "kullback_leibler_divergence", dtype: Any = None) -> None:
        super().__init__(kullback_leibler_divergence, name, dtype=dtype)


@keras_export("keras.metrics.BinaryCrossentropy")
class BinaryCrossentropy(base_metric.MeanMetricWrapper):
    """The mean of `keras.losses.binary_crossentropy`.

    Follows keras 2.14 metrics/probabilistic_metrics.py, BinaryCrossentropy.
    """

    def __init__(
        self,
        name: str | None = "binary_crossentropy",
        dtype: Any = None,
        from_logits: bool = False,
        label_smoothing: float = 0,
    ) -> None:
        super().__init__(
            binary_crossentropy,
            name,
            dtype=dtype,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
        )


@keras_export("keras.metrics.CategoricalCrossentropy")
class CategoricalCrossentropy(base_metric.MeanMetricWrapper):
    """The mean of `keras.losses.categorical_crossentropy`.

    Follows keras 2.14 metrics/probabilistic_metrics.py, CategoricalCrossentropy.
    """

    def __init__(
        self,
        name: str | None = "categorical_crossentropy",
        dtype: Any = None,
        from_logits: bool = False,
        label_smoothing: float = 0,
        axis: int = -1,
    ) -> None:
        super().__init__(
            categorical_crossentropy,
            name,
            dtype=dtype,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
            axis=axis,
        )


@keras_export("keras.metrics.SparseCategoricalCrossentropy")
class SparseCategoricalCrossentropy(base_metric.MeanMetricWrapper):
    """The mean of `keras.losses.sparse_categorical_crossentropy`.

    Follows keras 2.14 metrics/probabilistic_metrics.py, SparseCategoricalCrossentropy.
    """

    def __init__(
        self,
        name: str | None = "sparse_categorical_crossentropy",
        dtype: Any = None,
        from_logits: bool = False,
        ignore_class: int | None = None,
        axis: int = -1,
    ) -> None:
        super().__init__(
            sparse_categorical_crossentropy,
            name,
            dtype=dtype,
            from_logits=from_logits,
            ignore_class=ignore_class,
            axis=axis,
        )
