"""The older format of models and weights in HDF5: a group for each layer.

Follows keras 2.14 saving/legacy/hdf5_format.py.
"""

import json
import os
from typing import Any, Final

import numpy as np

from densetrace.keras import backend
from densetrace.keras.saving._h5py import h5py_for, is_h5_file
from densetrace.keras.saving.legacy import model_config as model_config_lib
from densetrace.keras.saving.legacy import saving_utils
from densetrace.keras.saving.legacy.saved_model import json_utils
from densetrace.keras.utils.io_utils import ask_to_proceed_with_overwrite
from densetrace.tensorflow.environment import get_logger

HDF5_OBJECT_HEADER_LIMIT: Final = 64512
"""The number of bytes that HDF5 can store in one attribute."""


def save_model_to_hdf5(
    model: Any, filepath: Any, overwrite: bool = True, include_optimizer: bool = True
) -> None:
    """Save a model: its config, its weights, and the arguments of `compile`.

    Follows keras 2.14 saving/legacy/hdf5_format.py, save_model_to_hdf5.

    Args:
        model: the model.
        filepath: a path, or an open HDF5 file.
        overwrite: whether to replace a file without asking on standard input.
        include_optimizer: whether to save what `compile` got, and the state of the optimizer.

    Raises:
        ImportError: if h5py is not installed.
        ValueError: if the model has no weights yet.
    """
    h5py = h5py_for("Saving a model as HDF5")
    model._assert_weights_created()
    # Inside, `get_config` of the model returns the older form of the configs of layers.
    model.use_legacy_config = True
    opened_new_file = not is_h5_file(filepath)
    file = filepath
    try:
        if opened_new_file:
            exists = not overwrite and os.path.isfile(filepath)
            if exists and not ask_to_proceed_with_overwrite(filepath):
                return
            os.makedirs(os.path.dirname(filepath) or os.curdir, exist_ok=True)
            file = h5py.File(filepath, mode="w")
        for key, value in saving_utils.model_metadata(model, include_optimizer).items():
            is_structure = isinstance(value, dict | list | tuple)
            file.attrs[key] = (
                json.dumps(value, default=json_utils.get_json_type) if is_structure else value
            )
        save_weights_to_hdf5_group(file.create_group("model_weights"), model)
        if include_optimizer and model.optimizer:
            save_optimizer_weights_to_hdf5_group(file, model.optimizer)
        file.flush()
    finally:
        if opened_new_file and file is not filepath:
            file.close()
        del model.use_legacy_config


def load_model_from_hdf5(
    filepath: Any, custom_objects: dict[str, Any] | None = None, compile: bool = True
) -> Any:
    """Return the model in an HDF5 file.

    Follows keras 2.14 saving/legacy/hdf5_format.py, load_model_from_hdf5.

    Args:
        filepath: a path, or an open HDF5 file.
        custom_objects: classes and functions of your own by name.
        compile: whether to compile the model as it was when it was saved.

    Raises:
        ImportError: if h5py is not installed.
        OSError: if it is no HDF5 file.
        ValueError: if it has no model, or names something unknown.
    """
    h5py = h5py_for("Loading a model from HDF5")
    opened_new_file = not is_h5_file(filepath)
    file = h5py.File(filepath, mode="r") if opened_new_file else filepath
    try:
        model_config = file.attrs.get("model_config")
        if model_config is None:
            raise ValueError(
                "The file of a model must have the attribute `model_config`. "
                f"Received: filepath={filepath}. If it has only weights, use model.load_weights."
            )
        model = model_config_lib.model_from_config(
            json_utils.decode(_text(model_config)), custom_objects=custom_objects
        )
        load_weights_from_hdf5_group(file["model_weights"], model)
        if compile:
            _compile(model, file, custom_objects)
    finally:
        if opened_new_file:
            file.close()
    return model


def _compile(model: Any, file: Any, custom_objects: dict[str, Any] | None) -> None:
    """Compile a loaded model, and set the state of its optimizer, if the file has them."""
    training_config = file.attrs.get("training_config")
    if training_config is None:
        get_logger().warning(
            "No training configuration found in the save file, so the model was *not* compiled. "
            "Compile it manually."
        )
        return
    arguments = saving_utils.compile_args_from_training_config(
        json_utils.decode(_text(training_config)), custom_objects
    )
    model.compile(**arguments, from_serialized=True)
    saving_utils.try_build_compiled_arguments(model)
    if "optimizer_weights" not in file:
        return
    optimizer = model.optimizer
    build = getattr(optimizer, "_create_all_weights", None) or optimizer.build
    build(model.trainable_variables)
    try:
        optimizer.set_weights(load_optimizer_weights_from_hdf5_group(file))
    except ValueError:
        get_logger().warning(
            "Error in loading the saved optimizer state. As a result, your model is starting with "
            "a freshly initialized optimizer."
        )


