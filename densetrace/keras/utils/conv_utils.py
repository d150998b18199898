"""Arguments of layers that work on images. Follows keras 2.14 utils/conv_utils.py."""

from typing import Any

from densetrace.keras import backend


def normalize_data_format(value: Any) -> str:
    """Return the data format in lower case; Keras's `image_data_format()` if None.

    Follows keras 2.14 utils/conv_utils.py, normalize_data_format.

    Raises:
        ValueError: if it is neither `channels_first` nor `channels_last`.
    """
    if value is None:
        value = backend.image_data_format()
    data_format = str(value.lower())
    if data_format not in {"channels_first", "channels_last"}:
        raise ValueError(
            "The `data_format` argument must be one of 'channels_first', 'channels_last'. "
            f"Received: {value}"
        )
    return data_format
