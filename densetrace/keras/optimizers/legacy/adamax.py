"""The legacy optimizer `Adamax`. Follows keras 2.14 optimizers/legacy/adamax.py."""

from typing import Any

import densetrace.tensorflow as tf
from densetrace.keras import backend
from densetrace.keras._exports import keras_export
from densetrace.keras.optimizers.legacy import optimizer_v2
from densetrace.tensorflow import training_ops


@keras_export("keras.optimizers.legacy.Adamax")
class Adamax(optimizer_v2.OptimizerV2):
    """Adam with the infinity norm.

    Follows keras 2.14 optimizers/legacy/adamax.py, Adamax.
    """

    _HAS_AGGREGATE_GRAD = True

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float | None = 1e-7,
        name: str = "Adamax",
        **kwargs: Any,
    ) -> None:
        super().__init__(name, **kwargs)
        self._set_hyper("learning_rate", kwargs.get("lr", learning_rate))
        self._set_hyper("decay", self._initial_decay)
        self._set_hyper("beta_1", beta_1)
        self._set_hyper("beta_2", beta_2)
        self.epsilon = epsilon or backend.epsilon()

    def _create_slots(self, var_list: Any) -> None:
        for slot in ("m", "v"):
            for var in var_list:
                self.add_slot(var, slot)

    def _prepare_local(self, var_device: str, var_dtype: Any, apply_state: Any) -> None:
        super()._prepare_local(var_device, var_dtype, apply_state)
        state = apply_state[var_device, var_dtype]
        local_step = tf.cast(self.iterations + 1, var_dtype)
        beta_1_t = tf.identity(self._get_hyper("beta_1", var_dtype))
        beta_2_t = tf.identity(self._get_hyper("beta_2", var_dtype))
        beta_1_power = tf.pow(beta_1_t, local_step)
        state.update(
            neg_scaled_lr=-state["lr_t"] / (1 - beta_1_power),
            epsilon=tf.convert_to_tensor(self.epsilon, var_dtype),
            beta_1_t=beta_1_t,
            beta_1_power=beta_1_power,
            one_minus_beta_1_t=1 - beta_1_t,
            beta_2_t=beta_2_t,
            zero=tf.zeros((), dtype="int64"),
        )

    def _resource_apply_dense(self, grad: Any, var: Any, apply_state: Any = None) -> Any:
        coefficients = self._coefficients(var, apply_state)
        return training_ops.resource_apply_ada_max(
            var=var,
            m=self.get_slot(var, "m"),
            v=self.get_slot(var, "v"),
            beta1_power=coefficients["beta_1_power"],
            lr=coefficients["lr_t"],
            beta1=coefficients["beta_1_t"],
            beta2=coefficients["beta_2_t"],
            epsilon=coefficients["epsilon"],
            grad=grad,
        )

    def _resource_apply_sparse(
        self, grad: Any, var: Any, indices: Any, apply_state: Any = None
    ) -> Any:
        coefficients = self._coefficients(var, apply_state)
        m = self.get_slot(var, "m")
        m_slice = tf.gather(m, indices)
        m_t_slice = m_slice * coefficients["beta_1_t"] + grad * coefficients["one_minus_beta_1_t"]
        self._resource_scatter_update(m, indices, m_t_slice)

        v = self.get_slot(var, "v")
        v_slice = tf.gather(v, indices)
        v_t_slice = tf.maximum(v_slice * coefficients["beta_2_t"], tf.abs(grad))
        self._resource_scatter_update(v, indices, v_t_slice)

        var_slice = coefficients["neg_scaled_lr"] * (
            m_t_slice / (v_t_slice + coefficients["epsilon"])
        )
        return self._resource_scatter_add(var, indices, var_slice)

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
            }
        )
        return config
