"""Learning rates as functions of the iteration.

Follows keras 2.14 optimizers/schedules/learning_rate_schedule.py.
"""

import math
from collections.abc import Sequence
from typing import Any, Final, Self

import densetrace.tensorflow as tf
from densetrace.keras._exports import keras_export
from densetrace.keras._registries import found
from densetrace.keras.saving import serialization_lib
from densetrace.keras.saving.legacy import serialization as legacy_serialization
from densetrace.recording.hooks import trace_methods


@keras_export("keras.optimizers.schedules.LearningRateSchedule")
class LearningRateSchedule:
    """The base class of all schedules. Subclasses define `__call__` and `get_config`.

    Follows keras 2.14 optimizers/schedules/learning_rate_schedule.py, LearningRateSchedule.
    """

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        trace_methods(cls, {"__call__": "schedule"})

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

    Args:
        initial_learning_rate: the learning rate at step 0.
        decay_steps: the number of steps in which it is multiplied by `decay_rate` once.
        decay_rate: the factor.
        staircase: whether the exponent is rounded down, so that the rate changes in steps.
        name: the name scope of its operations.
    """

    def __init__(
        self,
        initial_learning_rate: Any,
        decay_steps: Any,
        decay_rate: Any,
        staircase: bool = False,
        name: str | None = None,
    ) -> None:
        super().__init__()
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.decay_rate = decay_rate
        self.staircase = staircase
        self.name = name

    def __call__(self, step: Any) -> Any:
        """Return the learning rate at iteration `step`: i64[] -> f32[]."""
        with tf.name_scope(self.name or "ExponentialDecay"):
            initial_learning_rate = tf.convert_to_tensor(self.initial_learning_rate)
            dtype = initial_learning_rate.dtype
            decay_steps = tf.cast(self.decay_steps, dtype)
            decay_rate = tf.cast(self.decay_rate, dtype)
            periods = tf.cast(step, dtype) / decay_steps
            if self.staircase:
                periods = tf.floor(periods)
            return tf.multiply(initial_learning_rate, tf.pow(decay_rate, periods))

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
        self, boundaries: Sequence[Any], values: Sequence[Any], name: str | None = None
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

    def __call__(self, step: Any) -> Any:
        """Return the learning rate at iteration `step`: i64[] -> f32[]."""
        with tf.name_scope(self.name or "PiecewiseConstant"):
            x = tf.convert_to_tensor(step)
            boundaries = [
                tf.cast(tf.convert_to_tensor(boundary), x.dtype) for boundary in self.boundaries
            ]
            values = [tf.convert_to_tensor(value) for value in self.values]
            pred_fn_pairs: list[Any] = [
                (x <= boundaries[0], lambda: values[0]),
                (x > boundaries[-1], lambda: values[-1]),
            ]
            for low, high, value in zip(boundaries[:-1], boundaries[1:], values[1:-1], strict=True):
                pred = (x > low) & (x <= high)
                pred_fn_pairs.append((pred, lambda value=value: value))
            return tf.case(pred_fn_pairs, lambda: values[0], exclusive=True)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that recreate this schedule."""
        return {"boundaries": self.boundaries, "values": self.values, "name": self.name}


