"""Arguments of layers that work on images. Follows keras 2.14 utils/conv_utils.py."""

from collections.abc import Callable, Sequence
from typing import Any

import densetrace.tensorflow as tf
from densetrace.keras import backend
from densetrace.tensorflow.shapes import TensorShape


def convert_data_format(data_format: str, ndim: int) -> str:
    """Return TensorFlow's name of a data format, such as NHWC, for `ndim` axes.

    Follows keras 2.14 utils/conv_utils.py, convert_data_format.

    Raises:
        ValueError: if there is none.
    """
    if data_format not in {"channels_first", "channels_last"}:
        raise ValueError(
            f"Invalid data_format: {data_format}. Expected values are "
            "['channels_first', 'channels_last']"
        )
    spatial = {3: "W", 4: "HW", 5: "DHW"}.get(ndim)
    if spatial is None:
        raise ValueError(f"Input rank not supported: {ndim}. Expected values are [3, 4, 5]")
    return f"N{spatial}C" if data_format == "channels_last" else f"NC{spatial}"


def normalize_tuple(value: Any, n: int, name: str, allow_zero: bool = False) -> Any:
    """Return `n` integers: those in `value`, or `value` itself `n` times.

    Follows keras 2.14 utils/conv_utils.py, normalize_tuple.

    Args:
        value: an int, or a tuple or list of ints.
        n: how many.
        name: the argument, for the message.
        allow_zero: whether 0 is allowed.

    Raises:
        ValueError: if it is neither, or one of them is negative, or 0 where that is not allowed.
    """
    message = f"The `{name}` argument must be a tuple of {n} integers. Received: {value}"
    if isinstance(value, int):
        numbers: tuple[Any, ...] = (value,) * n
    else:
        try:
            numbers = tuple(value)
        except TypeError:
            raise ValueError(message) from None
        if len(numbers) != n:
            raise ValueError(message)
        for one in numbers:
            try:
                int(one)
            except (ValueError, TypeError):
                raise ValueError(f"{message} including element {one} of type {type(one)}") from None
    if allow_zero:
        refused = {one for one in numbers if one < 0}
        requirement = ">= 0"
    else:
        refused = {one for one in numbers if one <= 0}
        requirement = "> 0"
    if refused:
        raise ValueError(
            f"{message} including {refused} that does not satisfy the requirement `{requirement}`."
        )
    return numbers


def conv_output_length(
    input_length: int | None, filter_size: int, padding: str, stride: int, dilation: int = 1
) -> int | None:
    """Return the number of windows along an axis; None if its size is unknown.

    Follows keras 2.14 utils/conv_utils.py, conv_output_length.

    Args:
        input_length: the size of the axis.
        filter_size: the number of elements in a window.
        padding: `same`, `valid`, `full` or `causal`.
        stride: the distance from one window to the next.
        dilation: the distance between the elements of a window.

    Raises:
        AssertionError: if the padding is none of these.
    """
    if input_length is None:
        return None
    if padding not in {"same", "valid", "full", "causal"}:
        raise AssertionError(f"The padding is unknown. Received: {padding}")
    dilated_filter_size = filter_size + (filter_size - 1) * (dilation - 1)
    if padding == "valid":
        output_length = input_length - dilated_filter_size + 1
    elif padding == "full":
        output_length = input_length + dilated_filter_size - 1
    else:
        output_length = input_length
    return (output_length + stride - 1) // stride


