"""The legacy optimizer `Adam`. Follows keras 2.14 optimizers/legacy/adam.py."""

from typing import Any

import densetrace.tensorflow as tf
from densetrace.keras import backend
from densetrace.keras._exports import keras_export
from densetrace.keras.optimizers.legacy import optimizer_v2
from densetrace.tensorflow import training_ops


@keras_export("keras.optimizers.legacy.Adam")
class Adam(optimizer_v2.OptimizerV2):
    """Scales each step by running averages of the gradient and of its square.

    Follows keras 2.14 optimizers/legacy/adam.py, Adam.
    """

    _HAS_AGGREGATE_GRAD = True

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float | None = 1e-7,
        amsgrad: bool = False,
        name: str = "Adam",
        **kwargs: Any,
    ) -> None:
        super().__init__(name, **kwargs)
        self._set_hyper("learning_rate", kwargs.get("lr", learning_rate))
        self._set_hyper("decay", self._initial_decay)
        self._set_hyper("beta_1", beta_1)
        self._set_hyper("beta_2", beta_2)
        self.epsilon = epsilon or backend.epsilon()
        self.amsgrad = amsgrad

    def _create_slots(self, var_list: Any) -> None:
        for slot in ("m", "v", "vhat") if self.amsgrad else ("m", "v"):
            for var in var_list:
                self.add_slot(var, slot)

    def _prepare_local(self, var_device: str, var_dtype: Any, apply_state: Any) -> None:
        super()._prepare_local(var_device, var_dtype, apply_state)
        state = apply_state[var_device, var_dtype]
        local_step = tf.cast(self.iterations + 1, var_dtype)
        beta_1_t = tf.identity(self._get_hyper("beta_1", var_dtype))
        beta_2_t = tf.identity(self._get_hyper("beta_2", var_dtype))
        beta_1_power = tf.pow(beta_1_t, local_step)
        beta_2_power = tf.pow(beta_2_t, local_step)
        lr = state["lr_t"] * (tf.sqrt(1 - beta_2_power) / (1 - beta_1_power))
        state.update(
            lr=lr,
            epsilon=tf.convert_to_tensor(self.epsilon, var_dtype),
            beta_1_t=beta_1_t,
            beta_1_power=beta_1_power,
            one_minus_beta_1_t=1 - beta_1_t,
            beta_2_t=beta_2_t,
            beta_2_power=beta_2_power,
            one_minus_beta_2_t=1 - beta_2_t,
        )

    def set_weights(self, weights: Any) -> None:
        """Set the optimizer's variables to arrays. A `vhat` for each variable, as Keras 1 had it
        without amsgrad too, may follow: it is left out."""
        num_vars = int((len(self.weights) - 1) / 2)
        if len(weights) == 3 * num_vars + 1:
            weights = weights[: len(self.weights)]
        super().set_weights(weights)

    def _resource_apply_dense(self, grad: Any, var: Any, apply_state: Any = None) -> Any:
        coefficients = self._coefficients(var, apply_state)
        options = {
            "m": self.get_slot(var, "m"),
            "v": self.get_slot(var, "v"),
            "beta1_power": coefficients["beta_1_power"],
            "beta2_power": coefficients["beta_2_power"],
            "lr": coefficients["lr_t"],
            "beta1": coefficients["beta_1_t"],
            "beta2": coefficients["beta_2_t"],
            "epsilon": coefficients["epsilon"],
            "grad": grad,
        }
        if not self.amsgrad:
            return training_ops.resource_apply_adam(var=var, **options)
        return training_ops.resource_apply_adam_with_amsgrad(
            var=var, vhat=self.get_slot(var, "vhat"), **options
        )

    def _resource_apply_sparse(
        self, grad: Any, var: Any, indices: Any, apply_state: Any = None
    ) -> Any:
        coefficients = self._coefficients(var, apply_state)
        m = self.get_slot(var, "m")
        m_scaled_g_values = grad * coefficients["one_minus_beta_1_t"]
        m.assign(m * coefficients["beta_1_t"])
        m_t = self._resource_scatter_add(m, indices, m_scaled_g_values)

        v = self.get_slot(var, "v")
        v_scaled_g_values = (grad * grad) * coefficients["one_minus_beta_2_t"]
        v.assign(v * coefficients["beta_2_t"])
        v_t = self._resource_scatter_add(v, indices, v_scaled_g_values)

        if self.amsgrad:
            v_hat = self.get_slot(var, "vhat")
            v_hat.assign(tf.maximum(v_hat, v_t))
            v_t = v_hat.value()
        return var.assign_sub(coefficients["lr"] * m_t / (tf.sqrt(v_t) + coefficients["epsilon"]))

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that recreate this optimizer."""
        config = super().get_config()
        config.update(
            {
                "learning_rate": self._serialize_hyperparameter("learning_rate"),
                "decay": self._initial_decay,
                "beta_1": self._serialize_hyperparameter("beta_1"),
                "beta_2": self._serialize_hyperparameter("beta_2"),
                "epsilon": self.epsilon,
                "amsgrad": self.amsgrad,
            }
        )
        return config
