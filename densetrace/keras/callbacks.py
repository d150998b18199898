"""Callbacks: objects whose methods `fit`, `evaluate` and `predict` call at certain moments.

Follows keras 2.14 callbacks.py. Three parts have their own modules: the base class is in
`_callbacks_base.py`, what watches a quantity (`EarlyStopping`, `ReduceLROnPlateau`,
`LearningRateScheduler`) in `_callbacks_monitors.py`, and `ModelCheckpoint` in
`_callbacks_checkpoint.py`.
"""

import copy
import csv
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from densetrace.keras._callbacks_base import Callback
from densetrace.keras._callbacks_checkpoint import ModelCheckpoint
from densetrace.keras._callbacks_monitors import (
    EarlyStopping,
    LearningRateScheduler,
    ReduceLROnPlateau,
)
from densetrace.keras.utils import io_utils
from densetrace.keras.utils.generic_utils import Progbar
from densetrace.keras.utils.mode_keys import ModeKeys
from densetrace.keras.utils.tf_utils import sync_to_numpy_or_python_type
from densetrace.recording.hooks import traced
from densetrace.recording.warn import warn
from densetrace.system.real_home import of_keras
from densetrace.tensorflow import gfile
from densetrace.tensorflow.missing import NotInDensetraceError
from densetrace.tensorflow.nest import flatten


