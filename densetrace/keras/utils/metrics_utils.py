"""Which predictions match their labels, and how many, at each threshold.

Follows keras 2.14 utils/metrics_utils.py.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Any, Final

import numpy as np

from densetrace.keras import backend
from densetrace.keras.utils import generic_utils, losses_utils
from densetrace.tensorflow.convert import convert_to_tensor
from densetrace.tensorflow.errors import InvalidArgumentError
from densetrace.tensorflow.tensor import Array, Tensor
from densetrace.tensorflow.variables import Variable

NEG_INF: Final = -1e10


# DEPARTS: a member of this enum of Keras is the plain string here, which a trace can show.
class Reduction:
    """How a metric becomes one number: the sum, the sum over the batch's size, or the mean."""

    SUM: Final = "sum"
    SUM_OVER_BATCH_SIZE: Final = "sum_over_batch_size"
    WEIGHTED_MEAN: Final = "weighted_mean"


def parse_init_thresholds(thresholds: Any, default_threshold: float = 0.5) -> list[Any]:
    """The thresholds that a metric was given, as a list; the default when it was given none.

    Raises:
        ValueError: for a threshold outside [0, 1].
    """
    if thresholds is None:
        return generic_utils.to_list(default_threshold)
    wrong = [t for t in generic_utils.to_list(thresholds) if t is None or t < 0 or t > 1]
    if wrong:
        raise ValueError(f"Thresholds must be in the range [0, 1]. Received: {wrong}")
    return generic_utils.to_list(thresholds)


class ConfusionMatrix(Enum):
    """The four counts of right and wrong predictions."""

    TRUE_POSITIVES = "tp"
    FALSE_POSITIVES = "fp"
    TRUE_NEGATIVES = "tn"
    FALSE_NEGATIVES = "fn"


class AUCCurve(Enum):
    """Which two shares: false positives and recall (ROC), or recall and precision (PR)."""

    ROC = "ROC"
    PR = "PR"

    @staticmethod
    def from_str(key: Any) -> "AUCCurve":
        """The curve of this name, in capitals or not.

        Raises:
            ValueError: when there is no such curve.
        """
        if key in ("pr", "PR"):
            return AUCCurve.PR
        if key in ("roc", "ROC"):
            return AUCCurve.ROC
        raise ValueError(f"`curve` must be 'PR' or 'ROC'. Received: curve={key}")


class AUCSummationMethod(Enum):
    """The height between two thresholds: the mean of both, the higher one, or the lower one."""

    INTERPOLATION = "interpolation"
    MAJORING = "majoring"
    MINORING = "minoring"

    @staticmethod
    def from_str(key: Any) -> "AUCSummationMethod":
        """The method of this name, with a capital or not.

        Raises:
            ValueError: when there is no such method.
        """
        if key in ("interpolation", "Interpolation"):
            return AUCSummationMethod.INTERPOLATION
        if key in ("majoring", "Majoring"):
            return AUCSummationMethod.MAJORING
        if key in ("minoring", "Minoring"):
            return AUCSummationMethod.MINORING
        raise ValueError(
            "`summation_method` must be 'interpolation', 'majoring' or 'minoring'. "
            f"Received: summation_method={key}"
        )


def is_evenly_distributed_thresholds(thresholds: Any) -> bool:
    """Whether there are three or more, from 0 to 1 in even steps."""
    if len(thresholds) < 3:
        return False
    return np.allclose(thresholds, np.linspace(0, 1, len(thresholds)), atol=backend.epsilon())


def update_confusion_matrix_variables(
    variables_to_update: Mapping[ConfusionMatrix, Variable],
    y_true: Any,
    y_pred: Any,
    thresholds: Any,
    top_k: int | None = None,
    class_id: int | None = None,
    sample_weight: Any = None,
    multi_label: bool = False,
    label_weights: Any = None,
    thresholds_distributed_evenly: bool = False,
) -> None:
    """Count how many predictions are truly and falsely positive and negative, at each threshold.

    Follows keras 2.14 utils/metrics_utils.py, update_confusion_matrix_variables.

    Args:
        variables_to_update: the counts to add to, each f32[thresholds] (or f32[thresholds,
            labels]).
        y_true: labels, 0 or not 0, in the shape of the predictions.
        y_pred: predictions.
        thresholds: a prediction above its threshold is positive.
        top_k: only the `k` highest predictions of the last axis can be positive.
        class_id: only this entry of the last axis counts.
        sample_weight: what each prediction counts; broadcasts to the predictions.
        multi_label: count each label of `[batch, labels]` for itself.
        label_weights: what each label counts; f32[labels].
        thresholds_distributed_evenly: whether the thresholds go from 0 to 1 in even steps.

    Raises:
        ValueError: when labels, predictions and weights do not fit.
    """
    dtype = next(iter(variables_to_update.values())).dtype
    labels, predictions = (convert_to_tensor(y).astype(dtype) for y in (y_true, y_pred))
    weights: Any = None
    if sample_weight is not None:
        weights = convert_to_tensor(sample_weight).astype(dtype)
    predictions, labels, weights = losses_utils.squeeze_or_expand_dimensions(
        predictions, labels, weights
    )
    if labels.shape != predictions.shape:
        raise ValueError(
            "Labels must have the shape of the predictions. "
            f"Received: y_true.shape={labels.shape}, y_pred.shape={predictions.shape}"
        )
    if top_k is not None:
        predictions = _filter_top_k(predictions, top_k)
    if class_id is not None:
        labels, predictions = (y[..., class_id, None] for y in (labels, predictions))
    counted = np.ones_like(predictions)
    if weights is not None:
        counted = counted * losses_utils.broadcast_weights(weights, predictions)
    if label_weights is not None:
        counted = counted * np.asarray(label_weights, dtype)
    samples = (-1, labels.shape[-1]) if multi_label else (-1,)
    labels, predictions, counted = (
        np.asarray(y).reshape(samples) for y in (labels, predictions, counted)
    )
    positive = _above(predictions, np.asarray(thresholds, dtype), thresholds_distributed_evenly)
    actual = labels.astype(bool)

    def count(label: Any, prediction: Any) -> Any:
        return np.sum(label * prediction * counted, axis=1, dtype=dtype)

    counts = {
        ConfusionMatrix.TRUE_POSITIVES: (actual, positive),
        ConfusionMatrix.FALSE_NEGATIVES: (actual, ~positive),
        ConfusionMatrix.FALSE_POSITIVES: (~actual, positive),
        ConfusionMatrix.TRUE_NEGATIVES: (~actual, ~positive),
    }
    for condition, variable in variables_to_update.items():
        variable.assign_add(count(*counts[condition]))


