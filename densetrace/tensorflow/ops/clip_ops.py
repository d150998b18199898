"""Tensors scaled down to a norm. Follows tensorflow/python/ops/clip_ops.py."""

from collections.abc import Sequence
from typing import Any

from densetrace.tensorflow.convert import convert_to_tensor
from densetrace.tensorflow.indexed_slices import IndexedSlices
from densetrace.tensorflow.operation import export
from densetrace.tensorflow.ops.creating import constant, ones_like
from densetrace.tensorflow.ops.elementary import sqrt
from densetrace.tensorflow.ops.joining import stack
from densetrace.tensorflow.ops.linalg import l2_loss
from densetrace.tensorflow.ops.math import add, divide, maximum, minimum, multiply, subtract
from densetrace.tensorflow.ops.reductions import reduce_sum
from densetrace.tensorflow.ops.selecting import where


@export("clip_by_norm")
def clip_by_norm(t: Any, clip_norm: Any, axes: Any = None, name: Any = None) -> Any:
    """`t`, scaled down where its norm along axes exceeds `clip_norm`. Of an IndexedSlices, the
    slices are scaled. Follows tf.clip_by_norm."""
    if isinstance(t, IndexedSlices):
        return t.with_values(clip_by_norm(t.values, clip_norm, axes))
    total = reduce_sum(multiply(t, t), axes, keepdims=True)
    positive = total > 0
    length = where(positive, sqrt(where(positive, total, ones_like(total))), total)
    return divide(multiply(t, clip_norm), maximum(length, clip_norm))


@export("linalg.global_norm")
def global_norm(t_list: Any, name: Any = None) -> Any:
    """The norm of the elements of all tensors together. Follows tf.linalg.global_norm."""
    if not isinstance(t_list, Sequence) or isinstance(t_list, str):
        raise TypeError(f"t_list must be a list of tensors. Received: {t_list!r:.80}")
    halves = [l2_loss(_values(one)) for one in t_list if one is not None]
    return sqrt(multiply(reduce_sum(stack(halves)), 2))


@export("clip_by_global_norm")
def clip_by_global_norm(t_list: Any, clip_norm: Any, use_norm: Any = None, name: Any = None) -> Any:
    """The tensors, scaled down together if their global norm exceeds `clip_norm`, and this norm.
    All of them become NaN where the norm is not finite. Follows tf.clip_by_global_norm.

    Raises:
        TypeError: when `t_list` is no sequence.
    """
    if not isinstance(t_list, Sequence) or isinstance(t_list, str):
        raise TypeError(f"t_list must be a list of tensors. Received: {t_list!r:.80}")
    total = convert_to_tensor(global_norm(t_list) if use_norm is None else use_norm)
    limit = divide(constant(1.0, total.dtype), clip_norm)
    scale = multiply(minimum(divide(1.0, total), limit), clip_norm)
    scale = add(scale, subtract(total, total))
    return [None if one is None else _scaled(one, scale) for one in t_list], total


def _values(t: Any) -> Any:
    return t.values if isinstance(t, IndexedSlices) else t


def _scaled(t: Any, scale: Any) -> Any:
    if isinstance(t, IndexedSlices):
        return t.with_values(multiply(t.values, scale))
    return multiply(t, scale)
