"""The layer `DepthwiseConv1D`. Follows keras 2.14 layers/convolutional/depthwise_conv1d.py."""

from typing import Any

import densetrace.tensorflow as tf
from densetrace.keras._exports import keras_export
from densetrace.keras.layers.convolutional.base_depthwise_conv import DepthwiseConv
from densetrace.keras.utils import conv_utils, tf_utils


@keras_export("keras.layers.DepthwiseConv1D")
class DepthwiseConv1D(DepthwiseConv):
    """A convolution of a sequence that never mixes channels: each has its own kernels.

    Input: f32[batch, steps, channels]. Output: f32[batch, windows, channels * depth_multiplier].

    Follows keras 2.14 layers/convolutional/depthwise_conv1d.py, DepthwiseConv1D.

    Args:
        kernel_size: the size of a window.
        strides: the distance from one window to the next.
        padding: `valid` for none; `same` for zeros on both sides.
        depth_multiplier: the number of kernels for each channel.
        data_format: `channels_last` or `channels_first`; Keras's `image_data_format()` if None.
        dilation_rate: the distance between the elements of a window.
        activation: applied to the output; the identity (`linear`) if None.
        use_bias: whether to add a bias.
        depthwise_initializer: computes the first kernel, f32[size, channels, depth_multiplier].
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
        strides: Any = 1,
        padding: Any = "valid",
        depth_multiplier: Any = 1,
        data_format: Any = None,
        dilation_rate: Any = 1,
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
            1,
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
        """Return `activation(depthwise_conv1d(inputs, depthwise_kernel) + bias)`."""
        if self.data_format == "channels_last":
            strides = (1, *self.strides * 2, 1)
            spatial_start_dim = 1
        else:
            strides = (1, 1, *self.strides * 2)
            spatial_start_dim = 2
        # The sequences are images with one row.
        inputs = tf.expand_dims(inputs, spatial_start_dim)
        depthwise_kernel = tf.expand_dims(self.depthwise_kernel, axis=0)
        data_format = conv_utils.convert_data_format(self.data_format, ndim=4)
        outputs = tf.nn.depthwise_conv2d(
            inputs,
            depthwise_kernel,
            strides=strides,
            padding=self.padding.upper(),
            dilations=(1, *self.dilation_rate),
            data_format=data_format,
        )
        if self.use_bias:
            outputs = tf.nn.bias_add(outputs, self.bias, data_format=data_format)
        outputs = tf.squeeze(outputs, [spatial_start_dim])
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
        input_dim = input_shape[2 if is_first else 1]
        out_filters = input_shape[1 if is_first else 2] * self.depth_multiplier
        input_dim = conv_utils.conv_output_length(
            input_dim, self.kernel_size[0], self.padding, self.strides[0], self.dilation_rate[0]
        )
        if is_first:
            return (input_shape[0], out_filters, input_dim)
        return (input_shape[0], input_dim, out_filters)
