"""The optimizer `Adamax`. Follows keras 2.14 optimizers/adamax.py."""

from typing import Any

import densetrace.tensorflow as tf
from densetrace.keras._exports import keras_export
from densetrace.keras.optimizers import optimizer
from densetrace.keras.saving.object_registration import register_keras_serializable
from densetrace.tensorflow.indexed_slices import IndexedSlices
from densetrace.tensorflow.variables import Variable


@register_keras_serializable()
@keras_export("keras.optimizers.experimental.Adamax", "keras.optimizers.Adamax")
class Adamax(optimizer.Optimizer):
    """Adam with the infinity norm.

    Follows keras 2.14 optimizers/adamax.py, Adamax.
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: int | None = None,
        jit_compile: bool = True,
        name: str = "Adamax",
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
        self.epsilon = epsilon

    def build(self, var_list: Any) -> None:
        """Create `m` and `u` for each variable."""
        super().build(var_list)
        if getattr(self, "_built", False):
            return
        self._built = True
        self._m = []
        self._u = []
        for var in var_list:
            self._m.append(self.add_variable_from_reference(model_variable=var, variable_name="m"))
            self._u.append(self.add_variable_from_reference(model_variable=var, variable_name="u"))

    def update_step(self, gradient: Any, variable: Variable) -> None:
        """m is a running average of the gradient, u its largest absolute value, which decays;
        variable -= lr * m / ((1 - beta_1 ** step) * (u + epsilon))."""
        lr = tf.cast(self.learning_rate, variable.dtype)
        local_step = tf.cast(self.iterations + 1, variable.dtype)
        beta_1_power = tf.pow(tf.cast(self.beta_1, variable.dtype), local_step)

        index = self._index_dict[self._var_key(variable)]
        m = self._m[index]
        u = self._u[index]

        if isinstance(gradient, IndexedSlices):
            indices = gradient.indices
            m.assign_add(-m * (1 - self.beta_1))
            m.scatter_add(IndexedSlices(gradient.values * (1 - self.beta_1), indices))
            u.assign(u * self.beta_2)
            u_slice = tf.gather(u, indices)
            u_slice_incremental = tf.maximum(u_slice, tf.abs(gradient.values)) - u_slice
            u.scatter_add(IndexedSlices(u_slice_incremental, indices))
        else:
            m.assign_add((gradient - m) * (1 - self.beta_1))
            u.assign(tf.maximum(self.beta_2 * u, tf.abs(gradient)))
        variable.assign_sub((lr * m) / ((1 - beta_1_power) * (u + self.epsilon)))

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that recreate this optimizer."""
        config = super().get_config()
        config.update(
            {
                "learning_rate": self._serialize_hyperparameter(self._learning_rate),
                "beta_1": self.beta_1,
                "beta_2": self.beta_2,
                "epsilon": self.epsilon,
            }
        )
        return config
