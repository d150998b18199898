"""The arguments of layers, for suggestions such as "Did you mean units?"."""

from typing import Final

LAYER_ARGUMENTS: Final = (
    "trainable", "name", "dtype", "dynamic", "input_dim", "input_shape", "batch_input_shape",
    "batch_size", "weights", "activity_regularizer", "autocast", "implementation",
)  # fmt: skip
"""The arguments of `Layer.__init__`."""

DENSE_ARGUMENTS: Final = (
    "units", "activation", "use_bias", "kernel_initializer", "bias_initializer",
    "kernel_regularizer", "bias_regularizer", "kernel_constraint", "bias_constraint",
    "kernel_layout", "bias_layout",
)  # fmt: skip
"""The further arguments of `Dense`."""
