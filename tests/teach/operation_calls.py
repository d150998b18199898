"""A call of every operation that is a hook point: what their texts are tried on."""

import sys
from collections.abc import Callable
from typing import Any, Final

import numpy as np

import densetrace.tensorflow as tf
from densetrace.data.operations import COMPOSED
from densetrace.keras import hook_points
from densetrace.tensorflow.exports import modules
from densetrace.tensorflow.operation import OPERATIONS, Operation

modules()  # loads every module that defines operations


def _functions() -> dict[str, Any]:
    """Hook point -> the function that runs the operation: of those with a public name, and of those
    that other functions or gradients run."""
    found: dict[str, Any] = {}
    for name, module in sorted(sys.modules.items()):
        if name.startswith("densetrace.tensorflow."):
            for value in vars(module).values():
                operation = getattr(value, "operation", None)
                if isinstance(operation, Operation):
                    found[f"tf.{operation.names[0]}"] = value
    return found


def _composed() -> dict[str, Any]:
    """Hook point -> a function that consists of operations, and that is one step."""
    points = {point for kind, point in hook_points() if kind == "op"}
    return {point: OPERATIONS[point[3:]] for point in COMPOSED if point in points}


def _assignments() -> dict[str, Any]:
    """Hook point -> a method that sets a variable, of a new variable."""

    def of(name: str) -> Callable[..., Any]:
        return lambda **given: getattr(tf.Variable(np.ones((2, 3), "float32")), name)(**given)

    return {f"tf.Variable.{name}": of(name) for name in ("assign", "assign_add", "assign_sub")}


_FUNCTIONS: Final = {**_functions(), "tf.cast": tf.cast, **_composed(), **_assignments()}
POINTS: Final = sorted(_FUNCTIONS)
"""The hook point of each operation. The public tf.cast is one, and leads to its operation."""


def operation_at(point: str) -> Any:
    """The function that runs the operation of a hook point."""
    return _FUNCTIONS[point]


X: Final = np.array([[-1.5, 0.5, 2.0], [0.25, -0.75, 7.0]], "float32")
Y: Final = np.array([[2.0, -0.5, 2.0], [0.0, 3.0, 1.5]], "float32")
POSITIVE: Final = np.array([[0.1, 0.5, 2.0], [4.0, 9.0, 0.25]], "float32")
INSIDE: Final = np.array([[-0.5, 0.25, 0.75], [0.0, 0.5, -0.25]], "float32")
SQUARE: Final = np.array([[4.0, 1.0, 0.5], [2.0, -3.0, 1.0], [0.0, 5.0, 2.0]], "float32")
TRUTH: Final = np.array([[True, False, True], [True, True, False]])
FALSE_FIRST: Final = np.array([[False, False, True], [False, True, True]])
BITS: Final = np.array([[5, -3, 12], [0, 255, 7]], "int32")
MORE_BITS: Final = np.array([[3, 6, 10], [9, 15, -1]], "int32")
SHIFTS: Final = np.array([[1, 2, 0], [3, 4, 1]], "int32")
COVARIANCE: Final = np.array([[4.0, 1.0, 0.5], [1.0, 3.0, 0.25], [0.5, 0.25, 2.0]], "float32")
SPECTRUM: Final = np.array([1 + 2j, -3.5 + 0.5j], "complex64")
ODD: Final = np.array([np.nan, np.inf, -np.inf, 1.0], "float32")
ONE_HOT: Final = np.array([[0.0, 1.0, 0.0], [0.25, 0.25, 0.5]], "float32")
IMAGES: Final = np.arange(40, dtype="float32").reshape(1, 5, 4, 2) % 7
FILTERS: Final = np.arange(36, dtype="float32").reshape(3, 3, 2, 2) % 5 - 2
SUMS: Final = np.arange(12, dtype="float32").reshape(1, 3, 2, 2)
"""Images, filters, and what has the shape of their convolution."""
_WINDOWS: Final[dict[str, Any]] = {"ksize": 3, "strides": 1, "padding": "VALID"}
_CHOSEN: Final = {
    "orig_input": IMAGES, "orig_output": IMAGES[:, 2:, 2:], "grad": SUMS, **_WINDOWS,
}  # fmt: skip
ROWS: Final = np.array([[0, 1], [1, 2]], "int32")

