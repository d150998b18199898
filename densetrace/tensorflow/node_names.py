"""The names of nodes in a graph, which a symbolic tensor shows: `Tensor("dense/MatMul:0", ...)`.

A node is called after its raw operation, or after the `name` that TensorFlow's function has by
default.
"""

from functools import cache
from typing import Final

_NAMES: Final = {
    "clip_by_value": "clip_by_value",
    "concat": "concat",
    "eye": "eye/diag",
    "image.resize": "resize/ResizeBilinear",
    "linalg.band_part": "MatrixBandPart",
    "linalg.det": "MatrixDeterminant",
    "linalg.diag": "diag",
    "linalg.diag_part": "diag_part",
    "linalg.inv": "MatrixInverse",
    "linalg.slogdet": "LogMatrixDeterminant",
    "linalg.solve": "MatrixSolve",
    "linalg.tensor_diag": "Diag",
    "linalg.tensor_diag_part": "DiagPart",
    "linspace": "linspace/Slice",
    "math.add": "add",
    "math.argmax": "ArgMax",
    "math.argmin": "ArgMin",
    "math.divide": "truediv",
    "math.divide_no_nan": "div_no_nan",
    "math.erfinv": "erfinv/Erfinv",
    "math.floordiv": "floordiv",
    "math.floormod": "mod",
    "math.in_top_k": "in_top_k/InTopKV2",
    "math.multiply": "mul",
    "math.multiply_no_nan": "multiply_no_nan",
    "math.negative": "Neg",
    "math.nextafter": "NextAfter",
    "math.pow": "pow",
    "math.reciprocal_no_nan": "reciprocal_no_nan",
    "math.reduce_all": "All",
    "math.reduce_any": "Any",
    "math.reduce_euclidean_norm": "EuclideanNorm",
    "math.reduce_logsumexp": "ReduceLogSumExp",
    "math.reduce_max": "Max",
    "math.reduce_mean": "Mean",
    "math.reduce_min": "Min",
    "math.reduce_prod": "Prod",
    "math.reduce_sum": "Sum",
    "math.subtract": "sub",
    "math.xdivy": "xdivy/Xdivy",
    "math.xlog1py": "xlog1py/Xlog1py",
    "matmul": "MatMul",
    "nn.convolution": "convolution",
    "nn.l2_loss": "L2Loss",
    "nn.max_pool": "MaxPool2d",
    "nn.max_pool2d": "MaxPool2d",
    "one_hot": "one_hot",
    "ones_like": "ones_like",
    "random.normal": "random_normal",
    "random.shuffle": "RandomShuffle",
    "random.stateless_normal": "stateless_random_normal",
    "random.stateless_truncated_normal": "stateless_truncated_normal",
    "random.stateless_uniform": "stateless_random_uniform",
    "random.truncated_normal": "truncated_normal",
    "random.uniform": "random_uniform",
    "raw_ops.Einsum": "einsum/Einsum",
    "raw_ops.Range": "range",
    "raw_ops.SplitV": "split",
    "repeat": "Repeat/Reshape_1",
    "reverse": "ReverseV2",
    "stack": "stack",
    "strided_slice": "strided_slice",
    "tensor_scatter_nd_add": "TensorScatterAdd",
    "tensor_scatter_nd_max": "TensorScatterMax",
    "tensor_scatter_nd_min": "TensorScatterMin",
    "tensor_scatter_nd_sub": "TensorScatterSub",
    "tensor_scatter_nd_update": "TensorScatterUpdate",
    "tensordot": "Tensordot/MatMul",
    "transpose": "transpose",
    "truncatediv": "TruncateDiv",
    "truncatemod": "TruncateMod",
    "zeros_like": "zeros_like",
}
"""The name of an operation without `tf.` -> the name of its node, where it is not its own words.

An operator gives another name than its function: `x * 2` is `mul`, tf.multiply(x, 2) is `Mul`. Of
these, the operator's name is here."""


@cache
def node_name(operation: str) -> str:
    """The name of the first node of an operation: `LogSoftmax` for `nn.log_softmax`."""
    if operation in _NAMES:
        return _NAMES[operation]
    module, _, last = operation.rpartition(".")
    return last if module == "raw_ops" else last.title().replace("_", "")
