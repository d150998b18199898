"""The optimizer `RMSprop`. Follows keras 2.14 optimizers/rmsprop.py."""

from typing import Any

import densetrace.tensorflow as tf
from densetrace.keras._exports import keras_export
from densetrace.keras.optimizers import optimizer
from densetrace.keras.saving.object_registration import register_keras_serializable
from densetrace.tensorflow.indexed_slices import IndexedSlices
from densetrace.tensorflow.variables import Variable


@register_keras_serializable()
@keras_export("keras.optimizers.experimental.RMSprop", "keras.optimizers.RMSprop")
class RMSprop(optimizer.Optimizer):
    """Divides each gradient by a running average of its magnitude.

    Follows keras 2.14 optimizers/rmsprop.py, RMSprop.
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        rho: float = 0.9,
        momentum: float = 0.0,
        epsilon: float = 1e-7,
        centered: bool = False,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: int | None = 100,
        jit_compile: bool = True,
        name: str = "RMSprop",
        **kwargs: Any,
    ) -> None:
        super().__init__(
            name=name,
            weight_decay=weight_decay,
            clipnorm=clipnorm,
            clipvalue=clipvalue,
            global_clipnorm=global_clipnorm,
            use_ema=use_ema,
            ema_momentum=ema_momentum,
            ema_overwrite_frequency=ema_overwrite_frequency,
            jit_compile=jit_compile,
            **kwargs,
        )
        self._learning_rate = self._build_learning_rate(learning_rate)
        self.rho = rho
        self.momentum = momentum
        self.epsilon = epsilon
        self.centered = centered

    def build(self, var_list: Any) -> None:
        """Create a `velocity` for each variable, then a `momentum` if there is momentum, then an
        `average_gradient` if `centered`."""
        super().build(var_list)
        if getattr(self, "_built", False):
            return
        self._built = True
        self._velocities = [self.add_variable_from_reference(var, "velocity") for var in var_list]
        self._momentums = []
        if self.momentum > 0:
            self._momentums = [
                self.add_variable_from_reference(var, "momentum") for var in var_list
            ]
        self._average_gradients = []
        if self.centered:
            self._average_gradients = [
                self.add_variable_from_reference(var, "average_gradient") for var in var_list
            ]

    def update_step(self, gradient: Any, variable: Variable) -> None:
        """velocity = rho * velocity + (1 - rho) * gradient ** 2; variable -= lr * gradient /
        sqrt(velocity + epsilon).

        `centered` subtracts the square of the average gradient from the velocity; with momentum,
        the step is added to momentum * (the last step).
        """
        lr = tf.cast(self.learning_rate, variable.dtype)
        index = self._index_dict[self._var_key(variable)]
        velocity = self._velocities[index]
        rho = self.rho

        if isinstance(gradient, IndexedSlices):
            velocity.assign(rho * velocity)
            velocity.scatter_add(
                IndexedSlices(tf.square(gradient.values) * (1 - rho), gradient.indices)
            )
            if self.centered:
                average_grad = self._average_gradients[index]
                average_grad.assign(rho * average_grad)
                average_grad.scatter_add(
                    IndexedSlices(gradient.values * (1 - rho), gradient.indices)
                )
                denominator = velocity - tf.square(average_grad) + self.epsilon
            else:
                denominator = velocity + self.epsilon
            denominator_slices = tf.gather(denominator, gradient.indices)
            increment = IndexedSlices(
                lr * gradient.values * tf.math.rsqrt(denominator_slices), gradient.indices
            )
            if self.momentum > 0:
                momentum = self._momentums[index]
                momentum.assign(self.momentum * momentum)
                momentum.scatter_add(increment)
                variable.assign_add(-momentum)
            else:
                variable.scatter_add(-increment)
        else:
            velocity.assign(rho * velocity + (1 - rho) * tf.square(gradient))
            if self.centered:
                average_grad = self._average_gradients[index]
                average_grad.assign(rho * average_grad + (1 - rho) * gradient)
                denominator = velocity - tf.square(average_grad) + self.epsilon
            else:
                denominator = velocity + self.epsilon
            increment = lr * gradient * tf.math.rsqrt(denominator)
            if self.momentum > 0:
                momentum = self._momentums[index]
                momentum.assign(self.momentum * momentum + increment)
                variable.assign_add(-momentum)
            else:
                variable.assign_add(-increment)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that recreate this optimizer."""
        config = super().get_config()
        config.update(
            {
                "learning_rate": self._serialize_hyperparameter(self._learning_rate),
                "rho": self.rho,
                "momentum": self.momentum,
                "epsilon": self.epsilon,
                "centered": self.centered,
            }
        )
        return config
