"""Policies of the dtypes that layers compute in, and of those of their weights; the optimizer with
a loss scale.
"""

from typing import TYPE_CHECKING, Any

from densetrace.keras.mixed_precision.policy import Policy as Policy
from densetrace.keras.mixed_precision.policy import global_policy as global_policy
from densetrace.keras.mixed_precision.policy import set_global_policy as set_global_policy
from densetrace.system.lazy import on_demand

if TYPE_CHECKING:
    LossScaleOptimizer: Any  # calling it creates one of two classes

_HOME = f"{__name__}.loss_scale_optimizer"
_load = on_demand(__name__, {"BaseLossScaleOptimizer": _HOME, "loss_scale_optimizer": _HOME})


def __getattr__(name: str) -> object:
    # Layers need the policies; the optimizer is imported when it is used.
    return _load("BaseLossScaleOptimizer" if name == "LossScaleOptimizer" else name)
