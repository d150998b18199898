"""The few TensorFlow operations that layers need, in NumPy: on data, and on symbolic tensors.

First what operations take (shapes, values, operands), then the operations, each of a few lines;
together they are a little longer than other files.
"""

import math
import operator
from collections.abc import Callable, Iterable
from typing import Any, Final, TypeAlias

import numpy as np

from densetrace.keras._allowance import spend
from densetrace.keras._errors import InvalidArgumentError, ResourceExhaustedError
from densetrace.keras._tensors import (
    Array,
    Dim,
    KerasTensor,
    Tensor,
    TensorShape,
    Variable,
    as_dtype,
    as_value,
    convert_to_tensor,
)
from densetrace.recording.hooks import traced

Result: TypeAlias = Any
"""An eager Tensor or a symbolic KerasTensor: arithmetic takes either, which no type says."""

MAX_ELEMENTS: Final = 10**9
"""No tensor may have more elements than this."""

_LARGEST_INDEX: Final = 2**63 - 1


def is_symbolic(*values: object) -> bool:
    """Whether one of these is a symbolic tensor."""
    return any(isinstance(value, KerasTensor) for value in values)


def symbolic_like(
    x: KerasTensor, shape: Iterable[Dim] | None = None, dtype: Any = None
) -> KerasTensor:
    """A new symbolic tensor: `x`'s shape and dtype, unless others are given."""
    return type(x)(x.shape if shape is None else shape, x.dtype if dtype is None else dtype)


def operand(x: Any) -> Result:
    """`x` as an operation takes it: a symbolic tensor as it is, all else as an eager tensor."""
    # DEPARTS: NumPy arrays and lists are taken everywhere. In Keras, softmax, hard_sigmoid, relu
    # with a slope, OrthogonalRegularizer and RadialConstraint ask for attributes that these do not
    # have.
    if isinstance(x, KerasTensor):
        return x
    tensor = x if isinstance(x, Tensor) else convert_to_tensor(x)
    if not isinstance(x, Variable):  # which was counted when it was made
        spend(tensor.size, tensor.dtype)
    return tensor


def shape_of(x: Any) -> TensorShape:
    """The shape of an operand, eager or symbolic."""
    return TensorShape(operand(x).shape)


# -- sizes and values -----------------------------------------------------------------------------


def as_shape(shape: Any) -> tuple[int, ...]:
    """A shape that data can have: the sizes of a list, tuple or TensorShape, or one size.

    Raises:
        ValueError: when a size is unknown or beyond 64 bits.
        TypeError: when a size is not an integer.
    """
    if shape is None:
        raise ValueError("A shape must be known. Received: shape=None")
    sizes = (shape,) if hasattr(shape, "__index__") else tuple(shape)
    if None in sizes:
        raise ValueError(f"Every size of a shape must be known. Received: shape={sizes}")
    # DEPARTS: a size that is no integer is a TypeError for every initializer; for the random ones,
    # TensorFlow raises InvalidArgumentError.
    try:
        known = tuple(operator.index(size) for size in sizes)
    except TypeError:
        raise TypeError(f"A shape is made of integers. Received: shape={shape!r:.80}") from None
    if any(abs(size) > _LARGEST_INDEX for size in known):
        raise ValueError(f"A size must fit into 64 bits. Received: shape={known}")
    return known


def check_allocation(shape: Any, dtype: Any, copies: int = 1) -> None:
    """Refuse a tensor that is too large, before anything is allocated.

    Args:
        shape: its sizes, all known.
        dtype: its dtype, for the message.
        copies: how many tensors of this size are needed at once.

    Raises:
        InvalidArgumentError: when a size is negative, or 64 bits cannot count the elements.
        ResourceExhaustedError: when there are more than `MAX_ELEMENTS` elements.
    """
    sizes = as_shape(shape)
    for size in sizes:
        if size < 0:
            raise InvalidArgumentError(f"Dimension {size} must be >= 0. Received: shape={sizes}")
    if math.prod(size for size in sizes if size) > _LARGEST_INDEX:
        raise InvalidArgumentError(f"Shape {sizes} would have more than 2**63 - 1 elements.")
    elements = math.prod(sizes) * copies
    if elements > MAX_ELEMENTS:
        raise ResourceExhaustedError(
            f"At most {MAX_ELEMENTS:,} elements are allocated. Received: a tensor of shape {sizes} "
            f"and dtype {np.dtype(dtype).name}, which needs {elements:,}"
        )


