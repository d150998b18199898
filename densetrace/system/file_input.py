"""Reads the files, pipes and lines that users hand over, each up to a stated number of bytes.

A device is refused before it is opened: it may never end, and opening one may have effects. Reading
a pipe without a writer times out.
"""

import errno
import io
import os
import select
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from typing import Any, BinaryIO, Final, NamedTuple, TextIO

from densetrace.system import signals
from densetrace.system.activity import activity
from densetrace.system.errors import RequestError, did_you_mean, shown
from densetrace.system.files import descriptor_of, named, working_folder

SECONDS_FOR_A_WRITER: Final = 10
_BEGIN_SHOWN: Final = 8
_MOST_NEIGHBOURS: Final = 1000
_BLOCK: Final = 1 << 20
_OTHER_UNICODE: Final = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")
"""The byte order marks of UTF-16 and UTF-32."""


class Kind(NamedTuple):
    """A kind of file: its name in messages, such as `A script`, and the most bytes it may have."""

    name: str
    most: int


TRACE: Final = Kind("A saved trace", 500_000_000)


def read_text(path: str | os.PathLike[str], kind: Kind) -> str:
    """Return the text of a UTF-8 file, without its byte order mark.

    Raises:
        RequestError: when the file cannot be read, is too long, or is not UTF-8 text.
    """
    return decoded(read_bytes(path, kind), kind, named(path))


@contextmanager
def opened_text(path: str | os.PathLike[str], kind: Kind) -> Iterator[TextIO]:
    """Open a UTF-8 file for reading by lines within a `with` block; a source that cannot be read
    twice, such as a pipe, is read whole first.

    Raises:
        RequestError: when it cannot be read, is too long, or is not UTF-8 text.
    """
    with opened(path, kind) as file:
        if (
            not isinstance(file, io.FileIO)
            or not file.seekable()
            or descriptor_of(path) is not None
        ):
            yield io.StringIO(decoded(read_up_to(file, kind, named(path)), kind, named(path)))
            return
        text = io.TextIOWrapper(io.BufferedReader(file), "utf-8-sig")
        try:
            yield text
        except UnicodeDecodeError:
            file.seek(0)
            decoded(
                read_up_to(file, kind, named(path)), kind, named(path)
            )  # raises an error that names the byte
            raise
        finally:
            text.detach().detach()


def read_bytes(path: str | os.PathLike[str], kind: Kind) -> bytes:
    """Return the content of a file or pipe.

    Raises:
        RequestError: when it cannot be read, is too long, or is neither a file nor a pipe.
    """
    with opened(path, kind) as file:
        return read_up_to(file, kind, named(path))


@contextmanager
def opened(path: str | os.PathLike[str], kind: Kind) -> Iterator[io.RawIOBase]:
    """Open a file or pipe for reading within a `with` block.

    Raises:
        RequestError: when it cannot be opened or read, or is neither a file nor a pipe.
    """
    try:
        number, status = _found(path)
        _check(status, kind, path)
        if number is None:
            handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        else:
            handle = os.dup(number)  # opening it again would read from the beginning
        with io.FileIO(handle) as file, activity(f"Reading {named(path)}"):
            status = os.fstat(handle)
            _check(status, kind, path)  # another file may have taken its place
            is_named_pipe = number is None and stat.S_ISFIFO(status.st_mode)
            yield _NamedPipe(file, named(path)) if is_named_pipe else file
    except OSError as error:
        raise _unreadable(error, path) from error


def read_begin(file: io.RawIOBase | BinaryIO, most: int) -> bytes:
    """Return the first bytes of an open file, at most `most`."""
    blocks: list[bytes] = []
    while most and (block := file.read(min(most, _BLOCK))):
        blocks.append(block)
        most -= len(block)
    return b"".join(blocks)


def read_up_to(file: io.RawIOBase | BinaryIO, kind: Kind, name: str, begun: bytes = b"") -> bytes:
    """Return `begun`, the bytes already read from an open file, and the rest of it.

    Raises:
        RequestError: when it has more bytes than the kind may have.
    """
    data = begun + read_begin(file, kind.most + 1 - len(begun))
    if len(data) > kind.most:
        raise _too_long(kind, name)
    return data


def decoded(data: bytes, kind: Kind, name: str) -> str:
    """Return UTF-8 bytes as text, without a byte order mark.

    Raises:
        RequestError: when they are not UTF-8 text.
    """
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        is_other = data.startswith(_OTHER_UNICODE)
        received = "UTF-16 or UTF-32" if is_other else f"byte {error.start + 1} does not fit"
        raise RequestError(
            f"{kind.name} is UTF-8 text. Received: {name}, {received}.",
            "Save it as UTF-8." if is_other else "",
        ) from error


