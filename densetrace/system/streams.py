"""Make std streams safe: present, lossless, quiet on EPIPE."""

import io
import os
import select
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO, TextIO, cast

unwritten: list[TextIO] = []
"""Copies of the streams (`copied`) with text that could not be written."""


def prepare() -> None:
    """Open the standard streams that are closed, and escape characters that the output's encoding
    lacks."""
    _open_closed_streams()
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def _open_closed_streams() -> None:
    """Open /dev/null for each standard stream that was closed before Python started: else the next
    file that is opened would get its descriptor."""
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
def copied() -> Iterator[None]:
    """Within a `with` block, replace standard output and error by copies. Afterwards restore the
    streams and their descriptors.

    The code in the block may close, detach or reconfigure a copy, redirect its descriptor, or wrap
    its buffer, which closes the copy as soon as the wrapper is collected.
    """
    names = ("stdout", "stderr", "__stdout__", "__stderr__")
    ours: dict[str, TextIO | None] = {name: getattr(sys, name) for name in names}
    # A stream with two names gets one copy.
    copies = {id(stream): _copy(stream) for stream in ours.values() if stream is not None}
    restorers = [_descriptor_restorer(number) for number in (0, 1, 2)]
    for name, stream in ours.items():
        setattr(sys, name, copies.get(id(stream)))
    try:
        yield
    finally:
        changed = [copy for key, copy in copies.items() if id(copy) != key]
        for copy in changed:
            vars(copy).clear()  # such as a `write` that the script replaced
        unwritten[:] = [copy for copy in changed if _cannot_flush(copy)]
        for restore in restorers:
            restore()
        for name, stream in ours.items():
            setattr(sys, name, stream)
        if not _is_open(sys.stdin):
            sys.stdin = _opened(0, "r")


@contextmanager
def output_on_stderr() -> Iterator[None]:
    """Within a `with` block, send what is printed to standard error.

    The descriptor is not redirected, as a script may leave no way to undo that: output of its child
    processes and of `os.write` still goes to standard output.
    """
    ours = {name: getattr(sys, name) for name in ("stdout", "__stdout__")}
    for name in ours:
        setattr(sys, name, sys.stderr)
    try:
        yield
    finally:
        for name, stream in ours.items():
            setattr(sys, name, stream)


def _copy(stream: TextIO) -> TextIO:
    """A copy of one of Python's own streams, on the same descriptor; any other stream itself."""
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


def _descriptor_restorer(number: int) -> Callable[[], None]:
    """Remember the file of a descriptor, and return a function that restores it."""
    try:
        copy = os.dup(number)
    except OSError:  # it was closed, or no more can be open
        return lambda: None
    file, is_blocking = os.fstat(copy), os.get_blocking(copy)

    def restore() -> None:
        with suppress(OSError):
            if not os.path.samestat(os.fstat(copy), file):
                return  # our copy was closed, and another file has its number
            os.set_blocking(copy, is_blocking)
            try:
                os.dup2(copy, number)
            finally:
                os.close(copy)

    return restore


def _is_open(stream: TextIO | None) -> bool:
    try:
        return stream is not None and not stream.closed
    except ValueError:  # it was detached
        return False


def _cannot_flush(stream: TextIO) -> bool:
    """Flush a stream, and return whether its output refused the text."""
    try:
        stream.flush()
    except OSError:
        return True
    except (ValueError, AttributeError, TypeError):
        """It was closed or detached."""
    return False


def is_file(stream: TextIO) -> bool:
    """Whether a stream writes to a file."""
    try:
        return stat.S_ISREG(os.fstat(stream.fileno()).st_mode)
    except (OSError, ValueError, AttributeError):
        return False


def is_read(stream: TextIO) -> bool:
    """Whether output may still be read; not when the other end of a pipe is closed."""
    try:
        watched = select.poll()
        watched.register(stream.fileno(), 0)
        return not watched.poll(0)
    except (OSError, ValueError, AttributeError):  # no such stream, or no `poll` (Windows)
        return True


def discard_output(stream: TextIO) -> None:
    """Redirect a stream to /dev/null, with what it still holds: Python would report an error when
    it flushes the stream at exit."""
    with suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def flush() -> None:
    """Flush standard output and error; discard what can no longer be read."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            discard_output(stream)
        except (ValueError, AttributeError):
            """A script has closed or replaced it."""
