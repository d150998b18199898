"""The layer `Conv2D`. Follows keras 2.14 layers/convolutional/conv2d.py."""

from typing import Any

from densetrace.keras import activations, constraints, initializers, regularizers
from densetrace.keras._exports import keras_export
from densetrace.keras.dtensor import utils
from densetrace.keras.layers.convolutional.base_conv import Conv


@keras_export("keras.layers.Conv2D", "keras.layers.Convolution2D")
class Conv2D(Conv):
    """A convolution of images: along two axes.

    Input: f32[batch, rows, columns, channels]. Output: f32[batch, new rows, new columns, filters].

    Follows keras 2.14 layers/convolutional/conv2d.py, Conv2D.

    Args:
        filters: the number of kernels, which is that of channels in the output.
        kernel_size: the size of a window: one int for both axes, or two.
        strides: the distance from one window to the next.
        padding: `valid` for none; `same` for zeros on all sides.
        data_format: `channels_last` or `channels_first`; Keras's `image_data_format()` if None.
        dilation_rate: the distance between the elements of a window.
        groups: the number of parts that the channels are split into. Each part has its own kernels.
        activation: applied to the output; the identity (`linear`) if None.
        use_bias: whether to add a bias.
        kernel_initializer: computes the first kernel, f32[height, width, channels, filters].
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
        strides: Any = (1, 1),
        padding: Any = "valid",
        data_format: Any = None,
        dilation_rate: Any = (1, 1),
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
            rank=2,
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


Convolution2D = Conv2D
