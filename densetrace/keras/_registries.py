"""Objects for the registry of names: the look-up tables, and the contents of public modules."""

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

from densetrace.data import names
from densetrace.system.lazy import imported


class OnDemand(Mapping[str, Any]):
    """The look-up table of a registry, such as `layers`, that imports an object when it is asked
    for."""

    def __init__(self, registry: str) -> None:
        self._names = names.found(registry)

    def __getitem__(self, name: str) -> Any:
        made = self._names[name]
        return imported(made.module, made.own)

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def found(registry: str) -> dict[str, Any]:
    """Return the look-up table of a registry such as `losses`: string -> class or function."""
    return _objects(names.found(registry))


def _objects(listed: Mapping[str, names.Name]) -> dict[str, Any]:
    homes = {module: import_module(module) for module in {made.module for made in listed.values()}}
    return {name: getattr(homes[made.module], made.own) for name, made in listed.items()}
