"""`tf.debugging`: conditions that must hold, of numbers when they are computed, of shapes and
dtypes at once.

Follows tensorflow/python/ops/check_ops.py and numerics.py.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from densetrace.tensorflow.convert import convert_to_tensor
from densetrace.tensorflow.dtypes import as_dtype
from densetrace.tensorflow.errors import InvalidArgumentError
from densetrace.tensorflow.graph_operation import Operation, operation_in_graph
from densetrace.tensorflow.nest import flatten
from densetrace.tensorflow.operation import Index, Operand, Spec, export, operation
from densetrace.tensorflow.ops.casting import cast
from densetrace.tensorflow.ops.checks import compared, compared_to_zero, require
from densetrace.tensorflow.ops.comparisons import (
    equal,
    greater,
    greater_equal,
    less,
    less_equal,
    not_equal,
)
from densetrace.tensorflow.ops.gradients import no_gradient
from densetrace.tensorflow.ops.math import abs as absolute
from densetrace.tensorflow.ops.math import add, multiply, subtract
from densetrace.tensorflow.shapes import TensorShape
from densetrace.tensorflow.symbolic import Symbol
from densetrace.tensorflow.tensor import Array, Operators, Tensor

# -- numbers ---------------------------------------------------------------------------------------


@export("debugging.assert_equal", "assert_equal")
def assert_equal(
    x: Any, y: Any, message: Any = None, summarize: Any = None, name: Any = None
) -> Operation | None:
    """Raise unless x is y, element by element.

    Raises:
        InvalidArgumentError: when it is not.
    """
    return compared(equal, "==", x, y, message, summarize)


@export("debugging.assert_none_equal")
def assert_none_equal(
    x: Any, y: Any, summarize: Any = None, message: Any = None, name: Any = None
) -> Operation | None:
    """Raise unless x and y differ in every element.

    Raises:
        InvalidArgumentError: when it is.
    """
    return compared(not_equal, "!=", x, y, message, summarize)


@export("debugging.assert_greater", "assert_greater")
def assert_greater(
    x: Any, y: Any, message: Any = None, summarize: Any = None, name: Any = None
) -> Operation | None:
    """Raise unless x > y, element by element.

    Raises:
        InvalidArgumentError: when it is not.
    """
    return compared(greater, ">", x, y, message, summarize)


@export("debugging.assert_greater_equal")
def assert_greater_equal(
    x: Any, y: Any, message: Any = None, summarize: Any = None, name: Any = None
) -> Operation | None:
    """Raise unless x >= y, element by element.

    Raises:
        InvalidArgumentError: when it is not.
    """
    return compared(greater_equal, ">=", x, y, message, summarize)


@export("debugging.assert_less_equal")
def assert_less_equal(
    x: Any, y: Any, message: Any = None, summarize: Any = None, name: Any = None
) -> Operation | None:
    """Raise unless x <= y, element by element.

    Raises:
        InvalidArgumentError: when it is not.
    """
    return compared(less_equal, "<=", x, y, message, summarize)


@export("debugging.assert_positive")
def assert_positive(
    x: Any, message: Any = None, summarize: Any = None, name: Any = None
) -> Operation | None:
    """Raise unless every element is greater than 0.

    Raises:
        InvalidArgumentError: when one is not.
    """
    return compared_to_zero(greater, ">", x, message, summarize)


@export("debugging.assert_negative")
def assert_negative(
    x: Any, message: Any = None, summarize: Any = None, name: Any = None
) -> Operation | None:
    """Raise unless every element is less than 0.

    Raises:
        InvalidArgumentError: when one is not.
    """
    return compared_to_zero(less, "<", x, message, summarize)


@export("debugging.assert_non_positive")
def assert_non_positive(
    x: Any, message: Any = None, summarize: Any = None, name: Any = None
) -> Operation | None:
    """Raise if an element is greater than 0.

    Raises:
        InvalidArgumentError: when one is.
    """
    return compared_to_zero(less_equal, "<=", x, message, summarize)


@export("debugging.assert_near")
def assert_near(
    x: Any,
    y: Any,
    rtol: Any = None,
    atol: Any = None,
    message: Any = None,
    summarize: Any = None,
    name: Any = None,
) -> Operation | None:
    """Raise unless |x - y| <= atol + rtol |y|, element by element.

    Both tolerances are 10 times the smallest difference from 1 in the dtype, unless given.

    Raises:
        InvalidArgumentError: when it is not.
    """
    x, y = convert_to_tensor(x), convert_to_tensor(y)
    least = 10 * np.finfo(x.dtype.numpy).eps if x.dtype.is_floating else 0
    relative = cast(least if rtol is None else rtol, x.dtype)
    most = cast(least if atol is None else atol, x.dtype)
    bound = add(most, multiply(relative, absolute(y)))
    near = less_equal(absolute(subtract(x, y)), bound)
    text = "x and y not equal to tolerance"
    if isinstance(near, Tensor):
        text += "".join(
            f"\nFirst elements of {n}: {np.ravel(one)[:3]}" for n, one in (("x", x), ("y", y))
        )
    return require(near, f"{message}\n{text}" if message else text)


@export("debugging.Assert", "Assert")
def assert_(condition: Any, data: Any, summarize: Any = None, name: Any = None) -> Operation | None:
    """Raise unless a condition is true.

    Raises:
        InvalidArgumentError: when it is not, with the data in its message.
    """
    condition = convert_to_tensor(condition)
    is_known = not any(isinstance(one, Symbol) for one in data)
    shown = [np.asarray(one) for one in data] if is_known else ""
    return require(condition, f"Expected '{condition}' to be true. Summarized data: {shown}")


@operation("debugging.check_numerics", kinds="f", stateful=True)
def check_numerics(tensor: Operand, message: str, name: Any = None) -> Array:
    """The same tensor, all of whose elements must be finite.

    Raises:
        InvalidArgumentError: when one is infinite or NaN.
    """
    kinds = [
        name
        for name, found in (("Inf", np.isinf(tensor)), ("NaN", np.isnan(tensor)))
        if np.any(found)
    ]
    if kinds:
        raise InvalidArgumentError(f"{message} : Tensor had {' and '.join(kinds)} values")
    return tensor


@check_numerics.shape_rule
def _numerics_rule(tensor: Spec, message: str) -> Any:
    return tensor.shape, tensor.dtype


@check_numerics.gradient
def _numerics_gradient(step: Any, dy: Any) -> Any:
    message = step.attributes["message"]
    return check_numerics(
        dy, f"Not a number (NaN) or infinity (Inf) values detected in gradient. {message}"
    )


@export("debugging.assert_all_finite")
def assert_all_finite(x: Any, message: str, name: Any = None) -> Any:
    """The same tensor, all of whose elements must be finite.

    Raises:
        InvalidArgumentError: when one is infinite or NaN.
    """
    return check_numerics(x, message)


# -- shapes ----------------------------------------------------------------------------------------


# DEPARTS: TensorFlow checks ranks and sizes with several operations. Here each check is one
# operation, raw_ops.AssertRank or AssertSize, which TensorFlow does not have.
@operation("raw_ops.AssertRank", stateful=True)
def _check_rank(x: Index, ranks: Any, is_least: bool, message: str, name: Any = None) -> Array:
    """Raise unless a tensor has one of some numbers of dimensions, or at least one."""
    if not _fits(x.ndim, ranks, is_least):
        raise InvalidArgumentError(f"{message} Received rank {x.ndim}, shape {x.shape}")
    return x


@_check_rank.shape_rule
def _rank_rule(x: Spec, **attributes: Any) -> Any:
    return x.shape, x.dtype


_check_rank.gradient(no_gradient)


def _fits(rank: int, ranks: Any, is_least: bool) -> bool:
    return rank >= min(ranks) if is_least else rank in ranks


def _ranked(x: Any, ranks: Any, is_least: bool, message: Any, rule: str) -> Operation | None:
    x = convert_to_tensor(x)
    is_array = (Operators, np.ndarray)
    numbers = [int(np.asarray(one)) if isinstance(one, is_array) else one for one in ranks]
    for one in numbers:
        if not isinstance(one, int):
            raise TypeError(f"Rank must be an integer. Received: {one!r}")
    text = f"{message or ''} Tensor must have {rule}."
    if x.shape.rank is None:
        _check_rank(x, tuple(numbers), is_least, text)
    elif not _fits(x.shape.rank, numbers, is_least):
        raise ValueError(f"{text} Received rank {x.shape.rank}, shape {x.shape}")
    return operation_in_graph("NoOp")


@export("debugging.assert_rank", "assert_rank")
def assert_rank(x: Any, rank: Any, message: Any = None, name: Any = None) -> Operation | None:
    """Refuse a tensor with another number of dimensions.

    Raises:
        ValueError: when it has another one.
        InvalidArgumentError: when only a run of the graph shows that.
    """
    return _ranked(x, [rank], False, message, f"rank {rank}")


@export("debugging.assert_rank_at_least")
def assert_rank_at_least(
    x: Any, rank: Any, message: Any = None, name: Any = None
) -> Operation | None:
    """Refuse a tensor with fewer dimensions.

    Raises:
        ValueError: when it has fewer.
        InvalidArgumentError: when only a run of the graph shows that.
    """
    return _ranked(x, [rank], True, message, f"rank at least {rank}")


@export("debugging.assert_rank_in")
def assert_rank_in(x: Any, ranks: Any, message: Any = None, name: Any = None) -> Operation | None:
    """Refuse a tensor whose number of dimensions is not among these.

    Raises:
        ValueError: when it is not.
        InvalidArgumentError: when only a run of the graph shows that.
    """
    return _ranked(x, list(ranks), False, message, f"a rank in {tuple(ranks)}")


@export("debugging.assert_scalar")
def assert_scalar(tensor: Any, message: Any = None, name: Any = None) -> None:
    """Raise unless a tensor has no dimensions.

    Raises:
        ValueError: when it has one.
    """
    tensor = convert_to_tensor(tensor)
    if tensor.shape.rank != 0:
        raise ValueError(f"{message or ''}Expected scalar shape, saw shape: {tensor.shape}.")


@operation("raw_ops.AssertSize", stateful=True)
def _check_size(x: Index, axis: int, size: Any, message: str, name: Any = None) -> Array:
    """Raise unless a tensor has a size, or its axis has the size of another's."""
    if x.shape[axis] != int(size):
        raise InvalidArgumentError(f"{message} Received size {x.shape[axis]}, shape {x.shape}")
    return x


