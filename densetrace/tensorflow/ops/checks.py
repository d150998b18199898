"""Assertions on tensors, which also run in graphs."""

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np

from densetrace.tensorflow.convert import convert_to_tensor
from densetrace.tensorflow.errors import InvalidArgumentError
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


def require(condition: Any, message: str) -> None:
    """Raise an InvalidArgumentError unless the condition holds for all elements; in a graph, each
    time that it runs. Follows tf.raw_ops.Assert."""
    _assert(condition, message)


def numbers_of(value: Any) -> Any:
    """A value as a tensor; a constant of a graph as the eager tensor of its numbers."""
    tensor = convert_to_tensor(value)
    constant = getattr(tensor, "constant", None)
    return tensor if constant is None else constant


def at_once(*tensors: Any) -> AbstractContextManager[object]:
    """Execute eagerly for a `with` block if the numbers of all tensors are known, even while a
    graph is traced: an assertion that fails then is raised at once."""
    return inside(None) if all(isinstance(one, Tensor) for one in tensors) else nullcontext()


@export("debugging.assert_less")
def assert_less(
    x: Any, y: Any, message: Any = None, summarize: Any = None, name: Any = None
) -> None:
    """Raise an error unless `x` is less than `y`, element by element. Follows
    tf.debugging.assert_less.

    Raises:
        InvalidArgumentError: when it is not.
    """
    x, y = numbers_of(x), numbers_of(y)
    with at_once(x, y):
        require(less(x, y), message or "Condition x < y did not hold.")


@export("debugging.assert_non_negative")
def assert_non_negative(
    x: Any, message: Any = None, summarize: Any = None, name: Any = None
) -> None:
    """Raise an error if an element of `x` is negative. Follows tf.debugging.assert_non_negative.

    Raises:
        InvalidArgumentError: when one is.
    """
    x = numbers_of(x)
    with at_once(x):
        require(greater_equal(x, 0), message or "Condition x >= 0 did not hold.")
