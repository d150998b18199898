"""The base classes of all metrics: layers whose weights accumulate over batches.

Follows keras 2.14 metrics/base_metric.py.
"""

import abc
from collections.abc import Callable, Iterable, Sequence
from types import MethodType
from typing import Any, Final, Self

import numpy as np

import densetrace.tensorflow as tf
from densetrace.keras import backend
from densetrace.keras._exports import keras_export
from densetrace.keras.engine import base_layer
from densetrace.keras.engine.keras_tensor import KerasTensor
from densetrace.keras.utils import generic_utils, losses_utils, metrics_utils
from densetrace.keras.utils.metrics_utils import Reduction
from densetrace.recording.hooks import trace_methods, traced
from densetrace.recording.warn import warn
from densetrace.tensorflow.nest import flatten, map_structure
from densetrace.tensorflow.shapes import TensorShape
from densetrace.tensorflow.tensor import Operators
from densetrace.tensorflow.variables import Variable

_TRACED: Final = {
    "update_state": "update_state",
    "result": "metric_result",
    "reset_state": "reset_state",
}
"""The methods of a metric that are hook points, and the kinds of their steps."""


@keras_export("keras.metrics.Metric")
class Metric(base_layer.Layer, metaclass=abc.ABCMeta):
    """Base class of all metrics. Subclasses define `update_state` and `result`.

    Follows keras 2.14 metrics/base_metric.py, Metric.
    """

    _is_metric = True

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        trace_methods(cls, _TRACED)

    def __init__(self, name: str | None = None, dtype: Any = None, **kwargs: Any) -> None:
        super().__init__(name=name, dtype=dtype, **kwargs)
        self.stateful = True
        self.built = True

    # DEPARTS: Keras also wraps `update_state` of each metric, for AutoGraph and for distribution
    # over devices. Here there is neither: it is a plain method.

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        """Create the object, whose `result` returns tensors, whatever a subclass's returns."""
        # As in Keras, Layer.__new__ does not get the arguments: a metric has no auto-config.
        instance = super().__new__(cls)
        wrapped = metrics_utils.result_wrapper(instance.result)
        vars(instance)["result"] = MethodType(wrapped, instance)
        return instance

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Update the state with a batch and return the result so far."""
        if not any(isinstance(item, KerasTensor) for item in flatten((args, kwargs))):
            self.update_state(*args, **kwargs)
        result = self.result()
        if isinstance(result, Operators):
            result._metric_obj = self  # type: ignore[attr-defined] # as Keras does
        return result

    def __str__(self) -> str:
        config = ",".join(f"{key}={value}" for key, value in self.get_config().items())
        return f"{type(self).__name__}({config})"

    def __deepcopy__(self, memo: dict[Any, Any] | None = None) -> Self:
        copy = self.from_config(self.get_config())
        if self.weights:
            copy.set_weights(self.get_weights())
        return copy

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that recreate this metric."""
        return {"name": self.name, "dtype": self.dtype}

    @traced("reset_state")
    def reset_state(self) -> None:
        """Reset the state to zero. A metric whose variables are not scalars overrides it."""
        if not generic_utils.is_default(self.reset_states):
            warn(
                f"{type(self).__name__} defines `reset_states`, which is now called `reset_state`."
            )
            self.reset_states()
            return
        for variable in self.variables:
            backend.set_value(variable, 0)

    @abc.abstractmethod
    def update_state(self, *args: Any, **kwargs: Any) -> Any:
        """Add a batch to the state."""

    def merge_state(self, metrics: Iterable["Metric"]) -> list[Any]:
        """Add the states of other metrics of the same class.

        Raises:
            ValueError: if one of them has a different number of weights.
        """
        updates = []
        for metric in metrics:
            if len(self.weights) != len(metric.weights):
                raise ValueError(
                    f"Only metrics with the same number of weights can be merged into {self}. "
                    f"Received: {metric}"
                )
            for own, other in zip(self.weights, metric.weights, strict=True):
                updates.append(own.assign_add(other))
        return updates

    @abc.abstractmethod
    def result(self) -> Any:
        """Return the value of the metric over all batches so far."""

    def add_weight(  # type: ignore[override] # Keras's own signature: a metric's weights are fewer
        self,
        name: str,
        shape: Sequence[int | None] = (),
        aggregation: Any = None,
        synchronization: Any = None,
        initializer: Any = None,
        dtype: Any = None,
    ) -> Variable:
        """Create a weight that training does not change."""
        # DEPARTS: In Keras `aggregation` and `synchronization` configure variables on several
        # devices. Here there is one device, and they have no effect.
        with tf.init_scope():
            return super().add_weight(
                name=name,
                shape=shape,
                dtype=self.dtype if dtype is None else dtype,
                trainable=False,
                initializer=initializer,
            )

    @generic_utils.default
    def reset_states(self) -> None:
        """The old name of `reset_state`."""
        self.reset_state()


