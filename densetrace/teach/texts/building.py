"""How weights are created: `build`, `add_weight`, and the initializers that fill them."""

from typing import Final

from densetrace.teach.entries import Entry

_INITIALIZERS = "keras/initializers/initializers.py"
_SCALING = f"{_INITIALIZERS}, VarianceScaling.__call__"
_WEIGHT = "keras/engine/base_layer.py, Layer.add_weight"
_BUILD = "keras/engine/base_layer.py, Layer._maybe_build"

_LAZY = (
    "Weights are only created when the shape of the input is known, because their own shapes "
    "depend on it. This is called lazy building."
)
_BECAUSE = "Because built is False and the shape is known."
_ROWS = (
    "The kernel has one row for each feature, and the last size of the input is the number of "
    "features."
)
_WEIGHT_WHY = (
    "The layer tracks the weights that add_weight creates, so they are trained, saved and listed "
    "in summaries. Initializer, regularizer and constraint may be names, so add_weight looks each "
    "of them up (again)."
)
_LATER = "The penalty is computed later, each time layer.losses is read."
_KEPT = "The constraint is stored with the weight. The optimizer applies it after each update."


def _filled(name: str, what: str, why: str) -> Entry:
    return Entry(
        "initialize",
        what,
        why,
        f"{_INITIALIZERS}, {name}.__call__",
        f"initializers.{name}.__call__",
    )


def _scaled(name: str, why: str) -> Entry:
    what = "{subject} fills {shape} with random numbers: {formula}."
    point = "initializers.VarianceScaling.__call__"
    return Entry(
        "initialize",
        what,
        why,
        _SCALING,
        point,
        name,
        "{subject} draws {draws}: {formula}.",
        "framework",
    )


_GLOROT = (
    "Fan-in is how many numbers flow into one unit, fan-out how many units each number flows to. "
    "Glorot's rule uses both, so that signals keep their size on the way forward and gradients on "
    "the way back."
)
_HE = (
    "Fan-in is how many numbers flow into one unit. He's rule doubles the variance to compensate "
    "for relu, which sets about half of the values to zero."
)
_LECUN = (
    "Fan-in is how many numbers flow into one unit. With this spread, the sum of many inputs is "
    "about as large as one of them."
)
_CUT = (
    " Normal values beyond two standard deviations are drawn again; Keras widens the curve first, "
    "so that the spread is right after the cut."
)

