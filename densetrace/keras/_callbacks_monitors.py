"""Callbacks that act on a quantity at the end or the start of an epoch.

Follows keras 2.14 callbacks.py, EarlyStopping, LearningRateScheduler, ReduceLROnPlateau.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from densetrace.keras import backend
from densetrace.keras._callbacks_base import Callback
from densetrace.keras.utils import io_utils
from densetrace.system.real_home import of_keras
from densetrace.tensorflow.environment import get_logger
from densetrace.tensorflow.tensor import Operators

MODES = ("auto", "min", "max")


@of_keras
class EarlyStopping(Callback):
    """Ends the training when a quantity no longer improves.

    Follows keras 2.14 callbacks.py, EarlyStopping.

    Args:
        monitor: the name of the quantity in the logs.
        min_delta: a change that is not larger is no improvement.
        patience: the number of epochs without improvement after which training ends.
        verbose: 1 prints what the callback does.
        mode: "min" if smaller is better, "max" if larger is; "auto" decides by the name.
        baseline: epochs count as without improvement until the quantity is better than this.
        restore_best_weights: whether to set the weights of the best epoch when training ends early.
        start_from_epoch: the index of the first epoch that counts.
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        min_delta: float = 0,
        patience: int = 0,
        verbose: int = 0,
        mode: str = "auto",
        baseline: float | None = None,
        restore_best_weights: bool = False,
        start_from_epoch: int = 0,
    ) -> None:
        super().__init__()
        self.monitor = monitor
        self.patience = patience
        self.verbose = verbose
        self.baseline = baseline
        self.min_delta = abs(min_delta)
        self.wait = 0
        self.stopped_epoch = 0
        self.restore_best_weights = restore_best_weights
        self.best_weights: list[Any] | None = None
        self.start_from_epoch = start_from_epoch
        if mode not in MODES:
            get_logger().warning("EarlyStopping mode %s is unknown, fallback to auto mode.", mode)
            mode = "auto"
        larger = mode == "max" or (
            mode == "auto" and self.monitor.endswith(("acc", "accuracy", "auc"))
        )
        self.monitor_op: Callable[..., Any] = np.greater if larger else np.less
        self.min_delta *= 1 if larger else -1

    def on_train_begin(self, logs: Any = None) -> None:
        """Forget an earlier training."""
        self.wait = 0
        self.stopped_epoch = 0
        self.best: Any = np.inf if self.monitor_op == np.less else -np.inf
        self.best_weights = None
        self.best_epoch = 0

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Compare the quantity with the best so far, and end the training if patience is over."""
        current = self.get_monitor_value(logs)
        if current is None or epoch < self.start_from_epoch:
            return
        if self.restore_best_weights and self.best_weights is None:
            # The weights to restore if no epoch ever improves.
            self.best_weights = self.model.get_weights()
        self.wait += 1
        if self._is_improvement(current, self.best):
            self.best = current
            self.best_epoch = epoch
            if self.restore_best_weights:
                self.best_weights = self.model.get_weights()
            if self.baseline is None or self._is_improvement(current, self.baseline):
                self.wait = 0
            return
        if self.wait >= self.patience and epoch > 0:
            self.stopped_epoch = epoch
            self.model.stop_training = True
            if self.restore_best_weights and self.best_weights is not None:
                if self.verbose > 0:
                    io_utils.print_msg(
                        "Restoring model weights from the end of the best epoch: "
                        f"{self.best_epoch + 1}."
                    )
                self.model.set_weights(self.best_weights)

    def on_train_end(self, logs: Any = None) -> None:
        """Print after which epoch the training ended early."""
        if self.stopped_epoch > 0 and self.verbose > 0:
            io_utils.print_msg(f"Epoch {self.stopped_epoch + 1}: early stopping")

    def get_monitor_value(self, logs: Any) -> Any:
        """Return the quantity; None, with a warning, if the logs do not have it."""
        logs = logs or {}
        monitor_value = logs.get(self.monitor)
        if monitor_value is None:
            get_logger().warning(
                "Early stopping conditioned on metric `%s` which is not available. "
                "Available metrics are: %s",
                self.monitor,
                ",".join(logs),
            )
        return monitor_value

    def _is_improvement(self, monitor_value: Any, reference_value: Any) -> Any:
        return self.monitor_op(monitor_value - self.min_delta, reference_value)


@of_keras
class LearningRateScheduler(Callback):
    """Sets the learning rate at the start of each epoch.

    Follows keras 2.14 callbacks.py, LearningRateScheduler.

    Args:
        schedule: a function of the index of the epoch and the learning rate, or of the index alone,
            that returns the new learning rate.
        verbose: 1 prints each new learning rate.
    """

    def __init__(self, schedule: Callable[..., Any], verbose: int = 0) -> None:
        super().__init__()
        self.schedule = schedule
        self.verbose = verbose

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Set the learning rate.

        Raises:
            ValueError: if the optimizer has no learning rate, or the schedule returns no float.
        """
        if not hasattr(self.model.optimizer, "lr"):
            raise ValueError(
                "LearningRateScheduler needs an optimizer with a learning rate. "
                f"Received: optimizer={self.model.optimizer!r:.200}"
            )
        try:
            lr = float(backend.get_value(self.model.optimizer.lr))
            lr = self.schedule(epoch, lr)
        except TypeError:  # as in Keras, also one that the schedule itself raises
            lr = self.schedule(epoch)
        if not isinstance(lr, Operators | float | np.float32 | np.float64):
            raise ValueError(
                f"The schedule of a LearningRateScheduler must return a float. Received: {lr!r:.80}"
            )
        if isinstance(lr, Operators) and not lr.dtype.is_floating:
            raise ValueError(
                "The schedule of a LearningRateScheduler must return a float tensor. "
                f"Received: a tensor of dtype {lr.dtype.name}"
            )
        backend.set_value(self.model.optimizer.lr, backend.get_value(lr))
        if self.verbose > 0:
            io_utils.print_msg(
                f"\nEpoch {epoch + 1}: LearningRateScheduler setting learning rate to {lr}."
            )

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Put the learning rate into the logs, as `lr`."""
        logs = logs or {}
        logs["lr"] = backend.get_value(self.model.optimizer.lr)


@of_keras
class ReduceLROnPlateau(Callback):
    """Reduces the learning rate when a quantity no longer improves.

    Follows keras 2.14 callbacks.py, ReduceLROnPlateau.

    Args:
        monitor: the name of the quantity in the logs.
        factor: what the learning rate is multiplied by; less than 1.
        patience: the number of epochs without improvement after which it is reduced.
        verbose: 1 prints each reduction.
        mode: "min" if smaller is better, "max" if larger is; "auto" decides by the name.
        min_delta: a change that is not larger is no improvement.
        cooldown: the number of epochs after a reduction that do not count.
        min_lr: the smallest learning rate.
        **kwargs: `epsilon`, the old name of `min_delta`.

    Raises:
        ValueError: if `factor` is not less than 1.
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        factor: float = 0.1,
        patience: int = 10,
        verbose: int = 0,
        mode: str = "auto",
        min_delta: float = 1e-4,
        cooldown: int = 0,
        min_lr: float = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__()
        self.monitor = monitor
        if factor >= 1.0:
            raise ValueError(
                "The `factor` of ReduceLROnPlateau must be less than 1. "
                f"Received: factor={factor}. Write for example factor=0.5."
            )
        if "epsilon" in kwargs:
            min_delta = kwargs.pop("epsilon")
            get_logger().warning(
                "`epsilon` argument is deprecated and will be removed, use `min_delta` instead."
            )
        self.factor = factor
        self.min_lr = min_lr
        self.min_delta = min_delta
        self.patience = patience
        self.verbose = verbose
        self.cooldown = cooldown
        self.cooldown_counter = 0
        self.wait = 0
        self.best: Any = 0
        self.mode = mode
        self.monitor_op: Any = None
        self._reset()

    def _reset(self) -> None:
        """Forget an earlier training."""
        if self.mode not in MODES:
            get_logger().warning(
                "Learning rate reduction mode %s is unknown, fallback to auto mode.", self.mode
            )
            self.mode = "auto"
        if self.mode == "min" or (self.mode == "auto" and "acc" not in self.monitor):
            self.monitor_op = lambda a, b: np.less(a, b - self.min_delta)
            self.best = np.inf
        else:
            self.monitor_op = lambda a, b: np.greater(a, b + self.min_delta)
            self.best = -np.inf
        self.cooldown_counter = 0
        self.wait = 0

    def on_train_begin(self, logs: Any = None) -> None:
        """Forget an earlier training."""
        self._reset()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Put the learning rate into the logs, as `lr`, and reduce it if patience is over."""
        logs = logs or {}
        logs["lr"] = backend.get_value(self.model.optimizer.lr)
        current = logs.get(self.monitor)
        if current is None:
            get_logger().warning(
                "Learning rate reduction is conditioned on metric `%s` which is not available. "
                "Available metrics are: %s",
                self.monitor,
                ",".join(logs),
            )
            return
        if self.in_cooldown():
            self.cooldown_counter -= 1
            self.wait = 0
        if self.monitor_op(current, self.best):
            self.best = current
            self.wait = 0
        elif not self.in_cooldown():
            self.wait += 1
            if self.wait >= self.patience:
                self._reduce(epoch)

    def _reduce(self, epoch: int) -> None:
        old_lr = backend.get_value(self.model.optimizer.lr)
        if old_lr <= np.float32(self.min_lr):
            return
        # In double precision, as NumPy 1 computes it: the number is printed.
        new_lr = max(np.float64(old_lr) * self.factor, self.min_lr)
        backend.set_value(self.model.optimizer.lr, new_lr)
        if self.verbose > 0:
            io_utils.print_msg(
                f"\nEpoch {epoch + 1}: ReduceLROnPlateau reducing learning rate to {new_lr}."
            )
        self.cooldown_counter = self.cooldown
        self.wait = 0

    def in_cooldown(self) -> bool:
        """Return whether the epochs after a reduction do not count yet."""
        return self.cooldown_counter > 0
