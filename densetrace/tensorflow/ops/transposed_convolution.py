"""Transposed convolutions: each number of the input is spread over a window of the output.

Such an operation computes what the backward pass of a convolution computes for its input, so it
makes images and sequences larger.
"""

from collections.abc import Sequence
from typing import Any

from densetrace.tensorflow.definition import known_sizes
from densetrace.tensorflow.errors import InvalidArgumentError
from densetrace.tensorflow.operation import Operand, Sizes, Spec, operation, shape_of_sizes
from densetrace.tensorflow.ops import windows
from densetrace.tensorflow.ops.convolution import back_filters, forward, spread
from densetrace.tensorflow.ops.gradients import needs, sizes_of
from densetrace.tensorflow.ops.windows import is_channels_first
from densetrace.tensorflow.shapes import TensorShape
from densetrace.tensorflow.tensor import Array


def _rule(
    input: Spec, filters: Spec, output_shape: Any, padding: Any, data_format: Any, spatial: int
) -> tuple[TensorShape, Any]:
    """The shape of the result, where examples and channels fit.

    Raises:
        InvalidArgumentError: when they do not, the tensors have too few or too many axes, or the
            padding is unknown.
    """
    windows.check_padding(padding)
    made = shape_of_sizes(output_shape)
    for one in (input, filters):
        if one.shape.rank not in (None, spatial + 2):
            raise InvalidArgumentError(
                f"Shape must be rank {spatial + 2} but is rank {one.shape.rank}."
            )
    is_first = is_channels_first(data_format)
    channels = None if input.shape.rank is None else input.shape[1 if is_first else -1]
    within = None if filters.shape.rank is None else filters.shape[-1]
    examples = None if input.shape.rank is None else input.shape[0]
    count = None if made.rank is None else made[0]
    for size, other in ((channels, within), (count, examples)):
        if size is not None and other is not None and size != other:
            raise InvalidArgumentError(f"Dimensions must be equal, but are {size} and {other}.")
    return made, input.dtype


def _gradients(step: Any, d: Any, *settings: Any) -> Any:
    """The gradients for input and filters: the convolution that was reversed is run forward."""
    x, filters, _ = step.operands
    return (
        forward(d, filters, *settings) if needs(step, 0) else None,
        back_filters(d, x, sizes_of(filters), *settings) if needs(step, 1) else None,
        None,
    )


# -- images ----------------------------------------------------------------------------------------


@operation("nn.conv2d_transpose", kinds="iuf", widens_half=True)
def conv2d_transpose(
    input: Operand, filters: Operand, output_shape: Sizes, strides: Any, padding: Any = "SAME",
    data_format: Any = "NHWC", dilations: Any = None, name: Any = None,
) -> Array:  # fmt: skip
    """Spread each number of `input` over a window, multiplied by the weights of the filters:
    [batch, rows, columns, channels] and [height, width, filters, channels] ->
    [batch, height, width, filters]. Follows tf.nn.conv2d_transpose.

    Args:
        input: the examples.
        filters: the weights, with the filters before the channels.
        output_shape: the shape of the result, or only its height and width.
        strides: the distance from one window to the next, by which it enlarges.
        padding: SAME or VALID, or a pair for each axis: what the convolution that it reverses adds.
        data_format: NHWC or NCHW.
        dilations: the distance between the elements of a window.
    """
    sizes = _all_sizes(output_shape, input.shape[0], filters.shape[-2], data_format)
    return spread(filters, input, sizes, strides, padding, data_format, dilations)


def _all_sizes(given: Any, examples: Any, filters: Any, data_format: Any) -> Any:
    """The shape of the result, where only its height and width are given."""
    if len(given) != 2:
        return given
    if is_channels_first(data_format):
        return [examples, filters, *given]
    return [examples, *given, filters]


@conv2d_transpose.shape_rule
def _conv2d_rule(
    input: Spec, filters: Spec, output_shape: Any, strides: Any, padding: Any, data_format: Any,
    dilations: Any,
) -> Any:  # fmt: skip
    known = known_sizes(output_shape)
    if known is not None and len(known) == 2 and input.shape.rank and filters.shape.rank == 4:
        sizes = _all_sizes(known, input.shape[0], filters.shape[-2], data_format)
        output_shape = TensorShape(sizes)
    return _rule(input, filters, output_shape, padding, data_format, 2)


@conv2d_transpose.check
def _check_conv2d(
    input: Any, filters: Any, output_shape: Any, strides: Any, padding: Any, data_format: Any,
    dilations: Any,
) -> None:  # fmt: skip
    is_first = is_channels_first(data_format)
    windows.full(strides, 2, is_first, "strides")
    windows.full(dilations, 2, is_first, "dilations")


@conv2d_transpose.gradient
def _conv2d_gradient(step: Any, d: Any) -> Any:
    given = step.attributes
    return _gradients(
        step, d, given["strides"], given["padding"], given["data_format"], given["dilations"]
    )


