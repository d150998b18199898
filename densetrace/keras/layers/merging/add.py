"""The layer `Add`, and `add`, its function.

Follows keras 2.14 layers/merging/add.py.
"""

from typing import Any

from densetrace.keras._exports import keras_export
from densetrace.keras.layers.merging.base_merge import _Merge


@keras_export("keras.layers.Add")
class Add(_Merge):
    """A layer that adds its inputs.

    Input: a list of [batch, ...]. Output: [batch, ...].

    Follows keras 2.14 layers/merging/add.py, Add.
    """

    def _merge_function(self, inputs: Any) -> Any:
        output = inputs[0]
        for other in inputs[1:]:
            output = output + other
        return output


@keras_export("keras.layers.add")
def add(inputs: Any, **kwargs: Any) -> Any:
    """Create an `Add` layer with these keyword arguments, and call it on a list of inputs.

    Follows keras 2.14 layers/merging/add.py, add.
    """
    return Add(**kwargs)(inputs)
