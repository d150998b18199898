"""The terminal in full-screen mode; its previous state is restored in every case.

Keys are read from the terminal in cbreak mode, because `typer.getchar` discards what was typed
before it waits, and so loses keys of fast typists and of programs. On Windows, which has no such
mode, `typer.getchar` reads them.
"""

import codecs
import os
import select
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, Any, Final, Self

import typer

from densetrace.stepper.decoder import PASTES_MARKED, PASTES_PLAIN, KeyDecoder, keys
from densetrace.terminal.output import styled

if TYPE_CHECKING:
    from rich.style import Style

    from densetrace.render.layout import Styled
    from densetrace.terminal.links import Links

try:
    import termios
    import tty
except ImportError:  # Windows has neither, and `typer.getchar` is enough there.
    HAS_TERMIOS = False
else:
    HAS_TERMIOS = True

ENTER: Final = "\x1b[?1049h\x1b[?25l\x1b[2J"
"""Switch to the alternate screen, hide the cursor, clear the screen."""

LEAVE: Final = "\x1b[0m\x1b[?25h\x1b[?1049l"
"""Switch back to the normal screen and show the cursor."""

TIMEOUTS: Final = {"sequence": 0.1, "paste": 1.0}
"""Seconds until an unfinished escape sequence or paste counts as complete: a person takes longer to
press a key after Escape, and the end mark of a paste may never come."""

READ_SIZE: Final = 1024
"""Bytes per read."""

ENDING_SIGNALS: Final = ("SIGTERM", "SIGHUP", "SIGQUIT")
"""Signals that end the program, after the terminal was restored."""


