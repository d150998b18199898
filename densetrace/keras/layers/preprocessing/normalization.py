"""The layer `Normalization`. Follows keras 2.14 layers/preprocessing/normalization.py."""

from typing import Any

import numpy as np

import densetrace.tensorflow as tf
from densetrace.keras import backend
from densetrace.keras._exports import keras_export
from densetrace.keras.engine import base_preprocessing_layer
from densetrace.keras.layers.preprocessing import preprocessing_utils as utils
from densetrace.tensorflow.shapes import TensorShape
from densetrace.tensorflow.variables import Variable


@keras_export("keras.layers.Normalization", "keras.layers.experimental.preprocessing.Normalization")
class Normalization(base_preprocessing_layer.PreprocessingLayer):
    """A layer that subtracts the mean of each feature and divides by its standard deviation, as
    they were in the data for `adapt`: [...] -> f[...].

    Follows keras 2.14 layers/preprocessing/normalization.py, Normalization.

    Args:
        axis: the axis, or axes, whose indices have a mean and a variance each; None for one mean
            and one variance of all numbers.
        mean, variance: what `adapt` would compute; both or neither.
        invert: whether the layer does the opposite: from normalized numbers to the original ones.
        **kwargs: the keyword arguments of `Layer`.

    Raises:
        ValueError: if only one of `mean` and `variance` is given, or one is a variable.
        TypeError: if `axis` is neither an int nor iterable.
    """

    adapt_mean: Variable
    adapt_variance: Variable
    count: Variable

    def __init__(
        self,
        axis: Any = -1,
        mean: Any = None,
        variance: Any = None,
        invert: Any = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if axis is None:
            axis = ()
        elif isinstance(axis, int):
            axis = (axis,)
        else:
            axis = tuple(axis)
        self.axis = axis
        if isinstance(mean, Variable):
            raise ValueError(
                "Normalization does not support passing a Variable for the `mean` init arg."
            )
        if isinstance(variance, Variable):
            raise ValueError(
                "Normalization does not support passing a Variable for the `variance` init arg."
            )
        if (mean is not None) != (variance is not None):
            raise ValueError(
                "When setting values directly, both `mean` and `variance` must be set. Got mean: "
                f"{mean} and variance: {variance}"
            )
        self.input_mean = mean
        self.input_variance = variance
        self.invert = invert

    def build(self, input_shape: Any) -> None:
        """Create mean, variance and count, or constants from the arguments, for inputs of this
        shape.

        Raises:
            ValueError: if there are several inputs, an axis is out of range, or its size unknown.
        """
        super().build(input_shape)
        if isinstance(input_shape, list | tuple) and all(
            isinstance(shape, TensorShape) for shape in input_shape
        ):
            raise ValueError(
                "Normalization only accepts a single input. If you are passing a python list or "
                "tuple as a single input, please convert to a numpy array or `tf.Tensor`."
            )
        input_shape = TensorShape(input_shape).as_list()
        ndim = len(input_shape)
        if any(a < -ndim or a >= ndim for a in self.axis):
            raise ValueError(
                "All `axis` values must be in the range [-ndim, ndim). Found ndim: "
                f"`{ndim}`, axis: {self.axis}"
            )
        self._keep_axis = sorted([d if d >= 0 else d + ndim for d in self.axis])
        for d in self._keep_axis:
            if input_shape[d] is None:
                raise ValueError(
                    "All `axis` values to be kept must have known shape. Got axis: "
                    f"{self.axis}, input shape: {input_shape}, with unknown axis at index: {d}"
                )
        self._reduce_axis = [d for d in range(ndim) if d not in self._keep_axis]
        self._reduce_axis_mask = [0 if d in self._keep_axis else 1 for d in range(ndim)]
        # The sizes with which mean and variance broadcast to the input.
        self._broadcast_shape = [input_shape[d] if d in self._keep_axis else 1 for d in range(ndim)]
        mean_and_var_shape = tuple(input_shape[d] for d in self._keep_axis)
        if self.input_mean is None:
            self.adapt_mean = self.add_weight(
                name="mean",
                shape=mean_and_var_shape,
                dtype=self.compute_dtype,
                initializer="zeros",
                trainable=False,
            )
            self.adapt_variance = self.add_weight(
                name="variance",
                shape=mean_and_var_shape,
                dtype=self.compute_dtype,
                initializer="ones",
                trainable=False,
            )
            self.count = self.add_weight(
                name="count",
                shape=(),
                dtype=tf.int64,
                initializer="zeros",
                trainable=False,
            )
            self.finalize_state()
        else:
            mean = self.input_mean * np.ones(mean_and_var_shape)
            variance = self.input_variance * np.ones(mean_and_var_shape)
            mean = tf.reshape(mean, self._broadcast_shape)
            variance = tf.reshape(variance, self._broadcast_shape)
            self.mean = tf.cast(mean, self.compute_dtype)
            self.variance = tf.cast(variance, self.compute_dtype)

    # DEPARTS: Keras overrides `adapt` for its docstring only. Here it is inherited.

    def update_state(self, data: Any) -> None:
        """Merge mean and variance of a batch with those of the batches before.

        Raises:
            RuntimeError: if the layer is not built.
            ValueError: if mean and variance are arguments.
        """
        if self.input_mean is not None:
            raise ValueError(
                "Cannot `adapt` a Normalization layer that is initialized with static `mean` and "
                f"`variance`, you passed mean {self.input_mean} and variance "
                f"{self.input_variance}."
            )
        if not self.built:
            raise RuntimeError("`build` must be called before `update_state`.")
        data = self._standardize_inputs(data)
        data = tf.cast(data, self.adapt_mean.dtype)
        batch_mean, batch_variance = tf.nn.moments(data, axes=self._reduce_axis)
        batch_shape = tf.shape(data, out_type=self.count.dtype)
        batch_count: Any
        if self._reduce_axis:
            batch_reduce_shape = tf.gather(batch_shape, self._reduce_axis)
            batch_count = tf.reduce_prod(batch_reduce_shape)
        else:
            batch_count = 1

        total_count = batch_count + self.count
        batch_weight = tf.cast(batch_count, dtype=self.compute_dtype) / tf.cast(
            total_count, dtype=self.compute_dtype
        )
        existing_weight = 1.0 - batch_weight
        total_mean = self.adapt_mean * existing_weight + batch_mean * batch_weight
        # The variance around the common mean: that within each part, and the distance of its mean.
        total_variance = (
            self.adapt_variance + (self.adapt_mean - total_mean) ** 2
        ) * existing_weight + (batch_variance + (batch_mean - total_mean) ** 2) * batch_weight
        self.adapt_mean.assign(total_mean)
        self.adapt_variance.assign(total_variance)
        self.count.assign(total_count)

    def reset_state(self) -> None:
        """Set mean, variance and count to 0, 1 and 0."""
        if self.input_mean is not None or not self.built:
            return
        self.adapt_mean.assign(tf.zeros_like(self.adapt_mean))
        self.adapt_variance.assign(tf.ones_like(self.adapt_variance))
        self.count.assign(tf.zeros_like(self.count))

    def finalize_state(self) -> None:
        """Make constants of mean and variance, in the shape in which `call` needs them."""
        if self.input_mean is not None or not self.built:
            return
        self.mean = tf.reshape(self.adapt_mean, self._broadcast_shape)
        self.mean = tf.cast(self.mean, self.compute_dtype)
        self.variance = tf.reshape(self.adapt_variance, self._broadcast_shape)
        self.variance = tf.cast(self.variance, self.compute_dtype)

    def call(self, inputs: Any) -> Any:
        """Return (inputs - mean) / sqrt(variance), or the opposite with `invert`."""
        inputs = self._standardize_inputs(inputs)
        # The base layer casts floats only.
        inputs = tf.cast(inputs, self.compute_dtype)
        if self.invert:
            return self.mean + (inputs * tf.maximum(tf.sqrt(self.variance), backend.epsilon()))
        return (inputs - self.mean) / tf.maximum(tf.sqrt(self.variance), backend.epsilon())

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the shape of the input."""
        return input_shape

    def compute_output_signature(self, input_spec: Any) -> Any:
        """Return shape and dtype of the input."""
        return input_spec

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that create an equal layer."""
        return super().get_config() | {
            "axis": self.axis,
            "invert": self.invert,
            "mean": utils.listify_tensors(self.input_mean),
            "variance": utils.listify_tensors(self.input_variance),
        }

    def _standardize_inputs(self, inputs: Any) -> Any:
        inputs = tf.convert_to_tensor(inputs)
        if inputs.dtype != self.compute_dtype:
            inputs = tf.cast(inputs, self.compute_dtype)
        return inputs

    def load_own_variables(self, store: Any) -> None:
        """Set the weights from a dict, then make constants of them."""
        super().load_own_variables(store)
        self.finalize_state()