ENTRIES: Final = (
    # -- build ----------------------------------------------------------------------------------
    Entry(
        "build",
        what="{class}.build creates the weights of {subject} for inputs of shape {input_shape}.",
        why=_LAZY,
        where="{place}; on a first call it is called by " + _BUILD,
    ),
    Entry(
        "build",
        outcome="lazily",
        what="built is False, so Keras calls {class}.build, which creates the weights of "
        "{subject} for inputs of shape {input_shape}.",
        why=_LAZY,
        where="{place}, called by " + _BUILD,
        note=_BECAUSE,
        once=True,
    ),
    Entry(
        "build",
        point="layers.core.dense.Dense.build",
        what="Dense.build creates the weights of {subject} for inputs of shape {input_shape}: "
        "first it sets a stricter input_spec, then it adds kernel and bias.",
        why=f"{_LAZY} {_ROWS}",
        where="keras/layers/core/dense.py, Dense.build",
    ),
    Entry(
        "build",
        point="layers.core.dense.Dense.build",
        outcome="lazily",
        what="built is False, so Keras calls Dense.build, which creates the weights of {subject} "
        "for inputs of shape {input_shape}. First it sets a stricter input_spec, then it adds "
        "kernel and bias.",
        why=f"{_LAZY} {_ROWS}",
        where="keras/layers/core/dense.py, Dense.build, called by " + _BUILD,
        note=_BECAUSE,
        once=True,
    ),
    Entry(
        "build",
        point="layers.core.dense.Dense.build",
        outcome="without bias",
        what="Dense.build creates the kernel of {subject} for inputs of shape {input_shape}. "
        "There is no bias, because use_bias is false.",
        why=f"{_LAZY} {_ROWS}",
        where="keras/layers/core/dense.py, Dense.build",
        note="No bias is created, because use_bias is false.",
    ),
    Entry(
        "build",
        point="engine.sequential.Sequential.build",
        what="Sequential.build passes a symbolic input of shape {input_shape} through the layers, "
        "and each layer creates its weights when it is called.",
        why="The output of one layer is the input of the next, so Keras has to find the shapes "
        "one layer at a time.",
        where="keras/engine/sequential.py, Sequential.build",
        note="Calls each layer on a symbolic input.",
        once=True,
    ),
    # -- add_weight -----------------------------------------------------------------------------
    Entry(
        "add_weight",
        what="{subject} creates the weight {name} of shape {shape}: {result}, {count} numbers, "
        "filled by {initializer_name}.",
        why=_WEIGHT_WHY,
        where=_WEIGHT,
    ),
    Entry(
        "add_weight",
        outcome="by formula",
        what="{subject} creates the weight {name} of shape {shape}: {result}, {count} numbers, "
        "filled by {initializer_name} ({formula}).",
        why=_WEIGHT_WHY,
        where=_WEIGHT,
        note="{initializer_name} draws {draws}: {formula}.",
    ),
    Entry(
        "add_weight",
        outcome="by formula, given",
        what="{subject} creates the weight {name} of shape {shape}: {result}, {count} numbers, "
        "filled by {initializer_name} ({formula}).",
        why=f"{_WEIGHT_WHY} get returns an object unchanged.",
        where=_WEIGHT,
        note="initializers.get returns {initializer_name} as is. It draws {draws}: {formula}.",
        again="{formula_alone}.",
        once=True,
    ),
    Entry(
        "add_weight",
        outcome="default initializer",
        what="{subject} creates the weight {name} of shape {shape}: {result}, filled by "
        "{initializer_name}. No initializer was passed.",
        why="When initializer is None, add_weight chooses: glorot_uniform for floating-point "
        "weights, zeros for integers and booleans.",
        where=_WEIGHT,
        note="initializer is None, so add_weight chooses {initializer_name}: glorot_uniform for "
        "floating-point weights, zeros for integers and booleans.",
    ),
    Entry(
        "add_weight",
        outcome="regularized, by formula",
        what="{subject} creates the weight {name} of shape {shape}: {result}, filled by "
        "{initializer_name} ({formula}). {regularizer_name} will add a penalty for its values to "
        "the loss.",
        why=f"{_WEIGHT_WHY} {_LATER}",
        where=f"{_WEIGHT}; keras/engine/base_layer.py, Layer._handle_weight_regularization",
        note="{initializer_name} draws {draws}: {formula}. {regularizer_name} computes its "
        "penalty later, when layer.losses is read.",
    ),
    Entry(
        "add_weight",
        outcome="regularized",
        what="{subject} creates the weight {name} of shape {shape}: {result}, filled by "
        "{initializer_name}. {regularizer_name} will add a penalty for its values to the loss.",
        why=f"{_WEIGHT_WHY} {_LATER}",
        where=f"{_WEIGHT}; keras/engine/base_layer.py, Layer._handle_weight_regularization",
        note="{regularizer_name} computes its penalty later, when layer.losses is read.",
    ),
    Entry(
        "add_weight",
        outcome="string regularizer",
        what="{subject} creates the weight {name} of shape {shape}: {result}. Its regularizer is "
        "still the string {regularizer}, because no regularizer has that name.",
        why="Keras keeps the string without a warning. Reading layer.losses will try to call it "
        "and raise TypeError, because a string cannot be called.",
        where=f"{_WEIGHT}; keras/engine/base_layer.py, Layer._handle_weight_regularization",
        note="The regularizer is still the string {regularizer}. Reading layer.losses will raise "
        "TypeError, because a string cannot be called.",
        level="user",
    ),
    Entry(
        "add_weight",
        outcome="constrained, by formula",
        what="{subject} creates the weight {name} of shape {shape}: {result}, filled by "
        "{initializer_name} ({formula}). {constraint_name} is its constraint.",
        why=f"{_WEIGHT_WHY} {_KEPT}",
        where=_WEIGHT,
        note="{initializer_name} draws {draws}: {formula}. The optimizer applies "
        "{constraint_name} after each update.",
    ),
    Entry(
        "add_weight",
        outcome="constrained",
        what="{subject} creates the weight {name} of shape {shape}: {result}, filled by "
        "{initializer_name}. {constraint_name} is its constraint.",
        why=f"{_WEIGHT_WHY} {_KEPT}",
        where=_WEIGHT,
        note="The optimizer applies {constraint_name} after each update.",
    ),
    # -- initialize -----------------------------------------------------------------------------
    Entry(
        "initialize",
        what="{subject} creates the first values: {result}.",
        why="This is your own initializer. Keras calls it with a shape and a dtype and uses the "
        "values it returns.",
        where="{place}, called by keras/engine/base_layer_utils.py, make_variable",
    ),
    Entry(
        "initialize",
        outcome="again",
        what="{subject} returns the same numbers as before: {result}.",
        why="An initializer has one seed: yours, or one that it draws once. The seed and the "
        "shape determine the numbers. If you passed no seed, Keras warns.",
        where="keras/initializers/initializers.py, Initializer._warn_reuse",
        note="The same numbers as before: an initializer returns the same values for the same "
        "shape. Use a new one for each weight.",
        level="user",
    ),
    _filled(
        "Zeros",
        "{subject} fills {shape} with zeros.",
        "A bias may start at zero: the random kernel already makes the units differ.",
    ),
    _filled(
        "Ones",
        "{subject} fills {shape} with ones.",
        "Useful for weights that scale, which then change nothing at first. In a kernel it makes "
        "all units equal, and they stay equal in training.",
    ),
    _filled(
        "Constant",
        "{subject} fills {shape} with a fixed value: {result}.",
        "Nothing is random, so the result is the same each time. A kernel of one repeated number "
        "makes all units equal, and they stay equal in training.",
    ),
    _filled(
        "RandomUniform",
        "{subject} fills {shape} with random numbers, all equally likely between two limits.",
        "Random values make the units differ, so that they can learn different things. The limits "
        "do not depend on the shape: -0.05 and 0.05 unless you set others.",
    ),
    _filled(
        "RandomNormal",
        "{subject} fills {shape} with random numbers from a bell curve.",
        "Random values make the units differ, so that they can learn different things. The spread "
        "does not depend on the shape: 0.05 around 0 unless you set others.",
    ),
    _filled(
        "TruncatedNormal",
        "{subject} fills {shape} with random numbers from a bell curve that is cut off at two "
        "standard deviations.",
        "Values beyond the cut are drawn again, so no weight starts far from the mean. The spread "
        "does not depend on the shape: 0.05 around 0, before the cut, unless you set others.",
    ),
    _filled(
        "Orthogonal",
        "{subject} fills {shape} with a random matrix from a QR decomposition. Its columns (or "
        "rows, if it is wider than tall) are orthogonal.",
        "With gain 1, such a square matrix rotates a signal without stretching it, which helps "
        "deep and recurrent networks.",
    ),
    _filled(
        "Identity",
        "{subject} fills {shape} with the identity matrix, times its gain.",
        "With gain 1 and as many units as features, the layer at first passes its input through "
        "unchanged.",
    ),
    _scaled(
        "GlorotUniform",
        f"{_GLOROT} All values between minus the limit and the limit are equally likely.",
    ),
    _scaled("GlorotNormal", _GLOROT + _CUT),
    _scaled(
        "HeUniform",
        f"{_HE} All values between minus the limit and the limit are equally likely.",
    ),
    _scaled("HeNormal", _HE + _CUT),
    _scaled(
        "LecunUniform",
        f"{_LECUN} All values between minus the limit and the limit are equally likely.",
    ),
    _scaled("LecunNormal", f"{_LECUN}{_CUT} selu is meant to be used with it."),
    Entry(
        "initialize",
        point="initializers.VarianceScaling.__call__",
        outcome="limit",
        what="{subject} fills {shape} with random numbers between -{limit} and {limit}, all "
        "equally likely. Fan-in is {fan_in}, fan-out {fan_out}.",
        why="The limit is sqrt(3 * scale / n), where n is fan-in, fan-out or their mean, "
        "depending on mode. The larger n is, the smaller are the weights.",
        where=_SCALING,
    ),
    Entry(
        "initialize",
        point="initializers.VarianceScaling.__call__",
        outcome="stddev",
        what="{subject} fills {shape} with random numbers from a bell curve with standard "
        "deviation {stddev}. Fan-in is {fan_in}, fan-out {fan_out}.",
        why="The standard deviation is sqrt(scale / n), where n is fan-in, fan-out or their mean, "
        "depending on mode. The larger n is, the smaller are the weights.",
        where=_SCALING,
    ),
)
