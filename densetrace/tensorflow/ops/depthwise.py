"""Depthwise convolutions: each channel is convolved on its own, with its own filters.

The result has the channels of one input channel next to one another: channel `k * multiplier + q`
is filter `q` of input channel `k`.
"""

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from densetrace.tensorflow import allowance
from densetrace.tensorflow.convert import convert_to_tensor
from densetrace.tensorflow.errors import InvalidArgumentError
from densetrace.tensorflow.operation import (
    Operand,
    Sizes,
    Spec,
    export,
    operation,
)
from densetrace.tensorflow.ops import windows
from densetrace.tensorflow.ops.convolution import (
    Plan,
    as_given,
    back_filters_rule,
    back_input_rule,
    channels_last,
    conv2d,
    plan_of,
    whole,
)
from densetrace.tensorflow.ops.gradients import needs, sizes_of
from densetrace.tensorflow.shapes import UNKNOWN_RANK, TensorShape
from densetrace.tensorflow.tensor import Array


def _plan(
    sizes: Sequence[int | None], kernel: Sequence[int | None], strides: Any, padding: Any,
    data_format: Any, dilations: Any,
) -> Plan:  # fmt: skip
    """The plan of a convolution with one group for each channel.

    Raises:
        ValueError: when strides, dilations or the padding do not fit two spatial axes.
        InvalidArgumentError: when the shapes do not fit one another.
        UnimplementedError: when strides are to skip examples or channels.
    """
    if len(kernel) != 4:
        raise InvalidArgumentError(f"filter must be 4-dimensional: {list(kernel)}")
    # DEPARTS: Eagerly, a depthwise convolution of TensorFlow does not check the number of axes of
    # its input: it returns a tensor of a different shape or crashes the process.
    if len(sizes) != 4:
        raise InvalidArgumentError(f"input must be 4-dimensional: {list(sizes)}")
    if len(strides) != 4:
        raise InvalidArgumentError(
            f"Sliding window strides field must specify 4 dimensions. Received: {list(strides)}"
        )
    height, width, channels, multiplier = kernel
    both = None if channels is None or multiplier is None else channels * multiplier
    gaps = None if dilations is None else list(dilations)
    found = plan_of(sizes, (height, width, 1, both), strides, padding, data_format, gaps)
    if found.channels is not None and channels is not None and found.channels != channels:
        raise InvalidArgumentError(
            f"Dimensions must be equal, but are {found.channels} and {channels}: the filter needs "
            "the channels of the input."
        )
    return found


def _multiplied(x: Array, plan: Plan, multiplier: int) -> Array:
    """The padded examples, each channel as often as it has filters: [examples, ..., filters]."""
    x = windows.padded(x, whole(plan, x))
    return x if multiplier == 1 else np.repeat(x, multiplier, axis=-1)


def _taps(plan: Plan, filter: Array) -> Iterator[tuple[tuple[slice, ...], Array]]:
    """For each element of a window: where padded examples have it, and its weights, one for each
    channel of the result."""
    flat = filter.reshape(-1, filter.shape[-2] * filter.shape[-1])
    for place, weights in zip(windows.positions(plan.axes), flat, strict=True):
        yield (slice(None), *place), weights


def _spend(dy: Sequence[int], filter: Sequence[int], dtype: Any) -> None:
    """Count the products before they are computed."""
    if allowance.is_limited():
        allowance.spend(0, dtype, products=math.prod(dy) * math.prod(filter[:2]))


