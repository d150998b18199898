"""How losses and metrics fit labels, predictions and weights together, and reduce to a number.

Follows keras 2.14 utils/losses_utils.py.
"""

from collections.abc import Callable
from typing import Any, Final

import densetrace.tensorflow as tf
from densetrace.keras import backend
from densetrace.tensorflow.tensor import Operators


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


def remove_squeezable_dimensions(
    labels: Any, predictions: Any, expected_rank_diff: int = 0, name: str | None = None
) -> tuple[Any, Any]:
    """Drop the last dimension of whichever has one more than expected, if its size can be 1.

    Follows keras 2.14 utils/losses_utils.py, remove_squeezable_dimensions.
    """
    with backend.name_scope(name or "remove_squeezable_dimensions"):
        if not isinstance(predictions, Operators):
            predictions = tf.convert_to_tensor(predictions)
        if not isinstance(labels, Operators):
            labels = tf.convert_to_tensor(labels)
        predictions_rank, labels_rank = predictions.shape.rank, labels.shape.rank
        if labels_rank is not None and predictions_rank is not None:
            rank_diff = predictions_rank - labels_rank
            if rank_diff == expected_rank_diff + 1 and predictions.shape[-1] in (1, None):
                predictions = tf.squeeze(predictions, [-1])
            elif rank_diff == expected_rank_diff - 1 and labels.shape[-1] in (1, None):
                labels = tf.squeeze(labels, [-1])
            return labels, predictions

        # A rank that is not known yet is looked at when the graph runs.
        rank_diff = tf.rank(predictions) - tf.rank(labels)
        if predictions_rank is None or predictions.shape[-1] in (1, None):
            predictions = tf.cond(
                tf.equal(expected_rank_diff + 1, rank_diff), *_squeeze_or_keep(predictions)
            )
        if labels_rank is None or labels.shape[-1] in (1, None):
            labels = tf.cond(tf.equal(expected_rank_diff - 1, rank_diff), *_squeeze_or_keep(labels))
        return labels, predictions


def _squeeze_or_keep(tensor: Any) -> tuple[Callable[[], Any], Callable[[], Any]]:
    return lambda: tf.squeeze(tensor, [-1]), lambda: tensor


def broadcast_weights(weights: Any, values: Any) -> Any:
    """`weights` in the shape of `values`.

    Follows tensorflow/python/ops/weights_broadcast_ops.py, broadcast_weights.

    Raises:
        ValueError: unless weights are a scalar, or have the rank of `values` and in every
            dimension its size or 1.
    """
    values = tf.convert_to_tensor(values)
    weights = tf.convert_to_tensor(weights, dtype=values.dtype)
    of_weights, of_values = weights.shape, values.shape
    if of_weights.is_fully_defined() and of_weights == of_values:
        return weights
    if of_weights.rank is not None and of_values.rank is not None and of_weights.rank > 0:
        fits = of_weights.rank == of_values.rank and all(
            w in (1, None, v) or v is None for w, v in zip(of_weights, of_values, strict=True)
        )
        if not fits:
            raise ValueError(
                "Weights must be a scalar or fit the values in every dimension. "
                f"Received: weights of shape {of_weights}, values of shape {of_values}"
            )
    return tf.multiply(weights, tf.ones_like(values))


def squeeze_or_expand_dimensions(
    y_pred: Any, y_true: Any = None, sample_weight: Any = None
) -> tuple[Any, ...]:
    """Make ranks agree where they differ by one and the last size is 1.

    Weights lose, or gain, one last dimension to have the rank that the predictions had.
    Follows keras 2.14 utils/losses_utils.py, squeeze_or_expand_dimensions.

    Returns:
        `y_pred`, `y_true` and, when they were given, the weights.

    Raises:
        InvalidArgumentError: for weights whose last dimension cannot be dropped.
    """
    y_pred_rank = y_pred.shape.rank
    if y_true is not None:
        if y_true.shape.rank is not None and y_pred_rank is not None:
            # Predictions with one more dimension, and more than one class in it, have labels that
            # are class numbers: nothing is to be dropped.
            if y_pred_rank - y_true.shape.rank != 1 or y_pred.shape[-1] == 1:
                y_true, y_pred = remove_squeezable_dimensions(y_true, y_pred)
        else:
            y_true, y_pred = _squeezed_when_run(y_true, y_pred)
    if sample_weight is None:
        return y_pred, y_true

    weights_rank = sample_weight.shape.rank
    if weights_rank == 0:
        return y_pred, y_true, sample_weight
    if y_pred_rank is not None and weights_rank is not None:
        if weights_rank - y_pred_rank == 1:
            sample_weight = tf.squeeze(sample_weight, [-1])
        elif y_pred_rank - weights_rank == 1:
            sample_weight = tf.expand_dims(sample_weight, -1)
        return y_pred, y_true, sample_weight
    return y_pred, y_true, _weights_when_run(y_pred, sample_weight)


def _squeezed_when_run(y_true: Any, y_pred: Any) -> tuple[Any, Any]:
    """The same, for ranks that are known only when the graph runs."""
    rank_diff = tf.rank(y_pred) - tf.rank(y_true)
    is_last_dim_1 = tf.equal(1, tf.shape(y_pred)[-1])

    def squeeze_dims() -> tuple[Any, Any]:
        return remove_squeezable_dimensions(y_true, y_pred)

    def maybe_squeeze_dims() -> Any:
        return tf.cond(is_last_dim_1, squeeze_dims, lambda: (y_true, y_pred))

    y_true, y_pred = tf.cond(tf.equal(1, rank_diff), maybe_squeeze_dims, squeeze_dims)
    return y_true, y_pred


