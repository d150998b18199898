"""Names of a package that are loaded on first use: an import costs start-up time.

__getattr__ = on_demand(__name__, {"Dense": "densetrace.keras.layers"})
"""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def on_demand(package: str, homes: Mapping[str, str]) -> Callable[[str], Any]:
    """A package's `__getattr__`.

    Args:
        package: the name of the package.
        homes: name -> the module that defines it; for a submodule, its own full name.

    Raises:
        AttributeError: from the returned function, for any other name.
    """

    def load(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        if homes[name] == f"{package}.{name}":
            return import_module(homes[name])
        return imported(homes[name], name)

    return load


def imported(module: str, name: str) -> Any:
    """The attribute `name` of a module, which is imported if need be."""
    return getattr(import_module(module), name)