_POSITIVE: Final = ("log", "log1p", "sqrt", "rsqrt", "reciprocal")
_INSIDE: Final = ("asin", "acos", "atan")
_LOGICAL: Final = ("logical_and", "logical_or", "logical_xor")
_TESTS: Final = ("is_nan", "is_inf", "is_finite")
_TRUTHS: Final = ("reduce_all", "reduce_any")
_BITS: Final = ("bitwise_and", "bitwise_or", "bitwise_xor", "invert")

ARGUMENTS: Final[dict[str, dict[str, Any]]] = {
    "tf.Variable.assign": {"value": X},
    "tf.Variable.assign_add": {"delta": X},
    "tf.Variable.assign_sub": {"delta": X},
    "tf.nn.batch_normalization": {
        "x": X, "mean": Y[0], "variance": POSITIVE[0], "offset": None, "scale": None,
        "variance_epsilon": 0.001,
    },
    "tf.nn.dropout": {"x": X, "rate": 0.5},
    "tf.nn.experimental.stateless_dropout": {"x": X, "rate": 0.5, "seed": (1, 2)},
    "tf.nn.moments": {"x": X, "axes": [0]},
    "tf.nn.weighted_moments": {"x": X, "axes": [0], "frequency_weights": Y},
    "tf.broadcast_to": {"input": X[0], "shape": (2, 3)},
    "tf.cast": {"x": X, "dtype": "int32"},
    "tf.clip_by_value": {"t": X, "clip_value_min": -1.0, "clip_value_max": 1.0},
    "tf.concat": {"values": [X, Y], "axis": 1},
    "tf.expand_dims": {"input": X, "axis": 1},
    "tf.eye": {"num_rows": 3},
    "tf.fill": {"dims": (2, 3), "value": 7.0},
    "tf.gather_nd": {"params": X, "indices": ROWS},
    "tf.linalg.band_part": {"input": SQUARE, "num_lower": -1, "num_upper": 0},
    "tf.linalg.diag": {"diagonal": X[0]},
    "tf.linalg.diag_part": {"input": SQUARE},
    "tf.linalg.qr": {"input": SQUARE},
    "tf.linalg.trace": {"x": SQUARE},
    "tf.linspace": {"start": 0.0, "stop": 1.0, "num": 5},
    "tf.math.accumulate_n": {"inputs": [X, Y, X]},
    "tf.math.count_nonzero": {"input": Y, "axis": 1},
    "tf.math.in_top_k": {"targets": np.array([1, 2]), "predictions": X, "k": 2},
    "tf.math.logical_not": {"x": TRUTH},
    "tf.math.pow": {"x": POSITIVE, "y": Y},
    "tf.math.unsorted_segment_sum": {
        "data": SQUARE, "segment_ids": np.array([0, 1, 0]), "num_segments": 2,
    },
    "tf.math.xlogy": {"x": np.array([0.0, 2.0], "float32"), "y": np.array([0.0, 3.0], "float32")},
    "tf.matmul": {"a": X, "b": SQUARE},
    "tf.nn.bias_add": {"value": X, "bias": Y[0]},
    "tf.one_hot": {"indices": [0, 2], "depth": 3},
    "tf.pad": {"tensor": X, "paddings": [[0, 0], [1, 1]]},
    "tf.random.categorical": {"logits": X, "num_samples": 4},
    "tf.random.normal": {"shape": (2, 3)},
    "tf.random.shuffle": {"value": X},
    "tf.random.stateless_normal": {"shape": (2, 3), "seed": (1, 2)},
    "tf.random.stateless_truncated_normal": {"shape": (2, 3), "seed": (1, 2), "stddev": 0.5},
    "tf.random.stateless_uniform": {
        "shape": (2, 3), "seed": (1, 2), "minval": 0, "maxval": 1, "dtype": "float32",
    },
    "tf.random.truncated_normal": {"shape": (2, 3)},
    "tf.random.uniform": {
        "shape": (2, 3), "minval": 0.0, "maxval": 1.0, "dtype": "float32", "seed": None,
    },
    "tf.raw_ops.Assert": {"condition": [True, True], "message": "must hold"},
    "tf.raw_ops.Const": {"value": X},
    "tf.raw_ops.Einsum": {"inputs": [X, SQUARE], "equation": "ij,jk->ik"},
    "tf.raw_ops.GatherV2": {"params": X, "indices": [1, 1, 0]},
    "tf.raw_ops.Equal": {"x": X, "y": Y[:, :2]},
    "tf.raw_ops.GatherGrad": {
        "dy": X, "indices": [2, 0], "shape": (3, 3), "axis": 0, "batch_dims": 0,
    },
    "tf.raw_ops.LeakyRelu": {"features": X},
    "tf.raw_ops.MirrorPadGrad": {"dy": X, "paddings": [[0, 0], [1, 0]], "mode": "REFLECT"},
    "tf.raw_ops.NotEqual": {"x": X, "y": Y[:, :2]},
    "tf.raw_ops.Range": {"start": 1, "limit": 7, "delta": 2},
    "tf.raw_ops.SelectV2": {"condition": TRUTH, "x": X, "y": Y},
    "tf.raw_ops.SigmoidCrossEntropyWithLogits": {"labels": ONE_HOT, "logits": X},
    "tf.raw_ops.SoftmaxCrossEntropyWithLogits": {"labels": ONE_HOT, "logits": X},
    "tf.raw_ops.SparseSoftmaxCrossEntropyWithLogits": {"logits": X, "labels": [2, 0]},
    "tf.raw_ops.SplitV": {"value": X, "num_or_size_splits": [1, 2], "axis": 1},
    "tf.raw_ops.StridedSliceGrad": {"dy": X[:, 0], "shape": (2, 3), "key": (slice(None), 0)},
    "tf.raw_ops.TensorStridedSliceUpdate": {"input": X, "part": 0.0, "key": (0,)},
    "tf.raw_ops.TopKV2": {"input": X, "k": 2},
    "tf.raw_ops.Where": {"condition": TRUTH},
    "tf.repeat": {"input": X, "repeats": 2, "axis": 0},
    "tf.reshape": {"tensor": X, "shape": (3, -1)},
    "tf.reverse": {"tensor": X, "axis": [1]},
    "tf.roll": {"input": X, "shift": 1, "axis": 1},
    "tf.scatter_nd": {"indices": ROWS, "updates": [5.0, 6.0], "shape": (2, 3)},
    "tf.squeeze": {"input": X[:, None]},
    "tf.stack": {"values": [X, Y]},
    "tf.strided_slice": {"input": X, "key": (slice(None), 0)},
    "tf.tensor_scatter_nd_update": {"tensor": X, "indices": ROWS, "updates": [5.0, 6.0]},
    "tf.tensordot": {"a": X, "b": SQUARE, "axes": [[1], [0]]},
    "tf.tile": {"input": X, "multiples": (2, 1)},
    "tf.transpose": {"a": X},
    "tf.bitwise.left_shift": {"x": BITS, "y": SHIFTS},
    "tf.bitwise.right_shift": {"x": BITS, "y": SHIFTS},
    "tf.broadcast_dynamic_shape": {"shape_x": [2, 1], "shape_y": [3]},
    "tf.debugging.check_numerics": {"tensor": X, "message": "must be finite"},
    "tf.ensure_shape": {"x": X, "shape": (2, None)},
    "tf.linalg.cholesky": {"input": COVARIANCE},
    "tf.linalg.det": {"input": SQUARE},
    "tf.linalg.expm": {"input": SQUARE},
    "tf.linalg.inv": {"input": SQUARE},
    "tf.linalg.slogdet": {"input": SQUARE},
    "tf.linalg.solve": {"matrix": SQUARE, "rhs": X.T},
    "tf.linalg.tensor_diag_part": {"input": SQUARE},
    "tf.math.acosh": {"x": 1 + POSITIVE},
    "tf.math.atanh": {"x": INSIDE},
    "tf.math.bincount": {
        "arr": np.array([1, 1, 3]), "weights": None, "minlength": None, "maxlength": None,
        "dtype": "int32", "axis": None, "binary_output": False,
    },
    "tf.math.erfinv": {"x": INSIDE},
    "tf.math.igamma": {"a": POSITIVE, "x": POSITIVE},
    "tf.math.igammac": {"a": POSITIVE, "x": POSITIVE},
    "tf.math.invert_permutation": {"x": np.array([2, 0, 1])},
    **{
        f"tf.math.segment_{name}": {"data": SQUARE, "segment_ids": np.array([0, 0, 2])}
        for name in ("sum", "mean", "prod", "max", "min")
    },
    **{
        f"tf.math.unsorted_segment_{name}": {
            "data": SQUARE, "segment_ids": np.array([2, 0, 2]), "num_segments": 3,
        }
        for name in ("prod", "max", "min")
    },
    "tf.math.xlog1py": {"x": X, "y": POSITIVE},
    "tf.random.gamma": {"shape": (4,), "alpha": np.float32(2.0), "dtype": "float32", "seed": 1},
    "tf.random.poisson": {"shape": (4,), "lam": np.float32(2.0), "dtype": "float32", "seed": 1},
    "tf.raw_ops.Angle": {"input": SPECTRUM},
    "tf.raw_ops.Argsort": {"values": X, "axis": 1, "direction": "ASCENDING"},
    "tf.raw_ops.AssertRank": {
        "x": X, "ranks": (2,), "is_least": False, "message": "must be a matrix",
    },
    "tf.raw_ops.AssertSize": {"x": X, "axis": 1, "size": 3, "message": "must have 3 columns"},
    "tf.raw_ops.Conj": {"x": SPECTRUM},
    "tf.raw_ops.IgammaGradA": {"a": POSITIVE, "x": POSITIVE},
    "tf.raw_ops.Imag": {"input": SPECTRUM},
    "tf.raw_ops.Lu": {"input": SQUARE, "output_idx_type": "int32"},
    "tf.raw_ops.MatrixDiagPartV3": {"input": SQUARE, "k": 0},
    "tf.raw_ops.MatrixSetDiagV3": {"input": SQUARE, "diagonal": X[0], "k": 0},
    "tf.raw_ops.MatrixSolveLs": {
        "matrix": SQUARE, "rhs": X.T, "l2_regularizer": 0.0, "fast": True,
    },
    "tf.raw_ops.MatrixTriangularSolve": {
        "matrix": COVARIANCE, "rhs": X.T, "lower": True, "adjoint": False,
    },
    "tf.raw_ops.Real": {"input": SPECTRUM},
    "tf.raw_ops.SelfAdjointEigV2": {"input": COVARIANCE},
    "tf.raw_ops.SliceGrad": {"dy": X, "begin": (1, 0), "shape": (4, 3)},
    "tf.raw_ops.Sort": {"values": X, "axis": 1, "direction": "ASCENDING"},
    "tf.raw_ops.StringFormat": {
        "input": X[0], "template": "x is {}", "placeholder": "{}", "summarize": 3,
    },
    "tf.raw_ops.StringJoin": {"inputs": [["a", "b"], ["c", "d"]], "separator": "-"},
    "tf.raw_ops.Svd": {"tensor": X, "full_matrices": False},
    "tf.raw_ops.TakeAlong": {"values": X, "places": np.array([[2, 0, 1]] * 2), "axis": 1},
    "tf.raw_ops.UniqueWithCounts": {"x": np.array([5, 2, 5]), "out_idx": "int32"},
    "tf.reverse_sequence": {
        "input": X, "seq_lengths": np.array([2, 3]), "seq_axis": 1, "batch_axis": 0,
    },
    "tf.searchsorted": {
        "sorted_sequence": np.sort(X), "values": Y, "side": "left", "out_type": "int32",
    },
    "tf.slice": {"input_": X, "begin": (0, 1), "size": (2, -1)},
    **{
        f"tf.tensor_scatter_nd_{name}": {"tensor": X, "indices": ROWS, "updates": [5.0, 6.0]}
        for name in ("add", "sub", "max", "min")
    },
    "tf.image.resize": {"images": IMAGES, "size": (10, 8), "method": "bilinear"},
    "tf.nn.avg_pool": {"input": IMAGES, **_WINDOWS},
    "tf.nn.avg_pool1d": {"input": IMAGES[0], **_WINDOWS},
    "tf.nn.avg_pool2d": {"input": IMAGES, **_WINDOWS},
    "tf.nn.atrous_conv2d_transpose": {
        "value": SUMS, "filters": FILTERS, "output_shape": (1, 7, 6, 2), "rate": 2,
        "padding": "VALID",
    },
    "tf.nn.conv1d": {
        "input": IMAGES[0], "filters": FILTERS[0], "stride": 2, "padding": "SAME",
    },
    "tf.nn.conv1d_transpose": {
        "input": SUMS[0], "filters": FILTERS[0], "output_shape": (3, 4, 2), "strides": 2,
    },
    "tf.nn.conv2d_transpose": {
        "input": SUMS, "filters": FILTERS, "output_shape": (1, 6, 4, 2), "strides": 2,
    },
    "tf.nn.depthwise_conv2d": {
        "input": IMAGES, "filter": FILTERS, "strides": (1, 1, 1, 1), "padding": "VALID",
    },
    "tf.nn.conv2d": {"input": IMAGES, "filters": FILTERS, "strides": 2, "padding": "SAME"},
    "tf.nn.convolution": {"input": IMAGES, "filters": FILTERS},
    "tf.nn.max_pool": {"input": IMAGES, **_WINDOWS},
    "tf.nn.max_pool1d": {"input": IMAGES[0], **_WINDOWS},
    "tf.nn.max_pool2d": {"input": IMAGES, **_WINDOWS},
    "tf.nn.pool": {"input": IMAGES, "window_shape": [2, 2], "pooling_type": "AVG"},
    "tf.raw_ops.AvgPoolGrad": {
        "grad": SUMS, "orig_input_shape": IMAGES.shape, **_WINDOWS,
    },
    "tf.raw_ops.Conv2DBackpropFilter": {
        "input": IMAGES, "out_backprop": SUMS, "filter_sizes": FILTERS.shape,
    },
    "tf.raw_ops.Conv2DBackpropInput": {
        "filter": FILTERS, "out_backprop": SUMS, "input_sizes": IMAGES.shape,
    },
    "tf.raw_ops.DepthwiseConv2dNativeBackpropFilter": {
        "input": IMAGES, "out_backprop": np.repeat(SUMS, 2, axis=-1),
        "filter_sizes": FILTERS.shape, "strides": (1, 1, 1, 1),
    },
    "tf.raw_ops.DepthwiseConv2dNativeBackpropInput": {
        "filter": FILTERS, "out_backprop": np.repeat(SUMS, 2, axis=-1),
        "input_sizes": IMAGES.shape, "strides": (1, 1, 1, 1),
    },
    "tf.raw_ops.MaxPoolGrad": _CHOSEN,
    "tf.raw_ops.MaxPoolGradGrad": {**_CHOSEN, "grad": IMAGES},
    "tf.raw_ops.ResizeBilinearGrad": {
        "grads": SUMS, "original_image": IMAGES, "original_size": IMAGES.shape,
    },
    "tf.truncatediv": {"x": BITS, "y": MORE_BITS},
    "tf.truncatemod": {"x": BITS, "y": MORE_BITS},
    "tf.unravel_index": {"indices": np.array([1, 5]), "dims": np.array([2, 3])},
}  # fmt: skip
"""Arguments by hook point; `arguments` makes those of simple operations."""

