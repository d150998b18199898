"""The layer `EinsumDense`: a `Dense` whose product is written as an equation.

Follows keras 2.14 layers/core/einsum_dense.py.
"""

import re
from typing import Any, Final

import densetrace.tensorflow as tf
from densetrace.keras import activations, constraints, initializers, regularizers
from densetrace.keras._exports import keras_export
from densetrace.keras.engine.base_layer import Layer
from densetrace.tensorflow.shapes import TensorShape
from densetrace.tensorflow.variables import Variable


@keras_export("keras.layers.EinsumDense", "keras.layers.experimental.EinsumDense")
class EinsumDense(Layer):
    """A layer that computes a sum of products by an equation, with a kernel and an optional bias:
    `abc,cd->abd` is a Dense on sequences, f[a, b, c] -> f[a, b, d].

    Follows keras 2.14 layers/core/einsum_dense.py, EinsumDense.

    Args:
        equation: the axes of the input, of the kernel and of the output, a letter each:
            `ab,bc->ac`. `...` stands for any number of axes: `...x,xy->...y`.
        output_shape: the sizes of the output without the batch axis and without `...`; None for a
            size that is that of the input. An int is one size.
        activation: applied to the output; the identity (`linear`) if None.
        bias_axes: the letters of the axes of the output that the bias has; no bias if None.
        kernel_initializer: computes the first kernel.
        bias_initializer: computes the first bias.
        kernel_regularizer, bias_regularizer: penalties on the weights.
        activity_regularizer: has no effect, unlike in a Dense: Keras does not pass it on.
        kernel_constraint, bias_constraint: applied to the weights after a training step.
        **kwargs: the keyword arguments of `Layer`.

    Raises:
        TypeError: if `output_shape` is neither an int nor iterable.
        ValueError: if a name is unknown.
    """

    kernel: Variable
    bias: Variable | None

    def __init__(
        self,
        equation: Any,
        output_shape: Any,
        activation: Any = None,
        bias_axes: Any = None,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.equation = equation
        if isinstance(output_shape, int):
            self.partial_output_shape = [output_shape]
        else:
            self.partial_output_shape = list(output_shape)
        self.bias_axes = bias_axes
        self.activation = activations.get(activation)
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.bias_constraint = constraints.get(bias_constraint)

    def build(self, input_shape: Any) -> None:
        """Create the kernel, and the bias if it has axes, with the sizes that the equation gives.

        Raises:
            ValueError: if the equation is not one of an input and a kernel, or does not fit the
                shapes or `bias_axes`.
        """
        input_shape = TensorShape(input_shape)
        kernel_shape, bias_shape, self.full_output_shape = _analyze_einsum_string(
            self.equation, self.bias_axes, input_shape, self.partial_output_shape
        )
        self.kernel = self.add_weight(
            "kernel",
            shape=kernel_shape,
            initializer=self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
            dtype=self.dtype,
            trainable=True,
        )
        if bias_shape is not None:
            self.bias = self.add_weight(
                "bias",
                shape=bias_shape,
                initializer=self.bias_initializer,
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
                dtype=self.dtype,
                trainable=True,
            )
        else:
            self.bias = None
        super().build(input_shape)

    def compute_output_shape(self, _: Any) -> TensorShape:
        """Return the shape of the output, which the build computed.

        Raises:
            AttributeError: if the layer is not built.
        """
        return TensorShape(self.full_output_shape)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that create an equal layer."""
        return super().get_config() | {
            "output_shape": self.partial_output_shape,
            "equation": self.equation,
            "activation": activations.serialize(self.activation),
            "bias_axes": self.bias_axes,
            "kernel_initializer": initializers.serialize(self.kernel_initializer),
            "bias_initializer": initializers.serialize(self.bias_initializer),
            "kernel_regularizer": regularizers.serialize(self.kernel_regularizer),
            "bias_regularizer": regularizers.serialize(self.bias_regularizer),
            "activity_regularizer": regularizers.serialize(self.activity_regularizer),
            "kernel_constraint": constraints.serialize(self.kernel_constraint),
            "bias_constraint": constraints.serialize(self.bias_constraint),
        }

    def call(self, inputs: Any) -> Any:
        """Return `activation(einsum(equation, inputs, kernel) + bias)`."""
        ret = tf.einsum(self.equation, inputs, self.kernel)
        if self.bias is not None:
            ret += self.bias
        if self.activation is not None:
            ret = self.activation(ret)
        return ret


_DOTS: Final = re.compile(r"\.\.\.")
_EQUATION: Final = re.compile(
    r"(?P<before>0?)(?P<input>[a-zA-Z]++)(?P<after>0?),(?P<weight>[a-zA-Z]++)->"
    r"(?P<left>0?)(?P<output>[a-zA-Z]++)(?P<right>0?)"
)
"""An equation in which a 0 stands for `...`. What follows the output is read by einsum alone."""


def _analyze_einsum_string(
    equation: str, bias_axes: str | None, input_shape: TensorShape, output_shape: list[Any]
) -> tuple[list[Any], list[Any] | None, list[Any]]:
    """Return the shapes of the kernel, of the bias (None without one) and of the output.

    Follows keras 2.14 layers/core/einsum_dense.py, _analyze_einsum_string.

    Raises:
        ValueError: if `...` is at one side only or at both ends, or another part is missing.
    """
    found = _EQUATION.match(_DOTS.sub("0", equation))
    if found is not None:
        given, weight, output = found.group("input", "weight", "output")
        elided = tuple(map(bool, found.group("before", "left", "after", "right")))
        if elided[:3] == (False, False, False):
            return _analyze_split_string(
                (given, weight, output), bias_axes, input_shape, output_shape
            )
        if elided[:3] == (True, True, False):
            return _analyze_split_string(
                (given, weight, output), bias_axes, input_shape, output_shape, left_elided=True
            )
        if elided == (False, False, True, True) and len(given) > 1:
            return _analyze_split_string(
                (given, weight, output), bias_axes, input_shape, output_shape
            )
    raise ValueError(
        f"Invalid einsum equation '{equation}'. Equations must be in the form [X],[Y]->[Z], "
        "...[X],[Y]->...[Z], or [X]...,[Y]->[Z]...."
    )


def _analyze_split_string(
    specs: tuple[str, str, str],
    bias_axes: str | None,
    input_shape: TensorShape,
    output_shape: list[Any],
    left_elided: bool = False,
) -> tuple[list[Any], list[Any] | None, list[Any]]:
    """Return the shapes of the kernel, of the bias (None without one) and of the output.

    Follows keras 2.14 layers/core/einsum_dense.py, _analyze_split_string.

    Args:
        specs: the letters of the input, of the kernel and of the output.
        bias_axes: the letters of the axes of the bias.
        input_shape: the shape of the input.
        output_shape: the sizes of the output that its letters name, without the batch axis.
        left_elided: whether `...` is before the letters; otherwise it is behind them.

    Raises:
        ValueError: if sizes of an axis differ, or a letter has no axis.
    """
    input_spec, weight_spec, output_spec = specs
    rank = len(input_shape)
    elided = rank - len(input_spec)
    skipped = elided if left_elided else 0
    output_shape = [input_shape[0], *output_shape]
    if elided > 0 and left_elided:
        output_shape[1:1] = reversed(tuple(input_shape)[1:elided])  # as in Keras
    elif elided > 0:
        output_shape += input_shape[rank - elided :]
    # An axis behind `...` is counted from the last one.
    input_dim_map = {dim: at + skipped - rank * left_elided for at, dim in enumerate(input_spec)}
    output_dim_map = {dim: at + skipped for at, dim in enumerate(output_spec)}

    for dim in input_spec:
        size = input_shape[input_dim_map[dim]]
        if dim in output_dim_map:
            known = output_shape[output_dim_map[dim]]
            if known is not None and known != size:
                raise ValueError(
                    "Input shape and output shape do not match at shared dimension "
                    f"'{dim}'. Input shape is {size}, and output shape is {known}."
                )
    for dim in output_spec:
        if dim not in input_spec and dim not in weight_spec:
            raise ValueError(
                f"Dimension '{dim}' was specified in the output '{output_spec}' but has no "
                f"corresponding dim in the input spec '{input_spec}' or weight spec "
                f"'{output_spec}'"
            )
    weight_shape = []
    for dim in weight_spec:
        if dim in input_dim_map:
            weight_shape.append(input_shape[input_dim_map[dim]])
        elif dim in output_dim_map:
            weight_shape.append(output_shape[output_dim_map[dim]])
        else:
            raise ValueError(
                f"Weight dimension '{dim}' did not have a match in either the input spec "
                f"'{input_spec}' or the output spec '{output_spec}'. For this layer, the weight "
                "must be fully specified."
            )
    if bias_axes is None:
        return weight_shape, None, output_shape
    sizes = {dim: output_shape[at + skipped] for at, dim in enumerate(output_spec)}
    for dim in bias_axes:
        if dim not in output_spec:
            raise ValueError(
                f"Bias dimension '{dim}' was requested, but is not part of the output spec "
                f"'{output_spec}'"
            )
    first = min(output_spec.find(dim) for dim in bias_axes)
    bias_shape = [sizes[dim] if dim in bias_axes else 1 for dim in output_spec[first:]]
    if not left_elided:
        bias_shape += [1] * elided
    return weight_shape, bias_shape, output_shape
