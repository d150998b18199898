"""How a layer of Keras 3 is built and called, and what its operations compute."""

from typing import Final

from densetrace.teach.entries import Entry

_LAYER = "keras/src/layers/layer.py, Layer."
_CALL = f"{_LAYER}__call__"
_BUILT = f"called by the wrapper that {_LAYER}__new__ puts around build"
_LAZY = (
    "Weights are only created when the shape of the input is known, because their own shapes "
    "depend on it. This is called lazy building."
)
_WEIGHT = (
    "add_weight resolves the initializer, creates a keras.Variable with it, looks up regularizer "
    "and constraint, and passes the variable to the layer's tracker."
)
_LATER = "The penalty is computed later, each time layer.losses is read."
_KEPT = "The constraint is stored with the weight. The optimizer applies it after each update."
_ROUND = (
    "You call the layer, not its call method, so that Keras can do the rest around it: convert "
    "and check the input, build if needed, find training and masks, run call, and add the "
    "penalties for the output."
)
_SYMBOLS = (
    "A KerasTensor has a shape and a dtype but no numbers. Keras 3 computes the shape of the "
    "output (compute_output_spec) and stores the call as a node; call itself need not run."
)
_CHECK = "keras/src/layers/input_spec.py, assert_input_compatibility"
_OPS = (
    "The layers of Keras 3 compute with keras.ops, which calls the function of the backend: "
    "TensorFlow, JAX, PyTorch or NumPy. So the same layer runs on all of them."
)


def _made(outcome: str, filled: str, more: str, why: str, note: str) -> Entry:
    what = "{subject} creates the weight {name} of shape {shape}: {result}, {count} numbers, filled"
    where = f"{_LAYER}add_weight"
    return Entry("add_weight", f"{what} by {filled}.{more}", why, where, "", outcome, note)


_FORMULA = "{initializer_name} ({formula})"
_PENALTY = " {regularizer_name} will add a penalty for its values to the loss."
_GOES = " {constraint_name} is its constraint."
_PENALTY_NOTE = "{regularizer_name} computes its penalty later, when layer.losses is read."
_KEPT_NOTE = "The optimizer applies {constraint_name} after each update."


def _op(name: str, what: str) -> Entry:
    return Entry("op", f"{name} {what}: {{result}}.", _OPS, "{place}", name)


_OPERATIONS: Final = {
    "matmul": "multiplies {operands} as matrices",
    "add": "adds {operands}",
    "subtract": "subtracts: {operands}",
    "multiply": "multiplies {operands} element by element",
    "divide": "divides: {operands}",
    "divide_no_nan": "divides, with 0 where the divisor is 0: {operands}",
    "square": "squares each element of {operands}",
    "sqrt": "computes the square root of each element of {operands}",
    "rsqrt": "computes 1 / sqrt(x) for each element of {operands}",
    "exp": "computes e to the power of each element of {operands}",
    "log": "computes the natural logarithm of each element of {operands}",
    "abs": "computes the absolute value of each element of {operands}",
    "absolute": "computes the absolute value of each element of {operands}",
    "sum": "adds up elements of {operands}",
    "mean": "computes the mean of elements of {operands}",
    "var": "computes the variance of elements of {operands}",
    "max": "finds the largest element of {operands}",
    "min": "finds the smallest element of {operands}",
    "maximum": "keeps the larger of two elements, of {operands}",
    "minimum": "keeps the smaller of two elements, of {operands}",
    "reshape": "reshapes {operands}: same elements, same order",
    "transpose": "puts the axes of {operands} in another order",
    "concatenate": "joins tensors along an axis",
    "stack": "puts tensors side by side along a new axis",
    "expand_dims": "adds an axis of size 1 to {operands}",
    "squeeze": "removes axes of size 1 from {operands}",
    "take": "takes the elements at the given indices from {operands}",
    "where": "chooses between two values, element by element",
    "cast": "converts {operands} to another dtype",
    "convert_to_tensor": "creates a tensor of the backend",
    "zeros": "creates a tensor of zeros",
    "ones": "creates a tensor of ones",
    "shape": "reads the shape of {operands}",
    "conv": "slides a kernel over {operands}: a convolution",
    "max_pool": "keeps the largest element of each window of {operands}",
    "average_pool": "keeps the mean of each window of {operands}",
    "batch_normalization": "shifts and scales {operands} by a mean and a variance",
    "moments": "computes the mean and the variance of {operands}",
    "uniform": "draws random numbers, all equally likely between two limits",
    "normal": "draws random numbers from a bell curve",
    "truncated_normal": "draws random numbers from a bell curve that is cut off at two standard "
    "deviations",
    "dropout": "sets random elements of {operands} to 0 and scales up the others",
}
"""The functions of `keras.ops` and `keras.random` that layers use most -> what they do."""

