"""The texts of operations: what each computes, why it is called, where TensorFlow defines it.

Those with a formula are in `densetrace/teach/texts/elementwise.py`.
"""

from typing import Final

from densetrace.teach.entries import Entry
from densetrace.teach.texts import elementwise
from densetrace.teach.texts.operation_families import drawing, making, operation

_CONVERTED: Final = (
    "A layer computes in one dtype, so floating-point inputs of another dtype are converted "
    "first. Dense also converts integers."
)
_ROW: Final = (
    "For each row, it multiplies each unit's weights by the features and adds the products up: "
    "the weighted sums of all units in one operation."
)
_SEEDED: Final = (
    "Initializers draw the first weights. A stateless operation always draws the same numbers for "
    "the same seed and shape. In densetrace's own stack NumPy draws them: the distribution is "
    "TensorFlow's, the numbers are not."
)
_DRAWN: Final = (
    "Each call draws different numbers unless a seed is set. In densetrace's own stack NumPy "
    "draws them: the distribution is TensorFlow's, the numbers are not."
)
_SHARE: Final = (
    "Keras divides the penalty of an output by the batch size, so that it does not grow with the "
    "batch."
)

_GENERAL: Final[tuple[Entry, ...]] = (
    Entry(
        "op",
        what="{point} computes {result}{from_operands}.",
        why="Layers consist of operations on tensors. densetrace has no explanation for this one.",
        where="TensorFlow's {point}{caller}",
    ),
)

_LINEAR_ALGEBRA: Final[tuple[Entry, ...]] = (
    operation(
        "tf.matmul",
        "% multiplies {first} by {second}, as matrices. The result is {result}: {products}.",
        "The operator @ on tensors calls it. A matrix product computes all weighted sums of a "
        "layer at once.", "math_ops.matmul",
    ),
    operation(
        "tf.matmul",
        "% multiplies the input {first} by the kernel {second}. The result is {result}: "
        "{products}.",
        _ROW, "math_ops.matmul", outcome="Dense",
    ),
    operation(
        "tf.tensordot",
        "% multiplies {first} by {second} and adds up the products along {paired}. "
        "The result is {result}.",
        "It is a matrix product for tensors of any number of dimensions.", "math_ops.tensordot",
    ),
    operation(
        "tf.tensordot",
        "% multiplies the input {first} by the kernel {second} and adds up the products along "
        "{paired}. The result is {result}.",
        "The input does not have two dimensions, so a plain matrix product does not fit. "
        "tensordot multiplies along the last axis and leaves the others as they are.",
        "math_ops.tensordot", outcome="Dense",
        note="Dense works on the last axis only; the other axes stay as they are.",
    ),
    operation(
        "tf.nn.bias_add",
        "% adds the bias {second} to {first}, one number for each channel. The result is {result}.",
        "A layer shifts its weighted sums by learned numbers. Unlike +, it checks that the bias "
        "has one number for each channel.", "nn_ops.bias_add",
    ),
    operation(
        "tf.nn.bias_add",
        "% adds the bias {second} to each row of {first}. The result is {result}.",
        "The bias moves each unit's sum up or down by a learned amount.", "nn_ops.bias_add",
        outcome="Dense",
    ),
    making(
        "tf.raw_ops.Einsum", "multiplies and sums {inputs} by the equation {equation}: each "
        "letter is an axis, and axes that are missing from the result are summed over",
        "EinsumDense and MultiHeadAttention use it: one equation replaces transposes, reshapes "
        "and a matrix product.", "special_math_ops.einsum",
    ),
    making(
        "tf.linalg.band_part",
        "keeps a band around the diagonal of {input} and sets the rest to 0: "
        "num_lower={num_lower} diagonals below and num_upper={num_upper} above; -1 keeps all",
        "With num_lower=-1 and num_upper=0 it keeps the lower triangle: in causal attention, no "
        "position then attends to a later one.", "gen_array_ops.matrix_band_part",
    ),
    making(
        "tf.linalg.diag", "puts {diagonal} on the diagonal of a matrix of zeros",
        "Multiplying by a diagonal matrix scales each row or column by its own factor.",
        "array_ops.matrix_diag",
    ),
    making(
        "tf.linalg.diag_part", "takes the diagonal of {input}",
        "The Orthogonal initializer reads the signs on the diagonal of a matrix.",
        "array_ops.matrix_diag_part",
    ),
    making(
        "tf.linalg.trace", "adds up the diagonal of {x}",
        "Losses on covariance matrices need the sum of their variances.", "math_ops.trace",
    ),
    making(
        "tf.linalg.qr", "splits {input} into the product of two matrices: q, whose columns have "
        "length 1 and are orthogonal, and r, which is 0 below the diagonal",
        "The Orthogonal initializer takes q of a random matrix as the first weights.",
        "gen_linalg_ops.qr",
    ),
)  # fmt: skip

