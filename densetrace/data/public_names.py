"""What authors call to run operations of TensorFlow whose hook points have other names."""

from typing import Final

PUBLIC_NAMES: Final = {
    "tf.math.accumulate_n": "tf.add_n",
    "tf.raw_ops.Angle": "tf.math.angle",
    "tf.raw_ops.Argsort": "tf.argsort",
    "tf.raw_ops.Assert": "tf.debugging.Assert",
    "tf.raw_ops.AssignVariableOp": "Variable.assign",
    "tf.raw_ops.Complex": "tf.complex",
    "tf.raw_ops.Conj": "tf.math.conj",
    "tf.raw_ops.Const": "tf.constant",
    "tf.raw_ops.Einsum": "tf.einsum",
    "tf.raw_ops.GatherV2": "tf.gather",
    "tf.raw_ops.Imag": "tf.math.imag",
    "tf.raw_ops.LeakyRelu": "tf.nn.leaky_relu",
    "tf.raw_ops.Lu": "tf.linalg.lu",
    "tf.raw_ops.MatrixSetDiagV3": "tf.linalg.set_diag",
    "tf.raw_ops.MatrixSolveLs": "tf.linalg.lstsq",
    "tf.raw_ops.MatrixTriangularSolve": "tf.linalg.triangular_solve",
    "tf.raw_ops.Range": "tf.range",
    "tf.raw_ops.ReadVariableOp": "Variable.read_value",
    "tf.raw_ops.Real": "tf.math.real",
    "tf.raw_ops.SelectV2": "tf.where",
    "tf.raw_ops.SelfAdjointEigV2": "tf.linalg.eigh",
    "tf.raw_ops.SigmoidCrossEntropyWithLogits": "tf.nn.sigmoid_cross_entropy_with_logits",
    "tf.raw_ops.SoftmaxCrossEntropyWithLogits": "tf.nn.softmax_cross_entropy_with_logits",
    "tf.raw_ops.Sort": "tf.sort",
    "tf.raw_ops.SparseSoftmaxCrossEntropyWithLogits": (
        "tf.nn.sparse_softmax_cross_entropy_with_logits"
    ),
    "tf.raw_ops.SplitV": "tf.split",
    "tf.raw_ops.StringFormat": "tf.strings.format",
    "tf.raw_ops.StringJoin": "tf.strings.join",
    "tf.raw_ops.Svd": "tf.linalg.svd",
    "tf.raw_ops.TopKV2": "tf.math.top_k",
    "tf.raw_ops.UniqueWithCounts": "tf.unique_with_counts",
    "tf.raw_ops.Where": "tf.where",
}
"""What an author calls to run an operation whose hook point has the name of a raw operation."""
