"""Which object stands behind each public Keras name that a config may use.

A config says `{"module": "keras.initializers", "class_name": "Zeros"}`; this table is the only
place where such a pair is looked up. Follows tensorflow.python.util.tf_export, as keras 2.14 uses
it.
"""

from collections.abc import Callable
from importlib import import_module
from typing import Any, Final, TypeVar

T = TypeVar("T")

_ON_DEMAND: Final = ("losses", "metrics", "optimizers")
"""Rooms that only `compile` loads: what they export is known from then on, or once asked for."""

_OBJECTS: Final[dict[str, Any]] = {}
_CANONICAL_NAMES: Final[dict[int, str]] = {}
_HOMES: Final[dict[int, str]] = {}


def keras_export(*names: str) -> Callable[[T], T]:
    """Make a class or function known under its public names; the first is the one it is saved by.

    For what a config may rightly mean, and nothing else: layers, initializers, activation
    functions and the like, never a helper that loads, saves or looks up.
    """

    def decorate(exported: T) -> T:
        _CANONICAL_NAMES[id(exported)] = names[0]
        _OBJECTS.update(dict.fromkeys(names, exported))
        return exported

    return decorate


def library_export(module: str, function: T) -> T:
    """Make a function known that Keras takes from TensorFlow's `module` as it is."""
    _HOMES[id(function)] = module
    _OBJECTS[f"{module}.{getattr(function, '__name__', '')}"] = function
    return function


def get_symbol_from_name(name: str) -> Any:
    """The object with this dotted public name, or None."""
    if name not in _OBJECTS:
        for room in set(_ON_DEMAND).intersection(name.split(".")):
            import_module(f"densetrace.keras.{room}")
    return _OBJECTS.get(name)


def get_canonical_name_for_symbol(symbol: object) -> str | None:
    """The public name that an object is saved by, or None when it is not part of Keras."""
    # By identity: the table keeps its objects alive, and not every symbol can be hashed.
    return _CANONICAL_NAMES.get(id(symbol))


def home_module(symbol: Any) -> str:
    """The module that a config names for a function that has no public Keras name."""
    return _HOMES.get(id(symbol)) or str(symbol.__module__)
