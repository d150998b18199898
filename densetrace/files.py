"""Writes a file as a whole: after a failure the old file is still there, untouched."""

import os
import re
import stat
import time
from contextlib import suppress
from pathlib import Path

from densetrace import interrupts
from densetrace.errors import RequestError, shown

SECONDS_TO_WRITE = 60

_BESIDE = re.compile(r"\.densetrace-(\d{1,10})-[0-9a-f]{8}")


@interrupts.raised()
def write_whole(path: Path, text: str) -> None:
    """Write `text` to `path` as UTF-8, replacing an existing file as a whole or not at all.

    A link is followed; a device or a pipe is written to, not replaced.

    Raises:
        RequestError: saying why the file cannot be written.
    """
    # What UTF-8 cannot hold (half of a surrogate pair) is spelled out, as JSON spells it too.
    data = text.encode("utf-8", "backslashreplace")
    try:
        if path.is_dir():
            raise IsADirectoryError(None, "it is a folder")
        if path.exists() and not path.is_file():
            path.write_bytes(data)
        else:
            _replace(Path(os.path.realpath(path)), data)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise RequestError(
            f"Cannot write {shown(str(path))}: {reason}.", "Choose another file or folder."
        ) from error


def _replace(target: Path, data: bytes) -> None:
    # A file beside the target, so that the last step is a rename within one file system.
    beside = target.with_name(f".densetrace-{os.getpid()}-{os.urandom(4).hex()}")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
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
