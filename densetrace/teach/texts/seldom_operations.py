"""The texts of operations that Keras seldom or never calls: scripts call them.

They sort, find segments, decompose matrices, work on bits and strings, and check what they get.
"""

from typing import Final

from densetrace.teach.entries import Entry
from densetrace.teach.texts.operation_families import (
    drawing,
    making,
    of_each,
    of_each_pair,
    operation,
    reduction,
    running,
)

_SHIFTED: Final = (
    "Shifting by one bit doubles or halves a whole number. Shifts pack several small numbers into "
    "one."
)
_HYPERBOLIC: Final = "No Keras class needs it. Hyperbolic geometry measures distances with it."
_DISTRIBUTED: Final = (
    "It is the probability {direction} in a gamma distribution; chi-squared tests use it."
)
_WHOLE: Final = (
    "tf.math.floordiv and tf.math.floormod round down instead. The two differ where x and y have "
    "different signs."
)
_IN_ORDER: Final = (
    "A segment is an example with several rows, such as the words of a text. The segment numbers "
    "must be in ascending order."
)
_ANY_ORDER: Final = "Unlike tf.math.segment_{name}, it accepts segment numbers in any order."
_ONE_NEW: Final = (
    "Tensors cannot be changed in place, so it returns a new one. {others} where rows of indices "
    "are equal."
)
_COMPLEX: Final = "Spectra of signals, as tf.signal.fft computes them, are complex numbers."
_TEXT: Final = (
    "It creates messages and file names inside a graph, where Python strings are constants."
)
_NOT_MET: Final = "Otherwise it raises InvalidArgumentError. In a graph it checks in each run."