_SHAPING: Final[tuple[Entry, ...]] = (
    making(
        "tf.reshape", "arranges the {size_of_first} of {tensor} in the shape {shape}, in the same "
        "order{inferred}",
        "Flatten and Reshape call it. It turns the result of a convolution into rows for a Dense.",
        "array_ops.reshape",
    ),
    making(
        "tf.transpose", "puts the axes of {a} in {axis_order}",
        "Keras reorders axes so that the ones to multiply or normalize are in the right place.",
        "array_ops.transpose_v2",
    ),
    making(
        "tf.expand_dims", "inserts an axis of size 1 into {input}, at axis {axis}",
        "A new axis of size 1 lets a tensor broadcast against one with more axes, or turns one "
        "example into a batch.", "array_ops.expand_dims_v2",
    ),
    making(
        "tf.squeeze", "removes {squeezed} of {input}",
        "For example, labels of shape (batch, 1) become (batch,) before a metric compares them.",
        "array_ops.squeeze_v2",
    ),
    making(
        "tf.broadcast_to", "repeats {input} along axes of size 1 and new first axes until it has "
        "the shape {shape}",
        "Arithmetic broadcasts automatically; this is for operations that need equal shapes. The "
        "gradient of a sum is broadcast to the shape of what was summed.",
        "gen_array_ops.broadcast_to",
    ),
    making(
        "tf.tile", "repeats {input} as a whole: {multiples} times along its axes",
        "RepeatVector and masks use it to put copies of a tensor side by side.",
        "gen_array_ops.tile",
    ),
    making(
        "tf.repeat", "repeats each element of {input} {repeats} times{along_axis}",
        "Upsampling repeats each element, where tf.tile would repeat the tensor as a whole.",
        "array_ops.repeat",
    ),
    making(
        "tf.pad", "surrounds {tensor} with {filling}; paddings={paddings} is how many go before "
        "and after it along each axis",
        "Padding layers enlarge an image or a sequence so that a kernel fits at the border.",
        "array_ops.pad_v2",
    ),
    operation(
        "tf.raw_ops.MirrorPadGrad",
        "The gradient of a mirrored tf.pad removes the border from {dy} and adds each of its "
        "elements to the one that it mirrors. paddings={paddings} is the width of the border. The "
        "result is {result}.",
        "An element that padding copied affects the result at each copy, so the gradients of the "
        "copies add up.", "array_grad._MirrorPadGrad",
    ),
    making(
        "tf.reverse", "reverses the order of {tensor} along axis {axis}",
        "Layers that read a sequence backward, such as Bidirectional, use it.",
        "gen_array_ops.reverse_v2",
    ),
    making(
        "tf.roll", "shifts {input} by {shift} along axis {axis}; elements that leave at one end "
        "enter at the other",
        "It aligns a sequence with its own past or future.", "manip_ops.roll",
    ),
)  # fmt: skip

_JOINING: Final[tuple[Entry, ...]] = (
    making(
        "tf.concat", "joins {values} one after the other along axis {axis}",
        "The Concatenate layer calls it. Sizes along the axis add up; all others must be equal.",
        "array_ops.concat",
    ),
    making(
        "tf.stack", "joins {values} along a new axis, axis {axis_or_first}",
        "Unlike tf.concat it adds an axis, so the tensors must have the same shape: scalars "
        "become a vector, rows a matrix.", "array_ops_stack.stack",
    ),
    making(
        "tf.raw_ops.SplitV",
        "cuts {value} into {splits} along axis {axis_or_first}: a number "
        "of equal parts, or a list of their sizes",
        "An LSTM computes its four gates in one product and then splits the result.",
        "array_ops.split",
    ),
    operation(
        "tf.math.accumulate_n", "% adds up {inputs}, element by element. The result is {result}.",
        "It adds any number of tensors of the same shape: the losses of all outputs, or the "
        "gradients from all uses of a tensor.", "math_ops.add_n",
    ),
)  # fmt: skip

