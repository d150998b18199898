"""The module that a class has in Keras or TensorFlow: `print(type(layer))` prints it, as there.

A class of our stack gets the `__module__` of the class that it follows. `defining_module` returns
the module that really defines it.
"""

import copyreg
import re
from collections.abc import Callable
from importlib import import_module
from typing import Any, Final, TypeVar

Made = TypeVar("Made", bound=type)

PART: Final = re.compile(r"\._(callbacks|training)_[a-z_]+$")
"""A module of our stack that holds a part of a module of Keras: `callbacks`, in
`_callbacks_monitors`."""

_DEFINED: Final[dict[int, tuple[type, str]]] = {}
"""The classes with another `__module__`, and the modules that define them, by the class's id."""

_PLAIN: Final = object.__reduce_ex__
_NEW: Final = getattr(copyreg, "__newobj__")  # noqa: B009 - typeshed lacks it
"""How Python pickles an instance, and what creates one again."""

_module: Final = vars(type)["__module__"].__get__


def known_as(module: str, name: str = "") -> Callable[[Made], Made]:
    """A class decorator: the class has this module, and this name when it is printed."""

    def decorate(cls: Made) -> Made:
        _DEFINED[id(cls)] = cls, cls.__module__
        cls.__module__ = module
        if name:
            cls.__qualname__ = name
        if getattr(cls, "__reduce_ex__") is _PLAIN:  # noqa: B009 - mypy knows better than to compare
            setattr(cls, "__reduce_ex__", _reduced)  # noqa: B010
        return cls

    return decorate


def of_keras(cls: Made) -> Made:
    """A class decorator: the class has the module of Keras at the same path."""
    _, _, path = cls.__module__.partition("densetrace.keras.")
    return known_as("keras.src" + PART.sub(r".\1", f".{path}"))(cls) if path else cls


def _reduced(instance: Any, protocol: Any) -> Any:
    """The `__reduce_ex__` of these classes: pickle finds the class where it is defined."""
    parts = object.__reduce_ex__(instance, max(2, protocol))
    cls = type(instance)
    if isinstance(parts, str) or id(cls) not in _DEFINED:
        return parts
    made, arguments, *rest = parts
    home = _DEFINED[id(cls)][1], cls.__name__
    if made is cls:
        return _called, (home, *arguments), *rest
    if made is _NEW and arguments[0] is cls:
        return _created, (home, *arguments[1:]), *rest
    return parts


def _class(home: tuple[str, str]) -> Any:
    return getattr(import_module(home[0]), home[1])


def _called(home: tuple[str, str], *arguments: Any) -> Any:
    return _class(home)(*arguments)


def _created(home: tuple[str, str], *arguments: Any) -> Any:
    cls = _class(home)
    return cls.__new__(cls, *arguments)


def defining_module(cls: type) -> str:
    """Return the module that defines a class; `?` if its `__module__` is not a string."""
    if id(cls) in _DEFINED:
        return _DEFINED[id(cls)][1]
    module = _module(cls)
    return module if type(module) is str else "?"
