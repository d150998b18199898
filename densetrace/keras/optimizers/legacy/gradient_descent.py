"""The legacy optimizer `SGD`. Follows keras 2.14 optimizers/legacy/gradient_descent.py."""

from typing import Any

from densetrace.keras._exports import keras_export
from densetrace.keras.optimizers.legacy import optimizer_v2


@keras_export("keras.optimizers.legacy.SGD")
class SGD(optimizer_v2.OptimizerV2):
    """Gradient descent, optionally with momentum.

    Follows keras 2.14 optimizers/legacy/gradient_descent.py, SGD.

    Raises:
        ValueError: if `momentum` is outside [0, 1].
    """

    def __init__(
        self,
        learning_rate: Any = 0.01,
        momentum: Any = 0.0,
        nesterov: bool = False,
        name: str = "SGD",
        **kwargs: Any,
    ) -> None:
        super().__init__(name, **kwargs)
        self._set_hyper("learning_rate", kwargs.get("lr", learning_rate))
        self._set_hyper("decay", self._initial_decay)
        if isinstance(momentum, int | float) and (momentum < 0 or momentum > 1):
            raise ValueError(
                f"`momentum` must be in the range [0, 1]. Received: momentum={momentum}"
            )
        self._set_hyper("momentum", momentum)
        self.nesterov = nesterov

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that recreate this optimizer."""
        config = super().get_config()
        config.update(
            {
                "learning_rate": self._serialize_hyperparameter("learning_rate"),
                "decay": self._initial_decay,
                "momentum": self._serialize_hyperparameter("momentum"),
                "nesterov": self.nesterov,
            }
        )
        return config
