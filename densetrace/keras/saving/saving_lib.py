"""Keras's own formats: a `.keras` archive with the config and the weights, and `.weights.h5`.

The path of a weight in the HDF5 file is the path of attributes that leads to it.
Follows keras 2.14 saving/saving_lib.py.
"""

import datetime
import io
import json
import posixpath
import zipfile
from collections.abc import Iterator
from typing import Any, Final

from densetrace.keras import losses
from densetrace.keras.engine import base_layer
from densetrace.keras.metrics import base_metric
from densetrace.keras.optimizers.optimizer import Optimizer
from densetrace.keras.saving._h5py import h5py_for
from densetrace.keras.saving.serialization_lib import (
    ObjectSharingScope,
    deserialize_keras_object,
    serialize_keras_object,
)
from densetrace.keras.utils.generic_utils import to_snake_case
from densetrace.recording.warn import warn
from densetrace.system.real_home import defining_module

_CONFIG_FILENAME: Final = "config.json"
_METADATA_FILENAME: Final = "metadata.json"
_VARS_FNAME: Final = "model.weights.h5"
_KERAS_VERSION: Final = "2.14.0"

ATTR_SKIPLIST: Final = frozenset(
    {
        "_callable_losses",
        "_eager_losses",
        "_inbound_nodes",
        "_outbound_nodes",
        "_input_layers",
        "_layer_call_argspecs",
        "_non_trainable_weights",
        "_output_layers",
        "_self_tracked_trackables",
        "_trainable_weights",
    }
)
"""Attributes whose values are not searched, as in Keras."""

_PROPERTIES: Final = ("_layer_checkpoint_dependencies", "layers", "metrics")
"""The properties of Keras's classes whose values hold layers or metrics."""


# DEPARTS: Keras also saves files that belong to a layer besides its weights (`save_assets`), such
# as a vocabulary. Here no layer has such files.
def save_model(model: Any, filepath: Any) -> None:
    """Save a model as a `.keras` archive.

    Follows keras 2.14 saving/saving_lib.py, save_model.

    Raises:
        ImportError: if h5py is not installed.
        ValueError: if the path does not end in `.keras`.
    """
    filepath = str(filepath)
    if not filepath.endswith(".keras"):
        raise ValueError(f"`filepath` must end in `.keras`. Received: filepath={filepath!r}")
    h5py_for("Saving a `.keras` file")
    if not model.built:
        warn(
            "You are saving a model that has not yet been built. It might not contain any weights "
            "yet. Consider building the model first by calling it on some data."
        )
    with ObjectSharingScope():
        config = serialize_keras_object(model)
    date = datetime.datetime.now().strftime("%Y-%m-%d@%H:%M:%S")
    metadata = {"keras_version": _KERAS_VERSION, "date_saved": date}
    # The weights first: if they cannot be saved, no file is left.
    weights_file = io.BytesIO()
    weights_store = H5IOStore(weights_file, mode="w")
    _save_state(model, weights_store, inner_path="", visited_trackables=set())
    weights_store.close()
    with zipfile.ZipFile(filepath, "w") as archive:
        archive.writestr(_METADATA_FILENAME, json.dumps(metadata))
        archive.writestr(_CONFIG_FILENAME, json.dumps(config))
        archive.writestr(_VARS_FNAME, weights_file.getvalue())


def load_model(
    filepath: Any,
    custom_objects: dict[str, Any] | None = None,
    compile: bool = True,
    safe_mode: bool = True,
) -> Any:
    """Return the model in a `.keras` archive.

    Follows keras 2.14 saving/saving_lib.py, load_model.

    Raises:
        ImportError: if h5py is not installed.
        TypeError: if the config names an unknown class.
        ValueError: if the path does not end in `.keras`, or the archive has no weights or weights
            that do not fit.
    """
    filepath = str(filepath)
    if not filepath.endswith(".keras"):
        raise ValueError(f"`filepath` must end in `.keras`. Received: filepath={filepath!r}")
    h5py_for("Loading a `.keras` file")
    with zipfile.ZipFile(filepath) as archive:
        config = json.loads(archive.read(_CONFIG_FILENAME))
        if not compile:
            config["compile_config"] = None
        with ObjectSharingScope():
            model = deserialize_keras_object(config, custom_objects, safe_mode=safe_mode)
        # DEPARTS: Keras also reads weights that were saved as `model.weights.npz`, which is a file
        # of pickled Python objects. Here nothing is unpickled.
        if _VARS_FNAME not in archive.namelist():
            raise ValueError(
                f"A `.keras` file must have the weights as {_VARS_FNAME}. "
                f"Received: filepath={filepath!r} with {archive.namelist()}"
            )
        weights_store = H5IOStore(io.BytesIO(archive.read(_VARS_FNAME)))
        _load_state(model, weights_store, inner_path="", visited_trackables=set())
        weights_store.close()
    return model


def save_weights_only(model: Any, filepath: Any) -> None:
    """Save the weights of a model as a `.weights.h5` file.

    Follows keras 2.14 saving/saving_lib.py, save_weights_only.

    Raises:
        ImportError: if h5py is not installed.
        OSError: if the file cannot be written.
        ValueError: if the path does not end in `.weights.h5`.
    """
    filepath = str(filepath)
    if not filepath.endswith(".weights.h5"):
        raise ValueError(f"`filepath` must end in `.weights.h5`. Received: filepath={filepath!r}")
    weights_store = H5IOStore(filepath, mode="w")
    _save_state(model, weights_store, inner_path="", visited_trackables=set())
    weights_store.close()


