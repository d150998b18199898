"""The losses: as functions, as classes, and what `keras.losses.get` finds.

Follows keras 2.14 losses.py. Labels and predictions are of shape `[batch, d0, .. dN]`, losses of
shape `[batch, d0, .. dN-1]`, in the dtype of the predictions. This file is longer than others
because it is read beside Keras's own, which has all losses in one file too.
"""

import warnings
from collections.abc import Callable
from typing import Any, Final, Self

import densetrace.tensorflow as tf
from densetrace.keras import backend
from densetrace.keras._exports import keras_export
from densetrace.keras._registries import found
from densetrace.keras.saving import object_registration, serialization_lib
from densetrace.keras.saving.legacy import serialization as legacy_serialization
from densetrace.keras.utils import losses_utils
from densetrace.keras.utils.losses_utils import ReductionV2
from densetrace.recording.hooks import traced
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
    "names",
    "poisson",
    "serialize",
    "sparse_categorical_crossentropy",
    "squared_hinge",
]

Reduction = ReductionV2
"""The name that Keras offers it by."""


@keras_export("keras.losses.Loss")
class Loss:
    """A loss with a name and a reduction. Subclasses define `call`.

    Raises:
        ValueError: for a `reduction` that there is not.
    """

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

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """The reduced, weighted loss: f32[], or one number a sample when nothing is reduced."""
        with backend.name_scope(self._name_scope):
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
        """A loss from what `get_config` gave."""
        return cls(**config)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a loss like this one."""
        return {"reduction": self.reduction, "name": self.name}

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """One number for each sample."""
        raise NotImplementedError(f"{type(self).__name__} must define call(self, y_true, y_pred).")

    def _get_reduction(self) -> str:
        if self.reduction == ReductionV2.AUTO:
            return ReductionV2.SUM_OVER_BATCH_SIZE
        return self.reduction


@keras_export("keras.__internal__.losses.LossFunctionWrapper")
class LossFunctionWrapper(Loss):
    """A loss that is a function, called with the labels, the predictions and `kwargs`."""

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
        """One number for each sample, from the function."""
        if isinstance(y_pred, Operators) and isinstance(y_true, Operators):
            y_pred, y_true = losses_utils.squeeze_or_expand_dimensions(y_pred, y_true)
        return self.fn(y_true, y_pred, **self._fn_kwargs)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a loss like this one, and the function's name as `fn`."""
        config = {key: backend.get_value(value) for key, value in self._fn_kwargs.items()}
        name = object_registration.get_registered_name(self.fn)
        return {**super().get_config(), **config, "fn": name}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """A loss from what `get_config` gave."""
        fn = config.pop("fn", None)
        if fn and cls is LossFunctionWrapper:
            config["fn"] = get(fn)
        return cls(**config)


@keras_export("keras.losses.MeanSquaredError")
class MeanSquaredError(LossFunctionWrapper):
    """The loss `mean_squared_error` as a class."""

    def __init__(
        self, reduction: str = ReductionV2.AUTO, name: str | None = "mean_squared_error"
    ) -> None:
        super().__init__(mean_squared_error, name=name, reduction=reduction)


@keras_export("keras.losses.MeanAbsoluteError")
class MeanAbsoluteError(LossFunctionWrapper):
    """The loss `mean_absolute_error` as a class."""

    def __init__(
        self, reduction: str = ReductionV2.AUTO, name: str | None = "mean_absolute_error"
    ) -> None:
        super().__init__(mean_absolute_error, name=name, reduction=reduction)


@keras_export("keras.losses.MeanAbsolutePercentageError")
class MeanAbsolutePercentageError(LossFunctionWrapper):
    """The loss `mean_absolute_percentage_error` as a class."""

    def __init__(
        self, reduction: str = ReductionV2.AUTO, name: str | None = "mean_absolute_percentage_error"
    ) -> None:
        super().__init__(mean_absolute_percentage_error, name=name, reduction=reduction)


@keras_export("keras.losses.MeanSquaredLogarithmicError")
class MeanSquaredLogarithmicError(LossFunctionWrapper):
    """The loss `mean_squared_logarithmic_error` as a class."""

    def __init__(
        self, reduction: str = ReductionV2.AUTO, name: str | None = "mean_squared_logarithmic_error"
    ) -> None:
        super().__init__(mean_squared_logarithmic_error, name=name, reduction=reduction)


