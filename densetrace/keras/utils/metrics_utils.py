"""Counts of correct and incorrect predictions, at one or more thresholds.

Follows keras 2.14 utils/metrics_utils.py.
"""

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, Final

import numpy as np

import densetrace.tensorflow as tf
from densetrace.keras import backend
from densetrace.keras.utils import generic_utils, losses_utils
from densetrace.tensorflow.nest import map_structure
from densetrace.tensorflow.variables import Variable

NEG_INF: Final = -1e10


class Reduction(Enum):
    """The reductions of a metric: the sum, the sum over the batch size, or the weighted mean.

    Follows keras 2.14 utils/metrics_utils.py, Reduction.
    """

    SUM = "sum"
    SUM_OVER_BATCH_SIZE = "sum_over_batch_size"
    WEIGHTED_MEAN = "weighted_mean"


def result_wrapper(result_fn: Callable[[], Any]) -> Callable[[Any], Any]:
    """Return a method that calls `result_fn` and returns its result as a tensor, or as tensors.

    Follows keras 2.14 utils/metrics_utils.py, result_wrapper.
    """

    def decorated(metric_obj: Any) -> Any:
        raw_result = result_fn()
        if isinstance(raw_result, dict):
            return map_structure(tf.identity, raw_result)
        try:
            return tf.identity(raw_result)
        except (ValueError, TypeError):
            raise RuntimeError(
                "The output of `metric.result()` can only be a single Tensor/Variable, or a dict "
                f"of Tensors/Variables. For metric {metric_obj.name}, got result {raw_result}."
            ) from None

    return decorated


def parse_init_thresholds(thresholds: Any, default_threshold: float = 0.5) -> list[Any]:
    """Return the thresholds of a metric as a list; the default if it has none.

    Follows keras 2.14 utils/metrics_utils.py, parse_init_thresholds.

    Raises:
        ValueError: if a threshold is None or outside [0, 1].
    """
    if thresholds is None:
        return generic_utils.to_list(default_threshold)
    wrong = [t for t in generic_utils.to_list(thresholds) if t is None or t < 0 or t > 1]
    if wrong:
        raise ValueError(f"Thresholds must be in the range [0, 1]. Received: {wrong}")
    return generic_utils.to_list(thresholds)


class ConfusionMatrix(Enum):
    """The four cells of a binary confusion matrix.

    Follows keras 2.14 utils/metrics_utils.py, ConfusionMatrix.
    """

    TRUE_POSITIVES = "tp"
    FALSE_POSITIVES = "fp"
    TRUE_NEGATIVES = "tn"
    FALSE_NEGATIVES = "fn"


class AUCCurve(Enum):
    """The curve of an AUC: recall over false positive rate (ROC), or precision over recall (PR).

    Follows keras 2.14 utils/metrics_utils.py, AUCCurve.
    """

    ROC = "ROC"
    PR = "PR"

    @staticmethod
    def from_str(key: Any) -> "AUCCurve":
        """Return the curve of this name, in upper or lower case.

        Raises:
            ValueError: if the name is unknown.
        """
        if key in ("pr", "PR"):
            return AUCCurve.PR
        if key in ("roc", "ROC"):
            return AUCCurve.ROC
        raise ValueError(f"`curve` must be 'PR' or 'ROC'. Received: curve={key}")


