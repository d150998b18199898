"""`Dense`, the layer this project explains: `activation(inputs @ kernel + bias)`.

Follows keras 2.14 layers/core/dense.py.
"""

from typing import Any

import densetrace.tensorflow as tf
from densetrace.keras import activations, backend, constraints, initializers, regularizers
from densetrace.keras._exports import keras_export
from densetrace.keras.dtensor import utils
from densetrace.keras.engine.base_layer import Layer
from densetrace.keras.engine.input_spec import InputSpec
from densetrace.tensorflow.dtypes import as_dtype
from densetrace.tensorflow.shapes import TensorShape
from densetrace.tensorflow.variables import Variable


@keras_export("keras.layers.Dense")
class Dense(Layer):
    """A layer that connects every feature to every unit.

    Input: f32[batch, ..., features]. Output: f32[batch, ..., units].

    Follows keras 2.14 layers/core/dense.py, Dense.

    Args:
        units: the number of outputs; `int()` converts it unless it is an int.
        activation: applied to the output; the identity (`linear`) if None.
        use_bias: whether to add a bias.
        kernel_initializer: computes the first kernel, f32[features, units].
        bias_initializer: computes the first bias, f32[units].
        kernel_regularizer, bias_regularizer, activity_regularizer: penalties on kernel, bias and
            output.
        kernel_constraint, bias_constraint: applied to the weights after a training step.
        **kwargs: `kernel_layout`, `bias_layout`, and the keyword arguments of `Layer`.

    Raises:
        ValueError: if `units` is negative, or a name is unknown.
        TypeError: if `int()` does not accept `units`, or an argument is unknown.
    """

    kernel: Variable
    bias: Variable | None

    @utils.allow_initializer_layout
    def __init__(
        self,
        units: Any,
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
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        self.units = int(units) if not isinstance(units, int) else units
        if self.units < 0:
            raise ValueError(
                "Received an invalid value for `units`, expected a positive integer. "
                f"Received: units={units}"
            )
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.bias_constraint = constraints.get(bias_constraint)
        self.input_spec = InputSpec(min_ndim=2)
        self.supports_masking = True

    def build(self, input_shape: Any) -> None:
        """Create kernel and bias for inputs of this shape.

        Raises:
            TypeError: if the layer's dtype is not a floating dtype.
            ValueError: if the last dimension of the input is unknown.
        """
        dtype = as_dtype(self.dtype or backend.floatx())
        if not (dtype.is_floating or dtype.is_complex):
            raise TypeError(
                "A Dense layer can only be built with a floating-point dtype. "
                f"Received: dtype={dtype}"
            )
        last_dim = None if input_shape is None else TensorShape(input_shape)[-1]
        if last_dim is None:
            shape = "<unknown>" if input_shape is None else tuple(input_shape)
            raise ValueError(
                "The last dimension of the inputs to a Dense layer should be defined. Found None. "
                f"Full input shape received: {shape}"
            )
        self.input_spec = InputSpec(min_ndim=2, axes={-1: last_dim})
        self.kernel = self.add_weight(
            "kernel",
            shape=[last_dim, self.units],
            initializer=self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
            dtype=self.dtype,
            trainable=True,
        )
        if self.use_bias:
            self.bias = self.add_weight(
                "bias",
                shape=[self.units],
                initializer=self.bias_initializer,
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
                dtype=self.dtype,
                trainable=True,
            )
        else:
            self.bias = None
        self.built = True

    def call(self, inputs: Any) -> Any:
        """Return `activation(inputs @ kernel + bias)`, computed along the last axis of `inputs`."""
        if inputs.dtype != self._compute_dtype_object:
            inputs = tf.cast(inputs, dtype=self._compute_dtype_object)
        # DEPARTS: Keras also accepts sparse and ragged inputs. Here there are only dense tensors.
        rank = inputs.shape.rank
        if rank == 2 or rank is None:
            outputs = tf.matmul(a=inputs, b=self.kernel)
        else:
            outputs = tf.tensordot(inputs, self.kernel, [[rank - 1], [0]])
        if self.use_bias:
            outputs = tf.nn.bias_add(outputs, self.bias)
        if self.activation is not None:
            outputs = self.activation(outputs)
        return outputs

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """Return the input shape with its last size replaced by `units`.

        Raises:
            ValueError: if the rank is below 2, or the last size is unknown.
        """
        shape = TensorShape(input_shape)
        if shape.rank is None or shape.rank < 2:
            raise ValueError(f"Shape {tuple(shape)} must have rank at least 2")
        if shape[-1] is None:
            raise ValueError(
                "The last dimension of the input shape of a Dense layer should be defined. "
                f"Found None. Received: input_shape={tuple(shape)}"
            )
        return TensorShape((*shape[:-1], self.units))

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that create an equal layer."""
        return super().get_config() | {
            "units": self.units,
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
