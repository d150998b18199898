"""The standard streams: always there, and never a stumbling block at the end."""

import io
import os
import select
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO, TextIO, cast

unwritten: list[TextIO] = []
"""Streams that were lent and hold what their output did not take."""


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


@contextmanager
def lent() -> Iterator[None]:
    """For the length of a `with` block, lend what writes to standard output and error: other
    streams like them. Afterwards ours are there again, and lead where they led.

    Whoever gets one may close, detach or reconfigure it, redirect its descriptor, or wrap its
    buffer, which closes it as soon as the wrapper is gone.
    """
    names = ("stdout", "stderr", "__stdout__", "__stderr__")
    ours: dict[str, TextIO | None] = {name: getattr(sys, name) for name in names}
    # One that has two names stays one.
    others = {id(stream): _another(stream) for stream in ours.values() if stream is not None}
    put_back = [_descriptor(number) for number in (0, 1, 2)]
    for name, stream in ours.items():
        setattr(sys, name, others.get(id(stream)))
    try:
        yield
    finally:
        lent_ones = [other for key, other in others.items() if id(other) != key]
        for other in lent_ones:
            vars(other).clear()  # such as a `write` that does not
        unwritten[:] = [other for other in lent_ones if _cannot_empty(other)]
        for put_back_one in put_back:
            put_back_one()
        for name, stream in ours.items():
            setattr(sys, name, stream)
        if not _is_open(sys.stdin):
            sys.stdin = _opened(0, "r")


@contextmanager
def output_on_stderr() -> Iterator[None]:
    """For the length of a `with` block, let what is printed go to standard error.

    The descriptor stays where it is, as a script may leave no way to lead it back: what a process
    that it starts prints, and what it writes with `os.write`, goes to standard output as ever.
    """
    ours = {name: getattr(sys, name) for name in ("stdout", "__stdout__")}
    for name in ours:
        setattr(sys, name, sys.stderr)
    try:
        yield
    finally:
        for name, stream in ours.items():
            setattr(sys, name, stream)


def _another(stream: TextIO) -> TextIO:
    """A stream like one of Python's own, on the same descriptor; any other stream itself."""
    if type(stream) is not io.TextIOWrapper:
        return stream
    raw = getattr(stream.buffer, "raw", stream.buffer)
    if type(raw) is not io.FileIO or raw.fileno() not in (1, 2):
        return stream
    stream.flush()
    other = io.FileIO(raw.fileno(), "wb", closefd=False)
    vars(other)["name"] = stream.name
    is_unbuffered = raw is stream.buffer  # python -u
    return io.TextIOWrapper(
        cast(BinaryIO, other if is_unbuffered else io.BufferedWriter(other)),
        encoding=stream.encoding,
        errors=stream.errors,
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )


def _descriptor(number: int) -> Callable[[], None]:
    """Remember where a descriptor leads; what is returned lets it lead there again."""
    try:
        copy = os.dup(number)
    except OSError:  # it was closed, or no more can be open
        return lambda: None
    file, is_blocking = os.fstat(copy), os.get_blocking(copy)

    def put_back() -> None:
        with suppress(OSError):
            if not os.path.samestat(os.fstat(copy), file):
                return  # ours was closed, and the number is taken by another file
            os.set_blocking(copy, is_blocking)
            try:
                os.dup2(copy, number)
            finally:
                os.close(copy)

    return put_back


def _is_open(stream: TextIO | None) -> bool:
    try:
        return stream is not None and not stream.closed
    except ValueError:  # it was detached
        return False


def _cannot_empty(stream: TextIO) -> bool:
    """Write what a stream holds; whether its output does not take it."""
    try:
        stream.flush()
    except OSError:
        return True
    except (ValueError, AttributeError, TypeError):
        """It was closed or detached."""
    return False


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
