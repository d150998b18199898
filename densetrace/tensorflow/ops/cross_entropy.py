"""Cross-entropies of labels with logits.

Follows tensorflow/python/ops/nn_ops.py and nn_impl.py.
"""

from typing import Any

import numpy as np

from densetrace.tensorflow.convert import convert_to_tensor
from densetrace.tensorflow.errors import InvalidArgumentError
from densetrace.tensorflow.operation import Integers, Operand, Spec, export, operation
from densetrace.tensorflow.ops.casting import cast
from densetrace.tensorflow.ops.elementary import exp, log1p, sigmoid
from densetrace.tensorflow.ops.indexing import one_hot
from densetrace.tensorflow.ops.math import abs, add, multiply, negative, stop_gradient, subtract
from densetrace.tensorflow.ops.nn import _MAX, _SUM, _largest, log_softmax, relu, softmax
from densetrace.tensorflow.ops.reductions import checked_axis
from densetrace.tensorflow.ops.shaping import expand_dims, transpose
from densetrace.tensorflow.shapes import TensorShape, broadcast, check_same_shape
from densetrace.tensorflow.tensor import Array


@export("nn.softmax_cross_entropy_with_logits")
def softmax_cross_entropy_with_logits(
    labels: Any, logits: Any, axis: int = -1, name: Any = None
) -> Any:
    """-sum(labels log(softmax(logits))) along an axis: [..., n] -> [...]."""
    logits = convert_to_tensor(logits)
    labels = convert_to_tensor(labels)
    if labels.dtype is not logits.dtype:
        labels = cast(labels, logits.dtype)
    rank = logits.shape.rank
    if axis == -1 or rank is None or axis == rank - 1:
        return _softmax_cross_entropy(labels, logits)
    at = checked_axis(axis, rank)
    order = [*[one for one in range(rank) if one != at], at]
    return _softmax_cross_entropy(transpose(labels, order), transpose(logits, order))


def _cross_entropy_rule(labels: Spec, logits: Spec) -> Any:
    return TensorShape(broadcast(labels.shape, logits.shape)[:-1]), logits.dtype


@operation("raw_ops.SoftmaxCrossEntropyWithLogits", kinds="f", rule=_cross_entropy_rule)
def _softmax_cross_entropy(labels: Operand, logits: Operand, name: Any = None) -> Array:
    """-sum(labels log(softmax(logits))) along the last axis."""
    shifted = logits - _largest(logits, -1)
    logs = shifted - np.log(np.sum(np.exp(shifted), -1, keepdims=True))
    # Treat 0 times an infinite logarithm as 0.
    terms = np.where(labels == 0, logits.dtype.type(0), labels * logs)
    result: Array = -np.sum(terms, -1)
    return result


@_softmax_cross_entropy.into
def _softmax_cross_entropy_into(labels: Spec, logits: Spec) -> Any:
    if labels.shape != logits.shape or not len(logits.shape):
        return None
    sizes, dtype = logits.sizes, logits.dtype.numpy
    zero, at = dtype.type(0), len(sizes) - 1
    shifted, terms = np.empty(sizes, dtype), np.empty(sizes, dtype)
    reduced, unused = np.empty((*sizes[:-1], 1), dtype), np.empty(sizes, np.bool_)

    def compute(labels: Array, x: Array, out: Array) -> None:
        _MAX(x, at, None, reduced, True, -np.inf)
        np.subtract(x, reduced, out=shifted)
        np.exp(shifted, out=terms)
        _SUM(terms, at, None, reduced, True)
        np.log(reduced, out=reduced)
        np.subtract(shifted, reduced, out=shifted)
        np.multiply(labels, shifted, out=terms)
        np.add(terms, zero, out=terms)  # -0 becomes 0, as where a label of 0 is left out
        _SUM(terms, at, None, out)
        if not np.isfinite(_SUM(out, None)):
            np.copyto(terms, zero, where=np.equal(labels, zero, out=unused))
            _SUM(terms, at, None, out)
        np.negative(out, out=out)

    return compute


@_softmax_cross_entropy.gradient
def _softmax_cross_entropy_gradient(step: Any, dy: Any) -> Any:
    labels, logits = step.operands
    up = expand_dims(dy, -1)
    # As in TensorFlow, the gradient of this gradient leaves the labels out.
    of_logits = multiply(up, subtract(softmax(logits, -1), stop_gradient(labels)))
    return negative(multiply(up, log_softmax(logits))), of_logits


