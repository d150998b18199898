"""The layer `Reshape`. Follows keras 2.14 layers/reshaping/reshape.py."""

import math
from typing import Any

import densetrace.tensorflow as tf
from densetrace.keras._exports import keras_export
from densetrace.keras.engine.base_layer import Layer
from densetrace.tensorflow.shapes import TensorShape


@keras_export("keras.layers.Reshape")
class Reshape(Layer):
    """A layer that changes the shape of each sample: [batch, ...] -> [batch, *target_shape].

    Follows keras 2.14 layers/reshaping/reshape.py, Reshape.

    Args:
        target_shape: the sizes without the batch size; one of them may be -1, which is computed.
        **kwargs: the keyword arguments of `Layer`.

    Raises:
        TypeError: if `target_shape` is not iterable.
    """

    def __init__(self, target_shape: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.target_shape = tuple(target_shape)

    def _fix_unknown_dimension(self, input_shape: Any, output_shape: Any) -> list[int]:
        """Replace the -1 in `output_shape` by the size that is left for it.

        Raises:
            ValueError: if there are two, or the numbers of elements differ.
        """
        sizes = list(output_shape)
        unknown = [at for at, size in enumerate(sizes) if size < 0]
        if len(unknown) > 1:
            raise ValueError(
                "There must be at most one unknown dimension in output_shape. "
                f"Received: output_shape={sizes}."
            )
        known = math.prod(size for size in sizes if size >= 0)
        elements = math.prod(input_shape)
        fits = known and elements % known == 0 if unknown else elements == known
        if not fits:
            raise ValueError(
                "total size of new array must be unchanged, "
                f"input_shape = {input_shape}, output_shape = {sizes}"
            )
        for at in unknown:
            sizes[at] = elements // known
        return sizes

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """Return (batch, *target_shape).

        Raises:
            ValueError: if the numbers of elements differ.
        """
        sizes = TensorShape(input_shape).as_list()
        if None in sizes[1:]:
            target: list[Any] = [size if size != -1 else None for size in self.target_shape]
        else:
            target = self._fix_unknown_dimension(sizes[1:], self.target_shape)
        return TensorShape([sizes[0], *target])

    def call(self, inputs: Any) -> Any:
        """Return the input with the new shape."""
        result = tf.reshape(inputs, (tf.shape(inputs)[0], *self.target_shape))
        if not tf.executing_eagerly():
            result.set_shape(self.compute_output_shape(inputs.shape))
        return result

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that create an equal layer."""
        return super().get_config() | {"target_shape": self.target_shape}