class Lines:
    """The lines of standard input: answers or keys, typed or piped in.

    `what` names them in messages. `most` is the number of bytes that a pipe or file may have in
    all, and that one typed line may have: endless input must not be refused line by line.
    """

    def __init__(self, what: str, most: int) -> None:
        self._what = what
        self._most = most
        self._piped = 0

    def next(self) -> str | None:
        """Return the next line without its end; None when there is no more.

        Raises:
            RequestError: when it is one byte too many.
        """
        is_typed = sys.stdin.isatty()
        if is_typed:
            signals.wait_for_input(sys.stdin)
        data = sys.stdin.buffer.readline(self._most - self._piped + 1)
        if len(data) > self._most - self._piped:
            begin = data[:_BEGIN_SHOWN].decode("utf-8", "replace")
            raise RequestError(
                f"At most {self._most:,} bytes of {self._what} are read from standard input. "
                f"Received more; the last line read: {shown(begin)}...",
                "End it with a line that says q.",
            )
        if not data:
            return None
        if not is_typed:
            self._piped += len(data)
        return data.decode(sys.stdin.encoding or "utf-8", "replace").rstrip("\r\n")


def _found(path: str | os.PathLike[str]) -> tuple[int | None, os.stat_result]:
    """The descriptor of this process that a path means, if any, and the status of its file."""
    try:
        number = descriptor_of(path)
        return number, os.stat(path) if number is None else os.fstat(number)
    except ValueError as error:  # a NUL, or half of a surrogate pair
        raise RequestError(f"A file cannot have this name: {named(path)}.") from error


def _check(status: os.stat_result, kind: Kind, path: str | os.PathLike[str]) -> None:
    """Refuse a folder, a device, and a file that is too long for its kind."""
    if stat.S_ISDIR(status.st_mode):
        raise RequestError(
            f"{kind.name} is a file, not a folder. Received: {named(path)}", "Name a file in it."
        )
    if stat.S_ISCHR(status.st_mode) or stat.S_ISBLK(status.st_mode):
        raise RequestError(
            f"{kind.name} is read from a file or a pipe, not from a device. Received: {named(path)}"
        )
    if stat.S_ISREG(status.st_mode) and status.st_size > kind.most:
        raise _too_long(kind, named(path))


def _too_long(kind: Kind, name: str) -> RequestError:
    return RequestError(f"{kind.name} has at most {kind.most:,} bytes. Received more: {name}")


class _NamedPipe(io.RawIOBase):
    """The reading end of a named pipe, which waits a limited time for a writer.

    `file` does not block: a read returns None while the writer is silent, and 0 bytes at the end,
    but also before any program has opened the pipe for writing.
    """

    def __init__(self, file: io.FileIO, name: str) -> None:
        self._file = file
        self._name = name
        self._has_writer = False
        self._waits = 10 * SECONDS_FOR_A_WRITER
        self._events = select.poll()
        self._events.register(file, select.POLLIN)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        """Read available bytes; wait for them while a program has the pipe open for writing.

        Raises:
            RequestError: when no program opens it for writing.
        """
        while True:
            count = self._file.readinto(buffer)
            if count or (count == 0 and self._has_writer):
                return count
            if count is None:
                self._has_writer = True
                self._events.poll()
            elif self._events.poll(100):  # data, or a writer that has closed the pipe again
                self._has_writer = True
            elif self._waits:
                self._waits -= 1
            else:
                raise RequestError(
                    f"No program wrote to the pipe {self._name} within {SECONDS_FOR_A_WRITER} "
                    "seconds.",
                    "Start the program that writes to it first.",
                )


def _unreadable(error: OSError, path: str | os.PathLike[str]) -> RequestError:
    """The error for a file that cannot be opened or read, with a similar name as a hint."""
    name = named(path)
    if error.errno == errno.ENOENT and os.path.islink(path):
        return RequestError(f"Cannot read {name}: it is a link to a file that does not exist.")
    if error.errno == errno.ENOENT:
        if working_folder() is None and not os.path.isabs(path):
            return RequestError(f"File not found: {name}.", "The working folder was deleted.")
        return RequestError(f"File not found: {name}.", did_you_mean(*_neighbours(path)))
    if error.errno == errno.ELOOP:
        return RequestError(f"Cannot read {name}: it is a link that points to itself.")
    return RequestError(f"Cannot read {name}: {error.strerror or error}.")


def _neighbours(path: str | os.PathLike[str]) -> tuple[str, list[str]]:
    """The name of a file, and the names of those beside it with the same suffix."""
    folder, name = os.path.split(os.fspath(path))
    suffix = os.path.splitext(name)[1]
    with suppress(OSError), os.scandir(folder or ".") as entries:
        there = (entry.name for entry in islice(entries, _MOST_NEIGHBOURS))
        return name, sorted(one for one in there if one.endswith(suffix) and one != name)
    return name, []
