"""The hinge losses, as metrics.

Follows keras 2.14 metrics/hinge_metrics.py.
"""

from densetrace.keras import losses
from densetrace.keras._constructors import Declared
from densetrace.keras.metrics._declared import averages
from densetrace.keras.metrics.base_metric import MeanMetricWrapper


@averages(losses.hinge, "hinge")
class Hinge(Declared, MeanMetricWrapper):
    """The mean of `keras.losses.hinge`."""


@averages(losses.squared_hinge, "squared_hinge")
class SquaredHinge(Declared, MeanMetricWrapper):
    """The mean of `keras.losses.squared_hinge`."""


@averages(losses.categorical_hinge, "categorical_hinge")
class CategoricalHinge(Declared, MeanMetricWrapper):
    """The mean of `keras.losses.categorical_hinge`."""
