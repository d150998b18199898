"""The names that TensorFlow gives to the nodes of a graph: `print(x)` in a traced function shows
them, as in `Tensor("dense/BiasAdd:0", shape=(None, 2), dtype=float32)`.

An operation has a name of its own (`Mul`), and another one if an operator of Python runs it
(`mul`). A function that consists of operations may open a name scope (`moments/Squeeze`).
"""

from typing import Final

# DEPARTS: Where a function of TensorFlow consists of other operations than here, the printed names
# of its graph tensors differ: `dot/Squeeze` is dot/Reshape_2 here, and each method of
# tf.image.resize is resize/ResizeBilinear. Its argument `name` then has no effect on them.
_NODES: Final = {
    "broadcast_dynamic_shape": "BroadcastArgs", "clip_by_value": "clip_by_value",
    "concat": "concat", "eye": "eye/diag", "image.resize": "resize/ResizeBilinear",
    "linalg.band_part": "MatrixBandPart", "linalg.det": "MatrixDeterminant",
    "linalg.diag": "diag", "linalg.diag_part": "diag_part", "linalg.inv": "MatrixInverse",
    "linalg.slogdet": "LogMatrixDeterminant", "linalg.solve": "MatrixSolve",
    "linalg.tensor_diag": "Diag", "linalg.tensor_diag_part": "DiagPart",
    "linspace": "linspace/Slice", "math.accumulate_n": "AddN",
    "math.argmax": "ArgMax", "math.argmin": "ArgMin", "math.bincount": "bincount/DenseBincount",
    "math.divide": "truediv", "math.divide_no_nan": "div_no_nan",
    "math.erfinv": "erfinv/Erfinv", "math.floordiv": "floordiv", "math.floormod": "FloorMod",
    "math.log1p": "Log1p", "math.multiply": "Mul", "math.multiply_no_nan": "multiply_no_nan",
    "math.negative": "Neg", "math.nextafter": "NextAfter", "math.reduce_all": "All",
    "math.reduce_any": "Any", "math.reduce_euclidean_norm": "EuclideanNorm",
    "math.reduce_logsumexp": "ReduceLogSumExp", "math.reduce_max": "Max",
    "math.reduce_mean": "Mean", "math.reduce_min": "Min", "math.reduce_prod": "Prod",
    "math.reduce_sum": "Sum", "math.subtract": "Sub", "math.xdivy": "xdivy/Xdivy",
    "math.xlog1py": "xlog1py/Xlog1py", "matmul": "MatMul",
    "nn.atrous_conv2d_transpose": "atrous_conv2d_transpose/BatchToSpaceND",
    "nn.conv1d": "conv1d/Squeeze", "nn.conv1d_transpose": "conv1d_transpose/Squeeze",
    "nn.conv2d_transpose": "conv2d_transpose",
    "nn.convolution": "convolution", "nn.depthwise_conv2d": "depthwise",
    "nn.max_pool": "MaxPool", "nn.max_pool2d": "MaxPool2d", "one_hot": "one_hot",
    "ones_like": "ones_like", "random.categorical": "categorical/Multinomial",
    "random.normal": "random_normal", "random.shuffle": "RandomShuffle",
    "random.stateless_normal": "stateless_random_normal",
    "random.stateless_truncated_normal": "stateless_truncated_normal",
    "random.stateless_uniform": "stateless_random_uniform",
    "random.truncated_normal": "truncated_normal", "random.uniform": "random_uniform",
    "raw_ops.Einsum": "einsum/Einsum", "raw_ops.SplitV": "split", "reverse": "ReverseV2",
    "stack": "stack", "strided_slice": "strided_slice", "tensor_scatter_nd_add": "TensorScatterAdd",
    "tensor_scatter_nd_max": "TensorScatterMax", "tensor_scatter_nd_min": "TensorScatterMin",
    "tensor_scatter_nd_sub": "TensorScatterSub", "tensor_scatter_nd_update": "TensorScatterUpdate",
    "transpose": "transpose", "truncatediv": "TruncateDiv", "truncatemod": "TruncateMod",
    "zeros_like": "zeros_like",
}  # fmt: skip
"""The first name of an operation -> that of its node, where it is not the same in capitals."""

_BY_OPERATOR: Final = {
    "add": "add", "sub": "sub", "mul": "mul", "truediv": "truediv", "floordiv": "floordiv",
    "mod": "mod", "pow": "pow", "matmul": "matmul", "and": "and", "or": "or", "xor": "xor",
}  # fmt: skip
"""The operator of Python that runs an operation -> the name of the node, where it is another."""

SCOPES: Final = {
    "math.count_nonzero": "count_nonzero", "math.reduce_std": "reduce_std",
    "math.reduce_variance": "reduce_variance", "nn.batch_normalization": "batchnorm",
    "nn.dropout": "dropout", "nn.embedding_lookup": "embedding_lookup", "nn.gelu": "Gelu",
    "nn.l2_normalize": "l2_normalize", "nn.moments": "moments",
    "nn.separable_conv2d": "separable_conv2d", "nn.weighted_moments": "weighted_moments",
    "norm": "norm", "repeat": "Repeat",
    "tensordot": "Tensordot", "unstack": "unstack",
}  # fmt: skip
"""The first name of a function -> the name scope that it opens."""

OF_ONE_NODE: Final[dict[str, str | None]] = {
    "clip_by_value": None, "concat": None, "constant": None, "gather": None,
    "math.top_k": None, "ones": "ones", "range": "range", "split": None, "stack": None,
    "unique": "Unique", "where": None, "zeros": "zeros",
}  # fmt: skip
"""The first name of a function that runs one operation -> the name of the node, unless the argument
`name` gives it; None if it is that of the operation."""

RESULTS: Final = {
    "nn.embedding_lookup": "Identity", "nn.l2_normalize": "", "nn.separable_conv2d": "",
    "norm": "Squeeze", "unstack": "",
}  # fmt: skip
"""The first name of such a function -> the name that its result has in the scope, where other
operations compute it; "" if the result has the name of the scope."""

_IN_SCOPES: Final = {
    "math.add": "add", "math.multiply": "mul", "math.subtract": "sub",
}  # fmt: skip
"""Operations that TensorFlow's functions run by operators of Python."""


def node_name(operation: str, operator: str | None, in_function: bool) -> str:
    """Return the name of a node in its name scope, before it is made unique.

    Args:
        operation: the first name of the operation.
        operator: the operator of Python that runs it, or None.
        in_function: whether a function of TensorFlow runs it.
    """
    if operator in _BY_OPERATOR:
        return _BY_OPERATOR[operator]
    if in_function and operation in _IN_SCOPES:
        return _IN_SCOPES[operation]
    module, _, own = operation.rpartition(".")
    if operation in _NODES:
        return _NODES[operation]
    return own if module == "raw_ops" else own.title().replace("_", "")
