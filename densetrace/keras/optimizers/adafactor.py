"""The optimizer `Adafactor`. Follows keras 2.14 optimizers/adafactor.py."""

from typing import Any

import densetrace.tensorflow as tf
from densetrace.keras._exports import keras_export
from densetrace.keras.optimizers import optimizer
from densetrace.keras.optimizers.schedules.learning_rate_schedule import LearningRateSchedule
from densetrace.keras.saving.object_registration import register_keras_serializable
from densetrace.tensorflow.variables import Variable


@register_keras_serializable()
@keras_export("keras.optimizers.Adafactor", "keras.optimizers.experimental.Adafactor")
class Adafactor(optimizer.Optimizer):
    """Adam that stores row and column averages instead of whole matrices.

    Follows keras 2.14 optimizers/adafactor.py, Adafactor.
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_2_decay: float = -0.8,
        epsilon_1: float = 1e-30,
        epsilon_2: float = 1e-3,
        clip_threshold: float = 1.0,
        relative_step: bool = True,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: int | None = None,
        jit_compile: bool = True,
        name: str = "Adafactor",
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
        self.beta_2_decay = beta_2_decay
        self.epsilon_1 = epsilon_1
        self.epsilon_2 = epsilon_2
        self.clip_threshold = clip_threshold
        self.relative_step = relative_step

    def build(self, var_list: Any) -> None:
        """Create `v` for each variable, and before it the averages of its rows `r` and columns `c`
        where it has at least two axes."""
        super().build(var_list)
        if getattr(self, "_built", False):
            return
        self._built = True
        self._r = []
        self._c = []
        self._v = []
        for var in var_list:
            if len(var.shape) < 2:
                # Placeholders, so that all three lists have the same positions.
                self._r.append(Variable(0, name=f"r/{var._shared_name}"))
                self._c.append(Variable(0, name=f"r/{var._shared_name}"))
            else:
                r_shape = var.shape[:-1]
                c_shape = var.shape[:-2] + var.shape[-1]
                self._r.append(
                    self.add_variable(shape=r_shape, dtype=var.dtype, name=f"r/{var._shared_name}")
                )
                self._c.append(
                    self.add_variable(shape=c_shape, dtype=var.dtype, name=f"c/{var._shared_name}")
                )
            self._v.append(self.add_variable_from_reference(model_variable=var, variable_name="v"))

    def _rms(self, x: Any) -> Any:
        return tf.sqrt(tf.reduce_mean(tf.square(x)))

    def update_step(self, gradient: Any, variable: Variable) -> None:
        """Divide the gradient by the root of an average of its squares, which rows and columns
        share, clip it by its own size, and scale it by the size of the variable."""
        lr = tf.cast(self.learning_rate, variable.dtype)
        epsilon_2 = tf.cast(self.epsilon_2, variable.dtype)
        one = tf.cast(1.0, variable.dtype)
        local_step = tf.cast(self.iterations + 1, variable.dtype)
        if not isinstance(self._learning_rate, LearningRateSchedule) and self.relative_step:
            lr = tf.minimum(lr, tf.math.rsqrt(local_step))

        index = self._index_dict[self._var_key(variable)]
        r, c, v = self._r[index], self._c[index], self._v[index]

        rho_t = tf.minimum(lr, tf.math.rsqrt(local_step))
        alpha_t = tf.maximum(epsilon_2, self._rms(variable)) * rho_t
        regulated_grad_square = tf.square(gradient) + self.epsilon_1
        beta_2_t = 1 - tf.pow(local_step, self.beta_2_decay)

        if len(variable.shape) >= 2:
            r.assign(beta_2_t * r + (1 - beta_2_t) * tf.reduce_mean(regulated_grad_square, axis=-1))
            c.assign(beta_2_t * c + (1 - beta_2_t) * tf.reduce_mean(regulated_grad_square, axis=-2))
            row_factor = r / tf.reduce_mean(r, axis=-1, keepdims=True)
            v.assign(tf.expand_dims(row_factor, axis=-1) * tf.expand_dims(c, -2))
        else:
            v.assign(beta_2_t * v + (1 - beta_2_t) * regulated_grad_square)

        u_t = tf.convert_to_tensor(gradient) * tf.math.rsqrt(v)
        u_t_hat = u_t / tf.maximum(one, self._rms(u_t) / self.clip_threshold)
        variable.assign_add(-alpha_t * u_t_hat)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that recreate this optimizer."""
        config = super().get_config()
        config.update(
            {
                "learning_rate": self._serialize_hyperparameter(self._learning_rate),
                "beta_2_decay": self.beta_2_decay,
                "epsilon_1": self.epsilon_1,
                "epsilon_2": self.epsilon_2,
                "clip_threshold": self.clip_threshold,
                "relative_step": self.relative_step,
            }
        )
        return config
