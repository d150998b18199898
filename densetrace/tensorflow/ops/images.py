"""Resizing images. Each method but the nearest neighbor is a matrix for each axis: every number of
the result is a weighted sum of a few numbers of the input.

Follows tensorflow/python/ops/image_ops_impl.py and the kernels in tensorflow/core/kernels/image.
"""

import functools
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from densetrace.tensorflow.convert import convert_to_tensor
from densetrace.tensorflow.dtypes import float32
from densetrace.tensorflow.errors import InvalidArgumentError
from densetrace.tensorflow.missing import NotInDensetraceError
from densetrace.tensorflow.operation import (
    Index,
    Operand,
    Sizes,
    Spec,
    export,
    known_sizes,
    operation,
)
from densetrace.tensorflow.ops.casting import cast
from densetrace.tensorflow.ops.gradients import sizes_of
from densetrace.tensorflow.shapes import UNKNOWN_RANK, TensorShape
from densetrace.tensorflow.symbolic import Symbol
from densetrace.tensorflow.tensor import Array

METHODS: Final = (
    "area", "bicubic", "bilinear", "gaussian", "lanczos3", "lanczos5", "mitchellcubic", "nearest",
)  # fmt: skip
"""The methods, as `tf.image.ResizeMethod` spells them."""

_STEPS: Final = 1024
"""TensorFlow rounds the place between two pixels to such a part for `bicubic`, without
antialiasing."""

# -- the weights of an axis ------------------------------------------------------------------------


def _lanczos(radius: int) -> Callable[[Array], Array]:
    return lambda x: np.where(np.abs(x) < radius, np.sinc(x) * np.sinc(x / radius), 0.0)


def _gaussian(x: Array) -> Array:
    return np.where(np.abs(x) < 1.5, np.exp(-2 * np.square(x)), 0.0)


def _triangle(x: Array) -> Array:
    result: Array = np.maximum(1 - np.abs(x), 0)
    return result


def _mitchell(x: Array) -> Array:
    x = np.abs(x)
    near = (7 / 6 * x - 2) * x * x + 8 / 9
    far = ((-7 / 18 * x + 2) * x - 10 / 3) * x + 16 / 9
    return np.where(x < 1, near, np.where(x < 2, far, 0.0))


def _keys(x: Array) -> Array:
    x = np.abs(x)
    near = (1.5 * x - 2.5) * x * x + 1
    far = ((-0.5 * x + 2.5) * x - 4) * x + 2
    return np.where(x < 1, near, np.where(x < 2, far, 0.0))


_KERNELS: Final[dict[str, tuple[Callable[[Array], Array], float]]] = {
    "bicubic": (_keys, 2),
    "bilinear": (_triangle, 1),
    "gaussian": (_gaussian, 1.5),
    "lanczos3": (_lanczos(3), 3),
    "lanczos5": (_lanczos(5), 5),
    "mitchellcubic": (_mitchell, 2),
}
"""The weight by the distance from the pixel, and the largest distance with a weight."""


@functools.lru_cache(maxsize=64)
def _weights(method: str, given: int, wanted: int, antialias: bool) -> Array:
    """The weight of each of `given` pixels in each of `wanted`: f32[wanted, given]."""
    if method == "nearest":
        made: Array = np.zeros((wanted, given), np.float32)
        made[np.arange(wanted), _nearest(given, wanted)] = 1
        return made
    scale = given / wanted
    if method == "area":
        starts = np.arange(wanted)[:, None] * scale
        pixels = np.arange(given)
        made = np.minimum(starts + scale, pixels + 1) - np.maximum(starts, pixels)
        return np.asarray(np.maximum(made, 0) / scale, np.float32)
    centers = (np.arange(wanted)[:, None] + 0.5) * scale
    if method == "bilinear" and not antialias:
        # Outside the first and last pixel, their numbers continue.
        centers = np.clip(centers, 0.5, given - 0.5)
    elif method == "bicubic" and not antialias:
        below = np.floor(centers - 0.5)
        centers = below + 0.5 + np.round((centers - 0.5 - below) * _STEPS) / _STEPS
    kernel, radius = _KERNELS[method]
    wide = max(scale, 1.0) if antialias else 1.0
    distances = (np.arange(given) + 0.5 - centers) / wide
    made = np.where(np.abs(distances) <= radius, kernel(distances), 0.0)
    sums = made.sum(1, keepdims=True)
    made = np.divide(made, sums, out=np.zeros_like(made), where=np.abs(sums) > 1e-35)
    return np.asarray(made, np.float32)


def _nearest(given: int, wanted: int) -> Array:
    """The pixel that each new one repeats."""
    scale = np.float32(given) / np.float32(wanted)
    places = np.floor((np.arange(wanted, dtype=np.float32) + np.float32(0.5)) * scale)
    result: Array = np.minimum(places.astype(np.intp), given - 1)
    return result


# -- the operations --------------------------------------------------------------------------------


def _checked(size: Any) -> tuple[int, int]:
    """The new height and width.

    Raises:
        ValueError: unless there are two.
        InvalidArgumentError: unless both are positive.
    """
    if not isinstance(size, tuple) or len(size) != 2:
        raise ValueError(f"'size' must be a 1-D Tensor of 2 elements. Received: size={size}")
    if min(size) < 1:
        raise InvalidArgumentError(f"output dimensions must be positive. Received: size={size}")
    return size


