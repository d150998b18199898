"""The texts of operations with a formula: elementwise math, comparisons, reductions, activations.

The formulas are in `FORMULAS`; a test computes each with NumPy and compares it with the operation.
"""

from types import MappingProxyType
from typing import Final

from densetrace.teach.entries import Entry
from densetrace.teach.texts.operation_families import (
    along_classes,
    check_of_each,
    comparison,
    gradient,
    of_each,
    of_each_pair,
    operation,
    reduction,
    running,
    with_formula,
)

_NEAR_0: Final = (
    "For x near 0 the two operations that it replaces lose most digits; this one does not."
)
_ANGLES: Final = (
    "No Keras class needs it. The author of a layer may, where its inputs are angles or points."
)
_BITS: Final = (
    "No Keras class needs it. It treats integers as rows of bits, for example several yes-or-no "
    "features in one number."
)
_STEPS: Final = (
    "Its slope is 0, so no gradient flows through it: use it in metrics and schedules, not in "
    "losses."
)
_BEND: Final = (
    "It computes the activation of this name. Without an activation between them, several layers "
    "in a row could compute no more than a single layer can."
)
_SELECT: Final = (
    "Keras combines conditions with it in metrics and masks. tf.cast converts booleans to 0 and 1."
)
_OF_LABELS: Final = ", for the labels z, {labels}, and the logits x, {logits}"
_DEFECTS: Final = "Infinite and NaN values spread through training unnoticed; this finds them."

