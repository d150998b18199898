"""The losses as functions and as classes, and their lookup by name.

Follows keras 2.14 losses.py, which also holds all losses in one file. Labels and predictions have
shape f[batch, d0, .., dN]. A loss function returns f[batch, d0, .., dN-1] in the dtype of the
predictions: one loss per sample. A loss object returns the reduced losses: f[], unless its
reduction is "none".
"""

from collections.abc import Callable
from typing import Any, Final, Self

import densetrace.tensorflow as tf
from densetrace.keras import backend
from densetrace.keras._dispatch import add_dispatch_support
from densetrace.keras._exports import keras_export
from densetrace.keras._registries import found
from densetrace.keras.saving import object_registration, serialization_lib
from densetrace.keras.saving.legacy import serialization as legacy_serialization
from densetrace.keras.utils import losses_utils
from densetrace.keras.utils.losses_utils import ReductionV2
from densetrace.recording.hooks import trace_methods, traced
from densetrace.recording.warn import warn
from densetrace.tensorflow.tensor import Operators, Tensor

__all__ = [
    "BCE",
    "KLD",
    "MAE",
    "MAPE",
    "MSE",
    "MSLE",
    "BinaryCrossentropy",
    "BinaryFocalCrossentropy",
    "CategoricalCrossentropy",
    "CategoricalFocalCrossentropy",
    "CategoricalHinge",
    "CosineSimilarity",
    "Hinge",
    "Huber",
    "KLDivergence",
    "LogCosh",
    "Loss",
    "LossFunctionWrapper",
    "MeanAbsoluteError",
    "MeanAbsolutePercentageError",
    "MeanSquaredError",
    "MeanSquaredLogarithmicError",
    "Poisson",
    "Reduction",
    "SparseCategoricalCrossentropy",
    "SquaredHinge",
    "bce",
    "binary_crossentropy",
    "binary_focal_crossentropy",
    "categorical_crossentropy",
    "categorical_focal_crossentropy",
    "categorical_hinge",
    "cosine_similarity",
    "deserialize",
    "get",
    "hinge",
    "huber",
    "huber_loss",
    "kl_divergence",
    "kld",
    "kullback_leibler_divergence",
    "log_cosh",
    "logcosh",
    "mae",
    "mape",
    "mean_absolute_error",
    "mean_absolute_percentage_error",
    "mean_squared_error",
    "mean_squared_logarithmic_error",
    "mse",
    "msle",
    "poisson",
    "serialize",
    "sparse_categorical_crossentropy",
    "squared_hinge",
]

Reduction = ReductionV2
"""The public name of ReductionV2: `keras.losses.Reduction`."""


@keras_export("keras.losses.Loss")
class Loss:
    """Base class of all losses, with a name and a reduction. Subclasses define `call`.

    Follows keras 2.14 losses.py, Loss.

    Raises:
        ValueError: if `reduction` is unknown.
    """

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        trace_methods(cls, {"call": "loss_call"})

    def __init__(self, reduction: str = ReductionV2.AUTO, name: str | None = None) -> None:
        ReductionV2.validate(reduction)
        self.reduction = reduction
        self.name = name
        self._allow_sum_over_batch_size = False
        self._set_name_scope()

    def _set_name_scope(self) -> None:
        if self.name is None:
            self._name_scope = type(self).__name__.strip("_")
        elif self.name == "<lambda>":
            self._name_scope = "lambda"
        else:
            self._name_scope = self.name.strip("_")

    @traced("loss")
    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """Return the weighted and reduced loss: f[], or one per sample for reduction "none".

        Raises:
            InvalidArgumentError: if the weights do not fit the losses.
        """
        with tf.name_scope(self._name_scope):
            losses = self.call(y_true, y_pred)
            in_mask = losses_utils.get_mask(y_pred)
            out_mask = losses_utils.get_mask(losses)
            if in_mask is not None and out_mask is not None:
                mask = in_mask & out_mask
            elif in_mask is not None:
                mask = in_mask
            else:
                mask = out_mask
            reduction = self._get_reduction()
            sample_weight = losses_utils.apply_valid_mask(losses, sample_weight, mask, reduction)
            return losses_utils.compute_weighted_loss(losses, sample_weight, reduction=reduction)

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """Create a loss from the arguments that `get_config` returned."""
        return cls(**config)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that recreate this loss."""
        return {"reduction": self.reduction, "name": self.name}

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Return one loss per sample: f[batch, d0, .., dN-1].

        Raises:
            NotImplementedError: if the subclass does not define it.
        """
        raise NotImplementedError(f"{type(self).__name__} must define call(self, y_true, y_pred).")

    def _get_reduction(self) -> str:
        if self.reduction == ReductionV2.AUTO:
            return ReductionV2.SUM_OVER_BATCH_SIZE
        return self.reduction


