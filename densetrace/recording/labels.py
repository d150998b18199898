"""Labels of the objects of a trace: a layer's name, or a class and a count."""

import weakref
from collections.abc import Callable
from typing import Final

from densetrace.recording.introspect import attributes_of, facts_of
from densetrace.recording.snapshot import name_text

_RENAMED: Final = frozenset(("Metric", "RNN"))
"""Base classes of objects that Keras names a second time."""


class Identity:
    """One object of a trace, and its label: made from its class, until it has a name. Keras names a
    metric again when it is compiled, and a recurrent layer when a `Bidirectional` holds it, so
    their names are read each time."""

    __slots__ = ("label", "name", "named", "owner")

    def __init__(self, owner: Callable[[], object], label: str, named: bool) -> None:
        self.owner = owner
        self.label = label
        self.named = named
        self.name: str | None = None


class Labels:
    """The labels of one trace."""

    __slots__ = ("_counts", "_identities")

    def __init__(self) -> None:
        self._identities: dict[int, Identity] = {}
        self._counts: dict[str, int] = {}

    def of(self, value: object) -> str:
        """The label of an object.

        An object without weak references gets its class's name alone: its id may be reused by
        another object.
        """
        identity = self.identify(value)
        return facts_of(type(value)).name if identity is None else identity.label

    def identify(self, value: object) -> Identity | None:
        """The object's identity in this trace; None without weak references."""
        identity = self._identities.get(id(value))
        if identity is None or identity.owner() is not value:
            try:
                owner = weakref.ref(value)
            except TypeError:
                return None
            facts = facts_of(type(value))
            label = self._numbered(facts.name + "#")
            # Only a layer has a name, which it gets after it was created.
            identity = Identity(owner, label, named=not facts.is_layer)
            self._identities[id(value)] = identity
        if not identity.named:
            attributes = attributes_of(value)
            name = attributes.get("_name", attributes.get("name"))  # in Keras 3 it is `name`
            if type(name) is str and name != identity.name:
                identity.label = self._unique(name_text(name))
                identity.name = name
                identity.named = _RENAMED.isdisjoint(facts_of(type(value)).lineage)
        return identity

    def _unique(self, name: str) -> str:
        """`name`, or `name (2)` when another object of this trace has that name."""
        count = self._counts[name] = self._counts.get(name, 0) + 1
        return name if count == 1 else f"{name} ({count})"

    def _numbered(self, stem: str) -> str:
        count = self._counts[stem] = self._counts.get(stem, 0) + 1
        return f"{stem}{count}"