@of_keras
class CallbackList:
    """A list of callbacks, called together in their order.

    Follows keras 2.14 callbacks.py, CallbackList.
    """

    # DEPARTS: Keras measures the first batches and warns about callbacks that take longer than a
    # batch. Here nothing is measured: such a warning would depend on the machine.
    def __init__(
        self,
        callbacks: Any = None,
        add_history: bool = False,
        add_progbar: bool = False,
        model: Any = None,
        **params: Any,
    ) -> None:
        """Collect the callbacks, and find out which methods for batches any of them needs.

        Follows keras 2.14 callbacks.py, CallbackList.__init__.

        Args:
            callbacks: a callback, or a list of callbacks, which may be nested.
            add_history: whether to add a `History`, unless there is one.
            add_progbar: whether to add a `ProgbarLogger`, unless there is one.
            model: the model that runs.
            **params: what `Callback.params` will have: `verbose`, `epochs`, `steps`.
        """
        self.callbacks: list[Any] = flatten(callbacks) if callbacks else []
        self._add_default_callbacks(add_history, add_progbar)
        if model:
            self.set_model(model)
        if params:
            self.set_params(params)
        self._supports_tf_logs = all(
            getattr(callback, "_supports_tf_logs", False) for callback in self.callbacks
        )
        self._batch_hooks_support_tf_logs = all(
            getattr(callback, "_supports_tf_logs", False)
            for callback in self.callbacks
            if callback._implements_train_batch_hooks()
            or callback._implements_test_batch_hooks()
            or callback._implements_predict_batch_hooks()
        )
        self._should_call_train_batch_hooks = any(
            callback._implements_train_batch_hooks() for callback in self.callbacks
        )
        self._should_call_test_batch_hooks = any(
            callback._implements_test_batch_hooks() for callback in self.callbacks
        )
        self._should_call_predict_batch_hooks = any(
            callback._implements_predict_batch_hooks() for callback in self.callbacks
        )

    def _add_default_callbacks(self, add_history: bool, add_progbar: bool) -> None:
        """Add a `ProgbarLogger` and a `History` at the end, unless the list has them."""
        self._progbar: ProgbarLogger | None = None
        self._history: History | None = None
        for callback in self.callbacks:
            if isinstance(callback, ProgbarLogger):
                self._progbar = callback
            elif isinstance(callback, History):
                self._history = callback
        if self._history is None and add_history:
            self._history = History()
            self.callbacks.append(self._history)
        if self._progbar is None and add_progbar:
            self._progbar = ProgbarLogger(count_mode="steps")
            self.callbacks.append(self._progbar)

    def _process_logs(self, logs: Any, is_batch_hook: bool = False) -> Any:
        """Return the logs with Python numbers for tensors, unless all callbacks accept tensors."""
        if logs is None:
            return {}
        if self._supports_tf_logs:
            return logs
        if is_batch_hook and self._batch_hooks_support_tf_logs:
            return logs
        return sync_to_numpy_or_python_type(logs)

    def append(self, callback: Any) -> None:
        """Add a callback at the end."""
        self.callbacks.append(callback)

    def set_params(self, params: Any) -> None:
        """Pass the arguments of the run to each callback."""
        self.params = params
        for callback in self.callbacks:
            callback.set_params(params)

    def set_model(self, model: Any) -> None:
        """Pass the model to each callback."""
        self.model = model
        if self._history:
            model.history = self._history
        for callback in self.callbacks:
            callback.set_model(model)

    def _call_batch_hook(self, mode: str, hook: str, batch: int, logs: Any = None) -> None:
        """Call `on_{mode}_batch_{hook}` of each callback.

        Raises:
            ValueError: unless `hook` is "begin" or "end".
        """
        if not self.callbacks:
            return
        if hook == "begin":
            self._call_batch_begin_hook(mode, batch, logs)
        elif hook == "end":
            self._call_batch_end_hook(mode, batch, logs)
        else:
            raise ValueError(f'`hook` must be "begin" or "end". Received: hook={hook!r}')

    def _call_batch_begin_hook(self, mode: str, batch: int, logs: Any) -> None:
        self._call_batch_hook_helper(f"on_{mode}_batch_begin", batch, logs)

    def _call_batch_end_hook(self, mode: str, batch: int, logs: Any) -> None:
        self._call_batch_hook_helper(f"on_{mode}_batch_end", batch, logs)

    def _call_batch_hook_helper(self, hook_name: str, batch: int, logs: Any) -> None:
        logs = self._process_logs(logs, is_batch_hook=True)
        for callback in self.callbacks:
            getattr(callback, hook_name)(batch, logs)

    def _call_begin_hook(self, mode: str) -> None:
        if mode == ModeKeys.TRAIN:
            self.on_train_begin()
        elif mode == ModeKeys.TEST:
            self.on_test_begin()
        else:
            self.on_predict_begin()

    def _call_end_hook(self, mode: str) -> None:
        if mode == ModeKeys.TRAIN:
            self.on_train_end()
        elif mode == ModeKeys.TEST:
            self.on_test_end()
        else:
            self.on_predict_end()

    def on_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Call the method of each callback, if any has its own for batches of `fit`."""
        if self._should_call_train_batch_hooks:
            self._call_batch_hook(ModeKeys.TRAIN, "begin", batch, logs=logs)

    def on_batch_end(self, batch: int, logs: Any = None) -> None:
        """Call the method of each callback, if any has its own for batches of `fit`."""
        if self._should_call_train_batch_hooks:
            self._call_batch_hook(ModeKeys.TRAIN, "end", batch, logs=logs)

    @traced("callback")
    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Call the method of each callback."""
        logs = self._process_logs(logs)
        for callback in self.callbacks:
            callback.on_epoch_begin(epoch, logs)

    @traced("callback")
    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Call the method of each callback. They share one dict of logs: what one adds, the next
        ones see.
        """
        logs = self._process_logs(logs)
        for callback in self.callbacks:
            callback.on_epoch_end(epoch, logs)

    @traced("callback")
    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Call the method of each callback, if any has its own for batches of `fit`."""
        if self._should_call_train_batch_hooks:
            self._call_batch_hook(ModeKeys.TRAIN, "begin", batch, logs=logs)

    @traced("callback")
    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Call the method of each callback, if any has its own for batches of `fit`."""
        if self._should_call_train_batch_hooks:
            self._call_batch_hook(ModeKeys.TRAIN, "end", batch, logs=logs)

    @traced("callback")
    def on_test_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Call the method of each callback, if any has its own for batches of `evaluate`."""
        if self._should_call_test_batch_hooks:
            self._call_batch_hook(ModeKeys.TEST, "begin", batch, logs=logs)

    @traced("callback")
    def on_test_batch_end(self, batch: int, logs: Any = None) -> None:
        """Call the method of each callback, if any has its own for batches of `evaluate`."""
        if self._should_call_test_batch_hooks:
            self._call_batch_hook(ModeKeys.TEST, "end", batch, logs=logs)

    @traced("callback")
    def on_predict_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Call the method of each callback, if any has its own for batches of `predict`."""
        if self._should_call_predict_batch_hooks:
            self._call_batch_hook(ModeKeys.PREDICT, "begin", batch, logs=logs)

    @traced("callback")
    def on_predict_batch_end(self, batch: int, logs: Any = None) -> None:
        """Call the method of each callback, if any has its own for batches of `predict`."""
        if self._should_call_predict_batch_hooks:
            self._call_batch_hook(ModeKeys.PREDICT, "end", batch, logs=logs)

    @traced("callback")
    def on_train_begin(self, logs: Any = None) -> None:
        """Call the method of each callback."""
        logs = self._process_logs(logs)
        for callback in self.callbacks:
            callback.on_train_begin(logs)

    @traced("callback")
    def on_train_end(self, logs: Any = None) -> None:
        """Call the method of each callback."""
        logs = self._process_logs(logs)
        for callback in self.callbacks:
            callback.on_train_end(logs)

    @traced("callback")
    def on_test_begin(self, logs: Any = None) -> None:
        """Call the method of each callback."""
        logs = self._process_logs(logs)
        for callback in self.callbacks:
            callback.on_test_begin(logs)

    @traced("callback")
    def on_test_end(self, logs: Any = None) -> None:
        """Call the method of each callback."""
        logs = self._process_logs(logs)
        for callback in self.callbacks:
            callback.on_test_end(logs)

    @traced("callback")
    def on_predict_begin(self, logs: Any = None) -> None:
        """Call the method of each callback."""
        logs = self._process_logs(logs)
        for callback in self.callbacks:
            callback.on_predict_begin(logs)

    @traced("callback")
    def on_predict_end(self, logs: Any = None) -> None:
        """Call the method of each callback."""
        logs = self._process_logs(logs)
        for callback in self.callbacks:
            callback.on_predict_end(logs)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.callbacks)

    def make_logs(self, model: Any, logs: Any, outputs: Any, mode: str, prefix: str = "") -> Any:
        """Put the outputs of a step into the logs, by the names of the metrics.

        Follows keras 2.14 callbacks.py, CallbackList.make_logs and make_logs.
        """
        if not self.callbacks:
            return logs
        names = model.metrics_names
        if mode in (ModeKeys.TRAIN, ModeKeys.TEST) and names:
            for name, output in zip(names, outputs, strict=False):
                logs[prefix + name] = output
        else:
            logs["outputs"] = outputs
        return logs


@of_keras
class BaseLogger(Callback):
    """Averages metrics over an epoch, as `fit` itself does.

    Follows keras 2.14 callbacks.py, BaseLogger.

    Args:
        stateful_metrics: the names of metrics that are kept as they are, not averaged.
    """

    def __init__(self, stateful_metrics: Iterable[str] | None = None) -> None:
        super().__init__()
        self.stateful_metrics = set(stateful_metrics or [])

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Forget the last epoch."""
        self.seen = 0
        self.totals: dict[str, Any] = {}

    def on_batch_end(self, batch: int, logs: Any = None) -> None:
        """Add up the values of the batch, weighted by `logs["size"]`."""
        logs = logs or {}
        batch_size = logs.get("size", 0)
        self.seen += batch_size * logs.get("num_steps", 1)
        for name, value in logs.items():
            if name in self.stateful_metrics:
                self.totals[name] = value
            elif name in self.totals:
                self.totals[name] += value * batch_size
            else:
                self.totals[name] = value * batch_size

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Put the averages into the logs.

        Raises:
            KeyError: if `logs` is given and the parameters of the run do not name the metrics, as
                those of `fit` do not.
        """
        if logs is None:
            return
        for name in self.params["metrics"]:
            if name in self.totals:
                stateful = name in self.stateful_metrics
                logs[name] = self.totals[name] if stateful else self.totals[name] / self.seen


@of_keras
class TerminateOnNaN(Callback):
    """Ends the training after a batch whose loss is NaN or infinite.

    Follows keras 2.14 callbacks.py, TerminateOnNaN.
    """

    def __init__(self) -> None:
        super().__init__()
        self._supports_tf_logs = True

    def on_batch_end(self, batch: int, logs: Any = None) -> None:
        """Set `model.stop_training` if the loss is not a finite number."""
        loss = (logs or {}).get("loss")
        if loss is None:
            return
        loss = sync_to_numpy_or_python_type(loss)
        if np.isnan(loss) or np.isinf(loss):
            io_utils.print_msg(f"Batch {batch}: Invalid loss, terminating training")
            self.model.stop_training = True


@of_keras
class ProgbarLogger(Callback):
    """Prints the progress of `fit`, `evaluate` and `predict`.

    Follows keras 2.14 callbacks.py, ProgbarLogger.

    Args:
        count_mode: "samples" or "steps", what the bar counts.
        stateful_metrics: the names of metrics that are shown as they are; others are averaged.
            Those of the model are added.

    Raises:
        ValueError: for another `count_mode`.
    """

    def __init__(
        self, count_mode: str = "samples", stateful_metrics: Iterable[str] | None = None
    ) -> None:
        super().__init__()
        self._supports_tf_logs = True
        if count_mode not in ("samples", "steps"):
            raise ValueError(
                f'`count_mode` must be "samples" or "steps". Received: count_mode={count_mode!r}'
            )
        self.use_steps = count_mode == "steps"
        self.stateful_metrics = set(stateful_metrics) if stateful_metrics else set()
        self.seen: Any = 0
        self.progbar: Progbar | None = None
        self.target: Any = None
        self.verbose: Any = 1
        self.epochs: Any = 1
        self._train_step: Any = None
        self._test_step: Any = None
        self._predict_step: Any = None
        self._call_batch_hooks = True
        self._called_in_fit = False

    def set_params(self, params: Any) -> None:
        """Read the verbosity, the number of epochs and the number of steps."""
        self.verbose = params["verbose"]
        self.epochs = params["epochs"]
        # If the number is unknown, it is read from the model at the end of the first epoch.
        self.target = params.get("steps" if self.use_steps else "samples")
        self._call_batch_hooks = self.verbose == 1
        if self.target is None:
            try:
                self._train_step = self.model._train_counter
                self._test_step = self.model._test_counter
                self._predict_step = self.model._predict_counter
            except AttributeError:
                self._call_batch_hooks = True

    def on_train_begin(self, logs: Any = None) -> None:
        """Remember that this is `fit`, where the validation prints nothing."""
        self._called_in_fit = True

    def on_test_begin(self, logs: Any = None) -> None:
        """Start a bar, unless inside `fit`."""
        if not self._called_in_fit:
            self._reset_progbar()
            self._maybe_init_progbar()

    def on_predict_begin(self, logs: Any = None) -> None:
        """Start a bar."""
        self._reset_progbar()
        self._maybe_init_progbar()

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Start a bar, and print the number of the epoch if there are several."""
        self._reset_progbar()
        self._maybe_init_progbar()
        if self.verbose and self.epochs > 1:
            io_utils.print_msg(f"Epoch {epoch + 1}/{self.epochs}")

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Advance the bar."""
        self._batch_update_progbar(batch, logs)

    def on_test_batch_end(self, batch: int, logs: Any = None) -> None:
        """Advance the bar, unless inside `fit`."""
        if not self._called_in_fit:
            self._batch_update_progbar(batch, logs)

    def on_predict_batch_end(self, batch: int, logs: Any = None) -> None:
        """Advance the bar. The outputs are not shown."""
        self._batch_update_progbar(batch, None)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Finish the bar."""
        self._finalize_progbar(logs, self._train_step)

    def on_test_end(self, logs: Any = None) -> None:
        """Finish the bar, unless inside `fit`."""
        if not self._called_in_fit:
            self._finalize_progbar(logs, self._test_step)

    def on_predict_end(self, logs: Any = None) -> None:
        """Finish the bar."""
        self._finalize_progbar(logs, self._predict_step)

    def _reset_progbar(self) -> None:
        self.seen = 0
        self.progbar = None

    def _maybe_init_progbar(self) -> Progbar:
        """Return the bar, which is created if need be; it knows the metrics that the model has by
        now.
        """
        self.stateful_metrics = set(self.stateful_metrics)
        if self.model:
            # The model has its metrics only once the first step has resolved them.
            self.stateful_metrics |= {metric.name for metric in self.model.metrics}
        if self.progbar is None:
            self.progbar = Progbar(
                target=self.target,
                verbose=self.verbose,
                stateful_metrics=self.stateful_metrics,
                unit_name="step" if self.use_steps else "sample",
            )
        self.progbar._update_stateful_metrics(self.stateful_metrics)
        return self.progbar

    def _implements_train_batch_hooks(self) -> bool:
        return self._call_batch_hooks

    def _implements_test_batch_hooks(self) -> bool:
        return self._call_batch_hooks

    def _implements_predict_batch_hooks(self) -> bool:
        return self._call_batch_hooks

    def _batch_update_progbar(self, batch: int, logs: Any = None) -> None:
        logs = logs or {}
        progbar = self._maybe_init_progbar()
        if self.use_steps:
            self.seen = batch + 1
        else:
            logs = copy.copy(logs)
            batch_size = logs.pop("size", 0)
            num_steps = logs.pop("num_steps", 1)
            logs.pop("batch", None)
            self.seen += num_steps * batch_size
        if self.verbose == 1:
            logs = sync_to_numpy_or_python_type(logs)
            progbar.update(self.seen, list(logs.items()), finalize=False)

    def _finalize_progbar(self, logs: Any, counter: Any) -> None:
        progbar: Any = self.progbar
        logs = sync_to_numpy_or_python_type(logs or {})
        if self.target is None:
            if counter is not None:
                counter = counter.numpy()
                if not self.use_steps:
                    counter *= logs.get("size", 1)
            self.target = counter or self.seen
            progbar.target = self.target
        progbar.update(self.target, list(logs.items()), finalize=True)