@keras_export("keras.losses.BinaryCrossentropy")
class BinaryCrossentropy(LossFunctionWrapper):
    """The loss `binary_crossentropy` as a class."""

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
    """The loss `binary_focal_crossentropy` as a class."""

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
        """The arguments that make a loss like this one."""
        config = {
            "apply_class_balancing": self.apply_class_balancing,
            "alpha": self.alpha,
            "gamma": self.gamma,
        }
        return {**super().get_config(), **config}


@keras_export("keras.losses.CategoricalCrossentropy")
class CategoricalCrossentropy(LossFunctionWrapper):
    """The loss `categorical_crossentropy` as a class."""

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
    """The loss `categorical_focal_crossentropy` as a class."""

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
        """The arguments that make a loss like this one."""
        config = {"alpha": self.alpha, "gamma": self.gamma}
        return {**super().get_config(), **config}


@keras_export("keras.losses.SparseCategoricalCrossentropy")
class SparseCategoricalCrossentropy(LossFunctionWrapper):
    """The loss `sparse_categorical_crossentropy` as a class."""

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
    """The loss `cosine_similarity` as a class."""

    def __init__(
        self,
        axis: int = -1,
        reduction: str = ReductionV2.AUTO,
        name: str | None = "cosine_similarity",
    ) -> None:
        super().__init__(cosine_similarity, name=name, reduction=reduction, axis=axis)


@keras_export("keras.losses.Hinge")
class Hinge(LossFunctionWrapper):
    """The loss `hinge` as a class."""

    def __init__(self, reduction: str = ReductionV2.AUTO, name: str | None = "hinge") -> None:
        super().__init__(hinge, name=name, reduction=reduction)


@keras_export("keras.losses.SquaredHinge")
class SquaredHinge(LossFunctionWrapper):
    """The loss `squared_hinge` as a class."""

    def __init__(
        self, reduction: str = ReductionV2.AUTO, name: str | None = "squared_hinge"
    ) -> None:
        super().__init__(squared_hinge, name=name, reduction=reduction)


@keras_export("keras.losses.CategoricalHinge")
class CategoricalHinge(LossFunctionWrapper):
    """The loss `categorical_hinge` as a class."""

    def __init__(
        self, reduction: str = ReductionV2.AUTO, name: str | None = "categorical_hinge"
    ) -> None:
        super().__init__(categorical_hinge, name=name, reduction=reduction)


@keras_export("keras.losses.Poisson")
class Poisson(LossFunctionWrapper):
    """The loss `poisson` as a class."""

    def __init__(self, reduction: str = ReductionV2.AUTO, name: str | None = "poisson") -> None:
        super().__init__(poisson, name=name, reduction=reduction)


@keras_export("keras.losses.LogCosh")
class LogCosh(LossFunctionWrapper):
    """The loss `log_cosh` as a class."""

    def __init__(self, reduction: str = ReductionV2.AUTO, name: str | None = "log_cosh") -> None:
        super().__init__(log_cosh, name=name, reduction=reduction)


@keras_export("keras.losses.KLDivergence")
class KLDivergence(LossFunctionWrapper):
    """The loss `kl_divergence` as a class."""

    def __init__(
        self, reduction: str = ReductionV2.AUTO, name: str | None = "kl_divergence"
    ) -> None:
        super().__init__(kl_divergence, name=name, reduction=reduction)


@keras_export("keras.losses.Huber")
class Huber(LossFunctionWrapper):
    """The loss `huber` as a class."""

    def __init__(
        self,
        delta: float = 1.0,
        reduction: str = ReductionV2.AUTO,
        name: str | None = "huber_loss",
    ) -> None:
        super().__init__(huber, name=name, reduction=reduction, delta=delta)


def _smart_cond(pred: Any, true_fn: Callable[[], Any], false_fn: Callable[[], Any]) -> Any:
    """`tf.cond`, of which only one function runs when the predicate is known.

    Follows tensorflow/python/framework/smart_cond.py, smart_cond.
    """
    if isinstance(pred, Tensor):
        return true_fn() if pred else false_fn()
    return tf.cond(pred, true_fn, false_fn)


