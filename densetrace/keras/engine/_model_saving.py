"""Saving and loading of a model, and of its weights.

`Model` inherits this. Follows keras 2.14 engine/training.py, the part of `Model` that saves.
"""

from typing import Any

from densetrace.keras.saving import saving_api
from densetrace.keras.utils.traceback_utils import filter_traceback


class ModelSaving:
    """`save`, `save_weights` and `load_weights`."""

    @filter_traceback
    def save(
        self, filepath: Any, overwrite: bool = True, save_format: str | None = None, **kwargs: Any
    ) -> None:
        """Save the model: its config, its weights and the state of its optimizer.

        Follows keras 2.14 engine/training.py, Model.save.

        Args:
            filepath: the path; `.keras` is Keras's own format, `.h5` the older one in HDF5.
            overwrite: whether to replace a file without asking on standard input.
            save_format: "keras" or "h5", if the path does not say it.
            **kwargs: `include_optimizer`, for `.h5` only.

        Raises:
            ImportError: if h5py is not installed.
            NotImplementedError: for TensorFlow's SavedModel format, and for `.h5` if the model is
                neither functional nor `Sequential`.
            ValueError: for another format, or if an argument does not go with the format.
        """
        saving_api.save_model(
            self, filepath=filepath, overwrite=overwrite, save_format=save_format, **kwargs
        )

    @filter_traceback
    def save_weights(
        self,
        filepath: Any,
        overwrite: bool = True,
        save_format: str | None = None,
        options: Any = None,
    ) -> None:
        """Save the weights.

        Follows keras 2.14 engine/training.py, Model.save_weights.

        Args:
            filepath: the path; `.weights.h5` is Keras's own format, `.h5` and `.keras` the older
                one in HDF5, any other the beginning of the names of a checkpoint's files.
            overwrite: whether to replace a file without asking on standard input.
            save_format: "h5" or "tf", if the path does not say it.
            options: accepted, without effect.

        Raises:
            ImportError: if the format is HDF5 and h5py is not installed.
            ValueError: if the model has no weights yet, or for another format.
        """
        saving_api.save_weights(
            self, filepath=filepath, overwrite=overwrite, save_format=save_format, options=options
        )

    @filter_traceback
    def load_weights(
        self,
        filepath: Any,
        skip_mismatch: bool = False,
        by_name: bool = False,
        options: Any = None,
    ) -> Any:
        """Set the weights to those in a file.

        Follows keras 2.14 engine/training.py, Model.load_weights.

        Args:
            filepath: the path that `save_weights` or `save` was given.
            skip_mismatch: whether to leave out, with a warning, what does not fit.
            by_name: whether to load only the layers whose names the file has; for `.h5` only.
            options: accepted, without effect.

        Returns:
            For a checkpoint an object that tells what was found; otherwise None.

        Raises:
            ImportError: if the format is HDF5 and h5py is not installed.
            NotFoundError: if there is no such checkpoint.
            OSError: if there is no such file.
            ValueError: if the weights do not fit the model.
        """
        return saving_api.load_weights(
            self, filepath=filepath, by_name=by_name, skip_mismatch=skip_mismatch, options=options
        )
