"""Comparisons and logic, element by element, without gradients."""

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from densetrace.tensorflow.convert import array_of
from densetrace.tensorflow.definition import Rule
from densetrace.tensorflow.dtypes import bool_
from densetrace.tensorflow.operation import (
    Condition,
    Operand,
    Spec,
    elementwise_rule,
    operation,
    set_operator,
)
from densetrace.tensorflow.ops.bitwise import bitwise_and, bitwise_or, bitwise_xor, invert
from densetrace.tensorflow.ops.gradients import no_gradient
from densetrace.tensorflow.shapes import UNKNOWN_RANK, TensorShape, of_sizes
from densetrace.tensorflow.tensor import Array, Operators, Tensor


def _boolean_rule(*specs: Spec, **attributes: Any) -> Any:
    return elementwise_rule(*specs)[0], bool_


def _order_rule(compare: Callable[[int, int], bool]) -> Rule:
    """The rule of a comparison by order; that of two known sizes is known too."""

    def rule(x: Spec, y: Spec) -> Any:
        is_known = isinstance(x.known, int) and isinstance(y.known, int)
        return *_boolean_rule(x, y), compare(x.known, y.known) if is_known else None

    return rule


@operation("math.equal", "equal", rule=_boolean_rule, ufunc=np.equal)
def equal(x: Operand, y: Operand, name: Any = None) -> Array:
    """Whether x equals y: bool, in the shape that x and y broadcast to."""
    return np.equal(x, y).astype(bool)


@operation("math.not_equal", "not_equal", rule=_boolean_rule, ufunc=np.not_equal)
def not_equal(x: Operand, y: Operand, name: Any = None) -> Array:
    """Whether x differs from y: bool, in the shape that x and y broadcast to."""
    return np.not_equal(x, y).astype(bool)


def _fit(x: TensorShape, y: TensorShape) -> bool | None:
    """Whether two shapes broadcast; None where that depends on unknown sizes."""
    if x.rank is None or y.rank is None:
        return None
    pairs = list(zip(reversed(x), reversed(y), strict=False))
    if any(a != b and None not in (a, b) and 1 not in (a, b) for a, b in pairs):
        return False
    depends = any((a is None) != (b is None) and 1 not in (a, b) for a, b in pairs)
    return None if depends else True


def _loose_rule(x: Spec, y: Spec) -> Any:
    return (TensorShape(()) if _fit(x.shape, y.shape) is False else UNKNOWN_RANK), bool_


def _fits(x: Array, y: Array) -> bool:
    return bool(_fit(of_sizes(x.shape), of_sizes(y.shape)))


@operation("raw_ops.Equal", rule=_loose_rule)
def _equal(x: Operand, y: Operand, name: Any = None) -> Array:
    """Like `equal`; the scalar False where the shapes do not broadcast."""
    return np.equal(x, y).astype(bool) if _fits(x, y) else np.asarray(False)


@operation("raw_ops.NotEqual", rule=_loose_rule)
def _not_equal(x: Operand, y: Operand, name: Any = None) -> Array:
    """Like `not_equal`; the scalar True where the shapes do not broadcast."""
    return np.not_equal(x, y).astype(bool) if _fits(x, y) else np.asarray(True)


def _set_equality_operators() -> None:
    """`==` and `!=`, which never fail because of shapes."""

    def method(strict: Any, loose: Any) -> Any:
        def compare(self: Any, other: Any) -> Any:
            if not isinstance(other, Operators):
                other = Tensor(array_of(other, self.dtype))
            fits = _fit(self.shape, other.shape)
            return (strict if fits else loose)(self, other)

        return compare

    set_operator("equal", method(equal, _equal), reflected=False)
    set_operator("not_equal", method(not_equal, _not_equal), reflected=False)


_set_equality_operators()


@operation(
    "math.greater",
    "greater",
    operator="gt",
    reflected=False,
    rule=_order_rule(operator.gt),
    kinds="iuf",
    ufunc=np.greater,
)
def greater(x: Operand, y: Operand, name: Any = None) -> Array:
    """Whether x > y."""
    return np.greater(x, y)


@operation("math.greater_equal", "greater_equal", operator="ge", reflected=False,
           rule=_order_rule(operator.ge), kinds="iuf", ufunc=np.greater_equal)  # fmt: skip
def greater_equal(x: Operand, y: Operand, name: Any = None) -> Array:
    """Whether x >= y."""
    return np.greater_equal(x, y)


@operation(
    "math.less",
    "less",
    operator="lt",
    reflected=False,
    rule=_order_rule(operator.lt),
    kinds="iuf",
    ufunc=np.less,
)
def less(x: Operand, y: Operand, name: Any = None) -> Array:
    """Whether x < y."""
    return np.less(x, y)


@operation(
    "math.less_equal",
    "less_equal",
    operator="le",
    reflected=False,
    rule=_order_rule(operator.le),
    kinds="iuf",
    ufunc=np.less_equal,
)
def less_equal(x: Operand, y: Operand, name: Any = None) -> Array:
    """Whether x <= y."""
    return np.less_equal(x, y)


@operation("math.logical_and", "logical_and", rule=_boolean_rule, kinds="b", ufunc=np.logical_and)
def logical_and(x: Condition, y: Condition, name: Any = None) -> Array:
    """Whether both are true."""
    return np.logical_and(x, y)


@operation("math.logical_or", "logical_or", rule=_boolean_rule, kinds="b", ufunc=np.logical_or)
def logical_or(x: Condition, y: Condition, name: Any = None) -> Array:
    """Whether one of them is true."""
    return np.logical_or(x, y)


@operation("math.logical_not", "logical_not", rule=_boolean_rule, kinds="b", ufunc=np.logical_not)
def logical_not(x: Condition, name: Any = None) -> Array:
    """Whether it is false."""
    return np.logical_not(x)


@operation("math.logical_xor", rule=_boolean_rule, kinds="b", ufunc=np.logical_xor)
def logical_xor(x: Condition, y: Condition, name: Any = None) -> Array:
    """Whether exactly one of them is true."""
    return np.logical_xor(x, y)


@operation("math.is_nan", rule=_boolean_rule, kinds="f")
def is_nan(x: Operand, name: Any = None) -> Array:
    """Whether x is NaN."""
    return np.isnan(x)


@operation("math.is_inf", rule=_boolean_rule, kinds="f")
def is_inf(x: Operand, name: Any = None) -> Array:
    """Whether x is infinite."""
    return np.isinf(x)


@operation("math.is_finite", rule=_boolean_rule, kinds="f")
def is_finite(x: Operand, name: Any = None) -> Array:
    """Whether x is finite."""
    return np.isfinite(x)


for _comparison in (
    equal, not_equal, greater, greater_equal, less, less_equal, logical_and, logical_or,
    logical_not, logical_xor, _equal, _not_equal,
):  # fmt: skip
    _comparison.gradient(no_gradient)


def _set_logical_operators() -> None:
    """`&`, `|`, `^` and `~`: logical for booleans, bitwise for integers."""

    def choose(logical: Any, bitwise: Any) -> Any:
        return lambda x, *others: (logical if x.dtype is bool_ else bitwise)(x, *others)

    set_operator("and", choose(logical_and, bitwise_and), reflected=True)
    set_operator("or", choose(logical_or, bitwise_or), reflected=True)
    set_operator("xor", choose(logical_xor, bitwise_xor), reflected=True)
    set_operator("invert", choose(logical_not, invert), reflected=False)


_set_logical_operators()
