"""The layer `RepeatVector`. Follows keras 2.14 layers/reshaping/repeat_vector.py."""

from typing import Any

from densetrace.keras import backend
from densetrace.keras._exports import keras_export
from densetrace.keras.engine.base_layer import Layer
from densetrace.keras.engine.input_spec import InputSpec
from densetrace.tensorflow.shapes import TensorShape


@keras_export("keras.layers.RepeatVector")
class RepeatVector(Layer):
    """A layer that repeats each row: [batch, features] -> [batch, n, features].

    Follows keras 2.14 layers/reshaping/repeat_vector.py, RepeatVector.

    Args:
        n: how often.
        **kwargs: the keyword arguments of `Layer`.

    Raises:
        TypeError: if `n` is not an int.
    """

    def __init__(self, n: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.n = n
        if not isinstance(n, int):
            raise TypeError(f"Expected an integer value for `n`, got {type(n)}.")
        self.input_spec = InputSpec(ndim=2)

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """Return (batch, n, features)."""
        sizes = TensorShape(input_shape).as_list()
        return TensorShape([sizes[0], self.n, sizes[1]])

    def call(self, inputs: Any) -> Any:
        """Return each row `n` times."""
        return backend.repeat(inputs, self.n)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that create an equal layer."""
        return super().get_config() | {"n": self.n}
