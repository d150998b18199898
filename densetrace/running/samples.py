"""The samples that a layer is called on when no inputs were given: their shapes and numbers.

Every function needs only the layer's class names and attributes, so that it serves every engine.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np

from densetrace.recording.introspect import facts_of
from densetrace.running.calling import Shape, by_position, count_of, goes_through_time
from densetrace.system.errors import RequestError, shown

Array = np.ndarray[Any, np.dtype[Any]]

SHAPE: Final[Shape] = (None, 3)
"""The input shape that is assumed when neither the user nor the layer gives one."""

BATCH: Final = 2
SIZE: Final = 3
TIMES: Final = 4
"""The time steps of a sample."""

SEED: Final = 0
ELEMENTS: Final = 5 * 10**6
DIMENSIONS: Final = 32

OTHER_SHAPE: Final = "Pass a smaller --input-shape, or stop earlier: --until build."

# -- shapes ----------------------------------------------------------------------------------------


def assumed_shapes(subject: Any) -> list[Shape]:
    """The shapes of the inputs to assume for a layer or a model without shapes of its own."""
    attention = by_position(subject) or "Attention" in _class(subject)
    if attention and (count := count_of(subject)) > 1:
        # Different lengths, so that the axes of the queries and of the values can be told apart.
        return [(None, TIMES + number, SIZE) for number in range(count)]
    return [_assumed_shape(subject)] * count_of(subject)


def _assumed_shape(subject: Any) -> Shape:
    first = _first(subject)
    if goes_through_time(first):
        return (None, TIMES, *_assumed_shape(_inside(first))[1:])
    fitting = _SHAPES.get(_class(first))
    return (fitting(first) if fitting is not None else None) or SHAPE


def _inside(layer: Any) -> Any:
    """The cell, or the layer that `TimeDistributed` holds."""
    is_distributed = "TimeDistributed" in facts_of(type(layer)).lineage
    return getattr(layer, "layer" if is_distributed else "cell", None)


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


def _for_einsum(layer: Any) -> Shape | None:
    """An axis for each letter of the input, with the size that the output asks for; a different
    size for each other axis, so that their order can be seen."""
    equation = getattr(layer, "equation", None)
    known = getattr(layer, "partial_output_shape", None)
    if not isinstance(equation, str) or not isinstance(known, list | tuple):
        return None
    taken, output = equation.partition(",")[0], equation.partition("->")[2].replace("...", "")
    is_left = taken.startswith("...")
    letters = taken.replace("...", "")
    asked = dict(zip(output[not is_left :], known, strict=False))
    count = len(letters)
    sizes = [asked.get(one) or SIZE + count - at - 1 for at, one in enumerate(letters)]
    return (None, *(sizes if is_left else sizes[1:]))


def _for_groups(layer: Any) -> Shape | None:
    """Two channels for each group."""
    groups, axis = getattr(layer, "groups", None), getattr(layer, "axis", None)
    if not isinstance(groups, int) or not isinstance(axis, int) or groups < 1:
        return None
    sizes: list[int | None] = [None, SIZE, SIZE]
    if not -len(sizes) < axis < len(sizes) or axis == 0:
        return None
    sizes[axis] = 2 * groups
    return tuple(sizes)


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
    axes = 2 if "2D" in _class(layer) else 1
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
    "Conv{}", "Conv{}Transpose", "DepthwiseConv{}", "SeparableConv{}", "MaxPooling{}",
    "AveragePooling{}", "GlobalMaxPooling{}", "GlobalAveragePooling{}", "ZeroPadding{}",
    "UpSampling{}", "Cropping{}", "SpatialDropout{}",
)  # fmt: skip
"""The classes of such layers; the braces stand for the number of axes."""

_SHAPES: Final[Mapping[str, Callable[[Any], Shape | None]]] = {
    "Flatten": lambda layer: (None, SIZE - 1, SIZE),
    "Masking": lambda layer: (None, SIZE, SIZE - 1),
    "Reshape": _for_reshape,
    "Permute": _for_permute,
    "Dot": _for_dot,
    "CategoryEncoding": lambda layer: (None, 1) if layer.output_mode == "one_hot" else None,
    "EinsumDense": _for_einsum,
    "GroupNormalization": _for_groups,
    **{name.format(axes): _for_windows for name in _WITH_WINDOWS for axes in ("1D", "2D")},
}
"""The input shape that shows what a layer of a class does; None for the usual one."""


# -- batches ---------------------------------------------------------------------------------------


def batches(subject: Any, shapes: Sequence[Shape], rows: int = BATCH) -> list[Array]:
    """The samples for the inputs of a layer or model, of these shapes: always the same numbers.

    Raises:
        RequestError: if one has too many elements or dimensions.
    """
    return [
        _fitting(subject, number, normal(shape, rows, SEED + number))
        for number, shape in enumerate(shapes)
    ]


def converted(subject: Any, given: Sequence[Array]) -> list[Array]:
    """Numbers that were given, with the dtype that the layer or model asks for: integers for
    indices, else float32."""
    return [array.astype(_dtype_of(subject, number, array)) for number, array in enumerate(given)]


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
            f"A sample batch has at most {ELEMENTS:,} numbers (a size of 0 counts as 1). "
            f"Received: shape {shown(str(shape))}.",
            OTHER_SHAPE,
        )
    return np.random.default_rng(seed).standard_normal(sizes).astype(np.float32)


def _fitting(subject: Any, number: int, sample: Array) -> Array:
    """A sample that the layer can take, or that shows what it does: indices for an `Embedding`,
    whole numbers for an input of integers, a masked time step for a `Masking`."""
    layer = _entered(subject, number)
    size = _count_of_indices(layer)
    dtype = _asked_dtype(subject, number)
    if size is not None or dtype.kind in "iu":
        indices = np.arange(sample.size) % max(size or _WHOLE, 1)
        return indices.reshape(sample.shape).astype(np.int32 if size is not None else dtype)
    if dtype.kind == "b":
        return sample > 0
    if _class(layer) == "Masking" and sample.ndim > 2:
        sample[:, -1] = layer.mask_value
    return sample


_WHOLE: Final = 10
"""A sample of an integer dtype has the numbers below this."""

_INDEXED: Final = {
    "Embedding": "input_dim", "ReversibleEmbedding": "input_dim", "CategoryEncoding": "num_tokens",
}  # fmt: skip
"""The layers whose input is indices, each with the attribute that says how many there are."""


def _count_of_indices(layer: Any) -> int | None:
    """The number of different indices that a layer takes; else None."""
    count = getattr(layer, _INDEXED.get(_class(layer), ""), None)
    return count if isinstance(count, int) else None


def _asked_dtype(subject: Any, number: int) -> np.dtype[Any]:
    """The dtype of an input as the model or its input layer states it, by default float32."""
    inputs = getattr(subject, "inputs", None)
    stated = inputs[number] if inputs and number < len(inputs) else _first(subject)
    is_stated = stated is not subject or _class(stated) == "InputLayer"
    name = getattr(stated, "dtype", None) if is_stated else None
    try:
        asked = np.dtype(getattr(name, "name", name) or np.float32)
    except TypeError:
        return np.dtype(np.float32)  # such as bfloat16, to which Keras casts
    return asked if asked.kind in "biu" else np.dtype(np.float32)


def _dtype_of(subject: Any, number: int, given: Array) -> np.dtype[Any]:
    """The dtype for numbers that were given."""
    if given.dtype.kind in "biu" and _count_of_indices(_entered(subject, number)) is not None:
        return np.dtype(np.int32)
    return _asked_dtype(subject, number)


# -- layers ----------------------------------------------------------------------------------------


def _first(subject: Any) -> Any:
    """The first layer of a `Sequential`; any other layer itself."""
    layers = getattr(subject, "layers", ())
    return _first(layers[0]) if layers else subject


def _entered(subject: Any, number: int) -> Any:
    """The layer that one input of a layer or model enters first, also inside `TimeDistributed`."""
    inputs = getattr(subject, "inputs", None) or ()
    if len(inputs) > 1:
        taken = (layer for layer in subject.layers if _takes(layer, inputs[number : number + 1]))
        return next(taken, subject)
    first = _first(subject)
    is_distributed = "TimeDistributed" in facts_of(type(first)).lineage
    return _entered(first.layer, number) if is_distributed else first


def _takes(layer: Any, one: Sequence[Any]) -> bool:
    """Whether a layer of a functional model was called on a tensor alone."""
    try:
        return _class(layer) != "InputLayer" and any(layer.input is tensor for tensor in one)
    except (AttributeError, ValueError, RuntimeError):
        return False  # called more than once, or never


def _class(layer: Any) -> str:
    """The name of a layer's class, if it is one of Keras."""
    cls = type(layer)
    ours = cls.__module__.removeprefix("densetrace.")
    return cls.__name__ if ours.startswith(("keras.", "tf_keras.")) else ""
