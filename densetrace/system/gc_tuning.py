"""Garbage-collector thresholds for short commands.

Nearly everything that a command loads and creates lives until its end. Some eighty collections, and
one more at exit, find nothing and take a sixth of a short command's time.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

USUAL: Final = gc.get_threshold()
RARELY: Final = 100_000
"""More objects than a command on one layer creates."""


def rarely() -> None:
    """Collect rarely from now on."""
    gc.set_threshold(RARELY, *USUAL[1:])


def as_usual() -> None:
    """Undo `rarely` before a user's code runs, which may create much garbage. Does nothing when
    densetrace is used as a library."""
    if gc.get_threshold()[0] == RARELY:
        gc.set_threshold(*USUAL)


def skip_at_exit() -> None:
    """Skip the collection at exit, unless a user's code ran: its objects may have finalizers."""
    if gc.get_threshold()[0] == RARELY:
        gc.freeze()


@contextmanager
def paused() -> Iterator[None]:
    """Pause the collector while many objects without cycles are created from a trace: collecting
    in between takes longer than the work itself."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