@keras_export("keras.optimizers.schedules.PolynomialDecay")
class PolynomialDecay(LearningRateSchedule):
    """(initial_learning_rate - end_learning_rate) * (1 - step / decay_steps) ** power +
    end_learning_rate, and `end_learning_rate` after `decay_steps`.

    With `cycle`, `decay_steps` is multiplied by the smallest number that makes it at least `step`.

    Follows keras 2.14 optimizers/schedules/learning_rate_schedule.py, PolynomialDecay.
    """

    def __init__(
        self,
        initial_learning_rate: Any,
        decay_steps: Any,
        end_learning_rate: Any = 0.0001,
        power: Any = 1.0,
        cycle: bool = False,
        name: str | None = None,
    ) -> None:
        super().__init__()
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.end_learning_rate = end_learning_rate
        self.power = power
        self.cycle = cycle
        self.name = name

    def __call__(self, step: Any) -> Any:
        """Return the learning rate at iteration `step`: i64[] -> f32[]."""
        with tf.name_scope(self.name or "PolynomialDecay"):
            initial_learning_rate = tf.convert_to_tensor(self.initial_learning_rate)
            dtype = initial_learning_rate.dtype
            end_learning_rate = tf.cast(self.end_learning_rate, dtype)
            power = tf.cast(self.power, dtype)
            step = tf.cast(step, dtype)
            decay_steps = tf.cast(self.decay_steps, dtype)
            if self.cycle:
                cycles = tf.math.ceil(step / self.decay_steps)
                multiplier = tf.where(tf.equal(step, 0), 1.0, cycles)
                decay_steps = tf.multiply(decay_steps, multiplier)
            else:
                step = tf.minimum(step, decay_steps)
            rest = 1 - tf.divide(step, decay_steps)
            return tf.add(
                tf.multiply(initial_learning_rate - end_learning_rate, tf.pow(rest, power)),
                end_learning_rate,
            )

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that recreate this schedule."""
        return {
            "initial_learning_rate": self.initial_learning_rate,
            "decay_steps": self.decay_steps,
            "end_learning_rate": self.end_learning_rate,
            "power": self.power,
            "cycle": self.cycle,
            "name": self.name,
        }


@keras_export("keras.optimizers.schedules.InverseTimeDecay")
class InverseTimeDecay(LearningRateSchedule):
    """initial_learning_rate / (1 + decay_rate * step / decay_steps).

    Follows keras 2.14 optimizers/schedules/learning_rate_schedule.py, InverseTimeDecay.
    """

    def __init__(
        self,
        initial_learning_rate: Any,
        decay_steps: Any,
        decay_rate: Any,
        staircase: bool = False,
        name: str | None = None,
    ) -> None:
        super().__init__()
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.decay_rate = decay_rate
        self.staircase = staircase
        self.name = name

    def __call__(self, step: Any) -> Any:
        """Return the learning rate at iteration `step`: i64[] -> f32[]."""
        with tf.name_scope(self.name or "InverseTimeDecay"):
            initial_learning_rate = tf.convert_to_tensor(self.initial_learning_rate)
            dtype = initial_learning_rate.dtype
            decay_steps = tf.cast(self.decay_steps, dtype)
            decay_rate = tf.cast(self.decay_rate, dtype)
            periods = tf.cast(step, dtype) / decay_steps
            if self.staircase:
                periods = tf.floor(periods)
            one = tf.cast(tf.constant(1), dtype)
            return tf.divide(initial_learning_rate, tf.add(one, tf.multiply(decay_rate, periods)))

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that recreate this schedule."""
        return {
            "initial_learning_rate": self.initial_learning_rate,
            "decay_steps": self.decay_steps,
            "decay_rate": self.decay_rate,
            "staircase": self.staircase,
            "name": self.name,
        }


