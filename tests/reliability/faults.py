"""Makes the recorder fail at one of its calls, which are counted at run time instead of listed.

A counted call happens while code is traced. It calls a function of the recorder, or the recorder
calls a function that belongs neither to the framework nor to the traced code. A profile function
sees all calls, including C functions, and raises at the selected one.
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
SHARED = frozenset(str(PACKAGE / "recording" / name) for name in ("introspect.py", "tracebacks.py"))
"""Files that the framework calls too; only calls from the recorder count."""

RECORDER = frozenset(map(str, PACKAGE.glob("recording/*.py"))) - SHARED
"""Files of the recorder, which run inside the traced code."""


@dataclass
class Faults:
    """Counts the calls of each call site, and raises at call number `at` (0: never)."""

    at: int = 0
    error: type[BaseException] = RuntimeError
    count: int = 0
    call_sites: dict[tuple[Any, ...], list[int]] = field(default_factory=dict)

    def __call__(self, frame: FrameType, event: str, argument: Any) -> None:
        if event == "call":
            if frame.f_code.co_flags & inspect.CO_GENERATOR:
                return  # a generator resumes, which is not a call
            caller = frame.f_back
            own = frame.f_code.co_filename in RECORDER
            if not own and (caller is None or not _calls_out(frame, caller)):
                return
        elif event != "c_call" or frame.f_code.co_filename not in RECORDER:
            return
        self.count += 1
        called = getattr(argument, "__qualname__", None)
        call_site = (frame.f_code.co_qualname, frame.f_lineno, event, called)
        self.call_sites.setdefault(call_site, []).append(self.count)
        if self.count == self.at:
            raise self.error("a fault in the recorder")

    def one_of_each(self, which: int) -> list[int]:
        """Return the number of one call of each call site: the first, or a later one."""
        return sorted(calls[which % len(calls)] for calls in self.call_sites.values())


def _calls_out(frame: FrameType, caller: FrameType) -> bool:
    """Return whether the recorder calls a function outside the package and the traced code."""
    called = frame.f_code.co_filename
    outside = not called.startswith((str(PACKAGE), str(Path(__file__).parent), "<"))
    return caller.f_code.co_filename in RECORDER and (outside or called in SHARED)


@contextmanager
def failing(faults: Faults) -> Iterator[Faults]:
    """Make the recorder fail inside the block."""
    sys.setprofile(faults)
    try:
        yield faults
    finally:
        sys.setprofile(None)
