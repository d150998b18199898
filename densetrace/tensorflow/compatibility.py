"""`tf.compat`: sizes and strings that are written alike for each version of TensorFlow.

Follows tensorflow/python/framework/tensor_shape.py and tensorflow/python/util/compat.py.
"""

from typing import Any

from densetrace.tensorflow.dimension import Dimension
from densetrace.tensorflow.operation import export
from densetrace.tensorflow.shapes import TensorShape


@export("compat.dimension_value")
def dimension_value(dimension: Any) -> Any:
    """The size of one dimension, as an integer or None: of a Dimension, or the size itself."""
    return dimension.value if isinstance(dimension, Dimension) else dimension


@export("compat.dimension_at_index")
def dimension_at_index(shape: TensorShape, index: int) -> Dimension:
    """One dimension of a shape; an unknown one if the number of dimensions is unknown.

    Raises:
        IndexError: when the shape has no such dimension.
    """
    dims = shape.dims
    return Dimension(None) if dims is None else dims[index]


@export("compat.as_text", "compat.as_str")
def as_text(bytes_or_text: Any, encoding: str = "utf-8") -> str:
    """A string; bytes are decoded.

    Raises:
        TypeError: when it is neither.
    """
    if isinstance(bytes_or_text, str):
        return bytes_or_text
    if isinstance(bytes_or_text, bytes):
        return bytes_or_text.decode(encoding)
    raise TypeError(f"Expected binary or unicode string, got {bytes_or_text!r}")


@export("compat.as_bytes")
def as_bytes(bytes_or_text: Any, encoding: str = "utf-8") -> bytes:
    """Bytes; a string is encoded.

    Raises:
        TypeError: when it is neither.
    """
    if isinstance(bytes_or_text, bytearray):
        return bytes(bytes_or_text)
    if isinstance(bytes_or_text, str):
        return bytes_or_text.encode(encoding)
    if isinstance(bytes_or_text, bytes):
        return bytes_or_text
    raise TypeError(f"Expected binary or unicode string, got {bytes_or_text!r}")


@export("compat.as_str_any")
def as_str_any(value: Any, encoding: str = "utf-8") -> str:
    """The text of anything; bytes are decoded."""
    return as_text(value, encoding) if isinstance(value, bytes) else str(value)
