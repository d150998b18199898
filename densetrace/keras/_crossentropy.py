"""The crossentropies, element by element: labels against probabilities or against logits.

Follows keras 2.14 backend.py (categorical_crossentropy and its neighbours). Probabilities are
clipped to [epsilon, 1 - epsilon] first, as Keras does, so that no logarithm is infinite.
"""

from typing import Any

import numpy as np

from densetrace.keras import backend
from densetrace.keras._errors import InvalidArgumentError
from densetrace.keras._tensors import Array, Tensor, convert_to_tensor

# DEPARTS: when predictions come right out of a softmax or sigmoid layer, Keras finds the logits
# behind them and computes from those; the numbers differ only where a probability is almost 0 or
# 1. Here, what is handed over is what is used.


def categorical(target: Array, output: Array, from_logits: bool, axis: int) -> Tensor:
    """One number for each distribution along `axis`; labels are one-hot or probabilities."""
    if from_logits:
        return convert_to_tensor(-np.sum(target * log_softmax(output, axis), axis))
    return convert_to_tensor(-np.sum(target * np.log(_normalized(output, axis)), axis))


def categorical_focal(
    target: Array, output: Array, alpha: float, gamma: float, from_logits: bool, axis: int
) -> Tensor:
    """As `categorical`, with less weight for what is predicted well."""
    if from_logits:
        output = np.exp(log_softmax(output, axis))
    output = _normalized(output, axis)
    weight = np.power(1.0 - output, gamma) * alpha
    return convert_to_tensor(np.sum(weight * -target * np.log(output), axis))


def sparse_categorical(
    target: Array, output: Array, from_logits: bool, ignore_class: int | None, axis: int
) -> Tensor:
    """One number for each distribution along `axis`; labels are class numbers.

    Raises:
        ValueError: unless there is one label for each prediction.
        InvalidArgumentError: for a label that is no class.
        TypeError: for predictions that are integers.
    """
    if output.dtype.kind != "f":
        raise TypeError(f"Predictions must be floats. Received: y_pred of dtype {output.dtype}")
    wanted = target.astype(np.int64)
    logits = output if from_logits else np.log(_clipped(output))
    logits = np.moveaxis(logits, axis, -1)
    shape, classes = logits.shape[:-1], logits.shape[-1]
    reshape = wanted.ndim != logits.ndim - 1
    labels, rows = wanted.reshape(-1), logits.reshape(-1, classes)
    if len(labels) != len(rows):
        raise ValueError(
            "There must be one label for each prediction. "
            f"Received: labels of shape {target.shape}, predictions of shape {output.shape}"
        )
    kept = np.ones(len(labels), bool) if ignore_class is None else labels != ignore_class
    losses = np.zeros(len(labels), rows.dtype)
    losses[kept] = _pick(-log_softmax(rows[kept], -1), labels[kept])
    if ignore_class is not None:
        result = convert_to_tensor(losses.reshape(shape))
        result._keras_mask = kept.reshape(shape)
        return result
    return convert_to_tensor(losses if reshape and len(shape) < 2 else losses.reshape(shape))


def binary(target: Array, output: Array, from_logits: bool) -> Tensor:
    """One number for each element; every element is its own yes or no."""
    if from_logits:
        # max(x, 0) - x z + log(1 + exp(-|x|)): no exponential can overflow.
        softplus = np.log1p(np.exp(-np.abs(output)))
        return convert_to_tensor(np.maximum(output, 0) - output * target + softplus)
    output = _clipped(output)
    epsilon = np.asarray(backend.epsilon(), output.dtype)
    return convert_to_tensor(
        -(target * np.log(output + epsilon) + (1 - target) * np.log(1 - output + epsilon))
    )


def binary_focal(
    target: Array,
    output: Array,
    balance: bool,
    alpha: float,
    gamma: float,
    from_logits: bool,
) -> Tensor:
    """As `binary`, with less weight for what is predicted well."""
    probability = 1 / (1 + np.exp(-output)) if from_logits else output
    predicted = target * probability + (1 - target) * (1 - probability)
    losses = np.power(1.0 - predicted, gamma) * binary(target, output, from_logits)
    if balance:
        losses = (target * alpha + (1 - target) * (1 - alpha)) * losses
    return convert_to_tensor(losses)


def log_softmax(logits: Any, axis: int) -> Any:
    """log(softmax(logits)), stable for large logits."""
    shifted = logits - np.max(logits, axis, keepdims=True)
    return shifted - np.log(np.sum(np.exp(shifted), axis, keepdims=True))


def _normalized(output: Array, axis: int) -> Any:
    return _clipped(output / np.sum(output, axis, keepdims=True))


def _clipped(output: Any) -> Any:
    epsilon = np.asarray(backend.epsilon(), output.dtype)
    return np.clip(output, epsilon, 1 - epsilon)


def _pick(rows: Any, labels: Any) -> Any:
    # A label without a class has no probability: TensorFlow answers nan for it on a GPU and
    # refuses it on a CPU.
    classes = rows.shape[-1]
    if np.any((labels < 0) | (labels >= classes)):
        raise InvalidArgumentError(
            f"A label must be a class from 0 to {classes - 1}. "
            f"Received: labels from {labels.min()} to {labels.max()}"
        )
    return np.take_along_axis(rows, labels[:, None], axis=-1)[:, 0]
