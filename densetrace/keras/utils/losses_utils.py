"""Shape handling, weighting, masking and reduction for losses and metrics.

Follows keras 2.14 utils/losses_utils.py.
"""

from collections.abc import Callable
from typing import Any, Final

import densetrace.tensorflow as tf
from densetrace.keras import backend
from densetrace.keras.engine.keras_tensor import KerasTensor
from densetrace.system.real_home import of_keras
from densetrace.tensorflow.tensor import Operators


@of_keras
class ReductionV2:
    """The reductions of a loss: "auto", "none", "sum" and "sum_over_batch_size" (the mean).

    Follows keras 2.14 utils/losses_utils.py, ReductionV2.
    """

    AUTO: Final = "auto"
    NONE: Final = "none"
    SUM: Final = "sum"
    SUM_OVER_BATCH_SIZE: Final = "sum_over_batch_size"

    @classmethod
    def all(cls) -> tuple[str, ...]:
        """Return the four reductions."""
        return (cls.AUTO, cls.NONE, cls.SUM, cls.SUM_OVER_BATCH_SIZE)

    @classmethod
    def validate(cls, key: object) -> None:
        """Check that `key` is one of the four reductions.

        Raises:
            ValueError: if it is not.
        """
        if key not in cls.all():
            raise ValueError(f"A reduction must be one of {cls.all()}. Received: {key!r}")


def remove_squeezable_dimensions(
    labels: Any, predictions: Any, expected_rank_diff: int = 0, name: str | None = None
) -> tuple[Any, Any]:
    """Drop the last dimension of the tensor that has one more than expected, if its size can be 1.

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

        # An unknown rank is checked when the graph runs.
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
    """Broadcast `weights` to the shape of `values`.

    Follows tensorflow/python/ops/weights_broadcast_ops.py, broadcast_weights.

    Raises:
        ValueError: if `weights` is not a scalar, and its rank differs from that of `values` or a
            size is neither 1 nor that of `values`.
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
    """Make ranks equal if they differ by one and the last size is 1.

    Weights lose or gain a last dimension so that their rank equals that of the predictions.
    Follows keras 2.14 utils/losses_utils.py, squeeze_or_expand_dimensions.

    Returns:
        `y_pred`, `y_true` and, if given, the weights.

    Raises:
        InvalidArgumentError: if the last dimension of the weights must be dropped and is not 1.
    """
    y_pred_rank = y_pred.shape.rank
    if y_true is not None:
        if y_true.shape.rank is not None and y_pred_rank is not None:
            # If predictions have one more dimension, with more than one class, the labels are class
            # indices, and no dimension must be dropped.
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
    """Squeeze labels or predictions whose ranks are known only when the graph runs."""
    rank_diff = tf.rank(y_pred) - tf.rank(y_true)
    is_last_dim_1 = tf.equal(1, tf.shape(y_pred)[-1])

    def squeeze_dims() -> tuple[Any, Any]:
        return remove_squeezable_dimensions(y_true, y_pred)

    def maybe_squeeze_dims() -> Any:
        return tf.cond(is_last_dim_1, squeeze_dims, lambda: (y_true, y_pred))

    y_true, y_pred = tf.cond(tf.equal(1, rank_diff), maybe_squeeze_dims, squeeze_dims)
    return y_true, y_pred


def _weights_when_run(y_pred: Any, sample_weight: Any) -> Any:
    """Squeeze or expand weights if a rank is known only when the graph runs."""
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
    """Return the mean of losses; 0 if there are none."""
    total_loss = tf.reduce_sum(losses)
    return tf.math.divide_no_nan(total_loss, num_present, name="value")


def _num_elements(losses: Any) -> Any:
    with backend.name_scope("num_elements") as scope:
        return tf.cast(tf.size(losses, name=scope), dtype=losses.dtype)


def reduce_weighted_loss(
    weighted_losses: Any, reduction: str = ReductionV2.SUM_OVER_BATCH_SIZE
) -> Any:
    """Return the losses unchanged, their sum, or their mean: f[...] -> f[...] or f[].

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
    """Return `losses` times `sample_weight`, reduced: f[] unless the reduction is "none".

    Follows keras 2.14 utils/losses_utils.py, compute_weighted_loss.

    Raises:
        ValueError: if the reduction is unknown.
        InvalidArgumentError: if the weights do not fit the losses.
    """
    ReductionV2.validate(reduction)
    if reduction == ReductionV2.AUTO:
        reduction = ReductionV2.SUM_OVER_BATCH_SIZE
    if sample_weight is None:
        sample_weight = 1.0
    with backend.name_scope(name or "weighted_loss"):
        if not isinstance(losses, KerasTensor):
            losses = tf.convert_to_tensor(losses)
        if not isinstance(sample_weight, KerasTensor):
            sample_weight = tf.convert_to_tensor(sample_weight)
        # Integer losses are weighted as floats, and the result is cast back.
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
    """Cast losses to the most precise float dtype among them, unless one of them is complex.

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
    """Return the Keras mask of a tensor, or None.

    Follows keras 2.14 utils/losses_utils.py, get_mask.
    """
    return getattr(y_p, "_keras_mask", None)


def apply_mask(y_p: Any, sw: Any, mask: Any) -> Any:
    """Return the sample weights, with 0 wherever the mask is false.

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


def apply_valid_mask(losses: Any, sw: Any, mask: Any, reduction: Any) -> Any:
    """Like `apply_mask`, but scale the mask so that a mean counts only the unmasked entries.

    Follows keras 2.14 utils/losses_utils.py, apply_valid_mask.
    """
    if mask is not None:
        mask = tf.cast(mask, losses.dtype)
        if reduction in (ReductionV2.AUTO, ReductionV2.SUM_OVER_BATCH_SIZE):
            # An unmasked entry weighs total / valid, so that the sum over the batch, divided by its
            # size, is the mean of the unmasked entries.
            total = tf.cast(tf.size(mask), losses.dtype)
            valid = tf.reduce_sum(mask)
            mask *= total / valid
    return apply_mask(losses, sw, mask)
