"""How a layer is created: `__new__`, the layout decorator, the `__init__` methods, the name."""

from typing import Final

from densetrace.teach.entries import Entry

_NEW = "keras/engine/base_layer.py, Layer.__new__"
_LAYOUT = "keras/dtensor/utils.py, allow_initializer_layout"

_NEW_WHY = (
    "A layer must be able to say how it was made, so that it can be saved and made again. Keras "
    "notes the arguments in __new__, before any __init__ runs: so a layer whose author wrote no "
    "get_config can still have a config."
)
_OWN_COPY = (
    "The merged dict lives in __new__ only. Python calls __new__ and __init__ one after the other "
    "with the same arguments, and __init__ receives {as_written} as you wrote it."
)
_LAYOUT_WHY = (
    "A layout says how to spread a weight over several devices (DTensor). Layer.__init__ refuses "
    "arguments that it does not know, so the decorator keeps layouts away from it. The "
    "*_initializer names only tell which layouts to look for: no initializer is set here."
)

ENTRIES: Final = (
    # -- new ------------------------------------------------------------------------------------
    Entry(
        "new",
        outcome="nothing given",
        what="Python makes the {class} object. No argument was given, so the auto-config is empty.",
        why=_NEW_WHY,
        where=_NEW,
    ),
    Entry(
        "new",
        outcome="positional, auto-config",
        what="Python makes the {class} object. Layer.__new__ gives the positional arguments their "
        "names: {binding}. The merged dict is {bound}, and all its values are plain, so it is "
        "kept as the auto-config.",
        why=f"{_NEW_WHY} {_OWN_COPY}",
        where=_NEW,
        note="{binding}, {which}. All are plain (str, int, float, bool, None), so {bound} is kept "
        "as auto-config; __init__ still gets {as_written}.",
        once=True,
    ),
    Entry(
        "new",
        outcome="auto-config",
        what="Python makes the {class} object. No argument was positional, so there are no names "
        "to find. All values are plain, so {bound} is kept as the auto-config.",
        why=f"{_NEW_WHY} {_OWN_COPY}",
        where=_NEW,
        note="All arguments are named and plain, so {bound} is kept as auto-config; __init__ "
        "still gets {as_written}.",
        once=True,
    ),
    Entry(
        "new",
        outcome="unnamed, auto-config",
        what="Python makes the {class} object. The __init__ of {class} receives positional "
        "arguments as a tuple (*args), so Layer.__new__ finds no names for them and leaves them "
        "out: {bound} is kept as the auto-config.",
        why=f"{_NEW_WHY} {_OWN_COPY}",
        where=_NEW,
        note="The auto-config {bound} lacks the positional arguments: __init__ receives them "
        "as a tuple, without names.",
    ),
    Entry(
        "new",
        outcome="unnamed, no auto-config",
        what="Python makes the {class} object. The __init__ of {class} receives positional "
        "arguments as a tuple (*args), so Layer.__new__ finds no names for them. No auto-config is "
        "kept, because {odd} is not a plain value.",
        why=f"{_NEW_WHY} {_OWN_COPY}",
        where=_NEW,
        note="No auto-config: {odd} is not a plain value (the layer's own get_config, if it has "
        "one, does not need it).",
    ),
    Entry(
        "new",
        outcome="positional, no auto-config",
        what="Python makes the {class} object. Layer.__new__ gives the positional arguments their "
        "names: {binding}. No auto-config is kept, because {odd} is not a plain value.",
        why=f"{_NEW_WHY} Only strings, numbers, booleans and None are safe to write down, alone "
        f"or in lists and dicts. {_OWN_COPY}",
        where=_NEW,
        note="{binding}, {which}. No auto-config: {odd} is not a plain value "
        "(the layer's own get_config, if it has one, does not need it).",
    ),
    Entry(
        "new",
        outcome="no auto-config",
        what="Python makes the {class} object. No argument was positional. No auto-config is kept, "
        "because {odd} is not a plain value.",
        why=f"{_NEW_WHY} Only strings, numbers, booleans and None are safe to write down, alone "
        f"or in lists and dicts. {_OWN_COPY}",
        where=_NEW,
        note="No auto-config: {odd} is not a plain value (the layer's own get_config, if it has "
        "one, does not need it).",
    ),
    Entry(
        "new",
        outcome="InputLayer",
        what="Keras makes an InputLayer: the place where data of a known shape enters a model.",
        why="A model needs a symbolic tensor to send through its layers. An InputLayer holds one.",
        where="keras/engine/input_layer.py, InputLayer",
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
    # -- layout ---------------------------------------------------------------------------------
    Entry(
        "layout",
        outcome="none given",
        what="The decorator looks for {would_take} among the keyword arguments. None was given, so "
        "it calls __init__ with the arguments as they are, and sets nothing afterwards.",
        why=_LAYOUT_WHY,
        where=_LAYOUT,
        note="Removes {would_take} (never an initializer) before __init__ and sets {them} "
        "afterwards. {not_passed}",
        once=True,
    ),
    Entry(
        "layout",
        outcome="set",
        what="The decorator takes {taken} out of the keyword arguments. Then __init__ runs "
        "without them. Afterwards they are set as attributes of the layer: {set_names}.",
        why=_LAYOUT_WHY,
        where=_LAYOUT,
        note="Takes {taken} out of the arguments, so that __init__ never sees it. After __init__ "
        "it sets {set_names}: a layout, never an initializer.",
    ),
    Entry(
        "layout",
        outcome="taken, not set",
        what="The decorator takes {taken} out of the keyword arguments, and __init__ runs without "
        "it. It is empty, so no attribute is set afterwards.",
        why=_LAYOUT_WHY,
        where=_LAYOUT,
        note="Takes {taken} out of the arguments. An empty layout is not set afterwards.",
    ),
    Entry(
        "layout",
        outcome="not taken",
        what="{left} was given, but this __init__ has no initializer argument of that name. The "
        "decorator leaves it among the arguments.",
        why=_LAYOUT_WHY,
        where=_LAYOUT,
        note="Leaves {left} among the arguments: it only takes {would_take}.",
    ),
    Entry(
        "layout",
        outcome="takes nothing",
        what="This __init__ has no *_initializer argument for any of the eleven variable names, so "
        "the decorator has nothing to look for. It just calls __init__.",
        why=_LAYOUT_WHY,
        where=_LAYOUT,
    ),
    # -- init -----------------------------------------------------------------------------------
    Entry(
        "init",
        what="{of}.__init__ runs with {arguments}. Defaults are filled in.",
        why="This is where the author of {of} says what a new {class} remembers. Most layers "
        "make no weights here: their shape depends on the input, which is not known yet.",
        where="{place}, called by Python right after keras/engine/base_layer.py, Layer.__new__",
    ),
    Entry(
        "init",
        outcome="metric",
        what="{of}.__init__ runs for the metric {class}, with {arguments}.",
        why="A metric is a layer too. Its weights are counters with a fixed shape, so they are "
        "made at once; the mean loss of a compiled model is such a metric.",
        where="{place}",
    ),
    Entry(
        "init",
        outcome="inherited",
        what="{of}.__init__ runs for the same object, called by the __init__ of a class below it.",
        why="super().__init__(...) lets every class set up its own part of the object. Python "
        "finds the classes in the order of the MRO (method resolution order).",
        where="{place}; the last of the chain is keras/engine/base_layer.py, Layer.__init__",
    ),
    Entry(
        "init",
        point="layers.core.dense.Dense.__init__",
        what="Dense.__init__ runs with {arguments}. Its first line calls Layer.__init__; then "
        "each argument is checked or looked up, and kept as an attribute.",
        why="Names such as 'relu' are turned into functions and objects now, so that a misspelt "
        "one is found early. Kernel and bias do not exist yet: their shape depends on the input. "
        "The default of bias_initializer is 'zeros', not None.",
        where="keras/layers/core/dense.py, Dense.__init__",
    ),
    Entry(
        "init",
        point="layers.core.dense.Dense.__init__",
        outcome="units bool",
        what="Dense.__init__ runs with {arguments}. In Python a bool is a kind of int, so units "
        "stays {units}.",
        why="Keras calls int() only on what is not an int. isinstance({units}, int) is true, so "
        "nothing is converted, and the layer counts it as 1 or 0 when it is built.",
        where="keras/layers/core/dense.py, Dense.__init__",
        note="units stays {units}: to Python a bool is an int, so int() is not called. Type the "
        "number of units instead.",
    ),
    Entry(
        "init",
        point="layers.core.dense.Dense.__init__",
        outcome="units converted",
        what="Dense.__init__ runs with {arguments}. units is not an int, so Keras calls "
        "int({units}) and keeps {units_kept}.",
        why="Any value that int() accepts is taken without a word: a string of digits is read, a "
        "fraction is cut off.",
        where="keras/layers/core/dense.py, Dense.__init__",
        note="units={units} is not an int, so Keras silently keeps int({units}) = {units_kept}. "
        "Type {units_kept} if that is what you mean.",
        level="user",
    ),
    Entry(
        "init",
        point="layers.core.dense.Dense.__init__",
        outcome="inherited",
        what="Dense.__init__ runs for {class}, which inherits from Dense.",
        why="{class} calls super().__init__(...), so it gets all that a Dense has.",
        where="keras/layers/core/dense.py, Dense.__init__",
    ),
    Entry(
        "init",
        point="base_layer.Layer.__init__",
        outcome="inherited",
        what="Layer.__init__ runs with {arguments}. It gives the {class} what every layer has: "
        "built = False, a unique name, a dtype policy, and empty lists of weights and losses.",
        why="The rest of Keras relies on these. A layer that never calls super().__init__() fails "
        "when it is called.",
        where="keras/engine/base_layer.py, Layer.__init__",
        note="Layer.__init__ accepts only the keyword arguments that it knows. It names the layer "
        "and marks it as not built.",
        level="framework",
        once=True,
    ),
    Entry(
        "init",
        point="base_layer.Layer.__init__",
        what="Layer.__init__ runs with {arguments}. It gives the layer built = False, a unique "
        "name, a dtype policy, and empty lists of weights and losses.",
        why="The rest of Keras relies on these.",
        where="keras/engine/base_layer.py, Layer.__init__",
    ),
    Entry(
        "init",
        point="engine.sequential.Sequential.__init__",
        what="Sequential.__init__ sets up an empty model, then calls add() for each layer in the "
        "list.",
        why="A list of layers and a series of add() calls are the same thing in Keras.",
        where="keras/engine/sequential.py, Sequential.__init__",
    ),
    Entry(
        "init",
        point="engine.training.Model.__init__",
        outcome="inherited",
        what="Model.__init__ runs for the {class}: it prepares what training and prediction need.",
        why="Sequential is a Model, and a Model is a Layer. Each class sets up its own part.",
        where="keras/engine/training.py, Model.__init__",
    ),
    Entry(
        "init",
        point="engine.input_layer.InputLayer.__init__",
        what="InputLayer.__init__ runs with {arguments}. It makes the symbolic tensor that stands "
        "for the model's input.",
        why="Layers are connected by sending this tensor through them: it has a shape and a dtype, "
        "but no numbers.",
        where="keras/engine/input_layer.py, InputLayer.__init__",
    ),
    # -- name -----------------------------------------------------------------------------------
    Entry(
        "name",
        outcome="first",
        what="No name was given, so Keras makes one from the class name, in snake case: {result}. "
        "It is the first of its kind in this graph, so it gets no number.",
        why="Weights, summaries and saved models tell layers apart by name.",
        where="keras/backend.py, unique_object_name",
        note="In snake case, numbered per graph.",
        once=True,
    ),
    Entry(
        "name",
        outcome="numbered",
        what="No name was given, so Keras makes one from {base} and a number: {result}.",
        why="The name must be unique in its graph. Keras counts for each graph how many names it "
        "has made from {base}, and adds the count.",
        where="keras/backend.py, unique_object_name",
    ),
)
