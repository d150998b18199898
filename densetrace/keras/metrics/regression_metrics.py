"""How far predictions are from labels that are quantities.

Follows keras 2.14 metrics/regression_metrics.py.
"""

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from densetrace.keras import losses
from densetrace.keras._exports import keras_export, library_export
from densetrace.keras._ops import cast
from densetrace.keras.losses import (
    logcosh,
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_error,
    mean_squared_logarithmic_error,
)
from densetrace.keras.metrics import base_metric
from densetrace.keras.utils import losses_utils
from densetrace.tensorflow.convert import convert_to_tensor
from densetrace.tensorflow.tensor import Array, Tensor
from densetrace.tensorflow.variables import Variable


@keras_export("keras.metrics.MeanRelativeError")
class MeanRelativeError(base_metric.Mean):
    """The mean of the absolute differences, each over its `normalizer`."""

    def __init__(self, normalizer: Any, name: str | None = None, dtype: Any = None) -> None:
        super().__init__(name=name, dtype=dtype)
        self.normalizer: Array = cast(normalizer, self.dtype)

    def update_state(  # type: ignore[override] # Keras's own signature: it takes labels too
        self, y_true: Any, y_pred: Any, sample_weight: Any = None
    ) -> Variable:
        """Take in labels and predictions of one shape."""
        y_true, y_pred = (convert_to_tensor(y).astype(self.dtype) for y in (y_true, y_pred))
        y_pred, y_true, _ = losses_utils.squeeze_or_expand_dimensions(y_pred, y_true)
        normalizer, y_pred = losses_utils.remove_squeezable_dimensions(self.normalizer, y_pred)
        losses_utils.check_shapes_fit(y_true, y_pred, normalizer)
        errors = losses_utils.divide_no_nan(np.abs(y_true - y_pred), normalizer)
        return super().update_state(errors, sample_weight=sample_weight)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a metric like this one."""
        return {**super().get_config(), "normalizer": np.asarray(self.normalizer)}


@keras_export("keras.metrics.CosineSimilarity")
class CosineSimilarity(base_metric.MeanMetricWrapper):
    """The mean of `cosine_similarity`."""

    def __init__(
        self,
        name: str | None = "cosine_similarity",
        dtype: Any = None,
        axis: int = -1,
    ) -> None:
        super().__init__(cosine_similarity, name, dtype=dtype, axis=axis)


@keras_export("keras.metrics.MeanAbsoluteError")
class MeanAbsoluteError(base_metric.MeanMetricWrapper):
    """The mean of `keras.losses.mean_absolute_error`."""

    def __init__(self, name: str | None = "mean_absolute_error", dtype: Any = None) -> None:
        super().__init__(mean_absolute_error, name, dtype=dtype)


@keras_export("keras.metrics.MeanAbsolutePercentageError")
class MeanAbsolutePercentageError(base_metric.MeanMetricWrapper):
    """The mean of `keras.losses.mean_absolute_percentage_error`."""

    def __init__(
        self,
        name: str | None = "mean_absolute_percentage_error",
        dtype: Any = None,
    ) -> None:
        super().__init__(mean_absolute_percentage_error, name, dtype=dtype)


@keras_export("keras.metrics.MeanSquaredError")
class MeanSquaredError(base_metric.MeanMetricWrapper):
    """The mean of `keras.losses.mean_squared_error`."""

    def __init__(self, name: str | None = "mean_squared_error", dtype: Any = None) -> None:
        super().__init__(mean_squared_error, name, dtype=dtype)


@keras_export("keras.metrics.MeanSquaredLogarithmicError")
class MeanSquaredLogarithmicError(base_metric.MeanMetricWrapper):
    """The mean of `keras.losses.mean_squared_logarithmic_error`."""

    def __init__(
        self,
        name: str | None = "mean_squared_logarithmic_error",
        dtype: Any = None,
    ) -> None:
        super().__init__(mean_squared_logarithmic_error, name, dtype=dtype)


@keras_export("keras.metrics.RootMeanSquaredError")
class RootMeanSquaredError(base_metric.Mean):
    """The square root of the mean squared difference."""

    def __init__(self, name: str | None = "root_mean_squared_error", dtype: Any = None) -> None:
        super().__init__(name, dtype=dtype)

    def update_state(  # type: ignore[override] # Keras's own signature: it takes labels too
        self, y_true: Any, y_pred: Any, sample_weight: Any = None
    ) -> Variable:
        """Take in labels and predictions of one shape."""
        y_true, y_pred = (convert_to_tensor(y).astype(self.dtype) for y in (y_true, y_pred))
        y_pred, y_true, _ = losses_utils.squeeze_or_expand_dimensions(y_pred, y_true)
        losses_utils.check_shapes_fit(y_pred, y_true)
        return super().update_state(np.square(y_pred - y_true), sample_weight=sample_weight)

    def result(self) -> Tensor:
        """The root of the mean so far."""
        return convert_to_tensor(np.sqrt(super().result()))


@keras_export("keras.metrics.LogCoshError")
class LogCoshError(base_metric.MeanMetricWrapper):
    """The mean of `keras.losses.log_cosh`."""

    def __init__(self, name: str | None = "logcosh", dtype: Any = None) -> None:
        super().__init__(logcosh, name, dtype=dtype)


@keras_export("keras.metrics.R2Score")
class R2Score(base_metric.Metric):
    """The share of the labels' variance that predictions explain.

    Raises:
        ValueError: for a `class_aggregation` that there is not, a negative `num_regressors`, or
            (on the first update) labels or predictions that are not of shape `[batch, outputs]`.
    """

    def __init__(
        self,
        class_aggregation: str | None = "uniform_average",
        num_regressors: int = 0,
        name: str | None = "r2_score",
        dtype: Any = None,
    ) -> None:
        super().__init__(name=name, dtype=dtype)
        valid = (None, "uniform_average", "variance_weighted_average")
        if class_aggregation not in valid:
            raise ValueError(
                f"`class_aggregation` must be one of {valid}. "
                f"Received: class_aggregation={class_aggregation}"
            )
        if num_regressors < 0:
            raise ValueError(
                "`num_regressors` must be positive or zero. "
                f"Received: num_regressors={num_regressors}"
            )
        self.class_aggregation = class_aggregation
        self.num_regressors = num_regressors
        self.num_samples = self.add_weight(name="num_samples", dtype="int32")
        self.built = False

    def build(  # type: ignore[override] # Keras's own: a metric is built from two shapes
        self, y_true_shape: Sequence[int], y_pred_shape: Sequence[int]
    ) -> None:
        """Make the sums, one for each output."""
        if len(y_pred_shape) != 2 or len(y_true_shape) != 2:
            raise ValueError(
                "R2Score takes labels and predictions of shape (batch, outputs). "
                f"Received: y_true.shape={y_true_shape}, y_pred.shape={y_pred_shape}"
            )
        shape = (y_pred_shape[-1],)
        self.squared_sum = self.add_weight("squared_sum", shape, initializer="zeros")
        self.sum = self.add_weight("sum", shape, initializer="zeros")
        self.total_mse = self.add_weight("residual", shape, initializer="zeros")
        self.count = self.add_weight("count", shape, initializer="zeros")
        self.built = True

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in labels and predictions: f32[batch, outputs]."""
        y_true, y_pred = (convert_to_tensor(y).astype(self.dtype) for y in (y_true, y_pred))
        if not self.built:
            self.build(y_true.shape, y_pred.shape)
        weight: Array = convert_to_tensor(1 if sample_weight is None else sample_weight)
        weight = weight[:, None] if weight.ndim == 1 else weight
        weight = losses_utils.broadcast_weights(weight.astype(y_true.dtype), y_true)
        self.sum.assign_add(np.sum(y_true * weight, axis=0))
        self.squared_sum.assign_add(np.sum(y_true * y_true * weight, axis=0))
        self.total_mse.assign_add(np.sum((y_true - y_pred) ** 2 * weight, axis=0))
        self.count.assign_add(np.sum(weight, axis=0))
        self.num_samples.assign_add(y_true.size)

    def result(self) -> Tensor:
        """The score so far: 1 is the best, and there is no worst."""
        with np.errstate(divide="ignore", invalid="ignore"):
            total = self.squared_sum.value - self.sum.value * (self.sum.value / self.count.value)
            scores: Any = 1 - self.total_mse.value / total
            scores = np.where(np.isinf(scores), np.zeros_like(scores), scores)
            if self.class_aggregation == "uniform_average":
                scores = np.mean(scores)
            elif self.class_aggregation == "variance_weighted_average":
                scores = np.sum(total * scores) / np.sum(total)
        return self._adjusted(convert_to_tensor(scores))

    def _adjusted(self, score: Tensor) -> Tensor:
        """The score, lowered for what `num_regressors` would explain by chance."""
        spare = int(self.num_samples.value) - 1 - self.num_regressors
        if self.num_regressors == 0:
            return score
        if spare <= 0:
            warnings.warn(
                "The adjusted R2 score needs more samples than regressors and one more; this is "
                f"the plain one. Received: num_regressors={self.num_regressors}, "
                f"{int(self.num_samples.value)} labels",
                stacklevel=3,
            )
            return score
        factor = np.float32(spare + self.num_regressors) / np.float32(spare)
        return convert_to_tensor(1 - (1 - score) * factor)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a metric like this one."""
        own = {"class_aggregation": self.class_aggregation, "num_regressors": self.num_regressors}
        return {**super().get_config(), **own}


def cosine_similarity(y_true: Any, y_pred: Any, axis: int = -1) -> Tensor:
    """The cosine of the angle between labels and predictions: 1 is the best, as a metric."""
    return -losses.cosine_similarity(y_true, y_pred, axis)


# Keras gives this one no public name, so configs name its module.
library_export("keras.src.metrics.regression_metrics", cosine_similarity)
