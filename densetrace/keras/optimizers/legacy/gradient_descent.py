"""The legacy optimizer `SGD`. Follows keras 2.14 optimizers/legacy/gradient_descent.py."""

from typing import Any

import densetrace.tensorflow as tf
from densetrace.keras._exports import keras_export
from densetrace.keras.optimizers.legacy import optimizer_v2
from densetrace.tensorflow import training_ops
from densetrace.tensorflow.tensor import Tensor


@keras_export("keras.optimizers.legacy.SGD")
class SGD(optimizer_v2.OptimizerV2):
    """Gradient descent, optionally with momentum.

    Follows keras 2.14 optimizers/legacy/gradient_descent.py, SGD.

    Raises:
        ValueError: if `momentum` is outside [0, 1].
    """

    _HAS_AGGREGATE_GRAD = True

    def __init__(
        self,
        learning_rate: Any = 0.01,
        momentum: Any = 0.0,
        nesterov: bool = False,
        name: str = "SGD",
        **kwargs: Any,
    ) -> None:
        super().__init__(name, **kwargs)
        self._set_hyper("learning_rate", kwargs.get("lr", learning_rate))
        self._set_hyper("decay", self._initial_decay)
        self._momentum = isinstance(momentum, Tensor) or callable(momentum) or momentum > 0
        if isinstance(momentum, int | float) and (momentum < 0 or momentum > 1):
            raise ValueError(
                f"`momentum` must be in the range [0, 1]. Received: momentum={momentum}"
            )
        self._set_hyper("momentum", momentum)
        self.nesterov = nesterov

    def _create_slots(self, var_list: Any) -> None:
        if self._momentum:
            for var in var_list:
                self.add_slot(var, "momentum")

    def _prepare_local(self, var_device: str, var_dtype: Any, apply_state: Any) -> None:
        super()._prepare_local(var_device, var_dtype, apply_state)
        apply_state[var_device, var_dtype]["momentum"] = tf.identity(
            self._get_hyper("momentum", var_dtype)
        )

    def _resource_apply_dense(self, grad: Any, var: Any, apply_state: Any = None) -> Any:
        coefficients = self._coefficients(var, apply_state)
        if self._momentum:
            return training_ops.resource_apply_keras_momentum(
                var=var,
                accum=self.get_slot(var, "momentum"),
                lr=coefficients["lr_t"],
                grad=grad,
                momentum=coefficients["momentum"],
                use_nesterov=self.nesterov,
            )
        return training_ops.resource_apply_gradient_descent(
            var=var, alpha=coefficients["lr_t"], delta=grad
        )

    def _resource_apply_sparse_duplicate_indices(
        self, grad: Any, var: Any, indices: Any, **kwargs: Any
    ) -> Any:
        if self._momentum:
            return super()._resource_apply_sparse_duplicate_indices(grad, var, indices, **kwargs)
        coefficients = self._coefficients(var, kwargs.get("apply_state"))
        return self._resource_scatter_add(var, indices, -grad * coefficients["lr_t"])

    def _resource_apply_sparse(
        self, grad: Any, var: Any, indices: Any, apply_state: Any = None
    ) -> Any:
        coefficients = self._coefficients(var, apply_state)
        return training_ops.resource_sparse_apply_keras_momentum(
            var=var,
            accum=self.get_slot(var, "momentum"),
            lr=coefficients["lr_t"],
            grad=grad,
            indices=indices,
            momentum=coefficients["momentum"],
            use_nesterov=self.nesterov,
        )

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that recreate this optimizer."""
        config = super().get_config()
        config.update(
            {
                "learning_rate": self._serialize_hyperparameter("learning_rate"),
                "decay": self._initial_decay,
                "momentum": self._serialize_hyperparameter("momentum"),
                "nesterov": self.nesterov,
            }
        )
        return config
