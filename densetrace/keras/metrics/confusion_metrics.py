"""Metrics made of the four counts: true and false positives and negatives.

Follows keras 2.14 metrics/confusion_metrics.py.
"""

import inspect
from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

import numpy as np

from densetrace.keras._constructors import Declared, constructor
from densetrace.keras._exports import keras_export
from densetrace.keras._tensors import Tensor, convert_to_tensor
from densetrace.keras.metrics.base_metric import Metric
from densetrace.keras.utils import metrics_utils
from densetrace.keras.utils.losses_utils import divide_no_nan
from densetrace.keras.utils.metrics_utils import (
    FALSE_NEGATIVES,
    FALSE_POSITIVES,
    TRUE_NEGATIVES,
    TRUE_POSITIVES,
)

ConstrainedClass = TypeVar("ConstrainedClass", bound="type[SensitivitySpecificityBase]")


def ratio(part: Any, rest: Any) -> Tensor:
    """part / (part + rest), and 0 for nothing."""
    return divide_no_nan(part, np.asarray(part) + np.asarray(rest))


class ConfusionMetric(Metric):
    """A metric that keeps some of the four counts, one for each threshold, as its weights."""

    _counts: ClassVar[tuple[str, ...]] = ()
    thresholds: Any
    top_k: int | None = None
    class_id: int | None = None

    def _add_counts(self, shape: tuple[int, ...]) -> None:
        for name in self._counts:
            setattr(self, name, self.add_weight(name, shape=shape, initializer="zeros"))

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in labels of 0 and 1 and predictions of one shape."""
        counts = metrics_utils.confusion(
            y_true,
            y_pred,
            self.thresholds,
            dtype=self.dtype,
            top_k=self.top_k,
            class_id=self.class_id,
            sample_weight=sample_weight,
            **self._options(),
        )
        for name in self._counts:
            getattr(self, name).assign_add(counts[name])

    def _options(self) -> dict[str, Any]:
        return {}

    def _one_or_all(self, values: Any) -> Tensor:
        """The number for the only threshold, or the numbers for all."""
        return convert_to_tensor(values[0] if len(self.thresholds) == 1 else values)


class _ConditionCount(ConfusionMetric):
    _counted: ClassVar[str]

    def __init__(self, thresholds: Any = None, name: str | None = None, dtype: Any = None) -> None:
        super().__init__(name=name, dtype=dtype)
        self.init_thresholds = thresholds
        self.thresholds = metrics_utils.parse_init_thresholds(thresholds)
        self.accumulator = self.add_weight(
            "accumulator", shape=(len(self.thresholds),), initializer="zeros"
        )

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in labels of 0 and 1 and predictions of one shape."""
        counts = metrics_utils.confusion(
            y_true, y_pred, self.thresholds, dtype=self.dtype, sample_weight=sample_weight
        )
        self.accumulator.assign_add(counts[self._counted])

    def result(self) -> Tensor:
        """The count so far, for each threshold."""
        return self._one_or_all(self.accumulator.value)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a metric like this one."""
        return {**super().get_config(), "thresholds": self.init_thresholds}


@keras_export("keras.metrics.TruePositives")
class TruePositives(_ConditionCount):
    """How many labels of 1 were predicted."""

    _counted = TRUE_POSITIVES


@keras_export("keras.metrics.TrueNegatives")
class TrueNegatives(_ConditionCount):
    """How many labels of 0 were not predicted."""

    _counted = TRUE_NEGATIVES


@keras_export("keras.metrics.FalsePositives")
class FalsePositives(_ConditionCount):
    """How many labels of 0 were predicted."""

    _counted = FALSE_POSITIVES


@keras_export("keras.metrics.FalseNegatives")
class FalseNegatives(_ConditionCount):
    """How many labels of 1 were not predicted."""

    _counted = FALSE_NEGATIVES


class _TrueShare(ConfusionMetric):
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
        default = 0.5 if top_k is None else metrics_utils.NEG_INF
        self.thresholds = metrics_utils.parse_init_thresholds(thresholds, default)
        self._add_counts((len(self.thresholds),))

    def result(self) -> Tensor:
        """The share so far, for each threshold; 0 for nothing."""
        true, false = (getattr(self, name).value for name in self._counts)
        return self._one_or_all(ratio(true, false))

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a metric like this one."""
        own = {"thresholds": self.init_thresholds, "top_k": self.top_k, "class_id": self.class_id}
        return {**super().get_config(), **own}


