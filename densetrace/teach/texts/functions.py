"""The formulas of activations, regularizers and constraints."""

from dataclasses import replace
from typing import Final

from densetrace.teach.entries import Entry

_BEND = (
    "Without an activation between them, several layers in a row could compute no more than a "
    "single layer can: a weighted sum of weighted sums is a weighted sum."
)
_PENALTY = (
    "The penalty is added to the loss, so training keeps these values small. The penalty of a "
    "weight is computed when layer.losses is read. That of an output is computed when the layer "
    "is called, and divided by the number of examples."
)
_OF_OUTPUT = (
    "The penalty of the output. Keras divides it by the batch size and adds it to layer.losses."
)
_BOUNDS = (
    "The optimizer applies a constraint after each update, to bring the weight back in bounds."
)


def _activation(name: str, formula: str, why: str = _BEND) -> Entry:
    return Entry(
        "activation",
        what=f"{name} computes {formula}. It maps {{first}} to {{result}}.",
        why=why,
        where=f"keras/activations.py, {name}",
        point=name,
    )


def _regularizer(name: str, formula: str, why: str = _PENALTY) -> tuple[Entry, Entry]:
    """The texts of the penalty of a weight and of that of an output."""
    return _penalties(
        Entry(
            "regularize",
            what=f"{{subject}} computes its penalty for {{first}}: {formula} = {{value}}.",
            why=why,
            where=f"keras/regularizers.py, {name}.__call__",
            point=f"regularizers.{name}.__call__",
        )
    )


def _penalties(of_weight: Entry) -> tuple[Entry, Entry]:
    """The text of the penalty of a weight, and that of an output, which has a note."""
    return of_weight, replace(of_weight, outcome="activity", note=_OF_OUTPUT)


def _constraint(name: str, rule: str, why: str = _BOUNDS) -> Entry:
    return Entry(
        "constrain",
        what=f"{{subject}} {rule}. It maps {{first}} to {{result}}.",
        why=why,
        where=f"keras/constraints.py, {name}.__call__",
        point=f"constraints.{name}.__call__",
    )


