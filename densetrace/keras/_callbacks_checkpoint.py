"""`ModelCheckpoint`, which saves a model while it trains.

Follows keras 2.14 callbacks.py, ModelCheckpoint.
"""

import os
from typing import Any

import numpy as np

from densetrace.keras._callbacks_base import Callback
from densetrace.keras._callbacks_monitors import MODES
from densetrace.keras.utils import io_utils
from densetrace.keras.utils.tf_utils import sync_to_numpy_or_python_type
from densetrace.system.real_home import of_keras
from densetrace.tensorflow import gfile
from densetrace.tensorflow.checkpoints import latest_checkpoint
from densetrace.tensorflow.environment import get_logger


@of_keras
class ModelCheckpoint(Callback):
    """Saves the model, or its weights, after each epoch or after a number of batches.

    Follows keras 2.14 callbacks.py, ModelCheckpoint.

    Args:
        filepath: where to save; `{epoch:02d}` and the names in the logs are filled in.
        monitor: the name of the quantity in the logs that says which model is the best.
        verbose: 1 prints what the callback does.
        save_best_only: whether to save only a model that is better than all before.
        save_weights_only: whether to save the weights (`model.save_weights`), not the model
            (`model.save`).
        mode: "min" if smaller is better, "max" if larger is; "auto" decides by the name.
        save_freq: "epoch", or the number of batches after which to save.
        options: None.
        initial_value_threshold: only a model that is better than this is saved.
        **kwargs: `period`, the number of epochs between two files, and `load_weights_on_restart`,
            whether the newest file is loaded when training starts. Both are deprecated.

    Raises:
        TypeError: if `options` is given.
        ValueError: if `options` is given with a path that ends in `.keras`, or if `save_freq` is
            neither "epoch" nor an int.
    """

    # DEPARTS: Keras takes options for saving in TensorFlow's formats. Here there are none of these
    # formats, and only None is accepted.
    def __init__(
        self,
        filepath: Any,
        monitor: str = "val_loss",
        verbose: int = 0,
        save_best_only: bool = False,
        save_weights_only: bool = False,
        mode: str = "auto",
        save_freq: Any = "epoch",
        options: Any = None,
        initial_value_threshold: float | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__()
        self._supports_tf_logs = True
        self.monitor = monitor
        self.verbose = verbose
        self.filepath = io_utils.path_to_string(filepath)
        self.save_best_only = save_best_only
        self.save_weights_only = save_weights_only
        self.save_freq = save_freq
        self.epochs_since_last_save = 0
        self._batches_seen_since_last_saving = 0
        self._last_batch_seen = 0
        self.best: Any = initial_value_threshold
        # As in Keras, the path of a whole model must be a str: other paths have no `endswith`.
        if not save_weights_only and filepath and filepath.endswith(".keras") and options:
            raise ValueError(
                "A `.keras` file is saved without `options`. Leave the argument out. "
                f"Received: options={options!r:.80}"
            )
        if options is not None:
            raise TypeError(
                "The `options` of ModelCheckpoint must be None, because densetrace saves without "
                "options. Leave the argument out."
                f" Received: options={options!r:.80}"
            )
        self._options = options
        self.load_weights_on_restart = False
        if "load_weights_on_restart" in kwargs:
            self.load_weights_on_restart = kwargs["load_weights_on_restart"]
            get_logger().warning(
                "`load_weights_on_restart` argument is deprecated. Please use "
                "`model.load_weights()` for loading weights before the start of `model.fit()`."
            )
        self.period = 1
        if "period" in kwargs:
            self.period = kwargs["period"]
            get_logger().warning(
                "`period` argument is deprecated. Please use `save_freq` to specify the frequency "
                "in number of batches seen."
            )
        if mode not in MODES:
            get_logger().warning("ModelCheckpoint mode %s is unknown, fallback to auto mode.", mode)
            mode = "auto"
        larger = mode == "max" or (
            mode == "auto" and ("acc" in self.monitor or self.monitor.startswith("fmeasure"))
        )
        self.monitor_op: Any = np.greater if larger else np.less
        if self.best is None:
            self.best = -np.inf if larger else np.inf
        if self.save_freq != "epoch" and not isinstance(self.save_freq, int):
            raise ValueError(
                '`save_freq` must be "epoch" or an int, the number of batches after which to save. '
                f"Received: save_freq={save_freq!r}"
            )
        self._chief_worker_only = False

    def on_train_begin(self, logs: Any = None) -> None:
        """Load the newest file, if `load_weights_on_restart` was given.

        Raises:
            ValueError: if that file cannot be loaded.
        """
        if not self.load_weights_on_restart:
            return
        newest = self._get_most_recently_modified_file_matching_pattern(self.filepath)
        if newest is not None and self._checkpoint_exists(newest):
            try:
                self.model.load_weights(newest)
            except (OSError, ValueError) as error:
                raise ValueError(f"Error loading file from {newest}. Reason: {error}") from error

    def _implements_train_batch_hooks(self) -> bool:
        return bool(self.save_freq != "epoch")

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Save, if this batch is the next to save after."""
        if self._should_save_on_batch(batch):
            self._save_model(epoch=self._current_epoch, batch=batch, logs=logs)

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Remember the epoch."""
        self._current_epoch = epoch

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Save, unless files are saved after batches."""
        self.epochs_since_last_save += 1
        if self.save_freq == "epoch":
            self._save_model(epoch=epoch, batch=None, logs=logs)

    def _should_save_on_batch(self, batch: int) -> bool:
        """Count the batches since the last call, and return whether to save after this one."""
        if self.save_freq == "epoch":
            return False
        is_new_epoch = batch <= self._last_batch_seen
        added = batch + 1 if is_new_epoch else batch - self._last_batch_seen
        self._batches_seen_since_last_saving += added
        self._last_batch_seen = batch
        if self._batches_seen_since_last_saving >= self.save_freq:
            self._batches_seen_since_last_saving = 0
            return True
        return False

    def _save_model(self, epoch: int, batch: int | None, logs: Any) -> None:
        """Save the model, if it is to be saved now.

        Args:
            epoch: the index of the epoch.
            batch: the index of the batch in it; None at the end of an epoch.
            logs: the metrics by name.

        Raises:
            OSError: if the file cannot be written.
            ValueError: if `save_best_only` saves a whole model to a path that ends in `.keras`.
            KeyError: if the path has a name that the logs do not have.
        """
        logs = logs or {}
        if not isinstance(self.save_freq, int) and self.epochs_since_last_save < self.period:
            return
        logs = sync_to_numpy_or_python_type(logs)
        self.epochs_since_last_save = 0
        filepath = self._get_file_path(epoch, batch, logs)
        dirname = os.path.dirname(filepath)
        if dirname and not gfile.exists(dirname):
            gfile.makedirs(dirname)
        try:
            if not self.save_best_only:
                if self.verbose > 0:
                    io_utils.print_msg(f"\nEpoch {epoch + 1}: saving model to {filepath}")
                if self.save_weights_only:
                    self.model.save_weights(filepath, overwrite=True, options=self._options)
                elif filepath.endswith(".keras"):
                    self.model.save(filepath, overwrite=True)
                else:
                    self.model.save(filepath, overwrite=True, options=self._options)
                return
            current = logs.get(self.monitor)
            if current is None:
                get_logger().warning(
                    "Can save best model only with %s available, skipping.", self.monitor
                )
            elif self.monitor_op(current, self.best):
                if self.verbose > 0:
                    io_utils.print_msg(
                        f"\nEpoch {epoch + 1}: {self.monitor} improved from {self.best:.5f} "
                        f"to {current:.5f}, saving model to {filepath}"
                    )
                self.best = current
                if self.save_weights_only:
                    self.model.save_weights(filepath, overwrite=True, options=self._options)
                else:
                    # As in Keras 2.14, `options` makes saving a `.keras` file a ValueError.
                    self.model.save(filepath, overwrite=True, options=self._options)
            elif self.verbose > 0:
                io_utils.print_msg(
                    f"\nEpoch {epoch + 1}: {self.monitor} did not improve from {self.best:.5f}"
                )
        except OSError as error:
            if isinstance(error, IsADirectoryError) or "is a directory" in str(error).lower():
                raise OSError(
                    "The `filepath` of ModelCheckpoint must not be a folder. "
                    f"Received: filepath={filepath!r}, which is a folder"
                ) from error
            raise

    def _get_file_path(self, epoch: int, batch: int | None, logs: Any) -> str:
        """Return the path with the epoch, the batch and the logs filled in.

        Raises:
            KeyError: if the path has another name.
        """
        names = {"epoch": epoch + 1}
        if batch is not None and "batch" not in logs:
            names["batch"] = batch + 1
        try:
            return str(self.filepath.format(**names, **logs))
        except KeyError as error:
            raise KeyError(
                f'Failed to format this callback filepath: "{self.filepath}". Reason: {error}'
            ) from error

    def _checkpoint_exists(self, filepath: str) -> bool:
        """Return whether a file or a checkpoint was saved at this path."""
        if filepath.endswith(".h5"):
            return gfile.exists(filepath)
        return gfile.exists(filepath) or gfile.exists(f"{filepath}.index")

    def _get_most_recently_modified_file_matching_pattern(self, pattern: str) -> str | None:
        """Return the newest file whose name fits a path with placeholders; None if there is none.

        The last checkpoint of the folder comes first, if its name fits. Of several files that are
        equally new it is the one with the largest name.
        """
        dir_name, base_name = os.path.split(pattern)
        first, placeholder, rest = base_name.partition("{")
        last = rest.rpartition("}")[2]

        def fits(name: str) -> bool:
            if not placeholder:
                return name == base_name
            long_enough = len(name) >= len(first) + len(last)
            return long_enough and name.startswith(first) and name.endswith(last)

        latest = latest_checkpoint(dir_name)
        if latest is not None and fits(os.path.basename(latest)):
            return latest
        if not gfile.exists(dir_name):
            return None
        found = [os.path.join(dir_name, file) for file in os.listdir(dir_name) if fits(file)]
        newest = max(map(os.path.getmtime, found), default=0)
        of_newest = [path for path in found if os.path.getmtime(path) == newest]
        return of_newest[0] if len(of_newest) == 1 else max(found, default=None)