# DEPARTS: Keras converts weights from files written by Keras 1, and those of recurrent layers for
# GPUs. Here weights are read unchanged.


def save_optimizer_weights_to_hdf5_group(hdf5_group: Any, optimizer: Any) -> None:
    """Save the variables of an optimizer by their names.

    Follows keras 2.14 saving/legacy/hdf5_format.py, save_optimizer_weights_to_hdf5_group.
    """
    variables = optimizer.variables
    variables = list(variables() if callable(variables) else variables)
    if variables:
        save_subset_weights_to_hdf5_group(hdf5_group.create_group("optimizer_weights"), variables)


def load_optimizer_weights_from_hdf5_group(hdf5_group: Any) -> list[Any]:
    """Return the arrays of an optimizer's variables.

    Follows keras 2.14 saving/legacy/hdf5_format.py, load_optimizer_weights_from_hdf5_group.
    """
    return load_subset_weights_from_hdf5_group(hdf5_group["optimizer_weights"])


def save_subset_weights_to_hdf5_group(f: Any, weights: list[Any]) -> None:
    """Save variables by their names.

    Follows keras 2.14 saving/legacy/hdf5_format.py, save_subset_weights_to_hdf5_group.
    """
    names = [variable.name.encode("utf8") for variable in weights]
    save_attributes_to_hdf5_group(f, "weight_names", names)
    for name, value in zip(names, backend.batch_get_value(weights), strict=True):
        array = np.asarray(value)
        f.create_dataset(name, array.shape, dtype=array.dtype)[...] = array


def save_weights_to_hdf5_group(f: Any, model: Any) -> None:
    """Save the weights of each layer of a model in a group.

    Follows keras 2.14 saving/legacy/hdf5_format.py, save_weights_to_hdf5_group.
    """
    names = [layer.name.encode("utf8") for layer in model.layers]
    save_attributes_to_hdf5_group(f, "layer_names", names)
    f.attrs["backend"] = backend.backend().encode("utf8")
    f.attrs["keras_version"] = saving_utils.KERAS_VERSION.encode("utf8")
    for layer in sorted(model.layers, key=lambda layer: str(layer.name)):
        save_subset_weights_to_hdf5_group(f.create_group(layer.name), _legacy_weights(layer))
    own = model._trainable_weights + model._non_trainable_weights
    save_subset_weights_to_hdf5_group(f.create_group("top_level_model_weights"), own)


def load_subset_weights_from_hdf5_group(f: Any) -> list[Any]:
    """Return the arrays of a group, in the order in which they were saved.

    Follows keras 2.14 saving/legacy/hdf5_format.py, load_subset_weights_from_hdf5_group.
    """
    return [np.asarray(f[name]) for name in load_attributes_from_hdf5_group(f, "weight_names")]


def load_weights_from_hdf5_group(f: Any, model: Any) -> None:
    """Set the weights of a model, layer by layer; layers without weights do not count.

    Follows keras 2.14 saving/legacy/hdf5_format.py, load_weights_from_hdf5_group.

    Raises:
        ValueError: if the number of layers, of weights, or a shape differs.
    """
    layers = [layer for layer in model.layers if _legacy_weights(layer)]
    saved = {
        name: load_subset_weights_from_hdf5_group(f[name])
        for name in load_attributes_from_hdf5_group(f, "layer_names")
    }
    saved = {name: values for name, values in saved.items() if values}
    if len(saved) != len(layers):
        raise ValueError(
            "Layer count mismatch when loading weights from file. "
            f"Model expected {len(layers)} layers, found {len(saved)} saved layers."
        )
    pairs: list[tuple[Any, Any]] = []
    for index, (layer, (name, values)) in enumerate(zip(layers, saved.items(), strict=True)):
        own = _legacy_weights(layer)
        if len(values) != len(own):
            raise ValueError(
                f"Weight count mismatch for layer #{index} (named {layer.name} in the current "
                f"model, {name} in the save file). Layer expects {len(own)} weight(s). "
                f"Received {len(values)} saved weight(s)"
            )
        pairs += zip(own, values, strict=True)
    if "top_level_model_weights" in f:
        own = model._trainable_weights + model._non_trainable_weights
        values = load_subset_weights_from_hdf5_group(f["top_level_model_weights"])
        if len(values) != len(own):
            raise ValueError(
                "Weight count mismatch for top-level weights when loading weights from file. "
                f"Model expects {len(own)} top-level weight(s). "
                f"Received {len(values)} saved top-level weight(s)"
            )
        pairs += zip(own, values, strict=True)
    backend.batch_set_value(pairs)
    for layer in model._flatten_layers():
        layer.finalize_state()


