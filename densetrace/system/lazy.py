"""Names of a package that are loaded when somebody first asks for them: an import costs start-up.

__getattr__ = on_demand(__name__, {"Dense": "densetrace.keras.layers"})
"""

from collections.abc import Callable, Mapping
from typing import Any


def on_demand(package: str, homes: Mapping[str, str]) -> Callable[[str], Any]:
    """A package's `__getattr__`.

    Args:
        package: the name of the package.
        homes: name -> the module that has it; a module that is a name itself stands for itself.

    Raises:
        AttributeError: by what is returned, for any other name.
    """

    def load(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        from importlib import import_module

        module = import_module(homes[name])
        return module if homes[name] == f"{package}.{name}" else getattr(module, name)

    return load
