"""The table of public Keras names that a config may use, and their objects.

A config says `{"module": "keras.initializers", "class_name": "Zeros"}`; this table is the only
place where such a pair is looked up. Follows tensorflow.python.util.tf_export, which keras 2.14
uses.
"""

from collections.abc import Callable
from importlib import import_module
from typing import Any, Final, TypeVar

from densetrace.data.names import public
from densetrace.system.real_home import known_module, of_keras

T = TypeVar("T")

_ON_DEMAND: Final = {
    "losses": "losses",
    "metrics": "metrics",
    "optimizers": "optimizers",
    "loss_scale_optimizer": "mixed_precision.loss_scale_optimizer",
    "LossScaleOptimizer": "mixed_precision.loss_scale_optimizer",
}
"""Modules that only `compile` imports, by the part of a name that refers to them;
`get_symbol_from_name` imports one."""

_OBJECTS: Final[dict[str, Any]] = {}
_CANONICAL_NAMES: Final[dict[int, str]] = {}
_HOMES: Final[dict[int, str]] = {}


def keras_export(*names: str) -> Callable[[T], T]:
    """Register a class or function under its public names; a config saves it by the first one.

    Only for objects that a config may legitimately name: layers, initializers, activation functions
    and the like, never a helper that loads, saves or looks up.
    """

    def decorate(exported: T) -> T:
        _CANONICAL_NAMES[id(exported)] = names[0]
        _OBJECTS.update(dict.fromkeys(names, exported))
        if isinstance(exported, type):
            of_keras(exported)
        return exported

    return decorate


def library_export(module: str, exported: T) -> T:
    """Register a function that Keras itself takes from TensorFlow's `module`, or a class without a
    public name that configs save by Keras's own `module`."""
    _HOMES[id(exported)] = module
    if isinstance(exported, type):
        of_keras(exported)
    _OBJECTS[f"{module}.{getattr(exported, '__name__', '')}"] = exported
    return exported


def get_symbol_from_name(name: str) -> Any:
    """Return the object with this dotted public name, or None."""
    if name not in _OBJECTS:
        for module in set(_ON_DEMAND).intersection(name.split(".")):
            import_module(f"densetrace.keras.{_ON_DEMAND[module]}")
        module, _, own = name.rpartition(".")
        if module == "keras.layers" and own in public(module):
            import_module(public(module)[own].module)
    return _OBJECTS.get(name)


def get_canonical_name_for_symbol(symbol: object) -> str | None:
    """Return the public name that an object is saved by, or None if it is not part of Keras."""
    # Compares by identity: `_OBJECTS` keeps its objects alive, and some symbols are unhashable.
    return _CANONICAL_NAMES.get(id(symbol))


def home_module(symbol: Any) -> str:
    """Return the module that a config names for an object without a public Keras name."""
    return _HOMES.get(id(symbol)) or known_module(symbol)
