"""The legacy optimizer `Nadam`. Follows keras 2.14 optimizers/legacy/nadam.py."""

from typing import Any

import densetrace.tensorflow as tf
from densetrace.keras import backend
from densetrace.keras._exports import keras_export
from densetrace.keras.optimizers.legacy import optimizer_v2
from densetrace.keras.optimizers.schedules.learning_rate_schedule import LearningRateSchedule
from densetrace.tensorflow.variables import Variable


@keras_export("keras.optimizers.legacy.Nadam")
class Nadam(optimizer_v2.OptimizerV2):
    """Adam with Nesterov momentum. It reads `schedule_decay` as `decay`, and ignores `decay`.

    Follows keras 2.14 optimizers/legacy/nadam.py, Nadam.

    Raises:
        ValueError: if the learning rate is a schedule.
    """

    _HAS_AGGREGATE_GRAD = True

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float | None = 1e-7,
        name: str = "Nadam",
        **kwargs: Any,
    ) -> None:
        kwargs["decay"] = kwargs.pop("schedule_decay", 0.004)
        learning_rate = kwargs.get("lr", learning_rate)
        if isinstance(learning_rate, LearningRateSchedule):
            raise ValueError("The learning rate of Nadam must be a number. Received: a schedule")
        super().__init__(name, **kwargs)
        self._set_hyper("learning_rate", kwargs.get("lr", learning_rate))
        self._set_hyper("decay", self._initial_decay)
        self._set_hyper("beta_1", beta_1)
        self._set_hyper("beta_2", beta_2)
        self.epsilon = epsilon or backend.epsilon()
        self._m_cache: Variable | None = None

    def _create_slots(self, var_list: Any) -> None:
        if self._m_cache is None:
            self._m_cache = self.add_weight(
                "momentum_cache",
                shape=[],
                dtype=var_list[0].dtype,
                initializer="ones",
                trainable=False,
            )
            self._weights.append(self._m_cache)
        for slot in ("m", "v"):
            for var in var_list:
                self.add_slot(var, slot)

    def _prepare_local(self, var_device: str, var_dtype: Any, apply_state: Any) -> None:
        lr_t = tf.identity(self._get_hyper("learning_rate", var_dtype))
        beta_1_t = tf.identity(self._get_hyper("beta_1", var_dtype))
        beta_2_t = tf.identity(self._get_hyper("beta_2", var_dtype))
        local_step = tf.cast(self.iterations + 1, var_dtype)
        next_step = tf.cast(self.iterations + 2, var_dtype)

        decay_base = tf.cast(0.96, var_dtype)
        m_t = beta_1_t * (1.0 - 0.5 * (tf.pow(decay_base, self._initial_decay * local_step)))
        m_t_1 = beta_1_t * (1.0 - 0.5 * (tf.pow(decay_base, self._initial_decay * next_step)))

        assert self._m_cache is not None  # _create_slots ran
        m_schedule_new = tf.cast(self._m_cache_read, var_dtype) * m_t
        if var_dtype is self._m_cache.dtype:
            self._m_cache.assign(m_schedule_new)
            m_schedule_new = tf.identity(self._m_cache)
        m_schedule_next = m_schedule_new * m_t_1

        apply_state[var_device, var_dtype] = {
            "lr_t": lr_t,
            "neg_lr_t": -lr_t,
            "epsilon": tf.convert_to_tensor(self.epsilon, var_dtype),
            "beta_1_t": beta_1_t,
            "beta_2_t": beta_2_t,
            "m_t": m_t,
            "m_t_1": m_t_1,
            "one_minus_beta_1_t": 1 - beta_1_t,
            "one_minus_beta_2_t": 1 - beta_2_t,
            "one_minus_m_t": 1.0 - m_t,
            "one_minus_m_schedule_new": 1.0 - m_schedule_new,
            "one_minus_m_schedule_next": 1.0 - m_schedule_next,
            "v_t_prime_denominator": 1.0 - tf.pow(beta_2_t, local_step),
        }

    def _prepare(self, var_list: Any) -> dict[Any, dict[str, Any]]:
        self._m_cache_read = tf.identity(self._m_cache)
        return super()._prepare(var_list)

    def _resource_apply_dense(self, grad: Any, var: Any, apply_state: Any = None) -> Any:
        coefficients = self._coefficients(var, apply_state)
        m = self.get_slot(var, "m")
        v = self.get_slot(var, "v")

        g_prime = grad / coefficients["one_minus_m_schedule_new"]
        m.assign(coefficients["beta_1_t"] * m + coefficients["one_minus_beta_1_t"] * grad)
        m_t_prime = m / coefficients["one_minus_m_schedule_next"]
        v.assign(
            coefficients["beta_2_t"] * v + coefficients["one_minus_beta_2_t"] * tf.square(grad)
        )
        v_t_prime = v / coefficients["v_t_prime_denominator"]
        m_t_bar = coefficients["one_minus_m_t"] * g_prime + coefficients["m_t_1"] * m_t_prime
        var_t = var - coefficients["lr_t"] * m_t_bar / (
            tf.sqrt(v_t_prime) + coefficients["epsilon"]
        )
        return var.assign(var_t)

    def _resource_apply_sparse(
        self, grad: Any, var: Any, indices: Any, apply_state: Any = None
    ) -> Any:
        coefficients = self._coefficients(var, apply_state)
        m = self.get_slot(var, "m")
        v = self.get_slot(var, "v")

        g_prime = grad / coefficients["one_minus_m_schedule_new"]
        m_scaled_g_values = grad * coefficients["one_minus_beta_1_t"]
        m.assign(m * coefficients["beta_1_t"])
        m_t = self._resource_scatter_add(m, indices, m_scaled_g_values)
        m_t_prime = tf.gather(m_t, indices) / coefficients["one_minus_m_schedule_next"]
        m_t_bar = coefficients["one_minus_m_t"] * g_prime + coefficients["m_t_1"] * m_t_prime

        v_scaled_g_values = (grad * grad) * coefficients["one_minus_beta_2_t"]
        v.assign(v * coefficients["beta_2_t"])
        v_t = self._resource_scatter_add(v, indices, v_scaled_g_values)
        v_t_prime = tf.gather(v_t, indices) / coefficients["v_t_prime_denominator"]
        return self._resource_scatter_add(
            var,
            indices,
            coefficients["neg_lr_t"] * m_t_bar / (tf.sqrt(v_t_prime) + coefficients["epsilon"]),
        )

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
