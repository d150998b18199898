"""Shows the progress of long activities on standard error, if that is a terminal.

A line shows the activity, its amount and its duration. It appears after a second without output,
and is erased before any other output through Python's standard streams; output of other programs is
not noticed. A thread reads counters a few times a second, so the work itself is not slowed down.

Only the command shows progress; as a library densetrace prints nothing.
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
"""Seconds without output before the line appears."""

PERIOD: Final = 0.2
"""Seconds between two updates."""

BETWEEN_LINES: Final = 10.0
"""Seconds between two lines for a screen reader or a terminal that cannot erase."""

_ERASE: Final = b"\r\x1b[K"
"""Move to the beginning of the line and erase it."""


def begin(stream: TextIO, *, in_lines: bool) -> None:
    """Show activities on a stream from now on, if it is a terminal: in a line that is erased
    afterwards, or, with `in_lines`, in lines that stay."""
    handle = stream.fileno() if stream.isatty() else None
    activity.show_with(None if handle is None else partial(_Line, handle, in_lines))


class _Line:
    """The line of one activity: a thread that reads its progress, and wrappers that notice other
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
        self._started = self._last_output = self._last_change = monotonic()
        self._was_erased = False
        self._last_amount = ""
        self._lock = _thread.RLock()
        self._ended = _thread.allocate_lock()
        self._wrapped: list[tuple[TextIO, str, Any]] = []
        # Started without `threading`, so that a traced script does not see this thread.
        self._ended.acquire()
        for stream in {id(one): one for one in (sys.stdout, sys.stderr)}.values():
            if stream.isatty():
                self._wrap(stream)
        _thread.start_new_thread(self._run, ())

    def end(self) -> None:
        """Erase the line and stop the thread."""
        for stream, name, replacement in self._wrapped:
            if vars(stream).get(name) is replacement:
                delattr(stream, name)
        if self._ended.locked():
            self._ended.release()
        self.erase()

    def erase(self) -> None:
        """Erase the line; it appears again after a second without output."""
        # If a script forked while the thread held the lock, the child's copy is never released.
        held = self._lock.acquire(timeout=PERIOD)
        self._last_output = monotonic()
        self._was_erased = True
        if self._is_shown:
            self._is_shown = False
            self._write(_ERASE)
        if held:
            self._lock.release()

    def _wrap(self, stream: TextIO) -> None:
        """Notice writes and flushes of a stream; a prompt is flushed as well."""
        if "write" in vars(stream) or "flush" in vars(stream):
            return  # already wrapped by other code
        write, flush = stream.write, stream.flush

        def noticing_write(text: str, /) -> int:
            self.erase()
            self._at_line_start = text.endswith("\n") if text else self._at_line_start
            return write(text)

        def noticing_flush() -> None:
            self.erase()
            flush()

        for name, replacement in (("write", noticing_write), ("flush", noticing_flush)):
            setattr(stream, name, replacement)
            self._wrapped.append((stream, name, replacement))

    # -- in the thread -----------------------------------------------------------------------------

    def _run(self) -> None:
        while not self._ended.acquire(timeout=PERIOD):
            with self._lock:
                if self._ended.locked():
                    self._update(monotonic())

    def _update(self, now: float) -> None:
        amount = "" if self._amount is None else self._amount()
        if self._amount is None or amount != self._last_amount:
            # After other output since the last update, the amount may have changed before it. That
            # output may be a prompt, which the line must not overwrite.
            if not self._was_erased or self._amount is None:
                self._last_change = now
            self._last_amount = amount
        self._was_erased = False
        is_idle = now - self._last_change >= SILENCE
        if is_idle and self._is_shown:
            self._is_shown = False
            self._write(_ERASE)
        is_silent = now - self._last_output >= (BETWEEN_LINES if self._in_lines else SILENCE)
        if is_idle or not is_silent or not self._at_line_start or not self._is_foreground():
            return
        fields = ["densetrace: " + self._what, amount, f"{now - self._started:.0f} s"]
        text = visible(", ".join(filter(None, fields))).encode("ascii", "backslashreplace")
        if self._in_lines:
            self._last_output = now
            self._write(text + b"\n")
        else:
            self._is_shown = True
            self._write(_ERASE + text[: max(0, self._columns() - 1)])

    def _is_foreground(self) -> bool:
        """Whether this process is in the foreground; after `bg` it is not."""
        try:
            return os.tcgetpgrp(self._handle) == os.getpgrp()
        except (OSError, AttributeError):  # no foreground process, or Windows
            return True

    def _columns(self) -> int:
        try:
            return os.get_terminal_size(self._handle).columns or 80
        except OSError:
            return 80

    def _write(self, data: bytes) -> None:
        with suppress(OSError):
            os.write(self._handle, data)
