"""How a layer is created: `__new__`, the layout decorator, the `__init__` methods, the name."""

from typing import Final

from densetrace.teach.entries import Entry

_NEW = "keras/engine/base_layer.py, Layer.__new__"
_LAYOUT = "keras/dtensor/utils.py, allow_initializer_layout"

_NEW_WHY = (
    "To save a layer and create it again, Keras needs its arguments. __new__ stores them before "
    "any __init__ runs, so even a layer without a get_config of its own has a config. Most layers "
    "of Keras, such as Dense, have their own get_config and do not use what __new__ stored."
)
_OWN_COPY = (
    "Only __new__ has the merged dict. Python passes the same arguments to __new__ and then to "
    "__init__, so __init__ receives {as_written} as you wrote it."
)
_LAYOUT_WHY = (
    "A layout says how to spread a weight over several devices (DTensor). Layer.__init__ rejects "
    "unknown arguments, so the decorator removes the layouts first. It reads the *_initializer "
    "parameters only to know which layouts to look for: it sets no initializer."
)

ENTRIES: Final = (
    # -- new ------------------------------------------------------------------------------------
    Entry(
        "new",
        outcome="nothing given",
        what="Python creates the {class} object. There are no arguments, so the auto-config is "
        "empty.",
        why=_NEW_WHY,
        where=_NEW,
    ),
    Entry(
        "new",
        outcome="positional, auto-config",
        what="Python creates the {class} object. Layer.__new__ matches the positional arguments "
        "to parameter names: {binding}. The merged dict is {bound}. All its values are plain, so "
        "it becomes the auto-config.",
        why=f"{_NEW_WHY} {_OWN_COPY}",
        where=_NEW,
        note="{added}, {which}. All values are plain (str, int, float, bool, None), so {bound} "
        "is the auto-config, for layers that define no get_config. Dense defines one. __init__ "
        "still gets {as_written}.",
        once=True,
    ),
    Entry(
        "new",
        outcome="auto-config",
        what="Python creates the {class} object. All arguments are keyword arguments, so no names "
        "need to be found. All values are plain, so {bound} becomes the auto-config.",
        why=f"{_NEW_WHY} {_OWN_COPY}",
        where=_NEW,
        note="Plain keyword arguments (str, int, float, bool, None) become the auto-config, "
        "for layers that define no get_config. Dense defines one.",
        once=True,
    ),
    Entry(
        "new",
        outcome="unnamed, auto-config",
        what="Python creates the {class} object. The __init__ of {class} receives positional "
        "arguments as a tuple (*args), so Layer.__new__ finds no names for them and leaves them "
        "out: {bound} becomes the auto-config.",
        why=f"{_NEW_WHY} {_OWN_COPY}",
        where=_NEW,
        note="The auto-config {bound} omits the positional arguments: __init__ receives them as a "
        "tuple, without names.",
    ),
    Entry(
        "new",
        outcome="unnamed, no auto-config",
        what="Python creates the {class} object. The __init__ of {class} receives positional "
        "arguments as a tuple (*args), so Layer.__new__ finds no names for them. There is no "
        "auto-config, because {odd} is not a plain value.",
        why=f"{_NEW_WHY} {_OWN_COPY}",
        where=_NEW,
        note="No auto-config, because {odd} is not a plain value; a class with its own get_config "
        "needs none.",
    ),
    Entry(
        "new",
        outcome="positional, no auto-config",
        what="Python creates the {class} object. Layer.__new__ matches the positional arguments "
        "to parameter names: {binding}. There is no auto-config, because {odd} is not a plain "
        "value.",
        why=f"{_NEW_WHY} Only strings, numbers, booleans and None, and lists and dicts of them, "
        f"can be stored safely. {_OWN_COPY}",
        where=_NEW,
        note="{added}, {which}. No auto-config, because {odd} is not a plain value; a class with "
        "its own get_config needs none.",
    ),
    Entry(
        "new",
        outcome="no auto-config",
        what="Python creates the {class} object. All arguments are keyword arguments. There is no "
        "auto-config, because {odd} is not a plain value.",
        why=f"{_NEW_WHY} Only strings, numbers, booleans and None, and lists and dicts of them, "
        f"can be stored safely. {_OWN_COPY}",
        where=_NEW,
        note="No auto-config, because {odd} is not a plain value; a class with its own get_config "
        "needs none.",
    ),
    Entry(
        "new",
        outcome="InputLayer",
        what="Keras creates an InputLayer, where data of a known shape enters the model.",
        why="A model passes a symbolic tensor through its layers to connect them. The InputLayer "
        "holds that tensor.",
        where="keras/engine/input_layer.py, InputLayer",
    ),
    Entry(
        "new",
        outcome="Sequential",
        what="Python creates the {class} object. A model is also a Layer, so the same __new__ "
        "creates it.",
        why="Sequential has its own get_config, which lists its layers, so it needs no "
        "auto-config.",
        where=_NEW,
    ),
    # -- layout ---------------------------------------------------------------------------------
    Entry(
        "layout",
        outcome="none given",
        what="The decorator looks for {would_take} among the keyword arguments. {none_passed}, so "
        "it calls __init__ with your arguments unchanged and sets nothing afterwards.",
        why=_LAYOUT_WHY,
        where=_LAYOUT,
        note="This decorator would remove {would_take} ({device_layouts}) before __init__ and set "
        "{them} afterwards. {none_passed}.",
        once=True,
    ),
    Entry(
        "layout",
        outcome="set",
        what="The decorator removes {taken} from the keyword arguments and runs __init__ without "
        "them. Afterwards it sets them as attributes of the layer: {set_names}.",
        why=_LAYOUT_WHY,
        where=_LAYOUT,
        note="Removes {taken} before __init__ and sets {set_names} afterwards. It sets no "
        "initializers.",
    ),
    Entry(
        "layout",
        outcome="taken, not set",
        what="The decorator removes {taken} from the keyword arguments and runs __init__ without "
        "it. The layout is empty, so no attribute is set afterwards.",
        why=_LAYOUT_WHY,
        where=_LAYOUT,
        note="Removes {taken} before __init__ runs. An empty layout is not set afterwards.",
    ),
    Entry(
        "layout",
        outcome="not taken",
        what="You passed {left}, but this __init__ has no matching initializer parameter. So the "
        "decorator does not remove it.",
        why=_LAYOUT_WHY,
        where=_LAYOUT,
        note="Does not remove {left}: it removes only {would_take}.",
    ),
    Entry(
        "layout",
        outcome="takes nothing",
        what="This __init__ has no *_initializer parameter for any of the eleven variable names, "
        "so the decorator has nothing to remove. It just calls __init__.",
        why=_LAYOUT_WHY,
        where=_LAYOUT,
    ),
    # -- init -----------------------------------------------------------------------------------
    Entry(
        "init",
        what="{of}.__init__ runs with {arguments}. Defaults are filled in.",
        why="__init__ sets up a new {class}. Most layers create no weights here: the shapes of "
        "the weights depend on the input, which is not known yet.",
        where="{place}, called by Python right after keras/engine/base_layer.py, Layer.__new__",
    ),
    Entry(
        "init",
        outcome="metric",
        what="{of}.__init__ runs for the metric {class}, with {arguments}.",
        why="A metric is also a layer. Its weights are counters of a fixed shape, so it creates "
        "them immediately. The mean loss of a compiled model is such a metric.",
        where="{place}",
    ),
    Entry(
        "init",
        outcome="inherited",
        what="{of}.__init__ runs for the same object, called by the __init__ of a subclass.",
        why="super().__init__(...) lets every class set up its own part of the object. Python "
        "finds the classes in the order of the MRO (method resolution order).",
        where="{place}; the last class in the chain is keras/engine/base_layer.py, Layer.__init__",
    ),
    Entry(
        "init",
        point="layers.core.dense.Dense.__init__",
        what="Dense.__init__ runs with {arguments}. Its first line calls Layer.__init__; then it "
        "checks or looks up each argument and stores it as an attribute.",
        why="Names such as 'relu' are resolved to functions and objects now, so a misspelled name "
        "fails early. The kernel and the bias do not exist yet: their shapes depend on the input. "
        "The default of bias_initializer is 'zeros', not None.",
        where="keras/layers/core/dense.py, Dense.__init__",
    ),
    Entry(
        "init",
        point="layers.core.dense.Dense.__init__",
        outcome="units bool",
        what="Dense.__init__ runs with {arguments}. In Python a bool is a kind of int, so units "
        "stays {units}.",
        why="Keras calls int() only if units is not an int. isinstance({units}, int) is true, so "
        "nothing is converted, and build treats it as 1 or 0.",
        where="keras/layers/core/dense.py, Dense.__init__",
        note="units stays {units}: in Python a bool is an int, so Keras does not call int(). Pass "
        "the number of units instead.",
    ),
    Entry(
        "init",
        point="layers.core.dense.Dense.__init__",
        outcome="units converted",
        what="Dense.__init__ runs with {arguments}. units is not an int, so Keras calls "
        "int({units}) and stores {units_kept}.",
        why="Keras accepts any value that int() accepts, without a warning: int() parses a string "
        "of digits and drops decimals.",
        where="keras/layers/core/dense.py, Dense.__init__",
        note="units={units} is not an int, so Keras silently stores int({units}) = {units_kept}. "
        "Pass {units_kept} if that is what you mean.",
        level="user",
    ),
    Entry(
        "init",
        point="layers.core.dense.Dense.__init__",
        outcome="inherited",
        what="Dense.__init__ runs for {class}, which inherits from Dense.",
        why="{class} calls super().__init__(...), so it has everything that a Dense has.",
        where="keras/layers/core/dense.py, Dense.__init__",
    ),
    Entry(
        "init",
        point="base_layer.Layer.__init__",
        outcome="inherited",
        what="Layer.__init__ runs with {arguments}. It sets what every layer needs: built = "
        "False, a unique name, a dtype policy, and empty lists of weights and losses.",
        why="The rest of Keras relies on these attributes. A layer that never calls "
        "super().__init__() fails when you call it.",
        where="keras/engine/base_layer.py, Layer.__init__",
        note="Layer.__init__ rejects unknown keyword arguments. It names the layer and marks it "
        "as not built.",
        level="framework",
        once=True,
    ),
    Entry(
        "init",
        point="base_layer.Layer.__init__",
        outcome="default dtype",
        what="Layer.__init__ runs with {arguments}. It sets what every layer needs: built = "
        "False, a unique name, a dtype policy, and empty lists of weights and losses.",
        why="The rest of Keras relies on these attributes. Without a dtype, the layer gets the "
        "global policy: float32, unless you changed it.",
        where="keras/engine/base_layer.py, Layer.__init__",
        note="No dtype given: the default.",
        once=True,
    ),
    Entry(
        "init",
        point="base_layer.Layer.__init__",
        what="Layer.__init__ runs with {arguments}. It sets built = False, a unique name, a dtype "
        "policy, and empty lists of weights and losses.",
        why="The rest of Keras relies on these attributes.",
        where="keras/engine/base_layer.py, Layer.__init__",
    ),
    Entry(
        "init",
        point="engine.sequential.Sequential.__init__",
        what="Sequential.__init__ sets up an empty model, then calls add() for each layer in the "
        "list.",
        why="Passing a list of layers has the same effect as calling add() for each of them.",
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
        what="InputLayer.__init__ runs with {arguments}. It creates the symbolic tensor that "
        "represents the model's input.",
        why="Layers are connected by calling them on this tensor, which has a shape and a dtype "
        "but no numbers.",
        where="keras/engine/input_layer.py, InputLayer.__init__",
    ),
    # -- name -----------------------------------------------------------------------------------
    Entry(
        "name",
        outcome="first",
        what="No name was passed, so Keras creates one from the class name, in snake case: "
        "{result}. It is the first of its kind in this graph, so it gets no number.",
        why="Weights, summaries and saved models identify layers by name.",
        where="keras/backend.py, unique_object_name",
        note="Class name in snake case; not taken.",
        once=True,
    ),
    Entry(
        "name",
        outcome="numbered",
        what="No name was passed, so Keras creates one from {base} and a number: {result}.",
        why="The name must be unique in its graph. Keras counts for each graph how many names it "
        "has created from {base}, and appends the count.",
        where="keras/backend.py, unique_object_name",
    ),
)
