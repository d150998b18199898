"""Convolutions: the weighted sums of windows that slide over a tensor.

One computation serves one, two and three spatial axes: the windows become the rows of a matrix, and
a matrix product with the filters computes all sums at once.
"""

import math
from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

import numpy as np

from densetrace.tensorflow import allowance
from densetrace.tensorflow.errors import InvalidArgumentError, UnimplementedError
from densetrace.tensorflow.operation import Operand, Sizes, Spec, operation, shape_of_sizes
from densetrace.tensorflow.ops import windows
from densetrace.tensorflow.ops.gradients import needs, sizes_of
from densetrace.tensorflow.ops.windows import Axis, is_channels_first
from densetrace.tensorflow.shapes import UNKNOWN_RANK, TensorShape
from densetrace.tensorflow.tensor import Array

_FORMATS: Final = {1: ("NWC", "NCW"), 2: ("NHWC", "NCHW"), 3: ("NDHWC", "NCDHW")}
"""The data formats by the number of spatial axes; the first has the channels last."""

_BLOCK: Final = 1 << 22
"""The largest number of elements that a matrix of windows may have; more examples take more than
one product."""


class Plan(NamedTuple):
    """How a convolution of some shapes is computed."""

    axes: list[Axis]
    """The windows along each spatial axis."""
    is_first: bool
    """Whether the channels come before the spatial axes."""
    batch: tuple[int | None, ...]
    channels: int | None
    filters: int | None
    groups: int

    @property
    def output(self) -> TensorShape:
        """The shape of the result."""
        counts = [axis.output for axis in self.axes]
        ends = [self.filters, *counts] if self.is_first else [*counts, self.filters]
        return TensorShape([*self.batch, *ends])