@keras_export("keras.__internal__.losses.LossFunctionWrapper")
class LossFunctionWrapper(Loss):
    """A loss that calls the function `fn` with labels, predictions and `kwargs`.

    Follows keras 2.14 losses.py, LossFunctionWrapper.

    Raises:
        ValueError: if `reduction` is unknown.
    """

    def __init__(
        self,
        fn: Callable[..., Any],
        reduction: str = ReductionV2.AUTO,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(reduction=reduction, name=name)
        self.fn = fn
        self._fn_kwargs = kwargs

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Return one loss per sample from the function: f[batch, d0, .., dN-1]."""
        if isinstance(y_pred, Operators) and isinstance(y_true, Operators):
            y_pred, y_true = losses_utils.squeeze_or_expand_dimensions(y_pred, y_true)
        return self.fn(y_true, y_pred, **self._fn_kwargs)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that recreate this loss, with the function's name as `fn`."""
        config = {key: backend.get_value(value) for key, value in self._fn_kwargs.items()}
        name = object_registration.get_registered_name(self.fn)
        return {**super().get_config(), **config, "fn": name}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """Create a loss from the arguments that `get_config` returned."""
        fn = config.pop("fn", None)
        if fn and cls is LossFunctionWrapper:
            config["fn"] = get(fn)
        return cls(**config)


@keras_export("keras.losses.MeanSquaredError")
class MeanSquaredError(LossFunctionWrapper):
    """The loss function `mean_squared_error` as a class.

    Follows keras 2.14 losses.py, MeanSquaredError.
    """

    def __init__(
        self, reduction: str = ReductionV2.AUTO, name: str | None = "mean_squared_error"
    ) -> None:
        super().__init__(mean_squared_error, name=name, reduction=reduction)


@keras_export("keras.losses.MeanAbsoluteError")
class MeanAbsoluteError(LossFunctionWrapper):
    """The loss function `mean_absolute_error` as a class.

    Follows keras 2.14 losses.py, MeanAbsoluteError.
    """

    def __init__(
        self, reduction: str = ReductionV2.AUTO, name: str | None = "mean_absolute_error"
    ) -> None:
        super().__init__(mean_absolute_error, name=name, reduction=reduction)


@keras_export("keras.losses.MeanAbsolutePercentageError")
class MeanAbsolutePercentageError(LossFunctionWrapper):
    """The loss function `mean_absolute_percentage_error` as a class.

    Follows keras 2.14 losses.py, MeanAbsolutePercentageError.
    """

    def __init__(
        self, reduction: str = ReductionV2.AUTO, name: str | None = "mean_absolute_percentage_error"
    ) -> None:
        super().__init__(mean_absolute_percentage_error, name=name, reduction=reduction)


@keras_export("keras.losses.MeanSquaredLogarithmicError")
class MeanSquaredLogarithmicError(LossFunctionWrapper):
    """The loss function `mean_squared_logarithmic_error` as a class.

    Follows keras 2.14 losses.py, MeanSquaredLogarithmicError.
    """

    def __init__(
        self, reduction: str = ReductionV2.AUTO, name: str | None = "mean_squared_logarithmic_error"
    ) -> None:
        super().__init__(mean_squared_logarithmic_error, name=name, reduction=reduction)


@keras_export("keras.losses.BinaryCrossentropy")
class BinaryCrossentropy(LossFunctionWrapper):
    """The loss function `binary_crossentropy` as a class.

    Follows keras 2.14 losses.py, BinaryCrossentropy.
    """

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str = ReductionV2.AUTO,
        name: str | None = "binary_crossentropy",
    ) -> None:
        super().__init__(
            binary_crossentropy,
            name=name,
            reduction=reduction,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
            axis=axis,
        )
        self.from_logits = from_logits


