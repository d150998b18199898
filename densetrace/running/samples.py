"""The sample that a layer is called on when no input was given: its shape, and its numbers.

Every function needs only the layer's class names and attributes, so that it serves every engine.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np

from densetrace.recording.introspect import facts_of
from densetrace.running.recurrent_samples import shape_through_time
from densetrace.system.errors import RequestError, shown

Shape = tuple[int | None, ...]
Array = np.ndarray[Any, np.dtype[Any]]

SHAPE: Final[Shape] = (None, 3)
"""The input shape that is assumed when neither the user nor the layer gives one."""

BATCH: Final = 2
SIZE: Final = 3
SEED: Final = 0
ELEMENTS: Final = 5 * 10**6
DIMENSIONS: Final = 32

OTHER_SHAPE: Final = "Give a smaller --input-shape, or stop earlier: --until build."

# -- shapes ----------------------------------------------------------------------------------------


def assumed_shape(subject: Any) -> Shape:
    """The input shape to assume for a layer or a model without a shape of its own."""
    first = _first(subject)
    through_time = shape_through_time(first, assumed_shape)
    if through_time is not None:
        return through_time
    fitting = _SHAPES.get(_class(first))
    return (fitting(first) if fitting is not None else None) or SHAPE


def _for_reshape(layer: Any) -> Shape | None:
    """One axis with as many elements as the target shape; twice as many where one size is open."""
    sizes = getattr(layer, "target_shape", ())
    if not all(isinstance(size, int) for size in sizes):
        return None
    product = math.prod(size for size in sizes if size != -1)
    return (None, product * (2 if -1 in sizes else 1)) if product > 0 else None


def _for_permute(layer: Any) -> Shape | None:
    """A different size for each axis, so that their order can be seen."""
    count = len(getattr(layer, "dims", ()))
    return (None, *range(SIZE - 1, SIZE - 1 + count)) if 0 < count < DIMENSIONS else None


def _for_dot(layer: Any) -> Shape | None:
    """An axis more than the usual shape where `axes` names it."""
    axes = getattr(layer, "axes", None)
    named = axes if isinstance(axes, list | tuple) else (axes,)
    return (None, SIZE, SIZE) if any(axis in (2, -2) for axis in named) else None


def _ints(value: Any) -> list[int]:
    """The numbers in a setting of windows, as a layer holds it: pairs of pairs too."""
    if isinstance(value, int) and not isinstance(value, bool):
        return [value]
    if not isinstance(value, list | tuple):
        return []
    return [number for one in value for number in _ints(one)]


def _for_windows(layer: Any) -> Shape | None:
    """A sequence or images that leave room for some windows, or for something after cropping; a
    different size for each axis, so that their order can be seen."""
    axes = 2 if _class(layer).endswith("2D") else 1
    sizes = [_ROOM, _ROOM - 1][:axes]
    for setting in ("kernel_size", "pool_size"):
        taken = _ints(getattr(layer, setting, ()))
        if len(taken) == axes:
            gaps = _ints(getattr(layer, "dilation_rate", ())) or [1] * axes
            steps = _ints(getattr(layer, "strides", ())) or [1] * axes
            spans = [(one - 1) * gap + 1 for one, gap in zip(taken, gaps, strict=False)]
            sizes = [
                max(size, span + step)
                for size, span, step in zip(sizes, spans, steps, strict=False)
            ]
    cut = _ints(getattr(layer, "cropping", ()))
    if len(cut) == 2 * axes:
        sizes = [size + sum(cut[2 * at : 2 * at + 2]) for at, size in enumerate(sizes)]
    groups = getattr(layer, "groups", 1)
    channels = SIZE if groups == 1 or not isinstance(groups, int) else groups
    if getattr(layer, "data_format", None) == "channels_first":
        return (None, channels, *sizes)
    return (None, *sizes, channels)


_ROOM: Final = 6
"""The usual number of rows of a sample image."""

_WITH_WINDOWS: Final = (
    "Conv", "MaxPooling", "AveragePooling", "GlobalMaxPooling", "GlobalAveragePooling",
    "ZeroPadding", "UpSampling", "Cropping",
)  # fmt: skip

_SHAPES: Final[Mapping[str, Callable[[Any], Shape | None]]] = {
    "Flatten": lambda layer: (None, SIZE - 1, SIZE),
    "Masking": lambda layer: (None, SIZE, SIZE - 1),
    "Reshape": _for_reshape,
    "Permute": _for_permute,
    "Dot": _for_dot,
    **{f"{name}{axes}D": _for_windows for name in _WITH_WINDOWS for axes in (1, 2)},
}
"""The input shape that shows what a layer of a class does; None for the usual one."""


# -- batches ---------------------------------------------------------------------------------------


def inputs_of(subject: Any) -> int | None:
    """The number of inputs that a layer is called on, if it takes a list of them: two for each of
    the layers that merge."""
    return 2 if "_Merge" in facts_of(type(subject)).lineage else None


def batch(subject: Any, shape: Shape, rows: int = BATCH) -> Array | list[Array]:
    """The sample for a layer or model, of an input shape: always the same numbers.

    Raises:
        RequestError: if it has too many elements or dimensions.
    """
    several = inputs_of(subject)
    if several is not None:
        return [normal(shape, rows, SEED + number) for number in range(several)]
    return _fitting(_first(subject), normal(shape, rows))


def normal(shape: Shape, rows: int = BATCH, seed: int = SEED) -> Array:
    """Normally distributed numbers of a shape, with unknown sizes filled in.

    Raises:
        RequestError: if there are too many elements or dimensions.
    """
    sizes = [
        (rows if axis == 0 else SIZE) if size is None else size for axis, size in enumerate(shape)
    ]
    if min(sizes, default=0) < 0 or len(sizes) > DIMENSIONS:
        raise RequestError(
            f"A sample batch has at most {DIMENSIONS} dimensions, none of them negative. "
            f"Received: shape {shown(str(shape))}.",
            OTHER_SHAPE,
        )
    # NumPy also limits the sizes of an empty array.
    if math.prod(max(size, 1) for size in sizes) > ELEMENTS:
        raise RequestError(
            f"A sample batch holds at most {ELEMENTS:,} numbers, sizes of 0 counted as 1. "
            f"Received: shape {shown(str(shape))}.",
            OTHER_SHAPE,
        )
    return np.random.default_rng(seed).standard_normal(sizes).astype(np.float32)


def _fitting(layer: Any, sample: Array) -> Array:
    """A sample that the layer can take, or that shows what it does: indices of rows for an
    `Embedding`, a masked time step for a `Masking`."""
    if _class(layer) == "Embedding" and isinstance(layer.input_dim, int):
        indices = np.arange(sample.size, dtype=np.int32) % max(layer.input_dim, 1)
        return indices.reshape(sample.shape)
    if _class(layer) == "Masking" and sample.ndim > 2:
        sample[:, -1] = layer.mask_value
    return sample


# -- layers ----------------------------------------------------------------------------------------


def _first(subject: Any) -> Any:
    """The first layer of a `Sequential`; any other layer itself."""
    layers = getattr(subject, "layers", ())
    return _first(layers[0]) if layers else subject


def _class(layer: Any) -> str:
    """The name of a layer's class, if it is one of Keras."""
    cls = type(layer)
    ours = cls.__module__.removeprefix("densetrace.")
    return cls.__name__ if ours.startswith(("keras.", "tf_keras.")) else ""
