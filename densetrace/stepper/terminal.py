"""The person's terminal while a walk fills it; on leaving, however that happens, it is as it was.

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
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, Any, Final, Self

import typer

from densetrace.stepper.keys import LONGEST_SEQUENCE, is_pasting, is_unfinished
from densetrace.terminal.output import styled

if TYPE_CHECKING:
    from rich.style import Style

    from densetrace.render.tree import Styled

try:
    import termios
    import tty
except ImportError:  # Windows has neither; there `typer.getchar` does all that is needed.
    HAS_TERMIOS = False
else:
    HAS_TERMIOS = True

ENTER: Final = "\x1b[?1049h\x1b[?25l\x1b[?2004h\x1b[2J"
"""The alternate screen, without a cursor, empty; pastes are marked as such."""

LEAVE: Final = "\x1b[0m\x1b[?2004l\x1b[?25h\x1b[?1049l"
"""The normal screen with its cursor; pastes are typed again."""

REST_OF_SEQUENCE: Final = 0.1
"""Seconds in which the rest of an escape sequence has to arrive; a person is slower."""

REST_OF_PASTE: Final = 1.0
"""Seconds of silence after which a paste is over, although nothing said so."""

LONGEST_PASTE: Final = 4096
"""Characters of a paste that are kept; the rest is read and forgotten."""

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
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

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

    def typed(self) -> str:
        """What has been typed by now; empty when nothing has."""
        return self._queued(0)

    def read(self) -> str:
        """What is typed next; empty when the screen must be drawn anew.

        Raises:
            EOFError: when the terminal is gone.
            EndedBySignal: when a signal asked the program to end.
            KeyboardInterrupt: on Ctrl-C.
        """
        if not HAS_TERMIOS:
            self._end_if_asked()
            return typer.getchar()
        text = self._queued(None)
        while text and (is_pasting(text) or is_unfinished(text)):
            rest = self._queued(REST_OF_PASTE if is_pasting(text) else REST_OF_SEQUENCE)
            if not rest:
                break
            text = _shortened(text) + rest
        if self._must_suspend:
            self.suspend()
        elif self._must_enter:
            self._enter()
        return text

    def _queued(self, seconds: float | None) -> str:
        """What waits to be read, or arrives within some seconds; None waits until something
        happens, be it a signal."""
        if not HAS_TERMIOS:
            return ""
        self._end_if_asked()
        wakes = [] if self._wake is None else [self._wake[0]]
        ready = select.select([self._input, *wakes], [], [], seconds)[0]
        try:
            if ready and self._input not in ready:
                os.read(wakes[0], QUEUE)
                self._end_if_asked()
            if self._input not in ready:
                return ""
            data = os.read(self._input, QUEUE)
        except OSError as error:
            raise EOFError from error
        if not data:
            raise EOFError
        return self._decoder.decode(data)

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
        self._write(ENTER)
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
            self._write(LEAVE)
        if HAS_TERMIOS and self._attributes:
            with suppress(termios.error):
                termios.tcsetattr(self._input, termios.TCSADRAIN, self._attributes)

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


def _shortened(text: str) -> str:
    """What was read, without the middle of a long paste; the beginning of an end mark is kept."""
    if len(text) <= LONGEST_PASTE + LONGEST_SEQUENCE or not is_pasting(text):
        return text
    return text[:LONGEST_PASTE] + text[-LONGEST_SEQUENCE:]