@operation("nn.depthwise_conv2d", kinds="f", widens_half=True)
def depthwise_conv2d(
    input: Operand, filter: Operand, strides: Any, padding: Any, data_format: Any = None,
    dilations: Any = None, name: Any = None,
) -> Array:  # fmt: skip
    """The weighted sums of windows that slide over each channel of `input`:
    [batch, height, width, channels] and [rows, columns, channels, multiplier] ->
    [batch, new height, new width, channels * multiplier]. Follows tf.nn.depthwise_conv2d.

    Args:
        input: the images.
        filter: the weights of a window, for each channel `multiplier` times.
        strides: the distance from one window to the next, for each of the four axes.
        padding: VALID for none; SAME for zeros around the input; or a pair for each axis.
        data_format: NHWC or NCHW.
        dilations: the distance between the elements of a window, along rows and columns.
    """
    plan = _plan(input.shape, filter.shape, strides, padding, data_format, dilations)
    if not filter.size:
        raise InvalidArgumentError(
            "filter must not have zero elements (i.e. all dimensions must be non-zero)"
        )
    x = channels_last(input, plan)
    counts = [axis.output or 0 for axis in plan.axes]
    made = np.zeros((len(x), *counts, filter.shape[-2] * filter.shape[-1]), input.dtype)
    if made.size:
        _spend(made.shape, filter.shape, input.dtype)
        x = _multiplied(x, plan, filter.shape[-1])
        product = np.empty_like(made)
        for place, weights in _taps(plan, filter):
            made += np.multiply(x[place], weights, out=product)
    return as_given(made, plan, input.shape[:1])


@depthwise_conv2d.check
def _check(
    input: Any, filter: Any, strides: Any, padding: Any, data_format: Any, dilations: Any
) -> None:
    """Check what TensorFlow checks before it runs the operation.

    Raises:
        TypeError: when the strides are no list or tuple.
        ValueError: when the dilations are not two positive numbers, or strides and dilations are
            both larger than 1.
    """
    if not isinstance(strides, list | tuple):
        raise TypeError(
            "Expected list for 'strides' argument to 'depthwise_conv2d_native' Op, not "
            f"{strides!r:.80}."
        )
    if dilations is None:
        return
    if not isinstance(dilations, list | tuple):
        raise ValueError(
            f"`dilation_rate.shape.rank` must be 1. Received: dilation_rate={dilations!r:.80}"
        )
    if len(dilations) != 2:
        raise ValueError(
            f"`dilations` needs two numbers, for rows and columns. Received: {list(dilations)}"
        )
    if min(dilations) < 1:
        raise ValueError(
            f"`dilation_rate` must be positive. Received: dilation_rate={list(dilations)}"
        )
    # DEPARTS: TensorFlow's documentation excludes strides and dilations that are both larger than
    # 1, but its function then computes the sums of other windows. Here they are refused.
    if max(dilations) > 1 and max(strides) > 1:
        raise ValueError(
            "`strides > 1` not supported in conjunction with `dilations > 1`. "
            f"Received: strides={list(strides)} and dilations={list(dilations)}"
        )


@depthwise_conv2d.shape_rule
def _rule(
    input: Spec, filter: Spec, strides: Any, padding: Any, data_format: Any, dilations: Any
) -> Any:
    if filter.shape.rank is None:
        return UNKNOWN_RANK, input.dtype
    if input.shape.rank is None:
        return TensorShape([None] * 4), input.dtype
    plan = _plan(tuple(input.shape), tuple(filter.shape), strides, padding, data_format, dilations)
    return plan.output, input.dtype


def _settings(step: Any) -> tuple[Any, ...]:
    """The strides, padding, data format and dilations of a recorded operation."""
    return tuple(
        step.attributes[name] for name in ("strides", "padding", "data_format", "dilations")
    )


@depthwise_conv2d.gradient
def _gradients(step: Any, dy: Any) -> Any:
    x, filter = step.operands
    settings = _settings(step)
    return (
        _back_input(filter, dy, sizes_of(x), *settings) if needs(step, 0) else None,
        _back_filter(x, dy, sizes_of(filter), *settings) if needs(step, 1) else None,
    )


