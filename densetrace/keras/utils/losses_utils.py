"""How losses and metrics fit labels, predictions and weights together, and reduce to a number.

Follows keras 2.14 utils/losses_utils.py.
"""

from typing import Any, Final

import numpy as np

from densetrace.tensorflow.convert import convert_to_tensor
from densetrace.tensorflow.errors import InvalidArgumentError
from densetrace.tensorflow.tensor import Array, Tensor


class ReductionV2:
    """How a loss becomes one number: the sum over the batch's size, the sum, or not at all."""

    AUTO: Final = "auto"
    NONE: Final = "none"
    SUM: Final = "sum"
    SUM_OVER_BATCH_SIZE: Final = "sum_over_batch_size"

    @classmethod
    def all(cls) -> tuple[str, ...]:
        """The four keys."""
        return (cls.AUTO, cls.NONE, cls.SUM, cls.SUM_OVER_BATCH_SIZE)

    @classmethod
    def validate(cls, key: object) -> None:
        """Refuse anything else.

        Raises:
            ValueError: when `key` is not one of the four.
        """
        if key not in cls.all():
            raise ValueError(f"A reduction must be one of {cls.all()}. Received: {key!r}")


def check_shapes_fit(*tensors: Any) -> None:
    """Refuse tensors that no operation can combine element by element.

    Raises:
        InvalidArgumentError: when their shapes do not broadcast.
    """
    shapes = [np.shape(tensor) for tensor in tensors]
    try:
        np.broadcast_shapes(*shapes)
    except ValueError as error:
        raise InvalidArgumentError(
            f"Shapes must fit each other. Received: {', '.join(map(str, shapes))}"
        ) from error


def remove_squeezable_dimensions(labels: Array, predictions: Array) -> tuple[Array, Array]:
    """Drop the last dimension of whichever has one more than the other, if its size is 1."""
    difference = predictions.ndim - labels.ndim
    if difference == 1 and predictions.shape[-1] == 1:
        predictions = predictions[..., 0]
    elif difference == -1 and labels.shape[-1] == 1:
        labels = labels[..., 0]
    return labels, predictions


def _without_last(tensor: Array) -> Array:
    if tensor.shape[-1] != 1:
        raise InvalidArgumentError(
            f"Only a dimension of size 1 can be dropped. Received: shape {tensor.shape}"
        )
    return np.asarray(tensor[..., 0])


def broadcast_weights(weights: Array, values: Array) -> Array:
    """`weights` in the shape of `values`.

    Raises:
        ValueError: unless weights are a scalar, or have the rank of `values` and in every
            dimension its size or 1.
    """
    fits = weights.ndim == 0 or (
        weights.ndim == values.ndim
        and all(w in (1, v) for w, v in zip(weights.shape, values.shape, strict=True))
    )
    if not fits:
        raise ValueError(
            "Weights must be a scalar or fit the values in every dimension. "
            f"Received: weights of shape {weights.shape}, values of shape {values.shape}"
        )
    return np.broadcast_to(weights, values.shape)


def squeeze_or_expand_dimensions(
    y_pred: Array, y_true: Any = None, sample_weight: Any = None
) -> tuple[Array, Any, Any]:
    """Make ranks agree where they differ by one and the last size is 1.

    Weights lose, or gain, one last dimension to have the rank of the predictions.

    Raises:
        InvalidArgumentError: for weights whose last dimension cannot be dropped.
    """
    if y_true is not None and (y_pred.ndim - y_true.ndim != 1 or y_pred.shape[-1] == 1):
        y_true, y_pred = remove_squeezable_dimensions(y_true, y_pred)
    if sample_weight is not None and sample_weight.ndim > 0:
        if sample_weight.ndim - y_pred.ndim == 1:
            sample_weight = _without_last(sample_weight)
        elif y_pred.ndim - sample_weight.ndim == 1:
            sample_weight = sample_weight[..., None]
    return y_pred, y_true, sample_weight


def compute_weighted_loss(
    losses: Any, sample_weight: Any = None, reduction: str = ReductionV2.SUM_OVER_BATCH_SIZE
) -> Tensor:
    """`losses` times `sample_weight`, reduced: f32[] unless the reduction is "none"."""
    ReductionV2.validate(reduction)
    losses = convert_to_tensor(losses)
    given = losses.dtype
    if given.kind != "f":
        losses = losses.astype(np.float32)
    weights = convert_to_tensor(1.0 if sample_weight is None else sample_weight)
    losses, _, weights_that_fit = squeeze_or_expand_dimensions(
        losses, None, weights.astype(losses.dtype)
    )
    check_shapes_fit(losses, weights_that_fit)
    result: Any = losses * weights_that_fit
    if reduction != ReductionV2.NONE:
        size = result.size
        result = np.sum(result)
        if reduction in (ReductionV2.AUTO, ReductionV2.SUM_OVER_BATCH_SIZE):
            result = divide_no_nan(result, np.asarray(size, result.dtype))
    return convert_to_tensor(np.asarray(result).astype(given))


def divide_no_nan(numerator: Any, denominator: Any) -> Tensor:
    """The quotient, and 0 where the denominator is 0."""
    numerator, denominator = np.asarray(numerator), np.asarray(denominator)
    shape = np.broadcast_shapes(numerator.shape, denominator.shape)
    quotient = np.zeros(shape, np.result_type(numerator, denominator))
    np.divide(numerator, denominator, out=quotient, where=denominator != 0)
    return convert_to_tensor(quotient)


def get_mask(tensor: Any) -> Any:
    """The mask that came with a tensor, or None."""
    return getattr(tensor, "_keras_mask", None)


def apply_mask(y_pred: Array, sample_weight: Any, mask: Any) -> Any:
    """`sample_weight` that is 0 wherever the mask is false."""
    if mask is None:
        return sample_weight
    mask = convert_to_tensor(mask).astype(y_pred.dtype)
    if sample_weight is None:
        return mask
    weights = convert_to_tensor(sample_weight).astype(mask.dtype)
    mask, _, weights_that_fit = squeeze_or_expand_dimensions(mask, sample_weight=weights)
    return weights_that_fit * mask


def apply_valid_mask(losses: Array, sample_weight: Any, mask: Any, reduction: str) -> Any:
    """As `apply_mask`, with the mask scaled up so that a mean counts only what it keeps."""
    if mask is not None:
        mask = convert_to_tensor(mask).astype(losses.dtype)
        if reduction in (ReductionV2.AUTO, ReductionV2.SUM_OVER_BATCH_SIZE):
            mask = mask * np.asarray(mask.size / np.sum(mask), losses.dtype)
    return apply_mask(losses, sample_weight, mask)
