"""The area under a curve of two shares, over all thresholds.

Follows keras 2.14 metrics/confusion_metrics.py, AUC.
"""

from enum import Enum
from typing import Any, Final

import numpy as np

from densetrace.keras import backend
from densetrace.keras._errors import InvalidArgumentError
from densetrace.keras._exports import keras_export
from densetrace.keras._tensors import Tensor, convert_to_tensor
from densetrace.keras.metrics.confusion_metrics import ConfusionMetric, ratio
from densetrace.keras.utils.losses_utils import divide_no_nan
from densetrace.keras.utils.metrics_utils import (
    FALSE_NEGATIVES,
    FALSE_POSITIVES,
    TRUE_NEGATIVES,
    TRUE_POSITIVES,
)


class AUCCurve(Enum):
    """Which two shares: false positives and recall (ROC), or recall and precision (PR)."""

    ROC = "ROC"
    PR = "PR"


class AUCSummationMethod(Enum):
    """What stands between two thresholds: the mean height, the lower, or the higher one."""

    INTERPOLATION = "interpolation"
    MAJORING = "majoring"
    MINORING = "minoring"


_CURVES: Final = {name: curve for curve in AUCCurve for name in (curve.name, curve.name.lower())}
_SUMMATIONS: Final = {
    name: method
    for method in AUCSummationMethod
    for name in (method.value, method.value.capitalize())
}


@keras_export("keras.metrics.AUC")
class AUC(ConfusionMetric):
    """The area under the ROC or the precision-recall curve.

    Raises:
        ValueError: for fewer than two thresholds, a `curve` or `summation_method` that there is
            not, or `num_labels` without `multi_label`.
        InvalidArgumentError: for negative `label_weights`.
    """

    _counts = (TRUE_POSITIVES, TRUE_NEGATIVES, FALSE_POSITIVES, FALSE_NEGATIVES)

    def __init__(
        self,
        num_thresholds: int = 200,
        curve: Any = "ROC",
        summation_method: Any = "interpolation",
        name: str | None = None,
        dtype: Any = None,
        thresholds: Any = None,
        multi_label: bool = False,
        num_labels: int | None = None,
        label_weights: Any = None,
        from_logits: bool = False,
    ) -> None:
        if thresholds is None and num_thresholds <= 1:
            raise ValueError(
                "`num_thresholds` must be an integer above 1. "
                f"Received: num_thresholds={num_thresholds}"
            )
        inner = (
            np.linspace(0, 1, num_thresholds)[1:-1] if thresholds is None else sorted(thresholds)
        )
        self._init_from_thresholds = thresholds is not None
        self.num_thresholds = len(inner) + 2
        epsilon = backend.epsilon()
        self.thresholds = [-epsilon, *map(float, inner), 1 + epsilon]
        self.curve = _choice(curve, _CURVES, "curve")
        self.summation_method = _choice(summation_method, _SUMMATIONS, "summation_method")
        super().__init__(name=name, dtype=dtype)
        self.multi_label = multi_label
        self.num_labels = num_labels
        self.label_weights = None
        if label_weights is not None:
            self.label_weights = convert_to_tensor(label_weights, dtype=self.dtype)
            if np.any(self.label_weights < 0):
                raise InvalidArgumentError(
                    "`label_weights` must be positive or zero. "
                    f"Received: label_weights={label_weights}"
                )
        self._from_logits = from_logits
        if num_labels and not multi_label:
            raise ValueError(
                f"`num_labels` is for `multi_label` only. Received: num_labels={num_labels}"
            )
        self._counting = False
        if num_labels or not multi_label:
            self._count(num_labels)

    def _count(self, labels: int | None) -> None:
        self._add_counts(
            (self.num_thresholds,) if labels is None else (self.num_thresholds, labels)
        )
        self._counting = True

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in labels of 0 and 1 and predictions of one shape; `[batch, labels]` when
        `multi_label`."""
        y_pred = convert_to_tensor(y_pred)
        if not self._counting:
            if y_pred.ndim != 2:
                raise ValueError(
                    "With `multi_label`, predictions must be of shape (batch, labels). "
                    f"Received: y_pred.shape={y_pred.shape}"
                )
            self._count(y_pred.shape[1])
        if self._from_logits:
            y_pred = 1 / (1 + np.exp(-y_pred))
        super().update_state(y_true, y_pred, sample_weight)

    def _options(self) -> dict[str, Any]:
        label_weights = None if self.multi_label else self.label_weights
        return {"multi_label": self.multi_label, "label_weights": label_weights}

    def result(self) -> Tensor:
        """The area so far: 1 is the best."""
        tp, tn, fp, fn = (np.asarray(getattr(self, name).value) for name in self._counts)
        recall = ratio(tp, fn)
        if self.curve is AUCCurve.ROC:
            return self._summed(ratio(fp, tn), recall)
        if self.summation_method is AUCSummationMethod.INTERPOLATION:
            return self._over_labels(_interpolated_precision(tp, fp, fn))
        return self._summed(recall, ratio(tp, fp))

    def _summed(self, x: Any, y: Any) -> Tensor:
        height = {
            AUCSummationMethod.INTERPOLATION: (y[:-1] + y[1:]) / 2,
            AUCSummationMethod.MINORING: np.minimum(y[:-1], y[1:]),
            AUCSummationMethod.MAJORING: np.maximum(y[:-1], y[1:]),
        }[self.summation_method]
        return self._over_labels((x[:-1] - x[1:]) * height)

    def _over_labels(self, increments: Any) -> Tensor:
        by_label = np.sum(increments, axis=0)
        if not self.multi_label:
            return convert_to_tensor(by_label)
        if self.label_weights is None:
            return convert_to_tensor(np.mean(by_label))
        return divide_no_nan(np.sum(by_label * self.label_weights), np.sum(self.label_weights))

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a metric like this one."""
        weights = self.label_weights
        config = {
            **super().get_config(),
            "num_thresholds": self.num_thresholds,
            "curve": self.curve.value,
            "summation_method": self.summation_method.value,
            "multi_label": self.multi_label,
            "num_labels": self.num_labels,
            "label_weights": None if weights is None else weights.numpy(),
            "from_logits": self._from_logits,
        }
        if self._init_from_thresholds:
            config["thresholds"] = self.thresholds[1:-1]
        return config


def _choice(given: Any, choices: dict[str, Any], name: str) -> Any:
    if isinstance(given, Enum) and given in choices.values():
        return given
    if given not in choices:
        raise ValueError(f"`{name}` must be one of {sorted(choices)}. Received: {name}={given}")
    return choices[given]


def _interpolated_precision(tp: Any, fp: Any, fn: Any) -> Any:
    """The area between thresholds under a precision that follows the counts, not a line.

    Davis and Goadrich, "The relationship between precision-recall and ROC curves" (2006).
    """
    positives = tp + fp
    slope = divide_no_nan(tp[:-1] - tp[1:], np.maximum(positives[:-1] - positives[1:], 0))
    intercept = tp[1:] - slope * positives[1:]
    both = (positives[:-1] > 0) & (positives[1:] > 0)
    growth = np.where(both, divide_no_nan(positives[:-1], np.maximum(positives[1:], 0)), 1)
    increments = slope * (tp[:-1] - tp[1:] + intercept * np.log(growth))
    return divide_no_nan(increments, np.maximum(tp[1:] + fn[1:], 0))