def constant(value: Any, dtype: Any = None, shape: Any = None) -> Tensor:
    """A tensor of `shape` that holds `value`: the same number everywhere, or an array's elements.

    Raises:
        TypeError: when `value` is no number of that dtype, or has another number of elements.
        ValueError: when `value` is nothing, or a size is negative.
        InvalidArgumentError: when one number in a nested list is to fill the shape.
    """
    tensor = convert_to_tensor(value) if dtype is None else as_value(value, as_dtype(dtype))
    if shape is None:
        return tensor
    sizes = as_shape(shape)
    if min(sizes, default=0) < 0:
        raise ValueError(f"Dimension {min(sizes)} must be >= 0")
    check_allocation(sizes, tensor.dtype)
    if tensor.size == math.prod(sizes):
        return tensor.reshape(sizes).view(Tensor)
    if tensor.size != 1:
        raise TypeError(
            f"A constant must fit its shape. Received: {tensor.size} elements for shape {sizes}"
        )
    if tensor.ndim > 1:
        raise InvalidArgumentError(
            f"A value that fills a shape must be a scalar. Received: shape {tensor.shape}"
        )
    return convert_to_tensor(np.full(sizes, tensor.reshape(()), tensor.dtype))


# -- element by element ---------------------------------------------------------------------------


def elementwise(
    compute: Callable[[Array], Array],
    x: Any,
    *,
    kinds: str = "f",
    widen: bool = False,
) -> Result:
    """`compute` on every element of `x`, in the dtype of `x`.

    Args:
        compute: from an array of one dimension or more to a new one of the same shape. It may
            write over the arrays that it has made itself, and never over its argument, which
            others may hold.
        x: the operand.
        kinds: the NumPy dtype kinds that the operation takes.
        widen: whether integers are taken too, and become float32.

    Raises:
        InvalidArgumentError: when the dtype of an eager `x` is not one of those.
        TypeError: when that of a symbolic `x` is not.
    """
    x = operand(x)
    if widen and x.dtype.kind in "iu":
        x = cast(x, np.float32)
    check_kind(x, kinds)
    if isinstance(x, KerasTensor):
        return symbolic_like(x)
    array: Array = x.view(np.ndarray)
    # Half precision is computed in single and rounded once.
    data = array.astype(np.float32) if x.dtype == np.float16 else array
    with np.errstate(all="ignore"):
        result = np.asarray(compute(np.atleast_1d(data)), x.dtype)
    return result.reshape(array.shape).view(Tensor)


def check_kind(x: Result, kinds: str = "f") -> None:
    """Refuse an operand whose dtype is not of one of these NumPy kinds.

    Raises:
        InvalidArgumentError: for an eager operand.
        TypeError: for a symbolic one.
    """
    if x.dtype.kind not in kinds:
        error = TypeError if isinstance(x, KerasTensor) else InvalidArgumentError
        what = "floating point" if kinds == "f" else "numeric"
        raise error(f"The operand must have a {what} dtype. Received: dtype={x.dtype.name}")


@traced("op", point="tf.cast")
def cast(x: Any, dtype: Any) -> Result:
    """`x` with its elements converted to `dtype`."""
    x, target = operand(x), as_dtype(dtype)
    if isinstance(x, KerasTensor):
        return symbolic_like(x, dtype=target)
    with np.errstate(all="ignore"):
        return x.astype(target)


def clip_by_value(x: Any, low: Any, high: Any) -> Result:
    """`x` with its elements brought between `low` and `high`; where `low` > `high`, it is `low`."""
    x = operand(x)
    low, high = as_value(low, x.dtype), as_value(high, x.dtype)
    if isinstance(x, KerasTensor):
        return symbolic_like(x)
    return np.maximum(np.minimum(x, high), low).astype(x.dtype, copy=False).view(Tensor)


# -- reductions -----------------------------------------------------------------------------------


def reduce_sum(x: Any, axis: Any = None, keepdims: bool = False) -> Result:
    """The sum over one axis, several axes, or all of them.

    Raises:
        InvalidArgumentError: when there is no such axis.
    """
    return _reduce(np.sum, x, axis, keepdims)


def reduce_max(x: Any, axis: Any = None, keepdims: bool = False) -> Result:
    """The largest element along one axis, several axes, or all of them.

    Raises:
        InvalidArgumentError: when there is no such axis.
    """
    return _reduce(np.max, x, axis, keepdims)


def _reduce(reduction: Callable[..., Any], x: Any, axis: Any, keepdims: bool) -> Result:
    x = operand(x)
    check_kind(x, "iufc")
    axes = _axes(axis, len(x.shape))
    if isinstance(x, KerasTensor):
        kept = [
            1 if axis in axes else size
            for axis, size in enumerate(x.shape)
            if keepdims or axis not in axes
        ]
        return symbolic_like(x, kept)
    initial = {"initial": -np.inf} if reduction is np.max and x.size == 0 else {}
    with np.errstate(all="ignore"):
        value = reduction(x.numpy(), axis=axes, keepdims=keepdims, **initial)
    return np.asarray(value, x.dtype).view(Tensor)


def _axes(axis: Any, rank: int) -> tuple[int, ...]:
    if axis is None:
        return tuple(range(rank))
    given = axis if isinstance(axis, list | tuple) else (axis,)
    if any(isinstance(one, str) for one in given):
        raise InvalidArgumentError(f"An axis must be an integer. Received: axis={axis!r:.80}")
    return tuple(checked_axis(operator.index(one), rank) for one in given)


