"""Writes a file as a whole: after a failure the old file is still there, untouched."""

import os
import re
import stat
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from densetrace.system import signals
from densetrace.system.errors import RequestError, shown

SECONDS_TO_WRITE = 60

_BESIDE = re.compile(r"\.densetrace-(\d{1,10})-[0-9a-f]{8}")


@signals.raised()
def write_whole(path: Path, text: str | Iterable[str]) -> None:
    """Write `text`, whole or in pieces as they are made, to `path` as UTF-8, replacing an existing
    file as a whole or not at all.

    A link is followed; a device or a pipe is written to, not replaced.

    Raises:
        RequestError: saying why the file cannot be written.
    """
    pieces = (text,) if isinstance(text, str) else text
    try:
        target = _target(path)
        if target.exists() and not target.is_file():
            with target.open("wb") as file:
                _write(pieces, file)
        else:
            _replace(target, pieces)
    except OSError as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise RequestError(
            f"Cannot write {shown(str(path))}: {reason}.", "Choose another file or folder."
        ) from error


def _target(path: Path) -> Path:
    """The file behind a path and its links."""
    try:
        target = Path(os.path.realpath(path))
    except ValueError as error:  # no file can be called so
        raise OSError(str(error)) from error
    if target.is_dir():
        raise IsADirectoryError(None, "it is a folder")
    return target


def _write(pieces: Iterable[str], file: BinaryIO) -> None:
    for piece in pieces:
        # What UTF-8 cannot hold (half of a surrogate pair) is spelled out, as JSON spells it too.
        file.write(piece.encode("utf-8", "backslashreplace"))


def _replace(target: Path, pieces: Iterable[str]) -> None:
    # A file beside the target, so that the last step is a rename within one file system.
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
        beside.unlink()
        raise
    _clear(target.parent)


def _clear(folder: Path) -> None:
    """Remove what a process that was killed while it wrote left in this folder."""
    if os.name != "posix":
        return  # elsewhere, asking after a process can end it
    with suppress(OSError):
        for name in os.listdir(folder):
            found, path = _BESIDE.fullmatch(name), folder / name
            if found is None or _is_running(int(found[1])):
                continue
            # Another machine may write here, whose processes are not known.
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
