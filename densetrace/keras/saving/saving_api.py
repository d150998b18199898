"""Saving and loading of models and of their weights; the path decides the format.

Follows keras 2.14 saving/saving_api.py.
"""

import os
import zipfile
from typing import Any

from densetrace.keras.saving._h5py import is_h5_file
from densetrace.keras.utils import io_utils
from densetrace.recording.warn import warn

# DEPARTS: Keras also reads and writes files on Google Cloud Storage (`gs://`). Here a path is
# always local.


def save_model(
    model: Any,
    filepath: Any,
    overwrite: bool = True,
    save_format: str | None = None,
    **kwargs: Any,
) -> None:
    """Save a model: its config, its weights and the state of its optimizer.

    Follows keras 2.14 saving/saving_api.py, save_model.

    Args:
        model: the model.
        filepath: the path; `.keras` is Keras's own format, `.h5` the older one in HDF5.
        overwrite: whether to replace a file without asking on standard input.
        save_format: "keras" or "h5", if the path does not say it.
        **kwargs: `include_optimizer`, for `.h5` only.

    Raises:
        ImportError: if h5py is not installed.
        NotImplementedError: for TensorFlow's SavedModel format.
        ValueError: for another format, or if an argument does not go with the format.
    """
    save_format = get_save_format(filepath, save_format)
    if save_format == "h5":
        warn(
            "You are saving your model as an HDF5 file via `model.save()`. This file format is "
            "considered legacy. We recommend using instead the native Keras format, e.g. "
            "`model.save('my_model.keras')`."
        )
    if save_format == "keras":
        from densetrace.keras.saving import saving_lib

        exists = not overwrite and os.path.exists(filepath)
        if exists and not io_utils.ask_to_proceed_with_overwrite(filepath):
            return
        if kwargs:
            raise ValueError(
                "A `.keras` file is saved without these arguments. "
                f"Leave them out. Received: {list(kwargs)}"
            )
        saving_lib.save_model(model, filepath)
        return
    from densetrace.keras.saving.legacy import save

    save.save_model(model, filepath, overwrite=overwrite, save_format=save_format, **kwargs)


def load_model(
    filepath: Any,
    custom_objects: dict[str, Any] | None = None,
    compile: bool = True,
    safe_mode: bool = True,
    **kwargs: Any,
) -> Any:
    """Return the model in a file. Its config imports nothing and runs no code: it can only name
    what Keras has, what is registered, and what `custom_objects` has.

    Follows keras 2.14 saving/saving_api.py, load_model.

    Args:
        filepath: the path.
        custom_objects: classes and functions of your own by name.
        compile: whether to compile the model as it was when it was saved.
        safe_mode: accepted as in Keras, but a lambda is refused in any case.
        **kwargs: `options`, which must be None.

    Raises:
        ImportError: if h5py is not installed.
        OSError: if there is no such file, or it is no model.
        TypeError: if the config names an unknown class.
        ValueError: if the weights do not fit the model.
    """
    if str(filepath).endswith(".keras") and zipfile.is_zipfile(filepath):
        from densetrace.keras.saving import saving_lib

        if kwargs:
            raise ValueError(
                "A `.keras` file is loaded without these arguments. "
                f"Leave them out. Received: {list(kwargs)}"
            )
        return saving_lib.load_model(
            filepath, custom_objects=custom_objects, compile=compile, safe_mode=safe_mode
        )
    from densetrace.keras.saving.legacy import save

    return save.load_model(filepath, custom_objects=custom_objects, compile=compile, **kwargs)


def save_weights(model: Any, filepath: Any, overwrite: bool = True, **kwargs: Any) -> None:
    """Save the weights of a model.

    Follows keras 2.14 saving/saving_api.py, save_weights.

    Args:
        model: the model.
        filepath: the path; `.weights.h5` is Keras's own format, `.h5` and `.keras` the older one in
            HDF5, any other the beginning of the names of a checkpoint's files.
        overwrite: whether to replace a file without asking on standard input.
        **kwargs: `save_format` ("h5" or "tf") and `options`; without effect for `.weights.h5`.

    Raises:
        ImportError: if the format is HDF5 and h5py is not installed.
        ValueError: if the model has no weights yet, or for another format.
    """
    get_save_format(filepath, save_format=None)
    if str(filepath).endswith(".weights.h5"):
        from densetrace.keras.saving import saving_lib

        exists = not overwrite and os.path.exists(filepath)
        if exists and not io_utils.ask_to_proceed_with_overwrite(filepath):
            return
        saving_lib.save_weights_only(model, filepath)
        return
    from densetrace.keras.saving.legacy import save

    save.save_weights(model, filepath, overwrite=overwrite, **kwargs)


def load_weights(model: Any, filepath: Any, skip_mismatch: bool = False, **kwargs: Any) -> Any:
    """Set the weights of a model to those in a file.

    Follows keras 2.14 saving/saving_api.py, load_weights.

    Args:
        model: the model.
        filepath: the path that `save_weights` or `save_model` was given.
        skip_mismatch: whether to leave out, with a warning, what does not fit.
        **kwargs: `by_name` and `options`; without effect for `.weights.h5` and `.keras` models.

    Returns:
        For a checkpoint an object that tells what was found; otherwise None.

    Raises:
        ImportError: if the format is HDF5 and h5py is not installed.
        NotFoundError: if there is no such checkpoint.
        OSError: if there is no such file.
        ValueError: if the weights do not fit the model.
    """
    get_save_format(filepath, save_format=None)
    is_archive = str(filepath).endswith(".keras") and zipfile.is_zipfile(filepath)
    if is_archive or str(filepath).endswith(".weights.h5"):
        from densetrace.keras.saving import saving_lib

        saving_lib.load_weights_only(model, filepath, skip_mismatch=skip_mismatch)
        return None
    from densetrace.keras.saving.legacy import save

    return save.load_weights(model, filepath, skip_mismatch=skip_mismatch, **kwargs)


def get_save_format(filepath: Any, save_format: str | None) -> str:
    """Return "keras", "h5" or "tf", from the name of a format or from a path.

    Follows keras 2.14 saving/saving_api.py, get_save_format.

    Raises:
        ValueError: for an unknown name.
    """
    if save_format:
        if save_format in ("keras", "keras_v3"):
            return "keras"
        if save_format in ("h5", "hdf5"):
            return "h5"
        if save_format in ("tf", "tensorflow"):
            return "tf"
        raise ValueError(
            f"`save_format` must be 'keras', 'h5' or 'tf'. Received: save_format={save_format!r}"
        )
    if str(filepath).endswith(".keras"):
        return "keras"
    if str(filepath).endswith((".h5", ".hdf5")) or is_h5_file(filepath):
        return "h5"
    return "tf"