_ELEMENTS: Final[tuple[Entry, ...]] = (
    of_each_pair("tf.bitwise.left_shift", "x << y", "the bits of x shifted left by y", _SHIFTED),
    of_each_pair("tf.bitwise.right_shift", "x >> y", "the bits of x shifted right by y", _SHIFTED),
    of_each_pair("tf.truncatediv", "trunc(x / y)", "the quotient without its fraction", _WHOLE,
                 "gen_math_ops.truncate_div"),
    of_each_pair("tf.truncatemod", "x - trunc(x / y) * y", "the remainder, with the sign of x",
                 _WHOLE, "gen_math_ops.truncate_mod"),
    of_each("tf.math.acosh", "log(x + sqrt(x * x - 1))",
            "the positive number whose hyperbolic cosine is x (NaN below 1)", _HYPERBOLIC,
            "gen_math_ops.acosh"),
    of_each("tf.math.asinh", "log(x + sqrt(x * x + 1))",
            "the number whose hyperbolic sine is x",
            "It compresses large numbers like a logarithm, and accepts negative ones too.",
            "gen_math_ops.asinh"),
    of_each("tf.math.atanh", "log((1 + x) / (1 - x)) / 2",
            "the number whose hyperbolic tangent is x (NaN outside -1 to 1)",
            "It undoes a tanh.", "gen_math_ops.atanh"),
    of_each("tf.math.erfc", "1 - erf(x)", "1 minus erf(x)",
            "For large x the difference would round to 0; this keeps the digits.",
            "gen_math_ops.erfc"),
    making("tf.math.erfinv", "finds the number whose erf is x, for each element x of {x}",
           "It turns numbers that are equally likely between -1 and 1 into normally distributed "
           "ones."),
    of_each("tf.math.lgamma", "log(abs(gamma(x)))",
            "where gamma(n) is (n - 1)! for a whole number n",
            "For x = y + 1 it is log(y!), which Keras's loss poisson leaves out because no "
            "prediction changes it. The logarithm does not overflow where a factorial would.",
            "gen_math_ops.lgamma"),
    making("tf.math.digamma", "computes the slope of lgamma at each element of {x}",
           "It is the gradient of tf.math.lgamma.", "gen_math_ops.digamma"),
    operation(
        "tf.raw_ops.Polygamma", "The gradient of tf.math.digamma computes the slope of digamma at "
        "each element of {x}. The result is {result}.",
        "It is the second derivative of tf.math.lgamma, called trigamma.", "math_grad._DigammaGrad",
    ),
    making("tf.math.igamma", "computes the fraction of the gamma function's integral with "
    "exponent a below x, element by element: a is {a} and x is {x}",
           _DISTRIBUTED.format(direction="of a number below x"), "gen_math_ops.igamma"),
    making("tf.math.igammac", "computes the fraction of the gamma function's integral with "
    "exponent a above x, element by element: a is {a} and x is {x}",
           _DISTRIBUTED.format(direction="of a number above x"), "gen_math_ops.igammac"),
    operation(
        "tf.raw_ops.IgammaGradA", "The gradient of tf.math.igamma computes its slope with respect "
        "to a, element by element: a is {a} and x is {x}. The result is {result}.",
        "It has no closed formula, so the operation sums a series or a continued fraction.",
        "math_grad._IgammaGrad",
    ),
    of_each_pair("tf.math.xlog1py", "0 where x == 0, else x * log(1 + y)",
                 "x times the natural logarithm of 1 + y",
                 "A term with the weight 0 is 0, even if the logarithm is infinite."),
    making("tf.math.nextafter", "steps from each element of {first} to the next number of the "
    "dtype in the direction of {second}",
           "It shows the smallest difference that the dtype can represent near a number.",
           "gen_math_ops.next_after"),
    of_each_pair("tf.raw_ops.Complex", "x + 1j * y", "the complex number with both parts", _COMPLEX,
                 "math_ops.complex", x="real", y="imag"),
    making("tf.raw_ops.Real", "takes the real part of each element of {input}", _COMPLEX,
           "math_ops.real"),
    making("tf.raw_ops.Imag", "takes the imaginary part of each element of {input}", _COMPLEX,
           "math_ops.imag"),
    making("tf.raw_ops.Conj", "changes the sign of the imaginary part of each element of {x}",
           f"{_COMPLEX} A number times its conjugate is the square of its length.",
           "math_ops.conj"),
    making("tf.raw_ops.Angle", "computes the angle of each element of {input} in the complex "
           "plane, in radians", _COMPLEX, "math_ops.angle"),
)  # fmt: skip

_TOTALS: Final[tuple[Entry, ...]] = (
    reduction("tf.math.reduce_euclidean_norm", "sqrt(sum(x ** 2))", "the length of a vector"),
    running("tf.math.cumulative_logsumexp",
            "the logarithm of the sum of exp(x) over all elements up to each one",
            "It adds up probabilities that are given as logarithms, and does not overflow."),
    making("tf.math.bincount", "counts how often each whole number from 0 on occurs in {arr}, or "
    "adds up the weights if there are any (weights={weights})",
           "It counts the labels of each class, or the words of a text.", "bincount_ops.bincount"),
    making("tf.math.segment_sum", "adds up the slices of {data} that have the same number in "
           "{segment_ids}, which are in ascending order", _IN_ORDER, "gen_math_ops.segment_sum"),
    making("tf.math.segment_mean", "takes the mean of the slices of {data} that have the same "
           "number in {segment_ids}, which are in ascending order", _IN_ORDER,
           "gen_math_ops.segment_mean"),
    making("tf.math.segment_prod", "multiplies the slices of {data} that have the same number in "
    "{segment_ids}, which are in ascending order; segments without slices get 1", _IN_ORDER,
           "gen_math_ops.segment_prod"),
    making("tf.math.segment_max", "takes the largest elements of the slices of {data} that have "
           "the same number in {segment_ids}, which are in ascending order", _IN_ORDER,
           "gen_math_ops.segment_max"),
    making("tf.math.segment_min", "takes the smallest elements of the slices of {data} that have "
           "the same number in {segment_ids}, which are in ascending order", _IN_ORDER,
           "gen_math_ops.segment_min"),
    making("tf.math.unsorted_segment_prod", "multiplies the slices of {data} that have the same "
    "number in {segment_ids}, in {num_segments} segments; those without slices get 1",
           _ANY_ORDER.format(name="prod"), "gen_math_ops.unsorted_segment_prod"),
    making("tf.math.unsorted_segment_max", "takes the largest elements of the slices of {data} "
    "that have the same number in {segment_ids}, in {num_segments} segments; those without slices "
    "get the lowest number of the dtype",
           _ANY_ORDER.format(name="max"), "gen_math_ops.unsorted_segment_max"),
    making("tf.math.unsorted_segment_min", "takes the smallest elements of the slices of {data} "
    "that have the same number in {segment_ids}, in {num_segments} segments; those without slices "
    "get the highest number of the dtype",
           _ANY_ORDER.format(name="min"), "gen_math_ops.unsorted_segment_min"),
)  # fmt: skip

