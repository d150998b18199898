"""The library for HDF5 files, which is optional."""

from importlib import import_module
from typing import Any


def h5py_for(action: str) -> Any:
    """Return the module `h5py`.

    Args:
        action: what needs it, as the start of a sentence.

    Raises:
        ImportError: if it is not installed.
    """
    try:
        return import_module("h5py")
    except ImportError as error:
        raise ImportError(
            f"{action} needs h5py, which is not installed. Type: pip install 'densetrace[h5]'"
        ) from error


def is_h5_file(filepath: Any) -> bool:
    """Return whether a value is an open HDF5 file, not a path."""
    if isinstance(filepath, str):
        return False
    try:
        return isinstance(filepath, import_module("h5py").File)
    except ImportError:
        return False