class AUCSummationMethod(Enum):
    """The height of an AUC between two thresholds: their mean, the higher one, or the lower one.

    Follows keras 2.14 utils/metrics_utils.py, AUCSummationMethod.
    """

    INTERPOLATION = "interpolation"
    MAJORING = "majoring"
    MINORING = "minoring"

    @staticmethod
    def from_str(key: Any) -> "AUCSummationMethod":
        """Return the method of this name, capitalized or in lower case.

        Raises:
            ValueError: if the name is unknown.
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


def _update_confusion_matrix_variables_optimized(
    variables_to_update: Mapping[ConfusionMatrix, Variable],
    y_true: Any,
    y_pred: Any,
    thresholds: Any,
    multi_label: bool = False,
    sample_weights: Any = None,
    label_weights: Any = None,
    thresholds_with_epsilon: bool = False,
) -> None:
    """Update the counts as `update_confusion_matrix_variables` does, for evenly spaced thresholds.

    Each prediction falls into the bucket between two thresholds. The predictions above a threshold
    are those in its bucket and in all higher buckets.

    Follows keras 2.14 utils/metrics_utils.py, _update_confusion_matrix_variables_optimized.
    """
    num_thresholds = thresholds.shape[0]
    sample_weights = _flat_weights(sample_weights, y_pred, multi_label)
    if label_weights is not None:
        label_weights = tf.expand_dims(label_weights, 0)
    label_weights = _flat_weights(label_weights, y_pred, multi_label)
    weights = tf.cast(tf.multiply(sample_weights, label_weights), y_true.dtype)

    y_pred = tf.clip_by_value(y_pred, clip_value_min=0.0, clip_value_max=1.0)
    y_true = tf.cast(tf.cast(y_true, tf.bool), y_true.dtype)
    if not multi_label:
        y_true = tf.reshape(y_true, [-1])
        y_pred = tf.reshape(y_pred, [-1])
    true_labels = tf.multiply(y_true, weights)
    false_labels = tf.multiply(1.0 - y_true, weights)

    # A prediction equal to a threshold is not above it, and falls into the bucket below.
    buckets = tf.math.ceil(y_pred * (num_thresholds - 1)) - 1
    if thresholds_with_epsilon:
        # The first threshold is below 0, so every prediction is above it.
        buckets = tf.nn.relu(buckets)
    buckets = tf.cast(buckets, tf.int32)

    def count(labels_and_buckets: Any) -> Any:
        labels, at = labels_and_buckets
        return tf.math.unsorted_segment_sum(
            data=labels, segment_ids=at, num_segments=num_thresholds
        )

    if multi_label:
        # Counts per label: [labels, thresholds].
        true_labels, false_labels = tf.transpose(true_labels), tf.transpose(false_labels)
        buckets = tf.transpose(buckets)
        true_in_bucket = tf.vectorized_map(count, (true_labels, buckets))
        false_in_bucket = tf.vectorized_map(count, (false_labels, buckets))
        tp = tf.transpose(tf.cumsum(true_in_bucket, reverse=True, axis=1))
        fp = tf.transpose(tf.cumsum(false_in_bucket, reverse=True, axis=1))
    else:
        tp = tf.cumsum(count((true_labels, buckets)), reverse=True)
        fp = tf.cumsum(count((false_labels, buckets)), reverse=True)

    # Labels that were not predicted positive are the negatives.
    axis = 1 if multi_label else None
    if ConfusionMatrix.TRUE_POSITIVES in variables_to_update:
        variables_to_update[ConfusionMatrix.TRUE_POSITIVES].assign_add(tp)
    if ConfusionMatrix.FALSE_POSITIVES in variables_to_update:
        variables_to_update[ConfusionMatrix.FALSE_POSITIVES].assign_add(fp)
    if ConfusionMatrix.TRUE_NEGATIVES in variables_to_update:
        tn = tf.reduce_sum(false_labels, axis=axis) - fp
        variables_to_update[ConfusionMatrix.TRUE_NEGATIVES].assign_add(tn)
    if ConfusionMatrix.FALSE_NEGATIVES in variables_to_update:
        fn = tf.reduce_sum(true_labels, axis=axis) - tp
        variables_to_update[ConfusionMatrix.FALSE_NEGATIVES].assign_add(fn)


def _flat_weights(weights: Any, y_pred: Any, multi_label: bool) -> Any:
    if weights is None:
        return 1.0
    weights = losses_utils.broadcast_weights(tf.cast(weights, dtype=y_pred.dtype), y_pred)
    return weights if multi_label else tf.reshape(weights, [-1])


def is_evenly_distributed_thresholds(thresholds: Any) -> bool:
    """Return whether there are at least three thresholds, evenly spaced from 0 to 1.

    Follows keras 2.14 utils/metrics_utils.py, is_evenly_distributed_thresholds.
    """
    count = len(thresholds)
    if count < 3:
        return False
    even = np.arange(count, dtype=np.float32) / (count - 1)
    return np.allclose(thresholds, even, atol=backend.epsilon())


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
    """Add the true and false positives and negatives of a batch to variables, at each threshold.

    Follows keras 2.14 utils/metrics_utils.py, update_confusion_matrix_variables.

    Args:
        variables_to_update: the counts to update, each f32[thresholds] (or f32[thresholds, labels]
            if `multi_label`).
        y_true: labels, zero or nonzero, in the shape of the predictions.
        y_pred: predictions, f[...].
        thresholds: a prediction above a threshold is positive.
        top_k: only the `top_k` highest predictions along the last axis can be positive.
        class_id: counts only this entry of the last axis.
        sample_weight: the weight of each prediction; broadcasts to the predictions.
        multi_label: counts each label of [batch, labels] separately.
        label_weights: the weight of each label, f32[labels].
        thresholds_distributed_evenly: whether the thresholds are evenly spaced from 0 to 1.

    Raises:
        ValueError: if labels, predictions and weights do not fit, or `label_weights` is given with
            `multi_label`.
    """
    if multi_label and label_weights is not None:
        raise ValueError("With `multi_label`, `label_weights` are for the areas, not for counts.")
    variable_dtype = next(iter(variables_to_update.values())).dtype
    y_true = tf.cast(y_true, dtype=variable_dtype)
    y_pred = tf.cast(y_pred, dtype=variable_dtype)
    # AUC moves the first and the last threshold out a little.
    with_epsilon = thresholds[0] < 0.0 or thresholds[-1] > 1.0
    thresholds = tf.convert_to_tensor(thresholds, dtype=variable_dtype)

    if sample_weight is None:
        y_pred, y_true = losses_utils.squeeze_or_expand_dimensions(y_pred, y_true)
    else:
        sample_weight = tf.cast(sample_weight, dtype=variable_dtype)
        y_pred, y_true, sample_weight = losses_utils.squeeze_or_expand_dimensions(
            y_pred, y_true, sample_weight=sample_weight
        )
    y_pred.shape.assert_is_compatible_with(y_true.shape)

    if top_k is not None:
        y_pred = _filter_top_k(y_pred, top_k)
    if class_id is not None:
        # Keeps the axis of the entry, because the weights have it.
        y_true = y_true[..., class_id, None]
        y_pred = y_pred[..., class_id, None]

    if thresholds_distributed_evenly:
        _update_confusion_matrix_variables_optimized(
            variables_to_update,
            y_true,
            y_pred,
            thresholds,
            multi_label=multi_label,
            sample_weights=sample_weight,
            label_weights=label_weights,
            thresholds_with_epsilon=with_epsilon,
        )
        return

    num_thresholds = thresholds.shape[0]
    sizes = tf.shape(y_pred)
    num_predictions = sizes[0]
    num_labels = 1 if y_pred.shape.rank == 1 else tf.reduce_prod(sizes[1:], axis=0)
    if multi_label:
        # [thresholds, predictions, labels]
        once = [1, num_predictions, num_labels]
        for_thresholds, for_data = [num_thresholds, 1, -1], [num_thresholds, 1, 1]
        predictions = tf.expand_dims(y_pred, 0)
        labels = tf.expand_dims(tf.cast(y_true, dtype=tf.bool), 0)
    else:
        # [thresholds, predictions]
        once = [1, num_predictions * num_labels]
        for_thresholds, for_data = [num_thresholds, -1], [num_thresholds, 1]
        predictions = tf.reshape(y_pred, [1, -1])
        labels = tf.reshape(tf.cast(y_true, dtype=tf.bool), [1, -1])

    tiled_thresholds = tf.tile(tf.reshape(thresholds, for_thresholds), tf.stack(once))
    is_predicted = tf.greater(tf.tile(predictions, for_data), tiled_thresholds)
    is_label = tf.tile(labels, for_data)

    weights = None
    if sample_weight is not None:
        sample_weight = losses_utils.broadcast_weights(sample_weight, y_pred)
        weights = tf.tile(tf.reshape(sample_weight, once), for_data)
    if label_weights is not None:
        label_weights = tf.expand_dims(label_weights, 0)
        label_weights = losses_utils.broadcast_weights(label_weights, y_pred)
        tiled = tf.tile(tf.reshape(label_weights, once), for_data)
        weights = tiled if weights is None else tf.multiply(weights, tiled)

    pairs = {ConfusionMatrix.TRUE_POSITIVES: (is_label, is_predicted)}
    update_tn = ConfusionMatrix.TRUE_NEGATIVES in variables_to_update
    if update_tn or ConfusionMatrix.FALSE_NEGATIVES in variables_to_update:
        is_not_predicted = tf.logical_not(is_predicted)
        pairs[ConfusionMatrix.FALSE_NEGATIVES] = (is_label, is_not_predicted)
    if update_tn or ConfusionMatrix.FALSE_POSITIVES in variables_to_update:
        is_no_label = tf.logical_not(is_label)
        pairs[ConfusionMatrix.FALSE_POSITIVES] = (is_no_label, is_predicted)
        if update_tn:
            pairs[ConfusionMatrix.TRUE_NEGATIVES] = (is_no_label, is_not_predicted)

    # DEPARTS: In a graph, Keras's function returns the Operation of a tf.group. Here it returns
    # None, since a graph is a list of operations that run in their order.
    for condition, (label, prediction) in pairs.items():
        if condition in variables_to_update:
            variable = variables_to_update[condition]
            both = tf.cast(tf.logical_and(label, prediction), dtype=variable.dtype)
            if weights is not None:
                both *= tf.cast(weights, dtype=variable.dtype)
            variable.assign_add(tf.reduce_sum(both, 1))


def _filter_top_k(x: Any, k: int) -> Any:
    """Return the k largest entries along the last axis, and `NEG_INF` for the others."""
    _, indices = tf.math.top_k(x, k, sorted=False)
    mask = tf.reduce_sum(tf.one_hot(indices, tf.shape(x)[-1], axis=-1), axis=-2)
    return x * mask + NEG_INF * (1 - mask)


def binary_matches(y_true: Any, y_pred: Any, threshold: float = 0.5) -> Any:
    """Return, per element, 1 if the prediction is on the label's side of `threshold`: f32[...].

    Follows keras 2.14 utils/metrics_utils.py, binary_matches.
    """
    y_pred = tf.convert_to_tensor(y_pred)
    threshold = tf.cast(threshold, y_pred.dtype)
    y_pred = tf.cast(y_pred > threshold, y_pred.dtype)
    return tf.cast(tf.equal(y_true, y_pred), backend.floatx())


def sparse_categorical_matches(y_true: Any, y_pred: Any) -> Any:
    """Return 1 if the most probable class is the label, a class index: [..., classes] -> f32[...].

    Follows keras 2.14 utils/metrics_utils.py, sparse_categorical_matches.

    Raises:
        InvalidArgumentError: if the labels do not fit the predictions.
    """
    y_pred = tf.convert_to_tensor(y_pred)
    y_true = tf.convert_to_tensor(y_true)
    y_true_shape = tf.shape(y_true)
    in_column = y_true.shape.rank is not None and y_true.shape.rank == y_pred.shape.rank
    if in_column:
        y_true = tf.squeeze(y_true, [-1])
    y_pred = tf.math.argmax(y_pred, axis=-1)
    if y_pred.dtype != y_true.dtype:
        y_pred = tf.cast(y_pred, y_true.dtype)
    matches = tf.cast(tf.equal(y_true, y_pred), backend.floatx())
    if in_column:
        matches = tf.reshape(matches, shape=y_true_shape)
    return matches


def sparse_top_k_categorical_matches(y_true: Any, y_pred: Any, k: int = 5) -> Any:
    """Return 1 if the label, a class index, is among the `k` most probable classes: f32[...].

    Follows keras 2.14 utils/metrics_utils.py, sparse_top_k_categorical_matches.

    Raises:
        InvalidArgumentError: if the numbers of labels and predictions differ.
    """
    y_true = tf.convert_to_tensor(y_true)
    y_pred = tf.convert_to_tensor(y_pred)
    y_true_rank, y_pred_rank = y_true.shape.rank, y_pred.shape.rank
    y_true_shape = tf.shape(y_true)
    ranks_known = y_true_rank is not None and y_pred_rank is not None
    if ranks_known and y_pred_rank > 2:
        y_pred = tf.reshape(y_pred, [-1, y_pred.shape[-1]])
    if ranks_known and y_true_rank > 1:
        y_true = tf.reshape(y_true, [-1])
    matches = tf.cast(
        tf.math.in_top_k(predictions=y_pred, targets=tf.cast(y_true, "int32"), k=k),
        dtype=backend.floatx(),
    )
    if ranks_known and y_true_rank > 1:
        return tf.reshape(matches, shape=y_true_shape)
    return matches