@keras_export("keras.losses.BinaryFocalCrossentropy")
class BinaryFocalCrossentropy(LossFunctionWrapper):
    """The loss function `binary_focal_crossentropy` as a class.

    Follows keras 2.14 losses.py, BinaryFocalCrossentropy.
    """

    def __init__(
        self,
        apply_class_balancing: bool = False,
        alpha: float = 0.25,
        gamma: float = 2.0,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str = ReductionV2.AUTO,
        name: str | None = "binary_focal_crossentropy",
    ) -> None:
        super().__init__(
            binary_focal_crossentropy,
            name=name,
            reduction=reduction,
            apply_class_balancing=apply_class_balancing,
            alpha=alpha,
            gamma=gamma,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
            axis=axis,
        )
        self.from_logits = from_logits
        self.apply_class_balancing = apply_class_balancing
        self.alpha = alpha
        self.gamma = gamma

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that recreate this loss."""
        config = {
            "apply_class_balancing": self.apply_class_balancing,
            "alpha": self.alpha,
            "gamma": self.gamma,
        }
        return {**super().get_config(), **config}


@keras_export("keras.losses.CategoricalCrossentropy")
class CategoricalCrossentropy(LossFunctionWrapper):
    """The loss function `categorical_crossentropy` as a class.

    Follows keras 2.14 losses.py, CategoricalCrossentropy.
    """

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str = ReductionV2.AUTO,
        name: str | None = "categorical_crossentropy",
    ) -> None:
        super().__init__(
            categorical_crossentropy,
            name=name,
            reduction=reduction,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
            axis=axis,
        )


@keras_export("keras.losses.CategoricalFocalCrossentropy")
class CategoricalFocalCrossentropy(LossFunctionWrapper):
    """The loss function `categorical_focal_crossentropy` as a class.

    Follows keras 2.14 losses.py, CategoricalFocalCrossentropy.
    """

    def __init__(
        self,
        alpha: float = 0.25,
        gamma: float = 2.0,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str = ReductionV2.AUTO,
        name: str | None = "categorical_focal_crossentropy",
    ) -> None:
        super().__init__(
            categorical_focal_crossentropy,
            name=name,
            reduction=reduction,
            alpha=alpha,
            gamma=gamma,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
            axis=axis,
        )
        self.from_logits = from_logits
        self.alpha = alpha
        self.gamma = gamma

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that recreate this loss."""
        config = {"alpha": self.alpha, "gamma": self.gamma}
        return {**super().get_config(), **config}


@keras_export("keras.losses.SparseCategoricalCrossentropy")
class SparseCategoricalCrossentropy(LossFunctionWrapper):
    """The loss function `sparse_categorical_crossentropy` as a class.

    Follows keras 2.14 losses.py, SparseCategoricalCrossentropy.
    """

    def __init__(
        self,
        from_logits: bool = False,
        ignore_class: int | None = None,
        reduction: str = ReductionV2.AUTO,
        name: str | None = "sparse_categorical_crossentropy",
    ) -> None:
        super().__init__(
            sparse_categorical_crossentropy,
            name=name,
            reduction=reduction,
            from_logits=from_logits,
            ignore_class=ignore_class,
        )


@keras_export("keras.losses.CosineSimilarity")
class CosineSimilarity(LossFunctionWrapper):
    """The loss function `cosine_similarity` as a class.

    Follows keras 2.14 losses.py, CosineSimilarity.
    """

    def __init__(
        self,
        axis: int = -1,
        reduction: str = ReductionV2.AUTO,
        name: str | None = "cosine_similarity",
    ) -> None:
        super().__init__(cosine_similarity, name=name, reduction=reduction, axis=axis)


@keras_export("keras.losses.Hinge")
class Hinge(LossFunctionWrapper):
    """The loss function `hinge` as a class. Follows keras 2.14 losses.py, Hinge."""

    def __init__(self, reduction: str = ReductionV2.AUTO, name: str | None = "hinge") -> None:
        super().__init__(hinge, name=name, reduction=reduction)


