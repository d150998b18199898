"""The layer `Maximum`, and `maximum`, its function.

Follows keras 2.14 layers/merging/maximum.py.
"""

from typing import Any

import densetrace.tensorflow as tf
from densetrace.keras._exports import keras_export
from densetrace.keras.layers.merging.base_merge import _Merge


@keras_export("keras.layers.Maximum")
class Maximum(_Merge):
    """A layer that returns the largest of its inputs, element by element.

    Input: a list of [batch, ...]. Output: [batch, ...].

    Follows keras 2.14 layers/merging/maximum.py, Maximum.
    """

    def _merge_function(self, inputs: Any) -> Any:
        output = inputs[0]
        for other in inputs[1:]:
            output = tf.maximum(output, other)
        return output


@keras_export("keras.layers.maximum")
def maximum(inputs: Any, **kwargs: Any) -> Any:
    """Create a `Maximum` layer with these keyword arguments, and call it on a list of inputs.

    Follows keras 2.14 layers/merging/maximum.py, maximum.
    """
    return Maximum(**kwargs)(inputs)