def checked_axis(axis: int, rank: int) -> int:
    """An axis counted from the front.

    Raises:
        InvalidArgumentError: when a tensor of this rank has no such axis.
    """
    if not -rank <= axis < rank:
        raise InvalidArgumentError(
            f"An axis must be in the range [{-rank}, {rank}), for a tensor of {rank} dimensions. "
            f"Received: axis={axis}"
        )
    return axis % rank


def l2_loss(x: Any) -> Result:
    """Half the sum of the squares."""
    x = operand(x)
    check_kind(x)
    return reduce_sum(x * x * x.dtype.type(0.5))


def l2_normalize(x: Any, axis: int, epsilon: float = 1e-12) -> Result:
    """`x` divided by its Euclidean norm along an axis."""
    x = operand(x)
    smallest = as_value(epsilon, x.dtype)
    squares = np.maximum(reduce_sum(x * x, axis, keepdims=True), smallest)
    return x / np.sqrt(squares)


# -- products -------------------------------------------------------------------------------------


@traced("op", point="tf.matmul")
def matmul(a: Any, b: Any) -> Result:
    """The matrix product: [..., n, k] by [..., k, m] -> [..., n, m].

    Raises:
        InvalidArgumentError: when eager operands do not fit in shape or dtype.
        ValueError: when symbolic ones do not.
    """
    a, b = _same_dtype(operand(a), operand(b))
    if min(len(a.shape), len(b.shape)) < 2:
        raise _misfit("A matrix product takes tensors of 2 dimensions or more", a, b)
    if not is_symbolic(a, b):
        rows = a.size // max(1, a.shape[-1])
        spend(rows * b.shape[-1], a.dtype, products=a.size * b.shape[-1])
    try:
        return np.matmul(a, b)
    except ValueError as error:
        raise _misfit("A matrix product needs equal inner sizes", a, b) from error


@traced("op", point="tf.tensordot")
def tensordot(a: Any, b: Any, axes: Any) -> Result:
    """The sum of products over axes of `a` paired with axes of `b`: [..., k] by [k, m] -> [..., m].

    Args:
        a: the first operand.
        b: the second.
        axes: the axes of `a` and those of `b`, or how many last axes of `a` meet first ones of `b`.

    Raises:
        InvalidArgumentError: when eager operands do not fit in shape or dtype.
        ValueError: when symbolic ones do not.
    """
    a, b = _same_dtype(operand(a), operand(b))
    of_a, of_b = _paired_axes(axes, len(a.shape), len(b.shape))
    pairs = [(a.shape[i], b.shape[j]) for i, j in zip(of_a, of_b, strict=True)]
    if any(p != q and None not in (p, q) for p, q in pairs):
        raise _misfit(f"A tensordot needs equal sizes on axes {of_a} and {of_b}", a, b)
    if is_symbolic(a, b):
        rest_of_a = [size for axis, size in enumerate(a.shape) if axis not in of_a]
        rest_of_b = [size for axis, size in enumerate(b.shape) if axis not in of_b]
        return KerasTensor((*rest_of_a, *rest_of_b), a.dtype)
    inner = math.prod(a.shape[axis] for axis in of_a)
    elements = a.size * b.size // max(1, inner) ** 2
    spend(elements, a.dtype, products=elements * inner)
    with np.errstate(all="ignore"):
        return np.asarray(np.tensordot(a, b, (of_a, of_b))).view(Tensor)


@traced("op", point="tf.nn.bias_add")
def bias_add(value: Any, bias: Any) -> Result:
    """A bias added along the last axis: [..., m] and [m] -> [..., m].

    Raises:
        InvalidArgumentError: when eager operands do not fit in shape or dtype.
        ValueError: when symbolic ones do not.
    """
    value, bias = _same_dtype(operand(value), operand(bias))
    last = tuple(value.shape[-1:])
    fits = len(value.shape) > 1 and len(bias.shape) == 1
    if not fits or last not in ((None,), tuple(bias.shape)):
        raise _misfit("A bias needs one element for each of the last axis", value, bias)
    return np.add(value, bias)


def _same_dtype(a: Result, b: Result) -> tuple[Result, Result]:
    if a.dtype != b.dtype:
        raise _misfit("Both operands must have the same dtype", a, b)
    return a, b


def _paired_axes(axes: Any, rank_a: int, rank_b: int) -> tuple[list[int], list[int]]:
    if isinstance(axes, int):
        return list(range(rank_a - axes, rank_a)), list(range(axes))
    of_a, of_b = ([axis] if isinstance(axis, int) else list(axis) for axis in axes)
    if len(of_a) != len(of_b):
        raise ValueError(f"As many axes of one as of the other are needed. Received: axes={axes}")
    return [checked_axis(i, rank_a) for i in of_a], [checked_axis(i, rank_b) for i in of_b]


def _misfit(rule: str, a: Result, b: Result) -> Exception:
    error = ValueError if is_symbolic(a, b) else InvalidArgumentError
    return error(
        f"{rule}. Received: {a.dtype.name}{list(a.shape)} and {b.dtype.name}{list(b.shape)}"
    )
