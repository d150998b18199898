"""`tf.data`: datasets, their iterators and options. The modules are imported on first use."""

from importlib import import_module
from typing import Any, Final

_HOMES: Final = {
    "AUTOTUNE": "dataset",
    "Dataset": "dataset",
    "Iterator": "iterators",
    "Options": "options",
}
_CONSTANTS: Final = {"INFINITE_CARDINALITY": "INFINITE", "UNKNOWN_CARDINALITY": "UNKNOWN"}


def __getattr__(name: str) -> Any:
    if name in _HOMES or name in _CONSTANTS:
        module = import_module(f"{__name__}.{_HOMES.get(name, 'dataset')}")
        value = globals()[name] = getattr(module, _CONSTANTS.get(name, name))
        return value
    if name == "experimental":
        return import_module(f"{__name__}.experimental")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*_HOMES, *_CONSTANTS, "experimental"])