@keras_export("keras.optimizers.schedules.CosineDecay", "keras.experimental.CosineDecay")
class CosineDecay(LearningRateSchedule):
    """Half a period of a cosine from `initial_learning_rate` down to `alpha` times it, then
    constant.

    With `warmup_target` the rate first rises along a line from `initial_learning_rate` to this
    target in `warmup_steps`, and the cosine starts there.

    Follows keras 2.14 optimizers/schedules/learning_rate_schedule.py, CosineDecay.
    """

    def __init__(
        self,
        initial_learning_rate: Any,
        decay_steps: Any,
        alpha: Any = 0.0,
        name: str | None = None,
        warmup_target: Any = None,
        warmup_steps: Any = 0,
    ) -> None:
        super().__init__()
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.alpha = alpha
        self.name = name
        self.warmup_steps = warmup_steps
        self.warmup_target = warmup_target

    def _decay_function(self, step: Any, decay_steps: Any, decay_from_lr: Any, dtype: Any) -> Any:
        with tf.name_scope(self.name or "CosineDecay"):
            completed_fraction = step / decay_steps
            pi = tf.constant(math.pi, dtype=dtype)
            cosine_decayed = 0.5 * (1.0 + tf.cos(pi * completed_fraction))
            decayed = (1 - self.alpha) * cosine_decayed + self.alpha
            return tf.multiply(decay_from_lr, decayed)

    def _warmup_function(
        self, step: Any, warmup_steps: Any, warmup_target: Any, initial_learning_rate: Any
    ) -> Any:
        with tf.name_scope(self.name or "CosineDecay"):
            completed_fraction = step / warmup_steps
            total_step_delta = warmup_target - initial_learning_rate
            return total_step_delta * completed_fraction + initial_learning_rate

    def __call__(self, step: Any) -> Any:
        """Return the learning rate at iteration `step`: i64[] -> f32[]."""
        with tf.name_scope(self.name or "CosineDecay"):
            initial_learning_rate = tf.convert_to_tensor(self.initial_learning_rate)
            dtype = initial_learning_rate.dtype
            decay_steps = tf.cast(self.decay_steps, dtype)
            step = tf.cast(step, dtype)
            if self.warmup_target is None:
                step = tf.minimum(step, decay_steps)
                return self._decay_function(step, decay_steps, initial_learning_rate, dtype)
            warmup_target = tf.cast(self.warmup_target, dtype)
            warmup_steps = tf.cast(self.warmup_steps, dtype)
            step = tf.minimum(step, decay_steps + warmup_steps)
            return tf.cond(
                step < warmup_steps,
                lambda: self._warmup_function(
                    step, warmup_steps, warmup_target, initial_learning_rate
                ),
                lambda: self._decay_function(
                    step - warmup_steps, decay_steps, warmup_target, dtype
                ),
            )

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that recreate this schedule."""
        return {
            "initial_learning_rate": self.initial_learning_rate,
            "decay_steps": self.decay_steps,
            "alpha": self.alpha,
            "name": self.name,
            "warmup_target": self.warmup_target,
            "warmup_steps": self.warmup_steps,
        }


@keras_export(
    "keras.optimizers.schedules.CosineDecayRestarts", "keras.experimental.CosineDecayRestarts"
)
class CosineDecayRestarts(LearningRateSchedule):
    """Cosine decay that starts again: each period is `t_mul` times as long as the last one, and
    starts at `m_mul` times its learning rate.

    Follows keras 2.14 optimizers/schedules/learning_rate_schedule.py, CosineDecayRestarts.
    """

    def __init__(
        self,
        initial_learning_rate: Any,
        first_decay_steps: Any,
        t_mul: Any = 2.0,
        m_mul: Any = 1.0,
        alpha: Any = 0.0,
        name: str | None = None,
    ) -> None:
        super().__init__()
        self.initial_learning_rate = initial_learning_rate
        self.first_decay_steps = first_decay_steps
        self._t_mul = t_mul
        self._m_mul = m_mul
        self.alpha = alpha
        self.name = name

    def __call__(self, step: Any) -> Any:
        """Return the learning rate at iteration `step`: i64[] -> f32[]."""
        with tf.name_scope(self.name or "SGDRDecay"):
            initial_learning_rate = tf.convert_to_tensor(self.initial_learning_rate)
            dtype = initial_learning_rate.dtype
            first_decay_steps = tf.cast(self.first_decay_steps, dtype)
            alpha = tf.cast(self.alpha, dtype)
            t_mul = tf.cast(self._t_mul, dtype)
            m_mul = tf.cast(self._m_mul, dtype)
            completed_fraction = tf.cast(step, dtype) / first_decay_steps

            def compute_step(completed_fraction: Any, geometric: bool) -> tuple[Any, Any]:
                """The number of restarts so far, and the completed fraction of this period."""
                if not geometric:
                    i_restart = tf.floor(completed_fraction)
                    return i_restart, completed_fraction - i_restart
                i_restart = tf.floor(
                    tf.math.log(1.0 - completed_fraction * (1.0 - t_mul)) / tf.math.log(t_mul)
                )
                sum_r = (1.0 - t_mul**i_restart) / (1.0 - t_mul)
                return i_restart, (completed_fraction - sum_r) / t_mul**i_restart

            i_restart, completed_fraction = tf.cond(
                tf.equal(t_mul, 1.0),
                lambda: compute_step(completed_fraction, geometric=False),
                lambda: compute_step(completed_fraction, geometric=True),
            )
            m_fac = m_mul**i_restart
            pi = tf.constant(math.pi, dtype=dtype)
            cosine_decayed = 0.5 * m_fac * (1.0 + tf.cos(pi * completed_fraction))
            decayed = (1 - alpha) * cosine_decayed + alpha
            return tf.multiply(initial_learning_rate, decayed)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that recreate this schedule."""
        return {
            "initial_learning_rate": self.initial_learning_rate,
            "first_decay_steps": self.first_decay_steps,
            "t_mul": self._t_mul,
            "m_mul": self._m_mul,
            "alpha": self.alpha,
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
