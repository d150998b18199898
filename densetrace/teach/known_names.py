"""What a lookup can find, for the question "did you mean": the names that people type."""

from typing import Final

ACTIVATIONS: Final = (
    "elu", "exponential", "gelu", "hard_sigmoid", "leaky_relu", "linear", "log_softmax", "mish",
    "relu", "relu6", "selu", "sigmoid", "silu", "softmax", "softplus", "softsign", "swish", "tanh",
)  # fmt: skip

INITIALIZERS: Final = (
    "constant", "glorot_normal", "glorot_uniform", "he_normal", "he_uniform", "identity",
    "lecun_normal", "lecun_uniform", "ones", "orthogonal", "random_normal", "random_uniform",
    "truncated_normal", "variance_scaling", "zeros",
)  # fmt: skip

REGULARIZERS: Final = ("l1", "l2", "l1_l2", "orthogonal_regularizer")

CONSTRAINTS: Final = ("max_norm", "min_max_norm", "non_neg", "radial_constraint", "unit_norm")

OPTIMIZERS: Final = (
    "adadelta", "adagrad", "adam", "adamax", "ftrl", "nadam", "rmsprop", "sgd",
)  # fmt: skip

LOSSES: Final = (
    "binary_crossentropy", "categorical_crossentropy", "categorical_hinge", "cosine_similarity",
    "hinge", "huber", "kl_divergence", "log_cosh", "mae", "mape", "mean_absolute_error",
    "mean_squared_error", "mse", "msle", "poisson", "sparse_categorical_crossentropy",
    "squared_hinge",
)  # fmt: skip

METRICS: Final = (
    "accuracy", "binary_accuracy", "binary_crossentropy", "categorical_accuracy",
    "categorical_crossentropy", "mae", "mean_absolute_error", "mean_squared_error", "mse",
    "sparse_categorical_accuracy", "sparse_categorical_crossentropy",
)  # fmt: skip

REGISTRIES: Final = {
    "activations": ACTIVATIONS,
    "initializers": INITIALIZERS,
    "regularizers": REGULARIZERS,
    "constraints": CONSTRAINTS,
    "optimizers": OPTIMIZERS,
    "losses": LOSSES,
    "metrics": METRICS,
}

LAYER_ARGUMENTS: Final = (
    "trainable", "name", "dtype", "dynamic", "input_dim", "input_shape", "batch_input_shape",
    "batch_size", "weights", "activity_regularizer", "autocast", "implementation",
)  # fmt: skip
"""What `Layer.__init__` takes."""

DENSE_ARGUMENTS: Final = (
    "units", "activation", "use_bias", "kernel_initializer", "bias_initializer",
    "kernel_regularizer", "bias_regularizer", "kernel_constraint", "bias_constraint",
    "kernel_layout", "bias_layout",
)  # fmt: skip
"""What `Dense` takes beside them."""