@_check_size.shape_rule
def _size_rule(x: Spec, **attributes: Any) -> Any:
    return x.shape, x.dtype


_check_size.gradient(no_gradient)


@export("debugging.assert_shapes")
def assert_shapes(
    shapes: Any, data: Any = None, summarize: Any = None, message: Any = None, name: Any = None
) -> None:
    """Refuse tensors whose sizes are not as stated.

    Args:
        shapes: pairs of a tensor and its shape, or a dict. A size is a number, None for any, or a
            symbol, such as `N`, which stands for the same number everywhere. A shape that begins or
            ends with `...` may have more dimensions there.
        data: not used.
        summarize: not used.
        message: what the error says first.
        name: not used.

    Raises:
        ValueError: when a known size is another.
        InvalidArgumentError: when only a run of the graph shows that.
    """
    pairs = list(shapes.items()) if isinstance(shapes, Mapping) else list(shapes)
    sizes: dict[Any, Any] = {}
    for tensor, wanted in pairs:
        if hasattr(tensor, "deref"):
            tensor = tensor.deref()
        tensor = convert_to_tensor(tensor)
        _check_shape(tensor, _listed(wanted), sizes, message or "")


def _listed(wanted: Any) -> list[Any]:
    if isinstance(wanted, TensorShape):
        return wanted.as_list()
    if isinstance(wanted, str | list | tuple):
        return list(wanted)
    return [wanted]