IN_GRAPHS: Final = ("tf.raw_ops.AssignVariableOp", "tf.raw_ops.ReadVariableOp")
"""Operations that only the tracing of a graph runs."""


def arguments(point: str) -> dict[str, Any]:
    """Arguments for the operation of a hook point."""
    if point in ARGUMENTS:
        return ARGUMENTS[point]
    last, names = point.rpartition(".")[2], operation_at(point).operation.operand_names
    if last in _LOGICAL:
        return {"x": TRUTH, "y": FALSE_FIRST}
    if last in _TESTS:
        return {"x": ODD}
    if last in _TRUTHS:
        return {"input_tensor": TRUTH, "axis": 1}
    if last.startswith("reduce_"):
        return {"input_tensor": X, "axis": 1, "keepdims": True}
    if last in _BITS:
        return dict(zip(names, (BITS, MORE_BITS), strict=False))
    one = POSITIVE if last in _POSITIVE else INSIDE if last in _INSIDE else X
    return dict(zip(names, (one, Y), strict=False))


def call(point: str) -> Callable[[], Any]:
    """A call of the operation of a hook point."""
    if point in IN_GRAPHS:
        return _in_a_graph
    return lambda: operation_at(point)(**arguments(point))


def _in_a_graph() -> Any:
    """Trace a function that reads a variable and sets it."""
    variable = tf.Variable(1.0)

    def doubled() -> Any:
        variable.assign(variable * 2.0)
        return variable + 0.0

    return tf.function(doubled)()
