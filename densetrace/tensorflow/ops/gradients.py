"""Functions that several gradients share."""

from typing import Any

from densetrace.tensorflow.shapes import TensorShape
from densetrace.tensorflow.tensor import Tensor


def no_gradient(step: Any, *upstream: Any) -> Any:
    """The gradient of an operation that passes none to its operands."""
    return None


def needs(step: Any, operand: int) -> bool:
    """Whether the gradient of an operand is needed: a tape watches it. Follows the
    `skip_input_indices` of tensorflow/python/eager/backprop.py."""
    needed = getattr(step, "needed", None)
    return needed is None or needed[operand]


def sum_to(gradient: Any, like: Any) -> Any:
    """The gradient of an operand that was broadcast: the sum over the broadcast axes, in the shape
    of the operand."""
    from densetrace.tensorflow.ops.reductions import reduce_sum
    from densetrace.tensorflow.ops.shaping import reshape, shape

    have, want = gradient.shape, like.shape
    if have == want and have.is_fully_defined():
        return gradient
    if have.rank is None or want.rank is None:
        return gradient
    extra = len(have) - len(want)
    axes = [*range(extra)]
    axes += [
        axis + extra for axis, size in enumerate(want) if size == 1 and have[axis + extra] != 1
    ]
    if not axes:
        return gradient
    total = reduce_sum(gradient, axes, keepdims=True)
    if not extra:
        return total
    return reshape(total, want if want.is_fully_defined() else shape(like))


def sizes_of(tensor: Any) -> Any:
    """The shape of a tensor as an argument of an operation: static when known, else a tensor."""
    from densetrace.tensorflow.ops.shaping import shape

    known: TensorShape = tensor.shape
    return known if isinstance(tensor, Tensor) or known.is_fully_defined() else shape(tensor)
