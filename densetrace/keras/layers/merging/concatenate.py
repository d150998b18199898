"""The layer `Concatenate`, and `concatenate`, its function.

Follows keras 2.14 layers/merging/concatenate.py.
"""

from typing import Any

import densetrace.tensorflow as tf
from densetrace.keras import backend
from densetrace.keras._exports import keras_export
from densetrace.keras.layers.merging.base_merge import _Merge, has_masks
from densetrace.keras.utils import tf_utils


@keras_export("keras.layers.Concatenate")
class Concatenate(_Merge):
    """A layer that joins its inputs along an axis: their other sizes are equal.

    Follows keras 2.14 layers/merging/concatenate.py, Concatenate.

    Args:
        axis: the axis along which the inputs are joined.
        **kwargs: the keyword arguments of `Layer`.
    """

    def __init__(self, axis: Any = -1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.axis = axis
        self.supports_masking = True
        self._reshape_required = False

    @tf_utils.shape_type_conversion
    def build(self, input_shape: Any) -> None:
        """Check that the shapes are equal but for the axis.

        Raises:
            ValueError: if there is no list of shapes, or they differ elsewhere.
        """
        if len(input_shape) < 1 or not isinstance(input_shape[0], tuple):
            raise ValueError(
                "A `Concatenate` layer should be called on a list of at least 1 input. "
                f"Received: input_shape={input_shape}"
            )
        if all(shape is None for shape in input_shape):
            return
        others = [list(shape) for shape in input_shape]
        for sizes in others:
            del sizes[self.axis]
        same_rank = len(set(map(len, others))) == 1
        if not same_rank or any(len(set(at) - {None}) > 1 for at in zip(*others, strict=True)):
            raise ValueError(
                "A `Concatenate` layer requires inputs with matching shapes except for the "
                f"concatenation axis. Received: input_shape={input_shape}"
            )

    def _merge_function(self, inputs: Any) -> Any:
        return backend.concatenate(inputs, axis=self.axis)

    @tf_utils.shape_type_conversion
    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the first input's shape with the sum of the sizes along the axis.

        Raises:
            ValueError: if there is no list of shapes.
        """
        if not isinstance(input_shape, tuple | list) or not isinstance(
            input_shape[0], tuple | list
        ):
            raise ValueError(
                "A `Concatenate` layer should be called on a list of inputs. "
                f"Received: input_shape={input_shape}"
            )
        joined = [shape[self.axis] for shape in input_shape]
        sizes = list(input_shape[0])
        sizes[self.axis] = None if None in joined else sum(joined)
        return tuple(sizes)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Return the inputs' masks joined: an input without one is not masked.

        Raises:
            ValueError: if the masks are not a list as long as that of the inputs.
        """
        if not has_masks(inputs, mask):
            return None
        masks = []
        for given, each in zip(inputs, mask, strict=True):
            if each is None:
                masks.append(tf.ones_like(given, dtype="bool"))
            elif each.shape.rank < given.shape.rank:
                masks.append(tf.expand_dims(each, axis=-1))
            else:
                masks.append(each)
        return backend.all(backend.concatenate(masks, axis=self.axis), axis=-1, keepdims=False)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that create an equal layer."""
        return super().get_config() | {"axis": self.axis}


@keras_export("keras.layers.concatenate")
def concatenate(inputs: Any, axis: Any = -1, **kwargs: Any) -> Any:
    """Create a `Concatenate` layer with these arguments, and call it on a list of inputs.

    Follows keras 2.14 layers/merging/concatenate.py, concatenate.
    """
    return Concatenate(axis=axis, **kwargs)(inputs)