_MATH: Final[tuple[Entry, ...]] = (
    of_each_pair(
        "tf.math.add", "x + y", "the sum",
        "The operator + on tensors calls it. Keras uses it to add penalties, and small constants "
        "that prevent division by 0.", "math_ops.add",
    ),
    of_each_pair(
        "tf.math.subtract", "x - y", "the difference",
        "The operator - on tensors calls it. Errors, distances and 1 - x in losses are "
        "differences.",
        "math_ops.subtract",
    ),
    of_each_pair(
        "tf.math.multiply", "x * y", "the product",
        "The operator * on tensors calls it. Keras scales with it: penalties by their strength, "
        "weights by a constraint's factor, losses by their weights.", "math_ops.multiply",
    ),
    of_each_pair(
        "tf.math.divide", "x / y", "the quotient",
        "The operator / on tensors calls it. A mean, a fraction or a normalized vector is a "
        "quotient.",
        "math_ops.divide",
    ),
    of_each_pair(
        "tf.math.divide_no_nan", "0 where y == 0, else x / y", "the quotient without division by 0",
        "Keras uses it where the divisor may be 0: the number of examples of a metric, the "
        "weights of a loss.", "math_ops.div_no_nan",
    ),
    of_each_pair(
        "tf.math.multiply_no_nan", "0 where y == 0, else x * y", "the product, 0 wherever y is 0",
        "A weight of 0 then removes a term even if the term is infinite or NaN.",
        "math_ops.multiply_no_nan",
    ),
    of_each_pair(
        "tf.math.floordiv", "floor(x / y)", "the quotient rounded down",
        "The operator // on tensors runs it, for example to compute a row from a position.",
        "math_ops.floordiv",
    ),
    of_each_pair(
        "tf.math.floormod", "x - floor(x / y) * y", "the remainder, with the sign of y",
        "The operator % on tensors calls it. Keras uses it to test whether a kernel has an odd "
        "size.",
        "gen_math_ops.floor_mod",
    ),
    of_each_pair(
        "tf.math.pow", "x ** y", "x to the power of y",
        "The operator ** on tensors calls it. Adam corrects its averages by beta ** step, "
        "schedules decay by rate ** progress.", "math_ops.pow",
    ),
    of_each_pair(
        "tf.math.maximum", "max(x, y)", "the larger one",
        "It keeps values above a lower bound: before a square root or a logarithm, and in a hinge "
        "loss, which is never below 0.", "gen_math_ops.maximum",
    ),
    of_each_pair(
        "tf.math.minimum", "min(x, y)", "the smaller one",
        "It keeps values below an upper bound.", "gen_math_ops.minimum",
    ),
    of_each_pair(
        "tf.math.squared_difference", "(x - y) ** 2", "the squared difference",
        "Mean squared error and variance are means of squared differences.",
        "gen_math_ops.squared_difference",
    ),
    with_formula(
        "tf.clip_by_value", "max(min(x, high), low)",
        {"x": "t", "low": "clip_value_min", "high": "clip_value_max"},
        "x cut off at both bounds, for each element x of {t}: low is {clip_value_min}, high is "
        "{clip_value_max}",
        "Keras keeps probabilities away from 0 and 1 before it takes logarithms, and constraints "
        "keep lengths within bounds.", "clip_ops.clip_by_value",
    ),
    of_each_pair(
        "tf.math.atan2", "arctan2(y, x)", "the angle of the point (x, y) in radians",
        _ANGLES, "gen_math_ops.atan2",
    ),
    of_each_pair(
        "tf.math.xlogy", "0 where x == 0, else x * log(y)", "x times the natural logarithm of y",
        "A cross-entropy term whose label is 0 is 0, even if log(y) is infinite.",
        "gen_math_ops.xlogy",
    ),
    of_each_pair(
        "tf.math.xdivy", "0 where x == 0, else x / y", "the quotient, 0 wherever x is 0",
        "It is the gradient of tf.math.xlogy with respect to y: a term whose label is 0 has no "
        "effect.", "gen_math_ops.xdivy",
    ),
    of_each_pair("tf.bitwise.bitwise_and", "x & y", "the bits that are set in both", _BITS),
    of_each_pair("tf.bitwise.bitwise_or", "x | y", "the bits that are set in at least one", _BITS),
    of_each_pair("tf.bitwise.bitwise_xor", "x ^ y", "the bits that are set in exactly one", _BITS),
    of_each("tf.bitwise.invert", "~x", "each bit of x flipped", _BITS),
    of_each(
        "tf.math.negative", "-x", "the negative",
        "The operator - before a tensor calls it. A loss such as a cross-entropy is a negative "
        "sum.",
        "gen_math_ops.neg",
    ),
    of_each(
        "tf.math.abs", "abs(x)", "the distance from 0",
        "An L1 penalty sums it over a weight; mean absolute error averages it over the errors.",
        "math_ops.abs",
    ),
    of_each(
        "tf.math.sign", "1 where x > 0, else -1 where x < 0, else 0", "the sign",
        "The Lion optimizer steps by the sign of its average; the Orthogonal initializer uses it "
        "to fix the signs of its matrix.", "math_ops.sign",
    ),
    of_each(
        "tf.math.square", "x * x", "the square",
        "A length is the root of a sum of squares: constraints compute it for the weights of a "
        "unit.",
        "gen_math_ops.square",
    ),
    of_each(
        "tf.math.sqrt", "sqrt(x)", "the square root (NaN below 0)",
        "A length is the root of a sum of squares. Optimizers such as Adam divide by the root of a "
        "mean of squared gradients.", "math_ops.sqrt",
    ),
    of_each(
        "tf.math.rsqrt", "1 / sqrt(x)", "one divided by the square root",
        "Multiplying by it divides by a length or a standard deviation, as RMSprop and "
        "l2_normalize do.", "math_ops.rsqrt",
    ),
    of_each(
        "tf.math.reciprocal", "1 / x", "one divided by x",
        "Gradients use it: the slope of log(x) is 1 / x.", "gen_math_ops.reciprocal",
    ),
    of_each(
        "tf.math.reciprocal_no_nan", "0 where x == 0, else 1 / x", "one divided by x, and 0 for 0",
        "It weights by the inverse of a count that may be 0.", "math_ops.reciprocal_no_nan",
    ),
    of_each(
        "tf.math.exp", "exp(x)", "e to the power of x",
        "It makes any number positive. The activation exponential computes it, and softmax and "
        "sigmoid use it.", "math_ops.exp",
    ),
    of_each(
        "tf.math.expm1", "exp(x) - 1", "e to the power of x, minus 1",
        _NEAR_0, "gen_math_ops.expm1",
    ),
    of_each(
        "tf.math.log", "log(x)", "the natural logarithm",
        "A cross-entropy is a sum of logarithms of probabilities.", "gen_math_ops.log",
    ),
    of_each(
        "tf.math.log1p", "log(1 + x)", "the natural logarithm of 1 + x",
        _NEAR_0, "gen_math_ops.log1p",
    ),
    of_each(
        "tf.math.sin", "sin(x)", "the sine of an angle in radians",
        "RandomRotation rotates images with sines and cosines, and positions in a sequence are "
        "encoded with them.", "gen_math_ops.sin",
    ),
    of_each(
        "tf.math.cos", "cos(x)", "the cosine of an angle in radians",
        "The schedule CosineDecay lowers the learning rate along a cosine; RandomRotation rotates "
        "images with sines and cosines.", "gen_math_ops.cos",
    ),
    of_each("tf.math.tan", "sin(x) / cos(x)", "the tangent of an angle in radians", _ANGLES,
            "gen_math_ops.tan"),
    of_each("tf.math.asin", "arcsin(x)", "the angle whose sine is x", _ANGLES,
            "gen_math_ops.asin"),
    of_each("tf.math.acos", "arccos(x)", "the angle whose cosine is x", _ANGLES,
            "math_ops.acos"),
    of_each("tf.math.atan", "arctan(x)", "the angle whose tangent is x", _ANGLES,
            "gen_math_ops.atan"),
    of_each("tf.math.sinh", "(exp(x) - exp(-x)) / 2", "the hyperbolic sine",
            "No Keras class needs it. It is the slope of the hyperbolic cosine.",
            "gen_math_ops.sinh"),
    of_each("tf.math.cosh", "(exp(x) + exp(-x)) / 2", "the hyperbolic cosine",
            "Keras's loss log_cosh computes its logarithm with a softplus, which does not "
            "overflow.", "gen_math_ops.cosh"),
    of_each(
        "tf.math.tanh", "(exp(x) - exp(-x)) / (exp(x) + exp(-x))",
        "the hyperbolic tangent, between -1 and 1",
        "It is the activation tanh, and part of mish and of the approximate gelu.",
        "gen_math_ops.tanh",
    ),
    of_each(
        "tf.math.sigmoid", "1 / (1 + exp(-x))", "between 0 and 1",
        "It is the activation sigmoid, and the factor of swish. At the end of a model its result "
        "can be read as a probability.", "math_ops.sigmoid",
    ),
    of_each(
        "tf.math.erf", "erf(x)",
        "the probability that a normal number of mean 0 and variance 1/2 lies within x of 0, with "
        "the sign of x",
        "The activation gelu weights x by the probability of a smaller normal number: "
        "0.5 * (1 + erf(x / sqrt(2))).", "gen_math_ops.erf",
    ),
    of_each("tf.math.floor", "floor(x)", "the nearest whole number at or below x", _STEPS,
            "math_ops.floor"),
    of_each("tf.math.ceil", "ceil(x)", "the nearest whole number at or above x", _STEPS,
            "math_ops.ceil"),
    of_each("tf.math.round", "rint(x)", "the nearest whole number (the even one of two)", _STEPS,
            "math_ops.round"),
    of_each("tf.math.rint", "rint(x)", "the nearest whole number (the even one of two)",
            f"{_STEPS} Unlike tf.round, it only accepts floating-point numbers.",
            "gen_math_ops.rint"),
)  # fmt: skip