@keras_export("keras.src.metrics.base_metric.Reduce")
class Reduce(Metric):
    """The sum, or a mean, of all values.

    Follows keras 2.14 metrics/base_metric.py, Reduce.

    Raises:
        NotImplementedError: from `update_state` and `result`, if `reduction` is not a member of
            metrics_utils.Reduction.
    """

    def __init__(self, reduction: Reduction, name: str | None, dtype: Any = None) -> None:
        super().__init__(name=name, dtype=dtype)
        self.reduction = reduction
        self.total = self.add_weight("total", initializer="zeros")
        if reduction in (Reduction.SUM_OVER_BATCH_SIZE, Reduction.WEIGHTED_MEAN):
            self.count = self.add_weight("count", initializer="zeros")

    def update_state(self, values: Any, sample_weight: Any = None) -> Variable:
        """Add values f[...], with weights that broadcast to their shape.

        Raises:
            RuntimeError: if the values are not a single tensor.
        """
        try:
            values = tf.cast(values, self.dtype)
        except (ValueError, TypeError) as error:
            raise RuntimeError(
                f"A metric function must return a single tensor. Received: {values!r:.200}"
            ) from error
        if sample_weight is not None:
            values, sample_weight = _weighted(values, sample_weight, self.dtype, self.reduction)
            values = tf.multiply(values, sample_weight)
        updated_total: Variable = self.total.assign_add(tf.reduce_sum(values))
        if self.reduction == Reduction.SUM:
            return updated_total
        if self.reduction == Reduction.SUM_OVER_BATCH_SIZE or (
            self.reduction == Reduction.WEIGHTED_MEAN and sample_weight is None
        ):
            num_values = tf.cast(tf.size(values), self.dtype)
        elif self.reduction == Reduction.WEIGHTED_MEAN:
            num_values = tf.reduce_sum(sample_weight)
        else:
            raise self._unknown_reduction()
        updated_count: Variable = self.count.assign_add(num_values)
        return updated_count

    def result(self) -> Any:
        """Return the sum or the mean so far: f[]; 0 without values."""
        if self.reduction == Reduction.SUM:
            return tf.identity(self.total)
        if self.reduction in (Reduction.WEIGHTED_MEAN, Reduction.SUM_OVER_BATCH_SIZE):
            return tf.math.divide_no_nan(self.total, self.count)
        raise self._unknown_reduction()

    def _unknown_reduction(self) -> NotImplementedError:
        return NotImplementedError(
            f"A reduction must be one of {Reduction.SUM}, {Reduction.WEIGHTED_MEAN}, "
            f"{Reduction.SUM_OVER_BATCH_SIZE}. "
            f"Received: {self.reduction}"
        )


