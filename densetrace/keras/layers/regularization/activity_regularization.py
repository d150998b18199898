"""The layer `ActivityRegularization`.

Follows keras 2.14 layers/regularization/activity_regularization.py.
"""

from typing import Any

from densetrace.keras import regularizers
from densetrace.keras._exports import keras_export
from densetrace.keras.engine.base_layer import Layer


@keras_export("keras.layers.ActivityRegularization")
class ActivityRegularization(Layer):
    """A layer that returns its input, and adds a loss computed from it.

    Follows keras 2.14 layers/regularization/activity_regularization.py, ActivityRegularization.

    Args:
        l1: the factor of the sum of absolute values.
        l2: the factor of the sum of squares.
        **kwargs: the keyword arguments of `Layer`.
    """

    def __init__(self, l1: Any = 0.0, l2: Any = 0.0, **kwargs: Any) -> None:
        super().__init__(activity_regularizer=regularizers.L1L2(l1=l1, l2=l2), **kwargs)
        self.supports_masking = True
        self.l1 = l1
        self.l2 = l2

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the shape of the input."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that create an equal layer."""
        return super().get_config() | {"l1": self.l1, "l2": self.l2}
