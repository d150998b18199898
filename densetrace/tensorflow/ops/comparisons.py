"""Comparisons and logic, element by element: tensors of booleans, without gradients."""

from typing import Any

import numpy as np

from densetrace.tensorflow.dtypes import bool_
from densetrace.tensorflow.operation import (
    Condition,
    Operand,
    Spec,
    elementwise_rule,
    operation,
    set_operator,
)
from densetrace.tensorflow.ops.gradients import no_gradient
from densetrace.tensorflow.tensor import Array


def _boolean_rule(*specs: Spec, **attributes: Any) -> Any:
    return elementwise_rule(*specs)[0], bool_


@operation("math.equal", "equal", operator="equal", rule=_boolean_rule)
def equal(x: Operand, y: Operand, name: Any = None) -> Array:
    """Whether x is y."""
    return np.equal(x, y).astype(bool)


@operation("math.not_equal", "not_equal", operator="not_equal", rule=_boolean_rule)
def not_equal(x: Operand, y: Operand, name: Any = None) -> Array:
    """Whether x is not y."""
    return np.not_equal(x, y).astype(bool)


@operation(
    "math.greater", "greater", operator="gt", reflected=False, rule=_boolean_rule, kinds="iuf"
)
def greater(x: Operand, y: Operand, name: Any = None) -> Array:
    """Whether x > y."""
    return np.greater(x, y)


@operation("math.greater_equal", "greater_equal", operator="ge", reflected=False,
           rule=_boolean_rule, kinds="iuf")  # fmt: skip
def greater_equal(x: Operand, y: Operand, name: Any = None) -> Array:
    """Whether x >= y."""
    return np.greater_equal(x, y)


@operation("math.less", "less", operator="lt", reflected=False, rule=_boolean_rule, kinds="iuf")
def less(x: Operand, y: Operand, name: Any = None) -> Array:
    """Whether x < y."""
    return np.less(x, y)


@operation(
    "math.less_equal", "less_equal", operator="le", reflected=False, rule=_boolean_rule, kinds="iuf"
)
def less_equal(x: Operand, y: Operand, name: Any = None) -> Array:
    """Whether x <= y."""
    return np.less_equal(x, y)


@operation("math.logical_and", "logical_and", rule=_boolean_rule, kinds="b")
def logical_and(x: Condition, y: Condition, name: Any = None) -> Array:
    """Whether both are true."""
    return np.logical_and(x, y)


@operation("math.logical_or", "logical_or", rule=_boolean_rule, kinds="b")
def logical_or(x: Condition, y: Condition, name: Any = None) -> Array:
    """Whether one of them is true."""
    return np.logical_or(x, y)


@operation("math.logical_not", "logical_not", rule=_boolean_rule, kinds="b")
def logical_not(x: Condition, name: Any = None) -> Array:
    """Whether it is false."""
    return np.logical_not(x)


@operation("math.logical_xor", rule=_boolean_rule, kinds="b")
def logical_xor(x: Condition, y: Condition, name: Any = None) -> Array:
    """Whether just one of them is true."""
    return np.logical_xor(x, y)


@operation("math.is_nan", rule=_boolean_rule, kinds="f")
def is_nan(x: Operand, name: Any = None) -> Array:
    """Whether it is no number."""
    return np.isnan(x)


@operation("math.is_inf", rule=_boolean_rule, kinds="f")
def is_inf(x: Operand, name: Any = None) -> Array:
    """Whether it is infinite."""
    return np.isinf(x)


@operation("math.is_finite", rule=_boolean_rule, kinds="f")
def is_finite(x: Operand, name: Any = None) -> Array:
    """Whether it is a finite number."""
    return np.isfinite(x)


for _comparison in (
    equal, not_equal, greater, greater_equal, less, less_equal, logical_and, logical_or,
    logical_not, logical_xor, is_nan, is_inf, is_finite,
):  # fmt: skip
    _comparison.gradient(no_gradient)


def _set_operators() -> None:
    """`&`, `|`, `^` and `~`: logical operations on booleans, else bitwise ones."""
    for name, logical in (("and", logical_and), ("or", logical_or), ("xor", logical_xor)):
        set_operator(name, _by_dtype(f"bitwise_{name}", logical), reflected=True)
    set_operator("invert", _by_dtype("invert", logical_not), reflected=False)


def _by_dtype(name: str, logical: Any) -> Any:
    def chosen(x: Any, *others: Any) -> Any:
        if x.dtype is bool_:
            return logical(x, *others)
        from densetrace.tensorflow.ops import bitwise

        return getattr(bitwise, name)(x, *others)

    return chosen


_set_operators()
