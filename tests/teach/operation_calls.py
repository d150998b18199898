"""A call of every operation that is a hook point: what their texts are tried on."""

import sys
from collections.abc import Callable
from typing import Any, Final

import numpy as np

import densetrace.tensorflow as tf
from densetrace.tensorflow.exports import modules
from densetrace.tensorflow.operation import Operation

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


_FUNCTIONS: Final = {**_functions(), "tf.cast": tf.cast}
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
ODD: Final = np.array([np.nan, np.inf, -np.inf, 1.0], "float32")
ONE_HOT: Final = np.array([[0.0, 1.0, 0.0], [0.25, 0.25, 0.5]], "float32")
ROWS: Final = np.array([[0, 1], [1, 2]], "int32")

_POSITIVE: Final = ("log", "log1p", "sqrt", "rsqrt", "reciprocal")
_INSIDE: Final = ("asin", "acos", "atan")
_LOGICAL: Final = ("logical_and", "logical_or", "logical_xor")
_TESTS: Final = ("is_nan", "is_inf", "is_finite")
_TRUTHS: Final = ("reduce_all", "reduce_any")
_BITS: Final = ("bitwise_and", "bitwise_or", "bitwise_xor", "invert")

ARGUMENTS: Final[dict[str, dict[str, Any]]] = {
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
