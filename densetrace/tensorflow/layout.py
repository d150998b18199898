"""Where a program keeps the numbers of each operation: in a buffer, in a variable, or in an array
that NumPy allocates."""

import math
from collections.abc import Sequence
from typing import Any, Final

from densetrace.tensorflow.definition import Operation
from densetrace.tensorflow.listing import ASSIGN, READ, Item, Listing

ALWAYS: Final = math.inf
"""The last use of what an output, or something outside of the program, may hold."""


class Layout:
    """Where the numbers of each slot are: in a buffer, in a variable, or in an array of NumPy.

    A slot has sources: the slots in whose memory its numbers may be.
    """

    def __init__(self, listing: Listing, inputs: Sequence[int], updated: dict[int, Any]) -> None:
        self._inputs = inputs
        self._listing = listing
        self._items = listing.items
        self._updated = updated
        self.copied: set[int] = set()
        """Positions of reads that copy the variable, since it changes while they are needed."""
        self.in_place: dict[int, int] = {}
        """Position of an assignment -> of the operation that writes into the variable."""
        self._refused: set[int] = set()
        while not self._settle():
            pass

    # -- sources -----------------------------------------------------------------------------------

    def _settle(self) -> bool:
        """Choose what is written in place; False when a read has to copy, which changes that."""
        self.in_place = {}
        self._find_sources()
        for at, item in enumerate(self._items):
            if item.operation is ASSIGN and id(item.attributes["variable"]) in self._updated:
                maker = self._maker_for(at)
                if maker is not None and at not in self._refused:
                    self.in_place[at] = maker
                    self._find_sources()
        return self._has_no_conflict()

    def _find_sources(self) -> None:
        """Find the sources of each slot, the variable of each source, and the last uses."""
        self.sources = {slot: frozenset([slot]) for slot in self._inputs}
        self.variable: dict[int, int] = {}
        self.born: dict[int, int] = {}
        self.last: dict[int, float] = {}
        makers = {maker: at for at, maker in self.in_place.items()}
        for at, item in enumerate(self._items):
            self._use(item.takes, at)
            held = frozenset().union(*[self.sources.get(slot, frozenset()) for slot in item.takes])
            if item.operation is READ and id(item.attributes["variable"]) in self._updated:
                slot = item.gives[0]
                self.sources[slot] = frozenset([slot])
                self.born[slot] = at
                if at not in self.copied:
                    self.variable[slot] = id(item.attributes["variable"])
                continue
            if item.operation is ASSIGN and id(item.attributes["variable"]) in self._updated:
                self.sources[item.gives[0]] = held
                continue
            if item.operation is READ:
                continue
            if _may_keep(item):
                self._use(item.takes, ALWAYS)
            for slot in item.gives:
                self.born[slot] = at
                own = frozenset([slot])
                self.sources[slot] = own if item.write is not None else own | held
                if at in makers:
                    self.variable[slot] = id(self._items[makers[at]].attributes["variable"])
        self._use(self._listing.outputs, ALWAYS)

    def _use(self, slots: Sequence[int], at: float) -> None:
        for slot in slots:
            for source in self.sources.get(slot, ()):
                self.last[source] = max(self.last.get(source, -1), at)

    def keeps_inputs(self) -> bool:
        """Whether an output, or something outside of the program, may hold memory of an input."""
        return any(self.last.get(slot) == ALWAYS for slot in self._inputs)

    # -- variables ---------------------------------------------------------------------------------

    def _maker_for(self, at: int) -> int | None:
        """The position of the operation that can compute the value of an assignment in the memory
        of the variable."""
        value = self._items[at].takes[0]
        if value not in self.born or self.sources.get(value) != frozenset([value]):
            return None
        maker = self.born[value]
        item = self._items[maker]
        if item.write is None or value in self.variable or item.gives != (value,):
            return None
        array = self._listing.seen[value]
        if not item.operation.in_place:
            return None
        key = id(self._items[at].attributes["variable"])
        for slot in item.takes:
            for source in self.sources.get(slot, ()):
                same = source == slot and self._listing.seen[slot].shape == array.shape
                if self.variable.get(source) == key and not same:
                    return None
        for between in self._items[maker + 1 : at]:
            if between.write is None and between.operation is not READ:
                return None
            if any(self._is_of(slot, key) for slot in between.takes):
                return None
            if between.operation is READ and id(between.attributes["variable"]) == key:
                return None
        return maker

    def _is_of(self, slot: int, key: int) -> bool:
        return any(self.variable.get(source) == key for source in self.sources.get(slot, ()))

    def _has_no_conflict(self) -> bool:
        writes: dict[int, list[int]] = {}
        for at, item in enumerate(self._items):
            if item.operation is ASSIGN and id(item.attributes["variable"]) in self._updated:
                key = id(item.attributes["variable"])
                writes.setdefault(key, []).append(self.in_place.get(at, at))
        makers = {maker: at for at, maker in self.in_place.items()}
        for source, key in self.variable.items():
            born, last = self.born[source], self.last.get(source, -1)
            if any(born < write < last for write in writes.get(key, ())):
                if born in makers:
                    self._refused.add(makers[born])
                else:
                    self.copied.add(born)
                return False
        return True


def _may_keep(item: Item) -> bool:
    """Whether an operation may keep its operands for longer than it runs."""
    return not isinstance(item.operation, Operation) or item.operation.stateful