_COMPARISONS: Final[tuple[Entry, ...]] = (
    comparison(
        "tf.math.equal", "x == y", "whether both are equal",
        "Accuracy counts how often the prediction equals the label.", "math_ops.equal",
    ),
    comparison(
        "tf.math.not_equal", "x != y", "whether they differ",
        "The Masking layer marks the features that differ from its mask value.",
        "math_ops.not_equal",
    ),
    comparison(
        "tf.math.greater", "x > y", "whether x is larger",
        "The operator > on tensors calls it. A metric uses it to compare a probability with its "
        "threshold.", "gen_math_ops.greater",
    ),
    comparison(
        "tf.math.greater_equal", "x >= y", "whether x is at least y",
        "The operator >= on tensors calls it. NonNeg keeps weights with x >= 0.",
        "gen_math_ops.greater_equal",
    ),
    comparison(
        "tf.math.less", "x < y", "whether x is smaller",
        "The operator < on tensors calls it.", "gen_math_ops.less",
    ),
    comparison(
        "tf.math.less_equal", "x <= y", "whether x is at most y",
        "The operator <= on tensors calls it. The Huber loss uses it to find small errors.",
        "gen_math_ops.less_equal",
    ),
    operation(
        "tf.raw_ops.Equal",
        "The operator == compares {x} with {y}, whose shapes do not fit. The result is {result}, "
        "a single False.",
        "tf.math.equal would raise an exception. The operator does not, so any two tensors can be "
        "compared.", "math_ops.tensor_equals",
    ),
    operation(
        "tf.raw_ops.NotEqual",
        "The operator != compares {x} with {y}, whose shapes do not fit. The result is {result}, "
        "a single True.",
        "tf.math.not_equal would raise an exception. The operator does not, so any two tensors "
        "can be compared.", "math_ops.tensor_not_equals",
    ),
    comparison("tf.math.logical_and", "x and y", "whether both are true", _SELECT,
               "gen_math_ops.logical_and"),
    comparison("tf.math.logical_or", "x or y", "whether at least one is true", _SELECT,
               "gen_math_ops.logical_or"),
    comparison("tf.math.logical_xor", "x != y", "whether exactly one is true", _SELECT,
               "math_ops.logical_xor"),
    check_of_each("tf.math.logical_not", "not x", "whether x is false", _SELECT,
                 "gen_math_ops.logical_not"),
    check_of_each("tf.math.is_nan", "x != x", "whether x is NaN",
                 _DEFECTS, "gen_math_ops.is_nan"),
    check_of_each("tf.math.is_inf", "abs(x) == inf", "whether x is infinite", _DEFECTS,
                 "gen_math_ops.is_inf"),
    check_of_each("tf.math.is_finite", "abs(x) < inf", "whether x is neither infinite nor NaN",
                 _DEFECTS, "gen_math_ops.is_finite"),
)  # fmt: skip

