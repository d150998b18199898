"""`GlobalPooling2D`, the base class of the layers that pool whole images.

Follows keras 2.14 layers/pooling/base_global_pooling2d.py.
"""

from typing import Any

from densetrace.keras.engine.base_layer import Layer
from densetrace.keras.engine.input_spec import InputSpec
from densetrace.keras.utils import conv_utils
from densetrace.system.real_home import of_keras
from densetrace.tensorflow.shapes import TensorShape


@of_keras
class GlobalPooling2D(Layer):
    """A layer that replaces the rows and columns of images by one number for each channel.

    Follows keras 2.14 layers/pooling/base_global_pooling2d.py, GlobalPooling2D.

    Args:
        data_format: `channels_last` or `channels_first`.
        keepdims: whether the axes stay, with one element.
        **kwargs: the keyword arguments of `Layer`.

    Raises:
        ValueError: if the data format is unknown.
    """

    def __init__(self, data_format: Any = None, keepdims: Any = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.data_format = conv_utils.normalize_data_format(data_format)
        self.input_spec = InputSpec(ndim=4)
        self.keepdims = keepdims

    def _validate_reduction_axis(self, input_shape: Any, axes: list[int]) -> None:
        for axis in axes:
            if input_shape[axis] == 0:
                raise ValueError(
                    f"Incorrect input shape {input_shape} with dimension 0 at reduction axis "
                    f"{axis}."
                )

    def build(self, input_shape: Any) -> None:
        """Check that there is something to pool.

        Raises:
            ValueError: if an axis to pool has no element.
        """
        input_shape = TensorShape(input_shape).as_list()
        if self.data_format == "channels_last":
            self._validate_reduction_axis(input_shape, [1, 2])
        else:
            self._validate_reduction_axis(input_shape, [2, 3])

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """Return (batch, channels), with axes of size 1 if `keepdims`."""
        sizes = TensorShape(input_shape).as_list()
        if self.data_format == "channels_last":
            kept, without = [sizes[0], 1, 1, sizes[3]], [sizes[0], sizes[3]]
        else:
            kept, without = [sizes[0], sizes[1], 1, 1], [sizes[0], sizes[1]]
        return TensorShape(kept if self.keepdims else without)

    def call(self, inputs: Any) -> Any:
        """Pool the inputs: a subclass says how.

        Raises:
            NotImplementedError: always.
        """
        raise NotImplementedError

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that create an equal layer."""
        return super().get_config() | {
            "data_format": self.data_format,
            "keepdims": self.keepdims,
        }
