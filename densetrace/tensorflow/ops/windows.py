"""Windows that slide over a tensor: where they are, and how large the result is.

Convolution and pooling share these rules. Follows tensorflow/python/ops/nn_ops.py and
tensorflow/core/framework/common_shape_fns.cc.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from densetrace.tensorflow.errors import InvalidArgumentError
from densetrace.tensorflow.shapes import TensorShape
from densetrace.tensorflow.tensor import Array

Size: TypeAlias = int | None


class Axis(NamedTuple):
    """The windows along one axis."""

    size: Size
    """The size of the axis."""
    window: int
    """The number of elements in a window."""
    stride: int
    """The distance from one window to the next."""
    dilation: int
    """The distance between two elements of a window."""
    before: int
    """The number of elements that padding adds before the axis."""
    after: int
    output: Size
    """The number of windows, which is the size of the result."""


def is_channels_first(data_format: Any) -> bool:
    """Whether a data format such as NCHW has the channels after the batch."""
    return data_format is not None and str(data_format).startswith("NC")


def full(value: Any, spatial: int, is_first: bool, name: str) -> list[int]:
    """A setting for each axis, batch and channels too, in the order of the axes.

    Args:
        value: one number for all spatial axes, a number for each, or one for each axis at all.
        spatial: the number of spatial axes.
        is_first: whether the channels come before the spatial axes.
        name: the argument, for the message.

    Raises:
        ValueError: when it has another length.
    """
    if value is None:
        return [1] * (spatial + 2)
    listed = [value] if isinstance(value, int) or not np.ndim(value) else list(value)
    if len(listed) not in (1, spatial, spatial + 2):
        raise ValueError(
            f"{name} should be of length 1, {spatial} or {spatial + 2}. "
            f"Received: {name}={listed} of length {len(listed)}"
        )
    if not all(isinstance(one, int | np.integer) for one in listed):
        raise ValueError(f"{name} must be integers. Received: {name}={value!r:.80}")
    listed = [int(one) for one in listed]
    if len(listed) == spatial + 2:
        return listed
    listed = listed * spatial if len(listed) == 1 else listed
    return [1, 1, *listed] if is_first else [1, *listed, 1]


def check_padding(padding: Any, explicit: bool = True) -> None:
    """Check the name of a padding; a list of paddings needs `explicit`.

    Raises:
        InvalidArgumentError: for a name that TensorFlow does not have. Names are in upper case.
        TypeError: for a list where only a name is allowed.
    """
    if isinstance(padding, list | tuple):
        if not explicit:
            raise TypeError(f"Expected string for argument 'padding' not {padding}.")
        return
    if padding not in ("SAME", "VALID"):
        allowed = '"SAME", "VALID"' + (" or a list of pairs" if explicit else "")
        raise InvalidArgumentError(f'padding must be {allowed}. Received: "{padding}"')


def axes(
    sizes: Sequence[Size], windows: Sequence[int], strides: Sequence[int],
    dilations: Sequence[int], padding: Any, name: str,
) -> list[Axis]:  # fmt: skip
    """The windows along each axis.

    Args:
        sizes: the sizes of the axes, None where unknown.
        windows: the number of elements of a window, for each axis.
        strides: the distance between windows, for each axis.
        dilations: the distance between the elements of a window, for each axis.
        padding: "SAME", "VALID", or a pair of numbers for each axis.
        name: the operation, for messages.

    Raises:
        InvalidArgumentError: when a window is larger than a padded axis, or a stride is not
            positive.
        ValueError: when there is not a pair for each axis.
    """
    if isinstance(padding, list | tuple) and (
        len(padding) != len(sizes) or any(len(pair) != 2 for pair in padding)
    ):
        raise ValueError(
            f"padding must have a pair for each of {len(sizes)} axes. Received: {padding}"
        )
    if min(strides) < 1:
        raise InvalidArgumentError(f"{name}: Stride must be > 0, but got {min(strides)}")
    if min(dilations) < 1:
        raise InvalidArgumentError(f"{name}: dilations must be > 0, but got {min(dilations)}")
    found = []
    for at, (size, window, stride, dilation) in enumerate(
        zip(sizes, windows, strides, dilations, strict=True)
    ):
        span = (window - 1) * dilation + 1
        before, after = 0, 0
        if padding == "SAME":
            count = None if size is None else -(-size // stride)
            if size is not None and count is not None:
                added = max((count - 1) * stride + span - size, 0)
                before, after = added // 2, added - added // 2
        else:
            if padding != "VALID":
                before, after = (int(one) for one in padding[at])
            count = None
            if size is not None:
                room = size + before + after - span
                # DEPARTS: if no window fits, TensorFlow raises this error in a graph only. Eagerly,
                # its kernels return a tensor of a different shape or crash the process.
                if room < 0:
                    raise InvalidArgumentError(
                        f"{name}: Negative dimension size caused by subtracting {span} from "
                        f"{size + before + after}: the window is larger than the axis."
                    )
                count = room // stride + 1
        found.append(Axis(size, window, stride, dilation, before, after, count))
    return found


def padded(x: Array, listed: Sequence[Axis], value: Any = 0) -> Array:
    """`x` with the padding of each axis around it."""
    if not any(axis.before or axis.after for axis in listed):
        return x
    sizes = [axis.before + size + axis.after for axis, size in zip(listed, x.shape, strict=True)]
    made = np.zeros(sizes, x.dtype) if not value else np.full(sizes, value, x.dtype)
    made[inside(listed, x.shape)] = x
    return made


def inside(listed: Sequence[Axis], sizes: Sequence[int]) -> tuple[slice, ...]:
    """The part of a padded tensor that is not padding, for a tensor of these sizes."""
    return tuple(
        slice(axis.before, axis.before + size) for axis, size in zip(listed, sizes, strict=True)
    )


def positions(listed: Sequence[Axis]) -> Iterator[tuple[slice, ...]]:
    """For each element of a window, in order: where a padded tensor has it, for all windows."""
    for at in np.ndindex(*[axis.window for axis in listed]):
        yield tuple(
            slice(
                first * axis.dilation,
                first * axis.dilation + ((axis.output or 0) - 1) * axis.stride + 1,
                axis.stride,
            )
            if axis.output
            else slice(0, 0)
            for first, axis in zip(at, listed, strict=True)
        )


def counts(listed: Sequence[Axis]) -> TensorShape:
    """The number of windows along each axis."""
    return TensorShape([axis.output for axis in listed])