_INDEXING: Final[tuple[Entry, ...]] = (
    making(
        "tf.strided_slice", "reads {input} at the index {index}",
        "Indexing a tensor, as in x[0] or x[:, 1:], calls it.", "array_ops._slice_helper",
    ),
    operation(
        "tf.raw_ops.StridedSliceGrad",
        "The gradient of a slice puts {dy} in the part {index} of "
        "zeros of shape {shape}. The result is {result}.",
        "Only the part that was taken affects the result, so the rest has the gradient 0.",
        "array_grad._StridedSliceGrad",
    ),
    making(
        "tf.raw_ops.TensorStridedSliceUpdate", "copies {input} and writes {part} at the index "
        "{index}",
        "Assigning to a part of a variable, as in v[0].assign(x), computes the variable's whole "
        "new value with it.", "array_ops._slice_helper",
    ),
    making(
        "tf.raw_ops.GatherV2", "takes the slices of {params} along axis {axis_or_first} at the "
        "indices {indices}",
        "An Embedding looks up its rows with it. The gradient goes only to the rows that were "
        "used.",
        "array_ops.gather_v2",
    ),
    operation(
        "tf.raw_ops.GatherGrad",
        "The gradient of tf.gather adds the slices of {dy} into zeros of shape {shape}, at the "
        "indices {indices} along axis {axis}. The result is {result}.",
        "A slice that was taken more than once gets the sum of its gradients, and one that was not "
        "taken has the gradient 0.", "array_grad._GatherV2Grad",
    ),
    making(
        "tf.gather_nd", "takes the slices of {params} at the rows of {indices}, where each row is "
        "a full index",
        "It picks elements or slices from different places in a tensor.",
        "array_ops.gather_nd_v2",
    ),
    making(
        "tf.scatter_nd",
        "adds {updates} into zeros of shape {shape}, at the rows of {indices}",
        "It is the reverse of tf.gather_nd. A confusion matrix is built with it: ones are added at "
        "(label, prediction).", "gen_array_ops.scatter_nd",
    ),
    making(
        "tf.tensor_scatter_nd_update", "copies {tensor} and writes {updates} at the rows of "
        "{indices}",
        "Tensors cannot be changed in place, so an update returns a new one.",
        "array_ops.tensor_scatter_nd_update",
    ),
    making(
        "tf.math.unsorted_segment_sum", "adds up the slices of {data} that have the same number "
        "in {segment_ids}, in {num_segments} segments",
        "The gradient of a lookup sums, for each row, over all places that used the row.",
        "gen_math_ops.unsorted_segment_sum",
    ),
    making(
        "tf.one_hot", "turns the class numbers {indices} into rows of length {depth} that are "
        "{on_off}",
        "Then class numbers can be compared with a row of probabilities.", "array_ops.one_hot",
    ),
    making(
        "tf.math.argmax", "finds the position of the largest element along {first_axis} of {input}",
        "The predicted class is the position of the largest probability: categorical accuracy "
        "compares it with the label's.", "math_ops.argmax_v2",
    ),
    making(
        "tf.math.argmin",
        "finds the position of the smallest element along {first_axis} of {input}",
        "It finds the nearest of several candidates.", "math_ops.argmin_v2",
    ),
    making(
        "tf.raw_ops.TopKV2", "finds the {k} largest elements of {input} along the last axis, and "
        "their positions",
        "Top-k metrics count a prediction as right if the label is among the k most probable "
        "classes.", "nn_ops.top_k",
    ),
    making(
        "tf.math.in_top_k", "tests whether the class in {targets} is among the {k} largest in its "
        "row of {predictions}",
        "SparseTopKCategoricalAccuracy averages these tests.", "nn_ops.in_top_k_v2",
    ),
    making(
        "tf.raw_ops.SelectV2",
        "chooses element by element: from {on_true} where {condition} is true, from {on_false} "
        "elsewhere",
        "Python's if decides once for the whole tensor; this decides for each element. Both sides "
        "are computed. Piecewise losses such as Huber use it.", "array_ops.where_v2",
    ),
    making(
        "tf.raw_ops.Where", "lists the positions at which {condition} is true, a row for each",
        "With a single argument, tf.where searches. tf.boolean_mask uses it to pick elements.",
        "array_ops.where_v2",
    ),
)  # fmt: skip

