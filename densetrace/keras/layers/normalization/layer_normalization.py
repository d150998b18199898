"""The layer `LayerNormalization`.

Follows keras 2.14 layers/normalization/layer_normalization.py.
"""

from typing import Any

import densetrace.tensorflow as tf
from densetrace.keras import constraints, initializers, regularizers
from densetrace.keras._exports import keras_export
from densetrace.keras.dtensor import utils
from densetrace.keras.engine.base_layer import Layer
from densetrace.keras.utils import tf_utils
from densetrace.tensorflow.shapes import TensorShape
from densetrace.tensorflow.variables import Variable


@keras_export("keras.layers.LayerNormalization")
class LayerNormalization(Layer):
    """A layer that subtracts the mean of each sample and divides by its standard deviation, then
    scales by gamma and adds beta: f[...] -> f[...].

    Follows keras 2.14 layers/normalization/layer_normalization.py, LayerNormalization.

    Args:
        axis: the axis along which mean and variance are computed, or a list of axes.
        epsilon: added to the variance.
        center: whether to add beta.
        scale: whether to multiply by gamma.
        beta_initializer, gamma_initializer: compute the first weights.
        beta_regularizer, gamma_regularizer: penalties on the weights.
        beta_constraint, gamma_constraint: applied to the weights after a training step.
        **kwargs: `beta_layout`, `gamma_layout`, and the keyword arguments of `Layer`.

    Raises:
        TypeError: if `axis` is neither an int nor a list or tuple.
    """

    gamma: Variable | None
    beta: Variable | None

    @utils.allow_initializer_layout
    def __init__(
        self,
        axis: Any = -1,
        epsilon: Any = 0.001,
        center: Any = True,
        scale: Any = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if isinstance(axis, list | tuple):
            self.axis: Any = list(axis)
        elif isinstance(axis, int):
            self.axis = axis
        else:
            raise TypeError(
                "Expected an int or a list/tuple of ints for the argument 'axis', "
                f"but received: {axis!r}"
            )
        self.epsilon = epsilon
        self.center = center
        self.scale = scale
        self.beta_initializer = initializers.get(beta_initializer)
        self.gamma_initializer = initializers.get(gamma_initializer)
        self.beta_regularizer = regularizers.get(beta_regularizer)
        self.gamma_regularizer = regularizers.get(gamma_regularizer)
        self.beta_constraint = constraints.get(beta_constraint)
        self.gamma_constraint = constraints.get(gamma_constraint)
        self.supports_masking = True
        self._fused: Any = None

    def _fused_can_be_used(self, ndims: Any) -> bool:
        """Return whether the axes are the last ones, and Keras takes the fused operation."""
        axis = sorted(self.axis)
        last = axis[-1] == ndims - 1 and axis[-1] - axis[0] == len(axis) - 1
        is_coarse = not (self.epsilon < 1.001e-5 or self.dtype != "float32")
        return last and is_coarse

    def build(self, input_shape: Any) -> None:
        """Create gamma and beta, with the sizes of the input along the axes.

        Raises:
            ValueError: if an axis is out of range or there twice.
        """
        self.axis = tf_utils.validate_axis(self.axis, input_shape)
        input_shape = TensorShape(input_shape)
        param_shape = [input_shape[dim] for dim in self.axis]
        if self.scale:
            self.gamma = self.add_weight(
                name="gamma",
                shape=param_shape,
                initializer=self.gamma_initializer,
                regularizer=self.gamma_regularizer,
                constraint=self.gamma_constraint,
                trainable=True,
                experimental_autocast=False,
            )
        else:
            self.gamma = None
        if self.center:
            self.beta = self.add_weight(
                name="beta",
                shape=param_shape,
                initializer=self.beta_initializer,
                regularizer=self.beta_regularizer,
                constraint=self.beta_constraint,
                trainable=True,
                experimental_autocast=False,
            )
        else:
            self.beta = None
        self._fused = self._fused_can_be_used(input_shape.rank)
        self.built = True

    def call(self, inputs: Any) -> Any:
        """Return the normalized input, scaled by gamma, plus beta."""
        inputs = tf.cast(inputs, self.compute_dtype)
        input_shape = inputs.shape
        rank = len(input_shape)
        sizes = [1] * rank
        for dim in self.axis:
            sizes[dim] = input_shape[dim]

        def broadcast(weight: Any) -> Any:
            if weight is not None and len(weight.shape) != rank and self.axis != [rank - 1]:
                return tf.reshape(weight, sizes)
            return weight

        scale, offset = broadcast(self.gamma), broadcast(self.beta)
        input_dtype = inputs.dtype
        if self._fused:
            # DEPARTS: Keras normalizes by the fused operation of batch normalization. Here the
            # same numbers are computed from mean and variance.
            outputs = self._normalized(inputs)
            if scale is not None:
                outputs = outputs * tf.cast(scale, outputs.dtype)
            if offset is not None:
                outputs = outputs + tf.cast(offset, outputs.dtype)
            return outputs
        if input_dtype.name in ("float16", "bfloat16") and self.dtype == "float32":
            inputs = tf.cast(inputs, "float32")
        return tf.cast(self._normalized(inputs, offset, scale), input_dtype)

    def _normalized(self, inputs: Any, offset: Any = None, scale: Any = None) -> Any:
        """Return (inputs - mean) / sqrt(variance + epsilon), scaled and shifted."""
        mean, variance = tf.nn.moments(inputs, self.axis, keepdims=True)
        return tf.nn.batch_normalization(
            inputs,
            mean,
            variance,
            offset=offset,
            scale=scale,
            variance_epsilon=self.epsilon,
        )

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the shape of the input."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that create an equal layer."""
        return super().get_config() | {
            "axis": self.axis,
            "epsilon": self.epsilon,
            "center": self.center,
            "scale": self.scale,
            "beta_initializer": initializers.serialize(self.beta_initializer),
            "gamma_initializer": initializers.serialize(self.gamma_initializer),
            "beta_regularizer": regularizers.serialize(self.beta_regularizer),
            "gamma_regularizer": regularizers.serialize(self.gamma_regularizer),
            "beta_constraint": constraints.serialize(self.beta_constraint),
            "gamma_constraint": constraints.serialize(self.gamma_constraint),
        }