def _rows_and_columns(x: Array, rows: Array, columns: Array) -> Array:
    """Multiply height and width by a matrix each: [..., h, w, c] -> [..., new h, new w, c]."""
    wide = np.matmul(columns, x)
    tall: Array = np.matmul(rows, wide.reshape(*wide.shape[:-2], -1))
    return tall.reshape(*tall.shape[:-1], *wide.shape[-2:])


@operation("image.resize", kinds="iuf")
def _resize(
    images: Operand, size: Sizes, method: str = "bilinear", antialias: bool = False,
    name: Any = None,
) -> Array:  # fmt: skip
    """Images of another size: [batch, height, width, channels] or [height, width, channels]."""
    height, width = _checked(size)
    if method == "nearest":
        rows, columns = _nearest(images.shape[-3], height), _nearest(images.shape[-2], width)
        repeated: Array = images[..., rows[:, None], columns, :]
        return repeated
    x = images.astype(np.float32)
    return _rows_and_columns(
        x,
        _weights(method, x.shape[-3], height, antialias),
        _weights(method, x.shape[-2], width, antialias),
    )


@_resize.shape_rule
def _resize_rule(images: Spec, size: Any, method: str, antialias: bool) -> Any:
    dtype = images.dtype if method == "nearest" else float32
    if images.shape.rank is None:
        return UNKNOWN_RANK, dtype
    known = known_sizes(size)
    if known is not None and None not in known:
        _checked(known)
    pair = (None, None) if known is None else known
    return TensorShape([*images.shape[:-3], *pair, images.shape[-1]]), dtype


@_resize.gradient
def _resize_gradient(step: Any, dy: Any) -> Any:
    given, x = step.attributes, step.operands[0]
    if not x.dtype.is_floating:
        return None
    if given["method"] == "area":
        raise LookupError("TensorFlow has no gradient for the method 'area' of tf.image.resize.")
    # TensorFlow's gradient of the method `nearest` takes the size of the image, the others take
    # the image. None of them has a gradient itself.
    image = None if given["method"] == "nearest" else x
    back = _resize_back(dy, image, sizes_of(x), given["method"], given["antialias"])
    return back if back.dtype is x.dtype else cast(back, x.dtype)


@operation("raw_ops.ResizeBilinearGrad", kinds="f")
def _resize_back(
    grads: Operand, original_image: Index | None, original_size: Sizes, method: str = "bilinear",
    antialias: bool = False, name: Any = None,
) -> Array:  # fmt: skip
    """The gradient of resizing: each pixel gets the gradients of those that it has a weight in."""
    sizes: Any = original_size
    rows = _weights(method, sizes[-3], grads.shape[-3], antialias)
    columns = _weights(method, sizes[-2], grads.shape[-2], antialias)
    return _rows_and_columns(grads, rows.T.astype(grads.dtype), columns.T.astype(grads.dtype))


@_resize_back.shape_rule
def _resize_back_rule(
    grads: Spec, original_image: Any, original_size: Any, method: str, antialias: bool
) -> Any:
    known = known_sizes(original_size)
    return (UNKNOWN_RANK if known is None else TensorShape(known)), grads.dtype


@export("image.resize")
def resize(
    images: Any, size: Any, method: Any = "bilinear", preserve_aspect_ratio: bool = False,
    antialias: bool = False, name: Any = None,
) -> Any:  # fmt: skip
    """Images of another size: [batch, height, width, channels] -> [batch, *size, channels], or
    without the batch. The result is float32, except for the method `nearest`, which keeps the
    dtype. Follows tf.image.resize.

    Args:
        images: the images.
        size: the new height and width.
        method: "bilinear", "nearest", "bicubic", "area", "lanczos3", "lanczos5", "gaussian" or
            "mitchellcubic".
        preserve_aspect_ratio: whether the result is as large as fits into `size` without
            distortion.
        antialias: whether the windows grow with the scale where images become smaller.
        name: not used.

    Raises:
        ValueError: when the images have neither three nor four axes, the size is not a pair, or
            the method is unknown.
    """
    images = convert_to_tensor(images)
    if images.shape.rank is None:
        raise ValueError("'images' contains no shape.")
    if images.shape.rank not in (3, 4):
        raise ValueError("'images' must have either 3 or 4 dimensions.")
    if not isinstance(size, Symbol):
        found = np.asarray(size.numpy() if hasattr(size, "numpy") else size)
        if found.shape != (2,):
            raise ValueError("'size' must be a 1-D Tensor of 2 elements: new_height, new_width")
        size = tuple(int(one) for one in found)
    elif size.shape.rank is not None and size.shape != (2,):
        raise ValueError("'size' must be a 1-D Tensor of 2 elements: new_height, new_width")
    known = size.known if isinstance(size, Symbol) else size
    given = tuple(images.shape[-3:-1])
    if preserve_aspect_ratio:
        if None in given or not isinstance(known, tuple) or None in known:
            raise NotInDensetraceError(
                "tf.image.resize(preserve_aspect_ratio=True)",
                "It needs known sizes here.",
                "tf.image.resize keeps the aspect ratio only of images whose sizes are known.",
            )
        factor = min(new / old for new, old in zip(known, given, strict=True))
        size = known = tuple(round(old * factor) for old in given)
    chosen = getattr(method, "value", method)
    if chosen not in METHODS:
        raise ValueError(f"Resize method is not implemented: {method}")
    return _resize(images, size, chosen, bool(antialias))
