"""Files by the names that TensorFlow gives them: `tf.io.gfile`.

Follows tensorflow/python/lib/io/file_io.py, for local files only.
"""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any, Final, Self

from densetrace.system.real_home import known_as
from densetrace.tensorflow.errors import (
    FailedPreconditionError,
    InvalidArgumentError,
    NotFoundError,
    OpError,
    PermissionDeniedError,
)
from densetrace.tensorflow.operation import export

_MODES: Final = ("r", "w", "a", "r+", "w+", "a+")
_ERRORS: Final[dict[int | None, type[OpError]]] = {
    errno.ENOENT: NotFoundError,
    errno.EACCES: PermissionDeniedError,
    errno.EPERM: PermissionDeniedError,
    errno.EISDIR: FailedPreconditionError,
    errno.ENOTDIR: FailedPreconditionError,
    errno.EEXIST: FailedPreconditionError,
}


@contextmanager
def _errors_of_tensorflow(path: Any) -> Iterator[None]:
    """Turn an OSError into the error that TensorFlow raises for it."""
    try:
        yield
    except OSError as error:
        kind = _ERRORS.get(error.errno, OpError)
        raise kind(f"{os.fspath(path)}; {os.strerror(error.errno or 0)}") from error


@export("io.gfile.GFile")
@known_as("tensorflow.python.platform.gfile")
class GFile:
    """A file that is opened when it is first read or written.

    Follows tensorflow/python/platform/gfile.py, GFile.

    Raises:
        InvalidArgumentError: for an unknown mode.
    """

    def __init__(self, name: Any, mode: str = "r") -> None:
        if mode.replace("b", "") not in _MODES:
            raise InvalidArgumentError(
                f"The mode of a file must be one of {_MODES}, with or without 'b'. "
                f"Received: mode={mode!r}"
            )
        self._path = os.fspath(name)
        self._mode = mode
        self._file: IO[Any] | None = None

    @property
    def name(self) -> Any:
        """The path."""
        return self._path

    @property
    def mode(self) -> str:
        """The mode that the file was opened with."""
        return self._mode

    def _opened(self, *, to_write: bool) -> IO[Any]:
        allowed = "wa+" if to_write else "r+"
        if not any(letter in self._mode for letter in allowed):
            verb = "writing" if to_write else "reading"
            raise PermissionDeniedError(f"File isn't open for {verb}")
        if self._file is None:
            text: dict[str, Any] = {"encoding": "utf-8", "newline": ""}
            with _errors_of_tensorflow(self._path):
                kwargs = {} if "b" in self._mode else text
                self._file = open(self._path, self._mode, **kwargs)  # noqa: SIM115 # see `close`
        return self._file

    def read(self, n: int = -1) -> Any:
        """Return the next `n` characters or bytes, or all the rest."""
        return self._opened(to_write=False).read(n)

    def readline(self) -> Any:
        """Return the next line with its end; nothing at the end of the file."""
        return self._opened(to_write=False).readline()

    def readlines(self) -> list[Any]:
        """Return all lines that are left."""
        return self._opened(to_write=False).readlines()

    def write(self, file_content: Any) -> None:
        """Write a text, or bytes in a mode with 'b'."""
        self._opened(to_write=True).write(file_content)

    def flush(self) -> None:
        """Hand what was written to the system."""
        if self._file is not None:
            self._file.flush()

    def close(self) -> None:
        """Close the file. It may be opened again by reading or writing."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __iter__(self) -> Iterator[Any]:
        return iter(self._opened(to_write=False))


@export("io.gfile.exists")
def exists(path: Any) -> bool:
    """Whether there is a file or folder at this path."""
    return os.path.exists(path)


@export("io.gfile.isdir")
def isdir(path: Any) -> bool:
    """Whether there is a folder at this path."""
    return os.path.isdir(path)


@export("io.gfile.listdir")
def listdir(path: Any) -> list[str]:
    """The names of the files and folders in a folder.

    Raises:
        NotFoundError: if there is no such folder.
    """
    if not os.path.isdir(path):
        raise NotFoundError(f"Could not find directory {os.fspath(path)}")
    with _errors_of_tensorflow(path):
        return os.listdir(path)


@export("io.gfile.makedirs")
def makedirs(path: Any) -> None:
    """Create a folder and those above it, unless they exist.

    Raises:
        FailedPreconditionError: if there is a file of this name.
    """
    if path:
        with _errors_of_tensorflow(path):
            os.makedirs(path, exist_ok=True)