def _weights_when_run(y_pred: Any, sample_weight: Any) -> Any:
    """The same, for weights or predictions whose rank is known only when the graph runs."""
    weights_rank = tf.rank(sample_weight)
    rank_diff = weights_rank - tf.rank(y_pred)

    def maybe_expand() -> Any:
        return tf.cond(
            tf.equal(rank_diff, -1),
            lambda: tf.expand_dims(sample_weight, -1),
            lambda: sample_weight,
        )

    def adjust() -> Any:
        return tf.cond(
            tf.equal(rank_diff, 1), lambda: tf.squeeze(sample_weight, [-1]), maybe_expand
        )

    return tf.cond(tf.equal(weights_rank, 0), lambda: sample_weight, adjust)


def _safe_mean(losses: Any, num_present: Any) -> Any:
    """The mean of losses; 0 when there are none."""
    total_loss = tf.reduce_sum(losses)
    return tf.math.divide_no_nan(total_loss, num_present, name="value")


def _num_elements(losses: Any) -> Any:
    with backend.name_scope("num_elements") as scope:
        return tf.cast(tf.size(losses, name=scope), dtype=losses.dtype)


def reduce_weighted_loss(
    weighted_losses: Any, reduction: str = ReductionV2.SUM_OVER_BATCH_SIZE
) -> Any:
    """Losses as they are, their sum, or their mean.

    Follows keras 2.14 utils/losses_utils.py, reduce_weighted_loss.
    """
    if reduction == ReductionV2.NONE:
        return weighted_losses
    loss = tf.reduce_sum(weighted_losses)
    if reduction == ReductionV2.SUM_OVER_BATCH_SIZE:
        loss = _safe_mean(loss, _num_elements(weighted_losses))
    return loss


def compute_weighted_loss(
    losses: Any,
    sample_weight: Any = None,
    reduction: str = ReductionV2.SUM_OVER_BATCH_SIZE,
    name: str | None = None,
) -> Any:
    """`losses` times `sample_weight`, reduced: f32[] unless the reduction is "none".

    Follows keras 2.14 utils/losses_utils.py, compute_weighted_loss.

    Raises:
        InvalidArgumentError: for weights that do not fit.
    """
    ReductionV2.validate(reduction)
    if reduction == ReductionV2.AUTO:
        reduction = ReductionV2.SUM_OVER_BATCH_SIZE
    if sample_weight is None:
        sample_weight = 1.0
    with backend.name_scope(name or "weighted_loss"):
        losses = tf.convert_to_tensor(losses)
        sample_weight = tf.convert_to_tensor(sample_weight)
        # Integers are weighted as floats, and the result is an integer again.
        input_dtype = losses.dtype
        if not input_dtype.is_floating:
            losses = tf.cast(losses, "float32")
        sample_weight = tf.cast(sample_weight, losses.dtype)
        losses, _, sample_weight = squeeze_or_expand_dimensions(losses, None, sample_weight)
        weighted_losses = tf.multiply(losses, sample_weight)
        loss = reduce_weighted_loss(weighted_losses, reduction)
        if not input_dtype.is_floating:
            loss = tf.cast(loss, input_dtype)
        return loss


def cast_losses_to_common_dtype(losses: list[Any]) -> list[Any]:
    """Losses in the most precise float dtype among them, unless one of them is complex.

    Follows keras 2.14 utils/losses_utils.py, cast_losses_to_common_dtype.
    """
    highest_float = None
    for loss in losses:
        if loss.dtype.is_complex:
            return losses
        size = loss.dtype.size if loss.dtype.is_floating else 0
        if size and (highest_float is None or size > highest_float.size):
            highest_float = loss.dtype
    return [tf.cast(loss, highest_float) for loss in losses] if highest_float else losses


def get_mask(y_p: Any) -> Any:
    """The mask that came with a tensor, or None."""
    return getattr(y_p, "_keras_mask", None)


def apply_mask(y_p: Any, sw: Any, mask: Any) -> Any:
    """Sample weights that are 0 wherever the mask is false.

    Follows keras 2.14 utils/losses_utils.py, apply_mask.
    """
    if mask is not None:
        mask = tf.cast(mask, y_p.dtype)
        if sw is not None:
            sw = tf.cast(sw, mask.dtype)
            mask, _, sw = squeeze_or_expand_dimensions(mask, sample_weight=sw)
            sw *= mask
        else:
            sw = mask
    return sw


def apply_valid_mask(losses: Any, sw: Any, mask: Any, reduction: str) -> Any:
    """As `apply_mask`, with the mask scaled up so that a mean counts only what it keeps.

    Follows keras 2.14 utils/losses_utils.py, apply_valid_mask.
    """
    if mask is not None:
        mask = tf.cast(mask, losses.dtype)
        if reduction in (ReductionV2.AUTO, ReductionV2.SUM_OVER_BATCH_SIZE):
            # A kept entry weighs total / valid, so that the sum over the whole batch, divided by
            # its size, is the mean of the kept ones.
            total = tf.cast(tf.size(mask), losses.dtype)
            valid = tf.reduce_sum(mask)
            mask *= total / valid
    return apply_mask(losses, sw, mask)