@of_keras
class History(Callback):
    """Collects the logs of each epoch; `fit` returns it.

    Follows keras 2.14 callbacks.py, History.

    Attributes:
        epoch: the indices of the epochs.
        history: the values of each metric by its name, one for each epoch.
    """

    def __init__(self) -> None:
        super().__init__()
        self.history: dict[str, list[Any]] = {}

    def on_train_begin(self, logs: Any = None) -> None:
        """Forget the epochs of the last `fit`, but not its values."""
        self.epoch: list[int] = []

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Keep the logs of the epoch."""
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)
        # As in Keras, also the model's own attribute refers to the history of this epoch.
        self.model.history = self


def _refusal(name: str, reason: str, instead: str) -> NotInDensetraceError:
    """Return the error of a callback of Keras that cannot be created here."""
    return NotInDensetraceError(
        f"keras.callbacks.{name}", reason, f"{reason}: {instead}, or leave the callback out."
    )


# DEPARTS: Keras has the callbacks `BackupAndRestore` and `RemoteMonitor`. Here each raises an error
# when it is created.


@of_keras
class BackupAndRestore(Callback):
    """Refused: backs up the state of the training, and continues an interrupted one from there."""

    def __init__(
        self,
        backup_dir: Any,
        save_freq: Any = "epoch",
        delete_checkpoint: bool = True,
        save_before_preemption: bool = False,
    ) -> None:
        raise _refusal(
            "BackupAndRestore",
            "densetrace does not save the state of an interrupted training",
            "use keras.callbacks.ModelCheckpoint and model.load_weights",
        )


@of_keras
class RemoteMonitor(Callback):
    """Refused: sends the logs to a server."""

    def __init__(
        self,
        root: str = "http://localhost:9000",
        path: str = "/publish/epoch/end/",
        field: str = "data",
        headers: Any = None,
        send_as_json: bool = False,
    ) -> None:
        raise _refusal(
            "RemoteMonitor",
            "densetrace sends nothing over the network",
            "write the logs to a file with keras.callbacks.CSVLogger",
        )


# DEPARTS: Keras writes files for TensorBoard. Here the callback is accepted with a warning, and
# writes nothing.
@of_keras
class TensorBoard(Callback):
    """Accepted, so that a script runs on, but writes no files for TensorBoard.

    Follows keras 2.14 callbacks.py, TensorBoard.

    Args:
        log_dir: the folder of the files that Keras writes.
        histogram_freq, write_graph, write_images, write_steps_per_second, update_freq,
            profile_batch, embeddings_freq, embeddings_metadata: what Keras writes, and how often.
        **kwargs: arguments of older versions.

    Raises:
        ValueError: if there is no such argument.
    """

    def __init__(
        self,
        log_dir: Any = "logs",
        histogram_freq: Any = 0,
        write_graph: bool = True,
        write_images: bool = False,
        write_steps_per_second: bool = False,
        update_freq: Any = "epoch",
        profile_batch: Any = 0,
        embeddings_freq: Any = 0,
        embeddings_metadata: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__()
        self._supports_tf_logs = True
        self._validate_kwargs(kwargs)
        self.log_dir = io_utils.path_to_string(log_dir)
        self.histogram_freq = histogram_freq
        self.write_graph = write_graph
        self.write_images = write_images
        self.write_steps_per_second = write_steps_per_second
        self.update_freq = 1 if update_freq == "batch" else update_freq
        self.embeddings_freq = embeddings_freq
        self.embeddings_metadata = embeddings_metadata
        warn(
            "densetrace writes no files for TensorBoard; training continues without them. To keep "
            "the logs, add keras.callbacks.CSVLogger('logs.csv')."
        )

    def _validate_kwargs(self, kwargs: dict[str, Any]) -> None:
        supported = {"write_grads", "embeddings_layer_names", "embeddings_data", "batch_size"}
        if unknown := set(kwargs) - supported:
            raise ValueError(
                f"Unrecognized arguments in `TensorBoard` Callback: {unknown}. "
                f"Supported kwargs are: {supported}"
            )


@of_keras
class CSVLogger(Callback):
    """Writes the logs of each epoch to a CSV file.

    Follows keras 2.14 callbacks.py, CSVLogger.

    Args:
        filename: the file.
        separator: what stands between the values.
        append: whether to write behind what an existing file has.
    """

    def __init__(self, filename: Any, separator: str = ",", append: bool = False) -> None:
        self.sep = separator
        self.filename = io_utils.path_to_string(filename)
        self.append = append
        self.writer: csv.DictWriter[str] | None = None
        self.keys: list[str] | None = None
        self.append_header = True
        super().__init__()

    def on_train_begin(self, logs: Any = None) -> None:
        """Choose whether a header is needed. The file is opened at the first row."""
        if self.append and gfile.exists(self.filename):
            with gfile.GFile(self.filename, "r") as file:
                self.append_header = not bool(file.readline())
        self.csv_file = gfile.GFile(self.filename, "a" if self.append else "w")

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Write a row, and before the first one the names of the columns."""
        logs = logs or {}
        if self.keys is None:
            self.keys = sorted(logs)
            # The validation may come in later epochs only.
            if not any(key.startswith("val_") for key in self.keys):
                self.keys.extend([f"val_{key}" for key in self.keys])
        if not self.writer:
            self.writer = csv.DictWriter(
                self.csv_file, fieldnames=["epoch", *self.keys], delimiter=self.sep
            )
            if self.append_header:
                self.writer.writeheader()
        row = {key: _csv_value(logs.get(key, "NA")) for key in self.keys}
        self.writer.writerow({"epoch": epoch, **row})
        self.csv_file.flush()

    def on_train_end(self, logs: Any = None) -> None:
        """Close the file."""
        self.csv_file.close()
        self.writer = None