@keras_export("keras.losses.SquaredHinge")
class SquaredHinge(LossFunctionWrapper):
    """The loss function `squared_hinge` as a class. Follows keras 2.14 losses.py, SquaredHinge."""

    def __init__(
        self, reduction: str = ReductionV2.AUTO, name: str | None = "squared_hinge"
    ) -> None:
        super().__init__(squared_hinge, name=name, reduction=reduction)


@keras_export("keras.losses.CategoricalHinge")
class CategoricalHinge(LossFunctionWrapper):
    """The loss function `categorical_hinge` as a class.

    Follows keras 2.14 losses.py, CategoricalHinge.
    """

    def __init__(
        self, reduction: str = ReductionV2.AUTO, name: str | None = "categorical_hinge"
    ) -> None:
        super().__init__(categorical_hinge, name=name, reduction=reduction)


@keras_export("keras.losses.Poisson")
class Poisson(LossFunctionWrapper):
    """The loss function `poisson` as a class. Follows keras 2.14 losses.py, Poisson."""

    def __init__(self, reduction: str = ReductionV2.AUTO, name: str | None = "poisson") -> None:
        super().__init__(poisson, name=name, reduction=reduction)


@keras_export("keras.losses.LogCosh")
class LogCosh(LossFunctionWrapper):
    """The loss function `log_cosh` as a class. Follows keras 2.14 losses.py, LogCosh."""

    def __init__(self, reduction: str = ReductionV2.AUTO, name: str | None = "log_cosh") -> None:
        super().__init__(log_cosh, name=name, reduction=reduction)


@keras_export("keras.losses.KLDivergence")
class KLDivergence(LossFunctionWrapper):
    """The loss function `kl_divergence` as a class. Follows keras 2.14 losses.py, KLDivergence."""

    def __init__(
        self, reduction: str = ReductionV2.AUTO, name: str | None = "kl_divergence"
    ) -> None:
        super().__init__(kl_divergence, name=name, reduction=reduction)


@keras_export("keras.losses.Huber")
class Huber(LossFunctionWrapper):
    """The loss function `huber` as a class. Follows keras 2.14 losses.py, Huber."""

    def __init__(
        self,
        delta: float = 1.0,
        reduction: str = ReductionV2.AUTO,
        name: str | None = "huber_loss",
    ) -> None:
        super().__init__(huber, name=name, reduction=reduction, delta=delta)


def _smart_cond(pred: Any, true_fn: Callable[[], Any], false_fn: Callable[[], Any]) -> Any:
    """Like `tf.cond`, but call only one function if the predicate has a value.

    Follows tensorflow/python/framework/smart_cond.py, smart_cond.
    """
    if isinstance(pred, Tensor):
        return true_fn() if pred else false_fn()
    return tf.cond(pred, true_fn, false_fn)


def _warn_of_one_class(y_pred: Any, loss: str) -> None:
    if y_pred.shape[-1] == 1:
        warn(
            f"{loss} with one class is always 0; use binary_crossentropy if one number stands for "
            f"two classes. Received: y_pred.shape={y_pred.shape}",
            SyntaxWarning,
        )


@keras_export(
    "keras.metrics.mean_squared_error",
    "keras.metrics.mse",
    "keras.metrics.MSE",
    "keras.losses.mean_squared_error",
    "keras.losses.mse",
    "keras.losses.MSE",
)
@add_dispatch_support
def mean_squared_error(y_true: Any, y_pred: Any) -> Any:
    """The mean of the squared differences: f[.., n], f[.., n] -> f[..].

    Follows keras 2.14 losses.py, mean_squared_error.
    """
    y_pred = tf.convert_to_tensor(y_pred)
    y_true = tf.cast(y_true, y_pred.dtype)
    return backend.mean(tf.math.squared_difference(y_pred, y_true), axis=-1)


