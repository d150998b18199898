"""The layer `Cropping2D`. Follows keras 2.14 layers/reshaping/cropping2d.py."""

from typing import Any

from densetrace.keras._exports import keras_export
from densetrace.keras.engine.base_layer import Layer
from densetrace.keras.engine.input_spec import InputSpec
from densetrace.keras.utils import conv_utils
from densetrace.tensorflow.shapes import TensorShape


@keras_export("keras.layers.Cropping2D")
class Cropping2D(Layer):
    """A layer that cuts rows and columns off images: [batch, rows, columns, channels] ->
    [batch, fewer rows, fewer columns, channels].

    Follows keras 2.14 layers/reshaping/cropping2d.py, Cropping2D.

    Args:
        cropping: how many on all sides; two numbers for rows and columns; or two pairs,
            ((top, bottom), (left, right)).
        data_format: `channels_last` or `channels_first`; Keras's `image_data_format()` if None.
        **kwargs: the keyword arguments of `Layer`.

    Raises:
        ValueError: if `cropping` is none of these, or the data format is unknown.
    """

    def __init__(
        self, cropping: Any = ((0, 0), (0, 0)), data_format: Any = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.data_format = conv_utils.normalize_data_format(data_format)
        if isinstance(cropping, int):
            self.cropping: Any = ((cropping, cropping), (cropping, cropping))
        elif hasattr(cropping, "__len__"):
            if len(cropping) != 2:
                raise ValueError(f"`cropping` should have two elements. Received: {cropping}.")
            height_cropping = conv_utils.normalize_tuple(
                cropping[0], 2, "1st entry of cropping", allow_zero=True
            )
            width_cropping = conv_utils.normalize_tuple(
                cropping[1], 2, "2nd entry of cropping", allow_zero=True
            )
            self.cropping = (height_cropping, width_cropping)
        else:
            raise ValueError(
                "`cropping` should be an int, a pair of ints (rows, columns), or two pairs of ints "
                f"((top, bottom), (left, right)). Received: {cropping}."
            )
        self.input_spec = InputSpec(ndim=4)

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """Return the shape without the rows and columns that are cut off."""
        sizes = TensorShape(input_shape).as_list()
        first = 2 if self.data_format == "channels_first" else 1
        for at, pair in enumerate(self.cropping, first):
            sizes[at] = sizes[at] - sum(pair) if sizes[at] else None
        return TensorShape(sizes)

    def call(self, inputs: Any) -> Any:
        """Return the part in between.

        Raises:
            ValueError: if no row or no column is left.
        """
        is_first = self.data_format == "channels_first"
        rows, columns = inputs.shape[2 if is_first else 1], inputs.shape[3 if is_first else 2]
        if (rows is not None and sum(self.cropping[0]) >= rows) or (
            columns is not None and sum(self.cropping[1]) >= columns
        ):
            raise ValueError(
                "Argument `cropping` must be greater than the input shape. Received: "
                f"inputs.shape={inputs.shape}, and cropping={self.cropping}"
            )
        # Keras has a branch for each of the four cases: an end of 0 reads `:` there, not `:-0`.
        (top, bottom), (left, right) = self.cropping
        kept = (slice(top, -bottom if bottom else None), slice(left, -right if right else None))
        if is_first:
            return inputs[:, :, kept[0], kept[1]]
        return inputs[:, kept[0], kept[1], :]

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that create an equal layer."""
        return super().get_config() | {"cropping": self.cropping, "data_format": self.data_format}