class EndedBySignal(BaseException):
    """Raised when a signal ends the program; like KeyboardInterrupt it is no `Exception`."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number

    def pass_on(self) -> None:
        """End the process by the signal itself, so that the sender sees its effect."""
        signal.signal(self.number, signal.SIG_DFL)
        os.kill(os.getpid(), self.number)


class Terminal:
    """The terminal on standard input and output, for the length of a `with` block."""

    def __init__(self, styles: "Mapping[str, Style]", links: "Links | None" = None) -> None:
        self._styles = styles
        self._links = links
        self._input = sys.stdin.fileno()
        self._drawn: list[str] = []
        self._size = (0, 0)
        self._attributes: list[Any] = []
        self._handlers: dict[int, Any] = {}
        self._must_suspend = False
        self._must_enter = False
        self._must_end = 0
        self._wake: tuple[int, int] | None = None
        self._outer_wake = -1
        self._text = codecs.getincrementaldecoder("utf-8")("replace")
        self._keys = KeyDecoder()
        self._last_input = 0.0

    def __enter__(self) -> Self:
        if HAS_TERMIOS:
            self._attributes = termios.tcgetattr(self._input)
        try:
            self._install_handlers()
            self._enter()
        except BaseException:
            self._leave()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._leave()

    # -- drawing -----------------------------------------------------------------------------------

    def size(self) -> tuple[int, int]:
        """The size in columns and rows."""
        try:
            size = os.get_terminal_size(sys.stdout.fileno())
        except OSError:
            return 80, 24
        return size.columns or 80, size.lines or 24

    def show(self, rows: "list[Styled]") -> None:
        """Show these rows; only those that have changed are written."""
        texts = [
            "".join(styled(text, role, self._styles, self._links) for text, role in row)
            for row in rows
        ]
        written: list[str] = []
        if self._size != self.size():
            self._size, self._drawn = self.size(), []
            written.append("\x1b[0m\x1b[2J")
        drawn = [*self._drawn, *[""] * (len(texts) - len(self._drawn))]
        for number, (text, before) in enumerate(zip(texts, drawn, strict=False), start=1):
            if text != before:
                # Clear first: after a full row the cursor is still on its last character.
                written.append(f"\x1b[{number};1H\x1b[2K{text}")
        self._drawn = texts
        self._write("".join(written))

    def forget(self) -> None:
        """Redraw everything next time."""
        self._size = (0, 0)

    def _write(self, text: str) -> None:
        try:
            sys.stdout.write(text)
            sys.stdout.flush()
        except OSError as error:  # the terminal is gone
            raise EOFError from error

    # -- keys --------------------------------------------------------------------------------------

    def typed(self) -> list[str]:
        """The keys pressed so far; does not wait."""
        return self._pressed(waits=False)

    def read(self) -> list[str]:
        """The next keys; none if the screen must be redrawn.

        Raises:
            EOFError: when the terminal is gone.
            EndedBySignal: when a signal ends the program.
            KeyboardInterrupt: on Ctrl-C.
        """
        if not HAS_TERMIOS:
            self._raise_if_ending()
            return list(keys(typer.getchar()))
        pressed = self._pressed(waits=True)
        if self._must_suspend:
            self.suspend()
        elif self._must_enter:
            self._enter()
        return pressed

    def _pressed(self, *, waits: bool) -> list[str]:
        """The keys pressed so far; with `waits`, wait for a key or a signal."""
        if not HAS_TERMIOS:
            return []
        while True:
            self._raise_if_ending()
            timeout = TIMEOUTS.get(self._keys.unfinished)
            left = timeout and max(0.0, self._last_input + timeout - time.monotonic())
            wakes = [] if self._wake is None else [self._wake[0]]
            ready = select.select([self._input, *wakes], [], [], left if waits else 0)[0]
            pressed: list[str] = []
            if self._input in ready:
                pressed = list(self._keys.feed(self._text.decode(self._bytes())))
                self._last_input = time.monotonic()
            elif ready:
                with suppress(BlockingIOError):
                    os.read(wakes[0], READ_SIZE)
                self._raise_if_ending()
                return []
            elif time.monotonic() - self._last_input >= (timeout or 0):
                pressed = list(self._keys.flush())
            if pressed or not waits:
                return pressed

    def _bytes(self) -> bytes:
        """The bytes available."""
        try:
            data = os.read(self._input, READ_SIZE)
        except OSError as error:
            raise EOFError from error
        if not data:
            raise EOFError
        return data

    # -- entering and leaving ----------------------------------------------------------------------

    def suspend(self) -> None:
        """Stop the process (SIGTSTP), and enter the screen again when it continues."""
        self._must_suspend = False
        if not hasattr(signal, "SIGTSTP"):
            return
        self._leave_screen()
        handler = signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGTSTP)
        signal.signal(signal.SIGTSTP, handler)
        self._enter()

    def _enter(self) -> None:
        self._must_enter = False
        self._set_cbreak()
        self._write(f"{ENTER}{PASTES_MARKED if HAS_TERMIOS else ''}")
        self.forget()

    def _set_cbreak(self) -> None:
        """Deliver keys at once and without echo."""
        if HAS_TERMIOS:
            tty.setcbreak(self._input, termios.TCSADRAIN)

    def _leave(self) -> None:
        self._leave_screen()
        if self._wake is not None:
            signal.set_wakeup_fd(self._outer_wake)
            for end in self._wake:
                os.close(end)
            self._wake = None
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        self._handlers = {}

    def _leave_screen(self) -> None:
        with suppress(EOFError, ValueError):
            self._write(f"{PASTES_PLAIN if HAS_TERMIOS else ''}{LEAVE}")
        if HAS_TERMIOS and self._attributes:
            # Discard the rest of a paste: the shell would run it.
            is_pasting = self._keys.unfinished == "paste"
            when = termios.TCSAFLUSH if is_pasting else termios.TCSADRAIN
            with suppress(termios.error):
                termios.tcsetattr(self._input, when, self._attributes)

    # -- signals -----------------------------------------------------------------------------------

    def _install_handlers(self) -> None:
        if threading.current_thread() is not threading.main_thread():
            return  # Python handles signals in the main thread only
        if HAS_TERMIOS:
            self._wake = os.pipe()
            for end in self._wake:
                os.set_blocking(end, False)
            self._outer_wake = signal.set_wakeup_fd(self._wake[1], warn_on_full_buffer=False)
        for name in ENDING_SIGNALS:
            self._handle(name, self._request_end)
        if HAS_TERMIOS:
            self._handle("SIGINT", self._request_end)
        self._handle("SIGWINCH", self._wake_up)
        self._handle("SIGTSTP", self._request_suspend)
        self._handle("SIGCONT", self._request_enter)

    def _handle(self, name: str, handler: Callable[[int, FrameType | None], None]) -> None:
        number = getattr(signal, name, None)
        if number is None or signal.getsignal(number) == signal.SIG_IGN:
            return
        self._handlers[number] = signal.signal(number, handler)

    def _request_end(self, number: int, frame: FrameType | None) -> None:
        """Remember the signal until keys are read next: an exception raised here could leave the
        terminal half entered or half left."""
        self._must_end = number

    def _raise_if_ending(self) -> None:
        if self._must_end == signal.SIGINT:
            raise KeyboardInterrupt
        if self._must_end:
            raise EndedBySignal(self._must_end)

    def _wake_up(self, number: int, frame: FrameType | None) -> None:
        """Do nothing: the signal has ended the wait for a key."""

    def _request_suspend(self, number: int, frame: FrameType | None) -> None:
        self._must_suspend = True

    def _request_enter(self, number: int, frame: FrameType | None) -> None:
        """Enter the screen again, because the shell has used the terminal during the stop."""
        self._must_enter = True
