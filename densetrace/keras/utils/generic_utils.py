"""Small helpers for the whole stack. Follows keras 2.14 utils/generic_utils.py."""

import os
import re
import sys
import time
from collections.abc import Callable, Collection, Iterable
from typing import Any, TypeVar

import numpy as np

from densetrace.keras.utils import io_utils
from densetrace.recording.introspect import getfullargspec
from densetrace.system.real_home import of_keras

F = TypeVar("F", bound=Callable[..., Any])


def has_arg(fn: Callable[..., Any], name: str, accept_all: bool = False) -> bool:
    """Return whether a function has a parameter of this name.

    Follows keras 2.14 utils/generic_utils.py, has_arg.

    Args:
        fn: a function or method.
        name: the name of the parameter.
        accept_all: whether `**kwargs` counts as one.
    """
    spec = getfullargspec(fn)
    if accept_all and spec.varkw is not None:
        return True
    return name in spec.args or name in spec.kwonlyargs


@of_keras
class Progbar:
    """Prints a progress bar, with the averages of values and the time per step.

    Follows keras 2.14 utils/generic_utils.py, Progbar.

    Args:
        target: the number of steps, or None if it is unknown.
        width: the width of the bar in characters.
        verbose: 0 prints nothing, 1 a bar that is rewritten, 2 one line at the end.
        interval: the shortest time between two states of the bar, in seconds.
        stateful_metrics: the names of values that are shown as they are; others are averaged.
        unit_name: the name of a step.
    """

    def __init__(
        self,
        target: int | None,
        width: int = 30,
        verbose: Any = 1,
        interval: float = 0.05,
        stateful_metrics: Iterable[str] | None = None,
        unit_name: str = "step",
    ) -> None:
        self.target = target
        self.width = width
        self.verbose = verbose
        self.interval = interval
        self.unit_name = unit_name
        self.stateful_metrics = set(stateful_metrics or ())
        # True on every POSIX system, whether or not standard output is a terminal.
        self._dynamic_display = (
            (hasattr(sys.stdout, "isatty") and sys.stdout.isatty())
            or "ipykernel" in sys.modules
            or "posix" in sys.modules
            or "PYCHARM_HOSTED" in os.environ
        )
        self._total_width = 0
        self._seen_so_far = 0
        self._values: dict[str, list[Any]] = {}
        self._values_order: list[str] = []
        self._start = time.time()
        self._last_update = 0.0
        self._time_at_epoch_start = self._start
        self._time_at_epoch_end: float | None = None
        self._time_after_first_step: float | None = None

    def update(
        self,
        current: int,
        values: list[tuple[str, Any]] | None = None,
        finalize: bool | None = None,
    ) -> None:
        """Take the values of a step into the averages, and print the new state.

        Follows keras 2.14 utils/generic_utils.py, Progbar.update.

        Args:
            current: the number of steps so far.
            values: the name and the value of each quantity in the last step.
            finalize: whether this is the last state; if None, whether the target is reached.
        """
        if finalize is None:
            finalize = self.target is not None and current >= self.target
        for name, value in values or ():
            if name not in self._values_order:
                self._values_order.append(name)
            if name in self.stateful_metrics:
                self._values[name] = [value, 1]
                continue
            # The last batch and the end of an epoch may report the same number of steps.
            weight = max(current - self._seen_so_far, 1)
            if name in self._values:
                self._values[name][0] += value * weight
                self._values[name][1] += weight
            else:
                self._values[name] = [value * weight, weight]
        self._seen_so_far = current

        now = time.time()
        if current == self.target:
            self._time_at_epoch_end = now
        if self.verbose == 1:
            if now - self._last_update < self.interval and not finalize:
                return
            io_utils.print_msg(self._bar_line(current, now, finalize), line_break=False)
        elif self.verbose == 2 and finalize:
            io_utils.print_msg(self._summary_line(current, now), line_break=False)
        self._last_update = now

    def _bar_line(self, current: int, now: float, finalize: bool) -> str:
        """Return the text that replaces the last state: the bar, the time and the values."""
        previous_width = self._total_width
        message = "\b" * previous_width + "\r" if self._dynamic_display else "\n"
        bar = (
            f"{int(current):7d}/Unknown" if self.target is None else self._bar(current, self.target)
        )
        time_per_unit = self._estimate_step_duration(current, now)
        if self.target is None or finalize:
            info = f" - {now - self._start:.0f}s" + self._format_time(time_per_unit, self.unit_name)
        else:
            info = f" - ETA: {_format_eta(time_per_unit * (self.target - current))}"
        for name in self._values_order:
            average = self._average(name)
            info += f" - {name}: " + _number(average, small=abs(average) <= 1e-3)
        self._total_width = len(bar) + len(info)
        info += " " * (previous_width - self._total_width)
        return message + bar + info + ("\n" if finalize else "")

    def _bar(self, current: int, target: int) -> str:
        bar = f"{_count(current, target)} ["
        filled = int(self.width * (float(current) / target))
        if filled > 0:
            bar += "=" * (filled - 1) + (">" if current < target else "=")
        return bar + "." * (self.width - filled) + "]"

    def _summary_line(self, current: int, now: float) -> str:
        """Return the line of an epoch: the time, the values, and the time per epoch and step."""
        target: Any = self.target
        info = f"{_count(current, target)} - {now - self._start:.0f}s"
        for name in self._values_order:
            average = self._average(name)
            # Unlike in a bar, every negative value is written with an exponent.
            info += f" - {name}: " + _number(average, small=average <= 1e-3)
        if self._time_at_epoch_end:
            time_per_epoch = self._time_at_epoch_end - self._time_at_epoch_start
            self._time_at_epoch_start = now
            self._time_at_epoch_end = None
            info += " -" + self._format_time(time_per_epoch, "epoch")
            info += " -" + self._format_time(time_per_epoch / target, self.unit_name) + "\n"
        return info

    def _average(self, name: str) -> Any:
        total, weight = self._values[name]
        return np.mean(total / max(1, weight))

    def add(self, n: int, values: list[tuple[str, Any]] | None = None) -> None:
        """Advance by `n` steps.

        Follows keras 2.14 utils/generic_utils.py, Progbar.add.
        """
        self.update(self._seen_so_far + n, values)

    def _format_time(self, time_per_unit: float, unit_name: str) -> str:
        """Return a duration in seconds with a fitting unit: ` 3ms/step`."""
        if time_per_unit >= 1 or time_per_unit == 0:
            return f" {time_per_unit:.0f}s/{unit_name}"
        if time_per_unit >= 1e-3:
            return f" {time_per_unit * 1e3:.0f}ms/{unit_name}"
        return f" {time_per_unit * 1e6:.0f}us/{unit_name}"

    def _estimate_step_duration(self, current: int, now: float) -> float:
        """Return the seconds per step, without the first step once there are more.

        Follows keras 2.14 utils/generic_utils.py, Progbar._estimate_step_duration.
        """
        if not current:
            return 0
        if self._time_after_first_step is not None and current > 1:
            time_per_unit = (now - self._time_after_first_step) / (current - 1)
        else:
            time_per_unit = (now - self._start) / current
        if current == 1:
            self._time_after_first_step = now
        return time_per_unit

    def _update_stateful_metrics(self, stateful_metrics: Iterable[str]) -> None:
        self.stateful_metrics = self.stateful_metrics.union(stateful_metrics)