@operation("raw_ops.DepthwiseConv2dNativeBackpropInput", kinds="f", widens_half=True)
def _back_input(
    filter: Operand, out_backprop: Operand, input_sizes: Sizes, strides: Any = None,
    padding: Any = "VALID", data_format: Any = None, dilations: Any = None, name: Any = None,
) -> Array:  # fmt: skip
    """The gradient of a depthwise convolution for its input: each gradient is spread over its
    window in the input channel."""
    sizes: Any = input_sizes
    plan = _plan(sizes, filter.shape, strides, padding, data_format, dilations)
    dy = channels_last(out_backprop, plan)
    channels, multiplier = filter.shape[-2:]
    grown = [(axis.size or 0) + axis.before + axis.after for axis in plan.axes]
    made = np.zeros((len(dy), *grown, channels), dy.dtype)
    _spend(dy.shape, filter.shape, dy.dtype)
    for place, weights in _taps(plan, filter):
        product = dy * weights
        if multiplier > 1:
            product = product.reshape(*dy.shape[:-1], channels, multiplier).sum(-1)
        made[place] += product
    inner = windows.inside(plan.axes, [axis.size or 0 for axis in plan.axes])
    return as_given(np.ascontiguousarray(made[(slice(None), *inner)]), plan, sizes[:1])


_back_input.shape_rule(back_input_rule)


@_back_input.gradient
def _back_input_gradient(step: Any, d: Any) -> Any:
    filter, dy, _ = step.operands
    settings = _settings(step)
    return (
        _back_filter(d, dy, sizes_of(filter), *settings),
        depthwise_conv2d(d, filter, *settings),
        None,
    )


@operation("raw_ops.DepthwiseConv2dNativeBackpropFilter", kinds="f", widens_half=True)
def _back_filter(
    input: Operand, out_backprop: Operand, filter_sizes: Sizes, strides: Any = None,
    padding: Any = "VALID", data_format: Any = None, dilations: Any = None, name: Any = None,
) -> Array:  # fmt: skip
    """The gradient of a depthwise convolution for its filter: each window of a channel times the
    gradient of its sum."""
    sizes: Any = filter_sizes
    plan = _plan(input.shape, sizes, strides, padding, data_format, dilations)
    x = _multiplied(channels_last(input, plan), plan, sizes[-1])
    dy = channels_last(out_backprop, plan)
    _spend(dy.shape, sizes, dy.dtype)
    # One axis at a time: that rounds less than one long sum.
    sums = [
        (x[(slice(None), *place)] * dy).sum(2).sum(1).sum(0)
        for place in windows.positions(plan.axes)
    ]
    return np.stack(sums).reshape(sizes).astype(input.dtype, copy=False)


_back_filter.shape_rule(back_filters_rule)


@_back_filter.gradient
def _back_filter_gradient(step: Any, d: Any) -> Any:
    x, dy, _ = step.operands
    settings = _settings(step)
    return _back_input(d, dy, sizes_of(x), *settings), depthwise_conv2d(x, d, *settings), None


@export("nn.separable_conv2d")
def separable_conv2d(
    input: Any, depthwise_filter: Any, pointwise_filter: Any, strides: Any, padding: Any,
    data_format: Any = None, dilations: Any = None, name: Any = None,
) -> Any:  # fmt: skip
    """A depthwise convolution, then one with windows of 1 x 1 that mixes the channels:
    [batch, height, width, channels], [rows, columns, channels, multiplier] and
    [1, 1, channels * multiplier, filters] -> [batch, new height, new width, filters]. Follows
    tf.nn.separable_conv2d.

    Args:
        input: the images.
        depthwise_filter: the weights of the depthwise convolution.
        pointwise_filter: the weights of the second convolution.
        strides: the distance between the windows of the first, for each of the four axes.
        padding: the padding of the first: VALID, SAME, or a pair for each axis.
        data_format: NHWC or NCHW.
        dilations: the distance between the elements of its windows, along rows and columns.
        name: the name of the second convolution in a graph.

    Raises:
        ValueError: when `pointwise_filter` has not the shape [1, 1, ..., ...].
    """
    x, depthwise, pointwise = (
        convert_to_tensor(one) for one in (input, depthwise_filter, pointwise_filter)
    )
    if pointwise.shape.rank not in (None, 4):
        raise ValueError(f"Shape {pointwise.shape} must have rank 4")
    for size in pointwise.shape[:2] if pointwise.shape.rank else ():
        if size not in (None, 1):
            raise ValueError(f"Dimensions {size} and 1 are not compatible")
    mixed = depthwise_conv2d(x, depthwise, strides, padding, data_format, dilations)
    return conv2d(mixed, pointwise, [1, 1, 1, 1], "VALID", data_format=data_format)