@keras_export(
    "keras.metrics.mean_absolute_error",
    "keras.metrics.mae",
    "keras.metrics.MAE",
    "keras.losses.mean_absolute_error",
    "keras.losses.mae",
    "keras.losses.MAE",
)
@add_dispatch_support
def mean_absolute_error(y_true: Any, y_pred: Any) -> Any:
    """The mean of the absolute differences: f[.., n], f[.., n] -> f[..].

    Follows keras 2.14 losses.py, mean_absolute_error.
    """
    y_pred = tf.convert_to_tensor(y_pred)
    y_true = tf.cast(y_true, y_pred.dtype)
    return backend.mean(tf.abs(y_pred - y_true), axis=-1)


@keras_export(
    "keras.metrics.mean_absolute_percentage_error",
    "keras.metrics.mape",
    "keras.metrics.MAPE",
    "keras.losses.mean_absolute_percentage_error",
    "keras.losses.mape",
    "keras.losses.MAPE",
)
@add_dispatch_support
def mean_absolute_percentage_error(y_true: Any, y_pred: Any) -> Any:
    """The mean of the absolute differences in percent of the labels: f[.., n], f[.., n] -> f[..].

    Follows keras 2.14 losses.py, mean_absolute_percentage_error.
    """
    y_pred = tf.convert_to_tensor(y_pred)
    y_true = tf.cast(y_true, y_pred.dtype)
    diff = tf.abs((y_true - y_pred) / backend.maximum(tf.abs(y_true), backend.epsilon()))
    return 100.0 * backend.mean(diff, axis=-1)


@keras_export(
    "keras.metrics.mean_squared_logarithmic_error",
    "keras.metrics.msle",
    "keras.metrics.MSLE",
    "keras.losses.mean_squared_logarithmic_error",
    "keras.losses.msle",
    "keras.losses.MSLE",
)
@add_dispatch_support
def mean_squared_logarithmic_error(y_true: Any, y_pred: Any) -> Any:
    """The mean of the squared differences of log(1 + y): f[.., n], f[.., n] -> f[..].

    Follows keras 2.14 losses.py, mean_squared_logarithmic_error.
    """
    y_pred = tf.convert_to_tensor(y_pred)
    y_true = tf.cast(y_true, y_pred.dtype)
    log_pred = tf.math.log(backend.maximum(y_pred, backend.epsilon()) + 1.0)
    log_true = tf.math.log(backend.maximum(y_true, backend.epsilon()) + 1.0)
    return backend.mean(tf.math.squared_difference(log_pred, log_true), axis=-1)


def _maybe_convert_labels(y_true: Any) -> Any:
    """Return labels 0 and 1 as -1 and 1, and any other labels unchanged.

    Follows keras 2.14 losses.py, _maybe_convert_labels.
    """
    is_binary = tf.reduce_all(tf.logical_or(tf.equal(y_true, 0), tf.equal(y_true, 1)))
    return _smart_cond(is_binary, lambda: 2.0 * y_true - 1.0, lambda: y_true)


@keras_export("keras.metrics.squared_hinge", "keras.losses.squared_hinge")
@add_dispatch_support
def squared_hinge(y_true: Any, y_pred: Any) -> Any:
    """The mean of max(1 - y_true * y_pred, 0) squared: f[.., n], f[.., n] -> f[..].

    Labels are -1 and 1, or 0 and 1.
    Follows keras 2.14 losses.py, squared_hinge.
    """
    y_pred = tf.convert_to_tensor(y_pred)
    y_true = tf.cast(y_true, y_pred.dtype)
    y_true = _maybe_convert_labels(y_true)
    return backend.mean(tf.square(tf.maximum(1.0 - y_true * y_pred, 0.0)), axis=-1)


@keras_export("keras.metrics.hinge", "keras.losses.hinge")
@add_dispatch_support
def hinge(y_true: Any, y_pred: Any) -> Any:
    """The mean of max(1 - y_true * y_pred, 0): f[.., n], f[.., n] -> f[..].

    Labels are -1 and 1, or 0 and 1.
    Follows keras 2.14 losses.py, hinge.
    """
    y_pred = tf.convert_to_tensor(y_pred)
    y_true = tf.cast(y_true, y_pred.dtype)
    y_true = _maybe_convert_labels(y_true)
    return backend.mean(tf.maximum(1.0 - y_true * y_pred, 0.0), axis=-1)


