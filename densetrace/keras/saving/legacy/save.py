"""Saving and loading in the formats before `.keras`: HDF5, and checkpoints of weights.

Follows keras 2.14 saving/legacy/save.py.
"""

import os
from typing import Any, NoReturn

from densetrace.keras.engine import sequential
from densetrace.keras.saving import _checkpoint
from densetrace.keras.saving._h5py import h5py_for, is_h5_file
from densetrace.keras.saving.legacy import hdf5_format, saving_utils, serialization
from densetrace.keras.saving.legacy.saved_model.utils import keras_option_scope
from densetrace.keras.saving.object_registration import CustomObjectScope
from densetrace.keras.utils import io_utils
from densetrace.keras.utils.traceback_utils import filter_traceback
from densetrace.tensorflow import checkpoints
from densetrace.tensorflow.missing import NotInDensetraceError


# DEPARTS: Keras also saves and loads whole models in TensorFlow's SavedModel format, a folder with
# graphs. Here that raises an error.
@filter_traceback
def save_model(
    model: Any,
    filepath: Any,
    overwrite: bool = True,
    include_optimizer: bool = True,
    save_format: str | None = None,
    signatures: Any = None,
    options: Any = None,
    save_traces: bool = True,
) -> None:
    """Save a model as HDF5.

    Follows keras 2.14 saving/legacy/save.py, save_model.

    Args:
        model: the model.
        filepath: a path, or an open HDF5 file.
        overwrite: whether to replace a file without asking on standard input.
        include_optimizer: whether to save what `compile` got, and the state of the optimizer.
        save_format: "h5" or "tf".
        signatures: accepted: it belongs to the SavedModel format.
        options: accepted: it belongs to the SavedModel format.
        save_traces: accepted: it belongs to the SavedModel format.

    Raises:
        ImportError: if h5py is not installed.
        NotImplementedError: if the model is neither functional nor `Sequential`; for the
            SavedModel format.
        ValueError: if the model has no weights yet.
    """
    filepath = io_utils.path_to_string(filepath)
    is_h5 = save_format == "h5" or is_h5_file(filepath) or saving_utils.is_hdf5_filepath(filepath)
    if not is_h5:
        _refuse_saved_model("Model.save", filepath)
    saving_utils.try_build_compiled_arguments(model)
    if not model._is_graph_network and not isinstance(model, sequential.Sequential):
        raise NotImplementedError(
            "Only a Sequential or functional model can be saved as HDF5, because the computation "
            "of a subclass of Model is Python code. Save it to a path that ends in '.keras', or "
            f"use save_weights. Received: a model of class {type(model).__name__}"
        )
    hdf5_format.save_model_to_hdf5(model, filepath, overwrite, include_optimizer)


@filter_traceback
def load_model(
    filepath: Any,
    custom_objects: dict[str, Any] | None = None,
    compile: bool = True,
    options: Any = None,
) -> Any:
    """Return the model in an HDF5 file.

    Follows keras 2.14 saving/legacy/save.py, load_model.

    Raises:
        ImportError: if h5py is not installed.
        NotImplementedError: for a folder, which is the SavedModel format.
        OSError: if there is no such file or folder, or it is no HDF5 file and no model.
        ValueError: if the file has no model, or names something unknown.
    """
    with (
        serialization.SharedObjectLoadingScope(),
        CustomObjectScope(custom_objects or {}),
        keras_option_scope(save_traces=False, in_tf_saved_model_scope=True),
    ):
        path = io_utils.path_to_string(filepath)
        if isinstance(path, str):
            if not os.path.exists(path):
                raise OSError(f"No file or directory found at {path}")
            if os.path.isdir(path):
                if not os.path.exists(os.path.join(path, "saved_model.pb")):
                    raise OSError(f"No model found in the folder {path}")
                _refuse_saved_model("load_model", path)
        elif not hasattr(path, "attrs"):  # an open HDF5 file has them
            raise OSError(f"A model is loaded from a path or an HDF5 file. Received: {path!r:.80}")
        return hdf5_format.load_model_from_hdf5(path, custom_objects, compile)


def _refuse_saved_model(member: str, filepath: str) -> NoReturn:
    raise NotInDensetraceError(
        f"{member} in TensorFlow's SavedModel format",
        "densetrace does not support the SavedModel format",
        "densetrace saves and loads whole models as '.keras' and '.h5' files, not in TensorFlow's "
        "SavedModel format. Use a path that ends in '.keras'. "
        f"Received: filepath={filepath!r:.80}",
    )


