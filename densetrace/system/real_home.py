"""The module and the name that a class of our stack has in Keras or TensorFlow.

While a script runs, its classes have them: `print(type(layer))` prints
`<class 'keras.src.layers.core.dense.Dense'>`, as with Keras. `defining_module` returns the module
that really defines a class.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final, NamedTuple, TypeVar

Made = TypeVar("Made", bound=type)

PART: Final = re.compile(r"\._(callbacks|training)_[a-z_]+$")
"""A module of our stack that holds a part of a module of Keras: `callbacks`, in
`_callbacks_monitors`."""


class _Home(NamedTuple):
    """A class with the module and the name that it has here, and those in the real library."""

    cls: type
    own: tuple[str, str]
    real: tuple[str, str]

    def move(self, to: tuple[str, str]) -> None:
        self.cls.__module__, self.cls.__qualname__ = to


_HOMES: Final[dict[int, _Home]] = {}
"""The classes with a real home, by id."""

_moved: list[None] = []
"""Not empty while the classes have their real modules and names."""

_module: Final = vars(type)["__module__"].__get__


def known_as(module: str, name: str = "") -> Callable[[Made], Made]:
    """A class decorator: the module of the class in the real library, and its name there."""

    def decorate(cls: Made) -> Made:
        own = cls.__module__, cls.__qualname__
        home = _HOMES[id(cls)] = _Home(cls, own, (module, name or cls.__qualname__))
        if _moved:
            home.move(home.real)
        return cls

    return decorate


def of_keras(cls: Made) -> Made:
    """A class decorator: the class has the module of Keras at the same path."""
    _, _, path = cls.__module__.partition("densetrace.keras.")
    return known_as("keras.src" + PART.sub(r".\1", f".{path}"))(cls) if path else cls


@contextmanager
def real_homes() -> Iterator[None]:
    """Give the classes their modules and names of the real library during a `with` block."""
    _moved.append(None)
    for home in list(_HOMES.values()):
        home.move(home.real)
    try:
        yield
    finally:
        _moved.pop()
        if not _moved:
            for home in list(_HOMES.values()):
                home.move(home.own)


def classes_in(module: str) -> Mapping[str, type]:
    """The classes whose real home is this module, by name."""
    return {home.real[1]: home.cls for home in list(_HOMES.values()) if home.real[0] == module}


def is_home(module: str) -> bool:
    """Whether a class has its real home in this module or below it."""
    return any(f"{home.real[0]}.".startswith(f"{module}.") for home in list(_HOMES.values()))


def known_module(cls: type) -> str:
    """Return the module that a class has in the real library, or else its own."""
    home = _HOMES.get(id(cls))
    return str(cls.__module__) if home is None else home.real[0]


def defining_module(cls: type) -> str:
    """Return the module that defines a class; `?` if its `__module__` is not a string."""
    home = _HOMES.get(id(cls))
    if home is not None:
        return home.own[0]
    module = _module(cls)
    return module if type(module) is str else "?"