_PLACES: Final[tuple[Entry, ...]] = (
    making("tf.raw_ops.Sort", "sorts the elements of {values} along axis {axis}, "
           "direction={direction}", "Quantiles, ranks and the best few predictions need an order.",
           "sort_ops.sort"),
    making("tf.raw_ops.Argsort", "lists the positions of the elements of {values} along axis "
    "{axis} in sorted order, direction={direction}",
           "With it, tf.gather can sort one tensor by the numbers of another.",
           "sort_ops.argsort"),
    operation(
        "tf.raw_ops.TakeAlong", "The gradient of tf.sort takes the elements of {values} along axis "
        "{axis} in the order of the positions {places}. The result is {result}.",
        "Sorting only moves elements, so their gradients move back in the same way.",
        "nn_grad._TopKGrad",
    ),
    making("tf.searchsorted", "finds where each element of {values} belongs in the sorted row "
    "{sorted_sequence}: before equal elements or after them, as set by side={side}",
           "It finds the bucket of a number, as in the Discretization layer.",
           "array_ops.searchsorted"),
    making("tf.raw_ops.UniqueWithCounts", "returns the distinct elements of {x} in order of first "
    "occurrence, the index of each element of {x} among them, and how often each one occurs",
           "A vocabulary is such a list of words. tf.unique calls it too, without the counts.",
           "array_ops.unique_with_counts"),
    making("tf.math.invert_permutation", "finds the inverse of the permutation {x}: the position "
    "of 0, of 1, and so on",
           "It puts sorted or shuffled elements back in their order.",
           "gen_array_ops.invert_permutation"),
    making("tf.unravel_index", "turns {indices}, positions in a flat tensor, into a position along "
           "each axis of the shape {dims}",
           "tf.argmax of a flat tensor returns one number; this finds its row and column.",
           "gen_array_ops.unravel_index"),
    making("tf.slice", "cuts a block out of {input_}: it starts at {begin} and has the size "
    "{size}, where -1 means the rest",
           "Unlike x[a:b], it works for tensors of any number of dimensions: begin and size may be "
           "tensors themselves."),
    operation(
        "tf.raw_ops.SliceGrad", "The gradient of tf.slice puts {dy} into zeros of shape {shape}, "
        "from {begin} on. The result is {result}.",
        "The part that tf.slice left out does not affect the result, so its gradient is 0.",
        "array_grad._SliceGrad",
    ),
    making("tf.reverse_sequence", "reverses the first elements of each row of {input}, as many as "
    "in {seq_lengths}, and leaves the rest unchanged",
           "So the padding stays at the end of each sequence.",
           "array_ops.reverse_sequence_v2"),
    making("tf.tensor_scatter_nd_add", "copies {tensor} and adds {updates} at the rows of "
    "{indices}", _ONE_NEW.format(others="Updates add up"),
           "gen_array_ops.tensor_scatter_add"),
    making("tf.tensor_scatter_nd_sub", "copies {tensor} and subtracts {updates} at the rows of "
    "{indices}", _ONE_NEW.format(others="All updates are subtracted"),
           "gen_array_ops.tensor_scatter_sub"),
    making("tf.tensor_scatter_nd_max", "copies {tensor} and writes {updates} at the rows of "
    "{indices} where they are larger than the old values",
           _ONE_NEW.format(others="The largest update counts"), "gen_array_ops.tensor_scatter_max"),
    making("tf.tensor_scatter_nd_min", "copies {tensor} and writes {updates} at the rows of "
    "{indices} where they are smaller than the old values",
           _ONE_NEW.format(others="The smallest update counts"),
           "gen_array_ops.tensor_scatter_min"),
    making("tf.broadcast_dynamic_shape", "computes the shape that tensors of the shapes {shape_x} "
           "and {shape_y} broadcast to",
           "In a graph, sizes may only be known when it runs; this computes with them then."),
)  # fmt: skip

