"""The layer `Conv1DTranspose`. Follows keras 2.14 layers/convolutional/conv1d_transpose.py."""

from typing import Any

import densetrace.tensorflow as tf
from densetrace.keras import activations, constraints, initializers, regularizers
from densetrace.keras._exports import keras_export
from densetrace.keras.dtensor import utils
from densetrace.keras.engine.input_spec import InputSpec
from densetrace.keras.layers.convolutional.conv1d import Conv1D
from densetrace.keras.utils import conv_utils
from densetrace.tensorflow.shapes import TensorShape


@keras_export("keras.layers.Conv1DTranspose", "keras.layers.Convolution1DTranspose")
class Conv1DTranspose(Conv1D):
    """A transposed convolution of a sequence: it reverses the shape change of a convolution.

    Each number of the input, multiplied by a kernel, is added to a window of the output. So the
    output is larger than the input: by about the factor `strides`.

    Input: f32[batch, steps, channels]. Output: f32[batch, new steps, filters].

    Follows keras 2.14 layers/convolutional/conv1d_transpose.py, Conv1DTranspose.

    Args:
        filters: the number of kernels, which is that of channels in the output.
        kernel_size: the size of a window.
        strides: the distance from one window of the output to the next.
        padding: that of the convolution which is reversed: `valid` for none, so that the output
            has room for whole windows; `same`, so that the output has the sizes of the input
            multiplied by the strides.
        output_padding: how much larger the output is than the smallest one that fits, less than
            `strides`. If None, the size of the output follows from the other arguments.
        data_format: `channels_last` or `channels_first`; Keras's `image_data_format()` if None.
        dilation_rate: the distance between the elements of a window.
        activation: applied to the output; the identity (`linear`) if None.
        use_bias: whether to add a bias.
        kernel_initializer: computes the first kernel, f32[size, filters, channels].
        bias_initializer: computes the first bias, f32[filters].
        kernel_regularizer, bias_regularizer, activity_regularizer: penalties on kernel, bias and
            output.
        kernel_constraint, bias_constraint: applied to the weights after a training step.
        **kwargs: `kernel_layout`, `bias_layout`, `groups`, which only has to divide `filters`, and
            the keyword arguments of `Layer`.

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
        output_padding: Any = None,
        data_format: Any = None,
        dilation_rate: Any = 1,
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
            filters=filters,
            kernel_size=kernel_size,
            strides=strides,
            padding=padding,
            data_format=data_format,
            dilation_rate=dilation_rate,
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
        self.output_padding = output_padding
        if self.output_padding is not None:
            self.output_padding = conv_utils.normalize_tuple(
                self.output_padding, 1, "output_padding", allow_zero=True
            )
            for stride, out_pad in zip(self.strides, self.output_padding, strict=True):
                if out_pad >= stride:
                    raise ValueError(
                        "Strides must be greater than output padding. Received "
                        f"strides={self.strides}, output_padding={self.output_padding}."
                    )

    def build(self, input_shape: Any) -> None:
        """Create kernel and bias for inputs of this shape.

        Raises:
            ValueError: if the input has not 3 axes, or the number of channels is unknown.
        """
        input_shape = TensorShape(input_shape)
        if len(input_shape) != 3:
            raise ValueError(f"Inputs should have rank 3. Received input_shape={input_shape}.")
        channel_axis = self._get_channel_axis()
        if input_shape[channel_axis] is None:
            raise ValueError(
                "The channel dimension of the inputs to `Conv1DTranspose` should be defined. The "
                f"input_shape received is {input_shape}, where axis {channel_axis} (0-based) is "
                "the channel dimension, which found to be `None`."
            )
        input_dim = int(input_shape[channel_axis])
        self.input_spec = InputSpec(ndim=3, axes={channel_axis: input_dim})
        self.kernel = self.add_weight(
            name="kernel",
            shape=(*self.kernel_size, self.filters, input_dim),
            initializer=self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
            trainable=True,
            dtype=self.dtype,
        )
        if self.use_bias:
            self.bias = self.add_weight(
                name="bias",
                shape=(self.filters,),
                initializer=self.bias_initializer,
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
                trainable=True,
                dtype=self.dtype,
            )
        else:
            self.bias = None
        self.built = True

    def call(self, inputs: Any) -> Any:
        """Return `activation(conv1d_transpose(inputs, kernel) + bias)`."""
        inputs_shape = tf.shape(inputs)
        batch_size = inputs_shape[0]
        t_axis = 2 if self.data_format == "channels_first" else 1
        (out_length,) = conv_utils.deconv_output_lengths(self, [inputs_shape[t_axis]])
        if self.data_format == "channels_first":
            output_shape = (batch_size, self.filters, out_length)
        else:
            output_shape = (batch_size, out_length, self.filters)
        data_format = conv_utils.convert_data_format(self.data_format, ndim=3)
        outputs = tf.nn.conv1d_transpose(
            inputs,
            self.kernel,
            tf.stack(output_shape),
            strides=self.strides,
            padding=self.padding.upper(),
            data_format=data_format,
            dilations=self.dilation_rate,
        )
        if not tf.executing_eagerly() and inputs.shape.rank:
            outputs.set_shape(self.compute_output_shape(inputs.shape))
        if self.use_bias:
            outputs = tf.nn.bias_add(outputs, self.bias, data_format=data_format)
        if self.activation is not None:
            return self.activation(outputs)
        return outputs

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """Return the shape of the output: the enlarged spatial axes, and `filters` channels."""
        output_shape = TensorShape(input_shape).as_list()
        c_axis, t_axis = (1, 2) if self.data_format == "channels_first" else (2, 1)
        (length,) = conv_utils.deconv_output_lengths(self, [output_shape[t_axis]])
        output_shape[c_axis] = self.filters
        output_shape[t_axis] = length
        return TensorShape(output_shape)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that create an equal layer."""
        return super().get_config() | {"output_padding": self.output_padding}


Convolution1DTranspose = Conv1DTranspose
