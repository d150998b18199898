"""Checkpoints: the values of variables by name, in two files with the same beginning.

Follows tensorflow/python/checkpoint/checkpoint.py and checkpoint_management.py.
"""

import json
import os
import zipfile
from collections.abc import Collection, Mapping
from typing import Any, Final, Self

import numpy as np

from densetrace.tensorflow.errors import InvalidArgumentError, NotFoundError
from densetrace.tensorflow.gfile import makedirs
from densetrace.tensorflow.missing import NotInDensetraceError
from densetrace.tensorflow.operation import export

_FORMAT: Final = "densetrace checkpoint 1"
_INDEX: Final = ".index"
_DATA: Final = ".data-00000-of-00001"
_LATEST: Final = "checkpoint"
_PATH_KEY: Final = "model_checkpoint_path: "
_KINDS: Final = "biufc"


class CheckpointLoadStatus:
    """What loading a checkpoint has found, for a script that asks whether everything was.

    Follows tensorflow/python/checkpoint/checkpoint.py, CheckpointLoadStatus.
    """

    def __init__(self, unused: Collection[str], missing: Collection[str], restored: int) -> None:
        self._unused = unused
        self._missing = missing
        self._restored = restored

    def expect_partial(self) -> Self:
        """Return this object: nothing warns of values that no variable took."""
        return self

    def assert_existing_objects_matched(self) -> Self:
        """Raise AssertionError if a variable of the model has no value in the checkpoint."""
        if self._missing:
            raise AssertionError(
                f"No values in the checkpoint for these variables: {sorted(self._missing)}"
            )
        return self

    def assert_consumed(self) -> Self:
        """Raise AssertionError if a variable has no value, or a value no variable."""
        if self._unused:
            raise AssertionError(
                f"No variables for these values of the checkpoint: {sorted(self._unused)}"
            )
        return self.assert_existing_objects_matched()

    def assert_nontrivial_match(self) -> Self:
        """Raise AssertionError if no variable got a value."""
        if not self._restored:
            raise AssertionError("No variable of the model has a value in the checkpoint.")
        return self


# DEPARTS: TensorFlow writes its own file format (TensorBundle) with a protocol buffer. Here the
# index is JSON and the data a NumPy archive, so neither can read the files of the other. The file
# names are TensorFlow's.
def write(prefix: str, values: Mapping[str, Any], facts: Mapping[str, Any]) -> None:
    """Write a checkpoint.

    Args:
        prefix: the path without the endings of the two files. Its folder is created.
        values: the arrays by name.
        facts: what else is to be kept, in terms of JSON.

    Raises:
        InvalidArgumentError: if a value is neither a number nor a bool.
    """
    arrays = {name: np.asarray(value) for name, value in values.items()}
    for name, array in arrays.items():
        if array.dtype.kind not in _KINDS:
            raise InvalidArgumentError(
                f"A checkpoint keeps numbers and bools. Received: {name} of dtype {array.dtype}"
            )
    makedirs(os.path.dirname(prefix))
    index = {"format": _FORMAT, "facts": dict(facts), "names": list(arrays)}
    with zipfile.ZipFile(prefix + _DATA, "w") as archive:
        for at, array in enumerate(arrays.values()):
            with archive.open(f"{at}.npy", "w", force_zip64=True) as data:
                np.lib.format.write_array(data, array, allow_pickle=False)
    with open(prefix + _INDEX, "w", encoding="utf-8") as file:
        json.dump(index, file)


def is_checkpoint(prefix: str) -> bool:
    """Whether there is a checkpoint at this path, written by densetrace or by TensorFlow."""
    return os.path.isfile(prefix + _INDEX)


def read(prefix: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The arrays of a checkpoint by name, and the other facts. Nothing in the files is run.

    Raises:
        NotFoundError: if there is none.
        NotInDensetraceError: if TensorFlow has written it.
    """
    try:
        with open(prefix + _INDEX, "rb") as file:
            text = file.read()
        with open(prefix + _DATA, "rb") as data:
            index = _index(text)
            stored = np.load(data, allow_pickle=False)
            arrays = {name: stored[str(at)] for at, name in enumerate(index["names"])}
    except FileNotFoundError as error:
        raise NotFoundError(
            "Unsuccessful TensorSliceReader constructor: "
            f"Failed to find any matching files for {prefix}"
        ) from error
    except (ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
        raise NotInDensetraceError(
            "Model.load_weights of a checkpoint that TensorFlow wrote",
            "densetrace reads only its own checkpoints",
            f"densetrace reads only checkpoints that it wrote itself, and {prefix!r} is not one. "
            "In Keras, save the weights to a file that ends in '.weights.h5', then load that "
            "file.",
        ) from error
    return arrays, index["facts"]


def _index(text: bytes) -> dict[str, Any]:
    """The content of an index.

    Raises:
        ValueError: if densetrace has not written it.
    """
    index = json.loads(text)
    if not isinstance(index, dict) or index.get("format") != _FORMAT:
        raise ValueError("another format")
    return index


def update_checkpoint_state(save_dir: str, model_checkpoint_path: str) -> None:
    """Note in a folder which of its checkpoints is the last.

    Follows tensorflow/python/checkpoint/checkpoint_management.py, update_checkpoint_state.
    """
    path = json.dumps(os.path.relpath(model_checkpoint_path, save_dir or os.curdir))
    with open(os.path.join(save_dir, _LATEST), "w", encoding="utf-8") as file:
        file.write(f"{_PATH_KEY}{path}\nall_model_checkpoint_paths: {path}\n")


@export("train.latest_checkpoint")
def latest_checkpoint(checkpoint_dir: Any, latest_filename: str | None = None) -> str | None:
    """The path of the last checkpoint in a folder; None if there is none.

    Follows tensorflow/python/checkpoint/checkpoint_management.py, latest_checkpoint.
    """
    folder = os.fspath(checkpoint_dir)
    try:
        with open(os.path.join(folder, latest_filename or _LATEST), encoding="utf-8") as file:
            first = file.readline().strip()
        path = json.loads(first.removeprefix(_PATH_KEY))
    except (OSError, ValueError):
        return None
    if not isinstance(path, str):
        return None
    path = os.path.join(folder, path)
    return path if is_checkpoint(path) else None