def _weighted(values: Any, weights: Any, dtype: Any, reduction: Reduction) -> tuple[Any, Any]:
    """Return values and weights of one shape; values are reduced if their rank is higher."""
    weights = tf.cast(weights, dtype)
    values, _, weights = losses_utils.squeeze_or_expand_dimensions(values, sample_weight=weights)
    try:
        return values, losses_utils.broadcast_weights(weights, values)
    except ValueError:
        axes = list(range(backend.ndim(weights) or 0, backend.ndim(values) or 0))
        if reduction == Reduction.SUM:
            return tf.reduce_sum(values, axis=axes), weights
        return tf.reduce_mean(values, axis=axes), weights


@keras_export("keras.metrics.Sum")
class Sum(Reduce):
    """The (weighted) sum of all values. Follows keras 2.14 metrics/base_metric.py, Sum."""

    def __init__(self, name: str | None = "sum", dtype: Any = None) -> None:
        super().__init__(reduction=Reduction.SUM, name=name, dtype=dtype)


@keras_export("keras.metrics.Mean")
class Mean(Reduce):
    """The (weighted) mean of all values, such as the mean loss that `fit` prints.

    Follows keras 2.14 metrics/base_metric.py, Mean.
    """

    def __init__(self, name: str | None = "mean", dtype: Any = None) -> None:
        super().__init__(reduction=Reduction.WEIGHTED_MEAN, name=name, dtype=dtype)


