"""The default float type of layers, and the small number that guards divisions and logarithms.

Follows keras 2.14 backend_config.py.
"""

_FLOATX = "float32"
_EPSILON = 1e-7
_IMAGE_DATA_FORMAT = "channels_last"


def epsilon() -> float:
    """The small number that is added where a division by zero or a logarithm of zero threatens."""
    return _EPSILON


def set_epsilon(value: float) -> None:
    """Set what `epsilon` returns."""
    global _EPSILON
    _EPSILON = value


def floatx() -> str:
    """The float type that layers use when none is asked for: `float32` unless it was set."""
    return _FLOATX


def set_floatx(value: str) -> None:
    """Set the float type that layers use when none is asked for.

    Raises:
        ValueError: when `value` is not float16, float32 or float64.
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
