"""The legacy optimizer `Adadelta`. Follows keras 2.14 optimizers/legacy/adadelta.py."""

from typing import Any

import numpy as np

import densetrace.tensorflow as tf
from densetrace.keras import backend
from densetrace.keras._exports import keras_export
from densetrace.keras.optimizers.legacy import optimizer_v2
from densetrace.tensorflow import training_ops


@keras_export("keras.optimizers.legacy.Adadelta")
class Adadelta(optimizer_v2.OptimizerV2):
    """Adapts each step size to a moving window of past gradients.

    Follows keras 2.14 optimizers/legacy/adadelta.py, Adadelta.
    """

    _HAS_AGGREGATE_GRAD = True

    def __init__(
        self,
        learning_rate: Any = 0.001,
        rho: float = 0.95,
        epsilon: float | None = 1e-7,
        name: str = "Adadelta",
        **kwargs: Any,
    ) -> None:
        super().__init__(name, **kwargs)
        self._set_hyper("learning_rate", kwargs.get("lr", learning_rate))
        self._set_hyper("decay", self._initial_decay)
        self._set_hyper("rho", rho)
        self.epsilon = epsilon or backend.epsilon()

    def _create_slots(self, var_list: Any) -> None:
        for slot in ("accum_grad", "accum_var"):
            for var in var_list:
                self.add_slot(var, slot)

    def _prepare_local(self, var_device: str, var_dtype: Any, apply_state: Any) -> None:
        super()._prepare_local(var_device, var_dtype, apply_state)
        apply_state[var_device, var_dtype].update(
            epsilon=tf.convert_to_tensor(self.epsilon, var_dtype),
            rho=tf.identity(self._get_hyper("rho", var_dtype)),
        )

    def set_weights(self, weights: Any) -> None:
        """Set the optimizer's variables to arrays. The iterations may be missing at the front, as
        in Keras 1: then they are set to 0."""
        if len(self.weights) == len(weights) + 1:
            weights = [np.array(0), *weights]
        super().set_weights(weights)

    def _resource_apply_dense(self, grad: Any, var: Any, apply_state: Any = None) -> Any:
        coefficients = self._coefficients(var, apply_state)
        return training_ops.resource_apply_adadelta(
            var=var,
            accum=self.get_slot(var, "accum_grad"),
            accum_update=self.get_slot(var, "accum_var"),
            lr=coefficients["lr_t"],
            rho=coefficients["rho"],
            epsilon=coefficients["epsilon"],
            grad=grad,
        )

    def _resource_apply_sparse(
        self, grad: Any, var: Any, indices: Any, apply_state: Any = None
    ) -> Any:
        coefficients = self._coefficients(var, apply_state)
        return training_ops.resource_sparse_apply_adadelta(
            var=var,
            accum=self.get_slot(var, "accum_grad"),
            accum_update=self.get_slot(var, "accum_var"),
            lr=coefficients["lr_t"],
            rho=coefficients["rho"],
            epsilon=coefficients["epsilon"],
            grad=grad,
            indices=indices,
        )

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that recreate this optimizer."""
        config = super().get_config()
        config.update(
            {
                "learning_rate": self._serialize_hyperparameter("learning_rate"),
                "decay": self._initial_decay,
                "rho": self._serialize_hyperparameter("rho"),
                "epsilon": self.epsilon,
            }
        )
        return config
