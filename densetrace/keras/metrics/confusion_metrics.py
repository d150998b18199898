"""Metrics computed from counts of true and false positives and negatives.

Follows keras 2.14 metrics/confusion_metrics.py.
"""

import abc
from collections.abc import Callable
from typing import Any

import numpy as np

import densetrace.tensorflow as tf
from densetrace.keras import activations, backend
from densetrace.keras._exports import keras_export
from densetrace.keras.metrics import base_metric
from densetrace.keras.utils import metrics_utils
from densetrace.keras.utils.generic_utils import to_list
from densetrace.keras.utils.metrics_utils import ConfusionMatrix
from densetrace.tensorflow.variables import Variable


class _ConfusionMatrixConditionCount(base_metric.Metric):
    """One of the four counts of a confusion matrix, at each threshold.

    Follows keras 2.14 metrics/confusion_metrics.py, _ConfusionMatrixConditionCount.
    """

    def __init__(
        self,
        confusion_matrix_cond: ConfusionMatrix,
        thresholds: Any = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(name=name, dtype=dtype)
        self._confusion_matrix_cond = confusion_matrix_cond
        self.init_thresholds = thresholds
        self.thresholds = metrics_utils.parse_init_thresholds(thresholds, default_threshold=0.5)
        self._thresholds_distributed_evenly = metrics_utils.is_evenly_distributed_thresholds(
            self.thresholds
        )
        self.accumulator = self.add_weight(
            "accumulator", shape=(len(self.thresholds),), initializer="zeros"
        )

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Add a batch: labels of 0 and 1, and predictions of the same shape, f[batch, ...]."""
        metrics_utils.update_confusion_matrix_variables(
            {self._confusion_matrix_cond: self.accumulator},
            y_true,
            y_pred,
            thresholds=self.thresholds,
            thresholds_distributed_evenly=self._thresholds_distributed_evenly,
            sample_weight=sample_weight,
        )

    def result(self) -> Any:
        """Return the count so far: f[thresholds], or f[] for one threshold."""
        result = self.accumulator[0] if len(self.thresholds) == 1 else self.accumulator
        return tf.convert_to_tensor(result)

    def reset_state(self) -> None:
        """Reset the state to zeros."""
        num_thresholds = len(to_list(self.thresholds))
        for variable in self.variables:
            backend.set_value(variable, np.zeros((num_thresholds,)))

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that recreate this metric."""
        return {**super().get_config(), "thresholds": self.init_thresholds}


@keras_export("keras.metrics.FalsePositives")
class FalsePositives(_ConfusionMatrixConditionCount):
    """The number of labels 0 that were predicted positive.

    Follows keras 2.14 metrics/confusion_metrics.py, FalsePositives.
    """

    def __init__(self, thresholds: Any = None, name: str | None = None, dtype: Any = None) -> None:
        super().__init__(
            confusion_matrix_cond=ConfusionMatrix.FALSE_POSITIVES,
            thresholds=thresholds,
            name=name,
            dtype=dtype,
        )


@keras_export("keras.metrics.FalseNegatives")
class FalseNegatives(_ConfusionMatrixConditionCount):
    """The number of labels 1 that were predicted negative.

    Follows keras 2.14 metrics/confusion_metrics.py, FalseNegatives.
    """

    def __init__(self, thresholds: Any = None, name: str | None = None, dtype: Any = None) -> None:
        super().__init__(
            confusion_matrix_cond=ConfusionMatrix.FALSE_NEGATIVES,
            thresholds=thresholds,
            name=name,
            dtype=dtype,
        )


@keras_export("keras.metrics.TrueNegatives")
class TrueNegatives(_ConfusionMatrixConditionCount):
    """The number of labels 0 that were predicted negative.

    Follows keras 2.14 metrics/confusion_metrics.py, TrueNegatives.
    """

    def __init__(self, thresholds: Any = None, name: str | None = None, dtype: Any = None) -> None:
        super().__init__(
            confusion_matrix_cond=ConfusionMatrix.TRUE_NEGATIVES,
            thresholds=thresholds,
            name=name,
            dtype=dtype,
        )


@keras_export("keras.metrics.TruePositives")
class TruePositives(_ConfusionMatrixConditionCount):
    """The number of labels 1 that were predicted positive.

    Follows keras 2.14 metrics/confusion_metrics.py, TruePositives.
    """

    def __init__(self, thresholds: Any = None, name: str | None = None, dtype: Any = None) -> None:
        super().__init__(
            confusion_matrix_cond=ConfusionMatrix.TRUE_POSITIVES,
            thresholds=thresholds,
            name=name,
            dtype=dtype,
        )


@keras_export("keras.metrics.Precision")
class Precision(base_metric.Metric):
    """The fraction of positive predictions that are correct.

    Follows keras 2.14 metrics/confusion_metrics.py, Precision.
    """

    def __init__(
        self,
        thresholds: Any = None,
        top_k: int | None = None,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(name=name, dtype=dtype)
        self.init_thresholds = thresholds
        self.top_k = top_k
        self.class_id = class_id
        default_threshold = 0.5 if top_k is None else metrics_utils.NEG_INF
        self.thresholds = metrics_utils.parse_init_thresholds(
            thresholds, default_threshold=default_threshold
        )
        self._thresholds_distributed_evenly = metrics_utils.is_evenly_distributed_thresholds(
            self.thresholds
        )
        self.true_positives = self.add_weight(
            "true_positives", shape=(len(self.thresholds),), initializer="zeros"
        )
        self.false_positives = self.add_weight(
            "false_positives", shape=(len(self.thresholds),), initializer="zeros"
        )

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Add a batch: labels of 0 and 1, and predictions of the same shape, f[batch, ...]."""
        metrics_utils.update_confusion_matrix_variables(
            {
                ConfusionMatrix.TRUE_POSITIVES: self.true_positives,
                ConfusionMatrix.FALSE_POSITIVES: self.false_positives,
            },
            y_true,
            y_pred,
            thresholds=self.thresholds,
            thresholds_distributed_evenly=self._thresholds_distributed_evenly,
            top_k=self.top_k,
            class_id=self.class_id,
            sample_weight=sample_weight,
        )

    def result(self) -> Any:
        """Return the fraction so far: f[thresholds], or f[] for one threshold; 0 without data."""
        result = tf.math.divide_no_nan(
            self.true_positives, tf.math.add(self.true_positives, self.false_positives)
        )
        return result[0] if len(self.thresholds) == 1 else result

    def reset_state(self) -> None:
        """Reset the state to zeros."""
        num_thresholds = len(to_list(self.thresholds))
        for variable in (self.true_positives, self.false_positives):
            backend.set_value(variable, np.zeros((num_thresholds,)))

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that recreate this metric."""
        config = {
            "thresholds": self.init_thresholds,
            "top_k": self.top_k,
            "class_id": self.class_id,
        }
        return {**super().get_config(), **config}


@keras_export("keras.metrics.Recall")
class Recall(base_metric.Metric):
    """The fraction of positive labels that are predicted.

    Follows keras 2.14 metrics/confusion_metrics.py, Recall.
    """

    def __init__(
        self,
        thresholds: Any = None,
        top_k: int | None = None,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(name=name, dtype=dtype)
        self.init_thresholds = thresholds
        self.top_k = top_k
        self.class_id = class_id
        default_threshold = 0.5 if top_k is None else metrics_utils.NEG_INF
        self.thresholds = metrics_utils.parse_init_thresholds(
            thresholds, default_threshold=default_threshold
        )
        self._thresholds_distributed_evenly = metrics_utils.is_evenly_distributed_thresholds(
            self.thresholds
        )
        self.true_positives = self.add_weight(
            "true_positives", shape=(len(self.thresholds),), initializer="zeros"
        )
        self.false_negatives = self.add_weight(
            "false_negatives", shape=(len(self.thresholds),), initializer="zeros"
        )

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Add a batch: labels of 0 and 1, and predictions of the same shape, f[batch, ...]."""
        metrics_utils.update_confusion_matrix_variables(
            {
                ConfusionMatrix.TRUE_POSITIVES: self.true_positives,
                ConfusionMatrix.FALSE_NEGATIVES: self.false_negatives,
            },
            y_true,
            y_pred,
            thresholds=self.thresholds,
            thresholds_distributed_evenly=self._thresholds_distributed_evenly,
            top_k=self.top_k,
            class_id=self.class_id,
            sample_weight=sample_weight,
        )

    def result(self) -> Any:
        """Return the fraction so far: f[thresholds], or f[] for one threshold; 0 without data."""
        result = tf.math.divide_no_nan(
            self.true_positives, tf.math.add(self.true_positives, self.false_negatives)
        )
        return result[0] if len(self.thresholds) == 1 else result

    def reset_state(self) -> None:
        """Reset the state to zeros."""
        num_thresholds = len(to_list(self.thresholds))
        for variable in (self.true_positives, self.false_negatives):
            backend.set_value(variable, np.zeros((num_thresholds,)))

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that recreate this metric."""
        config = {
            "thresholds": self.init_thresholds,
            "top_k": self.top_k,
            "class_id": self.class_id,
        }
        return {**super().get_config(), **config}


@keras_export("keras.src.metrics.confusion_metrics.SensitivitySpecificityBase")
class SensitivitySpecificityBase(base_metric.Metric, metaclass=abc.ABCMeta):
    """The best value of one rate while another stays at or above `value`.

    Follows keras 2.14 metrics/confusion_metrics.py, SensitivitySpecificityBase.

    Raises:
        ValueError: if `num_thresholds` is not positive.
    """

    def __init__(
        self,
        value: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(name=name, dtype=dtype)
        if num_thresholds <= 0:
            raise ValueError(
                "`num_thresholds` must be a positive integer. "
                f"Received: num_thresholds={num_thresholds}"
            )
        self.value = value
        self.class_id = class_id
        self.true_positives = self.add_weight(
            "true_positives", shape=(num_thresholds,), initializer="zeros"
        )
        self.true_negatives = self.add_weight(
            "true_negatives", shape=(num_thresholds,), initializer="zeros"
        )
        self.false_positives = self.add_weight(
            "false_positives", shape=(num_thresholds,), initializer="zeros"
        )
        self.false_negatives = self.add_weight(
            "false_negatives", shape=(num_thresholds,), initializer="zeros"
        )
        if num_thresholds == 1:
            self.thresholds = [0.5]
            self._thresholds_distributed_evenly = False
        else:
            inner = [(i + 1) * 1.0 / (num_thresholds - 1) for i in range(num_thresholds - 2)]
            self.thresholds = [0.0, *inner, 1.0]
            self._thresholds_distributed_evenly = True

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Add a batch: labels of 0 and 1, and predictions of the same shape, f[batch, ...]."""
        metrics_utils.update_confusion_matrix_variables(
            {
                ConfusionMatrix.TRUE_POSITIVES: self.true_positives,
                ConfusionMatrix.TRUE_NEGATIVES: self.true_negatives,
                ConfusionMatrix.FALSE_POSITIVES: self.false_positives,
                ConfusionMatrix.FALSE_NEGATIVES: self.false_negatives,
            },
            y_true,
            y_pred,
            thresholds=self.thresholds,
            thresholds_distributed_evenly=self._thresholds_distributed_evenly,
            class_id=self.class_id,
            sample_weight=sample_weight,
        )

    def reset_state(self) -> None:
        """Reset the state to zeros."""
        num_thresholds = len(self.thresholds)
        for variable in (
            self.true_positives,
            self.true_negatives,
            self.false_positives,
            self.false_negatives,
        ):
            backend.set_value(variable, np.zeros((num_thresholds,)))

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that recreate this metric."""
        return {**super().get_config(), "class_id": self.class_id}

    def _find_max_under_constraint(
        self, constrained: Any, dependent: Any, predicate: Callable[..., Any]
    ) -> Any:
        """Return the largest `dependent` where the predicate holds for `constrained`, or 0."""
        feasible = tf.where(predicate(constrained, self.value))
        feasible_exists = tf.greater(tf.size(feasible), 0)
        best = tf.reduce_max(tf.gather(dependent, feasible))
        return tf.where(feasible_exists, best, 0.0)


@keras_export("keras.metrics.SensitivityAtSpecificity")
class SensitivityAtSpecificity(SensitivitySpecificityBase):
    """The best sensitivity while the specificity stays at or above `specificity`.

    Follows keras 2.14 metrics/confusion_metrics.py, SensitivityAtSpecificity.

    Raises:
        ValueError: if `specificity` is outside [0, 1], or `num_thresholds` is not positive.
    """

    def __init__(
        self,
        specificity: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        if specificity < 0 or specificity > 1:
            raise ValueError(
                f"`specificity` must be in the range [0, 1]. Received: specificity={specificity}"
            )
        self.specificity = specificity
        self.num_thresholds = num_thresholds
        super().__init__(
            specificity, num_thresholds=num_thresholds, class_id=class_id, name=name, dtype=dtype
        )

    def result(self) -> Any:
        """Return the best sensitivity so far: f[]; 0 if no threshold reaches the specificity."""
        specificities = tf.math.divide_no_nan(
            self.true_negatives, tf.math.add(self.true_negatives, self.false_positives)
        )
        sensitivities = tf.math.divide_no_nan(
            self.true_positives, tf.math.add(self.true_positives, self.false_negatives)
        )
        return self._find_max_under_constraint(specificities, sensitivities, tf.greater_equal)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that recreate this metric."""
        config = {"num_thresholds": self.num_thresholds, "specificity": self.specificity}
        return {**super().get_config(), **config}


@keras_export("keras.metrics.SpecificityAtSensitivity")
class SpecificityAtSensitivity(SensitivitySpecificityBase):
    """The best specificity while the sensitivity stays at or above `sensitivity`.

    Follows keras 2.14 metrics/confusion_metrics.py, SpecificityAtSensitivity.

    Raises:
        ValueError: if `sensitivity` is outside [0, 1], or `num_thresholds` is not positive.
    """

    def __init__(
        self,
        sensitivity: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        if sensitivity < 0 or sensitivity > 1:
            raise ValueError(
                f"`sensitivity` must be in the range [0, 1]. Received: sensitivity={sensitivity}"
            )
        self.sensitivity = sensitivity
        self.num_thresholds = num_thresholds
        super().__init__(
            sensitivity, num_thresholds=num_thresholds, class_id=class_id, name=name, dtype=dtype
        )

    def result(self) -> Any:
        """Return the best specificity so far: f[]; 0 if no threshold reaches the sensitivity."""
        sensitivities = tf.math.divide_no_nan(
            self.true_positives, tf.math.add(self.true_positives, self.false_negatives)
        )
        specificities = tf.math.divide_no_nan(
            self.true_negatives, tf.math.add(self.true_negatives, self.false_positives)
        )
        return self._find_max_under_constraint(sensitivities, specificities, tf.greater_equal)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that recreate this metric."""
        config = {"num_thresholds": self.num_thresholds, "sensitivity": self.sensitivity}
        return {**super().get_config(), **config}


@keras_export("keras.metrics.PrecisionAtRecall")
class PrecisionAtRecall(SensitivitySpecificityBase):
    """The best precision while the recall stays at or above `recall`.

    Follows keras 2.14 metrics/confusion_metrics.py, PrecisionAtRecall.

    Raises:
        ValueError: if `recall` is outside [0, 1], or `num_thresholds` is not positive.
    """

    def __init__(
        self,
        recall: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        if recall < 0 or recall > 1:
            raise ValueError(f"`recall` must be in the range [0, 1]. Received: recall={recall}")
        self.recall = recall
        self.num_thresholds = num_thresholds
        super().__init__(
            recall, num_thresholds=num_thresholds, class_id=class_id, name=name, dtype=dtype
        )

    def result(self) -> Any:
        """Return the best precision so far: f[]; 0 if no threshold reaches the recall."""
        recalls = tf.math.divide_no_nan(
            self.true_positives, tf.math.add(self.true_positives, self.false_negatives)
        )
        precisions = tf.math.divide_no_nan(
            self.true_positives, tf.math.add(self.true_positives, self.false_positives)
        )
        return self._find_max_under_constraint(recalls, precisions, tf.greater_equal)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that recreate this metric."""
        config = {"num_thresholds": self.num_thresholds, "recall": self.recall}
        return {**super().get_config(), **config}


@keras_export("keras.metrics.RecallAtPrecision")
class RecallAtPrecision(SensitivitySpecificityBase):
    """The best recall while the precision stays at or above `precision`.

    Follows keras 2.14 metrics/confusion_metrics.py, RecallAtPrecision.

    Raises:
        ValueError: if `precision` is outside [0, 1], or `num_thresholds` is not positive.
    """

    def __init__(
        self,
        precision: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        if precision < 0 or precision > 1:
            raise ValueError(
                f"`precision` must be in the range [0, 1]. Received: precision={precision}"
            )
        self.precision = precision
        self.num_thresholds = num_thresholds
        super().__init__(
            precision, num_thresholds=num_thresholds, class_id=class_id, name=name, dtype=dtype
        )

    def result(self) -> Any:
        """Return the best recall so far: f[]; 0 if no threshold reaches the precision."""
        precisions = tf.math.divide_no_nan(
            self.true_positives, tf.math.add(self.true_positives, self.false_positives)
        )
        recalls = tf.math.divide_no_nan(
            self.true_positives, tf.math.add(self.true_positives, self.false_negatives)
        )
        return self._find_max_under_constraint(precisions, recalls, tf.greater_equal)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that recreate this metric."""
        config = {"num_thresholds": self.num_thresholds, "precision": self.precision}
        return {**super().get_config(), **config}


@keras_export("keras.metrics.AUC")
class AUC(base_metric.Metric):
    """The area under the ROC or the precision-recall curve.

    Follows keras 2.14 metrics/confusion_metrics.py, AUC.

    Raises:
        ValueError: if there are fewer than two thresholds, `curve` or `summation_method` is
            unknown, or `num_labels` is given without `multi_label`.
        InvalidArgumentError: if `label_weights` has negative elements.
    """

    true_positives: Variable
    true_negatives: Variable
    false_positives: Variable
    false_negatives: Variable

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
        self._init_from_thresholds = thresholds is not None
        if thresholds is not None:
            self.num_thresholds = len(thresholds) + 2
            inner = [float(threshold) for threshold in sorted(thresholds)]
            self._thresholds_distributed_evenly = metrics_utils.is_evenly_distributed_thresholds(
                [0.0, *inner, 1.0]
            )
        else:
            if num_thresholds <= 1:
                raise ValueError(
                    "`num_thresholds` must be an integer above 1. "
                    f"Received: num_thresholds={num_thresholds}"
                )
            self.num_thresholds = num_thresholds
            inner = [(i + 1) * 1.0 / (num_thresholds - 1) for i in range(num_thresholds - 2)]
            self._thresholds_distributed_evenly = True
        self._thresholds = [0.0 - backend.epsilon(), *inner, 1.0 + backend.epsilon()]
        if isinstance(curve, metrics_utils.AUCCurve):
            self.curve = curve
        else:
            self.curve = metrics_utils.AUCCurve.from_str(curve)
        if isinstance(summation_method, metrics_utils.AUCSummationMethod):
            self.summation_method = summation_method
        else:
            self.summation_method = metrics_utils.AUCSummationMethod.from_str(summation_method)
        super().__init__(name=name, dtype=dtype)
        self.multi_label = multi_label
        self.num_labels = num_labels
        if label_weights is not None:
            weights = tf.constant(label_weights, dtype=self.dtype)
            tf.debugging.assert_non_negative(
                weights,
                message="`label_weights` must be positive or zero. "
                f"Received: label_weights={label_weights}",
            )
            self.label_weights: Any = weights
        else:
            self.label_weights = None
        self._from_logits = from_logits
        self._built = False
        if self.multi_label:
            if num_labels:
                self._build(tf.TensorShape([None, num_labels]))
        else:
            if num_labels:
                raise ValueError(
                    f"`num_labels` is for `multi_label` only. Received: num_labels={num_labels}"
                )
            self._build(None)

    @property
    def thresholds(self) -> list[float]:
        """The thresholds; the first is below 0, and the last above 1."""
        return list(self._thresholds)

    def _build(self, shape: Any) -> None:
        """Create the counts: f[thresholds], or f[thresholds, labels] if `multi_label`."""
        variable_shape = tf.TensorShape([self.num_thresholds])
        if self.multi_label:
            if shape.rank != 2:
                raise ValueError(
                    "With `multi_label`, predictions must be of shape (batch, labels). "
                    f"Received: y_pred.shape={shape}"
                )
            variable_shape = tf.TensorShape([self.num_thresholds, shape[1]])
        self.true_positives = self.add_weight(
            "true_positives", shape=variable_shape, initializer="zeros"
        )
        self.true_negatives = self.add_weight(
            "true_negatives", shape=variable_shape, initializer="zeros"
        )
        self.false_positives = self.add_weight(
            "false_positives", shape=variable_shape, initializer="zeros"
        )
        self.false_negatives = self.add_weight(
            "false_negatives", shape=variable_shape, initializer="zeros"
        )
        self._built = True

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Add a batch: labels of 0 and 1, and predictions of the same shape; f[batch, labels] if
        `multi_label`."""
        if not self._built:
            self._build(tf.TensorShape(y_pred.shape))
        # With `multi_label`, `result` applies the weights of the labels when it averages their
        # areas.
        label_weights = None if self.multi_label else self.label_weights
        if self._from_logits:
            y_pred = activations.sigmoid(y_pred)
        metrics_utils.update_confusion_matrix_variables(
            {
                ConfusionMatrix.TRUE_POSITIVES: self.true_positives,
                ConfusionMatrix.TRUE_NEGATIVES: self.true_negatives,
                ConfusionMatrix.FALSE_POSITIVES: self.false_positives,
                ConfusionMatrix.FALSE_NEGATIVES: self.false_negatives,
            },
            y_true,
            y_pred,
            self._thresholds,
            thresholds_distributed_evenly=self._thresholds_distributed_evenly,
            sample_weight=sample_weight,
            multi_label=self.multi_label,
            label_weights=label_weights,
        )

    def interpolate_pr_auc(self) -> Any:
        """Return the area under the PR curve; between thresholds it interpolates the counts: f[].

        Davis and Goadrich, "The relationship between precision-recall and ROC curves" (2006).
        """
        last = self.num_thresholds - 1
        gained = self.true_positives[:last] - self.true_positives[1:]
        positives = tf.math.add(self.true_positives, self.false_positives)
        gained_positives = positives[:last] - positives[1:]
        slope = tf.math.divide_no_nan(gained, tf.maximum(gained_positives, 0), name="prec_slope")
        intercept = self.true_positives[1:] - tf.multiply(slope, positives[1:])
        growth = tf.where(
            tf.logical_and(positives[:last] > 0, positives[1:] > 0),
            tf.math.divide_no_nan(
                positives[:last], tf.maximum(positives[1:], 0), name="recall_relative_ratio"
            ),
            tf.ones_like(positives[1:]),
        )
        increments = tf.math.divide_no_nan(
            slope * (gained + intercept * tf.math.log(growth)),
            tf.maximum(self.true_positives[1:] + self.false_negatives[1:], 0),
            name="pr_auc_increment",
        )
        return self._over_labels(increments)

    def result(self) -> Any:
        """Return the area so far: f[]; 1 is the best value."""
        curve, method = metrics_utils.AUCCurve, metrics_utils.AUCSummationMethod
        if self.curve is curve.PR and self.summation_method is method.INTERPOLATION:
            return self.interpolate_pr_auc()
        recall = tf.math.divide_no_nan(
            self.true_positives, tf.math.add(self.true_positives, self.false_negatives)
        )
        if self.curve is curve.ROC:
            x = tf.math.divide_no_nan(
                self.false_positives, tf.math.add(self.false_positives, self.true_negatives)
            )
            y = recall
        else:
            x = recall
            y = tf.math.divide_no_nan(
                self.true_positives, tf.math.add(self.true_positives, self.false_positives)
            )
        last = self.num_thresholds - 1
        if self.summation_method is method.INTERPOLATION:
            heights = (y[:last] + y[1:]) / 2.0
        elif self.summation_method is method.MINORING:
            heights = tf.minimum(y[:last], y[1:])
        else:
            heights = tf.maximum(y[:last], y[1:])
        return self._over_labels(tf.multiply(x[:last] - x[1:], heights))

    def _over_labels(self, increments: Any) -> Any:
        """Return the sum of the increments; if `multi_label`, the mean of the sums per label."""
        if not self.multi_label:
            return tf.reduce_sum(increments, name=self.name)
        by_label = tf.reduce_sum(increments, name=f"{self.name}_by_label", axis=0)
        if self.label_weights is None:
            return tf.reduce_mean(by_label, name=self.name)
        return tf.math.divide_no_nan(
            tf.reduce_sum(tf.multiply(by_label, self.label_weights)),
            tf.reduce_sum(self.label_weights),
            name=self.name,
        )

    def reset_state(self) -> None:
        """Reset the state to zeros."""
        if not self._built:
            return
        counts = (
            self.true_positives,
            self.true_negatives,
            self.false_positives,
            self.false_negatives,
        )
        for variable in counts:
            backend.set_value(variable, np.zeros(variable.shape))

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that recreate this metric."""
        weights = self.label_weights
        config = {
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
        return {**super().get_config(), **config}
