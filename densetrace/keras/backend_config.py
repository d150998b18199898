"""The default float dtype of layers, and the small number that guards divisions and logarithms.

Follows keras 2.14 backend_config.py.
"""

_FLOATX = "float32"
_EPSILON = 1e-7
_IMAGE_DATA_FORMAT = "channels_last"


def epsilon() -> float:
    """Return the small number that is added to avoid a division by zero or a logarithm of zero.

    Follows keras 2.14 backend_config.py, epsilon.
    """
    return _EPSILON


def set_epsilon(value: float) -> None:
    """Set what `epsilon` returns. Follows keras 2.14 backend_config.py, set_epsilon."""
    global _EPSILON
    _EPSILON = value


def floatx() -> str:
    """Return the default float dtype of layers: `float32` unless `set_floatx` changed it.

    Follows keras 2.14 backend_config.py, floatx.
    """
    return _FLOATX


def set_floatx(value: str) -> None:
    """Set the default float dtype of layers.

    Follows keras 2.14 backend_config.py, set_floatx.

    Raises:
        ValueError: if `value` is not float16, float32 or float64.
    """
    global _FLOATX
    if value not in ("float16", "float32", "float64"):
        raise ValueError(
            f"floatx must be one of float16, float32, float64. Received: floatx={value!r}"
        )
    _FLOATX = value


def image_data_format() -> str:
    """Where images have their channels when none is asked for: `channels_last` unless it was
    set."""
    return _IMAGE_DATA_FORMAT


def set_image_data_format(data_format: str) -> None:
    """Set where images have their channels when none is asked for.

    Raises:
        ValueError: when it is neither `channels_first` nor `channels_last`.
    """
    global _IMAGE_DATA_FORMAT
    if data_format not in ("channels_last", "channels_first"):
        raise ValueError(
            "data_format must be channels_first or channels_last. "
            f"Received: data_format={data_format!r}"
        )
    _IMAGE_DATA_FORMAT = data_format
