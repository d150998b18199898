"""`get_file`, `Sequence`, a dataset of batches by position, and `pad_sequences`.

Follows keras 2.14 utils/data_utils.py.
"""

import os
from abc import abstractmethod
from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from densetrace.keras._exports import keras_export
from densetrace.keras.utils import io_utils
from densetrace.tensorflow.missing import NotInDensetraceError

_DOWNLOADS: Final = (
    "densetrace never downloads. Put the file there yourself, or let Keras download it"
)


def _extract_archive(file_path: str, path: str = ".", archive_format: Any = "auto") -> bool:
    """Unpack a tar or zip archive into a folder, and return whether it was one.

    No file is written outside the folder.
    Follows keras 2.14 utils/data_utils.py, _extract_archive.
    """
    import tarfile  # these cost start-up
    import zipfile

    if archive_format is None:
        return False
    formats = ["tar", "zip"] if archive_format == "auto" else archive_format
    for name in [formats] if isinstance(formats, str) else formats:
        if name == "tar" and tarfile.is_tarfile(file_path):
            with tarfile.open(file_path) as tar:
                tar.extractall(path, filter="data")
            return True
        if name == "zip" and zipfile.is_zipfile(file_path):
            with zipfile.ZipFile(file_path) as zipped:
                zipped.extractall(path)
            return True
    return False


def get_file(
    fname: Any = None,
    origin: str | None = None,
    untar: bool = False,
    md5_hash: str | None = None,
    file_hash: str | None = None,
    cache_subdir: str = "datasets",
    hash_algorithm: str = "auto",
    extract: bool = False,
    archive_format: Any = "auto",
    cache_dir: str | None = None,
) -> str:
    """Return the path of a file that was downloaded before.

    Follows keras 2.14 utils/data_utils.py, get_file.

    Args:
        fname: the name of the file; the end of `origin` if None. An absolute path is used as is.
        origin: where Keras downloads it from; a `file:` address is copied.
        untar: whether it is a `.tar.gz` archive to unpack; the path is then that of the folder.
        md5_hash: an old way to pass `file_hash`.
        file_hash: the hash that the file must have.
        cache_subdir: the folder below `cache_dir`.
        hash_algorithm: "sha256" or "md5"; "auto" chooses by the length of the hash.
        extract: whether to unpack it if it is an archive.
        archive_format: "tar", "zip", both as a list, "auto" or None.
        cache_dir: the folder for all files; `~/.keras` if None.

    Raises:
        ValueError: if there is no `origin`, or the name cannot be read from it.
        NotInDensetraceError: if the file is not there, or has another hash.
    """
    # DEPARTS: Keras downloads a file that is missing or has a wrong hash. Here this is refused.
    from urllib.parse import urlsplit  # costs start-up

    if origin is None:
        raise ValueError('Pass "origin", the address of the file.')
    fname = io_utils.path_to_string(fname) or os.path.basename(urlsplit(origin).path)
    if not fname:
        raise ValueError(f"The address names no file: pass `fname`. Received: origin={origin!r}")
    if md5_hash is not None and file_hash is None:
        file_hash, hash_algorithm = md5_hash, "md5"
    folder = os.path.expanduser(cache_dir or os.path.join("~", ".keras"))
    folder = os.path.join(folder, cache_subdir)
    if untar:
        fname = fname.removesuffix(".tar.gz")
    unpacked = os.path.join(folder, fname)
    path = f"{unpacked}.tar.gz" if untar else unpacked
    if untar and os.path.isdir(unpacked) and not os.path.exists(path):
        return unpacked  # Keras would download the archive again, only to find it unpacked
    if not _is_there(path, file_hash, hash_algorithm):
        _fetch(origin, path)
        if not _is_there(path, file_hash, hash_algorithm):
            raise ValueError(f"The file does not have the hash {file_hash}: {path}")
    if untar:
        if not os.path.exists(unpacked):
            _extract_archive(path, folder, archive_format="tar")
        return unpacked
    if extract:
        _extract_archive(path, folder, archive_format)
    return path


def _is_there(path: str, file_hash: str | None, algorithm: str) -> bool:
    return os.path.exists(path) and (file_hash is None or validate_file(path, file_hash, algorithm))


def _fetch(origin: str, path: str) -> None:
    """Copy a file of this machine; refuse to download.

    Raises:
        NotInDensetraceError: for an address of another machine.
    """
    import shutil  # these cost start-up
    from urllib.parse import unquote, urlsplit

    address = urlsplit(origin)
    if address.scheme != "file":
        raise NotInDensetraceError(
            "keras.utils.get_file",
            _DOWNLOADS,
            f"densetrace does not download {origin}, and there is no such file: {path}",
        )
    io_utils.print_msg(f"Downloading data from {origin}")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    shutil.copyfile(unquote(address.path), path)