def _warn_of_one_class(y_pred: Any, loss: str) -> None:
    if y_pred.shape[-1] == 1:
        warnings.warn(
            f"A {loss} of one class is always 0; binary_crossentropy is for two classes in one "
            f"number. Received: y_pred.shape={y_pred.shape}",
            SyntaxWarning,
            stacklevel=3,
        )


@keras_export(
    "keras.metrics.mean_squared_error",
    "keras.metrics.mse",
    "keras.metrics.MSE",
    "keras.losses.mean_squared_error",
    "keras.losses.mse",
    "keras.losses.MSE",
)
def mean_squared_error(y_true: Any, y_pred: Any) -> Any:
    """The mean of the squared differences."""
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
def mean_absolute_error(y_true: Any, y_pred: Any) -> Any:
    """The mean of the absolute differences."""
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
def mean_absolute_percentage_error(y_true: Any, y_pred: Any) -> Any:
    """The mean of the absolute differences, in percent of the labels."""
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
def mean_squared_logarithmic_error(y_true: Any, y_pred: Any) -> Any:
    """The mean of the squared differences of log(1 + y)."""
    y_pred = tf.convert_to_tensor(y_pred)
    y_true = tf.cast(y_true, y_pred.dtype)
    log_pred = tf.math.log(backend.maximum(y_pred, backend.epsilon()) + 1.0)
    log_true = tf.math.log(backend.maximum(y_true, backend.epsilon()) + 1.0)
    return backend.mean(tf.math.squared_difference(log_pred, log_true), axis=-1)


def _maybe_convert_labels(y_true: Any) -> Any:
    """Labels 0 and 1 as -1 and 1; any other labels as they are.

    Follows keras 2.14 losses.py, _maybe_convert_labels.
    """
    is_binary = tf.reduce_all(tf.logical_or(tf.equal(y_true, 0), tf.equal(y_true, 1)))
    return _smart_cond(is_binary, lambda: 2.0 * y_true - 1.0, lambda: y_true)


@keras_export("keras.metrics.squared_hinge", "keras.losses.squared_hinge")
def squared_hinge(y_true: Any, y_pred: Any) -> Any:
    """The mean of the squares of what `hinge` averages."""
    y_pred = tf.convert_to_tensor(y_pred)
    y_true = tf.cast(y_true, y_pred.dtype)
    y_true = _maybe_convert_labels(y_true)
    return backend.mean(tf.square(tf.maximum(1.0 - y_true * y_pred, 0.0)), axis=-1)


@keras_export("keras.metrics.hinge", "keras.losses.hinge")
def hinge(y_true: Any, y_pred: Any) -> Any:
    """The mean of max(1 - y_true * y_pred, 0), for labels -1 and 1 (or 0 and 1)."""
    y_pred = tf.convert_to_tensor(y_pred)
    y_true = tf.cast(y_true, y_pred.dtype)
    y_true = _maybe_convert_labels(y_true)
    return backend.mean(tf.maximum(1.0 - y_true * y_pred, 0.0), axis=-1)


@keras_export("keras.losses.categorical_hinge")
def categorical_hinge(y_true: Any, y_pred: Any) -> Any:
    """max(highest wrong prediction - right prediction + 1, 0), for one-hot labels."""
    y_pred = tf.convert_to_tensor(y_pred)
    y_true = tf.cast(y_true, y_pred.dtype)
    right = tf.reduce_sum(y_true * y_pred, axis=-1)
    wrong = tf.reduce_max((1.0 - y_true) * y_pred, axis=-1)
    return tf.maximum(wrong - right + 1.0, tf.cast(0.0, y_pred.dtype))


@keras_export("keras.losses.huber")
def huber(y_true: Any, y_pred: Any, delta: float = 1.0) -> Any:
    """Half the squared difference up to `delta`, and a straight line beyond."""
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
def log_cosh(y_true: Any, y_pred: Any) -> Any:
    """The mean of log(cosh(difference))."""
    y_pred = tf.convert_to_tensor(y_pred)
    y_true = tf.cast(y_true, y_pred.dtype)
    error = y_pred - y_true
    losses = error + tf.math.softplus(-2.0 * error) - tf.cast(tf.math.log(2.0), error.dtype)
    return backend.mean(losses, axis=-1)


