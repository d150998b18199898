"""The session state of the mirror: unique names, name scopes, and the default float type.

Follows keras 2.14 backend.py.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final

from densetrace.hooks import traced
from densetrace.keras._tensors import Array, KerasTensor, Tensor, Variable, as_array, as_dtype

_uid_map: Final[defaultdict[tuple[str, str], int]] = defaultdict(int)
_observed_names: Final[set[str]] = set()
_floatx = "float32"
_epsilon = 1e-7
_scope: ContextVar[str] = ContextVar("densetrace_name_scope", default="")

_FIRST_SCOPE: Final = re.compile(r"[A-Za-z0-9.][A-Za-z0-9_.\\/>-]*")
_INNER_SCOPE: Final = re.compile(r"[A-Za-z0-9_.\\/>-]*")


def floatx() -> str:
    """The float type that layers use when none is asked for: `float32` unless it was set."""
    return _floatx


def set_floatx(value: str) -> None:
    """Set the float type that layers use when none is asked for.

    Raises:
        ValueError: when `value` is not float16, float32 or float64.
    """
    global _floatx
    if value not in ("float16", "float32", "float64"):
        raise ValueError(
            f"floatx must be one of float16, float32, float64. Received: floatx={value!r}"
        )
    _floatx = value


def epsilon() -> float:
    """The small number that is added where a division by zero or a logarithm of zero threatens."""
    return _epsilon


def set_epsilon(value: float) -> None:
    """Set what `epsilon` returns."""
    global _epsilon
    _epsilon = value


def cast_to_floatx(x: Any) -> Array:
    """`x` as an array of the default float type.

    Follows keras 2.14 backend.py, cast_to_floatx.
    """
    return as_array(x, as_dtype(_floatx))


def variable(value: Any, dtype: Any = None, name: str | None = None, constraint: Any = None) -> Any:
    """A variable with this value, of the default float type unless another is given.

    Follows keras 2.14 backend.py, variable.
    """
    array = as_array(value, as_dtype(dtype or _floatx))
    return Variable(array, name=name or "Variable", constraint=constraint)


def placeholder(
    shape: Any = None, ndim: int | None = None, dtype: Any = None, name: str | None = None
) -> KerasTensor:
    """A symbolic tensor of this shape, or of unknown sizes on this many axes.

    Follows keras 2.14 backend.py, placeholder.

    Raises:
        ValueError: when neither is given.
    """
    # DEPARTS: Keras makes one of unknown rank then; densetrace knows no such shapes.
    if shape is None and ndim is None:
        raise ValueError("A placeholder needs a shape or ndim. Received: neither")
    sizes = [None] * ndim if shape is None and ndim is not None else shape
    return KerasTensor(sizes, as_dtype(dtype or _floatx), name)


def get_value(x: Any) -> Any:
    """The numbers of a tensor or variable; anything else as it is.

    Follows keras 2.14 backend.py, get_value.
    """
    return x.numpy() if isinstance(x, Tensor | Variable) else x


def set_value(x: Variable, value: Any) -> None:
    """Replace the numbers of a variable. Follows keras 2.14 backend.py, set_value."""
    x.assign(as_array(value, x.dtype))


def eval(x: Any) -> Any:
    """The numbers of a tensor or variable. Follows keras 2.14 backend.py, eval."""
    return get_value(x)


def clear_session() -> None:
    """Forget every name given so far: the next Dense is `dense` again."""
    _uid_map.clear()
    _observed_names.clear()


reset_uids = clear_session


def observe_object_name(name: str) -> None:
    """Remember a name that a person gave, so that an object which asks for it can avoid it."""
    _observed_names.add(name)


@traced("name")
def unique_object_name(
    name: str,
    name_uid_map: defaultdict[tuple[str, str], int] | None = None,
    avoid_names: set[str] | None = None,
    namespace: str = "",
    zero_based: bool = False,
    avoid_observed_names: bool = False,
) -> str:
    """A name no other object of this session has: `dense`, `dense_1`, `dense_2` (zero based), or
    `dense_1`, `dense_2`.

    Follows keras 2.14 backend.py, unique_object_name.
    """
    counts = _uid_map if name_uid_map is None else name_uid_map
    avoid = avoid_names or (_observed_names if avoid_observed_names else set())
    while True:
        number = counts[namespace, name]
        counts[namespace, name] += 1
        if zero_based:
            proposed = f"{name}_{number}" if number else name
        else:
            proposed = f"{name}_{number + 1}"
        if proposed not in avoid:
            return proposed


def get_uid(prefix: str = "") -> int:
    """The next number for a prefix, from 1.

    Follows keras 2.14 backend.py, get_uid.
    """
    _uid_map["", prefix] += 1
    return _uid_map["", prefix]


def current_name_scope() -> str:
    """The scope that a variable made now would be named in, without the trailing slash."""
    return _scope.get()


@contextmanager
def name_scope(name: str, *, symbolic: bool = False) -> Iterator[None]:
    """Name the variables made inside `outer/name/...`.

    TensorFlow checks the name only while it builds a graph, which is what `symbolic` says.

    Raises:
        ValueError: when a symbolic scope's name has a character that graphs do not allow.
    """
    outer = _scope.get()
    allowed = _INNER_SCOPE if outer else _FIRST_SCOPE
    if symbolic and name and not allowed.fullmatch(name):
        raise ValueError(
            f"A scope name has to match the pattern ^{allowed.pattern}$. Received: {name!r}"
        )
    token = _scope.set(f"{outer}/{name}" if outer and name else outer or name)
    try:
        yield
    finally:
        _scope.reset(token)


@contextmanager
def outermost_name_scope() -> Iterator[None]:
    """Leave all name scopes for the length of a `with` block, as `tf.init_scope` does when a graph
    is built inside it."""
    token = _scope.set("")
    try:
        yield
    finally:
        _scope.reset(token)
