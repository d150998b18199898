"""Says on standard error what takes long, while it does, when that is a terminal.

A line says what is being done, how much of it, and for how long. It comes after a second of silence
and goes before anything else is said, as far as that goes through Python's standard streams; what
another program prints meanwhile is not noticed. A thread looks a few times a second at what others
count anyway, so that the work itself pays nothing.

The command begins it; as a library densetrace says nothing.
"""

import _thread
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from time import monotonic
from typing import Any, Final, TextIO

from densetrace.system import activity
from densetrace.system.escape import visible

SILENCE: Final = 1.0
"""Seconds in which nothing was said before the line comes."""

PERIOD: Final = 0.2
"""Seconds between two looks."""

BETWEEN_LINES: Final = 10.0
"""Seconds between two lines for somebody who listens, or whose terminal can take nothing back."""

_BACK: Final = b"\r\x1b[K"
"""To the beginning of a line that is empty then."""


def begin(stream: TextIO, *, in_lines: bool) -> None:
    """Show activities on a stream from now on, if it is a terminal: on a line that is erased again,
    or `in_lines` that stay."""
    handle = stream.fileno() if stream.isatty() else None
    activity.show_with(None if handle is None else partial(_Line, handle, in_lines))


class _Line:
    """The line of one activity: a thread that asks for its progress, and wrappers that notice other
    output."""

    def __init__(
        self, handle: int, in_lines: bool, what: str, amount: Callable[[], str] | None
    ) -> None:
        self._what = what
        self._amount = amount
        self._handle = handle
        self._in_lines = in_lines
        self._is_shown = False
        self._at_line_start = True
        self._begun = self._spoken = self._moved = monotonic()
        self._was_erased = False
        self._last_amount = ""
        self._line = _thread.RLock()
        self._over = _thread.allocate_lock()
        self._heard: list[tuple[TextIO, str, Any]] = []
        # The thread is started without `threading`, so that a script does not find it there.
        self._over.acquire()
        for stream in {id(one): one for one in (sys.stdout, sys.stderr)}.values():
            if stream.isatty():
                self._hear(stream)
        _thread.start_new_thread(self._look_again, ())

    def end(self) -> None:
        """Take the line away for good."""
        for stream, name, hearing in self._heard:
            if vars(stream).get(name) is hearing:
                delattr(stream, name)
        if self._over.locked():
            self._over.release()
        self.erase()

    def erase(self) -> None:
        """Take the line away, and come back no sooner than after a silence."""
        # A script may have forked just when the thread held it: nobody would ever release it there.
        held = self._line.acquire(timeout=PERIOD)
        self._spoken = monotonic()
        self._was_erased = True
        if self._is_shown:
            self._is_shown = False
            self._write(_BACK)
        if held:
            self._line.release()

    def _hear(self, stream: TextIO) -> None:
        """Notice what is written to a stream, and that it is flushed: so begins a question, too."""
        if "write" in vars(stream) or "flush" in vars(stream):
            return  # somebody has done the same before: theirs stays
        write, flush = stream.write, stream.flush

        def heard_write(text: str, /) -> int:
            self.erase()
            self._at_line_start = text.endswith("\n") if text else self._at_line_start
            return write(text)

        def heard_flush() -> None:
            self.erase()
            flush()

        for name, hearing in (("write", heard_write), ("flush", heard_flush)):
            setattr(stream, name, hearing)
            self._heard.append((stream, name, hearing))

    # -- in the thread -----------------------------------------------------------------------------

    def _look_again(self) -> None:
        while not self._over.acquire(timeout=PERIOD):
            with self._line:
                if self._over.locked():
                    self._look(monotonic())

    def _look(self, now: float) -> None:
        amount = "" if self._amount is None else self._amount()
        if self._amount is None or amount != self._last_amount:
            # Where something was said since the last look, the amount may have changed before that:
            # what was said may be a question, and the line must not come over it.
            if not self._was_erased or self._amount is None:
                self._moved = now
            self._last_amount = amount
        self._was_erased = False
        stands_still = now - self._moved >= SILENCE
        if stands_still and self._is_shown:
            self._is_shown = False
            self._write(_BACK)
        is_silent = now - self._spoken >= (BETWEEN_LINES if self._in_lines else SILENCE)
        if stands_still or not is_silent or not self._at_line_start or not self._is_ours():
            return
        parts = ["densetrace: " + self._what, amount, f"{now - self._begun:.0f} s"]
        text = visible(", ".join(filter(None, parts))).encode("ascii", "backslashreplace")
        if self._in_lines:
            self._spoken = now
            self._write(text + b"\n")
        else:
            self._is_shown = True
            self._write(_BACK + text[: max(0, self._columns() - 1)])

    def _is_ours(self) -> bool:
        """Whether the terminal is not in the hands of another program, as after `bg`."""
        try:
            return os.tcgetpgrp(self._handle) == os.getpgrp()
        except (OSError, AttributeError):  # nobody's, or there is no such thing (Windows)
            return True

    def _columns(self) -> int:
        try:
            return os.get_terminal_size(self._handle).columns or 80
        except OSError:
            return 80

    def _write(self, data: bytes) -> None:
        with suppress(OSError):
            os.write(self._handle, data)