def load_weights_only(model: Any, filepath: Any, skip_mismatch: bool = False) -> None:
    """Set the weights of a model to those in a `.weights.h5` file or a `.keras` archive.

    Follows keras 2.14 saving/saving_lib.py, load_weights_only.

    Raises:
        ImportError: if h5py is not installed.
        OSError: if there is no such file, or it is no HDF5 file.
        ValueError: if the weights do not fit, unless `skip_mismatch` turns that into a warning.
    """
    filepath = str(filepath)
    file: Any = filepath
    if filepath.endswith(".keras"):
        with zipfile.ZipFile(filepath) as archive:
            file = io.BytesIO(archive.read(_VARS_FNAME))
    weights_store = H5IOStore(file)
    _load_state(
        model, weights_store, inner_path="", skip_mismatch=skip_mismatch, visited_trackables=set()
    )
    weights_store.close()


def _walk_trackable(trackable: Any) -> Iterator[tuple[str, Any]]:
    """Yield the attributes of an object that may hold layers, in the order of their names."""
    ours = {
        name
        for cls in type(trackable).__mro__
        if defining_module(cls).startswith("densetrace.")
        for name in vars(cls)
    }
    for name in dir(trackable):
        inherited = name in ours and name not in vars(trackable) and name not in _PROPERTIES
        if name.startswith("__") or name in ATTR_SKIPLIST or inherited:
            continue
        try:
            yield name, getattr(trackable, name)
        except Exception:  # a property of a person's class may raise anything
            continue


def _save_state(
    trackable: Any, weights_store: "H5IOStore", inner_path: str, visited_trackables: set[int]
) -> None:
    """Save the variables of an object, and of the objects in its attributes."""
    if id(trackable) in visited_trackables:
        return
    if hasattr(trackable, "save_own_variables"):
        trackable.save_own_variables(weights_store.make(inner_path))
    visited_trackables.add(id(trackable))
    for path, child in _children(trackable, inner_path, visited_trackables):
        _save_state(child, weights_store, path, visited_trackables)


def _load_state(
    trackable: Any,
    weights_store: "H5IOStore",
    inner_path: str,
    skip_mismatch: bool = False,
    *,
    visited_trackables: set[int],
) -> None:
    """Set the variables of an object, and of the objects in its attributes."""
    if id(trackable) in visited_trackables:
        return
    if hasattr(trackable, "load_own_variables"):
        try:
            trackable.load_own_variables(weights_store.get(inner_path))
        except Exception as error:
            if not skip_mismatch:
                raise
            warn(
                f"Could not load weights in object {trackable}. Skipping object. "
                f"Exception encountered: {error}"
            )
    visited_trackables.add(id(trackable))
    for path, child in _children(trackable, inner_path, visited_trackables):
        _load_state(
            child, weights_store, path, skip_mismatch, visited_trackables=visited_trackables
        )


def _children(
    trackable: Any, inner_path: str, visited_trackables: set[int]
) -> Iterator[tuple[str, Any]]:
    """Yield the objects with variables in the attributes of an object, each with its path.

    Follows keras 2.14 saving/saving_lib.py, _save_container_state for those in a container: there
    an object is named by its class and a number.
    """
    for attribute, value in _walk_trackable(trackable):
        path = posixpath.join(inner_path, attribute)
        if _is_keras_trackable(value):
            yield path, value
        elif isinstance(value, list | dict | tuple | set):
            used_names: dict[str, int] = {}
            for item in list(value.values()) if isinstance(value, dict) else list(value):
                if not _is_keras_trackable(item) or id(item) in visited_trackables:
                    continue
                name = to_snake_case(type(item).__name__)
                if name in used_names:
                    used_names[name] += 1
                    name = f"{name}_{used_names[name]}"
                else:
                    used_names[name] = 0
                yield posixpath.join(path, name), item


class H5IOStore:
    """The variables of several objects in an HDF5 file, each object at its path.

    Follows keras 2.14 saving/saving_lib.py, H5IOStore.

    Args:
        file: the path of the file, or a binary stream.
        mode: "r" or "w".
    """

    def __init__(self, file: Any, mode: str = "r") -> None:
        action = "Saving weights as HDF5" if mode == "w" else "Loading weights from HDF5"
        self.h5_file = h5py_for(action).File(file, mode=mode)

    def make(self, path: str) -> Any:
        """Return a new group for the variables of the object at this path."""
        if not path:
            return self.h5_file.create_group("vars")
        return self.h5_file.create_group(path).create_group("vars")

    def get(self, path: str) -> Any:
        """Return the variables of the object at this path; empty if there are none."""
        if not path:
            return self.h5_file["vars"]
        if path in self.h5_file and "vars" in self.h5_file[path]:
            return self.h5_file[path]["vars"]
        return {}

    def close(self) -> None:
        """Close the file."""
        self.h5_file.close()


def _is_keras_trackable(obj: Any) -> bool:
    return isinstance(obj, base_layer.Layer | Optimizer | base_metric.Metric | losses.Loss)
