"""How weights are created: `build`, `add_weight`, and the initializers that fill them."""

from typing import Final

from densetrace.teach.entries import Entry

_INITIALIZERS = "keras/initializers/initializers.py"
_SCALING = f"{_INITIALIZERS}, VarianceScaling.__call__"
_WEIGHT = "keras/engine/base_layer.py, Layer.add_weight"
_BUILD = "keras/engine/base_layer.py, Layer._maybe_build"

_LAZY = (
    "Weights are made when the shape of the input is known and not before, because their own shape "
    "depends on it: this is called lazy building."
)
_BECAUSE = "built is False and the input's shape is known."
_ROWS = (
    "The kernel needs one row for each feature, and the last size of the input says how many there "
    "are."
)
_WEIGHT_WHY = (
    "A weight made by add_weight is counted by the layer, so that it is trained, saved and shown "
    "in summaries. Initializer, regularizer and constraint may come as names, so each is looked up "
    "(again)."
)
_LATER = "The penalty is not computed now, but each time layer.losses is read."
_KEPT = "The constraint is only kept with the weight. The optimizer applies it after each update."


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
        "initialize", what, why, _SCALING, point, name, "{subject}: {formula}.", "framework"
    )


_GLOROT = (
    "Fan in is how many numbers flow into one unit, fan out how many units each number flows to. "
    "Glorot's rule weighs both, so that signals keep their size forward and gradients backward."
)
_HE = (
    "Fan in is how many numbers flow into one unit. He's rule doubles the variance, to make up for "
    "relu, which sets about half of the values to zero."
)
_LECUN = (
    "Fan in is how many numbers flow into one unit. With this spread, the sum of many inputs is "
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
        what="{class}.build makes the weights of {subject} for inputs of shape {input_shape}.",
        why=_LAZY,
        where="{place}; on a first call it is called by " + _BUILD,
    ),
    Entry(
        "build",
        outcome="lazily",
        what="built is False, so Keras calls {class}.build: it makes the weights of {subject} for "
        "inputs of shape {input_shape}.",
        why=_LAZY,
        where="{place}, called by " + _BUILD,
        note=_BECAUSE,
        once=True,
    ),
    Entry(
        "build",
        point="layers.core.dense.Dense.build",
        what="Dense.build makes the weights of {subject} for inputs of shape {input_shape}: first "
        "a stricter input_spec, then kernel and bias.",
        why=f"{_LAZY} {_ROWS}",
        where="keras/layers/core/dense.py, Dense.build",
    ),
    Entry(
        "build",
        point="layers.core.dense.Dense.build",
        outcome="lazily",
        what="built is False, so Keras calls Dense.build: it makes the weights of {subject} for "
        "inputs of shape {input_shape}. First comes a stricter input_spec, then kernel and bias.",
        why=f"{_LAZY} {_ROWS}",
        where="keras/layers/core/dense.py, Dense.build, called by " + _BUILD,
        note=_BECAUSE,
        once=True,
    ),
    Entry(
        "build",
        point="layers.core.dense.Dense.build",
        outcome="without bias",
        what="Dense.build makes the kernel of {subject} for inputs of shape {input_shape}. There "
        "is no bias: use_bias is false.",
        why=f"{_LAZY} {_ROWS}",
        where="keras/layers/core/dense.py, Dense.build",
        note="No bias is made: use_bias is false.",
    ),
    Entry(
        "build",
        point="engine.sequential.Sequential.build",
        what="Sequential.build sends a symbolic input of shape {input_shape} through the layers. "
        "Each layer builds itself on the way.",
        why="The output of one layer is the input of the next, so shapes can only be found one "
        "layer after the other.",
        where="keras/engine/sequential.py, Sequential.build",
        note="A symbolic input builds each layer in turn.",
        once=True,
    ),
    # -- add_weight -----------------------------------------------------------------------------
    Entry(
        "add_weight",
        what="{subject} makes the weight {name} of shape {shape}: {result}, {count} numbers, "
        "filled by {initializer_name}.",
        why=_WEIGHT_WHY,
        where=_WEIGHT,
    ),
    Entry(
        "add_weight",
        outcome="by formula",
        what="{subject} makes the weight {name} of shape {shape}: {result}, {count} numbers, "
        "filled by {initializer_name} ({formula}).",
        why=_WEIGHT_WHY,
        where=_WEIGHT,
        note="{initializer_name}: {formula}.",
    ),
    Entry(
        "add_weight",
        outcome="by formula, given",
        what="{subject} makes the weight {name} of shape {shape}: {result}, {count} numbers, "
        "filled by {initializer_name} ({formula}).",
        why=f"{_WEIGHT_WHY} get returns an object as it is.",
        where=_WEIGHT,
        note="initializers.get returns {initializer_name} unchanged: {formula}.",
        again="{initializer_name}: {formula}.",
        once=True,
    ),
    Entry(
        "add_weight",
        outcome="default initializer",
        what="{subject} makes the weight {name} of shape {shape} without a given initializer: "
        "{result}, filled by {initializer_name}.",
        why="When initializer is None, add_weight chooses: glorot_uniform for floating-point "
        "weights, zeros for integers and booleans.",
        where=_WEIGHT,
        note="initializer is None, so add_weight chooses {initializer_name}: glorot_uniform for "
        "floating-point weights, zeros for integers and booleans.",
    ),
    Entry(
        "add_weight",
        outcome="regularized, by formula",
        what="{subject} makes the weight {name} of shape {shape}: {result}, filled by "
        "{initializer_name} ({formula}). {regularizer_name} will add a penalty for its values to "
        "the loss.",
        why=f"{_WEIGHT_WHY} {_LATER}",
        where=f"{_WEIGHT}; keras/engine/base_layer.py, Layer._handle_weight_regularization",
        note="{initializer_name}: {formula}. {regularizer_name} computes nothing yet: only when "
        "layer.losses is read.",
    ),
    Entry(
        "add_weight",
        outcome="regularized",
        what="{subject} makes the weight {name} of shape {shape}: {result}, filled by "
        "{initializer_name}. {regularizer_name} will add a penalty for its values to the loss.",
        why=f"{_WEIGHT_WHY} {_LATER}",
        where=f"{_WEIGHT}; keras/engine/base_layer.py, Layer._handle_weight_regularization",
        note="{regularizer_name} computes nothing yet: only when layer.losses is read.",
    ),
    Entry(
        "add_weight",
        outcome="string regularizer",
        what="{subject} makes the weight {name} of shape {shape}: {result}. Its regularizer is "
        "still the string {regularizer}, which no registry knows.",
        why="Keras keeps the string without a word. Reading layer.losses will try to call it, and "
        "raise TypeError: a string cannot be called.",
        where=f"{_WEIGHT}; keras/engine/base_layer.py, Layer._handle_weight_regularization",
        note="The regularizer is still the string {regularizer}. Reading layer.losses will raise "
        "TypeError, because a string cannot be called.",
        level="user",
    ),
    Entry(
        "add_weight",
        outcome="constrained, by formula",
        what="{subject} makes the weight {name} of shape {shape}: {result}, filled by "
        "{initializer_name} ({formula}). {constraint_name} goes with it.",
        why=f"{_WEIGHT_WHY} {_KEPT}",
        where=_WEIGHT,
        note="{initializer_name}: {formula}. {constraint_name} is kept for the optimizer, which "
        "applies it after each update.",
    ),
    Entry(
        "add_weight",
        outcome="constrained",
        what="{subject} makes the weight {name} of shape {shape}: {result}, filled by "
        "{initializer_name}. {constraint_name} goes with it.",
        why=f"{_WEIGHT_WHY} {_KEPT}",
        where=_WEIGHT,
        note="{constraint_name} is kept for the optimizer, which applies it after each update.",
    ),
    # -- initialize -----------------------------------------------------------------------------
    Entry(
        "initialize",
        what="{subject} makes the first values: {result}.",
        why="Your own initializer: Keras calls it with a shape and a dtype, and keeps what it "
        "returns.",
        where="{place}, called by keras/engine/base_layer_utils.py, make_variable",
    ),
    Entry(
        "initialize",
        outcome="again",
        what="{subject} gives the same numbers as before: {result}.",
        why="An initializer draws one seed, or has the one you gave it, and the numbers follow "
        "from the seed and the shape. Keras warns of this if you gave no seed.",
        where="keras/initializers/initializers.py, Initializer._warn_reuse",
        note="The same numbers as before: an initializer repeats itself for each shape. Use a new "
        "one for each weight.",
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
        "Useful for weights that multiply, which then change nothing at first. As a kernel it "
        "makes all units equal, and they stay equal in training.",
    ),
    _filled(
        "Constant",
        "{subject} fills {shape} with a fixed value: {result}.",
        "Nothing is random, so the result is the same each time. As a kernel a single number "
        "makes all units equal, and they stay equal in training.",
    ),
    _filled(
        "RandomUniform",
        "{subject} fills {shape} with random numbers, all equally likely between two limits.",
        "Random values make the units differ, so that they can learn different things. The limits "
        "do not depend on the shape: -0.05 and 0.05 unless you give others.",
    ),
    _filled(
        "RandomNormal",
        "{subject} fills {shape} with random numbers from a bell curve.",
        "Random values make the units differ, so that they can learn different things. The spread "
        "does not depend on the shape: 0.05 around 0 unless you give others.",
    ),
    _filled(
        "TruncatedNormal",
        "{subject} fills {shape} with random numbers from a bell curve that is cut off at two "
        "standard deviations.",
        "Values beyond the cut are drawn again, so that no weight starts far out. The spread does "
        "not depend on the shape: 0.05 around 0, before the cut, unless you give others.",
    ),
    _filled(
        "Orthogonal",
        "{subject} fills {shape} with a random matrix whose columns (or rows, if it is wider than "
        "tall) stand at right angles, made by a QR decomposition.",
        "A square matrix of this kind turns a signal without stretching it (with gain 1), which "
        "helps deep and recurrent networks.",
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
        "equally likely. Fan in is {fan_in}, fan out {fan_out}.",
        why="The limit is sqrt(3 * scale / n), where n is fan in, fan out or their mean, as mode "
        "says: so the more numbers flow together, the smaller each weight.",
        where=_SCALING,
    ),
    Entry(
        "initialize",
        point="initializers.VarianceScaling.__call__",
        outcome="stddev",
        what="{subject} fills {shape} with random numbers from a bell curve with standard "
        "deviation {stddev}. Fan in is {fan_in}, fan out {fan_out}.",
        why="The standard deviation is sqrt(scale / n), where n is fan in, fan out or their mean, "
        "as mode says: so the more numbers flow together, the smaller each weight.",
        where=_SCALING,
    ),
)