_REDUCTIONS: Final[tuple[Entry, ...]] = (
    reduction(
        "tf.math.reduce_sum", "sum(x)", "the sum",
        "A penalty is a sum over all elements of a weight, a loss a sum over the classes.",
        "math_ops.reduce_sum",
    ),
    reduction(
        "tf.math.reduce_mean", "mean(x)", "the mean",
        "A loss is the mean of the errors of an example; batch normalization subtracts the mean "
        "of a batch. The mean of integers is an integer: the fraction is dropped.",
        "math_ops.reduce_mean",
    ),
    reduction(
        "tf.math.reduce_prod", "prod(x)", "the product",
        "The product of all sizes is the number of elements.", "math_ops.reduce_prod",
    ),
    reduction(
        "tf.math.reduce_max", "max(x)", "the largest element",
        "Global max pooling is a maximum over the positions in an image or a sequence.",
        "math_ops.reduce_max",
    ),
    reduction(
        "tf.math.reduce_min", "min(x)", "the smallest element",
        "It finds the lower bound of a range.", "math_ops.reduce_min",
    ),
    reduction(
        "tf.math.reduce_all", "all(x)", "whether all are true",
        "Keras uses it to check that a condition holds everywhere, for example that all labels "
        "are 0 or 1.", "math_ops.reduce_all",
    ),
    reduction(
        "tf.math.reduce_any", "any(x)", "whether at least one is true",
        "The Masking layer keeps the time steps in which any feature differs from its mask value.",
        "math_ops.reduce_any",
    ),
    reduction(
        "tf.math.reduce_logsumexp", "log(sum(exp(x)))", "a smooth maximum",
        "It is the logarithm of the denominator of softmax. Computed step by step, exp would "
        "overflow for large x.", "math_ops.reduce_logsumexp",
    ),
    reduction(
        "tf.math.count_nonzero", "sum(x != 0)", "how many are not 0",
        "It counts the elements that a mask or a comparison selects.", "math_ops.count_nonzero_v2",
        parameter="input",
    ),
    running("tf.math.cumsum", "the sum of all elements up to each one",
            "Keras uses it to compute the counts for all thresholds of an AUC in one pass.",
            "math_ops.cumsum"),
    running("tf.math.cumprod", "the product of all elements up to each one",
            "The gradient of a product uses it: the product of the elements before, times that of "
            "those after.", "math_ops.cumprod"),
)  # fmt: skip

