"""`SeparableConv`, the base class of the separable convolutions.

Follows keras 2.14 layers/convolutional/base_separable_conv.py.
"""

from typing import Any

from densetrace.keras import activations, constraints, initializers, regularizers
from densetrace.keras.engine.input_spec import InputSpec
from densetrace.keras.layers.convolutional.base_conv import Conv
from densetrace.system.real_home import of_keras
from densetrace.tensorflow.shapes import TensorShape
from densetrace.tensorflow.variables import Variable


@of_keras
class SeparableConv(Conv):
    """A layer that convolves each channel of its input on its own, then mixes the channels.

    Input: f32[batch, ..., channels]. Output: f32[batch, ..., filters].

    Follows keras 2.14 layers/convolutional/base_separable_conv.py, SeparableConv.

    Args:
        rank: the number of spatial axes: 1 or 2.
        filters: the number of channels in the output.
        kernel_size: the size of a window, along all spatial axes or each.
        strides: the distance from one window to the next, likewise.
        padding: `valid` for none; `same` for zeros around the input, so that the output has its
            sizes divided by the strides; `causal` for zeros before it.
        data_format: `channels_last` or `channels_first`.
        dilation_rate: the distance between the elements of a window.
        depth_multiplier: the number of depthwise kernels for each channel.
        activation: applied to the output; the identity (`linear`) if None.
        use_bias: whether to add a bias.
        depthwise_initializer: computes the first depthwise kernel,
            f32[*kernel_size, channels, depth_multiplier].
        pointwise_initializer: computes the first pointwise kernel,
            f32[..., channels * depth_multiplier, filters], with a 1 for each spatial axis.
        bias_initializer: computes the first bias, f32[filters].
        depthwise_regularizer, pointwise_regularizer, bias_regularizer, activity_regularizer:
            penalties on kernels, bias and output.
        depthwise_constraint, pointwise_constraint, bias_constraint: applied to the weights after a
            training step.
        trainable: whether training changes the weights.
        name: the name of the layer.
        **kwargs: the keyword arguments of `Conv` and `Layer`; those of `Conv` for its kernel have
            no effect.

    Raises:
        ValueError: if an argument has a value that is not allowed, or two do not fit one another.
        TypeError: if an argument is unknown.
    """

    depthwise_kernel: Variable
    pointwise_kernel: Variable

    def __init__(
        self,
        rank: int,
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
        trainable: Any = True,
        name: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            rank=rank,
            filters=filters,
            kernel_size=kernel_size,
            strides=strides,
            padding=padding,
            data_format=data_format,
            dilation_rate=dilation_rate,
            activation=activations.get(activation),
            use_bias=use_bias,
            bias_initializer=initializers.get(bias_initializer),
            bias_regularizer=regularizers.get(bias_regularizer),
            activity_regularizer=regularizers.get(activity_regularizer),
            bias_constraint=bias_constraint,
            trainable=trainable,
            name=name,
            **kwargs,
        )
        self.depth_multiplier = depth_multiplier
        self.depthwise_initializer = initializers.get(depthwise_initializer)
        self.pointwise_initializer = initializers.get(pointwise_initializer)
        self.depthwise_regularizer = regularizers.get(depthwise_regularizer)
        self.pointwise_regularizer = regularizers.get(pointwise_regularizer)
        self.depthwise_constraint = constraints.get(depthwise_constraint)
        self.pointwise_constraint = constraints.get(pointwise_constraint)

    def build(self, input_shape: Any) -> None:
        """Create both kernels and the bias for inputs of this shape.

        Raises:
            ValueError: if the number of channels is unknown.
        """
        input_shape = TensorShape(input_shape)
        channel_axis = self._get_channel_axis()
        if input_shape[channel_axis] is None:
            raise ValueError(
                "The channel dimension of the inputs should be defined. The input_shape received "
                f"is {input_shape}, where axis {channel_axis} (0-based) is the channel dimension, "
                "which found to be `None`."
            )
        input_dim = int(input_shape[channel_axis])
        self.input_spec = InputSpec(ndim=self.rank + 2, axes={channel_axis: input_dim})
        depthwise_kernel_shape = (*self.kernel_size, input_dim, self.depth_multiplier)
        pointwise_kernel_shape = (
            *(1,) * self.rank,
            self.depth_multiplier * input_dim,
            self.filters,
        )
        self.depthwise_kernel = self.add_weight(
            name="depthwise_kernel",
            shape=depthwise_kernel_shape,
            initializer=self.depthwise_initializer,
            regularizer=self.depthwise_regularizer,
            constraint=self.depthwise_constraint,
            trainable=True,
            dtype=self.dtype,
        )
        self.pointwise_kernel = self.add_weight(
            name="pointwise_kernel",
            shape=pointwise_kernel_shape,
            initializer=self.pointwise_initializer,
            regularizer=self.pointwise_regularizer,
            constraint=self.pointwise_constraint,
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
        """Return the output for a batch: each subclass has its own `call`.

        Raises:
            NotImplementedError: always.
        """
        raise NotImplementedError

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that create an equal layer."""
        return super().get_config() | {
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "strides": self.strides,
            "padding": self.padding,
            "data_format": self.data_format,
            "depth_multiplier": self.depth_multiplier,
            "dilation_rate": self.dilation_rate,
            "activation": activations.serialize(self.activation),
            "use_bias": self.use_bias,
            "depthwise_initializer": initializers.serialize(self.depthwise_initializer),
            "pointwise_initializer": initializers.serialize(self.pointwise_initializer),
            "bias_initializer": initializers.serialize(self.bias_initializer),
            "depthwise_regularizer": regularizers.serialize(self.depthwise_regularizer),
            "pointwise_regularizer": regularizers.serialize(self.pointwise_regularizer),
            "bias_regularizer": regularizers.serialize(self.bias_regularizer),
            "activity_regularizer": regularizers.serialize(self.activity_regularizer),
            "depthwise_constraint": constraints.serialize(self.depthwise_constraint),
            "pointwise_constraint": constraints.serialize(self.pointwise_constraint),
            "bias_constraint": constraints.serialize(self.bias_constraint),
        }
