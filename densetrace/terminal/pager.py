"""Shows long output of a terminal in a pager, as git does.

The pager is `DENSETRACE_PAGER`, else `PAGER`, else less; empty or `cat` means none. What fits on
the screen is printed, and so is all where no such program exists.
"""

import os
import shlex
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import chain, islice
from typing import IO, Final, TextIO

_DEFAULTS: Final = {"LESS": "FRX", "LV": "-c"}
"""Lets less and lv show colours, where the person has not set their options."""


def command(environment: Mapping[str, str]) -> list[str]:
    """The command of the pager; empty if there is none."""
    asked = environment.get("DENSETRACE_PAGER", environment.get("PAGER", "less"))
    try:
        words = shlex.split(asked)
    except ValueError:  # a quote is not closed
        return []
    if not words or words == ["cat"]:
        return []
    return words if shutil.which(words[0], path=environment.get("PATH")) else []


def rows_of(stream: TextIO) -> int:
    """The rows of a terminal; 0 for any other stream."""
    try:
        return os.get_terminal_size(stream.fileno()).lines if stream.isatty() else 0
    except (OSError, ValueError, AttributeError):
        return 0


def shown(
    lines: Iterable[str], stream: TextIO, environment: Mapping[str, str] = os.environ
) -> Iterable[str]:
    """Show lines in the pager, if they are more than the rows of the terminal. Returns the lines
    that are still to be printed: all where there is no terminal or pager, else none."""
    rows = rows_of(stream)
    words = command(environment) if rows else []
    if not words:
        return lines
    rest = iter(lines)
    first = list(islice(rest, rows))
    everything = chain(first, rest)
    if len(first) < rows:
        return everything
    try:
        process = subprocess.Popen(
            words, stdin=subprocess.PIPE, env={**_DEFAULTS, **environment}, stdout=stream.fileno()
        )
    except OSError:
        return everything
    encoding = stream.encoding or "utf-8"
    assert process.stdin is not None
    with _interrupts_left_to_pager():
        try:
            _feed(everything, process.stdin, encoding)
        finally:
            with suppress(OSError):
                process.stdin.close()
            process.wait()
    return ()


def _feed(lines: Iterable[str], pipe: IO[bytes], encoding: str) -> None:
    """Write lines until the person quits the pager."""
    with suppress(BrokenPipeError):
        for line in lines:
            pipe.write(line.encode(encoding, "backslashreplace"))


@contextmanager
def _interrupts_left_to_pager() -> Iterator[None]:
    """Ignore Ctrl-C in a `with` block: in a pager it stops a search."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
