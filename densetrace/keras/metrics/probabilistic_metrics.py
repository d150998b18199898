"""The losses of distributions, as metrics.

Follows keras 2.14 metrics/probabilistic_metrics.py.
"""

from densetrace.keras import losses
from densetrace.keras._constructors import Declared
from densetrace.keras.metrics._declared import averages
from densetrace.keras.metrics.base_metric import MeanMetricWrapper


@averages(losses.poisson, "poisson")
class Poisson(Declared, MeanMetricWrapper):
    """The mean of `keras.losses.poisson`."""


@averages(losses.kl_divergence, "kullback_leibler_divergence")
class KLDivergence(Declared, MeanMetricWrapper):
    """The mean of `keras.losses.kl_divergence`."""


@averages(losses.binary_crossentropy, "binary_crossentropy", from_logits=False, label_smoothing=0)
class BinaryCrossentropy(Declared, MeanMetricWrapper):
    """The mean of `keras.losses.binary_crossentropy`."""


@averages(
    losses.categorical_crossentropy,
    "categorical_crossentropy",
    from_logits=False,
    label_smoothing=0,
    axis=-1,
)
class CategoricalCrossentropy(Declared, MeanMetricWrapper):
    """The mean of `keras.losses.categorical_crossentropy`."""


@averages(
    losses.sparse_categorical_crossentropy,
    "sparse_categorical_crossentropy",
    from_logits=False,
    ignore_class=None,
    axis=-1,
)
class SparseCategoricalCrossentropy(Declared, MeanMetricWrapper):
    """The mean of `keras.losses.sparse_categorical_crossentropy`."""