TAKEN_OVER: Final = {
    ("call", "layers.core.dense.Dense.call", ""): "keras/src/layers/core/dense.py, Dense.call",
    ("activation", "", ""): "{place}",
}
"""Texts of Keras 2 that are true here too, by their keys, with their places."""

ENTRIES: Final = (
    # -- build ----------------------------------------------------------------------------------
    Entry(
        "build",
        what="{class}.build creates the weights of {subject} for inputs of shape {input_shape}.",
        why=f"{_LAZY} The wrapper around build then sets built and locks the state of the layer.",
        where=f"{{place}}, {_BUILT}",
        note="built is False and the input's shape is known.",
        once=True,
    ),
    Entry(
        "build",
        point="layers.core.dense.Dense.build",
        what="Dense.build creates the weights of {subject} for inputs of shape {input_shape}: "
        "kernel, bias, and then a stricter input_spec.",
        why=f"{_LAZY} The kernel has one row for each feature, and the last size of the input is "
        "the number of features.",
        where=f"keras/src/layers/core/dense.py, Dense.build, {_BUILT}",
        note="built is False and the input's shape is known.",
        once=True,
    ),
    Entry(
        "build",
        point="layers.core.dense.Dense.build",
        outcome="without bias",
        what="Dense.build creates the kernel of {subject} for inputs of shape {input_shape}. "
        "There is no bias, because use_bias is false.",
        why=_LAZY,
        where=f"keras/src/layers/core/dense.py, Dense.build, {_BUILT}",
        note="No bias is created, because use_bias is false.",
    ),
    Entry(
        "build",
        point="models.sequential.Sequential.build",
        what="Sequential.build passes a KerasTensor of shape {input_shape} through the layers and "
        "creates a functional model from them. Each layer creates its weights when it is called.",
        why="The output of one layer is the input of the next, so Keras has to find the shapes "
        "one layer at a time.",
        where="keras/src/models/sequential.py, Sequential.build",
        note="Each layer is called once on a KerasTensor and creates its weights then.",
        once=True,
    ),
    # -- add_weight -----------------------------------------------------------------------------
    _made("", "{initializer_name}", "", _WEIGHT, ""),
    _made("by formula", _FORMULA, "", _WEIGHT, "{initializer_name}: {formula}."),
    _made(
        "default initializer",
        "{initializer_name}",
        "",
        f"{_WEIGHT} initializer is None, so add_weight chooses glorot_uniform for floating-point "
        "weights and zeros for others.",
        "initializer is None, so add_weight chooses {initializer_name}.",
    ),
    _made(
        "regularized, by formula",
        _FORMULA,
        _PENALTY,
        f"{_WEIGHT} {_LATER}",
        f"{{initializer_name}}: {{formula}}. {_PENALTY_NOTE}",
    ),
    _made("regularized", "{initializer_name}", _PENALTY, f"{_WEIGHT} {_LATER}", _PENALTY_NOTE),
    _made(
        "constrained, by formula",
        _FORMULA,
        _GOES,
        f"{_WEIGHT} {_KEPT}",
        f"{{initializer_name}}: {{formula}}. {_KEPT_NOTE}",
    ),
    _made("constrained", "{initializer_name}", _GOES, f"{_WEIGHT} {_KEPT}", _KEPT_NOTE),
    Entry(
        "initialize",
        what="{subject} creates the first values: {result}.",
        why="Keras calls an initializer with a shape and a dtype and uses the values it returns.",
        where="{place}, called by keras/src/backend/common/variables.py, Variable.__init__",
    ),
    # -- invoke ---------------------------------------------------------------------------------
    Entry(
        "invoke",
        what="{subject} is called with {inputs_told}, and returns {result}.",
        why=_ROUND,
        where=_CALL,
    ),
    Entry(
        "invoke",
        outcome="eager, building",
        what="{subject} is called for the first time, with {inputs_told}. It builds its weights, "
        "then computes {result}.",
        why=f"{_ROUND} The input is checked twice: before build, and again after it.",
        where=_CALL,
    ),
    Entry(
        "invoke",
        outcome="eager",
        what="{subject} is called with {inputs_told}, and computes {result}.",
        why=_ROUND,
        where=_CALL,
    ),
    Entry(
        "invoke",
        outcome="symbolic, building",
        what="{subject} is called for the first time, with the symbolic tensor {inputs_told}. It "
        "builds its weights, then finds that its output will be {result}.",
        why=_SYMBOLS,
        where=_CALL,
        note="Symbolic: Keras only finds the output's shape and computes no numbers. The weights "
        "are real.",
        once=True,
    ),
    Entry(
        "invoke",
        outcome="symbolic",
        what="{subject} is called with the symbolic tensor {inputs_told}, and finds that its "
        "output will be {result}.",
        why=_SYMBOLS,
        where=_CALL,
        note="Symbolic: Keras only finds the output's shape and computes no numbers.",
        once=True,
    ),
    Entry(
        "invoke",
        outcome="eager, with layers inside",
        what="{subject} is called with {inputs_told}. It calls the layers inside it, and computes "
        "{result}.",
        why="A layer may hold other layers. A model is a layer that does little else.",
        where=_CALL,
    ),
    # -- check, call ----------------------------------------------------------------------------
    Entry(
        "check",
        what="The input has the shape {shape}. The layer {layer} demands {demands}: it fits.",
        why="A check here gives a clearer error than the failing operation would. A first call "
        "checks twice: before build and after it.",
        where=_CHECK,
    ),
    Entry(
        "call",
        what="{class}.call computes {result} from {input}.",
        why="call is where the author of {class} wrote what the layer does.",
        where=f"{{place}}, called by {_CALL}",
    ),
    Entry(
        "call",
        point="models.sequential.Sequential.call",
        what="Sequential.call sends {input} through the layers one after the other: {result}.",
        why="A built Sequential holds a functional model, which calls the layers in the order of "
        "their nodes.",
        where="keras/src/models/sequential.py, Sequential.call",
    ),
    # -- operations -----------------------------------------------------------------------------
    Entry("op", what="{function} computes {result}.", why=_OPS, where="{place}"),
    *(_op(name, what) for name, what in _OPERATIONS.items()),
    Entry(
        "activation",
        point="hard_sigmoid",
        what="hard_sigmoid computes relu6(x + 3) / 6. {first} becomes {result}.",
        why="A cheap approximation of sigmoid. In Keras 2 it was 0.2 * x + 0.5, cut off at 0 and "
        "1.",
        where="{place}",
    ),
    # -- models ---------------------------------------------------------------------------------
    Entry(
        "add",
        what="{layer_name} joins the {model_told}.",
        why="If the model begins with an Input, Keras connects the layers again and builds each "
        "on a KerasTensor. Otherwise the weights are created on the first call, or by build().",
        where="keras/src/models/sequential.py, Sequential.add",
    ),
    Entry(
        "pop",
        what="{subject} removes its last layer.",
        why="Keras connects the model again without it. The layer itself keeps its weights.",
        where="keras/src/models/sequential.py, Sequential.pop",
    ),
)
