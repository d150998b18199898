"""The optimizer `Lion`. Follows keras 2.14 optimizers/lion.py."""

from typing import Any

import densetrace.tensorflow as tf
from densetrace.keras._exports import keras_export
from densetrace.keras.optimizers import optimizer
from densetrace.keras.saving.object_registration import register_keras_serializable
from densetrace.tensorflow.indexed_slices import IndexedSlices
from densetrace.tensorflow.variables import Variable


@register_keras_serializable()
@keras_export("keras.optimizers.Lion")
class Lion(optimizer.Optimizer):
    """Steps by the sign of a running average of the gradients.

    Follows keras 2.14 optimizers/lion.py, Lion.

    Raises:
        ValueError: if `beta_1` is outside ]0, 1].
    """

    def __init__(
        self,
        learning_rate: Any = 0.0001,
        beta_1: float = 0.9,
        beta_2: float = 0.99,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: int | None = None,
        jit_compile: bool = True,
        name: str = "Lion",
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
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        if beta_1 <= 0 or beta_1 > 1:
            raise ValueError(
                "`beta_1` must be in the range ]0, 1], or only signs of gradients are left. "
                f"Received: beta_1={beta_1}"
            )

    def build(self, var_list: Any) -> None:
        """Create a momentum `m` for each variable."""
        super().build(var_list)
        if getattr(self, "_built", False):
            return
        self.momentums = [
            self.add_variable_from_reference(model_variable=var, variable_name="m")
            for var in var_list
        ]
        self._built = True

    def update_step(self, gradient: Any, variable: Variable) -> None:
        """variable -= lr * sign(beta_1 * m + (1 - beta_1) * gradient); then m = beta_2 * m +
        (1 - beta_2) * gradient."""
        lr = tf.cast(self.learning_rate, variable.dtype)
        beta_1 = tf.cast(self.beta_1, variable.dtype)
        beta_2 = tf.cast(self.beta_2, variable.dtype)
        m = self.momentums[self._index_dict[self._var_key(variable)]]

        if isinstance(gradient, IndexedSlices):
            # m holds the sum whose sign is taken for a moment.
            m.assign(m * beta_1)
            m.scatter_add(IndexedSlices(gradient.values * (1.0 - beta_1), gradient.indices))
            variable.assign_sub(lr * tf.math.sign(m))
            m.assign(m * beta_2 / beta_1)
            m.scatter_add(
                IndexedSlices(gradient.values * (1.0 - beta_2 / beta_1), gradient.indices)
            )
        else:
            variable.assign_sub(lr * tf.math.sign(m * beta_1 + gradient * (1.0 - beta_1)))
            m.assign(m * beta_2 + gradient * (1.0 - beta_2))

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that recreate this optimizer."""
        config = super().get_config()
        config.update(
            {
                "learning_rate": self._serialize_hyperparameter(self._learning_rate),
                "beta_1": self.beta_1,
                "beta_2": self.beta_2,
            }
        )
        return config
