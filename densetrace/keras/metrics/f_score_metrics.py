"""The harmonic mean of precision and recall per class.

Follows keras 2.14 metrics/f_score_metrics.py.
"""

from collections.abc import Sequence
from typing import Any, Final

import densetrace.tensorflow as tf
from densetrace.keras._exports import keras_export
from densetrace.keras.metrics import base_metric

_AVERAGES: Final = (None, "micro", "macro", "weighted")


@keras_export("keras.metrics.FBetaScore")
class FBetaScore(base_metric.Metric):
    """The weighted harmonic mean of precision and recall; recall counts `beta` times as much.

    Follows keras 2.14 metrics/f_score_metrics.py, FBetaScore.

    Raises:
        ValueError: if `average` is unknown, `beta` is not a positive float, or `threshold` is not a
            float in ]0, 1]; from the first `update_state`, if the shape of labels or predictions is
            not [batch, classes].
    """

    def __init__(
        self,
        average: str | None = None,
        beta: float = 1.0,
        threshold: float | None = None,
        name: str | None = "fbeta_score",
        dtype: Any = None,
    ) -> None:
        super().__init__(name=name, dtype=dtype)
        if average not in _AVERAGES:
            raise ValueError(f"`average` must be one of {_AVERAGES}. Received: average={average}")
        if not isinstance(beta, float) or beta <= 0.0:
            raise ValueError(f"`beta` must be a positive float. Received: beta={beta}")
        if threshold is not None and (
            not isinstance(threshold, float) or threshold > 1.0 or threshold <= 0.0
        ):
            raise ValueError(
                f"`threshold` must be a float in the range ]0, 1]. Received: threshold={threshold}"
            )
        self.average = average
        self.beta = beta
        self.threshold = threshold
        self.axis: int | None = None
        self.built = False
        if self.average != "micro":
            self.axis = 0

    def build(  # type: ignore[override] # Keras's own: a metric is built from two shapes
        self, y_true_shape: Sequence[int], y_pred_shape: Sequence[int]
    ) -> None:
        """Create the counts: f[classes], or f[] if `average` is "micro"."""
        if len(y_pred_shape) != 2 or len(y_true_shape) != 2:
            raise ValueError(
                f"{type(self).__name__} takes labels and predictions of shape (batch, classes). "
                f"Received: y_true.shape={y_true_shape}, y_pred.shape={y_pred_shape}"
            )
        shape = () if self.average == "micro" else (y_pred_shape[-1],)
        self.true_positives = self.add_weight("true_positives", shape, initializer="zeros")
        self.false_positives = self.add_weight("false_positives", shape, initializer="zeros")
        self.false_negatives = self.add_weight("false_negatives", shape, initializer="zeros")
        self.intermediate_weights = self.add_weight(
            "intermediate_weights", shape, initializer="zeros"
        )
        self.built = True

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Add a batch: one-hot labels and predictions, f[batch, classes] each."""
        y_true = tf.convert_to_tensor(y_true, dtype=self.dtype)
        y_pred = tf.convert_to_tensor(y_pred, dtype=self.dtype)
        if not self.built:
            self.build(y_true.shape, y_pred.shape)
        if self.threshold is None:
            best = tf.reduce_max(y_pred, axis=-1, keepdims=True)
            # A row of zeros has no most probable class.
            y_pred = tf.logical_and(y_pred >= best, tf.abs(y_pred) > 1e-9)
        else:
            y_pred = y_pred > self.threshold
        y_pred = tf.cast(y_pred, dtype=self.dtype)

        def count(values: Any) -> Any:
            if sample_weight is not None:
                values = tf.math.multiply(values, tf.expand_dims(sample_weight, 1))
            return tf.reduce_sum(values, axis=self.axis)

        self.true_positives.assign_add(count(y_pred * y_true))
        self.false_positives.assign_add(count(y_pred * (1 - y_true)))
        self.false_negatives.assign_add(count((1 - y_pred) * y_true))
        self.intermediate_weights.assign_add(count(y_true))

    def result(self) -> Any:
        """Return the score so far: f[classes], or f[] if `average` is set."""
        precision = tf.math.divide_no_nan(
            self.true_positives, self.true_positives + self.false_positives
        )
        recall = tf.math.divide_no_nan(
            self.true_positives, self.true_positives + self.false_negatives
        )
        product = precision * recall
        total = (self.beta**2) * precision + recall
        scores = tf.math.divide_no_nan(product, total) * (1 + (self.beta**2))
        if self.average == "weighted":
            weights = tf.math.divide_no_nan(
                self.intermediate_weights, tf.reduce_sum(self.intermediate_weights)
            )
            scores = tf.reduce_sum(scores * weights)
        elif self.average is not None:
            scores = tf.reduce_mean(scores)
        return scores

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that recreate this metric."""
        own = {"average": self.average, "beta": self.beta, "threshold": self.threshold}
        return {**super().get_config(), **own}

    def reset_state(self) -> None:
        """Reset the state to zeros."""
        for variable in self.variables:
            variable.assign(tf.zeros(variable.shape, dtype=variable.dtype))


@keras_export("keras.metrics.F1Score")
class F1Score(FBetaScore):
    """The harmonic mean of precision and recall.

    Follows keras 2.14 metrics/f_score_metrics.py, F1Score.
    """

    def __init__(
        self,
        average: str | None = None,
        threshold: float | None = None,
        name: str | None = "f1_score",
        dtype: Any = None,
    ) -> None:
        super().__init__(average=average, beta=1.0, threshold=threshold, name=name, dtype=dtype)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that recreate this metric."""
        config = super().get_config()
        del config["beta"]
        return config
