"""Assertions on tensors, which also run in graphs."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np

from densetrace.tensorflow.convert import convert_to_tensor
from densetrace.tensorflow.errors import InvalidArgumentError
from densetrace.tensorflow.graph_operation import Operation, operation_in_graph
from densetrace.tensorflow.operation import Condition, export, operation
from densetrace.tensorflow.ops.comparisons import greater_equal, less
from densetrace.tensorflow.ops.gradients import no_gradient
from densetrace.tensorflow.symbolic import inside
from densetrace.tensorflow.tensor import Array, Tensor


@operation("raw_ops.Assert", stateful=True)
def _assert(condition: Condition, message: str, name: Any = None) -> Array:
    """Raise an error unless the condition holds for all elements."""
    if not np.all(condition):
        raise InvalidArgumentError(message)
    return condition


@_assert.shape_rule
def _assert_rule(condition: Any, message: str) -> Any:
    return condition.shape, condition.dtype


_assert.gradient(no_gradient)


def require(condition: Any, message: str) -> Operation | None:
    """Raise an InvalidArgumentError unless the condition holds for all elements; in a graph, each
    time that it runs. Follows tf.raw_ops.Assert."""
    _assert(condition, message)
    return operation_in_graph("Assert")


def numbers_of(value: Any) -> Any:
    """A value as a tensor; a constant of a graph as the eager tensor of its numbers."""
    tensor = convert_to_tensor(value)
    constant = getattr(tensor, "constant", None)
    return tensor if constant is None else constant


def at_once(*tensors: Any) -> AbstractContextManager[object]:
    """Execute eagerly for a `with` block if the numbers of all tensors are known, even while a
    graph is traced: an assertion that fails then is raised at once."""
    return inside(None) if all(isinstance(one, Tensor) for one in tensors) else nullcontext()


def compared(
    compare: Callable[[Any, Any], Any], sign: str, x: Any, y: Any, message: Any, summarize: Any
) -> Operation | None:
    """Raise an InvalidArgumentError unless a comparison of `x` and `y` holds for all elements.

    Args:
        compare: the comparison.
        sign: its sign in Python.
        x: the left operand.
        y: the right operand.
        message: what the error says first, or None.
        summarize: how many elements it shows: 3 for None, all for a negative number.
    """
    x, y = numbers_of(x), numbers_of(y)
    with at_once(x, y):
        condition = compare(x, y)
        lines = [f"Condition x {sign} y did not hold."]
        if isinstance(condition, Tensor) and not np.all(condition):
            lines += _elements(condition, np.asarray(x), np.asarray(y), summarize)
        require(condition, "\n".join([message, *lines] if message else lines))
    return operation_in_graph("Assert")


def _elements(condition: Any, x: Array, y: Array, summarize: Any) -> list[str]:
    """The first elements of two arrays, and those for which a condition does not hold."""
    most = _most(summarize)
    lines = []
    if x.ndim and x.shape == y.shape:
        refused = ~np.asarray(condition)
        indices = np.argwhere(refused)[:most]
        lines += [
            f"Indices of first {len(indices)} different values:\n{indices}",
            f"Corresponding x values:\n{x[refused][:most]}",
            f"Corresponding y values:\n{y[refused][:most]}",
        ]
    for name, one in (("x", x), ("y", y)):
        shown = one.ravel()[:most]
        lines.append(f"First {len(shown)} elements of {name}:\n{shown}")
    return lines


def compared_to_zero(
    compare: Callable[[Any, Any], Any], sign: str, x: Any, message: Any, summarize: Any
) -> Operation | None:
    """Raise an InvalidArgumentError unless a comparison of `x` and 0 holds for all elements. The
    arguments are those of `compared`."""
    x = numbers_of(x)
    with at_once(x):
        condition = compare(x, 0)
        text = f"Condition x {sign} 0 did not hold element-wise:"
        if isinstance(condition, Tensor) and not np.all(condition):
            text += f"\nx (shape={x.shape} dtype={x.dtype.name}) = \n{_listed(x, summarize)}"
        require(condition, f"{message}\n{text}" if message else text)
    return operation_in_graph("Assert")


def _listed(tensor: Any, summarize: Any) -> str:
    array = np.asarray(tensor)
    if not array.ndim:
        return str(array)
    most = _most(summarize)
    shown = [str(one) for one in array.ravel()[:most]]
    return str(shown if most is None or array.size <= most else [*shown, "..."])


def _most(summarize: Any) -> int | None:
    """How many elements an error shows; None for all."""
    most = 3 if summarize is None else int(summarize)
    return None if most < 0 else most


@export("debugging.assert_less", "assert_less")
def assert_less(
    x: Any, y: Any, message: Any = None, summarize: Any = None, name: Any = None
) -> Operation | None:
    """Raise an error unless `x` is less than `y`, element by element. Follows
    tf.debugging.assert_less.

    Raises:
        InvalidArgumentError: when it is not.
    """
    return compared(less, "<", x, y, message, summarize)


@export("debugging.assert_non_negative")
def assert_non_negative(
    x: Any, message: Any = None, summarize: Any = None, name: Any = None
) -> Operation | None:
    """Raise an error if an element of `x` is negative. Follows tf.debugging.assert_non_negative.

    Raises:
        InvalidArgumentError: when one is.
    """
    return compared_to_zero(greater_equal, ">=", x, message, summarize)
