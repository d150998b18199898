"""The layer `SeparableConv1D`. Follows keras 2.14 layers/convolutional/separable_conv1d.py."""

from typing import Any

import densetrace.tensorflow as tf
from densetrace.keras import activations, constraints, initializers, regularizers
from densetrace.keras._exports import keras_export
from densetrace.keras.layers.convolutional.base_separable_conv import SeparableConv
from densetrace.keras.utils import conv_utils


@keras_export("keras.layers.SeparableConv1D", "keras.layers.SeparableConvolution1D")
class SeparableConv1D(SeparableConv):
    """A convolution of a sequence in two parts: each channel on its own, then a mix of them.

    The two kernels have far fewer weights than that of a `Conv1D` with the same windows.

    Input: f32[batch, steps, channels]. Output: f32[batch, windows, filters].

    Follows keras 2.14 layers/convolutional/separable_conv1d.py, SeparableConv1D.

    Args:
        filters: the number of channels in the output.
        kernel_size: the size of a window.
        strides: the distance from one window to the next.
        padding: `valid` for none; `same` for zeros on both sides; `causal` for zeros before the
            sequence.
        data_format: `channels_last` or `channels_first`; Keras's `image_data_format()` if None.
        dilation_rate: the distance between the elements of a window.
        depth_multiplier: the number of depthwise kernels for each channel.
        activation: applied to the output; the identity (`linear`) if None.
        use_bias: whether to add a bias.
        depthwise_initializer: computes the first depthwise kernel, f32[size, channels,
            depth_multiplier].
        pointwise_initializer: computes the first pointwise kernel,
            f32[1, channels * depth_multiplier, filters].
        bias_initializer: computes the first bias, f32[filters].
        depthwise_regularizer, pointwise_regularizer, bias_regularizer, activity_regularizer:
            penalties on kernels, bias and output.
        depthwise_constraint, pointwise_constraint, bias_constraint: applied to the weights after a
            training step.
        **kwargs: the keyword arguments of `Conv` and `Layer`; those of `Conv` for its kernel have
            no effect.

    Raises:
        ValueError: if an argument has a value that is not allowed, or two do not fit one another.
        TypeError: if an argument is unknown.
    """

    def __init__(
        self,
        filters: Any,
        kernel_size: Any,
        strides: Any = 1,
        padding: Any = "valid",
        data_format: Any = None,
        dilation_rate: Any = 1,
        depth_multiplier: Any = 1,
        activation: Any = None,
        use_bias: Any = True,
        depthwise_initializer: Any = "glorot_uniform",
        pointwise_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        depthwise_regularizer: Any = None,
        pointwise_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        depthwise_constraint: Any = None,
        pointwise_constraint: Any = None,
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
            depth_multiplier=depth_multiplier,
            activation=activations.get(activation),
            use_bias=use_bias,
            depthwise_initializer=initializers.get(depthwise_initializer),
            pointwise_initializer=initializers.get(pointwise_initializer),
            bias_initializer=initializers.get(bias_initializer),
            depthwise_regularizer=regularizers.get(depthwise_regularizer),
            pointwise_regularizer=regularizers.get(pointwise_regularizer),
            bias_regularizer=regularizers.get(bias_regularizer),
            activity_regularizer=regularizers.get(activity_regularizer),
            depthwise_constraint=constraints.get(depthwise_constraint),
            pointwise_constraint=constraints.get(pointwise_constraint),
            bias_constraint=constraints.get(bias_constraint),
            **kwargs,
        )

    def call(self, inputs: Any) -> Any:
        """Return `activation(separable_conv1d(inputs, both kernels) + bias)`."""
        if self.padding == "causal":
            inputs = tf.pad(inputs, self._compute_causal_padding(inputs))
        if self.data_format == "channels_last":
            strides = (1, *self.strides * 2, 1)
            spatial_start_dim = 1
        else:
            strides = (1, 1, *self.strides * 2)
            spatial_start_dim = 2
        # The sequences are images with one row.
        inputs = tf.expand_dims(inputs, spatial_start_dim)
        depthwise_kernel = tf.expand_dims(self.depthwise_kernel, 0)
        pointwise_kernel = tf.expand_dims(self.pointwise_kernel, 0)
        op_padding = "valid" if self.padding == "causal" else self.padding
        data_format = conv_utils.convert_data_format(self.data_format, ndim=4)
        # DEPARTS: Keras calls tf.compat.v1.nn.separable_conv2d, which computes the same.
        outputs = tf.nn.separable_conv2d(
            inputs,
            depthwise_kernel,
            pointwise_kernel,
            strides=strides,
            padding=op_padding.upper(),
            dilations=(1, *self.dilation_rate),
            data_format=data_format,
        )
        if self.use_bias:
            outputs = tf.nn.bias_add(outputs, self.bias, data_format=data_format)
        outputs = tf.squeeze(outputs, [spatial_start_dim])
        if self.activation is not None:
            return self.activation(outputs)
        return outputs


SeparableConvolution1D = SeparableConv1D