def plan_of(
    sizes: Sequence[int | None], kernel: Sequence[int | None], strides: Any, padding: Any,
    data_format: Any, dilations: Any,
) -> Plan:  # fmt: skip
    """The plan for an input and filters of these sizes.

    Raises:
        ValueError: when strides, dilations or the padding do not fit the filters.
        InvalidArgumentError: when the shapes do not fit one another.
        UnimplementedError: when strides are to skip examples or channels.
    """
    spatial = len(kernel) - 2
    if data_format is not None and data_format not in _FORMATS[spatial]:
        allowed = " or ".join(_FORMATS[spatial])
        raise InvalidArgumentError(f"data_format must be {allowed}. Received: {data_format}")
    windows.check_padding(padding)
    is_first = is_channels_first(data_format)
    if len(sizes) < spatial + 2:
        raise InvalidArgumentError(
            f"The input needs at least {spatial + 2} axes, batch and channels among them. "
            f"Received: shape {tuple(sizes)}"
        )
    steps = windows.full(strides, spatial, is_first, "strides")
    gaps = windows.full(dilations, spatial, is_first, "dilations")
    at = slice(2, None) if is_first else slice(1, -1)
    if steps[0] != 1 or steps[1 if is_first else -1] != 1:
        raise UnimplementedError("Strides in the batch and depth dimensions are not supported.")
    batch, rest = tuple(sizes[: -spatial - 1]), tuple(sizes[-spatial - 1 :])
    channels = rest[0] if is_first else rest[-1]
    within, filters = kernel[-2:]
    groups = 1
    if channels is not None and within is not None:
        if not within or channels % within:
            raise InvalidArgumentError(
                f"input depth must be evenly divisible by filter depth: {channels} vs {within}"
            )
        groups = max(channels // within, 1)
        if filters is not None and filters % groups:
            raise InvalidArgumentError(
                f"output depth must be evenly divisible by number of groups: {filters} vs {groups}"
            )
    pads = padding
    if isinstance(padding, list | tuple):
        if len(padding) != spatial + 2:
            raise ValueError(
                f"padding must have a pair for each of {spatial + 2} axes. Received: {padding}"
            )
        pads = list(padding)[at]
    taken = [one or 1 for one in kernel[:-2]]
    listed = windows.axes(
        rest[1:] if is_first else rest[:-1], taken, steps[at], gaps[at], pads, "Convolution"
    )
    return Plan(listed, is_first, batch, channels, filters, groups)


# -- the computation -------------------------------------------------------------------------------


def channels_last(x: Array, plan: Plan) -> Array:
    """`x` as [examples, ..., channels]."""
    spatial = len(plan.axes)
    flat = x.reshape(-1 if x.size else math.prod(x.shape[: -spatial - 1]), *x.shape[-spatial - 1 :])
    return np.moveaxis(flat, 1, -1) if plan.is_first else flat


def as_given(x: Array, plan: Plan, batch: Sequence[int]) -> Array:
    """[examples, ..., channels] in the order of the axes of the input, with its batch axes."""
    if plan.is_first:
        x = np.ascontiguousarray(np.moveaxis(x, -1, 1))
    return x.reshape(*batch, *x.shape[1:])


def whole(plan: Plan, x: Array) -> list[Axis]:
    """The windows along all axes: those of examples and channels have one element."""
    edge = Axis(None, 1, 1, 1, 0, 0, None)
    return [edge._replace(output=x.shape[0]), *plan.axes, edge._replace(output=x.shape[-1])]


def _blocks(x: Array, plan: Plan) -> Iterator[tuple[slice, Array]]:
    """Some examples at a time: which, and their windows, [groups, windows, elements].

    The elements of a window are in the order of the filters: spatial axes, then channels.
    """
    x = windows.padded(x, whole(plan, x))
    taken = [axis.window for axis in plan.axes]
    counts = [axis.output or 0 for axis in plan.axes]
    channels, rows = x.shape[-1], math.prod(counts)
    example, *steps, step = x.strides
    strides = [
        example,
        *(one * axis.stride for one, axis in zip(steps, plan.axes, strict=True)),
        *(one * axis.dilation for one, axis in zip(steps, plan.axes, strict=True)),
        step,
    ]
    shape = (len(x), *counts, *taken, channels)
    view = np.lib.stride_tricks.as_strided(x, shape, strides, writeable=False)
    elements = math.prod(taken) * channels
    together = max(1, _BLOCK // max(1, rows * elements))
    for first in range(0, len(x), together):
        part = slice(first, min(first + together, len(x)))
        count = (part.stop - part.start) * rows
        if plan.groups == 1:
            yield part, view[part].reshape(1, count, elements)
            continue
        split = view[part].reshape(count, -1, plan.groups, channels // plan.groups)
        yield part, split.transpose(2, 0, 1, 3).reshape(plan.groups, count, -1)


def _matrices(filters: Array, groups: int) -> Array:
    """The filters of each group as a matrix, [groups, elements of a window, filters]."""
    flat = filters.reshape(-1, groups, filters.shape[-1] // groups)
    return flat.transpose(1, 0, 2)


def _grouped(x: Array, part: slice, groups: int) -> Array:
    """Some examples of a result, [groups, windows, filters]."""
    rows = x[part].reshape(-1, groups, x.shape[-1] // groups)
    return rows.transpose(1, 0, 2)


def spend(plan: Plan, x: Array, filters: Array) -> None:
    """Count the products before they are computed."""
    if allowance.is_limited():
        counts = math.prod(axis.output or 0 for axis in plan.axes)
        allowance.spend(0, x.dtype, products=len(x) * counts * filters.size)


def _convolved(
    input: Array, filters: Array, strides: Any, padding: Any, data_format: Any, dilations: Any
) -> Array:
    plan = plan_of(input.shape, filters.shape, strides, padding, data_format, dilations)
    x = channels_last(input, plan)
    counts = [axis.output or 0 for axis in plan.axes]
    made = np.zeros((len(x), *counts, filters.shape[-1]), input.dtype)
    if made.size and filters.size:
        spend(plan, x, filters)
        matrices = _matrices(filters, plan.groups)
        for part, rows in _blocks(x, plan):
            if plan.groups == 1:
                np.matmul(rows[0], matrices[0], out=made[part].reshape(-1, filters.shape[-1]))
            else:
                summed = np.matmul(rows, matrices)
                made[part] = summed.transpose(1, 0, 2).reshape(made[part].shape)
    return as_given(made, plan, input.shape[: -len(counts) - 1])


def spread(
    filter: Array, out_backprop: Array, input_sizes: Any, strides: Any, padding: Any,
    data_format: Any, dilations: Any,
) -> Array:  # fmt: skip
    """Each number of `out_backprop` spread over its window, multiplied by the weights of the
    filters: the gradient of a convolution for an input of these sizes.

    Raises:
        InvalidArgumentError: when a convolution of such an input has another shape.
    """
    sizes = input_sizes
    plan = plan_of(sizes, filter.shape, strides, padding, data_format, dilations)
    # DEPARTS: If the shape of its output does not fit, a transposed convolution of TensorFlow
    # raises AbortedError where oneDNN computes it, as with float32 on most computers. Here it is
    # InvalidArgumentError, as without oneDNN.
    if plan.output.as_list() != list(out_backprop.shape):
        raise InvalidArgumentError(
            f"A convolution of {TensorShape(sizes)} has the shape {plan.output}. Received: "
            f"{out_backprop.shape}"
        )
    dy = channels_last(out_backprop, plan)
    spatial = len(plan.axes)
    channels = sizes[-spatial - 1] if plan.is_first else sizes[-1]
    grown = [(axis.size or 0) + axis.before + axis.after for axis in plan.axes]
    made = np.zeros((len(dy), *grown, channels), dy.dtype)
    if made.size and dy.size and filter.size:
        spend(plan, dy, filter)
        taken = filter.shape[:-2]
        matrices = _matrices(filter, plan.groups).transpose(0, 2, 1)
        rows = max(1, math.prod(dy.shape[1:-1]) * math.prod(taken) * channels)
        together = max(1, _BLOCK // rows)
        places = list(windows.positions(plan.axes))
        for first in range(0, len(dy), together):
            part = slice(first, first + together)
            spread = np.matmul(_grouped(dy, part, plan.groups), matrices)
            counts = dy[part].shape[:-1]
            each = spread.reshape(plan.groups, *counts, len(places), channels // plan.groups)
            target = made[part]
            for at, place in enumerate(places):
                # [groups, examples, ..., channels of a group] -> [examples, ..., channels]
                added = np.moveaxis(each[..., at, :], 0, -2).reshape(*counts, channels)
                target[(slice(None), *place)] += added
    inner = windows.inside(plan.axes, [axis.size or 0 for axis in plan.axes])
    return as_given(np.ascontiguousarray(made[(slice(None), *inner)]), plan, sizes[: -spatial - 1])


def _rule(
    input: Spec, filters: Spec, strides: Any, padding: Any, data_format: Any, dilations: Any
) -> Any:
    if filters.shape.rank is None:
        return UNKNOWN_RANK, input.dtype
    if input.shape.rank is None:
        return TensorShape([None] * len(filters.shape)), input.dtype
    sizes, kernel = tuple(input.shape), tuple(filters.shape)
    plan = plan_of(sizes, kernel, strides, padding, data_format, dilations)
    return plan.output, input.dtype


def _check_settings(
    filters: Any, spatial: int | None, strides: Any, dilations: Any, data_format: Any
) -> None:
    """Check what TensorFlow checks before it runs an operation.

    Raises:
        ValueError: when the filters have too few or too many axes, or the strides or dilations do
            not fit them, or, in `tf.nn.convolution`, not one another.
    """
    shape = getattr(filters, "shape", None)
    is_general = spatial is None
    if spatial is None:
        if shape is None or getattr(shape, "rank", 0) is None:
            return
        spatial = len(shape) - 2
        if spatial not in _FORMATS:
            raise ValueError(
                "`num_spatial_dims` must be 1, 2, or 3: filters need one to three spatial axes. "
                f"Received: filters of shape {tuple(shape)}"
            )
    is_first = is_channels_first(data_format)
    steps = windows.full(strides, spatial, is_first, "strides")
    gaps = windows.full(dilations, spatial, is_first, "dilations")
    if is_general and max(steps) > 1 and max(gaps) > 1:
        raise ValueError(
            "`strides > 1` not supported in conjunction with `dilation_rate > 1`. "
            f"Received: strides={steps} and dilation_rate={gaps}"
        )


def _settings(step: Any) -> tuple[Any, Any, Any, Any]:
    """The strides, padding, data format and dilations of a recorded convolution."""
    given = step.attributes
    strides = given["stride"] if "stride" in given else given["strides"]
    data_format = given["data_format"]
    if "stride" in given:  # conv1d
        data_format = _format_1d(data_format)
    return strides, given["padding"], data_format, given["dilations"]


def _gradients(step: Any, dy: Any) -> Any:
    """The gradients of a convolution for its input and for its filters."""
    x, filters = step.operands
    settings = _settings(step)
    return (
        _back_input(filters, dy, sizes_of(x), *settings) if needs(step, 0) else None,
        back_filters(x, dy, sizes_of(filters), *settings) if needs(step, 1) else None,
    )


def forward(x: Any, filters: Any, *settings: Any) -> Any:
    """The convolution of a gradient of it: with strides, padding, data format and dilations that
    were accepted once, so that `tf.nn.convolution` need not check them."""
    run = {3: conv1d, 4: conv2d}.get(filters.shape.rank, convolution)
    return run(x, filters, *settings)


# -- the operations --------------------------------------------------------------------------------


@operation("nn.convolution", kinds="iuf", widens_half=True)
def convolution(
    input: Operand, filters: Operand, strides: Any = None, padding: Any = "VALID",
    data_format: Any = None, dilations: Any = None, name: Any = None,
) -> Array:  # fmt: skip
    """The weighted sums of windows that slide over `input`, one for each filter:
    [batch, ..., channels] and [..., channels, filters] -> [batch, ..., filters]. Follows
    tf.nn.convolution.

    Args:
        input: examples with one to three spatial axes. More than one batch axis is allowed.
        filters: the weights of a window, for each filter. With fewer channels than the input has,
            the channels are split into groups, and so are the filters.
        strides: the distance from one window to the next, along all spatial axes or each.
        padding: VALID for none; SAME for zeros around the input, so that the result has its sizes
            divided by the strides; or a pair of numbers for each axis.
        data_format: NWC, NHWC or NDHWC, or NCW, NCHW or NCDHW for channels before spatial axes.
        dilations: the distance between the elements of a window.
    """
    return _convolved(input, filters, strides, padding, data_format, dilations)


@convolution.shape_rule
def _convolution_rule(
    input: Spec, filters: Spec, strides: Any, padding: Any, data_format: Any, dilations: Any
) -> Any:
    return _rule(input, filters, strides, padding, data_format, dilations)


@convolution.check
def _check_convolution(
    input: Any, filters: Any, strides: Any, padding: Any, data_format: Any, dilations: Any
) -> None:
    _check_settings(filters, None, strides, dilations, data_format)


convolution.gradient(_gradients)


@operation("nn.conv1d", kinds="iuf", widens_half=True)
def conv1d(
    input: Operand, filters: Operand, stride: Any, padding: Any, data_format: Any = "NWC",
    dilations: Any = None, name: Any = None,
) -> Array:  # fmt: skip
    """As `tf.nn.convolution`, with one spatial axis: [batch, width, channels] and
    [width, channels, filters] -> [batch, windows, filters]. Follows tf.nn.conv1d."""
    _check_filters(filters.shape, 1)
    return _convolved(input, filters, stride, padding, _format_1d(data_format), dilations)


def _format_1d(data_format: Any) -> Any:
    """TensorFlow also takes the names of two spatial axes here."""
    return {"NHWC": "NWC", "NCHW": "NCW"}.get(data_format, data_format)


def _check_filters(sizes: TensorShape | tuple[int, ...], spatial: int) -> None:
    if len(sizes) != spatial + 2:
        raise InvalidArgumentError(
            f"The filters need {spatial + 2} axes. Received: shape {tuple(sizes)}"
        )


@conv1d.check
def _check_1d(
    input: Any, filters: Any, stride: Any, padding: Any, data_format: Any, dilations: Any
) -> None:
    if _format_1d(data_format) not in (None, "NWC", "NCW"):
        raise ValueError(f"`data_format` must be 'NWC' or 'NCW'. Received: {data_format}")
    _check_settings(filters, 1, stride, dilations, data_format)


@conv1d.shape_rule
def _conv1d_rule(
    input: Spec, filters: Spec, stride: Any, padding: Any, data_format: Any, dilations: Any
) -> Any:
    _check_filters(filters.shape, 1)
    return _rule(input, filters, stride, padding, _format_1d(data_format), dilations)


conv1d.gradient(_gradients)


@operation("nn.conv2d", kinds="iuf", widens_half=True)
def conv2d(
    input: Operand, filters: Operand, strides: Any, padding: Any, data_format: Any = "NHWC",
    dilations: Any = None, name: Any = None,
) -> Array:  # fmt: skip
    """As `tf.nn.convolution`, with two spatial axes: [batch, height, width, channels] and
    [height, width, channels, filters] -> [batch, rows, columns, filters]. Follows tf.nn.conv2d."""
    _check_filters(filters.shape, 2)
    return _convolved(input, filters, strides, padding, data_format, dilations)


@conv2d.shape_rule
def _conv2d_rule(
    input: Spec, filters: Spec, strides: Any, padding: Any, data_format: Any, dilations: Any
) -> Any:
    _check_filters(filters.shape, 2)
    return _rule(input, filters, strides, padding, data_format, dilations)


@conv2d.check
def _check_2d(
    input: Any, filters: Any, strides: Any, padding: Any, data_format: Any, dilations: Any
) -> None:
    _check_settings(filters, 2, strides, dilations, data_format)


conv2d.gradient(_gradients)


@operation("raw_ops.Conv2DBackpropInput", kinds="iuf", widens_half=True)
def _back_input(
    filter: Operand, out_backprop: Operand, input_sizes: Sizes, strides: Any = None,
    padding: Any = "VALID", data_format: Any = None, dilations: Any = None, name: Any = None,
) -> Array:  # fmt: skip
    """The gradient of a convolution for its input: each gradient is spread over its window."""
    return spread(filter, out_backprop, input_sizes, strides, padding, data_format, dilations)


@_back_input.shape_rule
def back_input_rule(
    filter: Spec, out_backprop: Spec, input_sizes: Any, strides: Any, padding: Any,
    data_format: Any, dilations: Any,
) -> Any:  # fmt: skip
    return shape_of_sizes(input_sizes), out_backprop.dtype


@_back_input.gradient
def _back_input_gradient(step: Any, d: Any) -> Any:
    filters, dy, _ = step.operands
    settings = _settings(step)
    return (
        back_filters(d, dy, sizes_of(filters), *settings),
        forward(d, filters, *settings),
        None,
    )


@operation("raw_ops.Conv2DBackpropFilter", kinds="iuf", widens_half=True)
def back_filters(
    input: Operand, out_backprop: Operand, filter_sizes: Sizes, strides: Any = None,
    padding: Any = "VALID", data_format: Any = None, dilations: Any = None, name: Any = None,
) -> Array:  # fmt: skip
    """The gradient of a convolution for its filters: each window times the gradient of its sum."""
    sizes: Any = filter_sizes
    plan = plan_of(input.shape, sizes, strides, padding, data_format, dilations)
    if plan.output.as_list() != list(out_backprop.shape):
        raise InvalidArgumentError(
            f"The gradient must have the shape {plan.output}. Received: {out_backprop.shape}"
        )
    x = channels_last(input, plan)
    dy = np.ascontiguousarray(channels_last(out_backprop, plan))
    each = math.prod(sizes[:-1])
    made = np.zeros((plan.groups, each, sizes[-1] // plan.groups), input.dtype)
    if made.size and dy.size:
        spend(plan, x, made)
        for part, rows in _blocks(x, plan):
            made += np.matmul(rows.transpose(0, 2, 1), _grouped(dy, part, plan.groups))
    return np.ascontiguousarray(made.transpose(1, 0, 2)).reshape(sizes)


@back_filters.shape_rule
def back_filters_rule(
    input: Spec, out_backprop: Spec, filter_sizes: Any, strides: Any, padding: Any,
    data_format: Any, dilations: Any,
) -> Any:  # fmt: skip
    return shape_of_sizes(filter_sizes), input.dtype


@back_filters.gradient
def back_filters_gradient(step: Any, d: Any) -> Any:
    x, dy, _ = step.operands
    settings = _settings(step)
    return _back_input(d, dy, sizes_of(x), *settings), forward(x, d, *settings), None
