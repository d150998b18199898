"""The layer `Subtract`, and `subtract`, its function.

Follows keras 2.14 layers/merging/subtract.py.
"""

from typing import Any

from densetrace.keras._exports import keras_export
from densetrace.keras.layers.merging.base_merge import _Merge
from densetrace.keras.utils import tf_utils


@keras_export("keras.layers.Subtract")
class Subtract(_Merge):
    """A layer that subtracts its second input from its first.

    Input: a list of [batch, ...]. Output: [batch, ...].

    Follows keras 2.14 layers/merging/subtract.py, Subtract.
    """

    @tf_utils.shape_type_conversion
    def build(self, input_shape: Any) -> None:
        """Check that there are two inputs, whose shapes fit.

        Raises:
            ValueError: if there are not, or they do not.
        """
        super().build(input_shape)
        if len(input_shape) != 2:
            raise ValueError(
                "A `Subtract` layer should be called on exactly 2 inputs. "
                f"Received: input_shape={input_shape}"
            )

    def _merge_function(self, inputs: Any) -> Any:
        if len(inputs) != 2:
            raise ValueError(
                "A `Subtract` layer should be called on exactly 2 inputs. "
                f"Received: inputs={inputs}"
            )
        return inputs[0] - inputs[1]


@keras_export("keras.layers.subtract")
def subtract(inputs: Any, **kwargs: Any) -> Any:
    """Create a `Subtract` layer with these keyword arguments, and call it on a list of inputs.

    Follows keras 2.14 layers/merging/subtract.py, subtract.
    """
    return Subtract(**kwargs)(inputs)
