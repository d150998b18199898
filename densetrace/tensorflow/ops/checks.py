"""Assertions on tensors, which also run in graphs."""

from typing import Any

import numpy as np

from densetrace.tensorflow.errors import InvalidArgumentError
from densetrace.tensorflow.operation import Condition, export, operation
from densetrace.tensorflow.ops.comparisons import greater_equal, less
from densetrace.tensorflow.ops.gradients import no_gradient
from densetrace.tensorflow.tensor import Array


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


@export("debugging.assert_less")
def assert_less(
    x: Any, y: Any, message: Any = None, summarize: Any = None, name: Any = None
) -> None:
    """Raise an error unless `x` is less than `y`, element by element. Follows
    tf.debugging.assert_less.

    Raises:
        InvalidArgumentError: when it is not.
    """
    require(less(x, y), message or "Condition x < y did not hold.")


@export("debugging.assert_non_negative")
def assert_non_negative(
    x: Any, message: Any = None, summarize: Any = None, name: Any = None
) -> None:
    """Raise an error if an element of `x` is negative. Follows tf.debugging.assert_non_negative.

    Raises:
        InvalidArgumentError: when one is.
    """
    require(greater_equal(x, 0), message or "Condition x >= 0 did not hold.")
