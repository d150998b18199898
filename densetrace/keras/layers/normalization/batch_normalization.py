"""The layer `BatchNormalization`.

Follows keras 2.14 layers/normalization/batch_normalization.py.
"""

from typing import Any

import densetrace.tensorflow as tf
from densetrace.keras import backend, constraints, initializers, regularizers
from densetrace.keras._exports import keras_export
from densetrace.keras.dtensor import utils
from densetrace.keras.engine.base_layer import Layer
from densetrace.keras.engine.input_spec import InputSpec
from densetrace.keras.utils import control_flow_util, tf_utils
from densetrace.system.real_home import of_keras
from densetrace.tensorflow.shapes import TensorShape
from densetrace.tensorflow.tensor import Operators
from densetrace.tensorflow.variables import Variable


@of_keras
class BatchNormalizationBase(Layer):
    """A layer that normalizes each feature over the batch, then scales it by gamma and adds beta.

    In training it uses mean and variance of the batch, and moves `moving_mean` and
    `moving_variance` towards them; otherwise it uses these two.

    Follows keras 2.14 layers/normalization/batch_normalization.py, BatchNormalizationBase.
    """

    # DEPARTS: Keras also has `renorm`, `virtual_batch_size` and `adjustment`, which are not public
    # arguments of `BatchNormalization` in TensorFlow 2. Here they are refused.

    gamma: Variable | None
    beta: Variable | None

    def __init__(
        self,
        axis: Any = -1,
        momentum: Any = 0.99,
        epsilon: Any = 0.001,
        center: Any = True,
        scale: Any = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        moving_mean_initializer: Any = "zeros",
        moving_variance_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        renorm: Any = False,
        renorm_clipping: Any = None,
        renorm_momentum: Any = 0.99,
        fused: Any = None,
        trainable: Any = True,
        virtual_batch_size: Any = None,
        adjustment: Any = None,
        name: Any = None,
        synchronized: Any = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name, **kwargs)
        if isinstance(axis, list | tuple):
            self.axis: Any = axis[:]
        elif isinstance(axis, int):
            self.axis = axis
        else:
            raise TypeError(
                "Expected an int or a list/tuple of ints for the argument 'axis', "
                f"but received: {axis!r}"
            )
        if synchronized and fused:
            raise ValueError("`fused=True` is not supported when `synchronized=True`.")
        if renorm or virtual_batch_size is not None or adjustment is not None:
            raise NotImplementedError(
                "densetrace does not support `renorm`, `virtual_batch_size` and `adjustment`. "
                "Leave them out, or use --engine tf_keras."
            )
        self.synchronized = synchronized
        if self.synchronized:
            fused = False
        self.momentum = momentum
        self.epsilon = epsilon
        self.center = center
        self.scale = scale
        self.beta_initializer = initializers.get(beta_initializer)
        self.gamma_initializer = initializers.get(gamma_initializer)
        self.moving_mean_initializer = initializers.get(moving_mean_initializer)
        self.moving_variance_initializer = initializers.get(moving_variance_initializer)
        self.beta_regularizer = regularizers.get(beta_regularizer)
        self.gamma_regularizer = regularizers.get(gamma_regularizer)
        self.beta_constraint = constraints.get(beta_constraint)
        self.gamma_constraint = constraints.get(gamma_constraint)
        self.renorm = renorm
        self.virtual_batch_size = virtual_batch_size
        self.adjustment = adjustment
        if fused:
            self._raise_if_fused_cannot_be_used()
        elif fused is None and not self._fused_can_be_used():
            fused = False
        self.supports_masking = True
        self.fused = fused
        self._bessels_correction_test_only = True
        self.trainable = trainable

    def _raise_if_fused_cannot_be_used(self) -> None:
        """Raise a ValueError unless axis and dtype are those of the fused operation."""
        axis = [self.axis] if isinstance(self.axis, int) else self.axis
        if len(axis) > 1 or axis[0] not in (-4, -3, -1, 1, 3, 4):
            raise ValueError(
                "Passing `fused=True` is only supported when axis is 1 or 3 for input rank = 4 or "
                f"1 or 4 for input rank = 5. Got axis {axis}"
            )
        dtype = self.compute_dtype
        if dtype not in ("float16", "bfloat16", "float32", None):
            raise ValueError(
                "Passing `fused=True` is only supported when the compute dtype is float16, "
                f"bfloat16, or float32. Got dtype: {dtype}"
            )

    def _fused_can_be_used(self) -> bool:
        try:
            self._raise_if_fused_cannot_be_used()
        except ValueError:
            return False
        return True

    @property
    def _param_dtype(self) -> Any:
        return "float32" if self.dtype in ("float16", "bfloat16") else self.dtype or "float32"

    def build(self, input_shape: Any) -> None:
        """Create gamma, beta and the moving statistics, with the size of the input along the axis.

        Raises:
            ValueError: if an axis is out of range or there twice, or its size is unknown.
        """
        self.axis = tf_utils.validate_axis(self.axis, input_shape)
        input_shape = TensorShape(input_shape)
        rank = input_shape.rank or 0
        if self.fused is None:
            self.fused = rank in (4, 5)
        elif self.fused and rank not in (4, 5):
            raise ValueError(
                "Batch normalization layers with `fused=True` only support 4D or 5D input "
                f"tensors. Received tensor with shape: {tuple(input_shape)}"
            )
        if self.fused and self.axis not in ([1], [rank - 1]):
            if rank == 4:
                raise ValueError(
                    "Unsupported axis. The use of `fused=True` is only possible with `axis=1` or "
                    f"`axis=3` for 4D input tensors. Received: axis={tuple(self.axis)}"
                )
            self.fused = False
        sizes = {axis: input_shape[axis] for axis in self.axis}
        if None in sizes.values():
            raise ValueError(
                "Input has undefined `axis` dimension. Received input with shape "
                f"{tuple(input_shape)} and axis={tuple(self.axis)}"
            )
        self.input_spec = InputSpec(ndim=rank, axes=sizes)
        if len(sizes) == 1:
            param_shape: Any = (next(iter(sizes.values())),)
        else:
            param_shape = [sizes.get(axis, 1) for axis in range(rank)]
        self._param_shape = param_shape
        self.gamma = self._trained_weight("gamma") if self.scale else None
        self.beta = self._trained_weight("beta") if self.center else None
        self.moving_mean = self._moving_weight("moving_mean")
        self.moving_variance = self._moving_weight("moving_variance")
        self.built = True

    def _trained_weight(self, name: str) -> Variable:
        return self.add_weight(
            name=name,
            shape=self._param_shape,
            dtype=self._param_dtype,
            initializer=getattr(self, f"{name}_initializer"),
            regularizer=getattr(self, f"{name}_regularizer"),
            constraint=getattr(self, f"{name}_constraint"),
            trainable=True,
            experimental_autocast=False,
        )

    def _moving_weight(self, name: str) -> Variable:
        return self.add_weight(
            name=name,
            shape=self._param_shape,
            dtype=self._param_dtype,
            initializer=getattr(self, f"{name}_initializer"),
            trainable=False,
            experimental_autocast=False,
        )

    def call(self, inputs: Any, training: Any = None, mask: Any = None) -> Any:
        """Return the normalized input, scaled by gamma, plus beta: f[...] -> f[...].

        `mask`, bool[batch, time], leaves time steps out of mean and variance.
        """
        inputs = tf.cast(inputs, self.compute_dtype)
        training = self._get_training_value(training)
        dtype = inputs.dtype
        if dtype.name in ("float16", "bfloat16"):
            inputs = tf.cast(inputs, "float32")
        rank = len(inputs.shape)
        reduction_axes = [axis for axis in range(rank) if axis not in self.axis]
        broadcast_shape = [1] * rank
        broadcast_shape[self.axis[0]] = inputs.shape[self.axis[0]]

        def broadcast(value: Any) -> Any:
            last = reduction_axes == list(range(rank - 1))
            if value is None or len(value.shape) == rank or last:
                return value
            return tf.reshape(value, broadcast_shape)

        # DEPARTS: If `fused`, Keras computes the same numbers by one operation. Here they are
        # always computed from mean and variance, with the correction of that operation.
        if training is False:
            mean, variance = self.moving_mean, self.moving_variance
        else:
            mean, variance = self._statistics(inputs, reduction_axes, training, mask)
        outputs = tf.nn.batch_normalization(
            inputs,
            broadcast(tf.cast(mean, inputs.dtype)),
            broadcast(tf.cast(variance, inputs.dtype)),
            None if self.beta is None else tf.cast(broadcast(self.beta), inputs.dtype),
            None if self.gamma is None else tf.cast(broadcast(self.gamma), inputs.dtype),
            self.epsilon,
        )
        return tf.cast(outputs, dtype) if outputs.dtype != dtype else outputs

    def _statistics(
        self, inputs: Any, reduction_axes: list[int], training: Any, mask: Any
    ) -> tuple[Any, Any]:
        """Return mean and variance of the batch, and move the moving ones towards them; where
        `training` turns out to be false, the moving ones."""
        batch_mean, batch_variance = self._moments(
            tf.cast(inputs, self._param_dtype),
            reduction_axes,
            keep_dims=len(self.axis) > 1,
            mask=None if self.fused else mask,  # Keras ignores it there, and warns
        )
        new_variance = batch_variance
        if self.fused:
            new_variance = self._corrected(inputs, reduction_axes, batch_variance)

        def chosen(value: Any, moving: Variable) -> Any:
            return control_flow_util.smart_cond(
                training, lambda: tf.identity(value), lambda: tf.identity(moving)
            )

        def update(moving: Variable, value: Any) -> Any:
            def move() -> Any:
                return tf.identity(self._assign_moving_average(moving, value, self.momentum))

            return control_flow_util.smart_cond(training, move, lambda: tf.identity(moving))

        mean = chosen(batch_mean, self.moving_mean)
        variance = chosen(batch_variance, self.moving_variance)
        self.add_update(lambda: update(self.moving_mean, batch_mean))
        self.add_update(lambda: update(self.moving_variance, new_variance))
        return mean, variance

    def _corrected(self, inputs: Any, reduction_axes: list[int], variance: Any) -> Any:
        """Return the variance with n - 1 instead of n, as the fused operation moves it."""
        count = tf.cast(tf.reduce_prod(tf.gather(tf.shape(inputs), reduction_axes)), variance.dtype)
        return variance * (count / tf.maximum(count - 1.0, 1.0))

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the shape of the input."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that create an equal layer."""
        return super().get_config() | {
            "axis": self.axis,
            "momentum": self.momentum,
            "epsilon": self.epsilon,
            "center": self.center,
            "scale": self.scale,
            "beta_initializer": initializers.serialize(self.beta_initializer),
            "gamma_initializer": initializers.serialize(self.gamma_initializer),
            "moving_mean_initializer": initializers.serialize(self.moving_mean_initializer),
            "moving_variance_initializer": initializers.serialize(self.moving_variance_initializer),
            "beta_regularizer": regularizers.serialize(self.beta_regularizer),
            "gamma_regularizer": regularizers.serialize(self.gamma_regularizer),
            "beta_constraint": constraints.serialize(self.beta_constraint),
            "gamma_constraint": constraints.serialize(self.gamma_constraint),
        }

    def _assign_moving_average(self, variable: Variable, value: Any, momentum: Any) -> Any:
        """Move a variable towards a value by the share 1 - momentum."""
        decay = tf.convert_to_tensor(1.0 - momentum)
        if decay.dtype != variable.dtype:
            decay = tf.cast(decay, variable.dtype)
        with backend.name_scope("AssignMovingAvg"):
            return variable.assign_sub((variable - tf.cast(value, variable.dtype)) * decay)

    def _moments(
        self, inputs: Any, reduction_axes: list[int], keep_dims: bool, mask: Any = None
    ) -> tuple[Any, Any]:
        if mask is None:
            mean, variance = tf.nn.moments(inputs, reduction_axes, keepdims=keep_dims)
            return mean, variance
        weights = tf.expand_dims(tf.cast(mask, inputs.dtype), axis=-1)
        mean, variance = tf.nn.weighted_moments(
            inputs, axes=reduction_axes, frequency_weights=weights, keepdims=keep_dims
        )
        return mean, variance

    def _get_training_value(self, training: Any = None) -> Any:
        """Return whether the batch's statistics are used: never if the layer is not trainable."""
        if training is None:
            training = backend.learning_phase()
        if not self.trainable:
            return False
        return training if isinstance(training, Operators) else bool(training)