def load_weights_from_hdf5_group_by_name(f: Any, model: Any, skip_mismatch: bool = False) -> None:
    """Set the weights of the layers whose names the file has; others keep theirs.

    Follows keras 2.14 saving/legacy/hdf5_format.py, load_weights_from_hdf5_group_by_name.

    Raises:
        ValueError: if the number of weights or a shape differs, unless `skip_mismatch` turns that
            into a warning.
    """
    pairs: list[tuple[Any, Any]] = []

    def pair(own: list[Any], values: list[Any], of: str) -> None:
        problem = ""
        if len(values) != len(own):
            problem = f"expects {len(own)} weight(s). Received {len(values)} saved weight(s)"
        for variable, value in zip(own, values, strict=False):
            if not problem and tuple(variable.shape) != value.shape:
                problem = (
                    f"expects shape {tuple(variable.shape)} for weight {variable.name}. "
                    f"Received saved weight with shape {value.shape}"
                )
            elif not problem:
                pairs.append((variable, value))
        if problem and not skip_mismatch:
            raise ValueError(f"Mismatch in {of}, which {problem}")
        if problem:
            get_logger().warning("Skipping loading of weights for %s, which %s", of, problem)

    for index, name in enumerate(load_attributes_from_hdf5_group(f, "layer_names")):
        values = load_subset_weights_from_hdf5_group(f[name])
        for layer in model.layers:
            if layer.name == name:
                pair(_legacy_weights(layer), values, f"layer #{index} (named {name})")
    if "top_level_model_weights" in f:
        own = model._trainable_weights + model._non_trainable_weights
        values = load_subset_weights_from_hdf5_group(f["top_level_model_weights"])
        pair(own, values, "the top-level weights of the model")
    backend.batch_set_value(pairs)
    for layer in model._flatten_layers():
        layer.finalize_state()


def save_attributes_to_hdf5_group(group: Any, name: str, data: list[bytes]) -> None:
    """Save names as an attribute of a group, or as several if they are too long for one.

    Follows keras 2.14 saving/legacy/hdf5_format.py, save_attributes_to_hdf5_group.

    Raises:
        RuntimeError: if a single name is too long.
    """
    too_long = [item for item in data if len(item) > HDF5_OBJECT_HEADER_LIMIT]
    if too_long:
        raise RuntimeError(
            f"A name in an HDF5 file must have at most {HDF5_OBJECT_HEADER_LIMIT} bytes. "
            f"Received: {too_long[0]!r:.80}"
        )
    array = np.asarray(data)
    chunks = 1
    parts = np.array_split(array, chunks)
    while any(part.nbytes > HDF5_OBJECT_HEADER_LIMIT for part in parts):
        chunks += 1
        parts = np.array_split(array, chunks)
    if chunks == 1:
        group.attrs[name] = data
        return
    for index, part in enumerate(parts):
        group.attrs[f"{name}{index}"] = part


def load_attributes_from_hdf5_group(group: Any, name: str) -> list[str]:
    """Return the names that `save_attributes_to_hdf5_group` saved.

    Follows keras 2.14 saving/legacy/hdf5_format.py, load_attributes_from_hdf5_group.
    """
    if name in group.attrs:
        return [_text(item) for item in group.attrs[name]]
    names: list[str] = []
    index = 0
    while f"{name}{index}" in group.attrs:
        names.extend(_text(item) for item in group.attrs[f"{name}{index}"])
        index += 1
    return names


def _text(value: Any) -> str:
    """Return an attribute of an HDF5 file, bytes or text, as text."""
    return str(value.decode("utf8") if hasattr(value, "decode") else value)


def _legacy_weights(layer: Any) -> list[Any]:
    """Return the weights in the order of the file: those that are trained, then the others.

    Follows keras 2.14 saving/legacy/hdf5_format.py, _legacy_weights.
    """
    weights: list[Any] = layer.trainable_weights + layer.non_trainable_weights
    return weights