def _above(predictions: Any, thresholds: Any, distributed_evenly: bool) -> Any:
    """Which predictions are above each threshold: bool[thresholds, *predictions]."""
    if not distributed_evenly:
        return predictions > thresholds.reshape(-1, *(1,) * predictions.ndim)
    # Even thresholds make buckets, as in Keras, so that a prediction that equals a threshold but
    # for rounding falls on the same side.
    buckets = np.ceil(np.clip(predictions, 0, 1) * (len(thresholds) - 1)) - 1
    if thresholds[0] < 0:
        buckets = np.maximum(buckets, 0)
    return buckets >= np.arange(len(thresholds)).reshape(-1, *(1,) * predictions.ndim)


def _filter_top_k(predictions: Array, k: int) -> Array:
    best = np.argsort(-predictions, axis=-1, kind="stable")[..., :k]
    kept = np.zeros_like(predictions)
    np.put_along_axis(kept, best, 1, axis=-1)
    return np.asarray(predictions * kept + NEG_INF * (1 - kept))


def binary_matches(y_true: Any, y_pred: Any, threshold: float = 0.5) -> Tensor:
    """Element by element: whether the label is 1 just where the prediction exceeds `threshold`."""
    y_pred = convert_to_tensor(y_pred)
    losses_utils.check_shapes_fit(y_true, y_pred)
    predicted = (y_pred > np.asarray(threshold, y_pred.dtype)).astype(y_pred.dtype)
    return _as_floats(convert_to_tensor(y_true) == predicted)


def sparse_categorical_matches(y_true: Any, y_pred: Any) -> Tensor:
    """Whether the likeliest class (last axis) is the label, a class number; in its shape.

    Raises:
        InvalidArgumentError: for labels that do not fit the predictions.
    """
    y_pred, y_true = convert_to_tensor(y_pred), convert_to_tensor(y_true)
    in_column = y_true.ndim == y_pred.ndim
    if in_column and y_true.shape[-1] != 1:
        raise InvalidArgumentError(
            "Class numbers of the predictions' rank must have a last size of 1. "
            f"Received: y_true.shape={y_true.shape}, y_pred.shape={y_pred.shape}"
        )
    labels = y_true[..., 0] if in_column else y_true
    predicted = np.argmax(y_pred, axis=-1).astype(labels.dtype)
    losses_utils.check_shapes_fit(labels, predicted)
    matches = _as_floats(labels == predicted)
    return convert_to_tensor(matches.reshape(y_true.shape) if in_column else matches)


def sparse_top_k_categorical_matches(y_true: Any, y_pred: Any, k: int = 5) -> Tensor:
    """Whether the label, a class number, is among the `k` likeliest classes; in its shape.

    Raises:
        InvalidArgumentError: unless there is one label for each prediction.
    """
    y_true, y_pred = convert_to_tensor(y_true), convert_to_tensor(y_pred)
    if y_pred.ndim < 2 or y_true.size != y_pred.size // y_pred.shape[-1]:
        raise InvalidArgumentError(
            "There must be one class number for each prediction. "
            f"Received: y_true.shape={y_true.shape}, y_pred.shape={y_pred.shape}"
        )
    rows = y_pred.reshape(-1, y_pred.shape[-1])
    labels = y_true.astype(np.int32).reshape(-1)
    known = (labels >= 0) & (labels < rows.shape[-1])
    scores = np.take_along_axis(rows, np.where(known, labels, 0)[:, None], axis=-1)
    better = np.sum(rows > scores, axis=-1)
    finite = np.isfinite(scores[:, 0])
    return _as_floats((known & finite & (better < k)).reshape(y_true.shape))


def _as_floats(matches: Any) -> Tensor:
    return convert_to_tensor(np.asarray(matches).astype(backend.floatx()))
