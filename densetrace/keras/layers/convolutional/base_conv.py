"""`Conv`, the base class of the convolutions.

Follows keras 2.14 layers/convolutional/base_conv.py.
"""

from typing import Any

import densetrace.tensorflow as tf
from densetrace.keras import activations, constraints, initializers, regularizers
from densetrace.keras.engine.base_layer import Layer
from densetrace.keras.engine.input_spec import InputSpec
from densetrace.keras.utils import conv_utils
from densetrace.system.real_home import of_keras
from densetrace.tensorflow.shapes import TensorShape
from densetrace.tensorflow.variables import Variable


@of_keras
class Conv(Layer):
    """A layer that multiplies each window of its input by the same kernel and adds up the products.

    Input: f32[batch, ..., channels]. Output: f32[batch, ..., filters].

    Follows keras 2.14 layers/convolutional/base_conv.py, Conv.

    Args:
        rank: the number of spatial axes: 1 or 2.
        filters: the number of kernels, which is that of channels in the output.
        kernel_size: the size of a window, along all spatial axes or each.
        strides: the distance from one window to the next, likewise.
        padding: `valid` for none; `same` for zeros around the input, so that the output has its
            sizes divided by the strides; `causal` for zeros before it.
        data_format: `channels_last` or `channels_first`.
        dilation_rate: the distance between the elements of a window.
        groups: the number of parts that the channels are split into. Each part has its own kernels.
        activation: applied to the output; the identity (`linear`) if None.
        use_bias: whether to add a bias.
        kernel_initializer: computes the first kernel, f32[*kernel_size, channels, filters].
        bias_initializer: computes the first bias, f32[filters].
        kernel_regularizer, bias_regularizer, activity_regularizer: penalties on kernel, bias and
            output.
        kernel_constraint, bias_constraint: applied to the weights after a training step.
        trainable: whether training changes the weights.
        name: the name of the layer.
        conv_op: not used.
        **kwargs: the keyword arguments of `Layer`.

    Raises:
        ValueError: if an argument has a value that is not allowed, or two do not fit one another.
        TypeError: if an argument is unknown.
    """

    kernel: Variable
    bias: Variable | None

    def __init__(
        self,
        rank: int,
        filters: Any,
        kernel_size: Any,
        strides: Any = 1,
        padding: Any = "valid",
        data_format: Any = None,
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
        trainable: Any = True,
        name: Any = None,
        conv_op: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            trainable=trainable,
            name=name,
            activity_regularizer=regularizers.get(activity_regularizer),
            **kwargs,
        )
        self.rank = rank
        if isinstance(filters, float):
            filters = int(filters)
        if filters is not None and filters <= 0:
            raise ValueError(
                "Invalid value for argument `filters`. Expected a strictly positive value. "
                f"Received filters={filters}."
            )
        self.filters = filters
        self.groups = groups or 1
        self.kernel_size = conv_utils.normalize_tuple(kernel_size, rank, "kernel_size")
        self.strides = conv_utils.normalize_tuple(strides, rank, "strides", allow_zero=True)
        self.padding = conv_utils.normalize_padding(padding)
        self.data_format = conv_utils.normalize_data_format(data_format)
        self.dilation_rate = conv_utils.normalize_tuple(dilation_rate, rank, "dilation_rate")
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.bias_constraint = constraints.get(bias_constraint)
        self.input_spec = InputSpec(min_ndim=self.rank + 2)
        self._validate_init()
        self._is_causal = self.padding == "causal"
        self._channels_first = self.data_format == "channels_first"
        self._tf_data_format = conv_utils.convert_data_format(self.data_format, self.rank + 2)

    def _validate_init(self) -> None:
        """Check that the arguments fit one another.

        Raises:
            ValueError: if they do not.
        """
        if self.filters is not None and self.filters % self.groups != 0:
            raise ValueError(
                "The number of filters must be evenly divisible by the number of groups. "
                f"Received: groups={self.groups}, filters={self.filters}"
            )
        if not all(self.kernel_size):
            raise ValueError(
                f"The argument `kernel_size` cannot contain 0(s). Received: {self.kernel_size}"
            )
        if not all(self.strides):
            raise ValueError(
                f"The argument `strides` cannot contains 0(s). Received: {self.strides}"
            )
        if self.padding == "causal":
            from densetrace.keras.layers.convolutional.conv1d import Conv1D
            from densetrace.keras.layers.convolutional.separable_conv1d import SeparableConv1D

            if not isinstance(self, Conv1D | SeparableConv1D):
                raise ValueError(
                    "Causal padding is only supported for `Conv1D` and `SeparableConv1D`."
                )
        if max(self.strides) > 1 and max(self.dilation_rate) > 1:
            raise ValueError(
                "`strides > 1` not supported in conjunction with `dilation_rate > 1`. "
                f"Received: strides={self.strides} and dilation_rate={self.dilation_rate}"
            )

    def build(self, input_shape: Any) -> None:
        """Create kernel and bias for inputs of this shape.

        Raises:
            ValueError: if the number of channels is unknown or no multiple of `groups`, or the
                input is smaller than a window.
        """
        input_shape = TensorShape(input_shape)
        input_channel = self._get_input_channel(input_shape)
        if input_channel % self.groups != 0:
            raise ValueError(
                "The number of input channels must be evenly divisible by the number of groups. "
                f"Received groups={self.groups}, but the input has {input_channel} channels "
                f"(full input shape is {input_shape})."
            )
        kernel_shape = (*self.kernel_size, input_channel // self.groups, self.filters)
        # It checks that no size of the output is negative.
        self.compute_output_shape(input_shape)
        self.kernel = self.add_weight(
            name="kernel",
            shape=kernel_shape,
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
        channel_axis = self._get_channel_axis()
        self.input_spec = InputSpec(min_ndim=self.rank + 2, axes={channel_axis: input_channel})
        self.built = True

    def convolution_op(self, inputs: Any, kernel: Any) -> Any:
        """Return the convolution of inputs and kernel, without bias and activation."""
        if self.padding == "causal":
            tf_padding = "VALID"  # `call` has padded the inputs
        elif isinstance(self.padding, str):
            tf_padding = self.padding.upper()
        else:
            tf_padding = self.padding
        return tf.nn.convolution(
            inputs,
            kernel,
            strides=list(self.strides),
            padding=tf_padding,
            dilations=list(self.dilation_rate),
            data_format=self._tf_data_format,
            name=self.__class__.__name__,
        )

    def _jit_compiled_convolution_op(self, inputs: Any, kernel: Any) -> Any:
        # DEPARTS: Keras compiles this method with XLA, because TensorFlow's own convolution
        # supports groups only on a GPU. Here the operation itself supports groups.
        return self.convolution_op(inputs, kernel)

    def call(self, inputs: Any) -> Any:
        """Return `activation(convolution(inputs, kernel) + bias)`."""
        input_shape = inputs.shape
        if self._is_causal:
            inputs = tf.pad(inputs, self._compute_causal_padding(inputs))
        if self.groups > 1:
            outputs = self._jit_compiled_convolution_op(inputs, tf.convert_to_tensor(self.kernel))
        else:
            outputs = self.convolution_op(inputs, self.kernel)
        if self.use_bias:
            output_rank = outputs.shape.rank
            if self.rank == 1 and self._channels_first:
                # bias_add does not accept a bias along the first of two axes.
                outputs += tf.reshape(self.bias, (1, self.filters, 1))
            elif output_rank is not None and output_rank > 2 + self.rank:

                def _apply_fn(o: Any) -> Any:
                    return tf.nn.bias_add(o, self.bias, data_format=self._tf_data_format)

                outputs = conv_utils.squeeze_batch_dims(
                    outputs, _apply_fn, inner_rank=self.rank + 1
                )
            else:
                outputs = tf.nn.bias_add(outputs, self.bias, data_format=self._tf_data_format)
        if not tf.executing_eagerly() and input_shape.rank:
            outputs.set_shape(self.compute_output_shape(input_shape))
        if self.activation is not None:
            return self.activation(outputs)
        return outputs

    def _spatial_output_shape(self, spatial_input_shape: Any) -> list[Any]:
        """Return the number of windows along each spatial axis."""
        return [
            conv_utils.conv_output_length(
                length,
                self.kernel_size[i],
                padding=self.padding,
                stride=self.strides[i],
                dilation=self.dilation_rate[i],
            )
            for i, length in enumerate(spatial_input_shape)
        ]

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """Return the shape of the output: the number of windows along each spatial axis, and
        `filters` channels.

        Raises:
            ValueError: if the input is smaller than a window.
        """
        sizes = TensorShape(input_shape).as_list()
        batch_rank = len(sizes) - self.rank - 1
        try:
            if self.data_format == "channels_last":
                return TensorShape(
                    [
                        *sizes[:batch_rank],
                        *self._spatial_output_shape(sizes[batch_rank:-1]),
                        self.filters,
                    ]
                )
            return TensorShape(
                [
                    *sizes[:batch_rank],
                    self.filters,
                    *self._spatial_output_shape(sizes[batch_rank + 1 :]),
                ]
            )
        except ValueError as error:
            raise ValueError(
                "One of the dimensions in the output is <= 0 due to downsampling in "
                f"{self.name}. Consider increasing the input size. Received input shape {sizes} "
                "which would produce output shape with a zero or negative value in a dimension."
            ) from error

    def _recreate_conv_op(self, inputs: Any) -> bool:
        return False

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that create an equal layer."""
        return super().get_config() | {
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "strides": self.strides,
            "padding": self.padding,
            "data_format": self.data_format,
            "dilation_rate": self.dilation_rate,
            "groups": self.groups,
            "activation": activations.serialize(self.activation),
            "use_bias": self.use_bias,
            "kernel_initializer": initializers.serialize(self.kernel_initializer),
            "bias_initializer": initializers.serialize(self.bias_initializer),
            "kernel_regularizer": regularizers.serialize(self.kernel_regularizer),
            "bias_regularizer": regularizers.serialize(self.bias_regularizer),
            "activity_regularizer": regularizers.serialize(self.activity_regularizer),
            "kernel_constraint": constraints.serialize(self.kernel_constraint),
            "bias_constraint": constraints.serialize(self.bias_constraint),
        }

    def _compute_causal_padding(self, inputs: Any) -> list[list[int]]:
        """Return the padding that lets no output depend on a later input."""
        left_pad = self.dilation_rate[0] * (self.kernel_size[0] - 1)
        rank = inputs.shape.rank
        batch_rank = 1 if rank is None else rank - 2
        padding = [[0, 0] for _ in range(batch_rank)]
        if self.data_format == "channels_last":
            return [*padding, [left_pad, 0], [0, 0]]
        return [*padding, [0, 0], [left_pad, 0]]

    def _get_channel_axis(self) -> int:
        return -1 - self.rank if self.data_format == "channels_first" else -1

    def _get_input_channel(self, input_shape: TensorShape) -> int:
        """Return the number of channels of the input.

        Raises:
            ValueError: if it is unknown.
        """
        channel_axis = self._get_channel_axis()
        if input_shape[channel_axis] is None:
            raise ValueError(
                "The channel dimension of the inputs should be defined. The input_shape received "
                f"is {input_shape}, where axis {channel_axis} (0-based) is the channel dimension, "
                "which found to be `None`."
            )
        return int(input_shape[channel_axis])

    def _get_padding_op(self) -> Any:
        padding = "valid" if self.padding == "causal" else self.padding
        return padding if isinstance(padding, list | tuple) else padding.upper()
