"""The layer `Multiply`, and `multiply`, its function.

Follows keras 2.14 layers/merging/multiply.py.
"""

from typing import Any

from densetrace.keras._exports import keras_export
from densetrace.keras.layers.merging.base_merge import _Merge


@keras_export("keras.layers.Multiply")
class Multiply(_Merge):
    """A layer that multiplies its inputs, element by element.

    Input: a list of [batch, ...]. Output: [batch, ...].

    Follows keras 2.14 layers/merging/multiply.py, Multiply.
    """

    def _merge_function(self, inputs: Any) -> Any:
        output = inputs[0]
        for other in inputs[1:]:
            output = output * other
        return output


@keras_export("keras.layers.multiply")
def multiply(inputs: Any, **kwargs: Any) -> Any:
    """Create a `Multiply` layer with these keyword arguments, and call it on a list of inputs.

    Follows keras 2.14 layers/merging/multiply.py, multiply.
    """
    return Multiply(**kwargs)(inputs)
