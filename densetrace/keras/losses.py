"""The losses: as functions, as classes, and what `keras.losses.get` finds.

Follows keras 2.14 losses.py. Labels and predictions are of shape `[batch, d0, .. dN]`, losses of
shape `[batch, d0, .. dN-1]`, in the dtype of the predictions. This file is longer than others
because it is read beside Keras's own, which has all losses in one file too.
"""

import warnings
from collections.abc import Callable
from typing import Any, Final, Self

import numpy as np

from densetrace.keras import backend
from densetrace.keras._exports import keras_export
from densetrace.keras._ops import l2_normalize
from densetrace.keras._registries import found
from densetrace.keras.saving import object_registration, serialization_lib
from densetrace.keras.saving.legacy import serialization as legacy_serialization
from densetrace.keras.utils import losses_utils
from densetrace.keras.utils.losses_utils import ReductionV2
from densetrace.recording.hooks import traced
from densetrace.tensorflow.convert import convert_to_tensor
from densetrace.tensorflow.tensor import Array, Tensor

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

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Tensor:
        """The reduced, weighted loss: f32[], or one number a sample when nothing is reduced."""
        with backend.name_scope(self._name_scope):
            losses = self.call(y_true, y_pred)
            in_mask = losses_utils.get_mask(y_pred)
            out_mask = losses_utils.get_mask(losses)
            if in_mask is not None and out_mask is not None:
                mask = in_mask & out_mask
            else:
                mask = out_mask if in_mask is None else in_mask
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

    def call(self, y_true: Any, y_pred: Any) -> Tensor:
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
        fn: Callable[..., Tensor],
        reduction: str = ReductionV2.AUTO,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(reduction=reduction, name=name)
        self.fn = fn
        self._fn_kwargs = kwargs

    def call(self, y_true: Any, y_pred: Any) -> Tensor:
        """One number for each sample, from the function."""
        if isinstance(y_pred, Tensor) and isinstance(y_true, Tensor):
            y_pred, y_true, _ = losses_utils.squeeze_or_expand_dimensions(y_pred, y_true)
        return self.fn(y_true, y_pred, **self._fn_kwargs)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a loss like this one, and the function's name as `fn`."""
        name = object_registration.get_registered_name(self.fn)
        return {**super().get_config(), **self._fn_kwargs, "fn": name}

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


def _pair(y_true: Any, y_pred: Any) -> tuple[Array, Array]:
    """Labels and predictions as tensors of one dtype, that of the predictions.

    Raises:
        InvalidArgumentError: when their shapes do not fit.
    """
    y_pred = convert_to_tensor(y_pred)
    y_true = convert_to_tensor(y_true).astype(y_pred.dtype)
    losses_utils.check_shapes_fit(y_true, y_pred)
    return y_true, y_pred


def _floats(y_true: Any, y_pred: Any) -> tuple[Array, Array]:
    """As `_pair`, for losses that cannot be computed in integers.

    Raises:
        TypeError: for predictions that are integers.
    """
    y_true, y_pred = _pair(y_true, y_pred)
    if y_pred.dtype.kind != "f":
        raise TypeError(f"Predictions must be floats. Received: y_pred of dtype {y_pred.dtype}")
    return y_true, y_pred


def _mean(values: Any, axis: int = -1) -> Tensor:
    # The mean of integers is an integer, as in TensorFlow.
    return convert_to_tensor(np.asarray(np.mean(values, axis=axis)).astype(values.dtype))


@keras_export(
    "keras.metrics.mean_squared_error",
    "keras.metrics.mse",
    "keras.metrics.MSE",
    "keras.losses.mean_squared_error",
    "keras.losses.mse",
    "keras.losses.MSE",
)
def mean_squared_error(y_true: Any, y_pred: Any) -> Tensor:
    """The mean of the squared differences."""
    y_true, y_pred = _pair(y_true, y_pred)
    return _mean(np.square(y_pred - y_true))


@keras_export(
    "keras.metrics.mean_absolute_error",
    "keras.metrics.mae",
    "keras.metrics.MAE",
    "keras.losses.mean_absolute_error",
    "keras.losses.mae",
    "keras.losses.MAE",
)
def mean_absolute_error(y_true: Any, y_pred: Any) -> Tensor:
    """The mean of the absolute differences."""
    y_true, y_pred = _pair(y_true, y_pred)
    return _mean(np.abs(y_pred - y_true))


