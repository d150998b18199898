"""A command in a pseudo-terminal: the lines that it showed, and the final state of the terminal."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import pyte

from tests.cli.running import environment

PATIENCE: Final = 40.0

_open: "list[Window]" = []


def close_all() -> None:
    """Close windows that a failed test left open."""
    for window in tuple(_open):
        window.kill()


class Window:
    """A process and its controlling terminal; `stdin`, `stdout` and `stderr` may be redirected."""

    def __init__(
        self,
        arguments: Sequence[str],
        *,
        size: tuple[int, int] = (80, 50),
        stdin: int | None = None,
        stdout: int | None = None,
        stderr: int | None = None,
        folder: str | None = None,
        changes: Mapping[str, str] | None = None,
    ) -> None:
        self._ours, its = pty.openpty()
        self._screen = pyte.Screen(*size)
        self._stream = pyte.ByteStream(self._screen)
        self.shown: list[str] = []
        self.data = b""
        self.resize(*size)
        self.before = self.after = termios.tcgetattr(its)
        given = {"TERM": "xterm-256color", "PYTHONIOENCODING": "utf-8", **(changes or {})}
        self._process = subprocess.Popen(
            arguments,
            stdin=its if stdin is None else stdin,
            stdout=its if stdout is None else stdout,
            stderr=its if stderr is None else stderr,
            env=environment(given),
            cwd=folder,
            preexec_fn=lambda: _take(its),
        )
        # Stays open, so that the state of the terminal can be read after the process ends.
        self._its = its
        _open.append(self)

    @property
    def rows(self) -> list[str]:
        """The visible lines of the screen."""
        return [row.rstrip() for row in self._screen.display]

    @property
    def written(self) -> str:
        """Everything that was written, including escape sequences."""
        return self.data.decode("utf-8", "replace")

    @property
    def code(self) -> int | None:
        """The exit code."""
        return self._process.returncode

    @property
    def cursor_is_shown(self) -> bool:
        return not self._screen.cursor.hidden

    def is_as_it_was(self) -> bool:
        """Return whether terminal modes, cursor and screen are restored."""
        left = self.data.rfind(b"\x1b[?1049h") <= self.data.rfind(b"\x1b[?1049l")
        return left and self.cursor_is_shown and self.after == self.before

    def type(self, text: str) -> None:
        """Send keystrokes."""
        os.write(self._ours, text.encode())

    def interrupt(self) -> None:
        """Send SIGINT, as the terminal does for Ctrl-C."""
        self.send(signal.SIGINT)

    def send(self, number: int) -> None:
        """Send a signal."""
        self._process.send_signal(number)

    def resize(self, width: int, height: int) -> None:
        """Change the size of the terminal."""
        self._screen.resize(height, width)
        fcntl.ioctl(self._ours, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))

    def wait_for(self, condition: str | Callable[[], bool]) -> None:
        """Read output until the screen shows a text, or a condition holds."""
        met = condition if callable(condition) else lambda: condition in "\n".join(self.rows)
        until = time.monotonic() + PATIENCE
        while not met():
            assert time.monotonic() < until, f"waited for {condition!r} in vain: {self.rows}"
            self._read(0.05)

    def pause(self, seconds: float) -> None:
        """Read output for some seconds."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self._read(0.05)

    def finish(self) -> None:
        """Read all output until the process ends, and close the window."""
        until = time.monotonic() + PATIENCE
        while self._process.poll() is None:
            if time.monotonic() > until:
                self.kill()
                raise AssertionError(f"did not end: {self.rows}")
            self._read(0.05)
        while self._read(0):
            pass
        self.after = termios.tcgetattr(self._its)
        self._close()

    def _close(self) -> None:
        _open.remove(self)
        for end in (self._ours, self._its):
            os.close(end)

    def kill(self) -> None:
        """Kill the process and close the window."""
        self._process.kill()
        self._process.wait()
        self._close()

    def _read(self, seconds: float) -> bool:
        if not select.select([self._ours], [], [], seconds)[0]:
            return False
        data = os.read(self._ours, 65536)
        self.data += data
        for piece in re.split(rb"(?=\r)", data):  # a carriage return overwrites the line
            self._stream.feed(piece)
            row = self._screen.display[self._screen.cursor.y].rstrip()
            if row and (not self.shown or self.shown[-1] != row):
                self.shown.append(row)
        return True


def _take(terminal: int) -> None:
    """In the new process, start a session with this controlling terminal."""
    os.setsid()
    fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)