def _count(current: int, target: int) -> str:
    """Return `current/target`, with `current` as wide as `target`."""
    width = int(np.log10(target)) + 1
    return f"{int(current):{width}d}/{int(target)}"


def _format_eta(seconds: float) -> str:
    if seconds > 3600:
        return f"{int(seconds // 3600)}:{int(seconds % 3600 // 60):02d}:{int(seconds % 60):02d}"
    if seconds > 60:
        return f"{int(seconds // 60)}:{int(seconds % 60):02d}"
    return f"{int(seconds)}s"


def _number(value: Any, *, small: bool) -> str:
    return f"{value:.4e}" if small else f"{value:.4f}"


def to_list(x: Any) -> list[Any]:
    """Return a list unchanged, and any other value in a list.

    Follows keras 2.14 utils/generic_utils.py, to_list.
    """
    return x if isinstance(x, list) else [x]


def to_snake_case(name: str) -> str:
    """Return a class name in snake case: `SimpleDense` becomes `simple_dense`.

    Follows keras 2.14 utils/generic_utils.py, to_snake_case.
    """
    spaced = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    snake = re.sub("([a-z])([A-Z])", r"\1_\2", spaced).lower()
    return "private" + snake if snake.startswith("_") else snake


def validate_kwargs(
    kwargs: Iterable[str],
    allowed_kwargs: Collection[str],
    error_message: str = "Keyword argument not understood:",
) -> None:
    """Check that only certain keyword arguments were passed.

    Follows keras 2.14 utils/generic_utils.py, validate_kwargs.

    Raises:
        TypeError: if there is any other.
    """
    for keyword in kwargs:
        if keyword not in allowed_kwargs:
            raise TypeError(error_message, keyword)


def default(method: F) -> F:
    """Mark a method as a default implementation, so that `is_default` detects an override.

    Follows keras 2.14 utils/generic_utils.py, default.
    """
    method._is_default = True  # type: ignore[attr-defined] # the mark that is_default looks for
    return method


def is_default(method: Callable[..., Any]) -> bool:
    """Return whether a method is marked as a default implementation.

    Follows keras 2.14 utils/generic_utils.py, is_default.
    """
    return getattr(method, "_is_default", False)
