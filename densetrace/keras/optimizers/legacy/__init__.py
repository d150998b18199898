"""The contents of `keras.optimizers.legacy`: the optimizers as they were before Keras 2.11.

`keras.optimizers.get({"class_name": "SGD", "config": {"learning_rate": 0.1}})` returns the SGD of
this package: a config that is not empty and lacks `is_legacy_optimizer` comes from a legacy
optimizer.
"""

from densetrace.keras.optimizers.legacy.adadelta import Adadelta
from densetrace.keras.optimizers.legacy.adagrad import Adagrad
from densetrace.keras.optimizers.legacy.adam import Adam
from densetrace.keras.optimizers.legacy.adamax import Adamax
from densetrace.keras.optimizers.legacy.ftrl import Ftrl
from densetrace.keras.optimizers.legacy.gradient_descent import SGD
from densetrace.keras.optimizers.legacy.nadam import Nadam
from densetrace.keras.optimizers.legacy.optimizer_v2 import OptimizerV2 as Optimizer
from densetrace.keras.optimizers.legacy.rmsprop import RMSprop

__all__ = [
    "SGD",
    "Adadelta",
    "Adagrad",
    "Adam",
    "Adamax",
    "Ftrl",
    "Nadam",
    "Optimizer",
    "RMSprop",
]