@keras_export("keras.losses.categorical_hinge")
@add_dispatch_support
def categorical_hinge(y_true: Any, y_pred: Any) -> Any:
    """max(highest wrong - right prediction + 1, 0): f[.., n], f[.., n] -> f[..].

    Labels are one-hot.
    Follows keras 2.14 losses.py, categorical_hinge.
    """
    y_pred = tf.convert_to_tensor(y_pred)
    y_true = tf.cast(y_true, y_pred.dtype)
    right = tf.reduce_sum(y_true * y_pred, axis=-1)
    wrong = tf.reduce_max((1.0 - y_true) * y_pred, axis=-1)
    return tf.maximum(wrong - right + 1.0, tf.cast(0.0, y_pred.dtype))


@keras_export("keras.losses.huber")
@add_dispatch_support
def huber(y_true: Any, y_pred: Any, delta: float = 1.0) -> Any:
    """The mean of the Huber function of the difference: f[.., n], f[.., n] -> f[..].

    It is half the square up to `delta`, and linear beyond.
    Follows keras 2.14 losses.py, huber.
    """
    y_pred = tf.cast(y_pred, dtype=backend.floatx())
    y_true = tf.cast(y_true, dtype=backend.floatx())
    delta = tf.cast(delta, dtype=backend.floatx())
    error = tf.subtract(y_pred, y_true)
    size = tf.abs(error)
    half = tf.convert_to_tensor(0.5, dtype=size.dtype)
    curve, line = half * tf.square(error), delta * size - half * tf.square(delta)
    return backend.mean(tf.where(size <= delta, curve, line), axis=-1)


@keras_export(
    "keras.losses.log_cosh",
    "keras.losses.logcosh",
    "keras.metrics.log_cosh",
    "keras.metrics.logcosh",
)
@add_dispatch_support
def log_cosh(y_true: Any, y_pred: Any) -> Any:
    """The mean of log(cosh(difference)): f[.., n], f[.., n] -> f[..].

    Follows keras 2.14 losses.py, log_cosh.
    """
    y_pred = tf.convert_to_tensor(y_pred)
    y_true = tf.cast(y_true, y_pred.dtype)
    error = y_pred - y_true
    losses = error + tf.math.softplus(-2.0 * error) - tf.cast(tf.math.log(2.0), error.dtype)
    return backend.mean(losses, axis=-1)


