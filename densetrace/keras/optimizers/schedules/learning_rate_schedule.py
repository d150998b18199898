"""Learning rates computed from the number of iterations.

Follows keras 2.14 optimizers/schedules/learning_rate_schedule.py.
"""

from collections.abc import Sequence
from typing import Any, ClassVar, Final, Self

import numpy as np

from densetrace.keras._exports import keras_export
from densetrace.keras.saving import serialization_lib
from densetrace.keras.saving.legacy import serialization as legacy_serialization

Scalar = np.ndarray[Any, Any] | np.floating[Any]

# DEPARTS: Keras also has PolynomialDecay, CosineDecay and CosineDecayRestarts. A learning rate is
# only ever asked for at iteration 0 here, so densetrace has the three schedules that explain how
# an optimizer holds a schedule, and any subclass of LearningRateSchedule that a person writes.


@keras_export("keras.optimizers.schedules.LearningRateSchedule")
class LearningRateSchedule:
    """A learning rate as a function of the iteration, with a configuration."""

    _arguments: ClassVar[tuple[str, ...]] = ()

    def __call__(self, step: Any) -> Any:
        """The learning rate at iteration `step` (i64[]): f32[]."""
        raise NotImplementedError(f"{type(self).__name__} must define __call__(self, step).")

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a schedule like this one."""
        if not self._arguments:
            raise NotImplementedError(f"{type(self).__name__} must define get_config(self).")
        return {name: getattr(self, name) for name in self._arguments}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """A schedule from what `get_config` gave."""
        return cls(**config)


class _Decay(LearningRateSchedule):
    """A learning rate that falls with the number of times `decay_steps` have gone by."""

    _arguments = ("initial_learning_rate", "decay_steps", "decay_rate", "staircase", "name")

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: int,
        decay_rate: float,
        staircase: bool = False,
        name: str | None = None,
    ) -> None:
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.decay_rate = decay_rate
        self.staircase = staircase
        self.name = name

    def _periods(self, step: Any) -> np.float32:
        periods = np.float32(np.asarray(step)) / np.float32(self.decay_steps)
        return np.float32(np.floor(periods) if self.staircase else periods)


@keras_export("keras.optimizers.schedules.ExponentialDecay")
class ExponentialDecay(_Decay):
    """initial_learning_rate * decay_rate ** (step / decay_steps)."""

    def __call__(self, step: Any) -> Scalar:
        rate = np.float32(self.decay_rate) ** self._periods(step)
        return np.float32(self.initial_learning_rate) * rate


@keras_export("keras.optimizers.schedules.InverseTimeDecay")
class InverseTimeDecay(_Decay):
    """initial_learning_rate / (1 + decay_rate * step / decay_steps)."""

    def __call__(self, step: Any) -> Scalar:
        divisor = np.float32(1) + np.float32(self.decay_rate) * self._periods(step)
        return np.float32(self.initial_learning_rate) / divisor


@keras_export("keras.optimizers.schedules.PiecewiseConstantDecay")
class PiecewiseConstantDecay(LearningRateSchedule):
    """`values[0]` up to and including iteration `boundaries[0]`, then `values[1]`, and so on.

    Raises:
        ValueError: unless there is one value more than there are boundaries.
    """

    _arguments = ("boundaries", "values", "name")

    def __init__(
        self, boundaries: Sequence[float], values: Sequence[float], name: str | None = None
    ) -> None:
        if len(boundaries) != len(values) - 1:
            raise ValueError(
                "There must be one value more than there are boundaries. "
                f"Received: boundaries={boundaries}, values={values}"
            )
        self.boundaries = boundaries
        self.values = values
        self.name = name

    def __call__(self, step: Any) -> Scalar:
        place = int(np.searchsorted(np.asarray(self.boundaries), np.asarray(step), side="left"))
        return np.float32(self.values[place])


_REGISTRY: Final[dict[str, Any]] = {
    cls.__name__: cls
    for cls in (ExponentialDecay, InverseTimeDecay, LearningRateSchedule, PiecewiseConstantDecay)
}


def serialize(schedule: LearningRateSchedule, use_legacy_format: bool = False) -> Any:
    """A schedule as a configuration dict."""
    if use_legacy_format:
        return legacy_serialization.serialize_keras_object(schedule)
    return serialization_lib.serialize_keras_object(schedule)


def deserialize(
    config: Any, custom_objects: dict[str, Any] | None = None, use_legacy_format: bool = False
) -> Any:
    """A schedule from its configuration dict, found among the schedules above."""
    library = legacy_serialization if use_legacy_format else serialization_lib
    return library.deserialize_keras_object(
        config,
        module_objects=_REGISTRY,
        custom_objects=custom_objects,
        printable_module_name="decay",
    )
