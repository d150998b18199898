"""Intersection over union: the overlap of labels and predictions per class.

Follows keras 2.14 metrics/iou_metrics.py.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

import densetrace.tensorflow as tf
from densetrace.keras import backend
from densetrace.keras._exports import keras_export
from densetrace.keras.metrics import base_metric
from densetrace.tensorflow.variables import Variable


class _IoUBase(base_metric.Metric):
    """Accumulates a confusion matrix over batches.

    Follows keras 2.14 metrics/iou_metrics.py, _IoUBase.

    Raises:
        ValueError: from `update_state`, if the numbers of labels and predictions differ.
        InvalidArgumentError: from `update_state`, if a label or prediction is not a class index.
    """

    def __init__(
        self,
        num_classes: int,
        name: str | None = None,
        dtype: Any = None,
        ignore_class: int | None = None,
        sparse_y_true: bool = True,
        sparse_y_pred: bool = True,
        axis: int = -1,
    ) -> None:
        super().__init__(name=name, dtype=dtype)
        self.num_classes = num_classes
        self.ignore_class = ignore_class
        self.sparse_y_true = sparse_y_true
        self.sparse_y_pred = sparse_y_pred
        self.axis = axis
        self.total_cm = self.add_weight(
            "total_confusion_matrix", shape=(num_classes, num_classes), initializer="zeros"
        )

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Variable:
        """Add a batch: labels and predictions as class indices or distributions along `axis`."""
        if not self.sparse_y_true:
            y_true = tf.argmax(y_true, axis=self.axis)
        if not self.sparse_y_pred:
            y_pred = tf.argmax(y_pred, axis=self.axis)
        y_true = tf.cast(y_true, self.dtype)
        y_pred = tf.cast(y_pred, self.dtype)
        if y_pred.shape.rank > 1:
            y_pred = tf.reshape(y_pred, [-1])
        if y_true.shape.rank > 1:
            y_true = tf.reshape(y_true, [-1])
        if sample_weight is not None:
            sample_weight = tf.cast(sample_weight, self.dtype)
            if sample_weight.shape.rank > 1:
                sample_weight = tf.reshape(sample_weight, [-1])
        if self.ignore_class is not None:
            valid = tf.not_equal(y_true, tf.cast(self.ignore_class, y_true.dtype))
            y_true, y_pred = y_true[valid], y_pred[valid]
            if sample_weight is not None:
                sample_weight = sample_weight[valid]
        matrix = tf.math.confusion_matrix(
            y_true, y_pred, self.num_classes, weights=sample_weight, dtype=self.dtype
        )
        updated: Variable = self.total_cm.assign_add(matrix)
        return updated

    def reset_state(self) -> None:
        """Reset the state to zeros."""
        backend.set_value(self.total_cm, np.zeros((self.num_classes, self.num_classes)))


@keras_export("keras.metrics.IoU")
class IoU(_IoUBase):
    """The mean intersection over union of the target classes.

    For one class: correct predictions divided by all samples labeled or predicted as that class.

    Follows keras 2.14 metrics/iou_metrics.py, IoU.

    Raises:
        ValueError: if a target class is not below `num_classes`.
    """

    def __init__(
        self,
        num_classes: int,
        target_class_ids: Sequence[int],
        name: str | None = None,
        dtype: Any = None,
        ignore_class: int | None = None,
        sparse_y_true: bool = True,
        sparse_y_pred: bool = True,
        axis: int = -1,
    ) -> None:
        super().__init__(
            name=name,
            num_classes=num_classes,
            ignore_class=ignore_class,
            sparse_y_true=sparse_y_true,
            sparse_y_pred=sparse_y_pred,
            axis=axis,
            dtype=dtype,
        )
        if max(target_class_ids) >= num_classes:
            raise ValueError(
                f"Target classes must be in the range [0, {num_classes}[. "
                f"Received: target_class_ids={target_class_ids}"
            )
        self.target_class_ids = list(target_class_ids)

    def result(self) -> Any:
        """Return the mean so far over the target classes that occurred: f[]."""
        of_labels = tf.cast(tf.reduce_sum(self.total_cm, axis=0), dtype=self.dtype)
        of_predictions = tf.cast(tf.reduce_sum(self.total_cm, axis=1), dtype=self.dtype)
        right = tf.cast(tf.linalg.diag_part(self.total_cm), dtype=self.dtype)
        involved = of_labels + of_predictions - right
        right = tf.gather(right, self.target_class_ids)
        involved = tf.gather(involved, self.target_class_ids)
        occurred = tf.reduce_sum(tf.cast(tf.not_equal(involved, 0), dtype=self.dtype))
        shares = tf.math.divide_no_nan(right, involved)
        return tf.math.divide_no_nan(tf.reduce_sum(shares, name="mean_iou"), occurred)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that recreate this metric."""
        config = {
            "num_classes": self.num_classes,
            "target_class_ids": self.target_class_ids,
            "ignore_class": self.ignore_class,
            "sparse_y_true": self.sparse_y_true,
            "sparse_y_pred": self.sparse_y_pred,
            "axis": self.axis,
        }
        return {**super().get_config(), **config}


