"""The arguments that many layers share, as Python text."""

from typing import Final

ACTIVATIONS: Final = (
    "None", "'relu'", "'tanh'", "'sigmoid'", "'softmax'", "'gelu'", "'swish'", "'elu'", "'selu'",
    "'softplus'", "'softsign'", "'exponential'", "'linear'", "'mish'", "'hard_sigmoid'",
    "'leaky_relu'", "keras.activations.relu", "keras.activations.selu", "tf.nn.relu",
    "layers.LeakyReLU(0.2)", "layers.ReLU(max_value=1.0)", "{'class_name': 'ReLU', 'config': {}}",
)  # fmt: skip

INITIALIZERS: Final = (
    "None", "'zeros'", "'ones'", "'he_normal'", "'he_uniform'", "'glorot_normal'",
    "'GlorotUniform'", "'lecun_normal'", "'lecun_uniform'", "'random_normal'", "'RandomUniform'",
    "'truncated_normal'", "'variance_scaling'", "keras.initializers.Ones",
    "keras.initializers.Constant(0.5)", "keras.initializers.RandomNormal(stddev=0.5, seed=1)",
    "keras.initializers.VarianceScaling(scale=2.0, mode='fan_out', distribution='uniform')",
    "keras.initializers.TruncatedNormal(0.1, 0.2)",
    "{'class_name': 'Constant', 'config': {'value': 0.25}}",
)  # fmt: skip

MATRIX_INITIALIZERS: Final = (
    *INITIALIZERS, "'orthogonal'", "'identity'", "keras.initializers.Orthogonal(gain=0.5)",
    "keras.initializers.Identity(2.0)",
)  # fmt: skip
"""Those that need at least, or exactly, two dimensions too."""

REGULARIZERS: Final = (
    "None", "'l1'", "'l2'", "'l1_l2'", "keras.regularizers.L1(0.1)", "keras.regularizers.L2(0.05)",
    "keras.regularizers.L1L2(0.1, 0.2)", "keras.regularizers.L1",
    "{'class_name': 'L2', 'config': {'l2': 0.25}}",
)  # fmt: skip

MATRIX_REGULARIZERS: Final = (
    *REGULARIZERS, "'orthogonal_regularizer'",
    "keras.regularizers.OrthogonalRegularizer(0.1, mode='columns')",
)  # fmt: skip

CONSTRAINTS: Final = (
    "None", "'max_norm'", "'non_neg'", "'unit_norm'", "'min_max_norm'",
    "keras.constraints.MaxNorm(1.0, axis=0)", "keras.constraints.MinMaxNorm(0.2, 0.8, rate=0.5)",
    "keras.constraints.NonNeg()", "{'class_name': 'UnitNorm', 'config': {'axis': 0}}",
)  # fmt: skip

DTYPES: Final = (
    "'float32'", "'float64'", "'float64'", "'float16'", "'mixed_float16'", "tf.float64",
    "keras.mixed_precision.Policy('mixed_float16')",
)  # fmt: skip

ODD: Final = (
    "'nope'", "5", "-1", "0", "2.5", "''", "[]", "{}", "(1, 2)", "None", "True", "'3'", "[1, 2]",
    "{'class_name': 'nope', 'config': {}}", "object", "np.float32(2.0)", "np.array([1, 2])",
)  # fmt: skip
"""Values that an argument may refuse, or take in a way of its own."""

SWITCH: Final = ("True", "False")
