"""The layer `GroupNormalization`.

Follows keras 2.14 layers/normalization/group_normalization.py.
"""

from typing import Any

import densetrace.tensorflow as tf
from densetrace.keras import backend, constraints, initializers, regularizers
from densetrace.keras._exports import keras_export
from densetrace.keras.engine.base_layer import Layer
from densetrace.keras.engine.input_spec import InputSpec
from densetrace.keras.utils import tf_utils
from densetrace.tensorflow.variables import Variable


@keras_export("keras.layers.GroupNormalization")
class GroupNormalization(Layer):
    """A layer that divides the channels of each sample into groups, subtracts the mean of a group
    and divides by its standard deviation, then scales by gamma and adds beta: f[...] -> f[...].

    Follows keras 2.14 layers/normalization/group_normalization.py, GroupNormalization.

    Args:
        groups: the number of groups, a divisor of the number of channels; -1 for a group per
            channel.
        axis: the axis of the channels.
        epsilon: added to the variance.
        center: whether to add beta.
        scale: whether to multiply by gamma.
        beta_initializer, gamma_initializer: compute the first weights.
        beta_regularizer, gamma_regularizer: penalties on the weights.
        beta_constraint, gamma_constraint: applied to the weights after a training step.
        **kwargs: the keyword arguments of `Layer`.

    Raises:
        ValueError: if a name is unknown.
    """

    gamma: Variable | None
    beta: Variable | None

    def __init__(
        self,
        groups: Any = 32,
        axis: Any = -1,
        epsilon: Any = 1e-3,
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
        self.supports_masking = True
        self.groups = groups
        self.axis = axis
        self.epsilon = epsilon
        self.center = center
        self.scale = scale
        self.beta_initializer = initializers.get(beta_initializer)
        self.gamma_initializer = initializers.get(gamma_initializer)
        self.beta_regularizer = regularizers.get(beta_regularizer)
        self.gamma_regularizer = regularizers.get(gamma_regularizer)
        self.beta_constraint = constraints.get(beta_constraint)
        self.gamma_constraint = constraints.get(gamma_constraint)

    def build(self, input_shape: Any) -> None:
        """Create gamma and beta, a number for each channel.

        Raises:
            ValueError: if the axis is out of range, its size unknown, or no multiple of `groups`.
        """
        tf_utils.validate_axis(self.axis, input_shape)
        dim = input_shape[self.axis]
        if dim is None:
            raise ValueError(
                f"Axis {self.axis} of input tensor should have a defined dimension but the layer "
                f"received an input with shape {input_shape}."
            )
        if self.groups == -1:
            self.groups = dim
        if dim < self.groups:
            raise ValueError(
                f"Number of groups ({self.groups}) cannot be more than the number of channels "
                f"({dim})."
            )
        if dim % self.groups != 0:
            raise ValueError(
                f"Number of groups ({self.groups}) must be a multiple of the number of channels "
                f"({dim})."
            )
        self.input_spec = InputSpec(ndim=len(input_shape), axes={self.axis: dim})
        if self.scale:
            self.gamma = self.add_weight(
                shape=(dim,),
                name="gamma",
                initializer=self.gamma_initializer,
                regularizer=self.gamma_regularizer,
                constraint=self.gamma_constraint,
            )
        else:
            self.gamma = None
        if self.center:
            self.beta = self.add_weight(
                shape=(dim,),
                name="beta",
                initializer=self.beta_initializer,
                regularizer=self.beta_regularizer,
                constraint=self.beta_constraint,
            )
        else:
            self.beta = None
        super().build(input_shape)

    def call(self, inputs: Any, mask: Any = None) -> Any:
        """Return the normalized input.

        Args:
            inputs: f[...].
            mask: how much each number counts in mean and variance; all count alike if None.
        """
        input_shape = tf.shape(inputs)
        mask = tf.ones_like(inputs) if mask is None else tf.broadcast_to(mask, input_shape)
        reshaped_inputs = self._reshape_into_groups(inputs)
        reshaped_mask = self._reshape_into_groups(mask)
        normalized_inputs = self._apply_normalization(
            reshaped_inputs=reshaped_inputs,
            input_shape=input_shape,
            reshaped_mask=reshaped_mask,
        )
        return tf.reshape(normalized_inputs, input_shape)

    def _reshape_into_groups(self, inputs: Any) -> Any:
        """Return a tensor whose axis of channels is two: groups, and channels of a group."""
        input_shape = tf.shape(inputs)
        group_shape = [input_shape[i] for i in range(inputs.shape.rank)]
        group_shape[self.axis] = input_shape[self.axis] // self.groups
        group_shape.insert(self.axis, self.groups)
        group_shape = tf.stack(group_shape)
        return tf.reshape(inputs, group_shape)

    def _apply_normalization(
        self, *, reshaped_inputs: Any, reshaped_mask: Any, input_shape: Any
    ) -> Any:
        """Return (inputs - mean) / sqrt(variance + epsilon) of each group, scaled and shifted."""
        group_reduction_axes = list(range(1, reshaped_inputs.shape.rank))
        axis = self.axis - 1
        group_reduction_axes.pop(axis)
        mask_weights = tf.cast(reshaped_mask, reshaped_inputs.dtype)
        mean, variance = tf.nn.weighted_moments(
            reshaped_inputs,
            axes=group_reduction_axes,
            frequency_weights=mask_weights,
            keepdims=True,
        )
        gamma, beta = self._get_reshaped_weights(input_shape)
        return tf.nn.batch_normalization(
            reshaped_inputs,
            mean=mean,
            variance=variance,
            scale=gamma,
            offset=beta,
            variance_epsilon=self.epsilon,
        )

    def _get_reshaped_weights(self, input_shape: Any) -> Any:
        """Return gamma and beta in shapes that broadcast to the groups."""
        broadcast_shape = self._create_broadcast_shape(input_shape)
        gamma = None
        beta = None
        if self.scale:
            gamma = tf.reshape(self.gamma, broadcast_shape)
        if self.center:
            beta = tf.reshape(self.beta, broadcast_shape)
        return gamma, beta

    def _create_broadcast_shape(self, input_shape: Any) -> Any:
        rank: Any = backend.int_shape(input_shape)
        broadcast_shape = [1] * rank[0]
        broadcast_shape[self.axis] = input_shape[self.axis] // self.groups
        broadcast_shape.insert(self.axis, self.groups)
        return broadcast_shape

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the shape of the input."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that create an equal layer."""
        return super().get_config() | {
            "groups": self.groups,
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
