"""The optimizers of Keras 2.14: what each is called, takes and refuses.

Follows keras 2.14 optimizers/sgd.py, rmsprop.py, adam.py and their neighbours.
"""

from typing import Any

from densetrace.keras._constructors import Declared
from densetrace.keras._exports import keras_export
from densetrace.keras.optimizers.optimizer import Optimizer, declared
from densetrace.keras.saving.object_registration import register_keras_serializable


@keras_export("keras.optimizers.experimental.SGD", "keras.optimizers.SGD")
@register_keras_serializable()
@declared({"learning_rate": 0.01, "momentum": 0.0, "nesterov": False})
class SGD(Declared, Optimizer):
    """Gradient descent, with momentum if asked for.

    Raises:
        ValueError: for a `momentum` outside [0, 1].
    """

    momentum: Any
    nesterov: bool

    def _check(self) -> None:
        if isinstance(self.momentum, (int, float)) and not 0 <= self.momentum <= 1:
            raise ValueError(
                f"`momentum` must be in the range [0, 1]. Received: momentum={self.momentum}"
            )


# RMSprop alone overwrites the weights with their moving average now and then by default.
@keras_export("keras.optimizers.experimental.RMSprop", "keras.optimizers.RMSprop")
@register_keras_serializable()
@declared(
    {
        "learning_rate": 0.001,
        "rho": 0.9,
        "momentum": 0.0,
        "epsilon": 1e-7,
        "centered": False,
    },
    ema_overwrite_frequency=100,
)
class RMSprop(Declared, Optimizer):
    """Gradients divided by a running average of their magnitude."""


@keras_export("keras.optimizers.Adam", "keras.optimizers.experimental.Adam")
@register_keras_serializable()
@declared(
    {"learning_rate": 0.001, "beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7, "amsgrad": False}
)
class Adam(Declared, Optimizer):
    """Running averages of the gradients and of their squares."""


@keras_export("keras.optimizers.AdamW", "keras.optimizers.experimental.AdamW")
@register_keras_serializable()
@declared(
    {
        "learning_rate": 0.001,
        "weight_decay": 0.004,
        "beta_1": 0.9,
        "beta_2": 0.999,
        "epsilon": 1e-7,
        "amsgrad": False,
    }
)
class AdamW(Declared, Optimizer):
    """Adam with weight decay.

    Raises:
        ValueError: when `weight_decay` is None.
    """

    def _check(self) -> None:
        if self.weight_decay is None:
            raise ValueError("AdamW needs a `weight_decay`. Received: weight_decay=None")


@keras_export("keras.optimizers.experimental.Adadelta", "keras.optimizers.Adadelta")
@register_keras_serializable()
@declared({"learning_rate": 0.001, "rho": 0.95, "epsilon": 1e-7})
class Adadelta(Declared, Optimizer):
    """Step sizes from a moving window of past gradients."""


@keras_export("keras.optimizers.experimental.Adagrad", "keras.optimizers.Adagrad")
@register_keras_serializable()
@declared({"learning_rate": 0.001, "initial_accumulator_value": 0.1, "epsilon": 1e-7})
class Adagrad(Declared, Optimizer):
    """Smaller steps for the weights that were updated often."""


@keras_export("keras.optimizers.experimental.Adamax", "keras.optimizers.Adamax")
@register_keras_serializable()
@declared({"learning_rate": 0.001, "beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7})
class Adamax(Declared, Optimizer):
    """Adam with the infinity norm."""


@keras_export("keras.optimizers.Adafactor", "keras.optimizers.experimental.Adafactor")
@register_keras_serializable()
@declared(
    {
        "learning_rate": 0.001,
        "beta_2_decay": -0.8,
        "epsilon_1": 1e-30,
        "epsilon_2": 1e-3,
        "clip_threshold": 1.0,
        "relative_step": True,
    }
)
class Adafactor(Declared, Optimizer):
    """Adam that stores row and column averages instead of whole matrices."""


@keras_export("keras.optimizers.experimental.Nadam", "keras.optimizers.Nadam")
@register_keras_serializable()
@declared({"learning_rate": 0.001, "beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7})
class Nadam(Declared, Optimizer):
    """Adam with Nesterov momentum."""


@keras_export("keras.optimizers.experimental.Ftrl", "keras.optimizers.Ftrl")
@register_keras_serializable()
@declared(
    {
        "learning_rate": 0.001,
        "learning_rate_power": -0.5,
        "initial_accumulator_value": 0.1,
        "l1_regularization_strength": 0.0,
        "l2_regularization_strength": 0.0,
        "l2_shrinkage_regularization_strength": 0.0,
        "beta": 0.0,
    }
)
class Ftrl(Declared, Optimizer):
    """Follow the regularized leader.

    Raises:
        ValueError: for a negative accumulator or regularization strength, or a positive
            `learning_rate_power`.
    """

    def _check(self) -> None:
        check_ftrl(self)


@keras_export("keras.optimizers.Lion")
@register_keras_serializable()
@declared({"learning_rate": 0.0001, "beta_1": 0.9, "beta_2": 0.99})
class Lion(Declared, Optimizer):
    """The sign of a running average of the gradients.

    Raises:
        ValueError: for a `beta_1` outside ]0, 1].
    """

    beta_1: float

    def _check(self) -> None:
        if self.beta_1 <= 0 or self.beta_1 > 1:
            raise ValueError(
                "`beta_1` must be in the range ]0, 1], or only signs of gradients are left. "
                f"Received: beta_1={self.beta_1}"
            )


def check_ftrl(optimizer: Any) -> None:
    """Refuse what neither Ftrl takes, the current one and the legacy one.

    Raises:
        ValueError: for the first hyperparameter that is out of range.
    """
    for name in (
        "initial_accumulator_value",
        "l1_regularization_strength",
        "l2_regularization_strength",
        "l2_shrinkage_regularization_strength",
    ):
        if getattr(optimizer, name) < 0:
            raise ValueError(
                f"`{name}` must be positive or zero. Received: {name}={getattr(optimizer, name)}"
            )
    if optimizer.learning_rate_power > 0:
        raise ValueError(
            "`learning_rate_power` must be negative or zero. "
            f"Received: learning_rate_power={optimizer.learning_rate_power}"
        )