@keras_export("keras.metrics.BinaryIoU")
class BinaryIoU(IoU):
    """`IoU` of two classes that are separated by a threshold.

    Follows keras 2.14 metrics/iou_metrics.py, BinaryIoU.
    """

    def __init__(
        self,
        target_class_ids: Sequence[int] = (0, 1),
        threshold: float = 0.5,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(num_classes=2, target_class_ids=target_class_ids, name=name, dtype=dtype)
        self.threshold = threshold

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Variable:
        """Add a batch: labels of 0 and 1, and predictions of the same shape, f[...]."""
        y_pred = tf.cast(y_pred, self.dtype)
        y_pred = tf.cast(y_pred >= self.threshold, self.dtype)
        return super().update_state(y_true, y_pred, sample_weight)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that recreate this metric."""
        return {
            "target_class_ids": self.target_class_ids,
            "threshold": self.threshold,
            "name": self.name,
            "dtype": self.dtype,
        }


@keras_export("keras.metrics.MeanIoU")
class MeanIoU(IoU):
    """`IoU` of all classes. Follows keras 2.14 metrics/iou_metrics.py, MeanIoU."""

    def __init__(
        self,
        num_classes: int,
        name: str | None = None,
        dtype: Any = None,
        ignore_class: int | None = None,
        sparse_y_true: bool = True,
        sparse_y_pred: bool = True,
        axis: int = -1,
    ) -> None:
        target_class_ids = list(range(num_classes))
        super().__init__(
            name=name,
            num_classes=num_classes,
            target_class_ids=target_class_ids,
            axis=axis,
            dtype=dtype,
            ignore_class=ignore_class,
            sparse_y_true=sparse_y_true,
            sparse_y_pred=sparse_y_pred,
        )

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that recreate this metric."""
        return {
            "num_classes": self.num_classes,
            "name": self.name,
            "dtype": self.dtype,
            "ignore_class": self.ignore_class,
            "sparse_y_true": self.sparse_y_true,
            "sparse_y_pred": self.sparse_y_pred,
            "axis": self.axis,
        }


@keras_export("keras.metrics.OneHotIoU")
class OneHotIoU(IoU):
    """`IoU` for one-hot labels. Follows keras 2.14 metrics/iou_metrics.py, OneHotIoU."""

    def __init__(
        self,
        num_classes: int,
        target_class_ids: Sequence[int],
        name: str | None = None,
        dtype: Any = None,
        ignore_class: int | None = None,
        sparse_y_pred: bool = False,
        axis: int = -1,
    ) -> None:
        super().__init__(
            num_classes=num_classes,
            target_class_ids=target_class_ids,
            name=name,
            dtype=dtype,
            ignore_class=ignore_class,
            sparse_y_true=False,
            sparse_y_pred=sparse_y_pred,
            axis=axis,
        )

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that recreate this metric."""
        return {
            "num_classes": self.num_classes,
            "target_class_ids": self.target_class_ids,
            "name": self.name,
            "dtype": self.dtype,
            "ignore_class": self.ignore_class,
            "sparse_y_pred": self.sparse_y_pred,
            "axis": self.axis,
        }


@keras_export("keras.metrics.OneHotMeanIoU")
class OneHotMeanIoU(MeanIoU):
    """`IoU` of all classes for one-hot labels.

    Follows keras 2.14 metrics/iou_metrics.py, OneHotMeanIoU.
    """

    def __init__(
        self,
        num_classes: int,
        name: str | None = None,
        dtype: Any = None,
        ignore_class: int | None = None,
        sparse_y_pred: bool = False,
        axis: int = -1,
    ) -> None:
        super().__init__(
            num_classes=num_classes,
            axis=axis,
            name=name,
            dtype=dtype,
            ignore_class=ignore_class,
            sparse_y_true=False,
            sparse_y_pred=sparse_y_pred,
        )

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that recreate this metric."""
        return {
            "num_classes": self.num_classes,
            "name": self.name,
            "dtype": self.dtype,
            "ignore_class": self.ignore_class,
            "sparse_y_pred": self.sparse_y_pred,
            "axis": self.axis,
        }