@keras_export("keras.metrics.categorical_crossentropy", "keras.losses.categorical_crossentropy")
def categorical_crossentropy(
    y_true: Any,
    y_pred: Any,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Any:
    """The crossentropy of predicted distributions, for one-hot labels.

    Raises:
        ValueError: for an `axis` that is a bool, or labels of another shape than the predictions.
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
def categorical_focal_crossentropy(
    y_true: Any,
    y_pred: Any,
    alpha: float = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Any:
    """As `categorical_crossentropy`, with less weight for what is predicted well.

    Raises:
        ValueError: for an `axis` that is a bool, or labels of another shape than the predictions.
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
def sparse_categorical_crossentropy(
    y_true: Any,
    y_pred: Any,
    from_logits: bool = False,
    axis: int = -1,
    ignore_class: int | None = None,
) -> Any:
    """The crossentropy of predicted distributions, for labels that are class numbers.

    Raises:
        ValueError: unless there is one label for each prediction.
        InvalidArgumentError: for a label that is no class.
        TypeError: for predictions that are integers.
    """
    return backend.sparse_categorical_crossentropy(
        y_true, y_pred, from_logits=from_logits, ignore_class=ignore_class, axis=axis
    )


@keras_export("keras.metrics.binary_crossentropy", "keras.losses.binary_crossentropy")
def binary_crossentropy(
    y_true: Any,
    y_pred: Any,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Any:
    """The mean crossentropy of independent yes-or-no predictions."""
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
    """As `binary_crossentropy`, with less weight for what is predicted well."""
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
def kl_divergence(y_true: Any, y_pred: Any) -> Any:
    """The sum of y_true * log(y_true / y_pred)."""
    y_pred = tf.convert_to_tensor(y_pred)
    y_true = tf.cast(y_true, y_pred.dtype)
    y_true = backend.clip(y_true, backend.epsilon(), 1)
    y_pred = backend.clip(y_pred, backend.epsilon(), 1)
    return tf.reduce_sum(y_true * tf.math.log(y_true / y_pred), axis=-1)


@keras_export("keras.metrics.poisson", "keras.losses.poisson")
def poisson(y_true: Any, y_pred: Any) -> Any:
    """The mean of y_pred - y_true * log(y_pred)."""
    y_pred = tf.convert_to_tensor(y_pred)
    y_true = tf.cast(y_true, y_pred.dtype)
    return backend.mean(y_pred - y_true * tf.math.log(y_pred + backend.epsilon()), axis=-1)


@keras_export("keras.losses.cosine_similarity")
def cosine_similarity(y_true: Any, y_pred: Any, axis: int = -1) -> Any:
    """The cosine of the angle between labels and predictions, negated: -1 is the best."""
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

# DEPARTS: Keras looks a name up among everything its losses module holds, so that 'get',
# 'deserialize' or even 'warnings' are found; here only losses are.
_REGISTRY: Final = found("losses")


def names() -> dict[str, object]:
    """What `get` finds by a string: name -> function or class."""
    return dict(_REGISTRY)


def serialize(loss: Any, use_legacy_format: bool = False) -> Any:
    """A loss as a configuration dict, or as a name; None stays None."""
    if loss is None:
        return None
    if not isinstance(loss, Loss):
        warnings.warn(
            "keras.losses.serialize is for instances of keras.losses.Loss. "
            f"Received: an instance of {type(loss)}",
            stacklevel=2,
        )
    if use_legacy_format:
        return legacy_serialization.serialize_keras_object(loss)
    return serialization_lib.serialize_keras_object(loss)


def deserialize(
    name: Any, custom_objects: dict[str, Any] | None = None, use_legacy_format: bool = False
) -> Any:
    """A loss from its name or its configuration dict.

    Raises:
        ValueError: for a name that is not found, in the legacy format. (In the new one, a name
            that is not found is given back.)
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
    """The loss that an identifier means: a function, an instance of `Loss`, or None.

    Args:
        identifier: None, a name, a configuration dict, or a callable (given back as it is, a
            class included).

    Raises:
        ValueError: for a name that is not found, and for anything else.
    """
    if identifier is None:
        return None
    if isinstance(identifier, str):
        identifier = str(identifier)
        # Keras looks for the letters of "module" in the name itself, as if it were a dict.
        return deserialize(identifier, use_legacy_format="module" not in identifier)
    if isinstance(identifier, dict):
        return deserialize(identifier)
    if callable(identifier):
        return identifier
    raise ValueError(
        f"A loss must be given by name, by configuration or as a callable. Received: {identifier}"
    )