# DEPARTS: tf.nn.atrous_conv2d_transpose consists of several operations, which split the input into
# one part for each remainder of a position divided by the rate. Here it is one operation with the
# same result.
@operation("nn.atrous_conv2d_transpose", kinds="iuf", widens_half=True)
def atrous_conv2d_transpose(
    value: Operand, filters: Operand, output_shape: Sizes, rate: int, padding: str,
    name: Any = None,
) -> Array:  # fmt: skip
    """As `tf.nn.conv2d_transpose`, with gaps in the windows and strides of 1:
    [batch, rows, columns, channels] and [height, width, filters, channels] -> `output_shape`.
    Follows tf.nn.atrous_conv2d_transpose.

    Args:
        value: the examples.
        filters: the weights, with the filters before the channels.
        output_shape: the shape of the result.
        rate: the distance between the elements of a window.
        padding: SAME or VALID.
    """
    return spread(filters, value, output_shape, 1, padding, "NHWC", rate)


@atrous_conv2d_transpose.shape_rule
def _atrous_rule(
    value: Spec, filters: Spec, output_shape: Any, rate: int, padding: str
) -> tuple[TensorShape, Any]:
    return _rule(value, filters, output_shape, padding, "NHWC", 2)


@atrous_conv2d_transpose.check
def _check_atrous(value: Any, filters: Any, output_shape: Any, rate: Any, padding: Any) -> None:
    """Check what TensorFlow checks before it runs the operation.

    Raises:
        ValueError: when channels do not fit, or the rate or the padding is not allowed.
    """
    held, expected = _axis(value, 3), _axis(filters, 3)
    if held is not None and expected is not None and held != expected:
        raise ValueError(
            "`value` channel count must be compatible with `filters` input channel count. "
            f"Received: value.shape={value.shape} and filters.shape={filters.shape}"
        )
    if rate < 1:
        raise ValueError(f"`rate` cannot be less than one. Received: rate={rate}")
    if rate > 1 and padding not in ("SAME", "VALID"):
        raise ValueError(f"`padding` must be either 'VALID' or 'SAME'. Received: padding={padding}")
    if rate > 1 and isinstance(output_shape, Sequence):
        if len(output_shape) != 4:
            raise ValueError(
                f"`output_shape` must have shape (4,). Received: output_shape={output_shape}"
            )
        made, wanted = _axis(filters, 2), output_shape[3]
        if made is not None and isinstance(wanted, int) and made != wanted:
            raise ValueError(
                "`output_shape` channel count must be compatible with `filters` output channel "
                f"count. Received: output_shape={output_shape} and filters.shape={filters.shape}"
            )


def _axis(tensor: Any, axis: int) -> int | None:
    """The size of an axis of a tensor; None where it is unknown."""
    shape = getattr(tensor, "shape", None)
    if shape is None or getattr(shape, "rank", 0) is None or len(shape) <= axis:
        return None
    size: int | None = shape[axis]
    return size


@atrous_conv2d_transpose.gradient
def _atrous_gradient(step: Any, d: Any) -> Any:
    given = step.attributes
    return _gradients(step, d, 1, given["padding"], "NHWC", given["rate"])


# -- sequences -------------------------------------------------------------------------------------


@operation("nn.conv1d_transpose", kinds="iuf", widens_half=True)
def conv1d_transpose(
    input: Operand, filters: Operand, output_shape: Sizes, strides: Any, padding: Any = "SAME",
    data_format: Any = "NWC", dilations: Any = None, name: Any = None,
) -> Array:  # fmt: skip
    """As `tf.nn.conv2d_transpose`, with one spatial axis: [batch, steps, channels] and
    [width, filters, channels] -> [batch, width, filters]. Follows tf.nn.conv1d_transpose."""
    if len(input.shape) != 3:
        raise InvalidArgumentError(f"The input needs 3 axes. Received: shape {input.shape}")
    return spread(filters, input, output_shape, strides, padding, data_format, dilations)


@conv1d_transpose.shape_rule
def _conv1d_rule(
    input: Spec, filters: Spec, output_shape: Any, strides: Any, padding: Any, data_format: Any,
    dilations: Any,
) -> Any:  # fmt: skip
    return _rule(input, filters, output_shape, padding, data_format, 1)


@conv1d_transpose.check
def _check_conv1d(
    input: Any, filters: Any, output_shape: Any, strides: Any, padding: Any, data_format: Any,
    dilations: Any,
) -> None:  # fmt: skip
    if data_format not in (None, "NWC", "NCW"):
        raise ValueError(
            f"`data_format` must be 'NWC' or 'NCW'. Received: data_format={data_format}"
        )
    if isinstance(padding, list | tuple):
        windows.check_padding(padding, explicit=False)
    is_first = is_channels_first(data_format)
    windows.full(strides, 1, is_first, "stride")
    windows.full(dilations, 1, is_first, "dilations")


@conv1d_transpose.gradient
def _conv1d_gradient(step: Any, d: Any) -> Any:
    given = step.attributes
    return _gradients(
        step, d, given["strides"], given["padding"], given["data_format"], given["dilations"]
    )
