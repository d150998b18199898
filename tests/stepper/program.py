"""The real program in a real pseudo-terminal, and what a person would see there."""

import os
import sys
import termios
import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Self

import pexpect
import pyte

PATIENCE = 20.0
DENSE = "Dense(64, activation='relu')"

ENTERED = "\x1b[?1049h"
LEFT = "\x1b[?1049l"
CURSOR_HIDDEN = "\x1b[?25l"
CURSOR_SHOWN = "\x1b[?25h"
PASTES_MARKED = "\x1b[?2004h"
PASTES_PLAIN = "\x1b[?2004l"


class Program:
    """`densetrace` with some arguments, or a piece of Python, in a terminal of this size."""

    def __init__(
        self,
        *arguments: str,
        size: tuple[int, int] = (80, 24),
        python: str | None = None,
        folder: str | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        width, height = size
        command = ["-c", python] if python else ["-m", "densetrace"]
        self._screen = pyte.Screen(width, height)
        self._stream = pyte.Stream(self._screen)
        self.written = ""
        self._child: Any = pexpect.spawn(
            sys.executable,
            [*command, *arguments],
            dimensions=(height, width),
            encoding="utf-8",
            codec_errors="replace",
            cwd=folder,
            env={**os.environ, "TERM": "xterm-256color", "PYTHONUTF8": "1", **(environment or {})},
        )
        self._child.delaybeforesend = None
        self.attributes = termios.tcgetattr(self._child.child_fd)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._child.close(force=True)

    @property
    def rows(self) -> list[str]:
        """What the screen shows."""
        return [row.rstrip() for row in self._screen.display]

    @property
    def text(self) -> str:
        """What the screen shows, as a golden holds it."""
        return "".join(f"{row}\n" for row in self.rows)

    def wait_for(self, condition: str | Callable[[], bool]) -> None:
        """Read until the screen shows a text, or a condition holds."""

        def met() -> bool:
            return condition in self.text if isinstance(condition, str) else condition()

        until = time.monotonic() + PATIENCE
        while not met():
            assert time.monotonic() < until, f"waited for {condition!r} in vain:\n{self.text}"
            self._read(0.05)

    def settle(self) -> None:
        """Read until nothing more comes."""
        while self._read(0.3):
            pass

    def press(self, keys: str | bytes) -> None:
        """Type keys. Of many, read in between what the program answers, or both would wait."""
        data = keys.encode() if isinstance(keys, str) else keys
        for at in range(0, len(data), 4096):
            os.write(self._child.child_fd, data[at : at + 4096])
            if at:
                self._read(0)

    def send_signal(self, number: int) -> None:
        """Send a signal."""
        os.kill(self._child.pid, number)

    def resize(self, width: int, height: int) -> None:
        """Change the size of the terminal, as a person does who pulls at a corner."""
        self._screen.resize(height, width)
        self._screen.reset()
        self._child.setwinsize(height, width)

    def end(self) -> tuple[int | None, int | None]:
        """Wait for the end: the exit code and the signal, of which one is None."""
        until = time.monotonic() + PATIENCE
        while self._read(0.2) or self._child.isalive():
            assert time.monotonic() < until, f"did not end:\n{self.text}"
        self._child.wait()
        return self._child.exitstatus, self._child.signalstatus

    def is_as_it_was(self) -> bool:
        """Whether the terminal is what it was before the program ran."""
        written = self.written
        left_last = written.rfind(LEFT) > written.rfind(ENTERED)
        cursor_last = written.rfind(CURSOR_SHOWN) > written.rfind(CURSOR_HIDDEN)
        pastes_last = written.rfind(PASTES_PLAIN) > written.rfind(PASTES_MARKED)
        return (
            left_last and cursor_last and pastes_last and self._attributes_now() == self.attributes
        )

    def _attributes_now(self) -> list[Any]:
        return termios.tcgetattr(self._child.child_fd)

    def _read(self, seconds: float) -> bool:
        try:
            text = self._child.read_nonblocking(65536, timeout=seconds)
        except (pexpect.TIMEOUT, pexpect.EOF):
            return False
        self.written += text
        self._stream.feed(text)
        return bool(text)