@keras_export("keras.metrics.MeanMetricWrapper")
class MeanMetricWrapper(Mean):
    """The weighted mean of a function of labels and predictions.

    Follows keras 2.14 metrics/base_metric.py, MeanMetricWrapper.
    """

    def __init__(
        self, fn: Callable[..., Any], name: str | None = None, dtype: Any = None, **kwargs: Any
    ) -> None:
        super().__init__(name=name, dtype=dtype)
        self._fn = fn
        self._fn_kwargs = kwargs

    def update_state(  # type: ignore[override] # Keras's own signature: it takes labels too
        self, y_true: Any, y_pred: Any, sample_weight: Any = None
    ) -> Variable:
        """Add a batch: labels and predictions f[batch, d0, .., dN], with one weight per sample."""
        y_true = tf.cast(y_true, self.dtype)
        y_pred = tf.cast(y_pred, self.dtype)
        y_pred, y_true = losses_utils.squeeze_or_expand_dimensions(y_pred, y_true)
        matches = self._fn(y_true, y_pred, **self._fn_kwargs)
        mask = losses_utils.get_mask(matches)
        sample_weight = losses_utils.apply_valid_mask(matches, sample_weight, mask, self.reduction)
        return super().update_state(matches, sample_weight=sample_weight)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that recreate this metric; a subclass leaves out `fn`."""
        config = {key: backend.get_value(value) for key, value in self._fn_kwargs.items()}
        if type(self) is MeanMetricWrapper:
            config["fn"] = self._fn
        return {**super().get_config(), **config}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """Create a metric from the arguments that `get_config` returned; `fn` may be a name."""
        from densetrace.keras.metrics import get

        fn = config.pop("fn", None)
        if cls is MeanMetricWrapper:
            return cls(get(fn), **config)
        return super().from_config(config)


@keras_export("keras.metrics.MeanTensor")
class MeanTensor(Metric):
    """The elementwise (weighted) mean of tensors of one shape.

    Follows keras 2.14 metrics/base_metric.py, MeanTensor.

    Raises:
        ValueError: from `update_state`, if the shape differs from that of the first tensor; from
            `result`, before the first tensor.
    """

    def __init__(
        self,
        name: str | None = "mean_tensor",
        dtype: Any = None,
        shape: Sequence[int] | None = None,
    ) -> None:
        super().__init__(name=name, dtype=dtype)
        self._shape: TensorShape | None = None
        self._total: Any = None
        self._count: Any = None
        self._built = False
        if shape is not None:
            self._build(shape)

    def _build(self, shape: Sequence[int]) -> None:
        self._shape = TensorShape(shape)
        self._total = self.add_weight(name="total", shape=tuple(shape), initializer="zeros")
        self._count = self.add_weight(name="count", shape=tuple(shape), initializer="zeros")
        self._built = True

    @property
    def total(self) -> Variable | None:
        """The weighted sum of the tensors, or None before the first one."""
        return self._total if self._built else None

    @property
    def count(self) -> Variable | None:
        """The sum of the weights, or None before the first tensor."""
        return self._count if self._built else None

    def update_state(self, values: Any, sample_weight: Any = None) -> Variable:
        """Add one tensor: f[*shape]."""
        values = tf.cast(values, self.dtype)
        if not self._built:
            self._build(values.shape)
        elif values.shape != self._shape:
            raise ValueError(
                "MeanTensor takes tensors of the shape of the first one, "
                f"{tuple(self._total.shape)}. Received: a tensor of shape {values.shape}"
            )
        num_values = tf.ones_like(values)
        if sample_weight is not None:
            values, weights = _weighted(values, sample_weight, self.dtype, Reduction.WEIGHTED_MEAN)
            num_values = tf.multiply(num_values, weights)
            values = tf.multiply(values, weights)
        self._total.assign_add(values)
        updated: Variable = self._count.assign_add(num_values)
        return updated

    def result(self) -> Any:
        """Return the mean so far: f[*shape]."""
        if not self._built:
            raise ValueError("MeanTensor has no result before the first tensor.")
        return tf.math.divide_no_nan(self.total, self.count)

    def reset_state(self) -> None:
        """Reset the state to zeros."""
        for variable in self.variables:
            backend.set_value(variable, np.zeros(variable.shape))


@keras_export("keras.src.metrics.base_metric.SumOverBatchSize")
class SumOverBatchSize(Reduce):
    """The weighted sum of all values, divided by their number.

    Follows keras 2.14 metrics/base_metric.py, SumOverBatchSize.
    """

    def __init__(self, name: str | None = "sum_over_batch_size", dtype: Any = None) -> None:
        super().__init__(reduction=Reduction.SUM_OVER_BATCH_SIZE, name=name, dtype=dtype)


@keras_export("keras.src.metrics.base_metric.SumOverBatchSizeMetricWrapper")
class SumOverBatchSizeMetricWrapper(SumOverBatchSize):
    """The weighted sum of a function of labels and predictions, divided by the number of values.

    Follows keras 2.14 metrics/base_metric.py, SumOverBatchSizeMetricWrapper.
    """

    def __init__(
        self, fn: Callable[..., Any], name: str | None = None, dtype: Any = None, **kwargs: Any
    ) -> None:
        super().__init__(name=name, dtype=dtype)
        self._fn = fn
        self._fn_kwargs = kwargs

    def update_state(  # type: ignore[override] # Keras's own signature: it takes labels too
        self, y_true: Any, y_pred: Any, sample_weight: Any = None
    ) -> Variable:
        """Add a batch: labels and predictions f[batch, d0, .., dN], with one weight per sample."""
        y_true = tf.cast(y_true, self.dtype)
        y_pred = tf.cast(y_pred, self.dtype)
        y_pred, y_true = losses_utils.squeeze_or_expand_dimensions(y_pred, y_true)
        matches = self._fn(y_true, y_pred, **self._fn_kwargs)
        mask = losses_utils.get_mask(matches)
        sample_weight = losses_utils.apply_valid_mask(matches, sample_weight, mask, self.reduction)
        return super().update_state(matches, sample_weight=sample_weight)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that recreate this metric, without the function."""
        config = {key: backend.get_value(value) for key, value in self._fn_kwargs.items()}
        return {**super().get_config(), **config}


def clone_metric(metric: Any) -> Any:
    """Return a new metric with the same config; any other value is returned unchanged.

    Follows keras 2.14 metrics/base_metric.py, clone_metric.
    """
    if isinstance(metric, Metric):
        return type(metric).from_config(metric.get_config())
    return metric


def clone_metrics(metrics: Any) -> Any:
    """Apply `clone_metric` to each metric in a nested structure.

    Follows keras 2.14 metrics/base_metric.py, clone_metrics.
    """
    return map_structure(clone_metric, metrics)