@keras_export("keras.metrics.Precision")
class Precision(_TrueShare):
    """How many of the positive predictions are right."""

    _counts = (TRUE_POSITIVES, FALSE_POSITIVES)


@keras_export("keras.metrics.Recall")
class Recall(_TrueShare):
    """How many of the positive labels are predicted."""

    _counts = (TRUE_POSITIVES, FALSE_NEGATIVES)


@keras_export("keras.src.metrics.confusion_metrics.SensitivitySpecificityBase")
class SensitivitySpecificityBase(ConfusionMetric):
    """The best of one share while another stays at or above a value.

    Raises:
        ValueError: for a value outside [0, 1], or no thresholds.
    """

    _counts = (TRUE_POSITIVES, TRUE_NEGATIVES, FALSE_POSITIVES, FALSE_NEGATIVES)
    _constrained: ClassVar[str]
    _dependent: ClassVar[str]

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
        self.num_thresholds = num_thresholds
        self.class_id = class_id
        self._add_counts((num_thresholds,))
        self.thresholds = [0.5] if num_thresholds == 1 else list(np.linspace(0, 1, num_thresholds))

    def result(self) -> Tensor:
        """The best share so far; 0 when the value was never reached."""
        feasible = self._share(self._constrained) >= self.value
        best = np.max(self._share(self._dependent), where=feasible, initial=0)
        return convert_to_tensor(np.asarray(best, self.dtype))

    def _share(self, name: str) -> Tensor:
        counts = {count: getattr(self, count).value for count in self._counts}
        if name == "specificity":
            return ratio(counts[TRUE_NEGATIVES], counts[FALSE_POSITIVES])
        others = FALSE_POSITIVES if name == "precision" else FALSE_NEGATIVES
        return ratio(counts[TRUE_POSITIVES], counts[others])

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a metric like this one."""
        own = {"num_thresholds": self.num_thresholds, self._constrained: self.value}
        return {**super().get_config(), "class_id": self.class_id, **own}


def _at(constrained: str, dependent: str) -> Callable[[ConstrainedClass], ConstrainedClass]:
    """Declare the best `dependent` while `constrained`, the first argument, stays high enough."""

    def decorate(cls: ConstrainedClass) -> ConstrainedClass:
        cls._constrained, cls._dependent = constrained, dependent

        def initialize(self: SensitivitySpecificityBase, **arguments: Any) -> None:
            value = arguments.pop(constrained)
            if value < 0 or value > 1:
                raise ValueError(
                    f"`{constrained}` must be in the range [0, 1]. Received: {constrained}={value}"
                )
            setattr(self, constrained, value)
            SensitivitySpecificityBase.__init__(self, value, **arguments)

        further = {"num_thresholds": 200, "class_id": None, "name": None, "dtype": None}
        constructor(cls, {constrained: inspect.Parameter.empty, **further}, initialize)
        return keras_export(f"keras.metrics.{cls.__name__}")(cls)

    return decorate


@_at("specificity", "sensitivity")
class SensitivityAtSpecificity(Declared, SensitivitySpecificityBase):
    """The best sensitivity while the specificity stays at or above a value."""


@_at("sensitivity", "specificity")
class SpecificityAtSensitivity(Declared, SensitivitySpecificityBase):
    """The best specificity while the sensitivity stays at or above a value."""


@_at("recall", "precision")
class PrecisionAtRecall(Declared, SensitivitySpecificityBase):
    """The best precision while the recall stays at or above a value."""


@_at("precision", "recall")
class RecallAtPrecision(Declared, SensitivitySpecificityBase):
    """The best recall while the precision stays at or above a value."""
