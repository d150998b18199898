"""Writes files and never leaves a partial one: after a failure the old file is untouched. Devices,
pipes and descriptors such as /dev/stdout and /dev/fd/63 are written to directly."""

import errno
import os
import re
import stat
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Final, TextIO

from densetrace.system import signals
from densetrace.system.activity import activity
from densetrace.system.errors import RequestError, shown

SECONDS_TO_WRITE = 60

_BESIDE = re.compile(r"\.densetrace-(\d{1,10})-[0-9a-f]{8}")
_PATH_SHOWN: Final = 80
_MOST_LINKS: Final = 40
_SEPARATORS: Final = os.sep + (os.altsep or "")


def working_folder() -> Path | None:
    """The working folder, or None when it was deleted."""
    try:
        return Path.cwd()
    except OSError:
        return None


def descriptor_of(path: str | os.PathLike[str]) -> int | None:
    """Which descriptor of this process a path such as /dev/stdout or /dev/fd/63 means, if any.

    Opening such a path again would begin at the start of a file, and fail for a socket.

    Raises:
        OSError: when a folder of the path cannot be read.
        ValueError: when the path is not a valid file name.
    """
    text = os.fspath(path)
    folders = ("/dev/fd", f"/proc/{os.getpid()}/fd")
    for _ in range(_MOST_LINKS):
        folder, name = os.path.split(text)
        if re.fullmatch("[0-9]{1,9}", name) and os.path.realpath(folder) in folders:
            return int(name)
        if not os.path.islink(text):
            return None
        text = os.path.join(folder, os.readlink(text))
    return None


def leads_to(path: str | os.PathLike[str], stream: TextIO) -> bool:
    """Whether a path means the file, pipe or terminal of a stream: for standard output, /dev/stdout
    does, and so does the name of the file that it was redirected to."""
    try:
        return os.path.samestat(os.stat(path), os.fstat(stream.fileno()))
    except (OSError, ValueError, AttributeError):
        return False


def is_replaced(path: str | os.PathLike[str]) -> bool:
    """Whether a path means a file, which is replaced, and not a device, a pipe or a descriptor."""
    try:
        return isinstance(_target(path), Path)
    except (OSError, RequestError):
        return False


def check(path: str | os.PathLike[str]) -> None:
    """Refuse a path that cannot be written to, before the work whose result would be lost.

    Raises:
        RequestError: saying what is wrong with it.
    """
    with _os_errors_refused(path):
        target = _target(path)
        if isinstance(target, int):
            os.write(target, b"")
        elif target is not None and not os.access(target.parent, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))


@signals.interrupts_raised()
def write_whole(path: str | os.PathLike[str], text: str | Iterable[str]) -> None:
    """Write `text`, one string or an iterable of pieces, to `path` as UTF-8; never leave a partial
    file.

    A link is followed. A device, a pipe or a descriptor of this process (/dev/fd/63) is written to,
    not replaced; a named pipe is opened once a program reads it.

    Raises:
        RequestError: saying why it cannot be written.
    """
    pieces = (text,) if isinstance(text, str) else text
    with _os_errors_refused(path):
        target = _target(path)
        if isinstance(target, Path):
            _replace(target, pieces)
            return
        with os.fdopen(_opened(path) if target is None else os.dup(target), "wb") as file:
            _write(pieces, file)


@signals.interrupts_raised()
def write_new(paths: Iterable[Path], text: str) -> Path | None:
    """Write `text` as UTF-8 to the first of `paths` that does not exist, and return that path; None
    when all exist.

    Raises:
        RequestError: saying why it cannot be written.
    """
    for path in paths:
        with _os_errors_refused(path):
            try:
                os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666))
            except FileExistsError:
                continue
            except FileNotFoundError:
                _new_file(str(path))
                raise
            # An empty file reserves the name until the text replaces it.
            try:
                _replace(path, (text,))
            except BaseException:
                path.unlink(missing_ok=True)
                raise
        return path
    return None


