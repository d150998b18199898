"""`Nadam` of before Keras 2.11. Follows keras 2.14 optimizers/legacy/nadam.py."""

from typing import Any

from densetrace.keras import backend
from densetrace.keras._exports import keras_export
from densetrace.keras.optimizers.legacy import optimizer_v2
from densetrace.keras.optimizers.schedules.learning_rate_schedule import LearningRateSchedule


@keras_export("keras.optimizers.legacy.Nadam")
class Nadam(optimizer_v2.OptimizerV2):
    """Adam with Nesterov momentum. Its `decay` is `schedule_decay`; `decay` itself is ignored.

    Follows keras 2.14 optimizers/legacy/nadam.py, Nadam.

    Raises:
        ValueError: for a schedule as learning rate.
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float | None = 1e-7,
        name: str = "Nadam",
        **kwargs: Any,
    ) -> None:
        kwargs["decay"] = kwargs.pop("schedule_decay", 0.004)
        learning_rate = kwargs.get("lr", learning_rate)
        if isinstance(learning_rate, LearningRateSchedule):
            raise ValueError("Nadam needs a number as learning rate. Received: a schedule")
        super().__init__(name, **kwargs)
        self._set_hyper("learning_rate", kwargs.get("lr", learning_rate))
        self._set_hyper("decay", self._initial_decay)
        self._set_hyper("beta_1", beta_1)
        self._set_hyper("beta_2", beta_2)
        self.epsilon = epsilon or backend.epsilon()

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an optimizer like this one."""
        config = super().get_config()
        config.update(
            {
                "learning_rate": self._serialize_hyperparameter("learning_rate"),
                "decay": self._initial_decay,
                "beta_1": self._serialize_hyperparameter("beta_1"),
                "beta_2": self._serialize_hyperparameter("beta_2"),
                "epsilon": self.epsilon,
            }
        )
        return config
