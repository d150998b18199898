"""The layer `Minimum`, and `minimum`, its function.

Follows keras 2.14 layers/merging/minimum.py.
"""

from typing import Any

import densetrace.tensorflow as tf
from densetrace.keras._exports import keras_export
from densetrace.keras.layers.merging.base_merge import _Merge


@keras_export("keras.layers.Minimum")
class Minimum(_Merge):
    """A layer that returns the smallest of its inputs, element by element.

    Input: a list of [batch, ...]. Output: [batch, ...].

    Follows keras 2.14 layers/merging/minimum.py, Minimum.
    """

    def _merge_function(self, inputs: Any) -> Any:
        output = inputs[0]
        for other in inputs[1:]:
            output = tf.minimum(output, other)
        return output


@keras_export("keras.layers.minimum")
def minimum(inputs: Any, **kwargs: Any) -> Any:
    """Create a `Minimum` layer with these keyword arguments, and call it on a list of inputs.

    Follows keras 2.14 layers/merging/minimum.py, minimum.
    """
    return Minimum(**kwargs)(inputs)