_CREATION: Final[tuple[Entry, ...]] = (
    making(
        "tf.fill", "creates a tensor of shape {dims} in which each element is {value}",
        "The initializers Zeros, Ones and Constant use it, and so do tf.zeros and tf.ones.",
        "array_ops.fill",
    ),
    making(
        "tf.zeros_like", "creates zeros in the shape of {input}",
        "It is a neutral start for a sum, or the other side of a tf.where.",
        "array_ops.zeros_like_v2",
    ),
    making(
        "tf.ones_like", "creates ones in the shape of {input}",
        "It creates weights for examples that have none. A gradient starts from ones.",
        "array_ops.ones_like_v2",
    ),
    making(
        "tf.eye", "creates a matrix with ones on the diagonal and zeros elsewhere: {num_rows} rows",
        "Multiplying by it changes nothing. The Identity initializer is a multiple of it, "
        "and the orthogonal regularizer compares with it.", "linalg_ops.eye",
    ),
    making(
        "tf.raw_ops.Range", "counts from {start} up to {limit}, without {limit}, in steps of "
        "{delta}",
        "Positions in a sequence and row numbers are such ranges.", "math_ops.range",
    ),
    making(
        "tf.linspace",
        "creates {num} numbers at equal distances from {start} to {stop}, both included",
        "Thresholds and the points of a curve are created like this.", "math_ops.linspace_nd",
    ),
    making(
        "tf.raw_ops.Const", "adds {value} to the graph that is being recorded",
        "A recorded graph runs many times. A value that is known while recording becomes a "
        "constant in its graph.", "constant_op.constant",
    ),
)  # fmt: skip

_SIZES: Final[tuple[Entry, ...]] = (
    making(
        "tf.shape", "returns the sizes of {input} as a tensor",
        "x.shape is known before there is data and may have None in it. tf.shape returns the "
        "sizes of the data itself, including the batch size.", "array_ops.shape_v2",
    ),
    making(
        "tf.size", "counts the elements of {input}",
        "A mean divides a sum by this number.", "array_ops.size_v2",
    ),
    making(
        "tf.rank", "counts the dimensions of {input}",
        "Code for tensors of any number of dimensions needs it.", "array_ops.rank",
    ),
)  # fmt: skip

_RANDOM: Final[tuple[Entry, ...]] = (
    drawing(
        "tf.random.normal", "from a normal distribution: mean {mean_or_usual}, standard deviation "
        "{stddev_or_usual}", f"GaussianNoise and the sampling in a VAE need it. {_DRAWN}",
        "random_ops.random_normal",
    ),
    drawing(
        "tf.random.truncated_normal", "from a normal distribution: mean {mean_or_usual}, standard "
        "deviation {stddev_or_usual}; numbers beyond two standard deviations are drawn again",
        f"So no weight starts far from the mean. {_DRAWN}", "random_ops.truncated_normal",
    ),
    drawing(
        "tf.random.uniform", "between {minval} and {maxval}, all equally likely",
        f"Dropout compares such numbers with its rate. {_DRAWN}", "random_ops.random_uniform",
    ),
    making(
        "tf.random.shuffle", "puts the slices of {value} along its first axis in random order",
        "Examples are shuffled so that batches do not depend on the order of the data.",
        "random_ops.random_shuffle",
    ),
    operation(
        "tf.random.categorical", "% draws {num_samples} classes for each row of {logits}, with the "
        "probabilities softmax(logits). The result is {result}.",
        "A language model chooses its next token like this.", "random_ops.categorical",
    ),
    drawing(
        "tf.random.stateless_normal", "from a normal distribution: mean {mean_or_usual}, standard "
        "deviation {stddev_or_usual}", _SEEDED, "stateless_random_ops.stateless_random_normal",
    ),
    drawing(
        "tf.random.stateless_truncated_normal", "from a normal distribution: mean {mean_or_usual}, "
        "standard deviation {stddev_or_usual}; numbers beyond two standard deviations are drawn "
        "again",
        _SEEDED, "stateless_random_ops.stateless_truncated_normal",
    ),
    drawing(
        "tf.random.stateless_uniform", "between {minval} and {maxval}, all equally likely", _SEEDED,
        "stateless_random_ops.stateless_random_uniform",
    ),
)  # fmt: skip

