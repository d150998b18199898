"""The layer `Dot`, and `dot`, its function.

Follows keras 2.14 layers/merging/dot.py.
"""

from typing import Any

import densetrace.tensorflow as tf
from densetrace.keras import backend
from densetrace.keras._exports import keras_export
from densetrace.keras.layers.merging.base_merge import _Merge
from densetrace.keras.utils import tf_utils


@keras_export("keras.layers.Dot")
class Dot(_Merge):
    """A layer that computes the dot product of two inputs along an axis of each, for each sample:
    [batch, n], [batch, n] -> [batch, 1].

    Follows keras 2.14 layers/merging/dot.py, Dot.

    Args:
        axes: the axis of both inputs, or a pair: one for each.
        normalize: whether the inputs are divided by their norm first: the output is then their
            cosine similarity.
        **kwargs: the keyword arguments of `Layer`.

    Raises:
        TypeError: if `axes` is neither an int nor a list or tuple.
        ValueError: if it is not a pair of ints.
    """

    def __init__(self, axes: Any, normalize: Any = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not isinstance(axes, int):
            if not isinstance(axes, list | tuple):
                raise TypeError(
                    "Invalid type for argument `axes`: it should be a list or an int. "
                    f"Received: axes={axes}"
                )
            if len(axes) != 2:
                raise ValueError(
                    "Invalid format for argument `axes`: it should contain two elements. "
                    f"Received: axes={axes}"
                )
            if not isinstance(axes[0], int) or not isinstance(axes[1], int):
                raise ValueError(
                    "Invalid format for argument `axes`: list elements should be integers. "
                    f"Received: axes={axes}"
                )
        self.axes = axes
        self.normalize = normalize
        self.supports_masking = True
        self._reshape_required = False

    def _axes_of(self, rank1: int, rank2: int) -> list[int]:
        """Return the axis of each input; a negative `axes` is counted from the last."""
        if not isinstance(self.axes, int):
            return list(self.axes)
        return [self.axes % rank1, self.axes % rank2] if self.axes < 0 else [self.axes] * 2

    @tf_utils.shape_type_conversion
    def build(self, input_shape: Any) -> None:
        """Check that the sizes along the axes are equal.

        Raises:
            ValueError: if there are not two shapes, or the sizes differ.
        """
        if not isinstance(input_shape[0], tuple) or len(input_shape) != 2:
            raise ValueError(
                "A `Dot` layer should be called on a list of 2 inputs. "
                f"Received: input_shape={input_shape}"
            )
        shape1, shape2 = input_shape
        if shape1 is None or shape2 is None:
            return
        first, second = self._axes_of(len(shape1), len(shape2))
        if shape1[first] != shape2[second]:
            raise ValueError(
                f"Incompatible input shapes: axis values {shape1[first]} (at axis {first}) != "
                f"{shape2[second]} (at axis {second}). Full input shapes: {shape1}, {shape2}"
            )

    def _merge_function(self, inputs: Any) -> Any:
        if len(inputs) != 2:
            raise ValueError(
                f"A `Dot` layer should be called on exactly 2 inputs. Received: inputs={inputs}"
            )
        ranks = [len(x.shape) for x in inputs]
        axes = [
            axis % rank if axis < 0 else axis
            for axis, rank in zip(self._axes_of(*ranks), ranks, strict=True)
        ]
        x1, x2 = inputs
        if self.normalize:
            x1 = tf.linalg.l2_normalize(x1, axis=axes[0])
            x2 = tf.linalg.l2_normalize(x2, axis=axes[1])
        return backend.batch_dot(x1, x2, axes)

    @tf_utils.shape_type_conversion
    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the sizes that are left: (batch, 1) if none but the batch size is.

        Raises:
            ValueError: if there are not two shapes.
        """
        if not isinstance(input_shape, tuple | list) or len(input_shape) != 2:
            raise ValueError(
                "A `Dot` layer should be called on a list of 2 inputs. "
                f"Received: input_shape={input_shape}"
            )
        shape1, shape2 = list(input_shape[0]), list(input_shape[1])
        first, second = self._axes_of(len(shape1), len(shape2))
        shape1.pop(first)
        shape2.pop(second)
        sizes = shape1 + shape2[1:]
        return tuple(sizes) if len(sizes) > 1 else (*sizes, 1)

    def compute_mask(self, inputs: Any, mask: Any = None) -> None:
        """Return None: the output has no mask."""
        return

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that create an equal layer."""
        return super().get_config() | {"axes": self.axes, "normalize": self.normalize}


@keras_export("keras.layers.dot")
def dot(inputs: Any, axes: Any, normalize: Any = False, **kwargs: Any) -> Any:
    """Create a `Dot` layer with these arguments, and call it on a list of two inputs.

    Follows keras 2.14 layers/merging/dot.py, dot.
    """
    return Dot(axes=axes, normalize=normalize, **kwargs)(inputs)