def _check_shape(tensor: Any, wanted: list[Any], sizes: dict[Any, Any], message: str) -> None:
    places = _places(wanted)
    known = tensor.shape.rank
    is_open = len(places) < len(wanted)
    rule = f"rank{' at least' if is_open else ''} {len(places)}"
    if is_open:
        assert_rank_at_least(tensor, len(places), message)
    else:
        assert_rank(tensor, len(places), message)
    if known is None:
        return
    for axis, size in places:
        if size is None or size == "*":
            continue
        found = tensor.shape[axis]
        is_number = isinstance(size, int)
        must = size if is_number else sizes.get(size)
        text = f"{message} Tensor of {rule}, dimension {axis} must have size {must}."
        if must is None:
            if found is not None:
                sizes[size] = found
        elif found is None:
            _check_size(tensor, axis, must, text)
        elif found != must:
            raise ValueError(f"{text} Received size {found}, shape {tensor.shape}")


def _places(wanted: list[Any]) -> list[tuple[int, Any]]:
    """Each size that is stated, with its axis: from the end after a leading `...`."""
    if not wanted:
        return []
    dots = ("...", Ellipsis)
    if wanted[0] in dots or wanted[:3] == list("..."):
        rest = wanted[1:] if wanted[0] in dots else wanted[3:]
        return [(at - len(rest), size) for at, size in enumerate(rest)]
    if wanted[-1] in dots:
        return list(enumerate(wanted[:-1]))
    return list(enumerate(wanted))


# -- dtypes ----------------------------------------------------------------------------------------


@export("debugging.assert_type")
def assert_type(tensor: Any, tf_type: Any, message: Any = None, name: Any = None) -> None:
    """Refuse a tensor of another dtype.

    Raises:
        TypeError: when it has another one.
    """
    found, wanted = convert_to_tensor(tensor).dtype, as_dtype(tf_type)
    if found is not wanted:
        raise TypeError(f"{message or ''} tensor must be of type {wanted!r}; got {found!r}")


@export("debugging.assert_integer")
def assert_integer(x: Any, message: Any = None, name: Any = None) -> None:
    """Refuse a tensor that has no integers.

    Raises:
        TypeError: when its dtype is another kind.
    """
    found = convert_to_tensor(x).dtype
    if not found.is_integer:
        raise TypeError(f'{message or ""}Expected "x" to be integer type. Found: {found!r}')


@export("debugging.is_numeric_tensor")
def is_numeric_tensor(tensor: Any) -> bool:
    """Whether something is a tensor of numbers."""
    return isinstance(tensor, Operators) and bool(tensor.dtype.is_numeric)


@export("debugging.assert_same_float_dtype")
def assert_same_float_dtype(tensors: Any = None, dtype: Any = None) -> Any:
    """The dtype that tensors have in common, which must be of floating point: float32 for none.

    Raises:
        ValueError: when they differ, or have another kind of dtype.
    """
    found = [one.dtype for one in flatten(tensors or []) if one is not None]
    wanted = as_dtype(dtype) if dtype is not None else found[0] if found else as_dtype("float32")
    if any(one is not wanted for one in found):
        raise ValueError(f"Tensors must have dtype {wanted.name}. Received: {found}")
    if not wanted.is_floating:
        raise ValueError(f"Expected floating point type, got {wanted.name}.")
    return wanted
