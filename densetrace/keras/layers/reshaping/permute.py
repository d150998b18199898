"""The layer `Permute`. Follows keras 2.14 layers/reshaping/permute.py."""

from typing import Any

import densetrace.tensorflow as tf
from densetrace.keras._exports import keras_export
from densetrace.keras.engine.base_layer import Layer
from densetrace.keras.engine.input_spec import InputSpec
from densetrace.tensorflow.shapes import TensorShape


@keras_export("keras.layers.Permute")
class Permute(Layer):
    """A layer that reorders the axes after the first: `dims=(2, 1)` swaps two.

    Follows keras 2.14 layers/reshaping/permute.py, Permute.

    Args:
        dims: the input's axis for each axis of the output, counted from 1.
        **kwargs: the keyword arguments of `Layer`.

    Raises:
        ValueError: if `dims` is not a permutation of 1, .., N.
    """

    def __init__(self, dims: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.dims = tuple(dims)
        if sorted(dims) != list(range(1, len(dims) + 1)):
            raise ValueError(
                "Invalid permutation argument `dims` for Permute Layer. The set of indices in "
                f"`dims` must be consecutive and start from 1. Received dims={dims}"
            )
        self.input_spec = InputSpec(ndim=len(self.dims) + 1)

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """Return the sizes of the input in the new order."""
        sizes = TensorShape(input_shape).as_list()
        return TensorShape([sizes[0], *(sizes[axis] for axis in self.dims)])

    def call(self, inputs: Any) -> Any:
        """Return the input with its axes in the new order."""
        return tf.transpose(inputs, perm=(0, *self.dims))

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that create an equal layer."""
        return super().get_config() | {"dims": self.dims}