@keras_export("keras.metrics.categorical_crossentropy", "keras.losses.categorical_crossentropy")
@add_dispatch_support
def categorical_crossentropy(
    y_true: Any,
    y_pred: Any,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Any:
    """The cross-entropy of predicted distributions along `axis`: f[.., n], f[.., n] -> f[..].

    Labels are one-hot. Predictions are probabilities, or logits if `from_logits`.
    Follows keras 2.14 losses.py, categorical_crossentropy.

    Raises:
        ValueError: if `axis` is a bool, or the shapes of labels and predictions differ.
    """
    if isinstance(axis, bool):
        raise ValueError(f"`axis` must be an integer. Received: axis={axis}")
    y_pred = tf.convert_to_tensor(y_pred)
    y_true = tf.cast(y_true, y_pred.dtype)
    label_smoothing = tf.convert_to_tensor(label_smoothing, dtype=y_pred.dtype)
    _warn_of_one_class(y_pred, "categorical_crossentropy")

    def smoothed() -> Any:
        num_classes = tf.cast(tf.shape(y_true)[axis], y_pred.dtype)
        return y_true * (1.0 - label_smoothing) + label_smoothing / num_classes

    y_true = _smart_cond(label_smoothing, smoothed, lambda: y_true)
    return backend.categorical_crossentropy(y_true, y_pred, from_logits=from_logits, axis=axis)


@keras_export(
    "keras.metrics.categorical_focal_crossentropy", "keras.losses.categorical_focal_crossentropy"
)
@add_dispatch_support
def categorical_focal_crossentropy(
    y_true: Any,
    y_pred: Any,
    alpha: float = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Any:
    """Like `categorical_crossentropy`, with less weight for good predictions.

    Follows keras 2.14 losses.py, categorical_focal_crossentropy.

    Raises:
        ValueError: if `axis` is a bool, or the shapes of labels and predictions differ.
    """
    if isinstance(axis, bool):
        raise ValueError(f"`axis` must be an integer. Received: axis={axis}")
    y_pred = tf.convert_to_tensor(y_pred)
    y_true = tf.cast(y_true, y_pred.dtype)
    label_smoothing = tf.convert_to_tensor(label_smoothing, dtype=y_pred.dtype)
    _warn_of_one_class(y_pred, "categorical_focal_crossentropy")

    def smoothed() -> Any:
        num_classes = tf.cast(tf.shape(y_true)[-1], y_pred.dtype)
        return y_true * (1.0 - label_smoothing) + label_smoothing / num_classes

    y_true = _smart_cond(label_smoothing, smoothed, lambda: y_true)
    return backend.categorical_focal_crossentropy(
        target=y_true, output=y_pred, alpha=alpha, gamma=gamma, from_logits=from_logits, axis=axis
    )


@keras_export(
    "keras.metrics.sparse_categorical_crossentropy", "keras.losses.sparse_categorical_crossentropy"
)
@add_dispatch_support
def sparse_categorical_crossentropy(
    y_true: Any,
    y_pred: Any,
    from_logits: bool = False,
    axis: int = -1,
    ignore_class: int | None = None,
) -> Any:
    """The cross-entropy of predicted distributions, for class indices: [..], f[.., n] -> f[..].

    Predictions are probabilities, or logits if `from_logits`.
    Follows keras 2.14 losses.py, sparse_categorical_crossentropy.

    Raises:
        ValueError: if the numbers of labels and predictions differ.
        InvalidArgumentError: if a label is not the index of a class.
        TypeError: if the predictions are integers.
    """
    return backend.sparse_categorical_crossentropy(
        y_true, y_pred, from_logits=from_logits, ignore_class=ignore_class, axis=axis
    )


@keras_export("keras.metrics.binary_crossentropy", "keras.losses.binary_crossentropy")
@add_dispatch_support
def binary_crossentropy(
    y_true: Any,
    y_pred: Any,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Any:
    """The mean cross-entropy of independent binary predictions: f[.., n], f[.., n] -> f[..].

    Predictions are probabilities, or logits if `from_logits`.
    Follows keras 2.14 losses.py, binary_crossentropy.
    """
    y_pred = tf.convert_to_tensor(y_pred)
    y_true = tf.cast(y_true, y_pred.dtype)
    label_smoothing = tf.convert_to_tensor(label_smoothing, dtype=y_pred.dtype)

    def smoothed() -> Any:
        return y_true * (1.0 - label_smoothing) + 0.5 * label_smoothing

    y_true = _smart_cond(label_smoothing, smoothed, lambda: y_true)
    return backend.mean(
        backend.binary_crossentropy(y_true, y_pred, from_logits=from_logits), axis=axis
    )


@keras_export("keras.metrics.binary_focal_crossentropy", "keras.losses.binary_focal_crossentropy")
@add_dispatch_support
def binary_focal_crossentropy(
    y_true: Any,
    y_pred: Any,
    apply_class_balancing: bool = False,
    alpha: float = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Any:
    """Like `binary_crossentropy`, with less weight for good predictions.

    Follows keras 2.14 losses.py, binary_focal_crossentropy.
    """
    y_pred = tf.convert_to_tensor(y_pred)
    y_true = tf.cast(y_true, y_pred.dtype)
    label_smoothing = tf.convert_to_tensor(label_smoothing, dtype=y_pred.dtype)

    def smoothed() -> Any:
        return y_true * (1.0 - label_smoothing) + 0.5 * label_smoothing

    y_true = _smart_cond(label_smoothing, smoothed, lambda: y_true)
    return backend.mean(
        backend.binary_focal_crossentropy(
            target=y_true,
            output=y_pred,
            apply_class_balancing=apply_class_balancing,
            alpha=alpha,
            gamma=gamma,
            from_logits=from_logits,
        ),
        axis=axis,
    )


@keras_export(
    "keras.metrics.kl_divergence",
    "keras.metrics.kullback_leibler_divergence",
    "keras.metrics.kld",
    "keras.metrics.KLD",
    "keras.losses.kl_divergence",
    "keras.losses.kullback_leibler_divergence",
    "keras.losses.kld",
    "keras.losses.KLD",
)
@add_dispatch_support
def kl_divergence(y_true: Any, y_pred: Any) -> Any:
    """The sum of y_true * log(y_true / y_pred): f[.., n], f[.., n] -> f[..].

    Follows keras 2.14 losses.py, kl_divergence.
    """
    y_pred = tf.convert_to_tensor(y_pred)
    y_true = tf.cast(y_true, y_pred.dtype)
    y_true = backend.clip(y_true, backend.epsilon(), 1)
    y_pred = backend.clip(y_pred, backend.epsilon(), 1)
    return tf.reduce_sum(y_true * tf.math.log(y_true / y_pred), axis=-1)


@keras_export("keras.metrics.poisson", "keras.losses.poisson")
@add_dispatch_support
def poisson(y_true: Any, y_pred: Any) -> Any:
    """The mean of y_pred - y_true * log(y_pred): f[.., n], f[.., n] -> f[..].

    Follows keras 2.14 losses.py, poisson.
    """
    y_pred = tf.convert_to_tensor(y_pred)
    y_true = tf.cast(y_true, y_pred.dtype)
    return backend.mean(y_pred - y_true * tf.math.log(y_pred + backend.epsilon()), axis=-1)


@keras_export("keras.losses.cosine_similarity")
@add_dispatch_support
def cosine_similarity(y_true: Any, y_pred: Any, axis: int = -1) -> Any:
    """The negated cosine of the angle between labels and predictions: f[.., n], f[.., n] -> f[..].

    -1 is the best value.
    Follows keras 2.14 losses.py, cosine_similarity.
    """
    y_true = tf.linalg.l2_normalize(y_true, axis=axis)
    y_pred = tf.linalg.l2_normalize(y_pred, axis=axis)
    return -tf.reduce_sum(y_true * y_pred, axis=axis)


bce = BCE = binary_crossentropy
mse = MSE = mean_squared_error
mae = MAE = mean_absolute_error
mape = MAPE = mean_absolute_percentage_error
msle = MSLE = mean_squared_logarithmic_error
kld = KLD = kullback_leibler_divergence = kl_divergence
logcosh = log_cosh
huber_loss = huber

# DEPARTS: Keras looks a name up among all globals of this module, so it finds `get`, `deserialize`
# and even `warnings`. Here `get` only finds losses.
_REGISTRY: Final = found("losses")


def serialize(loss: Any, use_legacy_format: bool = False) -> Any:
    """Return the config of a loss object, or the name of a loss function; None for None.

    Follows keras 2.14 losses.py, serialize.
    """
    if loss is None:
        return None
    if not isinstance(loss, Loss):
        warn(
            "keras.losses.serialize is for instances of keras.losses.Loss. "
            f"Received: an instance of {type(loss)}"
        )
    if use_legacy_format:
        return legacy_serialization.serialize_keras_object(loss)
    return serialization_lib.serialize_keras_object(loss)


def deserialize(
    name: Any, custom_objects: dict[str, Any] | None = None, use_legacy_format: bool = False
) -> Any:
    """Return the loss for a name or a config.

    Follows keras 2.14 losses.py, deserialize.

    Raises:
        ValueError: if the name is unknown, in the legacy format. (In the newer format an unknown
            name is returned unchanged.)
    """
    library = legacy_serialization if use_legacy_format else serialization_lib
    return library.deserialize_keras_object(
        name,
        module_objects=_REGISTRY,
        custom_objects=custom_objects,
        printable_module_name="loss function",
    )


@traced("get")
def get(identifier: Any) -> Any:
    """Return the loss for a name, a config, a callable or None.

    None and a callable, including a class, are returned unchanged.
    Follows keras 2.14 losses.py, get.

    Raises:
        ValueError: if `identifier` is of another type, or the name is unknown.
    """
    if identifier is None:
        return None
    if isinstance(identifier, str):
        identifier = str(identifier)
        # Keras tests whether the name contains "module", as if it were a dict.
        return deserialize(identifier, use_legacy_format="module" not in identifier)
    if isinstance(identifier, dict):
        return deserialize(identifier)
    if callable(identifier):
        return identifier
    raise ValueError(f"A loss must be a name, a config or a callable. Received: {identifier}")
