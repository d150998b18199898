"""The legacy optimizer `Ftrl`. Follows keras 2.14 optimizers/legacy/ftrl.py."""

from typing import Any

import densetrace.tensorflow as tf
from densetrace.keras._exports import keras_export
from densetrace.keras.optimizers.legacy import optimizer_v2
from densetrace.tensorflow import init_ops, training_ops


@keras_export("keras.optimizers.legacy.Ftrl")
class Ftrl(optimizer_v2.OptimizerV2):
    """The "follow the regularized leader" algorithm. It accepts an `lr` and ignores it.

    Follows keras 2.14 optimizers/legacy/ftrl.py, Ftrl.

    Raises:
        ValueError: if the accumulator or a regularization strength is negative, or
            `learning_rate_power` is positive.
    """

    _HAS_AGGREGATE_GRAD = True

    def __init__(
        self,
        learning_rate: Any = 0.001,
        learning_rate_power: float = -0.5,
        initial_accumulator_value: float = 0.1,
        l1_regularization_strength: float = 0.0,
        l2_regularization_strength: float = 0.0,
        name: str = "Ftrl",
        l2_shrinkage_regularization_strength: float = 0.0,
        beta: float = 0.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(name, **kwargs)
        for argument, value in {
            "initial_accumulator_value": initial_accumulator_value,
            "l1_regularization_strength": l1_regularization_strength,
            "l2_regularization_strength": l2_regularization_strength,
            "l2_shrinkage_regularization_strength": l2_shrinkage_regularization_strength,
        }.items():
            if value < 0:
                raise ValueError(
                    f"`{argument}` must be positive or zero. Received: {argument}={value}"
                )
        if learning_rate_power > 0:
            raise ValueError(
                "`learning_rate_power` must be negative or zero. "
                f"Received: learning_rate_power={learning_rate_power}"
            )
        self._set_hyper("learning_rate", learning_rate)
        self._set_hyper("decay", self._initial_decay)
        self._set_hyper("learning_rate_power", learning_rate_power)
        self._set_hyper("l1_regularization_strength", l1_regularization_strength)
        self._set_hyper("l2_regularization_strength", l2_regularization_strength)
        self._set_hyper("beta", beta)
        self._initial_accumulator_value = initial_accumulator_value
        self._l2_shrinkage_regularization_strength = l2_shrinkage_regularization_strength

    def _create_slots(self, var_list: Any) -> None:
        for var in var_list:
            init = init_ops.Constant(self._initial_accumulator_value, dtype=var.dtype)
            self.add_slot(var, "accumulator", init)
            self.add_slot(var, "linear")

    def _prepare_local(self, var_device: str, var_dtype: Any, apply_state: Any) -> None:
        super()._prepare_local(var_device, var_dtype, apply_state)
        state = apply_state[var_device, var_dtype]
        for name in (
            "learning_rate_power",
            "l1_regularization_strength",
            "l2_regularization_strength",
            "beta",
        ):
            state[name] = tf.identity(self._get_hyper(name, var_dtype))
        state["l2_shrinkage_regularization_strength"] = tf.cast(
            self._l2_shrinkage_regularization_strength, var_dtype
        )

    def _options(self, grad: Any, var: Any, apply_state: Any) -> dict[str, Any]:
        """The arguments of both kernels: the sum of `l2` and `beta` / (2 * learning rate) is their
        `l2`."""
        coefficients = self._coefficients(var, apply_state)
        adjusted_l2_regularization_strength = coefficients[
            "l2_regularization_strength"
        ] + coefficients["beta"] / (2.0 * coefficients["lr_t"])
        options = {
            "var": var,
            "accum": self.get_slot(var, "accumulator"),
            "linear": self.get_slot(var, "linear"),
            "grad": grad,
            "lr": coefficients["lr_t"],
            "l1": coefficients["l1_regularization_strength"],
            "l2": adjusted_l2_regularization_strength,
            "lr_power": coefficients["learning_rate_power"],
        }
        if self._l2_shrinkage_regularization_strength > 0.0:
            options["l2_shrinkage"] = coefficients["l2_shrinkage_regularization_strength"]
        return options

    def _resource_apply_dense(self, grad: Any, var: Any, apply_state: Any = None) -> Any:
        return training_ops.resource_apply_ftrl(**self._options(grad, var, apply_state))

    def _resource_apply_sparse(
        self, grad: Any, var: Any, indices: Any, apply_state: Any = None
    ) -> Any:
        options = self._options(grad, var, apply_state)
        return training_ops.resource_sparse_apply_ftrl(indices=indices, **options)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that recreate this optimizer."""
        config = super().get_config()
        config.update(
            {
                "learning_rate": self._serialize_hyperparameter("learning_rate"),
                "decay": self._initial_decay,
                "initial_accumulator_value": self._initial_accumulator_value,
                "learning_rate_power": self._serialize_hyperparameter("learning_rate_power"),
                "l1_regularization_strength": self._serialize_hyperparameter(
                    "l1_regularization_strength"
                ),
                "l2_regularization_strength": self._serialize_hyperparameter(
                    "l2_regularization_strength"
                ),
                "beta": self._serialize_hyperparameter("beta"),
                "l2_shrinkage_regularization_strength": self._l2_shrinkage_regularization_strength,
            }
        )
        return config
