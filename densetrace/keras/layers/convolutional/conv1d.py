"""The layer `Conv1D`. Follows keras 2.14 layers/convolutional/conv1d.py."""

from typing import Any

from densetrace.keras import activations, constraints, initializers, regularizers
from densetrace.keras._exports import keras_export
from densetrace.keras.dtensor import utils
from densetrace.keras.layers.convolutional.base_conv import Conv


@keras_export("keras.layers.Conv1D", "keras.layers.Convolution1D")
class Conv1D(Conv):
    """A convolution of a sequence: along one axis.

    Input: f32[batch, steps, channels]. Output: f32[batch, windows, filters].

    Follows keras 2.14 layers/convolutional/conv1d.py, Conv1D.

    Args:
        filters: the number of kernels, which is that of channels in the output.
        kernel_size: the size of a window.
        strides: the distance from one window to the next.
        padding: `valid` for none; `same` for zeros on both sides; `causal` for zeros before the
            sequence.
        data_format: `channels_last` or `channels_first`.
        dilation_rate: the distance between the elements of a window.
        groups: the number of parts that the channels are split into. Each part has its own kernels.
        activation: applied to the output; the identity (`linear`) if None.
        use_bias: whether to add a bias.
        kernel_initializer: computes the first kernel, f32[size, channels, filters].
        bias_initializer: computes the first bias, f32[filters].
        kernel_regularizer, bias_regularizer, activity_regularizer: penalties on kernel, bias and
            output.
        kernel_constraint, bias_constraint: applied to the weights after a training step.
        **kwargs: `kernel_layout`, `bias_layout`, and the keyword arguments of `Layer`.

    Raises:
        ValueError: if an argument has a value that is not allowed, or two do not fit one another.
        TypeError: if an argument is unknown.
    """

    @utils.allow_initializer_layout
    def __init__(
        self,
        filters: Any,
        kernel_size: Any,
        strides: Any = 1,
        padding: Any = "valid",
        data_format: Any = "channels_last",
        dilation_rate: Any = 1,
        groups: Any = 1,
        activation: Any = None,
        use_bias: Any = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            rank=1,
            filters=filters,
            kernel_size=kernel_size,
            strides=strides,
            padding=padding,
            data_format=data_format,
            dilation_rate=dilation_rate,
            groups=groups,
            activation=activations.get(activation),
            use_bias=use_bias,
            kernel_initializer=initializers.get(kernel_initializer),
            bias_initializer=initializers.get(bias_initializer),
            kernel_regularizer=regularizers.get(kernel_regularizer),
            bias_regularizer=regularizers.get(bias_regularizer),
            activity_regularizer=regularizers.get(activity_regularizer),
            kernel_constraint=constraints.get(kernel_constraint),
            bias_constraint=constraints.get(bias_constraint),
            **kwargs,
        )


Convolution1D = Conv1D