_STATE: Final[tuple[Entry, ...]] = (
    operation(
        "tf.raw_ops.ReadVariableOp", "The graph that is being recorded reads a variable: {result}.",
        "A variable may change between two runs of the graph, so the graph reads it in each run.",
        "resource_variable_ops.BaseResourceVariable._read_variable_op",
    ),
    operation(
        "tf.Variable.assign", "A variable gets the value {value}. It is now {result}.",
        "A tensor never changes; a variable stays the same object and gets new values.",
        "resource_variable_ops.BaseResourceVariable.assign",
    ),
    operation(
        "tf.Variable.assign_add", "{delta} is added to a variable. It is now {result}.",
        "Layers and metrics count with it: the value is kept until the next call.",
        "resource_variable_ops.BaseResourceVariable.assign_add",
    ),
    operation(
        "tf.Variable.assign_sub", "{delta} is subtracted from a variable. It is now {result}.",
        "An update of a weight or a moving average subtracts a difference from its old value.",
        "resource_variable_ops.BaseResourceVariable.assign_sub",
    ),
    operation(
        "tf.raw_ops.AssignVariableOp",
        "The graph that is being recorded sets a variable to {value}.",
        "In a graph an assignment is an operation like any other: it runs each time the graph "
        "runs.", "resource_variable_ops.BaseResourceVariable.assign",
    ),
    making(
        "tf.identity", "returns the numbers of {input} as a new tensor",
        "It copies a variable's value, so that later assignments do not change the copy.",
        "array_ops.identity",
    ),
    making(
        "tf.stop_gradient", "returns the numbers of {input} and stops the gradient",
        "Gradients treat the result as a constant, so training does not change the weights it was "
        "computed from.",
        "array_ops.stop_gradient",
    ),
    operation(
        "tf.raw_ops.Assert", "% passes, because {condition} is true everywhere.",
        "A condition on values can only be checked when values exist: in a graph, each time it "
        "runs. If it is false anywhere, it raises InvalidArgumentError with the message {message}.",
        "control_flow_assert.Assert",
    ),
)  # fmt: skip

_CASTING: Final[tuple[Entry, ...]] = (
    operation(
        "tf.cast", "% converts {x} to the dtype {dtype}. The result is {result}.",
        "Operations need operands of the same dtype. Booleans become 0 and 1, and integers are "
        "converted before they are divided or averaged.", "math_ops.cast",
    ),
    operation(
        "tf.cast", "% converts the input {x} to {dtype}, the dtype that the layer computes in. "
        "The result is {result}.", _CONVERTED, "math_ops.cast", outcome="input",
        note="The input's dtype is not the layer's, so it is converted to {dtype}.",
    ),
)  # fmt: skip

_BATCH_SIZE: Final[tuple[Entry, ...]] = (
    operation(
        "tf.shape",
        "% returns the sizes of the output {input}. The result is {result}, the batch size first.",
        _SHARE, "array_ops.shape_v2", outcome="activity",
    ),
    operation(
        "tf.strided_slice", "% takes the first of the output's sizes, the batch size: {result}.",
        _SHARE, "array_ops._slice_helper", outcome="activity",
    ),
    operation(
        "tf.cast",
        "% converts the batch size {x} to {dtype}, the dtype of the penalty. The result is "
        "{result}.", _SHARE, "math_ops.cast", outcome="activity",
    ),
    operation(
        "tf.math.divide",
        "% divides the penalty {x} by the batch size {y}. The result is {result}; "
        "Keras adds it to layer.losses.", _SHARE, "math_ops.divide", outcome="activity",
    ),
)  # fmt: skip

ENTRIES: Final = (
    *_GENERAL, *elementwise.ENTRIES, *_LINEAR_ALGEBRA, *_SHAPING, *_JOINING, *_INDEXING, *_CREATION,
    *_SIZES, *_RANDOM, *_STATE, *_CASTING, *_BATCH_SIZE,
)  # fmt: skip