def _hash_file(fpath: str, algorithm: str = "sha256", chunk_size: int = 65535) -> str:
    """Return the hash of a file in hexadecimal.

    Follows keras 2.14 utils/data_utils.py, _hash_file.
    """
    import hashlib  # costs start-up

    hasher = hashlib.new(algorithm, usedforsecurity=False)
    with open(fpath, "rb") as stream:
        while chunk := stream.read(chunk_size):
            hasher.update(chunk)
    return hasher.hexdigest()


def validate_file(
    fpath: str, file_hash: str, algorithm: str = "auto", chunk_size: int = 65535
) -> bool:
    """Return whether a file has a hash.

    Follows keras 2.14 utils/data_utils.py, validate_file.
    """
    is_sha = algorithm == "sha256" or (algorithm == "auto" and len(file_hash) == 64)
    return _hash_file(fpath, "sha256" if is_sha else "md5", chunk_size) == file_hash


@keras_export("keras.utils.Sequence")
class Sequence:
    """The base class of datasets that return a batch for its position.

    A subclass defines `__getitem__` and `__len__`, and `on_epoch_end` if the data change.

    Follows keras 2.14 utils/data_utils.py, Sequence.
    """

    @abstractmethod
    def __getitem__(self, index: int) -> Any:
        """Return the batch at a position.

        Raises:
            NotImplementedError: unless a subclass defines it.
        """
        raise NotImplementedError

    @abstractmethod
    def __len__(self) -> int:
        """Return the number of batches.

        Raises:
            NotImplementedError: unless a subclass defines it.
        """
        raise NotImplementedError

    def on_epoch_end(self) -> None:
        """Do nothing. `fit` calls it at the end of each epoch."""

    def __iter__(self) -> Iterator[Any]:
        """Yield the batches in order."""
        yield from (self[i] for i in range(len(self)))


def iter_sequence_infinite(seq: Sequence) -> Iterator[Any]:
    """Yield the batches of a sequence again and again.

    Follows keras 2.14 utils/data_utils.py, iter_sequence_infinite.
    """
    while True:
        yield from seq


@keras_export("keras.utils.pad_sequences", "keras.preprocessing.sequence.pad_sequences")
def pad_sequences(
    sequences: Any,
    maxlen: int | None = None,
    dtype: Any = "int32",
    padding: str = "pre",
    truncating: str = "pre",
    value: Any = 0.0,
) -> Any:
    """Return sequences of different lengths as one array: [samples, maxlen, ...].

    Follows keras 2.14 utils/data_utils.py, pad_sequences.

    Args:
        sequences: lists of numbers, one for each sample.
        maxlen: the length to cut or pad to; that of the longest sequence if None.
        dtype: the dtype of the array.
        padding: whether `value` goes before ("pre") or after ("post") a short sequence.
        truncating: whether a long sequence loses its beginning ("pre") or its end ("post").
        value: the number to pad with.

    Raises:
        ValueError: if `sequences` or one of them has no length, if their items differ in shape, or
            if `padding` or `truncating` is neither "pre" nor "post".
    """
    if not hasattr(sequences, "__len__"):
        raise ValueError("`sequences` must be iterable.")
    lengths = []
    sample_shape: tuple[int, ...] = ()
    is_first = True
    for sequence in sequences:
        try:
            lengths.append(len(sequence))
        except TypeError as error:
            raise ValueError(
                f"`sequences` must be a list of iterables. Found non-iterable: {sequence}"
            ) from error
        if is_first and len(sequence):
            sample_shape = np.asarray(sequence).shape[1:]
            is_first = False
    if maxlen is None:
        maxlen = int(np.max(lengths))
    is_string = np.issubdtype(dtype, np.str_)
    if isinstance(value, str) and dtype is not object and not is_string:
        raise ValueError(
            f"`dtype` {dtype} is not compatible with `value`'s type: {type(value)}\n"
            "You should set `dtype=object` for variable length strings."
        )
    padded = np.full((len(sequences), maxlen, *sample_shape), value, dtype=dtype)
    for at, sequence in enumerate(sequences):
        if not len(sequence):
            continue
        if truncating == "pre":
            kept = sequence[-maxlen:]
        elif truncating == "post":
            kept = sequence[:maxlen]
        else:
            raise ValueError(f'Truncating type "{truncating}" not understood')
        kept = np.asarray(kept, dtype=dtype)
        if kept.shape[1:] != sample_shape:
            raise ValueError(
                f"Shape of sample {kept.shape[1:]} of sequence at position {at} is different from "
                f"expected shape {sample_shape}"
            )
        if padding == "post":
            padded[at, : len(kept)] = kept
        elif padding == "pre":
            padded[at, -len(kept) :] = kept
        else:
            raise ValueError(f'Padding type "{padding}" not understood')
    return padded
