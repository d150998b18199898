"""How often Python looks for garbage while a command runs.

Nearly all that a command loads and makes lives until its end. Looking through it some eighty times,
and once more on the way out, finds nothing and takes a sixth of a short command's time.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

USUAL: Final = gc.get_threshold()
RARELY: Final = 100_000
"""So many objects more are made than in a command on one layer."""


def rarely() -> None:
    """Let Python look rarely from now on."""
    gc.set_threshold(RARELY, *USUAL[1:])


def as_usual() -> None:
    """Undo `rarely`: from now on a person's code runs, which may make much garbage. Where a person
    uses densetrace as a library this does nothing."""
    if gc.get_threshold()[0] == RARELY:
        gc.set_threshold(*USUAL)


def no_more() -> None:
    """Leave out the last look, unless a person's code ran: its objects may have a last word."""
    if gc.get_threshold()[0] == RARELY:
        gc.freeze()


@contextmanager
def paused() -> Iterator[None]:
    """Keep Python from looking for cycles while much is made of a trace and no cycle among it: to
    look through a long trace again and again takes longer than the rest."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
