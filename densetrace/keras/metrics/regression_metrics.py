"""Metrics for the difference between predicted and real quantities.

Follows keras 2.14 metrics/regression_metrics.py.
"""

from collections.abc import Sequence
from typing import Any

import densetrace.tensorflow as tf
from densetrace.keras import backend
from densetrace.keras._exports import keras_export, library_export
from densetrace.keras.losses import (
    logcosh,
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_error,
    mean_squared_logarithmic_error,
)
from densetrace.keras.metrics import base_metric
from densetrace.keras.utils import losses_utils
from densetrace.recording.warn import warn
from densetrace.tensorflow.variables import Variable


@keras_export("keras.metrics.MeanRelativeError")
class MeanRelativeError(base_metric.Mean):
    """The mean of the absolute differences, each divided by its `normalizer`.

    Follows keras 2.14 metrics/regression_metrics.py, MeanRelativeError.
    """

    def __init__(self, normalizer: Any, name: str | None = None, dtype: Any = None) -> None:
        super().__init__(name=name, dtype=dtype)
        self.normalizer: Any = tf.cast(normalizer, self.dtype)

    def update_state(  # type: ignore[override] # Keras's own signature: it takes labels too
        self, y_true: Any, y_pred: Any, sample_weight: Any = None
    ) -> Variable:
        """Add a batch: labels and predictions of one shape, f[batch, ...]."""
        y_true = tf.cast(y_true, self.dtype)
        y_pred = tf.cast(y_pred, self.dtype)
        y_pred, y_true = losses_utils.squeeze_or_expand_dimensions(y_pred, y_true)
        y_pred, self.normalizer = losses_utils.remove_squeezable_dimensions(y_pred, self.normalizer)
        y_pred.shape.assert_is_compatible_with(y_true.shape)
        errors = tf.math.divide_no_nan(tf.abs(y_true - y_pred), self.normalizer)
        return super().update_state(errors, sample_weight=sample_weight)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that recreate this metric."""
        return {**super().get_config(), "normalizer": backend.get_value(self.normalizer)}


@keras_export("keras.metrics.CosineSimilarity")
class CosineSimilarity(base_metric.MeanMetricWrapper):
    """The mean of `cosine_similarity`.

    Follows keras 2.14 metrics/regression_metrics.py, CosineSimilarity.
    """

    def __init__(
        self,
        name: str | None = "cosine_similarity",
        dtype: Any = None,
        axis: int = -1,
    ) -> None:
        super().__init__(cosine_similarity, name, dtype=dtype, axis=axis)


@keras_export("keras.metrics.MeanAbsoluteError")
class MeanAbsoluteError(base_metric.MeanMetricWrapper):
    """The mean of `keras.losses.mean_absolute_error`.

    Follows keras 2.14 metrics/regression_metrics.py, MeanAbsoluteError.
    """

    def __init__(self, name: str | None = "mean_absolute_error", dtype: Any = None) -> None:
        super().__init__(mean_absolute_error, name, dtype=dtype)


@keras_export("keras.metrics.MeanAbsolutePercentageError")
class MeanAbsolutePercentageError(base_metric.MeanMetricWrapper):
    """The mean of `keras.losses.mean_absolute_percentage_error`.

    Follows keras 2.14 metrics/regression_metrics.py, MeanAbsolutePercentageError.
    """

    def __init__(
        self,
        name: str | None = "mean_absolute_percentage_error",
        dtype: Any = None,
    ) -> None:
        super().__init__(mean_absolute_percentage_error, name, dtype=dtype)


@keras_export("keras.metrics.MeanSquaredError")
class MeanSquaredError(base_metric.MeanMetricWrapper):
    """The mean of `keras.losses.mean_squared_error`.

    Follows keras 2.14 metrics/regression_metrics.py, MeanSquaredError.
    """

    def __init__(self, name: str | None = "mean_squared_error", dtype: Any = None) -> None:
        super().__init__(mean_squared_error, name, dtype=dtype)


@keras_export("keras.metrics.MeanSquaredLogarithmicError")
class MeanSquaredLogarithmicError(base_metric.MeanMetricWrapper):
    """The mean of `keras.losses.mean_squared_logarithmic_error`.

    Follows keras 2.14 metrics/regression_metrics.py, MeanSquaredLogarithmicError.
    """

    def __init__(
        self,
        name: str | None = "mean_squared_logarithmic_error",
        dtype: Any = None,
    ) -> None:
        super().__init__(mean_squared_logarithmic_error, name, dtype=dtype)


@keras_export("keras.metrics.RootMeanSquaredError")
class RootMeanSquaredError(base_metric.Mean):
    """The square root of the mean squared difference.

    Follows keras 2.14 metrics/regression_metrics.py, RootMeanSquaredError.
    """

    def __init__(self, name: str | None = "root_mean_squared_error", dtype: Any = None) -> None:
        super().__init__(name, dtype=dtype)

    def update_state(  # type: ignore[override] # Keras's own signature: it takes labels too
        self, y_true: Any, y_pred: Any, sample_weight: Any = None
    ) -> Variable:
        """Add a batch: labels and predictions of one shape, f[batch, ...]."""
        y_true = tf.cast(y_true, self.dtype)
        y_pred = tf.cast(y_pred, self.dtype)
        y_pred, y_true = losses_utils.squeeze_or_expand_dimensions(y_pred, y_true)
        error_sq = tf.math.squared_difference(y_pred, y_true)
        return super().update_state(error_sq, sample_weight=sample_weight)

    def result(self) -> Any:
        """Return the root of the mean so far: f[]."""
        return tf.sqrt(tf.math.divide_no_nan(self.total, self.count))


@keras_export("keras.metrics.LogCoshError")
class LogCoshError(base_metric.MeanMetricWrapper):
    """The mean of `keras.losses.log_cosh`.

    Follows keras 2.14 metrics/regression_metrics.py, LogCoshError.
    """

    def __init__(self, name: str | None = "logcosh", dtype: Any = None) -> None:
        super().__init__(logcosh, name, dtype=dtype)


@keras_export("keras.metrics.R2Score")
class R2Score(base_metric.Metric):
    """The coefficient of determination: the fraction of the labels' variance that is explained.

    Follows keras 2.14 metrics/regression_metrics.py, R2Score.

    Raises:
        ValueError: if `class_aggregation` is unknown or `num_regressors` is negative; from the
            first `update_state`, if the shape of labels or predictions is not [batch, outputs].
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
        """Create the sums: f[outputs] each."""
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
        """Add a batch: labels and predictions, f[batch, outputs] each."""
        y_true = tf.convert_to_tensor(y_true, dtype=self.dtype)
        y_pred = tf.convert_to_tensor(y_pred, dtype=self.dtype)
        if not self.built:
            self.build(y_true.shape, y_pred.shape)
        if sample_weight is None:
            sample_weight = 1
        sample_weight = tf.convert_to_tensor(sample_weight, dtype=self.dtype)
        if sample_weight.shape.rank == 1:
            sample_weight = tf.expand_dims(sample_weight, axis=1)
        sample_weight = losses_utils.broadcast_weights(weights=sample_weight, values=y_true)
        weighted = y_true * sample_weight
        self.sum.assign_add(tf.reduce_sum(weighted, axis=0))
        self.squared_sum.assign_add(tf.reduce_sum(y_true * weighted, axis=0))
        self.total_mse.assign_add(tf.reduce_sum((y_true - y_pred) ** 2 * sample_weight, axis=0))
        self.count.assign_add(tf.reduce_sum(sample_weight, axis=0))
        self.num_samples.assign_add(tf.size(y_true))

    def result(self) -> Any:
        """Return the score so far: f[], or f[outputs] without aggregation; 1 is the best value."""
        mean = self.sum / self.count
        total = self.squared_sum - self.sum * mean
        scores = 1 - (self.total_mse / total)
        scores = tf.where(tf.math.is_inf(scores), 0.0, scores)
        if self.class_aggregation == "uniform_average":
            score = tf.reduce_mean(scores)
        elif self.class_aggregation == "variance_weighted_average":
            score = tf.reduce_sum(total * scores) / tf.reduce_sum(total)
        else:
            score = scores
        return self._adjusted(score) if self.num_regressors != 0 else score

    def _adjusted(self, score: Any) -> Any:
        """Return the score adjusted for the variance that `num_regressors` explain by chance."""

        def plain() -> Any:
            warn(
                "The adjusted R2 score needs at least two more samples than regressors; this is "
                f"the unadjusted score. Received: num_regressors={self.num_regressors}"
            )
            return score

        def adjusted() -> Any:
            samples = tf.cast(self.num_samples, dtype=tf.float32)
            regressors = tf.cast(self.num_regressors, dtype=tf.float32)
            unexplained = tf.multiply(tf.subtract(1.0, score), tf.subtract(samples, 1.0))
            spare = tf.subtract(tf.subtract(samples, regressors), 1.0)
            return tf.subtract(1.0, tf.divide(unexplained, spare))

        return tf.cond(self.num_regressors >= self.num_samples - 1, plain, adjusted)

    def reset_state(self) -> None:
        """Reset the state to zeros."""
        for variable in self.variables:
            variable.assign(tf.zeros(variable.shape, dtype=variable.dtype))

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that recreate this metric."""
        own = {"class_aggregation": self.class_aggregation, "num_regressors": self.num_regressors}
        return {**super().get_config(), **own}


def cosine_similarity(y_true: Any, y_pred: Any, axis: int = -1) -> Any:
    """The cosine of the angle between labels and predictions: f[.., n], f[.., n] -> f[..].

    1 is the best value, unlike in the loss of the same name, which negates it.
    Follows keras 2.14 metrics/regression_metrics.py, cosine_similarity.
    """
    y_true = tf.linalg.l2_normalize(y_true, axis=axis)
    y_pred = tf.linalg.l2_normalize(y_pred, axis=axis)
    return tf.reduce_sum(y_true * y_pred, axis=axis)


# Keras gives this function no public name, so a config names its module.
library_export("keras.src.metrics.regression_metrics", cosine_similarity)