@keras_export(
    "keras.metrics.mean_absolute_percentage_error",
    "keras.metrics.mape",
    "keras.metrics.MAPE",
    "keras.losses.mean_absolute_percentage_error",
    "keras.losses.mape",
    "keras.losses.MAPE",
)
def mean_absolute_percentage_error(y_true: Any, y_pred: Any) -> Tensor:
    """The mean of the absolute differences, in percent of the labels."""
    y_true, y_pred = _floats(y_true, y_pred)
    size = np.maximum(np.abs(y_true), np.asarray(backend.epsilon(), y_true.dtype))
    return convert_to_tensor(100 * _mean(np.abs((y_true - y_pred) / size)))


@keras_export(
    "keras.metrics.mean_squared_logarithmic_error",
    "keras.metrics.msle",
    "keras.metrics.MSLE",
    "keras.losses.mean_squared_logarithmic_error",
    "keras.losses.msle",
    "keras.losses.MSLE",
)
def mean_squared_logarithmic_error(y_true: Any, y_pred: Any) -> Tensor:
    """The mean of the squared differences of log(1 + y)."""
    y_true, y_pred = _floats(y_true, y_pred)
    epsilon = np.asarray(backend.epsilon(), y_pred.dtype)
    logs = [np.log(np.maximum(y, epsilon) + 1) for y in (y_true, y_pred)]
    return _mean(np.square(logs[1] - logs[0]))


def _maybe_convert_labels(y_true: Array) -> Array:
    """Labels 0 and 1 as -1 and 1; any other labels as they are."""
    is_binary = bool(np.all((y_true == 0) | (y_true == 1)))
    return 2 * y_true - 1 if is_binary else y_true


@keras_export("keras.metrics.squared_hinge", "keras.losses.squared_hinge")
def squared_hinge(y_true: Any, y_pred: Any) -> Tensor:
    """The mean of the squares of what `hinge` averages."""
    y_true, y_pred = _floats(y_true, y_pred)
    return _mean(np.square(np.maximum(1 - _maybe_convert_labels(y_true) * y_pred, 0)))


@keras_export("keras.metrics.hinge", "keras.losses.hinge")
def hinge(y_true: Any, y_pred: Any) -> Tensor:
    """The mean of max(1 - y_true * y_pred, 0), for labels -1 and 1 (or 0 and 1)."""
    y_true, y_pred = _floats(y_true, y_pred)
    return _mean(np.maximum(1 - _maybe_convert_labels(y_true) * y_pred, 0))


@keras_export("keras.losses.categorical_hinge")
def categorical_hinge(y_true: Any, y_pred: Any) -> Tensor:
    """max(highest wrong prediction - right prediction + 1, 0), for one-hot labels."""
    y_true, y_pred = _floats(y_true, y_pred)
    right = np.sum(y_true * y_pred, axis=-1)
    wrong = np.max((1 - y_true) * y_pred, axis=-1)
    return convert_to_tensor(np.maximum(wrong - right + 1, 0))


@keras_export("keras.losses.huber")
def huber(y_true: Any, y_pred: Any, delta: float = 1.0) -> Tensor:
    """Half the squared difference up to `delta`, and a straight line beyond."""
    y_true, y_pred = _pair(y_true, convert_to_tensor(y_pred).astype(backend.floatx()))
    bend = np.asarray(delta, y_pred.dtype)
    error = np.abs(y_pred - y_true)
    return _mean(np.where(error <= bend, error**2 / 2, bend * error - bend**2 / 2))


@keras_export(
    "keras.losses.log_cosh",
    "keras.losses.logcosh",
    "keras.metrics.log_cosh",
    "keras.metrics.logcosh",
)
def log_cosh(y_true: Any, y_pred: Any) -> Tensor:
    """The mean of log(cosh(difference))."""
    y_true, y_pred = _floats(y_true, y_pred)
    error = y_pred - y_true
    softplus = np.logaddexp(np.asarray(0, error.dtype), -2 * error)
    return _mean(error + softplus - np.asarray(np.log(2), error.dtype))