@keras_export("keras.layers.BatchNormalization")
class BatchNormalization(BatchNormalizationBase):
    """A layer that normalizes each feature over the batch, then scales it by gamma and adds beta:
    f[batch, ..., features] -> f[batch, ..., features].

    Follows keras 2.14 layers/normalization/batch_normalization.py, BatchNormalization.

    Args:
        axis: the axis of the features, or a list of axes.
        momentum: the part of the moving statistics that a training step keeps.
        epsilon: added to the variance.
        center: whether to add beta.
        scale: whether to multiply by gamma.
        beta_initializer, gamma_initializer, moving_mean_initializer, moving_variance_initializer:
            compute the first weights.
        beta_regularizer, gamma_regularizer: penalties on the weights.
        beta_constraint, gamma_constraint: applied to the weights after a training step.
        synchronized: whether replicas share their statistics; there is one.
        **kwargs: `beta_layout`, .., and the keyword arguments of `Layer`.

    Raises:
        TypeError: if `axis` is neither an int nor a list or tuple.
    """

    @utils.allow_initializer_layout
    def __init__(
        self,
        axis: Any = -1,
        momentum: Any = 0.99,
        epsilon: Any = 0.001,
        center: Any = True,
        scale: Any = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        moving_mean_initializer: Any = "zeros",
        moving_variance_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        synchronized: Any = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            axis=axis,
            momentum=momentum,
            epsilon=epsilon,
            center=center,
            scale=scale,
            beta_initializer=beta_initializer,
            gamma_initializer=gamma_initializer,
            moving_mean_initializer=moving_mean_initializer,
            moving_variance_initializer=moving_variance_initializer,
            beta_regularizer=beta_regularizer,
            gamma_regularizer=gamma_regularizer,
            beta_constraint=beta_constraint,
            gamma_constraint=gamma_constraint,
            synchronized=synchronized,
            **kwargs,
        )
