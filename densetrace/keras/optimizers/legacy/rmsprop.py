"""The legacy optimizer `RMSprop`. Follows keras 2.14 optimizers/legacy/rmsprop.py."""

from typing import Any

import numpy as np

import densetrace.tensorflow as tf
from densetrace.keras import backend
from densetrace.keras._exports import keras_export
from densetrace.keras.optimizers.legacy import optimizer_v2
from densetrace.tensorflow import training_ops
from densetrace.tensorflow.tensor import Tensor


@keras_export("keras.optimizers.legacy.RMSprop")
class RMSprop(optimizer_v2.OptimizerV2):
    """Divides each gradient by a running average of its magnitude.

    Follows keras 2.14 optimizers/legacy/rmsprop.py, RMSprop.

    Raises:
        ValueError: if `momentum` is outside [0, 1].
    """

    _HAS_AGGREGATE_GRAD = True

    def __init__(
        self,
        learning_rate: Any = 0.001,
        rho: float = 0.9,
        momentum: Any = 0.0,
        epsilon: float | None = 1e-7,
        centered: bool = False,
        name: str = "RMSprop",
        **kwargs: Any,
    ) -> None:
        super().__init__(name, **kwargs)
        self._set_hyper("learning_rate", kwargs.get("lr", learning_rate))
        self._set_hyper("decay", self._initial_decay)
        self._set_hyper("rho", rho)
        self._momentum = isinstance(momentum, Tensor) or callable(momentum) or momentum > 0
        if isinstance(momentum, int | float) and (momentum < 0 or momentum > 1):
            raise ValueError(
                f"`momentum` must be in the range [0, 1]. Received: momentum={momentum}"
            )
        self._set_hyper("momentum", momentum)
        self.epsilon = epsilon or backend.epsilon()
        self.centered = centered

    def _create_slots(self, var_list: Any) -> None:
        for var in var_list:
            self.add_slot(var, "rms")
        if self._momentum:
            for var in var_list:
                self.add_slot(var, "momentum")
        if self.centered:
            for var in var_list:
                self.add_slot(var, "mg")

    def _prepare_local(self, var_device: str, var_dtype: Any, apply_state: Any) -> None:
        super()._prepare_local(var_device, var_dtype, apply_state)
        state = apply_state[var_device, var_dtype]
        rho = tf.identity(self._get_hyper("rho", var_dtype))
        state.update(
            neg_lr_t=-state["lr_t"],
            epsilon=tf.convert_to_tensor(self.epsilon, var_dtype),
            rho=rho,
            momentum=tf.identity(self._get_hyper("momentum", var_dtype)),
            one_minus_rho=1.0 - rho,
        )

    def _resource_apply_dense(self, grad: Any, var: Any, apply_state: Any = None) -> Any:
        coefficients = self._coefficients(var, apply_state)
        rms = self.get_slot(var, "rms")
        if self._momentum:
            options = {name: coefficients[name] for name in ("rho", "momentum", "epsilon")}
            options |= {"lr": coefficients["lr_t"], "grad": grad}
            mom = self.get_slot(var, "momentum")
            if self.centered:
                mg = self.get_slot(var, "mg")
                return training_ops.resource_apply_centered_rms_prop(
                    var=var, mg=mg, ms=rms, mom=mom, **options
                )
            return training_ops.resource_apply_rms_prop(var=var, ms=rms, mom=mom, **options)

        rms.assign(coefficients["rho"] * rms + coefficients["one_minus_rho"] * tf.square(grad))
        denom_t = rms.value()
        if self.centered:
            mg = self.get_slot(var, "mg")
            mg.assign(coefficients["rho"] * mg + coefficients["one_minus_rho"] * grad)
            denom_t = rms - tf.square(mg)
        var_t = var - coefficients["lr_t"] * grad / (tf.sqrt(denom_t) + coefficients["epsilon"])
        return var.assign(var_t)

    def _resource_apply_sparse(
        self, grad: Any, var: Any, indices: Any, apply_state: Any = None
    ) -> Any:
        coefficients = self._coefficients(var, apply_state)
        rms = self.get_slot(var, "rms")
        if self._momentum:
            options = {name: coefficients[name] for name in ("rho", "momentum", "epsilon")}
            options |= {"lr": coefficients["lr_t"], "grad": grad, "indices": indices}
            mom = self.get_slot(var, "momentum")
            if self.centered:
                mg = self.get_slot(var, "mg")
                return training_ops.resource_sparse_apply_centered_rms_prop(
                    var=var, mg=mg, ms=rms, mom=mom, **options
                )
            return training_ops.resource_sparse_apply_rms_prop(var=var, ms=rms, mom=mom, **options)

        rms_scaled_g_values = (grad * grad) * coefficients["one_minus_rho"]
        rms.assign(rms * coefficients["rho"])
        rms_t = self._resource_scatter_add(rms, indices, rms_scaled_g_values)
        denom_slice = tf.gather(rms_t, indices)
        if self.centered:
            mg = self.get_slot(var, "mg")
            mg_scaled_g_values = grad * coefficients["one_minus_rho"]
            mg.assign(mg * coefficients["rho"])
            mg_t = self._resource_scatter_add(mg, indices, mg_scaled_g_values)
            denom_slice = denom_slice - tf.square(tf.gather(mg_t, indices))
        return self._resource_scatter_add(
            var,
            indices,
            coefficients["neg_lr_t"] * grad / (tf.sqrt(denom_slice) + coefficients["epsilon"]),
        )

    def set_weights(self, weights: Any) -> None:
        """Set the optimizer's variables to arrays. The iterations may be missing at the front, as
        in Keras 1: then they are set to 0."""
        if len(self.weights) == len(weights) + 1:
            weights = [np.array(0), *weights]
        super().set_weights(weights)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that recreate this optimizer."""
        config = super().get_config()
        config.update(
            {
                "learning_rate": self._serialize_hyperparameter("learning_rate"),
                "decay": self._initial_decay,
                "rho": self._serialize_hyperparameter("rho"),
                "momentum": self._serialize_hyperparameter("momentum"),
                "epsilon": self.epsilon,
                "centered": self.centered,
            }
        )
        return config
