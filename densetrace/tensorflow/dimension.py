"""One size of a shape as an object, which `TensorShape.dims` lists.

Follows tensorflow/python/framework/tensor_shape.py, Dimension.
"""

import operator
from collections.abc import Callable
from typing import Any, SupportsIndex

from densetrace.system.real_home import known_as

_Rule = Callable[[int, int], Any]


def size_of(given: SupportsIndex | None) -> int | None:
    """A size as an integer, or None if it is unknown.

    Raises:
        TypeError: when it is neither an integer nor None.
        ValueError: when it is negative.
    """
    if given is None:
        return None
    number: int | None
    if isinstance(given, int):  # True stays, as in TensorFlow
        number = given
    elif hasattr(given, "__index__"):
        number = given.__index__()
    else:
        raise TypeError(f"A dimension must be an integer or None. Received: {given!r:.80}")
    if number is not None and number < 0:
        raise ValueError(f"Dimension {number} must be >= 0")
    return number


@known_as("tensorflow.python.framework.tensor_shape")
class Dimension:
    """A size, or an unknown one: what is computed or compared with an unknown size is unknown.

    Arithmetic returns a Dimension. A comparison returns a bool, or None if a size is unknown.
    """

    __hash__ = None  # type: ignore[assignment] # as in TensorFlow: an unknown one equals nothing

    def __init__(self, value: Any) -> None:
        """A dimension of this size; of unknown size for None.

        Raises:
            TypeError: when the size is neither an integer nor None.
            ValueError: when it is negative.
        """
        self._value = size_of(value)

    @property
    def value(self) -> int | None:
        """The size; None if it is unknown."""
        return self._value

    def __index__(self) -> int:
        return self._value  # type: ignore[return-value] # Python refuses None, as in TensorFlow

    __int__ = __index__

    def __bool__(self) -> bool:
        return bool(self._value)

    def __repr__(self) -> str:
        return f"Dimension({self._value})"

    def __str__(self) -> str:
        return "?" if self._value is None else str(self._value)

    def __eq__(self, other: object) -> Any:
        try:
            return _computed(operator.eq, self, other)
        except (TypeError, ValueError):
            return NotImplemented

    def __ne__(self, other: object) -> Any:
        try:
            return _computed(operator.ne, self, other)
        except (TypeError, ValueError):
            return NotImplemented

    def __lt__(self, other: Any) -> Any:
        return _computed(operator.lt, self, other)

    def __le__(self, other: Any) -> Any:
        return _computed(operator.le, self, other)

    def __gt__(self, other: Any) -> Any:
        return _computed(operator.gt, self, other)

    def __ge__(self, other: Any) -> Any:
        return _computed(operator.ge, self, other)

    def __add__(self, other: Any) -> Any:
        return _dimension(operator.add, self, other)

    def __sub__(self, other: Any) -> Any:
        return _dimension(operator.sub, self, other)

    def __rsub__(self, other: Any) -> Any:
        return _dimension(operator.sub, other, self)

    def __mul__(self, other: Any) -> Any:
        return _dimension(operator.mul, self, other)

    def __floordiv__(self, other: Any) -> Any:
        return _dimension(operator.floordiv, self, other)

    def __rfloordiv__(self, other: Any) -> Any:
        return _dimension(operator.floordiv, other, self)

    def __mod__(self, other: Any) -> Any:
        return _dimension(operator.mod, self, other)

    def __rmod__(self, other: Any) -> Any:
        return _dimension(operator.mod, other, self)

    __radd__, __rmul__ = __add__, __mul__

    def is_compatible_with(self, other: Any) -> bool:
        """Whether both sizes are equal, or one is unknown."""
        return _computed(operator.eq, self, other) is not False

    def assert_is_compatible_with(self, other: Any) -> None:
        """Refuse another size.

        Raises:
            ValueError: when both sizes are known and differ.
        """
        if not self.is_compatible_with(other):
            raise ValueError(f"Dimensions {self} and {Dimension(other)} are incompatible")

    def merge_with(self, other: Any) -> "Dimension":
        """The size that is known.

        Raises:
            ValueError: when both sizes are known and differ.
        """
        self.assert_is_compatible_with(other)
        return Dimension(other if self._value is None else self)


def _computed(rule: _Rule, first: Any, second: Any) -> Any:
    """What a rule makes of two sizes; None if one is unknown."""
    one, other = Dimension(first).value, Dimension(second).value
    return None if one is None or other is None else rule(one, other)


def _dimension(rule: _Rule, first: Any, second: Any) -> Any:
    try:
        return Dimension(_computed(rule, first, second))
    except TypeError:
        return NotImplemented
