"""`tf.tensor_scatter_nd_add` and its siblings: a tensor with updates applied at given indices.

Follows tensorflow/python/ops/array_ops.py and array_grad.py.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from densetrace.tensorflow.errors import InvalidArgumentError
from densetrace.tensorflow.operation import Index, Operand, Spec, operation
from densetrace.tensorflow.ops.casting import cast
from densetrace.tensorflow.ops.comparisons import equal
from densetrace.tensorflow.ops.indexing import gather_nd
from densetrace.tensorflow.ops.math import divide, multiply, negative
from densetrace.tensorflow.tensor import Array


def _scattered(
    function: Callable[..., Any], tensor: Array, indices: Array, updates: Array
) -> Array:
    depth = indices.shape[-1] if indices.ndim else 0
    if depth > tensor.ndim or updates.shape != indices.shape[:-1] + tensor.shape[depth:]:
        raise InvalidArgumentError(
            "Outer dimensions of indices and update must match. Indices shape: "
            f"{list(indices.shape)}, updates shape: {list(updates.shape)}, tensor shape: "
            f"{list(tensor.shape)}"
        )
    limits = np.array(tensor.shape[:depth])
    if np.any(indices < 0) or np.any(indices >= limits):
        bad = indices.reshape(-1, depth)[np.any((indices < 0) | (indices >= limits), -1).ravel()][0]
        raise InvalidArgumentError(
            f"indices = {bad.tolist()} does not index into shape {list(tensor.shape)}"
        )
    made = tensor.copy()
    function(made, tuple(np.moveaxis(indices, -1, 0)), updates)
    return made


def _rule(tensor: Spec, indices: Spec, updates: Spec) -> Any:
    depth = indices.shape[-1] if indices.shape.rank else None
    if depth is not None and None not in (tensor.shape.rank, updates.shape.rank):
        wanted = indices.shape[:-1] + tensor.shape[depth:]
        if depth > len(tensor.shape) or not wanted.is_compatible_with(updates.shape):
            raise ValueError(
                f"Updates of shape {wanted} are needed for indices of shape {indices.shape} and a "
                f"tensor of shape {tensor.shape}. Received: {updates.shape}"
            )
    return tensor.shape, tensor.dtype


@operation("tensor_scatter_nd_add", kinds="iufc", rule=_rule)
def tensor_scatter_nd_add(
    tensor: Operand, indices: Index, updates: Operand, name: Any = None
) -> Array:
    """`tensor` with the updates added at the indices, once for each occurrence of an index.

    Raises:
        InvalidArgumentError: if an index is out of bounds, or the shapes do not fit.
    """
    return _scattered(np.add.at, tensor, indices, updates)


@tensor_scatter_nd_add.gradient
def _add_gradient(step: Any, dy: Any) -> Any:
    return dy, None, gather_nd(dy, step.operands[1])


@operation("tensor_scatter_nd_sub", kinds="iufc", rule=_rule)
def tensor_scatter_nd_sub(
    tensor: Operand, indices: Index, updates: Operand, name: Any = None
) -> Array:
    """`tensor` with the updates subtracted at the indices, once for each occurrence of an index.

    Raises:
        InvalidArgumentError: if an index is out of bounds, or the shapes do not fit.
    """
    return _scattered(np.subtract.at, tensor, indices, updates)


@tensor_scatter_nd_sub.gradient
def _sub_gradient(step: Any, dy: Any) -> Any:
    return dy, None, negative(gather_nd(dy, step.operands[1]))


@operation("tensor_scatter_nd_max", kinds="iuf", rule=_rule)
def tensor_scatter_nd_max(
    tensor: Operand, indices: Index, updates: Operand, name: Any = None
) -> Array:
    """`tensor`, and where the indices say the larger of its element and the updates.

    Raises:
        InvalidArgumentError: if an index is out of bounds, or the shapes do not fit.
    """
    return _scattered(np.maximum.at, tensor, indices, updates)


@operation("tensor_scatter_nd_min", kinds="iuf", rule=_rule)
def tensor_scatter_nd_min(
    tensor: Operand, indices: Index, updates: Operand, name: Any = None
) -> Array:
    """`tensor`, and where the indices say the smaller of its element and the updates.

    Raises:
        InvalidArgumentError: if an index is out of bounds, or the shapes do not fit.
    """
    return _scattered(np.minimum.at, tensor, indices, updates)


def _extreme_gradient(step: Any, dy: Any) -> Any:
    """The elements that are equal to the result share the gradient."""
    tensor, indices, updates = step.operands
    result = step.outputs
    of_tensor = cast(equal(result, tensor), dy.dtype)
    of_updates = cast(equal(updates, gather_nd(result, indices)), dy.dtype)
    share = divide(dy, tensor_scatter_nd_add(of_tensor, indices, of_updates))
    return multiply(share, of_tensor), None, multiply(gather_nd(share, indices), of_updates)


tensor_scatter_nd_max.gradient(_extreme_gradient)
tensor_scatter_nd_min.gradient(_extreme_gradient)
