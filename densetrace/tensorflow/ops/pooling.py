"""Pooling: the largest number, or the mean, of each window that slides over a tensor."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from densetrace.tensorflow.convert import convert_to_tensor
from densetrace.tensorflow.errors import InvalidArgumentError, UnimplementedError
from densetrace.tensorflow.operation import Operand, Sizes, Spec, export, operation, shape_of_sizes
from densetrace.tensorflow.ops import windows
from densetrace.tensorflow.ops.creating import zeros_like
from densetrace.tensorflow.ops.gradients import sizes_of
from densetrace.tensorflow.ops.windows import Axis, is_channels_first
from densetrace.tensorflow.shapes import UNKNOWN_RANK, TensorShape
from densetrace.tensorflow.tensor import Array


def _axes(
    sizes: Sequence[int | None], ksize: Any, strides: Any, padding: Any, data_format: Any,
    dilations: Any = None, ranks: tuple[int, ...] = (3, 4, 5), explicit: bool = True,
) -> list[Axis]:  # fmt: skip
    """The windows along each axis of an input of these sizes.

    Raises:
        ValueError: when a setting is not for the number of axes, or the padding is a list that has
            no pair for each axis.
        InvalidArgumentError: when the input has too few or too many axes, a window or a stride is
            not positive, or a window is larger than the axis.
        UnimplementedError: when windows are to span examples.
    """
    if len(sizes) not in ranks:
        listed = " or ".join(map(str, ranks))
        raise InvalidArgumentError(
            f"Input must be {listed}-dimensional. Received: shape {tuple(sizes)}"
        )
    windows.check_padding(padding, explicit)
    spatial, is_first = len(sizes) - 2, is_channels_first(data_format)
    taken = windows.full(ksize, spatial, is_first, "ksize")
    steps = windows.full(strides, spatial, is_first, "strides")
    gaps = windows.full(dilations, spatial, is_first, "dilations")
    if min(taken) < 1:
        raise InvalidArgumentError(
            f"Sliding window ksize must be positive. Received: ksize={taken}"
        )
    if taken[0] != 1 or steps[0] != 1:
        raise UnimplementedError("Pooling is not yet supported on the batch dimension.")
    return windows.axes(sizes, taken, steps, gaps, padding, "Pooling")


def _rule(value: Spec, *settings: Any, **options: Any) -> Any:
    if value.shape.rank is None:
        return UNKNOWN_RANK, value.dtype
    return windows.counts(_axes(tuple(value.shape), *settings, **options)), value.dtype


def _lowest(dtype: np.dtype[Any]) -> Any:
    """The number that is no larger than any other: padding never wins."""
    return -np.inf if dtype.kind == "f" else np.iinfo(dtype).min


def _largest(x: Array, listed: list[Axis]) -> Array:
    grown = windows.padded(x, listed, _lowest(x.dtype))
    places = windows.positions(listed)
    made = grown[next(places)].copy()
    for place in places:
        np.maximum(made, grown[place], out=made)
    return made


def _mean(x: Array, listed: list[Axis]) -> Array:
    grown = windows.padded(x, listed)
    places = windows.positions(listed)
    made = grown[next(places)].copy()
    for place in places:
        made += grown[place]
    made /= _elements(listed, x.dtype)
    return made


def _elements(listed: list[Axis], dtype: np.dtype[Any]) -> Any:
    """The number of elements of each window that are not padding: it broadcasts to the result."""
    total: Any = np.ones((), dtype)
    for at, axis in enumerate(listed):
        starts = np.arange(axis.output or 0)[:, None] * axis.stride - axis.before
        each = starts + np.arange(axis.window) * axis.dilation
        held = ((each >= 0) & (each < (axis.size or 0))).sum(1).astype(dtype)
        total = total * held.reshape(-1, *[1] * (len(listed) - at - 1))
    return total


# -- the largest number ----------------------------------------------------------------------------


@operation("nn.max_pool", kinds="iuf")
def max_pool(
    input: Operand, ksize: Any, strides: Any, padding: Any, data_format: Any = None,
    name: Any = None,
) -> Array:  # fmt: skip
    """The largest number of each window: [batch, ..., channels] -> [batch, ..., channels]. Follows
    tf.nn.max_pool.

    Args:
        input: examples with one to three spatial axes.
        ksize: the size of a window, along all spatial axes or each.
        strides: the distance from one window to the next, likewise.
        padding: VALID for none; SAME for as much as makes the result the size of the input divided
            by the strides; or a pair of numbers for each axis. Padding never is the largest.
        data_format: NWC, NHWC or NDHWC, or NCW, NCHW or NCDHW for channels before spatial axes.
    """
    return _largest(input, _axes(input.shape, ksize, strides, padding, data_format))


def _check_settings(spatial: int, ksize: Any, strides: Any, data_format: Any) -> None:
    """Check what TensorFlow checks before it runs an operation.

    Raises:
        ValueError: when the size of a window or the strides do not fit the number of axes.
    """
    is_first = is_channels_first(data_format)
    windows.full(ksize, spatial, is_first, "ksize")
    windows.full(strides, spatial, is_first, "strides")


def _check_1d(input: Any, ksize: Any, strides: Any, padding: Any, data_format: Any) -> None:
    _check_settings(1, ksize, strides, data_format)


def _check_2d(input: Any, ksize: Any, strides: Any, padding: Any, data_format: Any) -> None:
    _check_settings(2, ksize, strides, data_format)


@max_pool.check
def _check_rank(input: Any, ksize: Any, strides: Any, padding: Any, data_format: Any) -> None:
    shape = getattr(input, "shape", None)
    if isinstance(shape, TensorShape) and shape.rank is not None and not 3 <= shape.rank <= 5:
        raise ValueError(
            "`input.shape.rank` must be 3, 4 or 5. "
            f"Received: input.shape={shape} of rank {shape.rank}."
        )
    if isinstance(shape, TensorShape) and shape.rank is not None:
        _check_settings(shape.rank - 2, ksize, strides, data_format)


@max_pool.shape_rule
def _max_pool_rule(input: Spec, ksize: Any, strides: Any, padding: Any, data_format: Any) -> Any:
    return _rule(input, ksize, strides, padding, data_format)


@max_pool.gradient
def _max_pool_gradient(step: Any, dy: Any) -> Any:
    x = step.operands[0]
    return _back_largest(x, step.outputs, dy, **_settings(step))


def _settings(step: Any) -> dict[str, Any]:
    """The settings of a recorded pooling."""
    given = step.attributes
    named = ("strides", "padding", "data_format", "dilations")
    ksize = given["ksize"] if "ksize" in given else given["window_shape"]
    return {"ksize": ksize} | {name: given[name] for name in named if name in given}


@operation("nn.max_pool1d", kinds="iuf")
def max_pool1d(
    input: Operand, ksize: Any, strides: Any, padding: Any, data_format: Any = "NWC",
    name: Any = None,
) -> Array:  # fmt: skip
    """As `tf.nn.max_pool`, with one spatial axis: [batch, width, channels] ->
    [batch, windows, channels]. Follows tf.nn.max_pool1d."""
    return _largest(input, _axes(input.shape, ksize, strides, padding, data_format, ranks=(3,)))


@max_pool1d.shape_rule
def _max_pool1d_rule(input: Spec, ksize: Any, strides: Any, padding: Any, data_format: Any) -> Any:
    return _rule(input, ksize, strides, padding, data_format, ranks=(3,))


max_pool1d.check(_check_1d)
max_pool1d.gradient(_max_pool_gradient)


@operation("nn.max_pool2d", kinds="iuf")
def max_pool2d(
    input: Operand, ksize: Any, strides: Any, padding: Any, data_format: Any = "NHWC",
    name: Any = None,
) -> Array:  # fmt: skip
    """As `tf.nn.max_pool`, with two spatial axes: [batch, height, width, channels] ->
    [batch, rows, columns, channels]. Follows tf.nn.max_pool2d."""
    return _largest(input, _axes(input.shape, ksize, strides, padding, data_format, ranks=(4,)))


@max_pool2d.shape_rule
def _max_pool2d_rule(input: Spec, ksize: Any, strides: Any, padding: Any, data_format: Any) -> Any:
    return _rule(input, ksize, strides, padding, data_format, ranks=(4,))


max_pool2d.check(_check_2d)
max_pool2d.gradient(_max_pool_gradient)


@operation("raw_ops.MaxPoolGrad", kinds="iuf")
def _back_largest(
    orig_input: Operand, orig_output: Operand, grad: Operand, ksize: Any, strides: Any,
    padding: Any, data_format: Any = None, dilations: Any = None, name: Any = None,
) -> Array:  # fmt: skip
    """The gradient of max pooling: the gradient of each window goes to its largest element, to the
    first of several."""
    # DEPARTS: without a GPU, TensorFlow has this gradient only for channels last.
    listed = _axes(orig_input.shape, ksize, strides, padding, data_format, dilations)
    if listed[1 if is_channels_first(data_format) else -1].window > 1:
        raise UnimplementedError("MaxPoolingGrad is not yet supported on the depth dimension.")
    grown = windows.padded(orig_input, listed, _lowest(orig_input.dtype))
    made = np.zeros(grown.shape, grad.dtype)
    left = np.ones(orig_output.shape, np.bool_)  # windows whose largest element is not found yet
    # The bits of a number times 1 or 0: faster than selecting, and as exact for infinities and NaN.
    bits = np.dtype(f"i{grad.itemsize}")
    numbers = np.ascontiguousarray(grad).view(bits)
    chosen = np.empty(grad.shape, grad.dtype)
    for place in windows.positions(listed):
        found = np.equal(grown[place], orig_output)
        found &= left
        np.multiply(numbers, found.view(np.int8), out=chosen.view(bits))
        made[place] += chosen
        left ^= found
    return np.ascontiguousarray(made[windows.inside(listed, orig_input.shape)])


@_back_largest.shape_rule
def _back_largest_rule(
    orig_input: Spec, orig_output: Spec, grad: Spec, ksize: Any, strides: Any, padding: Any,
    data_format: Any, dilations: Any,
) -> Any:  # fmt: skip
    return orig_input.shape, grad.dtype


@_back_largest.gradient
def _back_largest_gradient(step: Any, d: Any) -> Any:
    x, y, _ = step.operands
    return zeros_like(x), zeros_like(y), _largest_of(x, y, d, **_settings(step))


@operation("raw_ops.MaxPoolGradGrad", kinds="iuf")
def _largest_of(
    orig_input: Operand, orig_output: Operand, grad: Operand, ksize: Any, strides: Any,
    padding: Any, data_format: Any = None, dilations: Any = None, name: Any = None,
) -> Array:  # fmt: skip
    """Of each window, the element of another tensor that is where the largest one of the input is:
    the gradient of the gradient of max pooling."""
    listed = _axes(orig_input.shape, ksize, strides, padding, data_format, dilations)
    grown = windows.padded(orig_input, listed, _lowest(orig_input.dtype))
    others = windows.padded(grad, listed)
    made = np.zeros(orig_output.shape, grad.dtype)
    left = np.ones(orig_output.shape, np.bool_)
    for place in windows.positions(listed):
        found = (grown[place] == orig_output) & left
        np.copyto(made, others[place], where=found)
        left &= ~found
    return made


@_largest_of.shape_rule
def _largest_of_rule(
    orig_input: Spec, orig_output: Spec, grad: Spec, ksize: Any, strides: Any, padding: Any,
    data_format: Any, dilations: Any,
) -> Any:  # fmt: skip
    return orig_output.shape, grad.dtype


@_largest_of.gradient
def _largest_of_gradient(step: Any, d: Any) -> Any:
    x, y, _ = step.operands
    return zeros_like(x), zeros_like(y), _back_largest(x, y, d, **_settings(step))


# -- the mean --------------------------------------------------------------------------------------


@operation("nn.avg_pool", kinds="f", widens_half=True)
def avg_pool(
    input: Operand, ksize: Any, strides: Any, padding: Any, data_format: Any = None,
    name: Any = None,
) -> Array:  # fmt: skip
    """The mean of each window: [batch, ..., channels] -> [batch, ..., channels]. Follows
    tf.nn.avg_pool.

    Args:
        input: examples with one to three spatial axes.
        ksize: the size of a window, along all spatial axes or each.
        strides: the distance from one window to the next, likewise.
        padding: VALID for none; SAME for as much as makes the result the size of the input divided
            by the strides. Padding does not count.
        data_format: NWC, NHWC or NDHWC, or NCW, NCHW or NCDHW for channels before spatial axes.
    """
    return _mean(input, _axes(input.shape, ksize, strides, padding, data_format, explicit=False))


avg_pool.check(_check_rank)


@avg_pool.shape_rule
def _avg_pool_rule(input: Spec, ksize: Any, strides: Any, padding: Any, data_format: Any) -> Any:
    return _rule(input, ksize, strides, padding, data_format, explicit=False)


# TensorFlow 2 names this function avg_pool_v2, and a layer holds it.
avg_pool.__name__ = "avg_pool_v2"


@avg_pool.gradient
def _avg_pool_gradient(step: Any, dy: Any) -> Any:
    return _back_mean(dy, sizes_of(step.operands[0]), **_settings(step))


@operation("nn.avg_pool1d", kinds="f", widens_half=True)
def avg_pool1d(
    input: Operand, ksize: Any, strides: Any, padding: Any, data_format: Any = "NWC",
    name: Any = None,
) -> Array:  # fmt: skip
    """As `tf.nn.avg_pool`, with one spatial axis: [batch, width, channels] ->
    [batch, windows, channels]. Follows tf.nn.avg_pool1d."""
    listed = _axes(input.shape, ksize, strides, padding, data_format, None, (3,), False)
    return _mean(input, listed)


@avg_pool1d.shape_rule
def _avg_pool1d_rule(input: Spec, ksize: Any, strides: Any, padding: Any, data_format: Any) -> Any:
    return _rule(input, ksize, strides, padding, data_format, ranks=(3,), explicit=False)


avg_pool1d.check(_check_1d)
avg_pool1d.gradient(_avg_pool_gradient)


@operation("nn.avg_pool2d", kinds="f", widens_half=True)
def avg_pool2d(
    input: Operand, ksize: Any, strides: Any, padding: Any, data_format: Any = "NHWC",
    name: Any = None,
) -> Array:  # fmt: skip
    """As `tf.nn.avg_pool`, with two spatial axes: [batch, height, width, channels] ->
    [batch, rows, columns, channels]. Follows tf.nn.avg_pool2d."""
    listed = _axes(input.shape, ksize, strides, padding, data_format, None, (4,), False)
    return _mean(input, listed)


@avg_pool2d.shape_rule
def _avg_pool2d_rule(input: Spec, ksize: Any, strides: Any, padding: Any, data_format: Any) -> Any:
    return _rule(input, ksize, strides, padding, data_format, ranks=(4,), explicit=False)


avg_pool2d.check(_check_2d)
avg_pool2d.gradient(_avg_pool_gradient)


@operation("raw_ops.AvgPoolGrad", kinds="f", widens_half=True)
def _back_mean(
    grad: Operand, orig_input_shape: Sizes, ksize: Any, strides: Any, padding: Any,
    data_format: Any = None, dilations: Any = None, name: Any = None,
) -> Array:  # fmt: skip
    """The gradient of average pooling: the elements of a window share its gradient equally."""
    sizes: Any = orig_input_shape
    listed = _axes(sizes, ksize, strides, padding, data_format, dilations)
    grown = [size + axis.before + axis.after for size, axis in zip(sizes, listed, strict=True)]
    made = np.zeros(grown, grad.dtype)
    share = grad / _elements(listed, grad.dtype)
    for place in windows.positions(listed):
        made[place] += share
    return np.ascontiguousarray(made[windows.inside(listed, sizes)])


@_back_mean.shape_rule
def _back_mean_rule(
    grad: Spec, orig_input_shape: Any, ksize: Any, strides: Any, padding: Any,
    data_format: Any, dilations: Any,
) -> Any:  # fmt: skip
    return shape_of_sizes(orig_input_shape), grad.dtype


@_back_mean.gradient
def _back_mean_gradient(step: Any, d: Any) -> Any:
    given = _settings(step)
    return _pool(d, given.pop("ksize"), "AVG", **given), None


# -- any pooling -----------------------------------------------------------------------------------


@operation("nn.pool", kinds="iuf", widens_half=True)
def _pool(
    input: Operand, window_shape: Any, pooling_type: str, strides: Any = None,
    padding: Any = "VALID", data_format: Any = None, dilations: Any = None, name: Any = None,
) -> Array:  # fmt: skip
    """The largest number or the mean of each window, with gaps between its elements."""
    listed = _axes(input.shape, window_shape, strides, padding, data_format, dilations)
    return _largest(input, listed) if pooling_type == "MAX" else _mean(input, listed)


@_pool.shape_rule
def _pool_rule(
    input: Spec, window_shape: Any, pooling_type: str, strides: Any, padding: Any,
    data_format: Any, dilations: Any,
) -> Any:  # fmt: skip
    return _rule(input, window_shape, strides, padding, data_format, dilations)


@_pool.gradient
def _pool_gradient(step: Any, dy: Any) -> Any:
    is_largest = step.attributes["pooling_type"] == "MAX"
    return (_max_pool_gradient if is_largest else _avg_pool_gradient)(step, dy)


@export("nn.pool")
def pool(
    input: Any, window_shape: Any, pooling_type: Any, strides: Any = None, padding: Any = "VALID",
    data_format: Any = None, dilations: Any = None, name: Any = None,
) -> Any:  # fmt: skip
    """Max or average pooling, with one to three spatial axes: [batch, ..., channels] ->
    [batch, ..., channels]. Follows tf.nn.pool.

    Args:
        input: the examples.
        window_shape: the size of a window along each spatial axis.
        pooling_type: "MAX" or "AVG".
        strides: the distance from one window to the next along each spatial axis; 1 if None.
        padding: VALID or SAME.
        data_format: as in `tf.nn.max_pool`.
        dilations: the distance between the elements of a window along each spatial axis.
        name: not used.

    Raises:
        ValueError: when the pooling type is another, the settings do not fit the input, or strides
            are combined with dilations.
    """
    if pooling_type not in ("MAX", "AVG"):
        raise ValueError(f'pooling_type must be "MAX" or "AVG". Received: {pooling_type}')
    x = convert_to_tensor(input)
    count = len(list(window_shape))
    if count not in (1, 2, 3) or x.shape.rank != count + 2:
        raise ValueError(
            "`input.shape.rank` must be that of the window and two more. "
            f"Received: input.shape={x.shape} and window_shape={window_shape}"
        )
    gaps = [1] * count if dilations is None else list(dilations)
    steps = [1] * count if strides is None else list(strides)
    if max(steps) > 1 and max(gaps) > 1:
        raise ValueError(
            "`strides > 1` not supported in conjunction with `dilation_rate > 1`. "
            f"Received: strides={steps} and dilation_rate={gaps}"
        )
    return _pool(x, list(window_shape), pooling_type, steps, padding, data_format, gaps)