_NN: Final[tuple[Entry, ...]] = (
    of_each(
        "tf.nn.relu", "max(x, 0)", "x above 0 and 0 below",
        "It computes the activation relu, and the layer ReLU with its defaults.",
        "gen_nn_ops.relu", parameter="features",
    ),
    of_each("tf.nn.relu6", "min(max(x, 0), 6)", "x cut off at 0 and 6", _BEND, "nn_ops.relu6",
            parameter="features"),
    of_each("tf.nn.elu", "x where x > 0, else exp(x) - 1", "which levels off at -1", _BEND,
            "gen_nn_ops.elu", parameter="features"),
    of_each(
        "tf.nn.selu",
        "1.05070098 * x where x > 0, else 1.05070098 * 1.67326324 * (exp(x) - 1)",
        "an elu scaled so that it keeps mean and variance", _BEND, "gen_nn_ops.selu",
        parameter="features",
    ),
    of_each("tf.nn.softplus", "log(1 + exp(x))", "a smooth max(x, 0)", _BEND, "math_ops.softplus",
            parameter="features"),
    of_each("tf.nn.softsign", "x / (1 + abs(x))", "between -1 and 1", _BEND, "gen_nn_ops.softsign",
            parameter="features"),
    with_formula(
        "tf.raw_ops.LeakyRelu",
        "x where x > 0, else alpha * x", {"x": "features", "alpha": "alpha"},
        "where alpha is {alpha_or_usual}, for each element x of {features}", _BEND,
        "nn_ops.leaky_relu",
    ),
    reduction(
        "tf.nn.l2_loss", "sum(x ** 2) / 2", "half the sum of squares",
        "An L2 penalty is 2 * l2 times this. Optimizers compute the length of all gradients from "
        "it.", "gen_nn_ops.l2_loss", parameter="t",
    ),
    along_classes(
        "tf.nn.softmax", "exp(x) / sum(exp(x))", "positive numbers that add up to 1",
        "At the end of a classifier they can be read as class probabilities. Attention weights "
        "are computed in the same way.", "nn_ops.softmax_v2",
    ),
    along_classes(
        "tf.nn.log_softmax", "x - log(sum(exp(x)))", "the logarithm of softmax",
        "Logarithms of probabilities are safer to compute with than tiny probabilities.",
        "nn_ops.log_softmax_v2",
    ),
    with_formula(
        "tf.raw_ops.SigmoidCrossEntropyWithLogits",
        "max(x, 0) - x * z + log(1 + exp(-abs(x)))", {"x": "logits", "z": "labels"},
        f"the binary cross-entropy of z and sigmoid(x){_OF_LABELS}",
        "BinaryCrossentropy(from_logits=True) calls it. This form never takes the logarithm of 0.",
        "nn_impl.sigmoid_cross_entropy_with_logits",
    ),
    with_formula(
        "tf.raw_ops.SoftmaxCrossEntropyWithLogits",
        "-sum(z * (x - log(sum(exp(x)))))", {"x": "logits", "z": "labels"},
        f"the cross-entropy of z and softmax(x){_OF_LABELS}",
        "CategoricalCrossentropy(from_logits=True) calls it. It computes the logarithm of softmax "
        "in one step, so no probability is rounded to 0 first.",
        "nn_ops.softmax_cross_entropy_with_logits_v2",
    ),
    with_formula(
        "tf.raw_ops.SparseSoftmaxCrossEntropyWithLogits",
        "log(sum(exp(x))) - x[z]", {"x": "logits", "z": "labels"},
        f"the negative logarithm of the softmax of class z{_OF_LABELS}",
        "SparseCategoricalCrossentropy calls it: its labels are class numbers, not one-hot rows.",
        "nn_ops.sparse_softmax_cross_entropy_with_logits_v2",
    ),
)  # fmt: skip

