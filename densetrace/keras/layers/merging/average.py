"""The layer `Average`, and `average`, its function.

Follows keras 2.14 layers/merging/average.py.
"""

from typing import Any

from densetrace.keras._exports import keras_export
from densetrace.keras.layers.merging.base_merge import _Merge


@keras_export("keras.layers.Average")
class Average(_Merge):
    """A layer that returns the mean of its inputs, element by element.

    Input: a list of [batch, ...]. Output: [batch, ...].

    Follows keras 2.14 layers/merging/average.py, Average.
    """

    def _merge_function(self, inputs: Any) -> Any:
        output = inputs[0]
        for other in inputs[1:]:
            output = output + other
        return output / len(inputs)


@keras_export("keras.layers.average")
def average(inputs: Any, **kwargs: Any) -> Any:
    """Create an `Average` layer with these keyword arguments, and call it on a list of inputs.

    Follows keras 2.14 layers/merging/average.py, average.
    """
    return Average(**kwargs)(inputs)
