"""The legacy optimizer `Adagrad`. Follows keras 2.14 optimizers/legacy/adagrad.py."""

from typing import Any, Self

from densetrace.keras import backend
from densetrace.keras._exports import keras_export
from densetrace.keras.optimizers.legacy import optimizer_v2


@keras_export("keras.optimizers.legacy.Adagrad")
class Adagrad(optimizer_v2.OptimizerV2):
    """Takes smaller steps for weights that were updated often.

    Follows keras 2.14 optimizers/legacy/adagrad.py, Adagrad.

    Raises:
        ValueError: if `initial_accumulator_value` is negative.
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        initial_accumulator_value: float = 0.1,
        epsilon: float | None = 1e-7,
        name: str = "Adagrad",
        **kwargs: Any,
    ) -> None:
        if initial_accumulator_value < 0:
            raise ValueError(
                "`initial_accumulator_value` must be positive or zero. "
                f"Received: initial_accumulator_value={initial_accumulator_value}"
            )
        super().__init__(name, **kwargs)
        self._set_hyper("learning_rate", kwargs.get("lr", learning_rate))
        self._set_hyper("decay", self._initial_decay)
        self._initial_accumulator_value = initial_accumulator_value
        self.epsilon = epsilon or backend.epsilon()

    @classmethod
    def from_config(
        cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None
    ) -> Self:
        """Create an optimizer from the output of `get_config`; `lr` is `learning_rate`.

        Unlike other legacy optimizers, it reads no config of a schedule.
        """
        if "initial_accumulator_value" not in config:
            config["initial_accumulator_value"] = 0.1
        if "lr" in config:
            config["learning_rate"] = config.pop("lr")
        return cls(**config)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that recreate this optimizer."""
        config = super().get_config()
        config.update(
            {
                "learning_rate": self._serialize_hyperparameter("learning_rate"),
                "decay": self._initial_decay,
                "initial_accumulator_value": self._initial_accumulator_value,
                "epsilon": self.epsilon,
            }
        )
        return config
