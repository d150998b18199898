"""Learning rates as functions of the iteration.

Follows keras 2.14 optimizers/schedules/learning_rate_schedule.py.
"""

from collections.abc import Sequence
from typing import Any, Final, Self

import numpy as np

from densetrace.keras._exports import keras_export
from densetrace.keras._registries import found
from densetrace.keras.saving import serialization_lib
from densetrace.keras.saving.legacy import serialization as legacy_serialization

Scalar = np.ndarray[Any, Any] | np.floating[Any]

# DEPARTS: Keras also has PolynomialDecay, CosineDecay and CosineDecayRestarts. Here, without
# training, a schedule is only evaluated at iteration 0: densetrace has the three schedules below,
# and accepts your own subclasses of LearningRateSchedule.


@keras_export("keras.optimizers.schedules.LearningRateSchedule")
class LearningRateSchedule:
    """The base class of all schedules. Subclasses define `__call__` and `get_config`.

    Follows keras 2.14 optimizers/schedules/learning_rate_schedule.py, LearningRateSchedule.
    """

    def __call__(self, step: Any) -> Any:
        """Return the learning rate at iteration `step`: i64[] -> f32[].

        Raises:
            NotImplementedError: if the subclass does not define it.
        """
        raise NotImplementedError(f"{type(self).__name__} must define __call__(self, step).")

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that recreate this schedule.

        Raises:
            NotImplementedError: if the subclass does not define it.
        """
        raise NotImplementedError(f"{type(self).__name__} must define get_config(self).")

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """Create a schedule from the arguments that `get_config` returned."""
        return cls(**config)


@keras_export("keras.optimizers.schedules.ExponentialDecay")
class ExponentialDecay(LearningRateSchedule):
    """initial_learning_rate * decay_rate ** (step / decay_steps).

    Follows keras 2.14 optimizers/schedules/learning_rate_schedule.py, ExponentialDecay.
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: int,
        decay_rate: float,
        staircase: bool = False,
        name: str | None = None,
    ) -> None:
        super().__init__()
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.decay_rate = decay_rate
        self.staircase = staircase
        self.name = name

    def __call__(self, step: Any) -> Scalar:
        """Return the learning rate at iteration `step`: i64[] -> f32[]."""
        periods = np.float32(np.asarray(step)) / np.float32(self.decay_steps)
        if self.staircase:
            periods = np.floor(periods)
        rate = np.float32(self.decay_rate) ** periods
        return np.float32(self.initial_learning_rate) * rate

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that recreate this schedule."""
        return {
            "initial_learning_rate": self.initial_learning_rate,
            "decay_steps": self.decay_steps,
            "decay_rate": self.decay_rate,
            "staircase": self.staircase,
            "name": self.name,
        }


@keras_export("keras.optimizers.schedules.PiecewiseConstantDecay")
class PiecewiseConstantDecay(LearningRateSchedule):
    """`values[0]` up to and including iteration `boundaries[0]`, then `values[1]`, and so on.

    Follows keras 2.14 optimizers/schedules/learning_rate_schedule.py, PiecewiseConstantDecay.

    Raises:
        ValueError: if the number of values is not the number of boundaries plus one.
    """

    def __init__(
        self, boundaries: Sequence[float], values: Sequence[float], name: str | None = None
    ) -> None:
        super().__init__()
        if len(boundaries) != len(values) - 1:
            raise ValueError(
                "There must be one value more than there are boundaries. "
                f"Received: boundaries={boundaries}, values={values}"
            )
        self.boundaries = boundaries
        self.values = values
        self.name = name

    def __call__(self, step: Any) -> Scalar:
        """Return the learning rate at iteration `step`: i64[] -> f32[]."""
        index = int(np.searchsorted(np.asarray(self.boundaries), np.asarray(step), side="left"))
        return np.float32(self.values[index])

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that recreate this schedule."""
        return {"boundaries": self.boundaries, "values": self.values, "name": self.name}


@keras_export("keras.optimizers.schedules.InverseTimeDecay")
class InverseTimeDecay(LearningRateSchedule):
    """initial_learning_rate / (1 + decay_rate * step / decay_steps).

    Follows keras 2.14 optimizers/schedules/learning_rate_schedule.py, InverseTimeDecay.
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: int,
        decay_rate: float,
        staircase: bool = False,
        name: str | None = None,
    ) -> None:
        super().__init__()
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.decay_rate = decay_rate
        self.staircase = staircase
        self.name = name

    def __call__(self, step: Any) -> Scalar:
        """Return the learning rate at iteration `step`: i64[] -> f32[]."""
        periods = np.float32(np.asarray(step)) / np.float32(self.decay_steps)
        if self.staircase:
            periods = np.floor(periods)
        divisor = np.float32(1) + np.float32(self.decay_rate) * periods
        return np.float32(self.initial_learning_rate) / divisor

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that recreate this schedule."""
        return {
            "initial_learning_rate": self.initial_learning_rate,
            "decay_steps": self.decay_steps,
            "decay_rate": self.decay_rate,
            "staircase": self.staircase,
            "name": self.name,
        }


_REGISTRY: Final = found("schedules")


def serialize(schedule: LearningRateSchedule, use_legacy_format: bool = False) -> Any:
    """Return the config of a schedule.

    Follows keras 2.14 optimizers/schedules/learning_rate_schedule.py, serialize.
    """
    if use_legacy_format:
        return legacy_serialization.serialize_keras_object(schedule)
    return serialization_lib.serialize_keras_object(schedule)


def deserialize(
    config: Any, custom_objects: dict[str, Any] | None = None, use_legacy_format: bool = False
) -> Any:
    """Return the schedule for a config, looked up among the schedules above and custom objects.

    Follows keras 2.14 optimizers/schedules/learning_rate_schedule.py, deserialize.
    """
    library = legacy_serialization if use_legacy_format else serialization_lib
    return library.deserialize_keras_object(
        config,
        module_objects=_REGISTRY,
        custom_objects=custom_objects,
        printable_module_name="decay",
    )
