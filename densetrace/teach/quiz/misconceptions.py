"""Common misconceptions about Keras, as data. Wrong options name the one they reveal; each lists
the kinds of steps that disprove it."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Misconception:
    """A mistaken belief.

    Wrong options name it by `key`. `claim` is the belief, `truth` the correct statement. `seen_in`
    are the kinds of steps that disprove it. Those marked `article` are in the article this project
    grew from, or suggested by it.
    """

    key: str
    claim: str
    truth: str
    seen_in: tuple[str, ...]
    article: bool = False


_ALL: Final = (
    # -- from the article --------------------------------------------------------------------------
    Misconception(
        "bias-initializer-is-none",
        "bias_initializer is None unless you pass one.",
        "Its default is the string 'zeros', and initializers.get creates a Zeros object from it.",
        ("get", "assign"),
        article=True,
    ),
    Misconception(
        "lookups-from-initializers",
        "initializers.get looks up regularizers and constraints too.",
        "Each kind of object has its own get: initializers.get, regularizers.get, "
        "constraints.get, activations.get.",
        ("get",),
        article=True,
    ),
    Misconception(
        "decorator-after-init",
        "allow_initializer_layout acts only after __init__.",
        "Its wrapper runs before __init__. It removes the layouts from the arguments, calls "
        "__init__, and sets the layouts afterwards.",
        ("layout",),
        article=True,
    ),
    Misconception(
        "decorator-sets-initializers",
        "allow_initializer_layout sets the initializers.",
        "It sets only layouts that were passed. It reads the *_initializer parameters only to "
        "know which layouts to look for.",
        ("layout",),
        article=True,
    ),
    Misconception(
        "init-gets-merged",
        "__init__ gets the dict that __new__ merged.",
        "Only __new__ has that dict. Python passes the caller's arguments to __new__ and then, "
        "unchanged, to __init__.",
        ("new", "layout", "init"),
        article=True,
    ),
    Misconception(
        "parent-left-out",
        "Dense.__init__ sets its own attributes first and stores every argument itself.",
        "Its first line calls Layer.__init__ and passes activity_regularizer to it.",
        ("init",),
        article=True,
    ),
    # -- construction -----------------------------------------------------------------------------
    Misconception(
        "positional-stays",
        "A positional argument never gets a name.",
        "Layer.__new__ matches positional arguments to the parameter names of __init__.",
        ("new",),
    ),
    Misconception(
        "merge-fills-defaults",
        "The merge in __new__ fills in the defaults.",
        "It merges only what the caller wrote. Python fills in the defaults when __init__ is "
        "called.",
        ("new",),
    ),
    Misconception(
        "merge-always-adds",
        "The merge in __new__ always adds something.",
        "It only adds names for positional arguments. If all are keyword arguments, it adds "
        "nothing.",
        ("new",),
    ),
    Misconception(
        "new-looks-names-up",
        "__new__ already looks up names such as 'relu', and keeps functions and objects.",
        "__new__ only stores the arguments. __init__ looks the names up.",
        ("new",),
    ),
    Misconception(
        "positional-is-no-config",
        "Only keyword arguments can become part of an auto-config.",
        "Positional arguments get their names first, so they can be part of it too.",
        ("new",),
    ),
    Misconception(
        "anything-is-config",
        "An auto-config can contain any value.",
        "It contains only plain values: strings, numbers, booleans, None, and lists and dicts of "
        "them.",
        ("new",),
    ),
    Misconception(
        "names-are-no-config",
        "An auto-config cannot contain a name such as 'relu', because it refers to a function.",
        "At that point it is still a string, and strings are plain values.",
        ("new",),
    ),
    Misconception(
        "every-init-is-decorated",
        "allow_initializer_layout wraps every __init__.",
        "It wraps only an __init__ that is decorated with it, such as Dense.__init__.",
        ("init",),
    ),
    Misconception(
        "layouts-are-always-set",
        "A layer always gets its layout attributes, with the value None if no layout was passed.",
        "An attribute is set only for a layout that was passed.",
        ("layout",),
    ),
    Misconception(
        "layer-name-is-class",
        "A layer's name is its class name.",
        "The name is the class name in snake case, with a number from the second layer on.",
        ("name",),
    ),
    Misconception(
        "layer-names-count-from-the-first",
        "The first layer of a class gets a number too.",
        "The first gets none; the name of the second ends in _1.",
        ("name",),
    ),
    Misconception(
        "units-stay-as-given",
        "units is stored exactly as you pass it.",
        "Anything that isn't an int goes through int() first.",
        ("assign",),
    ),
    # -- lookups ----------------------------------------------------------------------------------
    Misconception(
        "zeros-is-none",
        "'zeros' means that there is no initializer.",
        "Zeros is an initializer like any other: it fills a weight with zeros.",
        ("get",),
    ),
    Misconception(
        "name-gives-class",
        "A lookup returns a class.",
        "get creates an object of the class with the default settings.",
        ("get", "assign"),
    ),
    Misconception(
        "names-stay-strings",
        "A name is kept as a string until it is needed.",
        "get looks the name up immediately.",
        ("get", "assign"),
    ),
    Misconception(
        "name-gives-function",
        "Every name refers to a function, as for activations.",
        "Initializers, regularizers, constraints and optimizers are objects, created when they "
        "are looked up.",
        ("get",),
    ),
    Misconception(
        "activation-is-an-object",
        "The name of an activation creates an object or a layer.",
        "For most names, activations.get returns a plain function. No object is created.",
        ("get", "assign"),
    ),
    Misconception(
        "none-means-default",
        "None means: use the default.",
        "None stays None here: there is no such object.",
        ("get", "assign"),
    ),
    Misconception(
        "none-is-refused",
        "None is rejected.",
        "None is allowed and means: none of them.",
        ("get",),
    ),
    Misconception(
        "no-activation-is-none",
        "A layer without an activation has activation = None.",
        "activations.get(None) returns the function linear, so a layer always has a function to "
        "call.",
        ("get", "assign"),
    ),
    Misconception(
        "misspelling-is-corrected",
        "Keras guesses which name you mean.",
        "Keras looks for exactly the name that you pass.",
        ("get",),
    ),
    Misconception(
        "misspelling-is-kept",
        "An unknown name is stored and only fails when it is used.",
        "Here get rejects it immediately.",
        ("get",),
    ),
    Misconception(
        "misspelling-is-refused",
        "An unknown name is always rejected.",
        "regularizers.get and metrics.get return an unknown string unchanged, without a warning.",
        ("get",),
    ),
    Misconception(
        "given-object-is-copied",
        "get creates a new object even if you pass an object.",
        "get returns an object unchanged.",
        ("get",),
    ),
    Misconception(
        "one-deserializer",
        "All lookups go through the same deserialize_keras_object.",
        "There are two: serialization_lib, and the older one of legacy.serialization. Which one "
        "runs depends on the caller.",
        ("get",),
    ),
    # -- building ---------------------------------------------------------------------------------
    Misconception(
        "weights-at-construction",
        "A layer has its weights as soon as it is constructed.",
        "Their shapes depend on the input, so build creates them.",
        ("init", "build", "layout", "assign"),
        article=True,
    ),
    Misconception(
        "build-at-construction",
        "build runs when the layer is constructed.",
        "build waits until the shape of the input is known.",
        ("init", "layout", "build", "assign"),
        article=True,
    ),
    Misconception(
        "build-at-compile",
        "compile builds the layers.",
        "compile prepares for training and does not change the layers.",
        ("init", "build", "compile", "assign"),
        article=True,
    ),
    Misconception(
        "kernel-is-transposed",
        "The kernel has one row for each unit.",
        "It has one row for each feature of the input and one column for each unit, so that input "
        "@ kernel works.",
        ("add_weight",),
    ),
    Misconception(
        "batch-in-weights",
        "The batch size is part of a weight's shape.",
        "All examples use the same weights, so their shapes do not depend on the batch size.",
        ("add_weight", "build"),
    ),
    Misconception(
        "weights-start-at-zero",
        "All weights start at zero.",
        "Their initializer sets the first values.",
        ("initialize",),
    ),
    Misconception(
        "weights-start-random",
        "All weights start at random.",
        "Their initializer sets the first values.",
        ("initialize",),
    ),
    Misconception(
        "fan-in-is-units",
        "fan-in is the number of units.",
        "fan-in is the number of inputs of one unit: the features. fan-out is the number of units.",
        ("initialize",),
    ),
    Misconception(
        "penalty-at-build",
        "A penalty is computed when the weight is created.",
        "The regularizer is only stored then. The penalty is computed when layer.losses is read.",
        ("add_weight",),
    ),
    Misconception(
        "bias-is-always-there",
        "A Dense layer always has a bias.",
        "With use_bias=False it has none.",
        ("build", "call", "add_weight"),
    ),
    # -- calling ----------------------------------------------------------------------------------
    Misconception(
        "call-makes-weights",
        "The layer's call method creates the weights.",
        "build creates them, and Keras runs build before call.",
        ("build",),
    ),
    Misconception(
        "build-at-every-call",
        "A layer is built again at each call.",
        "build runs once and sets built to True.",
        ("call",),
    ),
    Misconception(
        "first-call-only-builds",
        "The first call only builds the layer.",
        "It builds the layer and then computes the output.",
        ("invoke", "call"),
    ),
    Misconception(
        "call-needs-numbers",
        "A call method always runs on numbers.",
        "To find the shapes, Keras also runs it on symbolic tensors, which have no numbers.",
        ("invoke", "call"),
        article=True,
    ),
    Misconception(
        "call-waits-for-data",
        "Without data, no call method runs.",
        "Keras runs it on a symbolic tensor when it connects layers.",
        ("invoke", "call"),
    ),
    Misconception(
        "call-is-always-symbolic",
        "Layers always run on symbolic tensors first, and on numbers later.",
        "A layer that you call on data computes immediately.",
        ("invoke", "call"),
    ),
    Misconception(
        "output-is-like-input",
        "A Dense layer keeps the shape of its input.",
        "The last axis gets the size units.",
        ("invoke",),
    ),
    Misconception(
        "output-is-like-kernel",
        "The output has the shape of the kernel.",
        "It has one row for each example; only the last axis comes from the kernel.",
        ("invoke",),
    ),
    Misconception(
        "dense-flattens",
        "A Dense layer flattens its input.",
        "It works along the last axis and keeps the others.",
        ("invoke",),
    ),
    Misconception(
        "activation-before-bias",
        "The activation comes before the bias is added.",
        "The bias is part of the sum; the activation comes last.",
        ("call", "activation"),
    ),
    # -- training ---------------------------------------------------------------------------------
    Misconception(
        "update-before-gradients",
        "The weights are updated, and then the gradients are computed.",
        "An update is computed from gradients, so the gradients come first.",
        ("gradient", "update"),
    ),
    Misconception(
        "metrics-come-before-the-update",
        "A training step computes its metrics before it updates the weights.",
        "The metrics come last, but use the outputs from before the update.",
        ("update", "compute_metrics"),
    ),
    Misconception(
        "metrics-see-the-update",
        "The metrics of a batch describe the model after the update.",
        "They use the outputs of the forward pass, which were computed with the old weights.",
        ("compute_metrics",),
    ),
    Misconception(
        "metrics-steer-training",
        "Training improves the metrics directly.",
        "Only the loss has gradients. Metrics are computed for you to read.",
        ("compute_loss",),
    ),
    Misconception(
        "gradients-change-weights",
        "Computing gradients changes the weights.",
        "GradientTape.gradient returns numbers. The optimizer then changes the weights.",
        ("gradient", "update"),
    ),
    Misconception(
        "the-loss-changes-weights",
        "Computing the loss changes the weights.",
        "The loss is a number. The optimizer changes the weights, from the gradients of the loss.",
        ("compute_loss", "update"),
    ),
    Misconception(
        "biases-do-not-learn",
        "Only kernels are trained.",
        "A bias is a trainable weight too, and each update step changes it.",
        ("update",),
    ),
    Misconception(
        "only-the-last-layer-learns",
        "A training step changes only the last layer.",
        "Backpropagation reaches all layers, and the optimizer updates every trainable weight.",
        ("update",),
    ),
    Misconception(
        "frozen-weights-learn",
        "Training changes every weight of the model.",
        "It changes only the trainable ones. A layer with trainable=False keeps its weights.",
        ("update",),
    ),
    Misconception(
        "a-gradient-for-each-example",
        "A weight gets one gradient for each example of the batch.",
        "The loss is one number for the batch, so each weight gets one gradient.",
        ("gradient",),
    ),
    Misconception(
        "a-gradient-is-one-number",
        "The gradient of a weight is one number.",
        "It contains one number for each number in the weight.",
        ("gradient",),
    ),
    Misconception(
        "an-update-follows-the-gradient",
        "An update moves a weight in the direction of its gradient.",
        "The loss grows in that direction, so a plain update goes in the opposite direction.",
        ("update",),
    ),
    Misconception(
        "an-update-is-the-gradient",
        "The optimizer subtracts the whole gradient.",
        "The learning rate scales the step down.",
        ("update",),
    ),
    Misconception(
        "a-constraint-limits-the-gradient",
        "A constraint limits the gradient, so that the update stays within bounds.",
        "The update may leave the bounds. The constraint then brings the weight back.",
        ("constrain", "update"),
    ),
    Misconception(
        "a-constraint-is-a-penalty",
        "A constraint adds a penalty to the loss.",
        "That is a regularizer. A constraint changes the weight directly.",
        ("constrain",),
    ),
    Misconception(
        "penalties-are-not-in-the-loss",
        "The loss measures only how wrong the outputs are.",
        "The penalties of regularizers are part of it too.",
        ("compute_loss",),
    ),
    Misconception(
        "there-is-always-a-penalty",
        "Keras always adds a penalty to the loss.",
        "There is one only if a layer has a regularizer or calls add_loss.",
        ("compute_loss",),
    ),
    Misconception(
        "the-loss-follows-the-shapes",
        "Keras picks the loss that fits the shapes of the targets.",
        "It does so only for 'accuracy'. The name of a loss always means one function.",
        ("loss_resolve",),
    ),
    Misconception(
        "accuracy-is-one-function",
        "'accuracy' is one function that fits all models.",
        "Keras picks binary, categorical or sparse categorical accuracy by the shapes.",
        ("metric_resolve",),
    ),
    Misconception(
        "python-runs-for-each-batch",
        "fit runs the Python code of train_step for each batch.",
        "In graph mode Python only runs while the operations are recorded. Later batches replay "
        "them.",
        ("batch",),
    ),
    Misconception(
        "python-is-always-skipped",
        "fit never runs Python for a batch.",
        "With run_eagerly=True it does so for each batch.",
        ("batch",),
    ),
    Misconception(
        "graphs-come-from-nowhere",
        "In graph mode Python never runs train_step.",
        "It runs in the first batch, to record the graph.",
        ("batch",),
    ),
    # -- other layers ------------------------------------------------------------------------------
    Misconception(
        "every-layer-has-weights",
        "Every layer has weights.",
        "Only some layers create weights. Flatten, Dropout, Activation and Add have none.",
        ("invoke",),
    ),
    Misconception(
        "all-weights-are-trained",
        "The optimizer updates every weight of a layer.",
        "It does not update weights with trainable=False. BatchNormalization updates its moving "
        "statistics itself, in calls with training=True.",
        ("add_weight",),
    ),
    Misconception(
        "moving-statistics-are-no-parameters",
        "Only trained weights count as parameters.",
        "summary and count_params count all weights, including moving statistics.",
        ("add_weight",),
    ),
    Misconception(
        "flatten-joins-the-batch",
        "Flatten makes a single row of the whole batch.",
        "It keeps the batch axis: each sample becomes one row.",
        ("invoke",),
    ),
    Misconception(
        "shapes-have-no-batch",
        "The output of Reshape has exactly the target shape.",
        "The target shape is that of one sample. The batch axis comes before it.",
        ("invoke",),
    ),
    Misconception(
        "permute-moves-the-batch",
        "Permute may reorder all axes.",
        "The batch axis always stays first; dims counts the others from 1.",
        ("invoke",),
    ),
    Misconception(
        "add-joins",
        "Add puts its inputs side by side.",
        "Concatenate does that. Add sums the elements and keeps the shape.",
        ("invoke",),
    ),
    Misconception(
        "concatenate-adds",
        "Concatenate keeps the shape of its inputs.",
        "It puts them side by side: the sizes along its axis add up.",
        ("invoke",),
    ),
    Misconception(
        "dot-keeps-the-shape",
        "Dot multiplies element by element and keeps the shape.",
        "Multiply does that. Dot also sums the products, so the axis disappears.",
        ("invoke",),
    ),
    Misconception(
        "dropout-always-drops",
        "A Dropout layer drops elements in predict too.",
        "It does so only with training=True, as in fit. Otherwise its output is its input.",
        ("call",),
    ),
    Misconception(
        "dropout-shrinks",
        "Dropout makes the output smaller.",
        "The shape stays the same. Dropped elements become 0.",
        ("call",),
    ),
    # -- models and errors ------------------------------------------------------------------------
    Misconception(
        "compile-resolves-all",
        "compile looks up loss and metrics.",
        "compile only looks up the optimizer. Loss and metrics are looked up at the first training "
        "or evaluation step.",
        ("compile",),
        article=True,
    ),
    Misconception(
        "compile-resolves-nothing",
        "compile only stores its arguments, and fit looks them up.",
        "compile looks up the optimizer immediately.",
        ("compile",),
    ),
    Misconception(
        "errors-come-late",
        "A mistake in the arguments only shows when the layer is used.",
        "Keras checks most arguments when the layer is constructed.",
        ("get", "init", "assign"),
    ),
)


def _by_key() -> dict[str, Misconception]:
    found = {misconception.key: misconception for misconception in _ALL}
    if len(found) != len(_ALL):
        raise ValueError("A key may stand for one misconception only.")
    return found


MISCONCEPTIONS: Final = _by_key()
"""Key -> misconception."""
