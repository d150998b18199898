"""`GlobalPooling1D`, the base class of the layers that pool whole sequences.

Follows keras 2.14 layers/pooling/base_global_pooling1d.py.
"""

from typing import Any

from densetrace.keras.engine.base_layer import Layer
from densetrace.keras.engine.input_spec import InputSpec
from densetrace.keras.utils import conv_utils
from densetrace.system.real_home import of_keras
from densetrace.tensorflow.shapes import TensorShape


@of_keras
class GlobalPooling1D(Layer):
    """A layer that replaces the steps of a sequence by one number for each channel.

    Follows keras 2.14 layers/pooling/base_global_pooling1d.py, GlobalPooling1D.

    Args:
        data_format: `channels_last` or `channels_first`.
        keepdims: whether the axes stay, with one element.
        **kwargs: the keyword arguments of `Layer`.

    Raises:
        ValueError: if the data format is unknown.
    """

    def __init__(
        self, data_format: Any = "channels_last", keepdims: Any = False, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.input_spec = InputSpec(ndim=3)
        self.data_format = conv_utils.normalize_data_format(data_format)
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
            self._validate_reduction_axis(input_shape, [1])
        else:
            self._validate_reduction_axis(input_shape, [2])

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """Return (batch, channels), with axes of size 1 if `keepdims`."""
        sizes = TensorShape(input_shape).as_list()
        if self.data_format == "channels_first":
            kept, without = [sizes[0], sizes[1], 1], [sizes[0], sizes[1]]
        else:
            kept, without = [sizes[0], 1, sizes[2]], [sizes[0], sizes[2]]
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