_OF_A_RESULT: Final = MappingProxyType({"dy": "dy", "y": "y"})
_FROM_RESULT: Final = "It uses the known result instead of computing it again."
_NOWHERE: Final = "Where dy is 0 the gradient is 0, even if the slope is infinite or NaN."

_GRADIENTS: Final[tuple[Entry, ...]] = (
    gradient(
        "tf.raw_ops.ReluGrad", "tf.nn.relu", "dy where x > 0, else 0",
        "Where relu returns 0, a small change of x changes nothing, so the gradient is 0. At 0 "
        "itself TensorFlow uses the slope 0.", "nn_grad._ReluGrad",
    ),
    gradient(
        "tf.raw_ops.Relu6Grad", "tf.nn.relu6", "dy where (x > 0) and (x < 6), else 0",
        "Below 0 and above 6, relu6 is constant, so the gradient is 0.",
        "nn_grad._Relu6Grad",
    ),
    gradient(
        "tf.raw_ops.LeakyReluGrad", "tf.nn.leaky_relu", "dy where x > 0, else alpha * dy",
        "Below 0 a part of the gradient passes through, so a unit that is negative for all "
        "examples can still learn.", "nn_grad._LeakyReluGrad",
        {"dy": "gradients", "x": "features", "alpha": "alpha"},
    ),
    gradient(
        "tf.raw_ops.SoftsignGrad", "tf.nn.softsign", "dy / (1 + abs(x)) ** 2",
        "Far from 0, softsign is nearly flat, so only a small gradient passes through.",
        "nn_grad._SoftsignGrad",
    ),
    gradient(
        "tf.raw_ops.SqrtGrad", "tf.math.sqrt", "0 where dy == 0, else dy / (2 * y)",
        f"{_FROM_RESULT} {_NOWHERE}", "math_grad._SqrtGrad", _OF_A_RESULT,
    ),
    gradient(
        "tf.raw_ops.RsqrtGrad", "tf.math.rsqrt", "0 where dy == 0, else -dy * y ** 3 / 2",
        f"{_FROM_RESULT} {_NOWHERE}", "math_grad._RsqrtGrad", _OF_A_RESULT,
    ),
    gradient(
        "tf.raw_ops.ReciprocalGrad", "tf.math.reciprocal", "0 where dy == 0, else -dy * y * y",
        f"{_FROM_RESULT} {_NOWHERE}", "math_grad._ReciprocalGrad", _OF_A_RESULT,
    ),
)  # fmt: skip

ENTRIES: Final = (*_MATH, *_COMPARISONS, *_REDUCTIONS, *_NN, *_GRADIENTS)
