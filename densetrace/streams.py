"""The standard streams: always there, and never a stumbling block at the end."""

import io
import os
import select
import stat
import sys
from contextlib import suppress
from typing import TextIO


def prepare() -> None:
    """Let every standard stream be there, and no character be one that the output cannot carry: it
    is spelled out instead."""
    _open_what_is_closed()
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def _open_what_is_closed() -> None:
    """Python starts without a stream that was closed before, and the next file that is opened would
    take its place: let it lead nowhere instead."""
    if None not in (sys.stdin, sys.stdout, sys.stderr):
        return
    while (handle := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(handle)
    sys.stdin = sys.stdin or _opened(0, "r")
    sys.stdout = sys.stdout or _opened(1, "w")
    sys.stderr = sys.stderr or _opened(2, "w")


def _opened(handle: int, mode: str) -> TextIO:
    return io.TextIOWrapper(open(handle, f"{mode}b", closefd=False), encoding="utf-8")


def is_file(stream: TextIO) -> bool:
    """Whether what is written is kept in a file, where nobody reads along."""
    try:
        return stat.S_ISREG(os.fstat(stream.fileno()).st_mode)
    except (OSError, ValueError, AttributeError):
        return False


def is_read(stream: TextIO) -> bool:
    """Whether anybody may still read what is written; nobody does when a pipe is closed."""
    try:
        watched = select.poll()
        watched.register(stream.fileno(), 0)
        return not watched.poll(0)
    except (OSError, ValueError, AttributeError):  # no such stream, or no `poll` (Windows)
        return True


def lead_nowhere(stream: TextIO) -> None:
    """Let what a stream still holds, and what is yet to come, go nowhere: Python would stumble over
    it on its way out."""
    with suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def empty() -> None:
    """Write what still waits to be written; what nobody can read any more is lost."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            lead_nowhere(stream)
        except (ValueError, AttributeError):
            """A script has closed it, or put something else in its place."""