def named(path: str | os.PathLike[str]) -> str:
    """Return a path for a message, safe to print: of a long one, the end."""
    text = os.fspath(path)
    return shown(text if len(text) <= _PATH_SHOWN else f"...{text[3 - _PATH_SHOWN :]}", _PATH_SHOWN)


@contextmanager
def _os_errors_refused(path: str | os.PathLike[str]) -> Iterator[None]:
    """Turn an OSError into a RequestError that says why a path cannot be written."""
    try:
        yield
    except OSError as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise _refusal(path, reason) from error


def _refusal(
    path: str | os.PathLike[str], reason: str, hint: str = "Choose another file or folder."
) -> RequestError:
    return RequestError(f"Cannot write {named(path)}: {reason}.", hint)


def _target(path: str | os.PathLike[str]) -> Path | int | None:
    """The target of a path: the file behind its links, a descriptor of this process, or None for a
    device or a pipe.

    Raises:
        RequestError: when it cannot be written to.
        OSError: when the system refuses it.
    """
    text = os.fspath(path)
    if not text:
        raise RequestError(
            "A file needs a name. Received: an empty name.", "For example: trace.json"
        )
    try:
        number = descriptor_of(text)
        if number is not None:
            os.fstat(number)
            return number
        mode = os.stat(text).st_mode
    except (FileNotFoundError, NotADirectoryError):
        return _new_file(text)
    except ValueError as error:  # a NUL, or half of a surrogate pair
        raise OSError(str(error)) from error
    if stat.S_ISDIR(mode):
        hint = f"Name a file in it: {named(os.path.join(text, 'trace.json'))}"
        raise _refusal(text, "it is a folder", hint)
    return Path(os.path.realpath(text)) if stat.S_ISREG(mode) else None


def _new_file(text: str) -> Path:
    """The file to create for a path that does not exist."""
    if not os.path.isabs(text) and working_folder() is None:
        raise _refusal(text, "the working folder was deleted", "Change to another folder.")
    bare = text.rstrip(_SEPARATORS)
    if bare != text:
        raise _refusal(
            text, f"a path that ends with {text[-1]} is a folder", f"Leave it out: {named(bare)}"
        )
    target = Path(os.path.realpath(text))
    name = named(target.parent if os.path.islink(text) else os.path.dirname(text))
    if not target.parent.exists():
        raise _refusal(
            text, f"there is no folder {name}", "Create it first, or choose another one."
        )
    if not target.parent.is_dir():
        raise _refusal(text, f"{name} is a file, not a folder")
    return target


def _opened(path: str | os.PathLike[str]) -> int:
    """A descriptor for a device, or for a pipe once a program reads it."""
    with activity(f"Waiting for a program that reads {named(path)}"):
        return os.open(path, os.O_WRONLY | getattr(os, "O_NOCTTY", 0))


def _write(pieces: Iterable[str], file: BinaryIO) -> None:
    for piece in pieces:
        # A lone surrogate has no UTF-8 form, so it is escaped, as in JSON.
        file.write(piece.encode("utf-8", "backslashreplace"))


def _replace(target: Path, pieces: Iterable[str]) -> None:
    # A file in the same folder, so that it can be renamed within one file system.
    beside = target.with_name(f".densetrace-{os.getpid()}-{os.urandom(4).hex()}")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        with os.fdopen(handle, "wb") as file:
            _write(pieces, file)
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            os.chmod(beside, stat.S_IMODE(target.stat().st_mode))
        os.replace(beside, target)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    _clear(target.parent)


def _clear(folder: Path) -> None:
    """Remove the temporary files that killed processes left in this folder."""
    if os.name != "posix":
        return  # on Windows, os.kill(process, 0) ends the process
    with suppress(OSError):
        for name in os.listdir(folder):
            found, path = _BESIDE.fullmatch(name), folder / name
            if found is None or _is_running(int(found[1])):
                continue
            # The writer may be a process on another machine.
            if time.time() - path.stat().st_mtime > SECONDS_TO_WRITE:
                path.unlink(missing_ok=True)


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        return True
    return True
