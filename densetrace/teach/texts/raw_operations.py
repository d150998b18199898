"""The operations that TensorFlow runs in the layers of a real Keras."""

from typing import Final

from densetrace.data.operations import CALL, RAW, TRACING
from densetrace.teach.entries import Entry

_CONVOLUTION = "The same few weights are used at every position, so they find a pattern anywhere."
_POOLING = (
    "The smaller image keeps the strongest value of each window, and later layers cover more of it."
)
_MOVING = (
    "Batch normalization keeps a moving average of mean and variance. Outside training it uses "
    "them instead of the batch's own."
)
_GATES = "It is smooth and bounded. Recurrent layers use it for their gates."
_BY_ELEMENT = "Layers combine tensors element by element. Sizes of 1 are stretched to fit."
_SHAPES = "The elements stay the same; only their arrangement changes, to fit the next operation."
_RANDOM = "For example, random numbers decide which elements dropout sets to 0."
_SEVERAL = "The function consists of several operations, which are inside this step."
_LOOP = "A recurrent layer repeats the same operations for each time step."
_GRAPH = "A graph runs without Python, which is faster, and TensorFlow can compute its gradient."


def _raw(name: str, what: str, why: str) -> Entry:
    place = f"TensorFlow's {RAW}{name}, which its runtime computes"
    return Entry("op", what, why, place, f"{RAW}{name}")


def _function(point: str, what: str, why: str, source: str) -> Entry:
    module, _, function = source.partition(".")
    return Entry("op", what, why, f"tensorflow/python/ops/{module}.py, {function}{{caller}}", point)


