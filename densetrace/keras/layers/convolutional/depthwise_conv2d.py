"""The layer `DepthwiseConv2D`. Follows keras 2.14 layers/convolutional/depthwise_conv2d.py."""

from typing import Any

from densetrace.keras import backend
from densetrace.keras._exports import keras_export
from densetrace.keras.layers.convolutional.base_depthwise_conv import DepthwiseConv
from densetrace.keras.utils import conv_utils, tf_utils


@keras_export("keras.layers.DepthwiseConv2D")
class DepthwiseConv2D(DepthwiseConv):
    """A convolution of images that never mixes channels: each has its own kernels.

    Input: f32[batch, rows, columns, channels]. Output:
    f32[batch, new rows, new columns, channels * depth_multiplier].

    Follows keras 2.14 layers/convolutional/depthwise_conv2d.py, DepthwiseConv2D.

    Args:
        kernel_size: the size of a window: one int for both axes, or two.
        strides: the distance from one window to the next.
        padding: `valid` for none; `same` for zeros on all sides.
        depth_multiplier: the number of kernels for each channel.
        data_format: `channels_last` or `channels_first`; Keras's `image_data_format()` if None.
        dilation_rate: the distance between the elements of a window.
        activation: applied to the output; the identity (`linear`) if None.
        use_bias: whether to add a bias.
        depthwise_initializer: computes the first kernel, f32[height, width, channels,
            depth_multiplier].
        bias_initializer: computes the first bias, f32[channels * depth_multiplier].
        depthwise_regularizer, bias_regularizer, activity_regularizer: penalties on kernel, bias
            and output.
        depthwise_constraint, bias_constraint: applied to the weights after a training step.
        **kwargs: the keyword arguments of `Conv` and `Layer`; those of `Conv` for its kernel have
            no effect.

    Raises:
        ValueError: if an argument has a value that is not allowed, or two do not fit one another.
        TypeError: if an argument is unknown.
    """

    def __init__(
        self,
        kernel_size: Any,
        strides: Any = (1, 1),
        padding: Any = "valid",
        depth_multiplier: Any = 1,
        data_format: Any = None,
        dilation_rate: Any = (1, 1),
        activation: Any = None,
        use_bias: Any = True,
        depthwise_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        depthwise_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        depthwise_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            2,
            kernel_size=kernel_size,
            strides=strides,
            padding=padding,
            depth_multiplier=depth_multiplier,
            data_format=data_format,
            dilation_rate=dilation_rate,
            activation=activation,
            use_bias=use_bias,
            depthwise_initializer=depthwise_initializer,
            bias_initializer=bias_initializer,
            depthwise_regularizer=depthwise_regularizer,
            bias_regularizer=bias_regularizer,
            activity_regularizer=activity_regularizer,
            depthwise_constraint=depthwise_constraint,
            bias_constraint=bias_constraint,
            **kwargs,
        )

    def call(self, inputs: Any) -> Any:
        """Return `activation(depthwise_conv2d(inputs, depthwise_kernel) + bias)`."""
        outputs = backend.depthwise_conv2d(
            inputs,
            self.depthwise_kernel,
            strides=self.strides,
            padding=self.padding,
            dilation_rate=self.dilation_rate,
            data_format=self.data_format,
        )
        if self.use_bias:
            outputs = backend.bias_add(outputs, self.bias, data_format=self.data_format)
        if self.activation is not None:
            return self.activation(outputs)
        return outputs

    @tf_utils.shape_type_conversion
    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the shape of the output: the number of windows along each spatial axis, and
        `depth_multiplier` channels for each of the input.

        Raises:
            TypeError: if the number of channels is unknown.
        """
        is_first = self.data_format == "channels_first"
        rows, cols = input_shape[2:4] if is_first else input_shape[1:3]
        out_filters = input_shape[1 if is_first else 3] * self.depth_multiplier
        rows, cols = (
            conv_utils.conv_output_length(
                length,
                self.kernel_size[at],
                self.padding,
                self.strides[at],
                self.dilation_rate[at],
            )
            for at, length in enumerate((rows, cols))
        )
        if is_first:
            return (input_shape[0], out_filters, rows, cols)
        return (input_shape[0], rows, cols, out_filters)
