"""`Callback`, the base class of callbacks. Follows keras 2.14 callbacks.py, Callback."""

from typing import Any, Final

from densetrace.keras.utils.generic_utils import default, is_default
from densetrace.recording.hooks import trace_methods
from densetrace.system.real_home import of_keras

_METHODS: Final = (
    "on_batch_begin", "on_batch_end", "on_epoch_begin", "on_epoch_end", "on_train_batch_begin",
    "on_train_batch_end", "on_test_batch_begin", "on_test_batch_end", "on_predict_batch_begin",
    "on_predict_batch_end", "on_train_begin", "on_train_end", "on_test_begin", "on_test_end",
    "on_predict_begin", "on_predict_end",
)  # fmt: skip
"""The methods that a callback may override, which are hook points."""


@of_keras
class Callback:
    """Methods that `fit`, `evaluate` and `predict` call at certain moments; subclasses override
    those they need.

    Follows keras 2.14 callbacks.py, Callback.

    Attributes:
        params: the arguments of the run by name: `verbose`, `epochs`, `steps`.
        model: the model that runs.
    """

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        trace_methods(cls, dict.fromkeys(_METHODS, "callback"))

    def __init__(self) -> None:
        self.validation_data: Any = None
        self.model: Any = None
        self._chief_worker_only: bool | None = None
        self._supports_tf_logs = False

    def set_params(self, params: Any) -> None:
        """Remember the arguments of the run."""
        self.params = params

    def set_model(self, model: Any) -> None:
        """Remember the model that runs."""
        self.model = model

    @default
    def on_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Old name of `on_train_batch_begin`, which calls this one."""

    @default
    def on_batch_end(self, batch: int, logs: Any = None) -> None:
        """Old name of `on_train_batch_end`, which calls this one."""

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Called at the start of an epoch. `epoch` is its index, `logs` is empty."""

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Called at the end of an epoch, after the validation.

        `logs` has the metrics of the epoch by name, those of the validation with `val_` in front.
        """

    @default
    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Called before a batch of `fit`. `batch` is its index in the epoch, `logs` is empty."""
        self.on_batch_begin(batch, logs=logs)

    @default
    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Called after a batch of `fit`. `logs` has the metrics of the epoch up to this batch."""
        self.on_batch_end(batch, logs=logs)

    @default
    def on_test_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Called before a batch of `evaluate`, or of the validation in `fit`."""

    @default
    def on_test_batch_end(self, batch: int, logs: Any = None) -> None:
        """Called after a batch of `evaluate`, or of the validation in `fit`."""

    @default
    def on_predict_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Called before a batch of `predict`."""

    @default
    def on_predict_batch_end(self, batch: int, logs: Any = None) -> None:
        """Called after a batch of `predict`. `logs` has the outputs: `{"outputs": ...}`."""

    def on_train_begin(self, logs: Any = None) -> None:
        """Called at the start of `fit`."""

    def on_train_end(self, logs: Any = None) -> None:
        """Called at the end of `fit`. `logs` is that of the last epoch."""

    def on_test_begin(self, logs: Any = None) -> None:
        """Called at the start of `evaluate` or of a validation."""

    def on_test_end(self, logs: Any = None) -> None:
        """Called at the end of `evaluate` or of a validation. `logs` is that of the last batch."""

    def on_predict_begin(self, logs: Any = None) -> None:
        """Called at the start of `predict`."""

    def on_predict_end(self, logs: Any = None) -> None:
        """Called at the end of `predict`."""

    def _implements_train_batch_hooks(self) -> bool:
        """Return whether a method for batches of `fit` is overridden."""
        return not (
            is_default(self.on_batch_begin)
            and is_default(self.on_batch_end)
            and is_default(self.on_train_batch_begin)
            and is_default(self.on_train_batch_end)
        )

    def _implements_test_batch_hooks(self) -> bool:
        """Return whether a method for batches of `evaluate` is overridden."""
        return not (is_default(self.on_test_batch_begin) and is_default(self.on_test_batch_end))

    def _implements_predict_batch_hooks(self) -> bool:
        """Return whether a method for batches of `predict` is overridden."""
        return not (
            is_default(self.on_predict_batch_begin) and is_default(self.on_predict_batch_end)
        )
