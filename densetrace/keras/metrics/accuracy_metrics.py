"""The fraction of correct predictions. Follows keras 2.14 metrics/accuracy_metrics.py."""

from typing import Any

import densetrace.tensorflow as tf
from densetrace.keras import backend
from densetrace.keras._dispatch import add_dispatch_support
from densetrace.keras._exports import keras_export, library_export
from densetrace.keras.metrics import base_metric
from densetrace.keras.utils import metrics_utils


@keras_export("keras.metrics.Accuracy")
class Accuracy(base_metric.MeanMetricWrapper):
    """The fraction of predictions that equal their labels.

    Follows keras 2.14 metrics/accuracy_metrics.py, Accuracy.
    """

    def __init__(self, name: str | None = "accuracy", dtype: Any = None) -> None:
        super().__init__(accuracy, name, dtype=dtype)


@keras_export("keras.metrics.BinaryAccuracy")
class BinaryAccuracy(base_metric.MeanMetricWrapper):
    """The fraction of binary labels that match `prediction > threshold`.

    Follows keras 2.14 metrics/accuracy_metrics.py, BinaryAccuracy.
    """

    def __init__(
        self,
        name: str | None = "binary_accuracy",
        dtype: Any = None,
        threshold: float = 0.5,
    ) -> None:
        super().__init__(metrics_utils.binary_matches, name, dtype=dtype, threshold=threshold)


# DEPARTS: In Keras CategoricalAccuracy and TopKCategoricalAccuracy wrap lambdas. Here each wraps
# the function of the same name, which returns the same.
@keras_export("keras.metrics.CategoricalAccuracy")
class CategoricalAccuracy(base_metric.MeanMetricWrapper):
    """The fraction of samples whose most probable class is correct, for one-hot labels.

    Follows keras 2.14 metrics/accuracy_metrics.py, CategoricalAccuracy.
    """

    def __init__(self, name: str | None = "categorical_accuracy", dtype: Any = None) -> None:
        super().__init__(categorical_accuracy, name, dtype=dtype)


@keras_export("keras.metrics.SparseCategoricalAccuracy")
class SparseCategoricalAccuracy(base_metric.MeanMetricWrapper):
    """The fraction of samples whose most probable class is correct, for class indices.

    Follows keras 2.14 metrics/accuracy_metrics.py, SparseCategoricalAccuracy.
    """

    def __init__(self, name: str | None = "sparse_categorical_accuracy", dtype: Any = None) -> None:
        super().__init__(metrics_utils.sparse_categorical_matches, name, dtype=dtype)


@keras_export("keras.metrics.TopKCategoricalAccuracy")
class TopKCategoricalAccuracy(base_metric.MeanMetricWrapper):
    """The fraction of samples whose class is among the `k` most probable, for one-hot labels.

    Follows keras 2.14 metrics/accuracy_metrics.py, TopKCategoricalAccuracy.
    """

    def __init__(
        self,
        k: int = 5,
        name: str | None = "top_k_categorical_accuracy",
        dtype: Any = None,
    ) -> None:
        super().__init__(top_k_categorical_accuracy, name, dtype=dtype, k=k)


@keras_export("keras.metrics.SparseTopKCategoricalAccuracy")
class SparseTopKCategoricalAccuracy(base_metric.MeanMetricWrapper):
    """The fraction of samples whose class is among the `k` most probable, for class indices.

    Follows keras 2.14 metrics/accuracy_metrics.py, SparseTopKCategoricalAccuracy.
    """

    def __init__(
        self,
        k: int = 5,
        name: str | None = "sparse_top_k_categorical_accuracy",
        dtype: Any = None,
    ) -> None:
        super().__init__(metrics_utils.sparse_top_k_categorical_matches, name, dtype=dtype, k=k)


def accuracy(y_true: Any, y_pred: Any) -> Any:
    """Return, per element, 1 if the prediction equals the label, else 0: f32[...].

    Follows keras 2.14 metrics/accuracy_metrics.py, accuracy.

    Raises:
        ValueError: if the shapes differ.
    """
    y_true.shape.assert_is_compatible_with(y_pred.shape)
    if y_true.dtype != y_pred.dtype:
        y_pred = tf.cast(y_pred, y_true.dtype)
    return tf.cast(tf.equal(y_true, y_pred), backend.floatx())


# Keras gives this function no public name, so a config names its module.
library_export("keras.src.metrics.accuracy_metrics", accuracy)


@keras_export("keras.metrics.binary_accuracy")
@add_dispatch_support
def binary_accuracy(y_true: Any, y_pred: Any, threshold: float = 0.5) -> Any:
    """The fraction of labels per sample that match `prediction > threshold`: f[.., n] -> f32[..].

    Follows keras 2.14 metrics/accuracy_metrics.py, binary_accuracy.
    """
    return tf.reduce_mean(metrics_utils.binary_matches(y_true, y_pred, threshold), axis=-1)


@keras_export("keras.metrics.categorical_accuracy")
@add_dispatch_support
def categorical_accuracy(y_true: Any, y_pred: Any) -> Any:
    """Return 1 if the most probable class is correct: one-hot [.., n], f[.., n] -> f32[..].

    Follows keras 2.14 metrics/accuracy_metrics.py, categorical_accuracy.
    """
    return metrics_utils.sparse_categorical_matches(tf.math.argmax(y_true, axis=-1), y_pred)


@keras_export("keras.metrics.sparse_categorical_accuracy")
@add_dispatch_support
def sparse_categorical_accuracy(y_true: Any, y_pred: Any) -> Any:
    """Return 1 if the most probable class is correct: indices [..], f[.., n] -> f32[..].

    Follows keras 2.14 metrics/accuracy_metrics.py, sparse_categorical_accuracy.
    """
    matches = metrics_utils.sparse_categorical_matches(y_true, y_pred)
    if matches.shape.rank > 1 and matches.shape[-1] == 1:
        matches = tf.squeeze(matches, [-1])
    return matches


@keras_export("keras.metrics.top_k_categorical_accuracy")
@add_dispatch_support
def top_k_categorical_accuracy(y_true: Any, y_pred: Any, k: int = 5) -> Any:
    """Return 1 if the class is among the `k` most probable: one-hot [.., n], f[.., n] -> f32[..].

    Follows keras 2.14 metrics/accuracy_metrics.py, top_k_categorical_accuracy.
    """
    return metrics_utils.sparse_top_k_categorical_matches(
        tf.math.argmax(y_true, axis=-1), y_pred, k
    )


@keras_export("keras.metrics.sparse_top_k_categorical_accuracy")
@add_dispatch_support
def sparse_top_k_categorical_accuracy(y_true: Any, y_pred: Any, k: int = 5) -> Any:
    """Return 1 if the class is among the `k` most probable: indices [..], f[.., n] -> f32[..].

    Follows keras 2.14 metrics/accuracy_metrics.py, sparse_top_k_categorical_accuracy.
    """
    return metrics_utils.sparse_top_k_categorical_matches(y_true, y_pred, k)