_MATRICES: Final[tuple[Entry, ...]] = (
    making("tf.linalg.det", "computes the determinant of {input}: the factor by which the matrix "
           "changes volumes",
           "A normalizing flow adds its logarithm to the loss.",
           "gen_linalg_ops.matrix_determinant"),
    making("tf.linalg.slogdet", "computes the sign of the determinant of {input} and the logarithm "
           "of its absolute value",
           "The determinant of a large matrix overflows; its logarithm does not.",
           "gen_linalg_ops.log_matrix_determinant"),
    making("tf.linalg.inv", "inverts {input}: the matrix times its inverse is the identity matrix",
           "tf.linalg.solve solves equations faster and with less rounding.",
           "gen_linalg_ops.matrix_inverse"),
    making("tf.linalg.solve", "solves {matrix} @ x = {rhs} for x",
           "It computes inv(matrix) @ rhs faster and with less rounding.",
           "gen_linalg_ops.matrix_solve"),
    making("tf.raw_ops.MatrixTriangularSolve", "solves {matrix} @ x = {rhs} for x, reading only "
    "one triangle of the matrix: the lower one if lower={lower} is True",
           "A triangular system needs no elimination: each unknown follows from the previous ones.",
           "gen_linalg_ops.matrix_triangular_solve"),
    making("tf.linalg.cholesky", "finds the lower triangular matrix whose product with its own "
           "transpose is {input}, which must be symmetric and positive definite",
           "Multiplied by independent normal numbers, it gives normal numbers with that "
           "covariance.",
           "gen_linalg_ops.cholesky"),
    making("tf.raw_ops.MatrixSolveLs", "finds the x for which {matrix} @ x is closest to {rhs}, "
    "by least squares; with an l2_regularizer, a penalty keeps x small",
           "It fits a linear model in one step, without training.", "linalg_ops.matrix_solve_ls"),
    making("tf.raw_ops.SelfAdjointEigV2", "computes the eigenvalues of {input}, in ascending "
    "order, and its eigenvectors, as the columns of a matrix; it reads only the lower triangle",
           "The eigenvectors of a covariance matrix are its principal components.",
           "linalg_ops.self_adjoint_eig"),
    making("tf.raw_ops.Svd", "computes the singular values of {tensor}, in descending order, and "
           "the matrices u and v of its singular vectors",
           "The largest singular value is the most that a matrix can lengthen a vector; spectral "
           "normalization divides by it.", "linalg_ops.svd"),
    making("tf.raw_ops.Lu", "splits {input} into a lower and an upper triangular matrix, stored "
    "as one, and returns the order of its rows",
           "With both factors, further systems of equations are solved quickly.",
           "gen_linalg_ops.lu"),
    making("tf.linalg.expm", "computes the matrix exponential of {input}: the sum of all its "
           "powers M ** n / n!",
           "It solves linear differential equations.", "linalg/linalg_impl.matrix_exponential"),
    making("tf.linalg.cross", "computes the cross product of {a} and {b}: a vector perpendicular "
    "to both",
           "The normal of a surface in space is such a vector.", "gen_math_ops.cross"),
    making("tf.raw_ops.MatrixSetDiagV3", "copies {input} and puts {diagonal} on its diagonal {k}, "
           "where 0 is the main one",
           "Some parameters must be positive on the diagonal only, as in a Cholesky factor.",
           "array_ops.matrix_set_diag"),
    operation(
        "tf.raw_ops.MatrixDiagPartV3", "The gradient of tf.linalg.set_diag takes the diagonal {k} "
        "of {input}, where 0 is the main one. The result is {result}.",
        "The new diagonal replaces the old one, so it gets the gradients of its elements.",
        "array_grad._MatrixSetDiagGradV3",
    ),
    making("tf.linalg.tensor_diag", "puts {diagonal} on the diagonal of zeros with twice as many "
           "axes",
           "Unlike tf.linalg.diag, it treats all axes together: a matrix does not become a batch "
           "of matrices.", "gen_array_ops.diag"),
    making("tf.linalg.tensor_diag_part", "takes the diagonal of {input}, whose second half of axes "
           "repeats the sizes of the first half",
           "It undoes tf.linalg.tensor_diag.", "array_ops.tensor_diag_part"),
)  # fmt: skip

