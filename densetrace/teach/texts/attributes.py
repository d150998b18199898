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
        what="{subject} remembers {name} = {value}.",
        why="An ordinary Python attribute. Layer.__setattr__ looks at every value that is set, so "
        "that it can find the weights and layers among them.",
        where=_SET,
    ),
    Entry(
        "assign",
        outcome="tensor",
        what="{subject} remembers {name} = {value}. If it is a variable, the layer now counts it "
        "among its weights.",
        why="This is how Keras finds the weights of a layer without a list from you: "
        "Layer.__setattr__ looks at every value that is set.",
        where=_SET,
    ),
    Entry(
        "assign",
        outcome="layer",
        what="{subject} remembers the layer {value_name} as {name}. From now on the weights of "
        "{value_name} count as weights of {subject} too.",
        why="Layer.__setattr__ looks at every value that is set, so that nested layers are found "
        "without a list from you.",
        where=_SET,
    ),
    Entry(
        "assign",
        outcome="built False",
        what="{subject} is marked as not built: it has no weights yet.",
        why="The first call looks at this mark. While it is False, Keras calls build before call.",
        where="keras/engine/base_layer.py, Layer.__init__",
    ),
    Entry(
        "assign",
        outcome="built True",
        what="{subject} is marked as built: its weights exist.",
        why="From now on a call goes straight to call(). The mark is often set twice: by the "
        "layer's own build, and by Layer.build, which Keras runs after it in case your build "
        "forgot.",
        where="keras/engine/base_layer.py, Layer.build",
        note="Set by Keras even if build forgot it: the next call will not build again.",
        level="framework",
        once=True,
    ),
    Entry(
        "assign",
        outcome="layout",
        what="The decorator sets {name} = {value}, after __init__ has ended.",
        why="add_weight looks for an attribute named after the weight: for 'kernel' it reads "
        "kernel_layout. A layout says how to spread the weight over devices; it is not an "
        "initializer.",
        where="keras/dtensor/utils.py, allow_initializer_layout",
        note="Set after __init__, for add_weight to find. It is a layout, not an initializer.",
    ),
    Entry(
        "assign",
        outcome="input_spec",
        what="{subject} states what inputs it accepts: {value}.",
        why="Keras compares every input with this before it runs call, so that a wrong shape is "
        "reported in clear words.",
        where="keras/engine/base_layer.py, Layer.input_spec",
    ),
    Entry(
        "assign",
        outcome="supports_masking",
        what="{subject} says with supports_masking = {value} whether masks may pass through it.",
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
        "The layer will have {value} outputs for each example.",
        "units is the last size of the kernel and the only size of the bias. int() is applied to "
        "anything that is not an int: '5' becomes 5 and 3.7 becomes 3. A bool stays a bool.",
    ),
    _dense(
        "activation",
        "The layer remembers the function {value_name}: the last thing it will do to its output.",
        "The name was turned into a function by activations.get. Given None, that is linear, "
        "which changes nothing.",
    ),
    _dense(
        "use_bias",
        "use_bias = {value}. If it is true, build makes a bias and call adds it.",
        "Without a bias, an input of zeros always gives the activation of zero. A layer followed "
        "by one that shifts the data anyway may not need a bias.",
    ),
    _dense(
        "kernel_initializer",
        "The layer remembers {value_name}: it will fill the kernel with its first values.",
        "It is only kept now. The kernel's shape is not known before the first input, so the "
        "initializer runs in build.",
    ),
    _dense(
        "bias_initializer",
        "The layer remembers {value_name}: it will fill the bias with its first values.",
        "The default is 'zeros', so this is a Zeros object unless you chose otherwise. It is not "
        "None by default, as is sometimes said.",
    ),
    _dense(
        "bias_initializer, None",
        "bias_initializer is None, because None was given: the default is 'zeros'.",
        "None means that add_weight chooses: for a floating-point weight it takes glorot_uniform, "
        "so the bias will start with random numbers.",
        note="None was given: the default is 'zeros'. With None, add_weight will take "
        "glorot_uniform, so the bias starts with random numbers.",
    ),
    _dense(
        "kernel_initializer, None",
        "kernel_initializer is None, because None was given: the default is 'glorot_uniform'.",
        "None means that add_weight chooses: for a floating-point weight it takes glorot_uniform "
        "as well.",
    ),
    _dense(
        "kernel_regularizer",
        "kernel_regularizer = {value}: what adds a penalty for the kernel's values to the loss. "
        "None adds nothing.",
        "It is only kept now. The penalty is computed each time layer.losses is read.",
    ),
    _dense(
        "bias_regularizer",
        "bias_regularizer = {value}: what adds a penalty for the bias's values to the loss. None "
        "adds nothing.",
        "It is only kept now. The penalty is computed each time layer.losses is read.",
    ),
    _dense(
        "kernel_constraint",
        "kernel_constraint = {value}: what brings the kernel back into bounds. None leaves it "
        "free.",
        "It is only kept now. The optimizer applies it after each change of the kernel.",
    ),
    _dense(
        "bias_constraint",
        "bias_constraint = {value}: what brings the bias back into bounds. None leaves it free.",
        "It is only kept now. The optimizer applies it after each change of the bias.",
    ),
    _dense(
        "input_spec",
        "The layer states what inputs it accepts: {value}.",
        "In __init__ a Dense asks only for two dimensions or more: batch and features. In build "
        "it learns the number of features, and from then on it accepts no other.",
        f"{_DENSE}, or {_BUILD}",
    ),
    _dense(
        "supports_masking",
        "supports_masking = {value}: masks may pass through this layer.",
        "A Dense works on the last axis only, so a mask over the other axes stays true for its "
        "output.",
    ),
    _dense(
        "kernel",
        "The new weight {value} becomes the layer's kernel: one row for each feature, one column "
        "for each unit.",
        "call multiplies the input by it. add_weight has already counted it among the weights.",
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
        why="Every layer begins without state. A class that keeps some sets stateful after "
        "super().__init__(), as RNN does, or its setting is lost.",
        where="keras/engine/base_layer.py, Layer.__init__",
        note="Layer.__init__ takes back your stateful = True. Set it after super().__init__().",
        level="user",
    ),
    # -- reading, and names ---------------------------------------------------------------------
    Entry(
        "read",
        what="You read {subject}.{name}: {result}.",
        why="The list is made anew each time: the layer's own variables, then those of the layers "
        "inside it. A layer that is not trainable has all of them in non_trainable_weights.",
        where="keras/engine/base_layer.py, Layer.weights",
    ),
    Entry(
        "read",
        outcome="no weights, not built",
        what="You read {subject}.{name}: it is empty, because the layer is not built.",
        why="build creates the weights, and Keras calls it when the layer gets its first input.",
        where="keras/engine/base_layer.py, Layer.weights",
        note="No weights yet: build creates them, on the first call.",
        level="user",
    ),
    Entry(
        "read",
        outcome="no weights",
        what="You read {subject}.{name}: it is empty.",
        why="The layer and the layers inside it have no variable of this sort: neither add_weight "
        "nor an attribute made one.",
        where="keras/engine/base_layer.py, Layer.weights",
    ),
    Entry(
        "read",
        outcome="losses",
        what="You read {subject}.losses: {result}.",
        why="Penalties of weights are computed anew each time they are read. What add_loss and "
        "activity regularizers added is that of the last call.",
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
        why="Names are unique by a counter for each class, which counts in the whole program.",
        where="keras/backend.py, reset_uids",
    ),
    Entry(
        "reset_names",
        outcome="session",
        what="Keras clears its global state: the next Dense is called dense again.",
        why="Keras keeps a graph and a counter of names for the whole program. Layers and models "
        "that you have made stay as they are, with their weights.",
        where="keras/backend.py, clear_session",
    ),
    _dense(
        "bias, None",
        "bias is None, because use_bias is false.",
        "call will skip the addition.",
        _BUILD,
    ),
)