@export("nn.sparse_softmax_cross_entropy_with_logits")
def sparse_softmax_cross_entropy_with_logits(labels: Any, logits: Any, name: Any = None) -> Any:
    """-log(softmax(logits)) of the class that each label names: [...], [..., n] -> [...].

    Raises:
        ValueError: when labels and logits do not fit.
    """
    labels, logits = convert_to_tensor(labels), convert_to_tensor(logits)
    if labels.shape.rank is not None and logits.shape.rank is not None:
        if labels.shape.rank != logits.shape.rank - 1:
            raise ValueError(
                "`labels.shape.rank` must equal `logits.shape.rank - 1`. Received: labels.shape="
                f"{labels.shape} of rank {labels.shape.rank} and logits.shape={logits.shape}"
            )
        if not labels.shape.is_compatible_with(logits.shape[:-1]):
            raise ValueError(
                "`labels.shape` must equal `logits.shape` except for the last dimension. Received: "
                f"labels.shape={labels.shape} and logits.shape={logits.shape}"
            )
    return _sparse_cross_entropy(logits, labels)


@operation("raw_ops.SparseSoftmaxCrossEntropyWithLogits", kinds="f")
def _sparse_cross_entropy(logits: Operand, labels: Integers, name: Any = None) -> Array:
    """-log(softmax(logits)) of the class that each label names."""
    classes = logits.shape[-1]
    numbers = labels.astype(np.int64)
    if numbers.size and (numbers.min() < 0 or numbers.max() >= classes):
        # On a GPU the loss is NaN; on a CPU the label is refused.
        bad = int(numbers[(numbers < 0) | (numbers >= classes)].flat[0])
        raise InvalidArgumentError(
            f"Received a label value of {bad} which is outside the valid range of [0, {classes})."
        )
    shifted = logits - _largest(logits, -1)
    logs = shifted - np.log(np.sum(np.exp(shifted), -1, keepdims=True))
    return -np.take_along_axis(logs, numbers[..., None], -1)[..., 0]


@_sparse_cross_entropy.shape_rule
def _sparse_rule(logits: Spec, labels: Spec) -> Any:
    return TensorShape(logits.shape[:-1]).merge_with(labels.shape), logits.dtype


@_sparse_cross_entropy.gradient
def _sparse_gradient(step: Any, dy: Any) -> Any:
    logits, labels = step.operands
    hot = one_hot(labels, logits.shape[-1], dtype=logits.dtype)
    return multiply(expand_dims(dy, -1), subtract(softmax(logits), hot)), None


# DEPARTS: TensorFlow computes the sigmoid cross-entropy with several operations. Here it is one,
# raw_ops.SigmoidCrossEntropyWithLogits, which TensorFlow does not have.
@operation("raw_ops.SigmoidCrossEntropyWithLogits", kinds="f")
def _sigmoid_cross_entropy(labels: Operand, logits: Operand, name: Any = None) -> Array:
    """max(x, 0) - x z + log(1 + exp(-|x|))."""
    zero = logits.dtype.type(0)
    result: Array = np.maximum(logits, zero) - logits * labels + np.log1p(np.exp(-np.abs(logits)))
    return result


@_sigmoid_cross_entropy.gradient
def _sigmoid_cross_entropy_gradient(step: Any, dy: Any) -> Any:
    labels, logits = step.operands
    return multiply(dy, negative(logits)), multiply(dy, subtract(sigmoid(logits), labels))


@export("nn.sigmoid_cross_entropy_with_logits")
def sigmoid_cross_entropy_with_logits(
    labels: Any = None, logits: Any = None, name: Any = None
) -> Any:
    """-z log(sigmoid(x)) - (1 - z) log(1 - sigmoid(x)) of labels z and logits x.

    Raises:
        ValueError: when their shapes differ.
    """
    labels, logits = convert_to_tensor(labels), convert_to_tensor(logits)
    check_same_shape("logits", logits.shape, "labels", labels.shape)
    return _sigmoid_cross_entropy(labels, logits)


@export("nn.weighted_cross_entropy_with_logits")
def weighted_cross_entropy_with_logits(
    labels: Any, logits: Any, pos_weight: Any, name: Any = None
) -> Any:
    """The sigmoid cross-entropy, with positive labels weighted."""
    labels, logits = convert_to_tensor(labels), convert_to_tensor(logits)
    weight = add(multiply(labels, pos_weight - 1), 1.0)
    rest = add(log1p(exp(negative(abs(logits)))), relu(negative(logits)))
    return add(multiply(1.0 - labels, logits), multiply(weight, rest))
