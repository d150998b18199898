"""Remembers what a function said of an object, for as long as the object is there."""

import functools
import weakref
from collections.abc import Callable
from typing import Any, Final, TypeVar

K = TypeVar("K")
T = TypeVar("T")

MOST: Final = 4096
"""How many objects are remembered before all are forgotten."""


def per_object(compute: Callable[[K], T]) -> Callable[[K], T]:
    """Make `compute`, a function of a class, a function or a code object, run once for each.

    The object is known by identity: it is not kept alive, and neither its `__hash__` nor its
    `__eq__` (for a class, those of its metaclass) is run.
    """
    known: dict[int, tuple[Callable[[], Any], T]] = {}

    @functools.wraps(compute)
    def recalled(about: K) -> T:
        found = known.get(id(about))
        if found is not None and found[0]() is about:
            return found[1]
        value = compute(about)
        if len(known) >= MOST:
            known.clear()
        known[id(about)] = weakref.ref(about), value
        return value

    return recalled
