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
    "A layer is an Operation, and Operation.__new__ stores the arguments before any __init__ "
    "runs, so even a layer without a get_config of its own has a config."
)
_PLAIN = (
    "Only strings, numbers, booleans and None, and lists and dicts of them, can be stored safely."
)
_WRAPPED = (
    "Layer.__new__ also replaces build by a wrapper, which sets the path and built, and locks the "
    "state afterwards."
)
_COPY = "__init__ still receives {as_written} as you wrote it."

TAKEN_OVER: Final = {
    ("new", "", "InputLayer"): "keras/src/layers/core/input_layer.py, InputLayer",
    ("new", "", "Sequential"): _NEW,
    ("init", "", ""): "{place}, called by Python right after Layer.__new__",
    ("init", "", "inherited"): f"{{place}}; the last of the chain is {_INIT}",
}
"""Texts of Keras 2 that are true here too, by their keys, with their places."""

ENTRIES: Final = (
    # -- new ------------------------------------------------------------------------------------
    Entry(
        "new",
        what="Python creates the {class} object.",
        why=f"{_NEW_WHY} {_WRAPPED}",
        where=_NEW,
    ),
    Entry(
        "new",
        outcome="without arguments",
        what="Python creates the {class} object. There are no arguments.",
        why=f"{_NEW_WHY} {_WRAPPED}",
        where=_NEW,
    ),
    Entry(
        "new",
        outcome="positional, auto-config",
        what="Python creates the {class} object. Operation.__new__ binds the arguments to the "
        "parameters of __init__ ({binding}) and adds the defaults: {bound} becomes the "
        "auto-config.",
        why=f"{_NEW_WHY} {_WRAPPED}",
        where=_NEW,
        note="{binding}, {which}. The arguments and the defaults become the auto-config; "
        f"{_COPY}",
        once=True,
    ),
    Entry(
        "new",
        outcome="auto-config",
        what="Python creates the {class} object. Operation.__new__ adds the defaults to the "
        "arguments: {bound} becomes the auto-config.",
        why=f"{_NEW_WHY} {_WRAPPED}",
        where=_NEW,
        note=f"The arguments and the defaults become the auto-config; {_COPY}",
        once=True,
    ),
    Entry(
        "new",
        outcome="positional, no auto-config",
        what="Python creates the {class} object. Operation.__new__ binds the arguments to the "
        "parameters of __init__: {binding}. There is no auto-config, because {odd} is not a plain "
        "value.",
        why=f"{_NEW_WHY} {_PLAIN} {_WRAPPED}",
        where=_NEW,
        note="{binding}, {which}. No auto-config, because {odd} is not a plain value. A class with "
        "its own get_config needs none.",
    ),
    Entry(
        "new",
        outcome="no auto-config",
        what="Python creates the {class} object. There is no auto-config, because {odd} is not a "
        "plain value.",
        why=f"{_NEW_WHY} {_PLAIN} {_WRAPPED}",
        where=_NEW,
        note="No auto-config, because {odd} is not a plain value. A class with its own get_config "
        "needs none.",
    ),
    # -- init -----------------------------------------------------------------------------------
    Entry(
        "init",
        point="layers.core.dense.Dense.__init__",
        what="Dense.__init__ runs with {arguments}. It checks that units is a positive int, calls "
        "Layer.__init__, then looks up or stores each argument.",
        why="Names such as 'relu' are resolved to functions and objects now, so a misspelled name "
        "fails early. The kernel and the bias do not exist yet: their shapes depend on the input. "
        "No decorator wraps __init__: Keras 3 takes no layouts as arguments.",
        where="keras/src/layers/core/dense.py, Dense.__init__",
    ),
    Entry(
        "init",
        point="layers.layer.Layer.__init__",
        what="Layer.__init__ runs with {arguments}. It sets a unique name, a dtype policy, built "
        "= False and a tracker, which collects its variables and layers.",
        why="The rest of Keras relies on these attributes. It also reads the signature of call, "
        "to know whether call takes training or mask.",
        where=_INIT,
    ),
    Entry(
        "init",
        point="layers.layer.Layer.__init__",
        outcome="inherited",
        what="Layer.__init__ runs with {arguments}. It sets a unique name, a dtype policy, built "
        "= False and a tracker, which collects its variables and layers.",
        why="The rest of Keras relies on these attributes. A layer that never calls "
        "super().__init__() fails when you call it.",
        where=_INIT,
        note="Layer.__init__ rejects unknown keyword arguments. It names the layer and marks it "
        "as not built.",
        level="framework",
        once=True,
    ),
    Entry(
        "init",
        point="models.sequential.Sequential.__init__",
        what="Sequential.__init__ sets up an empty model, then calls add() for each layer in the "
        "list, and connects the layers at the end if the input shape is known.",
        why="Passing a list of layers has the same effect as calling add() for each of them.",
        where="keras/src/models/sequential.py, Sequential.__init__",
    ),
    # -- name -----------------------------------------------------------------------------------
    Entry(
        "name",
        outcome="first",
        what="No name was passed, so Keras creates one from {base}: {result}. It is the first of "
        "its kind in this session, so it gets no number.",
        why="Paths, summaries and saved models identify objects by name.",
        where="keras/src/utils/naming.py, auto_name",
    ),
    Entry(
        "name",
        what="No name was passed, so Keras creates one from {base} and a number: {result}.",
        why="The name must be unique in this session. Keras counts how many names it has created "
        "from {base}, and appends the count.",
        where="keras/src/utils/naming.py, auto_name",
    ),
    # -- attributes -----------------------------------------------------------------------------
    Entry(
        "assign",
        what="{subject} stores {name} = {value}.",
        why="An ordinary Python attribute. Layer.__setattr__ passes every value to the layer's "
        "tracker, which collects variables, layers, metrics and seeds.",
        where=_SET,
    ),
    Entry(
        "assign",
        outcome="tensor",
        what="{subject} stores {name} = {value}.",
        why="Layer.__setattr__ passes every value to the layer's tracker. A keras.Variable is "
        "collected as a weight; a plain tensor is not.",
        where=_SET,
    ),
    Entry(
        "assign",
        outcome="layer",
        what="{subject} stores the layer {value_name} as {name}. The weights of {value_name} are "
        "now weights of {subject} too.",
        why="The layer's tracker collects the layers among the attributes, so you need not list "
        "nested layers.",
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
        why="The first call builds the layer if built is False.",
        where=_INIT,
    ),
    Entry(
        "assign",
        outcome="built True",
        what="{subject} is marked as built.",
        why="build may set it; the wrapper around build sets it in any case. Later calls skip "
        "build.",
        where="keras/src/layers/layer.py, Layer.__new__.<locals>.build_wrapper",
    ),
    Entry(
        "assign",
        outcome="input_spec",
        what="{subject} sets which inputs it accepts: {value}.",
        why="Keras checks an input against it before build, and again after build, which may have "
        "made it stricter.",
        where="{place}",
    ),
)