def save_weights(
    model: Any,
    filepath: Any,
    overwrite: bool = True,
    save_format: str | None = None,
    options: Any = None,
) -> None:
    """Save the weights of a model as HDF5 or as a checkpoint.

    Follows keras 2.14 saving/legacy/save.py, save_weights.

    Args:
        model: the model.
        filepath: the path; for a checkpoint the beginning of the names of its files.
        overwrite: whether to replace a file without asking on standard input.
        save_format: "h5" or "tf"; if None, HDF5 for a path that ends in `.h5`, `.hdf5` or `.keras`,
            otherwise a checkpoint.
        options: accepted, without effect.

    Raises:
        ImportError: if the format is HDF5 and h5py is not installed.
        ValueError: if the model has no weights yet, for another format, or for a checkpoint whose
            path has an ending of HDF5.
    """
    model._assert_weights_created()
    filepath = io_utils.path_to_string(filepath)
    filepath_is_h5 = saving_utils.is_hdf5_filepath(filepath)
    if save_format is None:
        save_format = "h5" if filepath_is_h5 else "tf"
    else:
        user_format = save_format.lower().strip()
        if user_format in ("tensorflow", "tf"):
            save_format = "tf"
        elif user_format in ("hdf5", "h5", "keras"):
            save_format = "h5"
        else:
            raise ValueError(f"`save_format` must be 'h5' or 'tf'. Received: {save_format!r}")
    if save_format == "tf" and filepath_is_h5:
        raise ValueError(
            "A checkpoint (save_format='tf') must not have a path that looks like an HDF5 file. "
            f"Leave out its ending. Received: filepath={filepath!r:.80}"
        )
    h5py = h5py_for("Saving weights as HDF5") if save_format == "h5" else None
    written = filepath if h5py else f"{filepath}.index"
    exists = not overwrite and os.path.isfile(written)
    if exists and not io_utils.ask_to_proceed_with_overwrite(written):
        return
    if h5py:
        with h5py.File(filepath, "w") as file:
            hdf5_format.save_weights_to_hdf5_group(file, model)
        return
    _checkpoint.write(model, filepath)
    checkpoints.update_checkpoint_state(os.path.dirname(filepath), filepath)


def load_weights(
    model: Any,
    filepath: Any,
    by_name: bool = False,
    skip_mismatch: bool = False,
    options: Any = None,
) -> Any:
    """Set the weights of a model to those in an HDF5 file or in a checkpoint.

    Follows keras 2.14 saving/legacy/save.py, load_weights.

    Args:
        model: the model.
        filepath: the path.
        by_name: whether to load only the layers whose names the file has; for HDF5.
        skip_mismatch: with `by_name`, whether to leave out, with a warning, what does not fit.
        options: accepted, without effect.

    Returns:
        For a checkpoint an object that tells what was found; otherwise None.

    Raises:
        ImportError: if the format is HDF5 and h5py is not installed.
        NotFoundError: if there is no such checkpoint.
        NotImplementedError: for a checkpoint with `by_name`; for one that TensorFlow wrote.
        OSError: if there is no such HDF5 file.
        ValueError: if the weights do not fit, if the model has no weights yet, or for
            `skip_mismatch` without `by_name`.
    """
    if skip_mismatch and not by_name:
        raise ValueError(
            "For this file, `skip_mismatch=True` needs `by_name=True` too. "
            f"Received: skip_mismatch={skip_mismatch}, by_name={by_name}"
        )
    filepath = io_utils.path_to_string(filepath)
    if _detect_save_format(filepath) == "tf":
        status = _checkpoint.read(model, filepath)
        if by_name:
            raise NotImplementedError(
                "A checkpoint is loaded without `by_name`. Leave the argument out. "
                f"Received: by_name={by_name}"
            )
        status.assert_nontrivial_match()
    else:
        status = None
        h5py = h5py_for("Loading weights from HDF5")
        if not model._is_graph_network and not model.built:
            raise ValueError(
                "Weights in an HDF5 file can only be loaded into a model that has weights. Call "
                f"the model on data first. Received: the model {model.name!r}, which is not built"
            )
        model._assert_weights_created()
        with h5py.File(filepath, "r") as file:
            is_model = "layer_names" not in file.attrs and "model_weights" in file
            group = file["model_weights"] if is_model else file
            if by_name:
                hdf5_format.load_weights_from_hdf5_group_by_name(group, model, skip_mismatch)
            else:
                hdf5_format.load_weights_from_hdf5_group(group, model)
    for layer in model.layers:
        layer.finalize_state()
    return status


def _detect_save_format(filepath: str) -> str:
    """Return "h5" or "tf", by the ending of a path and by what is there.

    Follows keras 2.14 saving/legacy/save.py, _detect_save_format.
    """
    if saving_utils.is_hdf5_filepath(filepath):
        return "h5"
    # A file of this very name has no ending, but is HDF5.
    is_file = os.path.isfile(filepath) and not checkpoints.is_checkpoint(filepath)
    return "h5" if is_file else "tf"
