"""Placeholders for names that a real Keras has and densetrace lacks.

A script may import such a name, store it, print it and compare it by `is`. Any other use (calling
it, inheriting from it, reading an attribute) raises `NotProvidedError`.
"""

from collections.abc import Callable
from typing import Any, Final, NoReturn

_OPERATORS: Final = (
    *("add", "sub", "mul", "matmul", "truediv", "floordiv", "mod", "divmod", "pow"),
    *("lshift", "rshift", "and", "xor", "or"),
)
_USES: Final = (
    *("call", "mro_entries", "instancecheck", "subclasscheck", "bool", "len", "iter", "next"),
    *("reversed", "contains", "getitem", "setitem", "delitem", "setattr", "delattr", "dir"),
    *("enter", "exit", "aenter", "aexit", "aiter", "anext", "await", "lt", "le", "gt", "ge"),
    *("neg", "pos", "abs", "invert", "int", "float", "complex", "index", "round", "trunc"),
    *("floor", "ceil", "fspath", "bytes", "array", "copy", "deepcopy", "reduce_ex"),
    *(f"{side}{operator}" for operator in _OPERATORS for side in ("", "r", "i")),
)


class NotProvidedError(BaseException):
    """A script used a name that densetrace lacks, which ends it.

    It is not an `Exception`: a script that catches those would continue and behave differently than
    with Keras.
    """

    def __init__(self, dotted: str) -> None:
        super().__init__(f"densetrace does not provide {dotted}")
        self.dotted = dotted


class Placeholder:
    """The placeholder of one name. `on_use` is called with each error before it is raised."""

    __slots__ = ("__weakref__", "_dotted", "_on_use")

    def __init__(self, dotted: str, on_use: Callable[[NotProvidedError], object]) -> None:
        object.__setattr__(self, "_dotted", dotted)
        object.__setattr__(self, "_on_use", on_use)

    def __repr__(self) -> str:
        return f"<{dotted_of(self)}, which densetrace does not provide>"

    def __getattribute__(self, name: str) -> NoReturn:
        _refuse(self)


def dotted_of(placeholder: Placeholder) -> str:
    """The name of a placeholder."""
    return str(object.__getattribute__(placeholder, "_dotted"))


def _refuse(placeholder: Placeholder, *arguments: Any, **keywords: Any) -> NoReturn:
    refusal = NotProvidedError(dotted_of(placeholder))
    object.__getattribute__(placeholder, "_on_use")(refusal)
    raise refusal


for _name in _USES:
    setattr(Placeholder, f"__{_name}__", _refuse)
