"""The legacy optimizer `Adagrad`. Follows keras 2.14 optimizers/legacy/adagrad.py."""

from typing import Any, Self

import numpy as np

import densetrace.tensorflow as tf
from densetrace.keras import backend
from densetrace.keras._exports import keras_export
from densetrace.keras.optimizers.legacy import optimizer_v2
from densetrace.tensorflow import init_ops, training_ops


@keras_export("keras.optimizers.legacy.Adagrad")
class Adagrad(optimizer_v2.OptimizerV2):
    """Takes smaller steps for weights that were updated often.

    Follows keras 2.14 optimizers/legacy/adagrad.py, Adagrad.

    Raises:
        ValueError: if `initial_accumulator_value` is negative.
    """

    _HAS_AGGREGATE_GRAD = True

    def __init__(
        self,
        learning_rate: Any = 0.001,
        initial_accumulator_value: float = 0.1,
        epsilon: float | None = 1e-7,
        name: str = "Adagrad",
        **kwargs: Any,
    ) -> None:
        if initial_accumulator_value < 0:
            raise ValueError(
                "`initial_accumulator_value` must be positive or zero. "
                f"Received: initial_accumulator_value={initial_accumulator_value}"
            )
        super().__init__(name, **kwargs)
        self._set_hyper("learning_rate", kwargs.get("lr", learning_rate))
        self._set_hyper("decay", self._initial_decay)
        self._initial_accumulator_value = initial_accumulator_value
        self.epsilon = epsilon or backend.epsilon()

    def _create_slots(self, var_list: Any) -> None:
        for var in var_list:
            init = init_ops.Constant(self._initial_accumulator_value, dtype=var.dtype)
            self.add_slot(var, "accumulator", init)

    def _prepare_local(self, var_device: str, var_dtype: Any, apply_state: Any) -> None:
        super()._prepare_local(var_device, var_dtype, apply_state)
        state = apply_state[var_device, var_dtype]
        state.update(
            epsilon=tf.convert_to_tensor(self.epsilon, var_dtype),
            neg_lr_t=-state["lr_t"],
            zero=tf.zeros((), dtype="int64"),
        )

    def set_weights(self, weights: Any) -> None:
        """Set the optimizer's variables to arrays. The iterations may be missing at the front, as
        in Keras 1: then they are set to 0."""
        if len(self.weights) == len(weights) + 1:
            weights = [np.array(0), *weights]
        super().set_weights(weights)

    @classmethod
    def from_config(
        cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None
    ) -> Self:
        """Create an optimizer from the output of `get_config`; `lr` is `learning_rate`.

        Unlike other legacy optimizers, it reads no config of a schedule.
        """
        if "initial_accumulator_value" not in config:
            config["initial_accumulator_value"] = 0.1
        if "lr" in config:
            config["learning_rate"] = config.pop("lr")
        return cls(**config)

    def _resource_apply_dense(self, grad: Any, var: Any, apply_state: Any = None) -> Any:
        coefficients = self._coefficients(var, apply_state)
        return training_ops.resource_apply_adagrad_v2(
            var=var,
            accum=self.get_slot(var, "accumulator"),
            lr=coefficients["lr_t"],
            epsilon=coefficients["epsilon"],
            grad=grad,
        )

    def _resource_apply_sparse(
        self, grad: Any, var: Any, indices: Any, apply_state: Any = None
    ) -> Any:
        coefficients = self._coefficients(var, apply_state)
        return training_ops.resource_sparse_apply_adagrad_v2(
            var=var,
            accum=self.get_slot(var, "accumulator"),
            lr=coefficients["lr_t"],
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
                "initial_accumulator_value": self._initial_accumulator_value,
                "epsilon": self.epsilon,
            }
        )
        return config