_OTHERS: Final[tuple[Entry, ...]] = (
    making("tf.debugging.check_numerics", "returns {tensor} unchanged, since no element is "
           "infinite or NaN",
           "Otherwise it raises InvalidArgumentError with the message {message}, so training "
           "stops at the first such number.", "gen_array_ops.check_numerics"),
    making("tf.ensure_shape", "returns {x} unchanged, since it has the shape {shape}",
           f"From there on, a graph knows the shape. {_NOT_MET}", "check_ops.ensure_shape"),
    operation(
        "tf.raw_ops.AssertRank", "The check of the number of dimensions returns {x} unchanged: "
        "ranks={ranks} allows it, as a minimum if is_least={is_least} is True. The result is "
        "{result}.", f"tf.debugging.assert_rank and related functions call it. {_NOT_MET}",
        "check_ops.assert_rank_v2",
    ),
    operation(
        "tf.raw_ops.AssertSize", "The check of a size returns {x} unchanged: its axis {axis} has "
        "the size {size}. The result is {result}.",
        f"tf.debugging.assert_shapes calls it. {_NOT_MET}", "check_ops.assert_shapes_v2",
    ),
    making("tf.strings.as_string", "converts each element of {input} to a string", _TEXT,
           "gen_string_ops.as_string"),
    making("tf.raw_ops.StringJoin", "joins the strings of {inputs}, element by element, with "
           "{separator} between them", _TEXT, "string_ops.string_join"),
    making("tf.raw_ops.StringFormat", "inserts {input} into the text {template} in place of "
    "{placeholder}", _TEXT, "string_ops.string_format"),
    making("tf.timestamp", "reads the clock, in seconds since the start of 1970",
           "In a graph, Python's time.time() would run only while the graph is recorded; "
           "this reads the clock each time.", "gen_logging_ops.timestamp"),
    drawing("tf.random.gamma", "from a gamma distribution with shape {alpha} and scale 1; "
    "tf.random.gamma then divides by beta",
            "Gamma distributions describe waiting times and variances, which are positive.",
            "random_ops.random_gamma"),
    drawing("tf.random.poisson", "from a Poisson distribution with mean {lam}",
            "A Poisson distribution describes counts, such as photons that reach a pixel.",
            "random_ops.random_poisson_v2"),
)  # fmt: skip

ENTRIES: Final = (*_ELEMENTS, *_TOTALS, *_PLACES, *_MATRICES, *_OTHERS)