@keras_export("keras.metrics.categorical_crossentropy", "keras.losses.categorical_crossentropy")
def categorical_crossentropy(
    y_true: Any,
    y_pred: Any,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Tensor:
    """The crossentropy of predicted distributions, for one-hot labels.

    Raises:
        ValueError: for an `axis` that is a bool, or labels of another shape than the predictions.
    """
    y_true, y_pred = _distributions(y_true, y_pred, axis)
    y_true = _smooth(y_true, label_smoothing, y_true.shape[axis])
    return backend.categorical_crossentropy(y_true, y_pred, from_logits, axis)


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
) -> Tensor:
    """As `categorical_crossentropy`, with less weight for what is predicted well.

    Raises:
        ValueError: for an `axis` that is a bool, or labels of another shape than the predictions.
    """
    y_true, y_pred = _distributions(y_true, y_pred, axis)
    y_true = _smooth(y_true, label_smoothing, y_true.shape[-1])
    return backend.categorical_focal_crossentropy(y_true, y_pred, alpha, gamma, from_logits, axis)


@keras_export(
    "keras.metrics.sparse_categorical_crossentropy", "keras.losses.sparse_categorical_crossentropy"
)
def sparse_categorical_crossentropy(
    y_true: Any,
    y_pred: Any,
    from_logits: bool = False,
    axis: int = -1,
    ignore_class: int | None = None,
) -> Tensor:
    """The crossentropy of predicted distributions, for labels that are class numbers.

    Raises:
        ValueError: unless there is one label for each prediction.
        InvalidArgumentError: for a label that is no class.
        TypeError: for predictions that are integers.
    """
    y_true, y_pred = convert_to_tensor(y_true), convert_to_tensor(y_pred)
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
) -> Tensor:
    """The mean crossentropy of independent yes-or-no predictions."""
    y_true, y_pred = _floats(y_true, y_pred)
    y_true = _smooth(y_true, label_smoothing, 2)
    return _mean(backend.binary_crossentropy(y_true, y_pred, from_logits), axis)


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
) -> Tensor:
    """As `binary_crossentropy`, with less weight for what is predicted well."""
    y_true, y_pred = _floats(y_true, y_pred)
    y_true = _smooth(y_true, label_smoothing, 2)
    losses = backend.binary_focal_crossentropy(
        y_true, y_pred, apply_class_balancing, alpha, gamma, from_logits
    )
    return _mean(losses, axis)


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
def kl_divergence(y_true: Any, y_pred: Any) -> Tensor:
    """The sum of y_true * log(y_true / y_pred)."""
    y_true, y_pred = _floats(y_true, y_pred)
    y_true, y_pred = (np.clip(y, backend.epsilon(), 1, dtype=y.dtype) for y in (y_true, y_pred))
    return convert_to_tensor(np.sum(y_true * np.log(y_true / y_pred), axis=-1))


@keras_export("keras.metrics.poisson", "keras.losses.poisson")
def poisson(y_true: Any, y_pred: Any) -> Tensor:
    """The mean of y_pred - y_true * log(y_pred)."""
    y_true, y_pred = _floats(y_true, y_pred)
    epsilon = np.asarray(backend.epsilon(), y_pred.dtype)
    return _mean(y_pred - y_true * np.log(y_pred + epsilon))


@keras_export("keras.losses.cosine_similarity")
def cosine_similarity(y_true: Any, y_pred: Any, axis: int = -1) -> Tensor:
    """The cosine of the angle between labels and predictions, negated: -1 is the best."""
    # DEPARTS: Keras refuses labels of another dtype here; they are cast, as every other loss does.
    y_true, y_pred = _floats(y_true, y_pred)
    return convert_to_tensor(-np.sum(l2_normalize(y_true, axis) * l2_normalize(y_pred, axis), axis))


def _smooth(y_true: Array, amount: float, classes: int) -> Array:
    """Labels moved a little towards the same for every class."""
    share = np.asarray(amount, y_true.dtype)
    return np.asarray(y_true * (1 - share) + share / classes) if amount else y_true


def _distributions(y_true: Any, y_pred: Any, axis: int) -> tuple[Array, Array]:
    if isinstance(axis, bool):
        raise ValueError(f"`axis` must be an integer. Received: axis={axis}")
    y_true, y_pred = convert_to_tensor(y_true), convert_to_tensor(y_pred)
    if y_pred.shape[-1:] == (1,):
        warnings.warn(
            "A categorical crossentropy of one class is always 0; binary_crossentropy is for two "
            f"classes in one number. Received: y_pred.shape={y_pred.shape}",
            SyntaxWarning,
            stacklevel=3,
        )
    if y_true.shape != y_pred.shape:
        raise ValueError(
            "Labels must have the shape of the predictions. "
            f"Received: y_true.shape={y_true.shape}, y_pred.shape={y_pred.shape}"
        )
    return _floats(y_true, y_pred)


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
