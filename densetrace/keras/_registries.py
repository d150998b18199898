"""Objects for the registry of names: the look-up tables, and the contents of public modules."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from densetrace.data import names


def found(registry: str) -> dict[str, Any]:
    """Return the look-up table of a registry such as `losses`: string -> class or function."""
    return _objects(names.found(registry))


def offered(module: str) -> dict[str, Any]:
    """Return the objects that a public module such as `keras.layers` exports, by name."""
    return _objects(names.public(module))


def _objects(listed: Mapping[str, names.Name]) -> dict[str, Any]:
    homes = {module: import_module(module) for module in {made.module for made in listed.values()}}
    return {name: getattr(homes[made.module], made.own) for name, made in listed.items()}