ENTRIES: Final = (
    # -- layers of weights ----------------------------------------------------------------------
    _raw(
        "Conv2D",
        "The kernel {second} slides over {first}; at each position the products are added up: "
        "{result}.",
        _CONVOLUTION,
    ),
    _raw(
        "DepthwiseConv2dNative",
        "The kernel {second} slides over {first}, separately for each channel: {result}.",
        _CONVOLUTION,
    ),
    _raw("BiasAdd", "The bias {second} is added to {first} along its last axis: {result}.",
         "The bias shifts each sum by a learned amount."),
    _raw("MatMul", "The matrix product of {first} and {second} is {result}.",
         "Weighted sums of all units are one matrix product."),
    _raw("BatchMatMulV2", "The matrix products of {first} and {second}, one for each entry of a "
         "batch, are {result}.", "Weighted sums of a whole batch are computed at once."),
    _raw("ResourceGather", "The rows of {first} at the indices in {second} are {result}.",
         "An embedding is a table: each integer is looked up, and its row is the output."),
    _raw("MaxPool", "The largest element of each window of {first} is kept: {result}.", _POOLING),
    _raw("AvgPool", "The mean of each window of {first} is kept: {result}.", _POOLING),
    _raw(
        "FusedBatchNormV3",
        "{first} is normalized: each channel gets mean 0 and variance 1, then is scaled and "
        "shifted.",
        "One operation does what would otherwise take many: mean, variance, scale and offset.",
    ),
    _raw(
        "CudnnRNNV3",
        "A GPU runs the whole recurrent layer on {first} as one operation.",
        "It is much faster than a loop over time steps.",
    ),
    # -- by element -----------------------------------------------------------------------------
    _raw("AddV2", "The sum of {operands} is {result}.", _BY_ELEMENT),
    _raw("Sub", "{first} minus {second} is {result}.", _BY_ELEMENT),
    _raw("Mul", "The product of {operands}, by element, is {result}.", _BY_ELEMENT),
    _raw("RealDiv", "{first} divided by {second} is {result}.", _BY_ELEMENT),
    _raw("SquaredDifference", "The squared difference of {operands} is {result}.",
         "The mean of these squares is the variance."),
    _raw("Rsqrt", "1 / sqrt(x) of each element of {first} is {result}.",
         "Multiplying by it divides by the standard deviation."),
    _raw("GreaterEqual", "{first} is compared with {second}: {result}.",
         "The booleans choose between two tensors."),
    _raw("Relu", "Negative elements of {first} become 0: {result}.",
         "Without a nonlinearity between them, stacked layers compute no more than one layer."),
    _raw("Sigmoid", "1 / (1 + exp(-x)) of each element of {first} is {result}.", _GATES),
    _raw("Tanh", "The hyperbolic tangent of each element of {first} is {result}.", _GATES),
    _raw("Softmax", "Each row of {first} becomes positive and adds up to 1: {result}.",
         "The elements can be read as probabilities."),
    # -- reductions and shapes ------------------------------------------------------------------
    _raw("Mean", "The mean of {first} along some of its axes is {result}.",
         "Normalization and pooling begin with means."),
    _raw("Sum", "The sum of {first} along some of its axes is {result}.",
         "Losses and norms are sums over elements."),
    _raw("Fill", "A tensor is filled with one number: {result}.",
         "For example, a recurrent layer starts with a state of zeros."),
    _raw("Reshape", "{first} is reshaped: {result}.", _SHAPES),
    _raw("Transpose", "The axes of {first} are reordered: {result}.", _SHAPES),
    _raw("ExpandDims", "{first} gets one more axis, of size 1: {result}.", _SHAPES),
    _raw("Squeeze", "{first} loses axes of size 1: {result}.", _SHAPES),
    _raw("Pack", "Tensors of one shape are stacked: {result}.", _SHAPES),
    _raw("Unpack", "{first} is split into its slices: {result}.",
         "A recurrent layer processes the time steps one by one."),
    _raw("ConcatV2", "Tensors are joined along an axis: {result}.",
         "The results of several branches become one tensor."),
    _raw("Split", "{second} is split into equal parts: {result}.",
         "A recurrent cell computes all its gates in one product and then splits the result."),
    _raw("StridedSlice", "A slice of {first} is {result}.",
         "Indexing a tensor, as in x[0], runs this operation."),
    # -- random numbers -------------------------------------------------------------------------
    _raw("RandomUniform", "Uniform random numbers are drawn: {result}.", _RANDOM),
    _raw("StatelessRandomUniformV2", "Uniform random numbers are computed from a seed: {result}.",
         _RANDOM),
    # -- variables ------------------------------------------------------------------------------
    _raw("AssignSubVariableOp", "{second} is subtracted from the variable {first}.", _MOVING),
    _raw("AssignAddVariableOp", "{second} is added to the variable {first}.",
         "A layer's counts and averages change with each batch."),
    _raw("Identity", "{first} is returned unchanged.",
         "TensorFlow uses it to mark a point in a graph. It computes nothing."),
    _raw("StopGradient", "{first} is returned unchanged, and no gradient passes through.",
         "Gradients treat the result as a constant."),
    _raw("Shape", "The sizes of {first} are {result}.",
         "In a graph a size may be unknown until the graph runs."),
    # -- functions and graphs -------------------------------------------------------------------
    Entry(
        "op",
        point=CALL,
        what="The graph function {f} runs and returns {result}.",
        why=_GRAPH,
        where=f"TensorFlow's {CALL}; the function is a tf.function of Keras or of yours",
    ),
    Entry(
        "op",
        point=TRACING,
        what="TensorFlow runs the Python function {name} once, on symbolic tensors, and records "
        "its operations in a graph. They are inside this step.",
        why=_GRAPH,
        where="tensorflow/python/framework/func_graph.py, func_graph_from_py_func",
    ),
    *(
        _raw(name, "The graph gets two branches, and each run of it takes one of them: {result}.",
             "AutoGraph converts a Python if on a tensor to it.")
        for name in ("If", "StatelessIf")
    ),
    _function("tf.while_loop", "A loop repeats its body: {result}.", _LOOP,
              "while_loop.while_loop_v2"),
    _function("tf.compat.v1.while_loop", "A loop repeats its body: {result}.", _LOOP,
              "while_loop.while_loop"),
    _function("tf.nn.moments", "The mean and the variance of {first} are {result}.", _SEVERAL,
              "nn_impl.moments_v2"),
    _function("tf.nn.weighted_moments", "The weighted moments of {first} are {result}.", _SEVERAL,
              "nn_impl.weighted_moments_v2"),
    _function("tf.nn.batch_normalization", "{first} is normalized with a mean and a variance, "
    "then scaled and shifted: {result}.", _SEVERAL,
              "nn_impl.batch_normalization"),
    _function("tf.nn.dropout", "Random elements of {first} are set to 0, and the others are "
    "scaled up to compensate: {result}.", _SEVERAL,
              "nn_ops.dropout_v2"),
    _function("tf.nn.experimental.stateless_dropout", "Some elements of {first}, chosen by a "
    "seed, are set to 0, and the others are scaled up to compensate: {result}.", _SEVERAL,
              "nn_ops.stateless_dropout"),
)  # fmt: skip
