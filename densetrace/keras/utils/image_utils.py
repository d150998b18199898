"""Images as arrays and files. Follows keras 2.14 utils/image_utils.py.

What reads, writes or scales an image uses PIL, as in Keras, and needs it to be installed.
"""

import io
import os
from typing import Any, Final

import numpy as np

from densetrace.keras import backend
from densetrace.keras._exports import keras_export
from densetrace.recording.warn import warn

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


def _pil(name: str) -> Any:
    try:
        from PIL import Image  # type: ignore[import-not-found,unused-ignore] # not required
    except ImportError as error:
        raise ImportError(f"`{name}` requires PIL: pip install pillow") from error
    return Image


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


@keras_export("keras.utils.array_to_img", "keras.preprocessing.image.array_to_img")
def array_to_img(
    x: Any, data_format: str | None = None, scale: bool = True, dtype: Any = None
) -> Any:
    """Return an array [height, width, channels] as an image of PIL.

    Follows keras 2.14 utils/image_utils.py, array_to_img.

    Args:
        x: the array.
        data_format: "channels_last", or "channels_first" for [channels, height, width]; the global
            setting if None.
        scale: whether to scale the numbers to 0 to 255.
        dtype: the dtype to compute in; the default one if None.

    Raises:
        ImportError: if PIL is missing.
        ValueError: if the array is no image.
    """
    data_format = data_format or backend.image_data_format()
    image = _pil("array_to_img")
    x = np.asarray(x, dtype=dtype or backend.floatx())
    if x.ndim != 3:
        raise ValueError(f"An image is an array of rank 3. Received: an array of shape {x.shape}")
    if data_format not in ("channels_first", "channels_last"):
        raise ValueError(f"Invalid data_format: {data_format}")
    if data_format == "channels_first":
        x = x.transpose(1, 2, 0)
    if scale:
        x = x - np.min(x)
        largest = np.max(x)
        x = x * (255 / largest) if largest != 0 else x * 255
    channels = x.shape[2]
    if channels in (3, 4):
        return image.fromarray(x.astype("uint8"), "RGB" if channels == 3 else "RGBA")
    if channels == 1:
        if np.max(x) > 255:
            return image.fromarray(x[:, :, 0].astype("int32"), "I")
        return image.fromarray(x[:, :, 0].astype("uint8"), "L")
    raise ValueError(f"An image has 1, 3 or 4 channels. Received: {channels}")


@keras_export("keras.utils.img_to_array", "keras.preprocessing.image.img_to_array")
def img_to_array(img: Any, data_format: str | None = None, dtype: Any = None) -> Any:
    """Return an image of PIL, or an array, as an array [height, width, channels].

    Follows keras 2.14 utils/image_utils.py, img_to_array.

    Raises:
        ValueError: if it is no image, or for another `data_format`.
    """
    data_format = data_format or backend.image_data_format()
    if data_format not in ("channels_first", "channels_last"):
        raise ValueError(f"Unknown data_format: {data_format}")
    x = np.asarray(img, dtype=dtype or backend.floatx())
    if x.ndim == 2:
        x = x.reshape((*x.shape, 1))
    elif x.ndim != 3:
        raise ValueError(f"Unsupported image shape: {x.shape}")
    return x.transpose(2, 0, 1) if data_format == "channels_first" else x


@keras_export("keras.utils.save_img", "keras.preprocessing.image.save_img")
def save_img(
    path: Any,
    x: Any,
    data_format: str | None = None,
    file_format: str | None = None,
    scale: bool = True,
    **kwargs: Any,
) -> None:
    """Write an array as an image file; `kwargs` are those of PIL's `save`.

    Follows keras 2.14 utils/image_utils.py, save_img.
    """
    img = array_to_img(x, data_format=data_format, scale=scale)
    if img.mode == "RGBA" and file_format in ("jpg", "jpeg"):
        warn("JPG has no transparency: the image is saved as RGB.")
        img = img.convert("RGB")
    img.save(path, format=file_format, **kwargs)


@keras_export("keras.utils.load_img", "keras.preprocessing.image.load_img")
def load_img(
    path: Any,
    grayscale: bool = False,
    color_mode: str = "rgb",
    target_size: Any = None,
    interpolation: str = "nearest",
    keep_aspect_ratio: bool = False,
) -> Any:
    """Return an image file as an image of PIL.

    Follows keras 2.14 utils/image_utils.py, load_img.

    Args:
        path: the file, or a stream of bytes.
        grayscale: an old way to ask for `color_mode="grayscale"`.
        color_mode: "rgb", "rgba" or "grayscale".
        target_size: the height and width to scale to; as in the file if None.
        interpolation: "nearest", "bilinear", "bicubic", "hamming", "box" or "lanczos".
        keep_aspect_ratio: whether to cut the image to the proportions of `target_size` first.

    Raises:
        ImportError: if PIL is missing.
        TypeError: if `path` is no path.
        ValueError: for another `color_mode` or `interpolation`.
    """
    if grayscale:
        warn('Write color_mode="grayscale" instead of grayscale=True.')
        color_mode = "grayscale"
    image = _pil("load_img")
    if isinstance(path, io.BytesIO):
        img = image.open(path)
    elif isinstance(path, bytes | str | os.PathLike):
        with open(path, "rb") as stream:
            img = image.open(io.BytesIO(stream.read()))
    else:
        raise TypeError(f"path must be a path or io.BytesIO. Received: {type(path)}")
    modes = {"grayscale": "L", "rgba": "RGBA", "rgb": "RGB"}
    if color_mode not in modes:
        raise ValueError('color_mode must be "grayscale", "rgb", or "rgba"')
    is_gray = color_mode == "grayscale" and img.mode in ("L", "I;16", "I")
    if not is_gray and img.mode != modes[color_mode]:
        img = img.convert(modes[color_mode])
    if target_size is None or img.size == (target_size[1], target_size[0]):
        return img
    methods = ("nearest", "bilinear", "bicubic", "hamming", "box", "lanczos")
    if interpolation not in methods:
        raise ValueError(f"interpolation must be one of {', '.join(methods)}: {interpolation}")
    size = (target_size[1], target_size[0])
    resample = getattr(getattr(image, "Resampling", image), interpolation.upper())
    if not keep_aspect_ratio:
        return img.resize(size, resample)
    width, height = img.size
    crop_height = min(height, width * target_size[0] // target_size[1])
    crop_width = min(width, height * target_size[1] // target_size[0])
    left, top = (width - crop_width) // 2, (height - crop_height) // 2
    return img.resize(size, resample, box=[left, top, left + crop_width, top + crop_height])
