"""Makes the recorder fail at one of the calls it makes, found by counting them, not from a list.

A point is a call made while something is traced: of a function of the recorder's own files, or from
one of these of anything that is neither the framework's nor the traced code's. A profile function
sees all of them, C functions included, and raises at the one that is asked for.
"""

import inspect
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

import densetrace

PACKAGE = Path(densetrace.__file__).parent
SHARED = frozenset((str(PACKAGE / "recording" / "introspect.py"),))
"""The files that the framework calls, too: a fault there is the recorder's only where it calls."""

RECORDER = frozenset(map(str, PACKAGE.glob("recording/*.py"))) - SHARED
"""The files that run inside the traced code: those of no room."""


@dataclass
class Faults:
    """Counts the points that are passed, by place, and raises at number `at` (0: at none)."""

    at: int = 0
    error: type[BaseException] = RuntimeError
    passed: int = 0
    places: dict[tuple[Any, ...], list[int]] = field(default_factory=dict)

    def __call__(self, frame: FrameType, event: str, argument: Any) -> None:
        if event == "call":
            if frame.f_code.co_flags & inspect.CO_GENERATOR:
                return  # a generator goes on, which is no call
            caller = frame.f_back
            own = frame.f_code.co_filename in RECORDER
            if not own and (caller is None or not _calls_out(frame, caller)):
                return
        elif event != "c_call" or frame.f_code.co_filename not in RECORDER:
            return
        self.passed += 1
        called = getattr(argument, "__qualname__", None)
        place = (frame.f_code.co_qualname, frame.f_lineno, event, called)
        self.places.setdefault(place, []).append(self.passed)
        if self.passed == self.at:
            raise self.error("a fault of ours")

    def one_of_each(self, which: int) -> list[int]:
        """A point of each place: the first time it was passed, or one of the later ones."""
        return sorted(points[which % len(points)] for points in self.places.values())


def _calls_out(frame: FrameType, caller: FrameType) -> bool:
    """Whether the recorder calls what is neither its own, nor the framework's, nor a person's."""
    called = frame.f_code.co_filename
    outside = not called.startswith((str(PACKAGE), str(Path(__file__).parent), "<"))
    return caller.f_code.co_filename in RECORDER and (outside or called in SHARED)


@contextmanager
def failing(faults: Faults) -> Iterator[Faults]:
    """Let the recorder fail within the block."""
    sys.setprofile(faults)
    try:
        yield faults
    finally:
        sys.setprofile(None)
