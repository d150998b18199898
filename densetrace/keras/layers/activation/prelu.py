"""The layer `PReLU`: a leaky relu that learns its slopes.

Follows keras 2.14 layers/activation/prelu.py.
"""

from typing import Any

from densetrace.keras import backend, constraints, initializers, regularizers
from densetrace.keras._exports import keras_export
from densetrace.keras.engine.base_layer import Layer
from densetrace.keras.engine.input_spec import InputSpec
from densetrace.tensorflow.shapes import TensorShape
from densetrace.tensorflow.variables import Variable


@keras_export("keras.layers.PReLU")
class PReLU(Layer):
    """x where it is positive, alpha x elsewhere. The weight alpha has the shape of one sample, with
    size 1 along the shared axes.

    Follows keras 2.14 layers/activation/prelu.py, PReLU.
    """

    alpha: Variable

    def __init__(
        self,
        alpha_initializer: Any = "zeros",
        alpha_regularizer: Any = None,
        alpha_constraint: Any = None,
        shared_axes: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.supports_masking = True
        self.alpha_initializer = initializers.get(alpha_initializer)
        self.alpha_regularizer = regularizers.get(alpha_regularizer)
        self.alpha_constraint = constraints.get(alpha_constraint)
        if shared_axes is None:
            self.shared_axes = None
        elif not isinstance(shared_axes, list | tuple):
            self.shared_axes = [shared_axes]
        else:
            self.shared_axes = list(shared_axes)

    def build(self, input_shape: Any) -> None:
        """Create the weight alpha for inputs of this shape, (batch, ...)."""
        param_shape = list(input_shape[1:])
        for axis in self.shared_axes or ():
            param_shape[axis - 1] = 1
        self.alpha = self.add_weight(
            shape=param_shape,
            name="alpha",
            initializer=self.alpha_initializer,
            regularizer=self.alpha_regularizer,
            constraint=self.alpha_constraint,
        )
        axes = {}
        if self.shared_axes:
            for axis in range(1, len(input_shape)):
                if axis not in self.shared_axes:
                    axes[axis] = input_shape[axis]
        self.input_spec = InputSpec(ndim=len(input_shape), axes=axes)
        self.built = True

    def call(self, inputs: Any) -> Any:
        """f[batch, ...] -> f[batch, ...]."""
        pos = backend.relu(inputs)
        neg = -self.alpha * backend.relu(-inputs)
        return pos + neg

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that recreate this layer."""
        return super().get_config() | {
            "alpha_initializer": initializers.serialize(self.alpha_initializer),
            "alpha_regularizer": regularizers.serialize(self.alpha_regularizer),
            "alpha_constraint": constraints.serialize(self.alpha_constraint),
            "shared_axes": self.shared_axes,
        }

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """Return the shape of the input."""
        return TensorShape(input_shape)
