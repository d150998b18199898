"""The losses as functions: labels and predictions to one number for each sample.

Follows keras 2.14 losses.py. Labels and predictions are of shape `[batch, d0, .. dN]`, losses of
shape `[batch, d0, .. dN-1]`, in the dtype of the predictions. The functions belong to
`keras.losses`, and say so.
"""

import warnings
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from densetrace.keras import _crossentropy, backend
from densetrace.keras._exports import keras_export
from densetrace.keras._tensors import Array, Tensor, convert_to_tensor
from densetrace.keras.utils import losses_utils

F = TypeVar("F", bound=Callable[..., Tensor])


def _export(*aliases: str, modules: tuple[str, ...] = ("metrics", "losses")) -> Callable[[F], F]:
    """Make a loss known under its name and these aliases; configs name the first module."""

    def decorate(function: F) -> F:
        function.__module__ = "densetrace.keras.losses"
        spellings = (function.__name__, *aliases)
        return keras_export(*(f"keras.{m}.{name}" for m in modules for name in spellings))(function)

    return decorate


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


@_export("mse", "MSE")
def mean_squared_error(y_true: Any, y_pred: Any) -> Tensor:
    """The mean of the squared differences."""
    y_true, y_pred = _pair(y_true, y_pred)
    return _mean(np.square(y_pred - y_true))


@_export("mae", "MAE")
def mean_absolute_error(y_true: Any, y_pred: Any) -> Tensor:
    """The mean of the absolute differences."""
    y_true, y_pred = _pair(y_true, y_pred)
    return _mean(np.abs(y_pred - y_true))


@_export("mape", "MAPE")
def mean_absolute_percentage_error(y_true: Any, y_pred: Any) -> Tensor:
    """The mean of the absolute differences, in percent of the labels."""
    y_true, y_pred = _floats(y_true, y_pred)
    size = np.maximum(np.abs(y_true), np.asarray(backend.epsilon(), y_true.dtype))
    return convert_to_tensor(100 * _mean(np.abs((y_true - y_pred) / size)))


@_export("msle", "MSLE")
def mean_squared_logarithmic_error(y_true: Any, y_pred: Any) -> Tensor:
    """The mean of the squared differences of log(1 + y)."""
    y_true, y_pred = _floats(y_true, y_pred)
    epsilon = np.asarray(backend.epsilon(), y_pred.dtype)
    logs = [np.log(np.maximum(y, epsilon) + 1) for y in (y_true, y_pred)]
    return _mean(np.square(logs[1] - logs[0]))


def _signs(y_true: Array) -> Array:
    """Labels 0 and 1 as -1 and 1; any other labels as they are."""
    is_binary = bool(np.all((y_true == 0) | (y_true == 1)))
    return 2 * y_true - 1 if is_binary else y_true


@_export()
def hinge(y_true: Any, y_pred: Any) -> Tensor:
    """The mean of max(1 - y_true * y_pred, 0), for labels -1 and 1 (or 0 and 1)."""
    y_true, y_pred = _floats(y_true, y_pred)
    return _mean(np.maximum(1 - _signs(y_true) * y_pred, 0))


@_export()
def squared_hinge(y_true: Any, y_pred: Any) -> Tensor:
    """The mean of the squares of what `hinge` averages."""
    y_true, y_pred = _floats(y_true, y_pred)
    return _mean(np.square(np.maximum(1 - _signs(y_true) * y_pred, 0)))


@_export(modules=("losses",))
def categorical_hinge(y_true: Any, y_pred: Any) -> Tensor:
    """max(highest wrong prediction - right prediction + 1, 0), for one-hot labels."""
    y_true, y_pred = _floats(y_true, y_pred)
    right = np.sum(y_true * y_pred, axis=-1)
    wrong = np.max((1 - y_true) * y_pred, axis=-1)
    return convert_to_tensor(np.maximum(wrong - right + 1, 0))


@_export(modules=("losses",))
def huber(y_true: Any, y_pred: Any, delta: float = 1.0) -> Tensor:
    """Half the squared difference up to `delta`, and a straight line beyond."""
    y_true, y_pred = _pair(y_true, convert_to_tensor(y_pred).astype(backend.floatx()))
    bend = np.asarray(delta, y_pred.dtype)
    error = np.abs(y_pred - y_true)
    return _mean(np.where(error <= bend, error**2 / 2, bend * error - bend**2 / 2))


@_export("logcosh", modules=("losses", "metrics"))
def log_cosh(y_true: Any, y_pred: Any) -> Tensor:
    """The mean of log(cosh(difference))."""
    y_true, y_pred = _floats(y_true, y_pred)
    error = y_pred - y_true
    softplus = np.logaddexp(np.asarray(0, error.dtype), -2 * error)
    return _mean(error + softplus - np.asarray(np.log(2), error.dtype))


@_export("kullback_leibler_divergence", "kld", "KLD")
def kl_divergence(y_true: Any, y_pred: Any) -> Tensor:
    """The sum of y_true * log(y_true / y_pred)."""
    y_true, y_pred = _floats(y_true, y_pred)
    y_true, y_pred = (np.clip(y, backend.epsilon(), 1, dtype=y.dtype) for y in (y_true, y_pred))
    return convert_to_tensor(np.sum(y_true * np.log(y_true / y_pred), axis=-1))


@_export()
def poisson(y_true: Any, y_pred: Any) -> Tensor:
    """The mean of y_pred - y_true * log(y_pred)."""
    y_true, y_pred = _floats(y_true, y_pred)
    epsilon = np.asarray(backend.epsilon(), y_pred.dtype)
    return _mean(y_pred - y_true * np.log(y_pred + epsilon))


@_export(modules=("losses",))
def cosine_similarity(y_true: Any, y_pred: Any, axis: int = -1) -> Tensor:
    """The cosine of the angle between labels and predictions, negated: -1 is the best."""
    # DEPARTS: Keras refuses labels of another dtype here; they are cast, as every other loss does.
    y_true, y_pred = _floats(y_true, y_pred)
    return convert_to_tensor(-np.sum(l2_normalize(y_true, axis) * l2_normalize(y_pred, axis), axis))


def l2_normalize(value: Any, axis: int) -> Any:
    """`value` scaled to length 1 along `axis`; a length of almost 0 stays almost 0."""
    value = convert_to_tensor(value)
    square = np.sum(np.square(value), axis, keepdims=True)
    return value / np.sqrt(np.maximum(square, np.asarray(1e-12, square.dtype)))


@_export()
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
    return _mean(_crossentropy.binary(y_true, y_pred, from_logits), axis)


@_export()
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
    losses = _crossentropy.binary_focal(
        y_true, y_pred, apply_class_balancing, alpha, gamma, from_logits
    )
    return _mean(losses, axis)


@_export()
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
    return _crossentropy.categorical(y_true, y_pred, from_logits, axis)


@_export()
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
    return _crossentropy.categorical_focal(y_true, y_pred, alpha, gamma, from_logits, axis)


@_export()
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
    return _crossentropy.sparse_categorical(y_true, y_pred, from_logits, ignore_class, axis)


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
