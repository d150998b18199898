"""Attributes that a layer sets: those of Dense, and those of any layer."""

from typing import Final

from densetrace.teach.entries import Entry

_DENSE = "keras/layers/core/dense.py, Dense.__init__"
_BUILD = "keras/layers/core/dense.py, Dense.build"
_SET = "keras/engine/base_layer.py, Layer.__setattr__"


def _dense(attribute: str, what: str, why: str, where: str = _DENSE, note: str = "") -> Entry:
    return Entry("assign", what, why, where, outcome=f"Dense.{attribute}", note=note)


ENTRIES: Final = (
    Entry(
        "assign",
        what="{subject} stores {name} = {value}.",
        why="An ordinary Python attribute. Layer.__setattr__ checks every value that is set, to "
        "find the weights and layers among them.",
        where=_SET,
    ),
    Entry(
        "assign",
        outcome="weight",
        what="{subject} stores {name} = {value}. The layer now counts it among its weights.",
        why="Layer.__setattr__ checks every value that is set. So Keras finds the weights of a "
        "layer, and you need not list them.",
        where=_SET,
    ),
    Entry(
        "assign",
        outcome="tensor",
        what="{subject} stores {name} = {value}. If it is a variable, the layer now counts it "
        "among its weights.",
        why="Layer.__setattr__ checks every value that is set. So Keras finds the weights of a "
        "layer, and you need not list them.",
        where=_SET,
    ),
    Entry(
        "assign",
        outcome="layer",
        what="{subject} stores the layer {value_name} as {name}. The weights of {value_name} are "
        "now weights of {subject} too.",
        why="Layer.__setattr__ checks every value that is set, so you need not list nested layers.",
        where=_SET,
    ),
    Entry(
        "assign",
        outcome="built False",
        what="{subject} is marked as not built: it has no weights yet.",
        why="While built is False, a call runs build first.",
        where="keras/engine/base_layer.py, Layer.__init__",
    ),
    Entry(
        "assign",
        outcome="built True",
        what="{subject} is marked as built: its weights exist.",
        why="Later calls skip build. built is often set twice: by the layer's own build, and by "
        "Layer.build, which Keras runs afterwards in case your build does not set it.",
        where="keras/engine/base_layer.py, Layer.build",
        note="Keras sets it even if build does not, so the next call skips build.",
        level="framework",
        once=True,
    ),
    Entry(
        "assign",
        outcome="layout",
        what="The decorator sets {name} = {value} after __init__ has returned.",
        why="add_weight looks for an attribute named after the weight: for 'kernel' it reads "
        "kernel_layout. A layout says how to spread the weight over devices; it is not an "
        "initializer.",
        where="keras/dtensor/utils.py, allow_initializer_layout",
        note="Set after __init__, and read by add_weight. It is a layout, not an initializer.",
    ),
    Entry(
        "assign",
        outcome="input_spec",
        what="{subject} sets which inputs it accepts: {value}.",
        why="Keras checks every input against this before it runs call, so a wrong shape gives a "
        "clear error message.",
        where="keras/engine/base_layer.py, Layer.input_spec",
    ),
    Entry(
        "assign",
        outcome="supports_masking",
        what="{subject} sets supports_masking = {value}: whether masks may pass through it.",
        why="A mask marks the parts of the data to ignore, such as padding. A layer that works on "
        "each position alone can pass a mask on unchanged.",
        where="keras/engine/base_layer.py, Layer.supports_masking",
    ),
    Entry(
        "assign",
        outcome="trainable",
        what="{subject} sets trainable = {value}.",
        why="Training changes the weights of a layer only while trainable is True.",
        where="keras/engine/base_layer.py, Layer.trainable",
    ),
    # -- the fields of Dense --------------------------------------------------------------------
    _dense(
        "units",
        "The layer will have {outputs_told} for each example.",
        "units is the last size of the kernel and the only size of the bias. Anything that isn't "
        "an int goes through int(), which parses '5' and drops decimals. A bool stays a bool.",
    ),
    _dense(
        "activation",
        "The layer stores the function {value_name}, which call applies last.",
        "activations.get resolved the name to a function. None becomes linear, which changes "
        "nothing.",
    ),
    _dense(
        "use_bias",
        "use_bias = {value}. If it is true, build creates a bias and call adds it.",
        "Without a bias, the sum for an input of zeros is always 0. If the next layer shifts the "
        "data anyway, a bias may not be needed.",
    ),
    _dense(
        "kernel_initializer",
        "The layer stores {value_name}, which will fill the kernel with its first values.",
        "The initializer runs in build: before the first input, the kernel's shape is not known.",
    ),
    _dense(
        "bias_initializer",
        "The layer stores {value_name}, which will fill the bias with its first values.",
        "The default is 'zeros', not None. So this is a Zeros object unless you pass something "
        "else.",
    ),
    _dense(
        "bias_initializer, None",
        "bias_initializer is None, because None was passed. The default would be 'zeros'.",
        "With None, add_weight chooses the initializer. For a floating-point weight that is "
        "glorot_uniform, so the bias starts with random numbers.",
        note="None was passed; the default would be 'zeros'. With None, add_weight chooses "
        "glorot_uniform, so the bias starts with random numbers.",
    ),
    _dense(
        "kernel_initializer, None",
        "kernel_initializer is None, because None was passed. The default would be "
        "'glorot_uniform'.",
        "With None, add_weight chooses the initializer. For a floating-point weight that is "
        "glorot_uniform too.",
    ),
    _dense(
        "kernel_regularizer",
        "kernel_regularizer = {value}. A regularizer adds a penalty for the kernel's values to "
        "the loss; None adds nothing.",
        "The penalty is computed later, each time layer.losses is read.",
    ),
    _dense(
        "bias_regularizer",
        "bias_regularizer = {value}. A regularizer adds a penalty for the bias's values to the "
        "loss; None adds nothing.",
        "The penalty is computed later, each time layer.losses is read.",
    ),
    _dense(
        "kernel_constraint",
        "kernel_constraint = {value}. A constraint brings the kernel back into bounds; None sets "
        "no bounds.",
        "The optimizer applies it later, after each update of the kernel.",
    ),
    _dense(
        "bias_constraint",
        "bias_constraint = {value}. A constraint brings the bias back into bounds; None sets no "
        "bounds.",
        "The optimizer applies it later, after each update of the bias.",
    ),
    _dense(
        "input_spec",
        "The layer sets which inputs it accepts: {value}.",
        "In __init__ a Dense only requires at least two dimensions: batch and features. In build "
        "it learns the number of features and then accepts no other.",
        f"{_DENSE}, or {_BUILD}",
    ),
    _dense(
        "supports_masking",
        "supports_masking = {value}: masks may pass through this layer.",
        "A Dense works on the last axis only, so a mask over the other axes is still valid for "
        "its output.",
    ),
    _dense(
        "kernel",
        "The new weight {value} becomes the layer's kernel: one row for each feature, one column "
        "for each unit.",
        "call multiplies the input by it. add_weight has already added it to the layer's weights.",
        _BUILD,
    ),
    _dense(
        "bias",
        "The new weight {value} becomes the layer's bias: one number for each unit.",
        "call adds it to the product of input and kernel.",
        _BUILD,
    ),
    Entry(
        "assign",
        outcome="stateful reset",
        what="Layer.__init__ sets stateful to False, which was True.",
        why="Every layer starts without state. A class with state must set stateful after "
        "super().__init__(), as RNN does, or the setting is lost.",
        where="keras/engine/base_layer.py, Layer.__init__",
        note="Layer.__init__ resets your stateful = True. Set it after super().__init__().",
        level="user",
    ),
    # -- reading, and names ---------------------------------------------------------------------
    Entry(
        "read",
        what="You read {subject}.{name}: {result}.",
        why="Each read builds a new list: the layer's own variables, then those of the layers "
        "inside it. If a layer is not trainable, all of them are in non_trainable_weights.",
        where="keras/engine/base_layer.py, Layer.weights",
    ),
    Entry(
        "read",
        outcome="no weights, not built",
        what="You read {subject}.{name}: it is empty, because the layer is not built.",
        why="build creates the weights. Keras calls it when the layer gets its first input.",
        where="keras/engine/base_layer.py, Layer.weights",
        note="No weights yet: build creates them, on the first call.",
        level="user",
    ),
    Entry(
        "read",
        outcome="no weights",
        what="You read {subject}.{name}: it is empty.",
        why="The layer and the layers inside it have no such variable: none came from add_weight "
        "or from setting an attribute.",
        where="keras/engine/base_layer.py, Layer.weights",
    ),
    Entry(
        "read",
        outcome="losses",
        what="You read {subject}.losses: {result}.",
        why="Each read computes the penalties of the weights again. The losses from add_loss and "
        "activity regularizers are those of the last call.",
        where="keras/engine/base_layer.py, Layer.losses",
    ),
    Entry(
        "read",
        outcome="no losses",
        what="You read {subject}.losses: it is empty.",
        why="A loss comes from a kernel_regularizer or bias_regularizer once the weights exist, or "
        "from an activity_regularizer or add_loss once the layer was called.",
        where="keras/engine/base_layer.py, Layer.losses",
        note="No losses: no regularizer has weights or outputs to act on, and add_loss added none.",
        level="user",
    ),
    Entry(
        "reset_names",
        what="Keras forgets which names it has given: the next Dense is called dense again.",
        why="Keras keeps names unique with one counter per class for the whole program.",
        where="keras/backend.py, reset_uids",
    ),
    Entry(
        "reset_names",
        outcome="session",
        what="Keras clears its global state: the next Dense is called dense again.",
        why="Keras keeps one graph and one counter of names for the whole program. Your layers "
        "and models stay as they are, with their weights.",
        where="keras/backend.py, clear_session",
    ),
    _dense(
        "bias, None",
        "bias is None, because use_bias is false.",
        "call skips the addition.",
        _BUILD,
    ),
)