ENTRIES: Final = (
    # -- activations ----------------------------------------------------------------------------
    Entry(
        "activation",
        what="The activation {function} maps {first} to {result}.",
        why=_BEND,
        where="{place}; a Dense calls it in keras/layers/core/dense.py, Dense.call",
    ),
    _activation(
        "linear",
        "x: it returns its input unchanged",
        "It means no activation. Keras still calls it, so a layer always has a function to call.",
    ),
    _activation(
        "relu", "max(x, 0), unless you pass other settings: negative values become 0, others stay"
    ),
    _activation("relu6", "min(max(x, 0), 6): like relu, but never above 6"),
    _activation(
        "leaky_relu",
        "x for x > 0 and alpha * x otherwise, with alpha 0.2 unless given: negative values shrink "
        "instead of vanishing",
    ),
    _activation(
        "sigmoid",
        "1 / (1 + exp(-x)): every result is between 0 and 1",
        f"{_BEND} At the end of a model, the result can be read as a probability.",
    ),
    _activation(
        "hard_sigmoid",
        "0.2 * x + 0.5, cut off below 0 and above 1: a cheap approximation of sigmoid",
    ),
    _activation(
        "tanh",
        "(exp(x) - exp(-x)) / (exp(x) + exp(-x)): every result is between -1 and 1",
    ),
    _activation(
        "softmax",
        "exp(x) / sum(exp(x)), along the last axis unless another is given: each row becomes "
        "positive and adds up to 1",
        "Its inputs are called logits. At the end of a classifier, its outputs can be read as the "
        "probabilities of the classes.",
    ),
    _activation(
        "log_softmax",
        "x - log(sum(exp(x))), along the last axis unless another is given: the logarithm of "
        "softmax",
        "Logarithms of probabilities are safer to compute with than tiny probabilities.",
    ),
    _activation("softplus", "log(exp(x) + 1): a smooth relu"),
    _activation("softsign", "x / (abs(x) + 1): like tanh, but slower to level off"),
    _activation("elu", "x for x > 0 and alpha * (exp(x) - 1) otherwise, with alpha 1 unless given"),
    _activation(
        "selu",
        "1.0507 * x for x > 0 and 1.0507 * 1.6733 * (exp(x) - 1) otherwise",
        f"{_BEND} These constants keep the mean near 0 and the variance near 1 from layer to "
        "layer, if the kernel is filled by lecun_normal.",
    ),
    _activation(
        "gelu",
        "x * P(X <= x) for a standard normal X, that is 0.5 * x * (1 + erf(x / sqrt(2))), unless "
        "approximate is true",
    ),
    _activation("swish", "x * sigmoid(x): a smooth relu that dips a little below 0"),
    _activation("silu", "x * sigmoid(x): another name for swish"),
    _activation("mish", "x * tanh(softplus(x)): similar to swish"),
    _activation("exponential", "exp(x): every value becomes positive"),
    # -- regularizers ---------------------------------------------------------------------------
    *_penalties(
        Entry(
            "regularize",
            what="Your own regularizer {subject} computes its penalty for {first}: {value}.",
            why=_PENALTY,
            where="{place}; for weights, called by keras/engine/base_layer.py, Layer.losses",
        )
    ),
    *_penalties(
        Entry(
            "regularize",
            what="{subject} defines no formula, so its penalty for {first} is {value}.",
            why="Regularizer is only the base class. Its subclasses define what to compute.",
            where="keras/regularizers.py, Regularizer.__call__",
            point="regularizers.Regularizer.__call__",
        )
    ),
    *_regularizer("L1", "l1 * sum(abs(x))", f"{_PENALTY} L1 drives many values to exactly 0."),
    *_regularizer("L2", "l2 * sum(x * x)", f"{_PENALTY} L2 affects the largest values most."),
    *_regularizer("L1L2", "l1 * sum(abs(x)) + l2 * sum(x * x)"),
    *_regularizer(
        "OrthogonalRegularizer",
        "factor times the mean of abs(a . b) over all pairs a, b of rows (or columns), each "
        "scaled to length 1",
        f"{_PENALTY} This one pushes the rows (or columns) to be orthogonal.",
    ),
    # -- constraints ----------------------------------------------------------------------------
    Entry(
        "constrain",
        what="Your own constraint {subject} changes {first} to {result}.",
        why=_BOUNDS,
        where="{place}; the optimizer calls it in keras/optimizers/optimizer.py, "
        "Optimizer.apply_gradients",
    ),
    Entry(
        "constrain",
        what="{subject} defines no formula, so {first} stays as it is.",
        why="Constraint is only the base class. Its subclasses define what it does.",
        where="keras/constraints.py, Constraint.__call__",
        point="constraints.Constraint.__call__",
    ),
    _constraint(
        "MaxNorm",
        "scales each column (axis 0 unless given) down to length max_value if it is longer: w * "
        "min(norm, max_value) / (norm + 1e-7)",
        f"{_BOUNDS} For a kernel and axis 0, a column contains the weights of one unit.",
    ),
    _constraint(
        "MinMaxNorm",
        "moves the length of each column (axis 0 unless given) between min_value and max_value, "
        "by the fraction rate",
        f"{_BOUNDS} For a kernel and axis 0, a column contains the weights of one unit.",
    ),
    _constraint(
        "UnitNorm",
        "scales each column (axis 0 unless given) to length 1: w / (norm + 1e-7)",
        f"{_BOUNDS} For a kernel and axis 0, a column contains the weights of one unit.",
    ),
    _constraint("NonNeg", "sets negative values to 0 and leaves the others"),
    _constraint(
        "RadialConstraint",
        "makes the values of each kernel equal along rings around its center",
        f"{_BOUNDS} It is meant for convolutions and rejects a weight that does not have four "
        "dimensions.",
    ),
)
