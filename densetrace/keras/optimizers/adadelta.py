"""The optimizer `Adadelta`. Follows keras 2.14 optimizers/adadelta.py."""

from typing import Any

import densetrace.tensorflow as tf
from densetrace.keras._exports import keras_export
from densetrace.keras.optimizers import optimizer
from densetrace.keras.saving.object_registration import register_keras_serializable
from densetrace.tensorflow.indexed_slices import IndexedSlices
from densetrace.tensorflow.variables import Variable


@register_keras_serializable()
@keras_export("keras.optimizers.experimental.Adadelta", "keras.optimizers.Adadelta")
class Adadelta(optimizer.Optimizer):
    """Adapts each step size to a moving window of past gradients.

    Follows keras 2.14 optimizers/adadelta.py, Adadelta.
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        rho: float = 0.95,
        epsilon: float = 1e-7,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: int | None = None,
        jit_compile: bool = True,
        name: str = "Adadelta",
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
        self.epsilon = epsilon

    def build(self, var_list: Any) -> None:
        """Create an `accumulated_grad` and an `accumulated_delta_var` for each variable."""
        super().build(var_list)
        if getattr(self, "_built", False):
            return
        self._built = True
        self._accumulated_grads = []
        self._accumulated_delta_vars = []
        for var in var_list:
            self._accumulated_grads.append(
                self.add_variable_from_reference(var, "accumulated_grad")
            )
            self._accumulated_delta_vars.append(
                self.add_variable_from_reference(var, "accumulated_delta_var")
            )

    def update_step(self, grad: Any, variable: Variable) -> None:
        """variable -= lr * grad * rms(last steps) / rms(gradients), where rms is the root of a
        running average of squares."""
        lr = tf.cast(self.learning_rate, variable.dtype)
        index = self._index_dict[self._var_key(variable)]
        rho = self.rho
        accumulated_grad = self._accumulated_grads[index]
        accumulated_delta_var = self._accumulated_delta_vars[index]

        def rms(x: Any) -> Any:
            return tf.sqrt(x + self.epsilon)

        if isinstance(grad, IndexedSlices):
            accumulated_grad.assign_add((rho - 1) * accumulated_grad)
            accumulated_grad.scatter_add(
                IndexedSlices((1 - rho) * tf.square(grad.values), grad.indices)
            )
        else:
            accumulated_grad.assign(rho * accumulated_grad + (1 - rho) * grad * grad)
        delta_var = -rms(accumulated_delta_var) * grad / rms(accumulated_grad)
        accumulated_delta_var.assign(
            rho * accumulated_delta_var + (1 - rho) * delta_var * delta_var
        )
        variable.assign_add(lr * delta_var)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that recreate this optimizer."""
        config = super().get_config()
        config.update(
            {
                "learning_rate": self._serialize_hyperparameter(self._learning_rate),
                "rho": self.rho,
                "epsilon": self.epsilon,
            }
        )
        return config
