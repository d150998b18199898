"""The objects behind the registry of names: what lookups find, and what a module offers."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from densetrace.data import names


def found(registry: str) -> dict[str, Any]:
    """A look-up table: each string that a registry finds -> the class or function."""
    return _objects(names.found(registry))


def offered(module: str) -> dict[str, Any]:
    """What a public module such as `keras.layers` offers, by name."""
    return _objects(names.public(module))


def _objects(listed: Mapping[str, names.Name]) -> dict[str, Any]:
    homes = {module: import_module(module) for module in {made.module for made in listed.values()}}
    return {name: getattr(homes[made.module], made.own) for name, made in listed.items()}