def deconv_output_length(
    input_length: Any,
    filter_size: int,
    padding: str,
    output_padding: int | None = None,
    stride: int = 0,
    dilation: int = 1,
) -> Any:
    """Return the size of an axis that a transposed convolution makes; None if that of the input is
    unknown.

    Follows keras 2.14 utils/conv_utils.py, deconv_output_length.

    Args:
        input_length: the size of the axis, as a number or a tensor.
        filter_size: the number of elements in a window.
        padding: `same`, `valid` or `full`: that of the convolution which is reversed.
        output_padding: how many elements are added to the smallest size that is possible. If None,
            the size follows from the others.
        stride: the distance from one window to the next.
        dilation: the distance between the elements of a window.

    Raises:
        AssertionError: if the padding is none of these.
    """
    if padding not in {"same", "valid", "full"}:
        raise AssertionError
    if input_length is None:
        return None
    filter_size += (filter_size - 1) * (dilation - 1)
    if output_padding is None:
        if padding == "valid":
            return input_length * stride + max(filter_size - stride, 0)
        if padding == "full":
            return input_length * stride - (stride + filter_size - 2)
        return input_length * stride
    pad = {"same": filter_size // 2, "valid": 0, "full": filter_size - 1}[padding]
    return (input_length - 1) * stride + filter_size - 2 * pad + output_padding


def deconv_output_lengths(layer: Any, input_lengths: Sequence[Any]) -> list[Any]:
    """Return the sizes of the spatial axes that a transposed convolution makes, each as
    `deconv_output_length` does, with the settings of a layer.

    Args:
        layer: a layer with `kernel_size`, `padding`, `output_padding`, `strides`, `dilation_rate`.
        input_lengths: the sizes of the spatial axes of its input, as numbers or tensors.
    """
    added = layer.output_padding
    if added is None:
        added = (None,) * len(input_lengths)
    axes = zip(
        input_lengths, layer.kernel_size, added, layer.strides, layer.dilation_rate, strict=True
    )
    return [
        deconv_output_length(length, window, layer.padding, more, stride, dilation)
        for length, window, more, stride, dilation in axes
    ]


def normalize_data_format(value: Any) -> str:
    """Return the data format in lower case; Keras's `image_data_format()` if None.

    Follows keras 2.14 utils/conv_utils.py, normalize_data_format.

    Raises:
        ValueError: if it is neither `channels_first` nor `channels_last`.
    """
    if value is None:
        value = backend.image_data_format()
    data_format = str(value.lower())
    if data_format not in {"channels_first", "channels_last"}:
        raise ValueError(
            "The `data_format` argument must be one of 'channels_first', 'channels_last'. "
            f"Received: {value}"
        )
    return data_format


def normalize_padding(value: Any) -> Any:
    """Return the name of a padding in lower case; a list or tuple is returned unchanged.

    Follows keras 2.14 utils/conv_utils.py, normalize_padding.

    Raises:
        ValueError: if it is unknown.
    """
    if isinstance(value, list | tuple):
        return value
    padding = value.lower()
    if padding not in {"valid", "same", "causal"}:
        raise ValueError(
            "The `padding` argument must be a list/tuple or one of 'valid', 'same' (or 'causal', "
            f"only for `Conv1D`). Received: {padding}"
        )
    return padding


def squeeze_batch_dims(inp: Any, op: Callable[[Any], Any], inner_rank: int) -> Any:
    """Apply `op` to a tensor whose batch axes are merged into one, and split them again.

    Follows keras 2.14 utils/conv_utils.py, squeeze_batch_dims.

    Args:
        inp: the tensor: [..., *inner].
        op: computes [batch, *new inner] from [batch, *inner].
        inner_rank: the number of inner axes.
    """
    shape = inp.shape
    inner_shape: Any = shape[-inner_rank:]
    if not inner_shape.is_fully_defined():
        inner_shape = tf.shape(inp)[-inner_rank:]
    batch_shape: Any = shape[:-inner_rank]
    if not batch_shape.is_fully_defined():
        batch_shape = tf.shape(inp)[:-inner_rank]
    if isinstance(inner_shape, TensorShape):
        inp_reshaped = tf.reshape(inp, [-1, *inner_shape])
    else:
        inp_reshaped = tf.reshape(inp, tf.concat(([-1], inner_shape), axis=-1))
    out_reshaped = op(inp_reshaped)
    out_inner_shape: Any = out_reshaped.shape[-inner_rank:]
    if not out_inner_shape.is_fully_defined():
        out_inner_shape = tf.shape(out_reshaped)[-inner_rank:]
    out = tf.reshape(out_reshaped, tf.concat((batch_shape, out_inner_shape), axis=-1))
    out.set_shape(inp.shape[:-inner_rank] + out.shape[-inner_rank:])
    return out
