"""The person's terminal while a session fills it; afterwards, whatever happens, it is as it was.

Keys are read from the terminal itself, where it can be put into a mode for that: `typer.getchar`
throws away what was typed before it began to wait, so that some keys of a fast typist, and of a
program that types, would be lost. Where there is no such mode (Windows), `typer.getchar` reads.
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

try:
    import termios
    import tty
except ImportError:  # Windows has neither; there `typer.getchar` does all that is needed.
    HAS_TERMIOS = False
else:
    HAS_TERMIOS = True

ENTER: Final = "\x1b[?1049h\x1b[?25l\x1b[2J"
"""The alternate screen, without a cursor, empty."""

LEAVE: Final = "\x1b[0m\x1b[?25h\x1b[?1049l"
"""The normal screen with its cursor."""

PATIENCE: Final = {"sequence": 0.1, "paste": 1.0}
"""Seconds in which an escape sequence or a paste has to go on. A person is slower to press a key
after Escape; a paste may never get its end mark."""

QUEUE: Final = 1024
"""Bytes that are read in one go."""

ENDING: Final = ("SIGTERM", "SIGHUP", "SIGQUIT")
"""Signals that end the program, once the terminal has been put right."""


class EndedBySignal(BaseException):
    """A signal asked the program to end. Like KeyboardInterrupt it is no error."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number

    def pass_on(self) -> None:
        """End as the signal would have ended it, so that whoever sent it sees that it worked."""
        signal.signal(self.number, signal.SIG_DFL)
        os.kill(os.getpid(), self.number)


class Terminal:
    """The terminal on standard input and output, for the length of a `with` block."""

    def __init__(self, styles: "Mapping[str, Style]") -> None:
        self._styles = styles
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
        self._arrived = 0.0

    def __enter__(self) -> Self:
        if HAS_TERMIOS:
            self._attributes = termios.tcgetattr(self._input)
        try:
            self._listen()
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
        """Columns and rows."""
        try:
            size = os.get_terminal_size(sys.stdout.fileno())
        except OSError:
            return 80, 24
        return size.columns or 80, size.lines or 24

    def show(self, rows: "list[Styled]") -> None:
        """Make the screen say this; only rows that have changed are written."""
        texts = ["".join(self._rendered(text, role) for text, role in row) for row in rows]
        written: list[str] = []
        if self._size != self.size():
            self._size, self._drawn = self.size(), []
            written.append("\x1b[0m\x1b[2J")
        drawn = [*self._drawn, *[""] * (len(texts) - len(self._drawn))]
        for number, (text, before) in enumerate(zip(texts, drawn, strict=False), start=1):
            if text != before:
                # Cleared first: behind a full row the cursor still stands on its last character.
                written.append(f"\x1b[{number};1H\x1b[2K{text}")
        self._drawn = texts
        self._write("".join(written))

    def forget(self) -> None:
        """Draw everything anew next time."""
        self._size = (0, 0)

    def _rendered(self, text: str, role: str) -> str:
        return styled(text, self._styles.get(role))

    def _write(self, text: str) -> None:
        try:
            sys.stdout.write(text)
            sys.stdout.flush()
        except OSError as error:  # nobody looks at it any more
            raise EOFError from error

    # -- keys --------------------------------------------------------------------------------------

    def typed(self) -> list[str]:
        """The keys that have been pressed by now."""
        return self._pressed(waits=False)

    def read(self) -> list[str]:
        """The keys that are pressed next; none when the screen must be drawn anew.

        Raises:
            EOFError: when the terminal is gone.
            EndedBySignal: when a signal asked the program to end.
            KeyboardInterrupt: on Ctrl-C.
        """
        if not HAS_TERMIOS:
            self._end_if_asked()
            return list(keys(typer.getchar()))
        pressed = self._pressed(waits=True)
        if self._must_suspend:
            self.suspend()
        elif self._must_enter:
            self._enter()
        return pressed

    def _pressed(self, *, waits: bool) -> list[str]:
        """The keys that have been pressed; `waits` until there are some, or a signal comes."""
        if not HAS_TERMIOS:
            return []
        while True:
            self._end_if_asked()
            patience = PATIENCE.get(self._keys.unfinished)
            left = patience and max(0.0, self._arrived + patience - time.monotonic())
            wakes = [] if self._wake is None else [self._wake[0]]
            ready = select.select([self._input, *wakes], [], [], left if waits else 0)[0]
            pressed: list[str] = []
            if self._input in ready:
                pressed = list(self._keys.feed(self._text.decode(self._bytes())))
                self._arrived = time.monotonic()
            elif ready:
                with suppress(BlockingIOError):
                    os.read(wakes[0], QUEUE)
                self._end_if_asked()
                return []
            elif time.monotonic() - self._arrived >= (patience or 0):
                pressed = list(self._keys.flush())
            if pressed or not waits:
                return pressed

    def _bytes(self) -> bytes:
        """What waits to be read."""
        try:
            data = os.read(self._input, QUEUE)
        except OSError as error:
            raise EOFError from error
        if not data:
            raise EOFError
        return data

    # -- coming and going --------------------------------------------------------------------------

    def suspend(self) -> None:
        """Leave the terminal to the shell until it brings the program back."""
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
        self._quieten()
        self._write(f"{ENTER}{PASTES_MARKED if HAS_TERMIOS else ''}")
        self.forget()

    def _quieten(self) -> None:
        """Keys come at once and are not echoed."""
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
            # The rest of a paste would be commands to the shell.
            is_pasting = self._keys.unfinished == "paste"
            when = termios.TCSAFLUSH if is_pasting else termios.TCSADRAIN
            with suppress(termios.error):
                termios.tcsetattr(self._input, when, self._attributes)

    # -- signals -----------------------------------------------------------------------------------

    def _listen(self) -> None:
        if threading.current_thread() is not threading.main_thread():
            return  # only the main thread is told of signals
        if HAS_TERMIOS:
            self._wake = os.pipe()
            for end in self._wake:
                os.set_blocking(end, False)
            self._outer_wake = signal.set_wakeup_fd(self._wake[1], warn_on_full_buffer=False)
        for name in ENDING:
            self._handle(name, self._end)
        if HAS_TERMIOS:
            self._handle("SIGINT", self._end)
        self._handle("SIGWINCH", self._notice)
        self._handle("SIGTSTP", self._stop)
        self._handle("SIGCONT", self._go_on)

    def _handle(self, name: str, handler: Callable[[int, FrameType | None], None]) -> None:
        number = getattr(signal, name, None)
        if number is None or signal.getsignal(number) == signal.SIG_IGN:
            return
        self._handlers[number] = signal.signal(number, handler)

    def _end(self, number: int, frame: FrameType | None) -> None:
        """Kept for the next look at the keys: raised from here, it might find the terminal half
        entered or half left."""
        self._must_end = number

    def _end_if_asked(self) -> None:
        if self._must_end == signal.SIGINT:
            raise KeyboardInterrupt
        if self._must_end:
            raise EndedBySignal(self._must_end)

    def _notice(self, number: int, frame: FrameType | None) -> None:
        """Nothing more than to end the wait for a key."""

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self._must_suspend = True

    def _go_on(self, number: int, frame: FrameType | None) -> None:
        """After a stop that nobody announced the terminal is the shell's."""
        self._must_enter = True
