"""Arguments of layers that resize images. Follows keras 2.14 utils/image_utils.py."""

from typing import Any, Final

_TF_INTERPOLATION_METHODS: Final = (
    "bilinear",
    "nearest",
    "bicubic",
    "area",
    "lanczos3",
    "lanczos5",
    "gaussian",
    "mitchellcubic",
)


def get_interpolation(interpolation: Any) -> str:
    """Return the method of `tf.image.resize` for a name in any case.

    Follows keras 2.14 utils/image_utils.py, get_interpolation.

    Raises:
        NotImplementedError: if the name is unknown.
    """
    method = str(interpolation.lower())
    if method not in _TF_INTERPOLATION_METHODS:
        raise NotImplementedError(
            f"Value not recognized for `interpolation`: {method}. Supported values are: "
            f"{', '.join(_TF_INTERPOLATION_METHODS)}"
        )
    return method
