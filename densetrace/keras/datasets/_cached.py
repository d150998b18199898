"""Finds the files that Keras has downloaded, and reads them without running code from them.

densetrace never downloads. A file that Keras, or a person, has put into `~/.keras/datasets` is
read if it has the arrays that the data set has. Otherwise the data is synthetic, and standard error
says so once.

A file is never unpickled freely: lists of numbers, and the dicts of CIFAR, go through an unpickler
that knows NumPy's arrays and nothing else.
"""

import gzip
import io
import os
import pickle
import sys
import zipfile
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any, Final, TypeVar

import numpy as np

from densetrace.keras.utils.data_utils import _extract_archive
from densetrace.system.escape import printable

Read = TypeVar("Read")

_REPORTED: Final[set[str]] = set()
"""The data sets whose notice has been written; a script sees each notice once."""

_UNPICKLED: Final = {
    ("numpy", "ndarray"),
    ("numpy", "dtype"),
    ("numpy.core.multiarray", "_reconstruct"),
    ("numpy._core.multiarray", "_reconstruct"),
    ("_codecs", "encode"),
}
"""The only functions and classes that a pickled file may use: they build arrays."""

FAILURES: Final = (
    OSError, ValueError, KeyError, EOFError, TypeError, IndexError, AttributeError, ImportError,
    pickle.UnpicklingError, zipfile.BadZipFile,
)  # fmt: skip
"""What reading a file of another format may raise."""


def folder() -> str:
    """Return the folder into which Keras downloads: `~/.keras/datasets`."""
    return os.path.join(os.path.expanduser("~"), ".keras", "datasets")


def read_or_make(
    name: str, file: str, read: Callable[[str], Read], make: Callable[[], Read]
) -> Read:
    """Return what `read` finds in a cached file, or what `make` makes up instead.

    A notice on standard error says when the data is synthetic, and why.

    Args:
        name: the name of the data set, for the notice.
        file: the file, relative to the folder of Keras, or absolute.
        read: reads the file; it raises one of `FAILURES` if the format is another one.
        make: makes data of the same shapes, dtypes and ranges.
    """
    path = os.path.join(folder(), file)
    if not os.path.exists(path):
        _unpack(path)
    if not os.path.exists(path):
        _report(name, f"there is no file {_short(path)}")
        return make()
    try:
        return read(path)
    except FAILURES:
        _report(name, f"the file {_short(path)} does not have the format of this data set")
        return make()


def _unpack(path: str) -> None:
    """Unpack the archive of a data set that was downloaded and not unpacked yet, as Keras does."""
    import tarfile  # costs start-up

    archive = f"{path}.tar.gz"
    if os.path.exists(archive):
        with suppress(OSError, EOFError, tarfile.TarError):
            _extract_archive(archive, folder(), "tar")


def forget_notices() -> None:
    """Let the next script see the notices again."""
    _REPORTED.clear()


def _report(name: str, reason: str) -> None:
    if name not in _REPORTED and sys.stderr is not None:
        _REPORTED.add(name)
        notice = (
            f"densetrace: {name} is synthetic data with the same shapes, dtypes and ranges, "
            f"because {reason}. densetrace does not download."
        )
        sys.stderr.write(f"{printable(notice)}\n")


def _short(path: str) -> str:
    home = os.path.expanduser("~")
    return f"~{path[len(home) :]}" if path.startswith(home + os.sep) else path


class _ArraysOnly(pickle.Unpickler):
    """An unpickler that builds arrays, lists, dicts, strings and numbers, and no other object."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _UNPICKLED:
            raise pickle.UnpicklingError(f"{module}.{name} is not allowed in a data set")
        return super().find_class(module, name)


def unpickled(stream: Any, encoding: str = "ASCII") -> Any:
    """Return the arrays, lists and numbers in a pickle.

    Raises:
        pickle.UnpicklingError: if the pickle refers to anything else.
    """
    return _ArraysOnly(stream, encoding=encoding).load()


def arrays(path: str, names: Iterable[str]) -> list[np.ndarray[Any, Any]]:
    """Return arrays of an `.npz` file. An array of lists is unpickled by `unpickled`.

    Raises:
        ValueError, KeyError, zipfile.BadZipFile: if the file is no `.npz` file, or lacks an array.
    """
    with zipfile.ZipFile(path) as archive:
        return [_array(archive.read(f"{name}.npy")) for name in names]


def _array(data: bytes) -> np.ndarray[Any, Any]:
    try:
        return np.asarray(np.lib.format.read_array(io.BytesIO(data), allow_pickle=False))
    except ValueError as error:
        stream = io.BytesIO(data)
        version = np.lib.format.read_magic(stream)
        if version == (1, 0):
            shape, _, dtype = np.lib.format.read_array_header_1_0(stream)
        else:
            shape, _, dtype = np.lib.format.read_array_header_2_0(stream)
        if dtype != np.dtype("O"):
            raise
        found = np.asarray(unpickled(stream))
        if found.dtype != dtype or found.shape != shape:
            raise ValueError("The pickled array differs from its header.") from error
        return found


def images_of_idx(path: str) -> np.ndarray[Any, Any]:
    """Return the array of a gzipped IDX file, as MNIST is published: u8[samples, ...].

    Raises:
        ValueError: if the sizes in the header are not those of the data.
    """
    with gzip.open(path, "rb") as stream:
        data = stream.read()
    if data[:3] != b"\x00\x00\x08":
        raise ValueError("The file is no IDX file of bytes.")
    rank = data[3]
    shape = np.frombuffer(data, ">u4", rank, offset=4).astype(int)
    return np.frombuffer(data, np.uint8, offset=4 + 4 * rank).reshape(shape)


def expect(array: np.ndarray[Any, Any], shape: tuple[int | None, ...], kinds: str) -> None:
    """Check the shape and the kind of dtype (`u`, `i`, `f`, `O`) of an array that was read.

    Raises:
        ValueError: if they are others.
    """
    sizes = zip(array.shape, shape, strict=False)
    fits = array.ndim == len(shape) and all(want in (None, size) for size, want in sizes)
    if not fits or array.dtype.kind not in kinds:
        raise ValueError(f"Expected an array of shape {shape}. Received: {array.shape}")
