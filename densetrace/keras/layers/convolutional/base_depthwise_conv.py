"""`DepthwiseConv`, the base class of the depthwise convolutions.

Follows keras 2.14 layers/convolutional/base_depthwise_conv.py.
"""

from typing import Any

from densetrace.keras import constraints, initializers, regularizers
from densetrace.keras.engine.input_spec import InputSpec
from densetrace.keras.layers.convolutional.base_conv import Conv
from densetrace.system.real_home import of_keras
from densetrace.tensorflow.shapes import TensorShape
from densetrace.tensorflow.variables import Variable


@of_keras
class DepthwiseConv(Conv):
    """A layer that convolves each channel of its input on its own, with its own kernels.

    Input: f32[batch, ..., channels]. Output: f32[batch, ..., channels * depth_multiplier].

    Follows keras 2.14 layers/convolutional/base_depthwise_conv.py, DepthwiseConv.

    Args:
        rank: the number of spatial axes: 1 or 2.
        kernel_size: the size of a window, along all spatial axes or each.
        strides: the distance from one window to the next, likewise.
        padding: `valid` for none; `same` for zeros around the input, so that the output has its
            sizes divided by the strides.
        depth_multiplier: the number of kernels for each channel.
        data_format: `channels_last` or `channels_first`.
        dilation_rate: the distance between the elements of a window.
        activation: applied to the output; the identity (`linear`) if None.
        use_bias: whether to add a bias.
        depthwise_initializer: computes the first kernel,
            f32[*kernel_size, channels, depth_multiplier].
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

    depthwise_kernel: Variable

    def __init__(
        self,
        rank: int,
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
            rank,
            filters=None,
            kernel_size=kernel_size,
            strides=strides,
            padding=padding,
            data_format=data_format,
            dilation_rate=dilation_rate,
            activation=activation,
            use_bias=use_bias,
            bias_regularizer=bias_regularizer,
            activity_regularizer=activity_regularizer,
            bias_constraint=bias_constraint,
            **kwargs,
        )
        self.depth_multiplier = depth_multiplier
        self.depthwise_initializer = initializers.get(depthwise_initializer)
        self.depthwise_regularizer = regularizers.get(depthwise_regularizer)
        self.depthwise_constraint = constraints.get(depthwise_constraint)
        self.bias_initializer = initializers.get(bias_initializer)

    def build(self, input_shape: Any) -> None:
        """Create kernel and bias for inputs of this shape.

        Raises:
            ValueError: if the input has not `rank + 2` axes, or the number of channels is unknown.
        """
        if len(input_shape) != self.rank + 2:
            raise ValueError(
                f"Inputs to `DepthwiseConv` should have rank {self.rank + 2}. "
                f"Received input_shape={input_shape}."
            )
        input_shape = TensorShape(input_shape)
        channel_axis = self._get_channel_axis()
        if input_shape[channel_axis] is None:
            raise ValueError(
                "The channel dimension of the inputs to `DepthwiseConv` should be defined. The "
                f"input_shape received is {input_shape}, where axis {channel_axis} (0-based) is "
                "the channel dimension, which found to be `None`."
            )
        input_dim = int(input_shape[channel_axis])
        self.depthwise_kernel = self.add_weight(
            shape=(*self.kernel_size, input_dim, self.depth_multiplier),
            initializer=self.depthwise_initializer,
            name="depthwise_kernel",
            regularizer=self.depthwise_regularizer,
            constraint=self.depthwise_constraint,
        )
        if self.use_bias:
            self.bias = self.add_weight(
                shape=(input_dim * self.depth_multiplier,),
                initializer=self.bias_initializer,
                name="bias",
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
            )
        else:
            self.bias = None
        self.input_spec = InputSpec(min_ndim=self.rank + 2, axes={channel_axis: input_dim})
        self.built = True

    def call(self, inputs: Any) -> Any:
        """Return the output for a batch: each subclass has its own `call`.

        Raises:
            NotImplementedError: always.
        """
        raise NotImplementedError

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that create an equal layer."""
        config = super().get_config()
        for name in ("filters", "kernel_initializer", "kernel_regularizer", "kernel_constraint"):
            config.pop(name)
        return config | {
            "depth_multiplier": self.depth_multiplier,
            "depthwise_initializer": initializers.serialize(self.depthwise_initializer),
            "depthwise_regularizer": regularizers.serialize(self.depthwise_regularizer),
            "depthwise_constraint": constraints.serialize(self.depthwise_constraint),
        }
