"""The hook points of training in an installed Keras, named as in our stack."""

from types import FunctionType
from typing import Any, Final

from densetrace.engines.exchange import Exchange
from densetrace.recording.hooks import Hook

_MODEL: Final = "keras.engine.training.Model."
_LOSSES: Final = "keras.engine.compile_utils.LossesContainer."
_METRICS: Final = "keras.engine.compile_utils.MetricsContainer."
_BASE: Final = "keras.optimizers.optimizer._BaseOptimizer."
_OPTIMIZER: Final = "keras.optimizers.optimizer.Optimizer."
_LEGACY: Final = "keras.optimizers.legacy.optimizer_v2.OptimizerV2."
_SCALING: Final = "keras.mixed_precision.loss_scale_optimizer."
_SCALED: Final = (f"{_SCALING}LossScaleOptimizer.", f"{_SCALING}LossScaleOptimizerV3.")
_LIST: Final = "keras.callbacks.CallbackList.on_"

_SPANS: Final = ("epoch", "train_batch", "test_batch", "predict_batch", "train", "test", "predict")

METHODS: Final = {
    "fit": (f"{_MODEL}fit",),
    "evaluate": (f"{_MODEL}evaluate",),
    "predict": (f"{_MODEL}predict",),
    "on_batch": tuple(f"{_MODEL}{mode}_on_batch" for mode in ("train", "test", "predict")),
    "data_handler": ("keras.engine.data_adapter.DataHandler.__init__",),
    "validate": (f"{_MODEL}_validate_target_and_loss",),
    "metrics_result": (f"{_MODEL}get_metrics_result",),
    "reset_metrics": (f"{_MODEL}reset_metrics",),
    "losses_call": (f"{_LOSSES}__call__",),
    "losses_build": (f"{_LOSSES}build",),
    "loss_resolve": (f"{_LOSSES}_get_loss_object",),
    "loss": ("keras.losses.Loss.__call__",),
    "metrics_update": (f"{_METRICS}update_state",),
    "metrics_build": (f"{_METRICS}build",),
    "metric_resolve": (f"{_METRICS}_get_metric_object",),
    "minimize": (f"{_BASE}minimize", f"{_LEGACY}minimize"),
    "compute_gradients": (
        f"{_BASE}compute_gradients",
        f"{_LEGACY}_compute_gradients",
        f"{_SCALED[0]}_compute_gradients",
        f"{_SCALED[1]}compute_gradients",
    ),
    "apply_gradients": (
        f"{_BASE}apply_gradients",
        f"{_OPTIMIZER}apply_gradients",
        f"{_LEGACY}apply_gradients",
        *(f"{cls}apply_gradients" for cls in _SCALED),
    ),
    "scale_loss": tuple(f"{cls}get_scaled_loss" for cls in _SCALED),
    "unscale_gradients": tuple(f"{cls}get_unscaled_gradients" for cls in _SCALED),
    "finite_check": (f"{_SCALING}_is_all_finite",),
    "update_scale": (f"{_SCALING}_DynamicLossScaleState.update",),
    "slot": (
        f"{_BASE}add_variable",
        f"{_BASE}add_variable_from_reference",
        f"{_LEGACY}add_slot",
    ),
    "clip": (f"{_BASE}_clip_gradients",),
    "weight_decay": (f"{_OPTIMIZER}_apply_weight_decay",),
    "average": (f"{_OPTIMIZER}_update_model_variables_moving_average",),
    "finalize": (f"{_BASE}finalize_variable_values",),
    "gradient": ("tf.GradientTape.gradient",),
    "callback": tuple(f"{_LIST}{span}_{end}" for span in _SPANS for end in ("begin", "end")),
}
"""Kind -> the points that are methods of one class."""

MAKERS: Final = tuple(f"{_MODEL}make_{mode}_function" for mode in ("train", "test", "predict"))
"""The points of kind `make_function`. In eager mode they return a new Python function each time,
which is hooked when it is returned."""

TRAIN_FUNCTION: Final = f"{_MODEL}make_train_function"
"""The point of a call of such a function."""

ELSEWHERE: Final = {
    ("train_function", TRAIN_FUNCTION): (
        "tensorflow.python.eager.polymorphic_function.polymorphic_function.Function.__call__"
    ),
    ("backward", "tf.GradientTape._gradient_function"): (
        "tensorflow.python.eager.backprop._gradient_function"
    ),
}
"""Kind and point -> the function of TensorFlow."""

FAMILIES: Final = {
    "keras.engine.training.Model": {
        "train_step": "train_step",
        "test_step": "train_step",
        "predict_step": "train_step",
        "compute_loss": "compute_loss",
        "compute_metrics": "compute_metrics",
    },
    "keras.losses.Loss": {"call": "loss_call"},
    "keras.metrics.base_metric.Metric": {
        "update_state": "update_state",
        "result": "metric_result",
        "reset_state": "reset_state",
    },
    "keras.optimizers.optimizer._BaseOptimizer": {
        "build": "optimizer_build",
        "update_step": "update",
    },
    "keras.optimizers.legacy.optimizer_v2.OptimizerV2": {"_resource_apply_dense": "update"},
    "keras.optimizers.schedules.learning_rate_schedule.LearningRateSchedule": {
        "__call__": "schedule"
    },
    "keras.callbacks.Callback": {
        f"on_{span}_{end}": "callback" for span in ("batch", *_SPANS) for end in ("begin", "end")
    },
}
"""Base class -> the methods that are points in each class that derives from it, and their kinds."""

DEFAULTS: Final = frozenset(
    f"keras.callbacks.Callback.{name}" for name in FAMILIES["keras.callbacks.Callback"]
)
"""Methods that do nothing until a class overrides them: no steps."""


class MakerHook(Hook):
    """The hook of `make_train_function`. Its function is hooked when it is returned, unless it is a
    `tf.function`, whose calls are hooked in TensorFlow."""

    exchange: Exchange

    def leave(self, arguments: dict[str, Any], result: object) -> dict[str, object]:
        """The facts of the step."""
        facts = Hook.leave(self, arguments, result)
        if type(result) is FunctionType:
            hooked = self.exchange.find(result)
            if hooked is None:
                self.exchange.hook(
                    result, lambda plain: Hook("train_function", TRAIN_FUNCTION, plain, None)
                )
        return facts


def maker_hook(exchange: Exchange, point: str, function: FunctionType) -> MakerHook:
    """The hook of a function that makes train functions."""
    hook = MakerHook("make_function", point, function, None)
    object.__setattr__(hook, "exchange", exchange)
    return hook
