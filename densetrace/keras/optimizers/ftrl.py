"""The optimizer `Ftrl`. Follows keras 2.14 optimizers/ftrl.py."""

from typing import Any

import densetrace.tensorflow as tf
from densetrace.keras._exports import keras_export
from densetrace.keras.optimizers import optimizer
from densetrace.keras.saving.object_registration import register_keras_serializable
from densetrace.tensorflow.variables import Variable


@register_keras_serializable()
@keras_export("keras.optimizers.experimental.Ftrl", "keras.optimizers.Ftrl")
class Ftrl(optimizer.Optimizer):
    """The "follow the regularized leader" algorithm.

    Follows keras 2.14 optimizers/ftrl.py, Ftrl.

    Raises:
        ValueError: if the accumulator or a regularization strength is negative, or
            `learning_rate_power` is positive.
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        learning_rate_power: float = -0.5,
        initial_accumulator_value: float = 0.1,
        l1_regularization_strength: float = 0.0,
        l2_regularization_strength: float = 0.0,
        l2_shrinkage_regularization_strength: float = 0.0,
        beta: float = 0.0,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: int | None = None,
        jit_compile: bool = True,
        name: str = "Ftrl",
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
        for argument, value in {
            "initial_accumulator_value": initial_accumulator_value,
            "l1_regularization_strength": l1_regularization_strength,
            "l2_regularization_strength": l2_regularization_strength,
            "l2_shrinkage_regularization_strength": l2_shrinkage_regularization_strength,
        }.items():
            if value < 0:
                raise ValueError(
                    f"`{argument}` must be positive or zero. Received: {argument}={value}"
                )
        if learning_rate_power > 0:
            raise ValueError(
                "`learning_rate_power` must be negative or zero. "
                f"Received: learning_rate_power={learning_rate_power}"
            )
        self._learning_rate = self._build_learning_rate(learning_rate)
        self.learning_rate_power = learning_rate_power
        self.initial_accumulator_value = initial_accumulator_value
        self.l1_regularization_strength = l1_regularization_strength
        self.l2_regularization_strength = l2_regularization_strength
        self.l2_shrinkage_regularization_strength = l2_shrinkage_regularization_strength
        self.beta = beta

    def build(self, var_list: Any) -> None:
        """Create an `accumulator`, filled with the initial value, and `linear` for each
        variable."""
        super().build(var_list)
        if getattr(self, "_built", False):
            return
        self._accumulators = []
        self._linears = []
        for var in var_list:
            filled = tf.fill(dims=var.shape, value=self.initial_accumulator_value)
            self._accumulators.append(
                self.add_variable_from_reference(
                    model_variable=var,
                    variable_name="accumulator",
                    initial_value=tf.cast(filled, dtype=var.dtype),
                )
            )
            self._linears.append(
                self.add_variable_from_reference(model_variable=var, variable_name="linear")
            )
        self._built = True

    def update_step(self, gradient: Any, variable: Variable) -> None:
        """Set the variable to (linear, limited to l1 - linear) / quadratic, where both sum up the
        gradients so far."""
        lr = tf.cast(self.learning_rate, variable.dtype)
        index = self._index_dict[self._var_key(variable)]
        accum = self._accumulators[index]
        linear = self._linears[index]

        lr_power = self.learning_rate_power
        l2_reg = self.l2_regularization_strength + self.beta / (2.0 * lr)

        grad_to_use = gradient + 2 * self.l2_shrinkage_regularization_strength * variable
        new_accum = accum + tf.pow(gradient, 2)
        linear.assign_add(
            grad_to_use - (tf.pow(new_accum, -lr_power) - tf.pow(accum, -lr_power)) / lr * variable
        )
        quadratic = tf.pow(new_accum, -lr_power) / lr + 2 * l2_reg
        l1 = self.l1_regularization_strength
        linear_clipped = tf.clip_by_value(linear, -l1, l1)
        variable.assign((linear_clipped - linear) / quadratic)
        accum.assign(new_accum)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that recreate this optimizer."""
        config = super().get_config()
        config.update(
            {
                "learning_rate": self._serialize_hyperparameter(self._learning_rate),
                "learning_rate_power": self.learning_rate_power,
                "initial_accumulator_value": self.initial_accumulator_value,
                "l1_regularization_strength": self.l1_regularization_strength,
                "l2_regularization_strength": self.l2_regularization_strength,
                "l2_shrinkage_regularization_strength": self.l2_shrinkage_regularization_strength,
                "beta": self.beta,
            }
        )
        return config