def _csv_value(value: Any) -> Any:
    """Return a value for a cell: several numbers become one text."""
    if isinstance(value, str) or (isinstance(value, np.ndarray) and value.ndim == 0):
        return value
    if isinstance(value, Iterable):
        return f'"[{", ".join(map(str, value))}]"'
    return value


@of_keras
class LambdaCallback(Callback):
    """Calls functions that are given as arguments.

    Follows keras 2.14 callbacks.py, LambdaCallback.

    Args:
        on_epoch_begin: called with the index of the epoch and the logs, like the next ones.
        on_epoch_end: after an epoch.
        on_batch_begin: called with the index of the batch and the logs, like the next one.
        on_batch_end: after a batch.
        on_train_begin: called with the logs, like the next one.
        on_train_end: after the training.
        **kwargs: further attributes; those named like a method of `Callback` are called too.
    """

    def __init__(
        self,
        on_epoch_begin: Callable[..., Any] | None = None,
        on_epoch_end: Callable[..., Any] | None = None,
        on_batch_begin: Callable[..., Any] | None = None,
        on_batch_end: Callable[..., Any] | None = None,
        on_train_begin: Callable[..., Any] | None = None,
        on_train_end: Callable[..., Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__()
        vars(self).update(kwargs)
        given = {
            "on_epoch_begin": on_epoch_begin,
            "on_epoch_end": on_epoch_end,
            "on_batch_begin": on_batch_begin,
            "on_batch_end": on_batch_end,
            "on_train_begin": on_train_begin,
            "on_train_end": on_train_end,
        }
        vars(self).update({name: call for name, call in given.items() if call is not None})


__all__ = [
    "BackupAndRestore",
    "BaseLogger",
    "CSVLogger",
    "Callback",
    "CallbackList",
    "EarlyStopping",
    "History",
    "LambdaCallback",
    "LearningRateScheduler",
    "ModelCheckpoint",
    "ProgbarLogger",
    "ReduceLROnPlateau",
    "RemoteMonitor",
    "TensorBoard",
    "TerminateOnNaN",
]
