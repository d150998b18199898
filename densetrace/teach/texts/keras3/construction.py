"""How a layer of Keras 3 is created: `__new__`, the `__init__` methods, names, attributes."""

from typing import Final

from densetrace.teach.entries import Entry

_NEW = (
    "keras/src/ops/operation.py, Operation.__new__, called by keras/src/layers/layer.py, "
    "Layer.__new__"
)
_INIT = "keras/src/layers/layer.py, Layer.__init__"
_SET = "keras/src/layers/layer.py, Layer.__setattr__"
_NEW_WHY = (
    "A layer is an Operation, and Operation.__new__ notes the arguments before any __init__ runs: "
    "so a layer whose author wrote no get_config can still have a config."
)
_PLAIN = (
    "Only strings, numbers, booleans and None are safe to write down, alone or in lists and dicts."
)
_WRAPPED = (
    "Layer.__new__ also replaces build by a wrapper, which sets the path and built, and locks the "
    "state afterwards."
)
_COPY = "__init__ still receives {as_written} as you wrote it."

ENTRIES: Final = (
    # -- new ------------------------------------------------------------------------------------
    Entry(
        "new",
        what="Python makes the {class} object.",
        why=f"{_NEW_WHY} {_WRAPPED}",
        where=_NEW,
    ),
    Entry(
        "new",
        outcome="without arguments",
        what="Python makes the {class} object. No argument was given.",
        why=f"{_NEW_WHY} {_WRAPPED}",
        where=_NEW,
    ),
    Entry(
        "new",
        outcome="positional, auto-config",
        what="Python makes the {class} object. Operation.__new__ binds the arguments to the names "
        "of __init__ ({binding}) and adds the defaults: {bound} is kept as the auto-config.",
        why=f"{_NEW_WHY} {_WRAPPED}",
        where=_NEW,
        note=f"{{binding}}, {{which}}. With the defaults, the arguments are kept as auto-config; "
        f"{_COPY}",
        once=True,
    ),
    Entry(
        "new",
        outcome="auto-config",
        what="Python makes the {class} object. Operation.__new__ adds the defaults to the "
        "arguments: {bound} is kept as the auto-config.",
        why=f"{_NEW_WHY} {_WRAPPED}",
        where=_NEW,
        note=f"With the defaults, the arguments are kept as auto-config; {_COPY}",
        once=True,
    ),
    Entry(
        "new",
        outcome="positional, no auto-config",
        what="Python makes the {class} object. Operation.__new__ binds the arguments to the names "
        "of __init__: {binding}. No auto-config is kept, because {odd} is not a plain value.",
        why=f"{_NEW_WHY} {_PLAIN} {_WRAPPED}",
        where=_NEW,
        note="{binding}, {which}. No auto-config: {odd} is not a plain value (the layer's own "
        "get_config, if it has one, does not need it).",
    ),
    Entry(
        "new",
        outcome="no auto-config",
        what="Python makes the {class} object. No auto-config is kept, because {odd} is not a "
        "plain value.",
        why=f"{_NEW_WHY} {_PLAIN} {_WRAPPED}",
        where=_NEW,
        note="No auto-config: {odd} is not a plain value (the layer's own get_config, if it has "
        "one, does not need it).",
    ),
    Entry(
        "new",
        outcome="InputLayer",
        what="Keras makes an InputLayer: the place where data of a known shape enters a model.",
        why="A model needs a symbolic tensor to send through its layers. An InputLayer holds one.",
        where="keras/src/layers/core/input_layer.py, InputLayer",
    ),
    Entry(
        "new",
        outcome="Sequential",
        what="Python makes the {class} object. A model is a Layer too, so it passes through the "
        "same __new__.",
        why="Sequential has a get_config of its own, which lists its layers, so it does not need "
        "an auto-config.",
        where=_NEW,
    ),
    # -- init -----------------------------------------------------------------------------------
    Entry(
        "init",
        what="{of}.__init__ runs with {arguments}. Defaults are filled in.",
        why="This is where the author of {of} says what a new {class} remembers. Most layers make "
        "no weights here: their shape depends on the input, which is not known yet.",
        where="{place}, called by Python right after Layer.__new__",
    ),
    Entry(
        "init",
        outcome="inherited",
        what="{of}.__init__ runs for the same object, called by the __init__ of a class below it.",
        why="super().__init__(...) lets every class set up its own part of the object. Python "
        "finds the classes in the order of the MRO (method resolution order).",
        where=f"{{place}}; the last of the chain is {_INIT}",
    ),
    Entry(
        "init",
        point="layers.core.dense.Dense.__init__",
        what="Dense.__init__ runs with {arguments}. It checks that units is a positive int, calls "
        "Layer.__init__, then looks up or keeps each argument.",
        why="Names such as 'relu' are turned into functions and objects now, so that a misspelt "
        "one is found early. Kernel and bias do not exist yet: their shape depends on the input. "
        "No decorator stands around __init__: Keras 3 has no layouts in its arguments.",
        where="keras/src/layers/core/dense.py, Dense.__init__",
    ),
    Entry(
        "init",
        point="layers.layer.Layer.__init__",
        what="Layer.__init__ runs with {arguments}. It gives the layer a unique name, a dtype "
        "policy, built = False and a tracker, which collects its variables and layers.",
        why="The rest of Keras relies on these. It also reads the signature of call, to know "
        "whether call takes training or mask.",
        where=_INIT,
    ),
    Entry(
        "init",
        point="layers.layer.Layer.__init__",
        outcome="inherited",
        what="Layer.__init__ runs with {arguments}. It gives the {class} a unique name, a dtype "
        "policy, built = False and a tracker, which collects its variables and layers.",
        why="The rest of Keras relies on these. A layer that never calls super().__init__() fails "
        "when it is called.",
        where=_INIT,
        note="Layer.__init__ accepts only the keyword arguments that it knows. It names the layer "
        "and marks it as not built.",
        level="framework",
        once=True,
    ),
    Entry(
        "init",
        point="models.sequential.Sequential.__init__",
        what="Sequential.__init__ sets up an empty model, then calls add() for each layer in the "
        "list, and connects the layers at the end if the input shape is known.",
        why="A list of layers and a series of add() calls give the same model.",
        where="keras/src/models/sequential.py, Sequential.__init__",
    ),
    # -- name -----------------------------------------------------------------------------------
    Entry(
        "name",
        outcome="first",
        what="No name was given, so Keras makes one from {base}: {result}. It is the first of its "
        "kind in this session, so it gets no number.",
        why="Paths, summaries and saved models tell objects apart by name.",
        where="keras/src/utils/naming.py, auto_name",
    ),
    Entry(
        "name",
        what="No name was given, so Keras makes one from {base} and a number: {result}.",
        why="The name must be unique in this session. Keras counts how many names it has made from "
        "{base}, and adds the count.",
        where="keras/src/utils/naming.py, auto_name",
    ),
    # -- attributes -----------------------------------------------------------------------------
    Entry(
        "assign",
        what="{subject} remembers {name} = {value}.",
        why="An ordinary Python attribute. Layer.__setattr__ shows every value that is set to the "
        "layer's tracker, which collects variables, layers, metrics and seeds.",
        where=_SET,
    ),
    Entry(
        "assign",
        outcome="tensor",
        what="{subject} remembers {name} = {value}.",
        why="Layer.__setattr__ shows every value that is set to the layer's tracker. A keras."
        "Variable is collected as a weight; a plain tensor is not.",
        where=_SET,
    ),
    Entry(
        "assign",
        outcome="layer",
        what="{subject} remembers the layer {value_name} as {name}. From now on the weights of "
        "{value_name} count as weights of {subject} too.",
        why="The layer's tracker collects the layers among the attributes, so that nested layers "
        "are found without a list from you.",
        where=_SET,
    ),
    Entry(
        "assign",
        outcome="name",
        what="{subject} gets its name: {value}.",
        why="In Keras 3 the name is an ordinary attribute of every Operation.",
        where="keras/src/ops/operation.py, Operation.__init__",
    ),
    Entry(
        "assign",
        outcome="built False",
        what="{subject} is marked as not built: it has no weights yet.",
        why="The first call looks at built, and builds the layer if it is False.",
        where=_INIT,
    ),
    Entry(
        "assign",
        outcome="built True",
        what="{subject} is marked as built.",
        why="build may set it, and the wrapper around build sets it in any case. Later calls go "
        "straight to call.",
        where="keras/src/layers/layer.py, Layer.__new__.<locals>.build_wrapper",
    ),
    Entry(
        "assign",
        outcome="input_spec",
        what="{subject} states what inputs it accepts: {value}.",
        why="Keras checks an input against it before build, and again after build, which may have "
        "made it stricter.",
        where="{place}",
    ),
)
