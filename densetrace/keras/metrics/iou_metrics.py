"""Intersection over union: how well two partitions into classes overlap.

Follows keras 2.14 metrics/iou_metrics.py.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from densetrace.keras._exports import keras_export
from densetrace.keras.metrics import base_metric
from densetrace.keras.utils.losses_utils import divide_no_nan
from densetrace.tensorflow.convert import convert_to_tensor
from densetrace.tensorflow.errors import InvalidArgumentError
from densetrace.tensorflow.tensor import Tensor


class _IoUBase(base_metric.Metric):
    """A confusion matrix that grows with each batch.

    Raises:
        ValueError: on update, for more labels than predictions, or fewer.
        InvalidArgumentError: on update, for a label or prediction that is no class.
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

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in labels and predictions: class numbers, or distributions over `axis`."""
        labels = self._classes(y_true, self.sparse_y_true)
        predictions = self._classes(y_pred, self.sparse_y_pred)
        if len(labels) != len(predictions):
            raise ValueError(
                "There must be one label for each prediction. "
                f"Received: {len(labels)} labels, {len(predictions)} predictions"
            )
        weights = np.ones(len(labels), self.dtype)
        if sample_weight is not None:
            weights = np.asarray(convert_to_tensor(sample_weight), self.dtype).reshape(-1)
        if self.ignore_class is not None:
            kept = labels != self.ignore_class
            labels, predictions, weights = labels[kept], predictions[kept], weights[kept]
        for classes in (labels, predictions):
            if np.any((classes < 0) | (classes >= self.num_classes)):
                raise InvalidArgumentError(
                    f"Classes must be in the range [0, {self.num_classes}[. "
                    f"Received: classes from {classes.min()} to {classes.max()}"
                )
        matrix = np.zeros((self.num_classes, self.num_classes), self.dtype)
        np.add.at(matrix, (labels, predictions), weights)
        self.total_cm.assign_add(matrix)

    def _classes(self, y: Any, sparse: bool) -> Any:
        y = convert_to_tensor(y)
        return (
            np.asarray(y if sparse else np.argmax(y, axis=self.axis)).astype(np.int64).reshape(-1)
        )


@keras_export("keras.metrics.IoU")
class IoU(_IoUBase):
    """The mean, over some classes, of right predictions over all that involve the class.

    Raises:
        ValueError: for a target class that there is not.
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

    def result(self) -> Tensor:
        """The mean so far, over the target classes that occurred."""
        matrix = np.asarray(self.total_cm.value)
        right = np.diagonal(matrix)
        involved = matrix.sum(axis=0) + matrix.sum(axis=1) - right
        shares = divide_no_nan(right, involved)[self.target_class_ids]
        occurred = np.sum(involved[self.target_class_ids] != 0)
        return divide_no_nan(np.sum(shares), np.asarray(occurred, matrix.dtype))

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a metric like this one."""
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
    """`IoU` of two classes, separated by a threshold."""

    def __init__(
        self,
        target_class_ids: Sequence[int] = (0, 1),
        threshold: float = 0.5,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(num_classes=2, target_class_ids=target_class_ids, name=name, dtype=dtype)
        self.threshold = threshold

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in labels of 0 and 1, and predictions."""
        predictions = convert_to_tensor(y_pred).astype(self.dtype) >= self.threshold
        super().update_state(y_true, predictions.astype(self.dtype), sample_weight)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a metric like this one."""
        return {
            "target_class_ids": self.target_class_ids,
            "threshold": self.threshold,
            "name": self.name,
            "dtype": self.dtype,
        }


@keras_export("keras.metrics.MeanIoU")
class MeanIoU(IoU):
    """`IoU` of all classes."""

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
        """The arguments that make a metric like this one."""
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
    """`IoU` of one-hot labels."""

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
        """The arguments that make a metric like this one."""
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
    """`IoU` of all classes, of one-hot labels."""

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
        """The arguments that make a metric like this one."""
        return {
            "num_classes": self.num_classes,
            "name": self.name,
            "dtype": self.dtype,
            "ignore_class": self.ignore_class,
            "sparse_y_pred": self.sparse_y_pred,
            "axis": self.axis,
        }
