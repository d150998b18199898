"""How a functional model is made of inputs and outputs, and how it runs."""

from typing import Final

from densetrace.teach.entries import Entry

_FUNCTIONAL = "keras/engine/functional.py, Functional"

ENTRIES: Final = (
    Entry(
        "new",
        outcome="Functional",
        what="Python makes the {class} object. Model was given inputs and outputs, so Keras "
        "creates a Functional model.",
        why="Model has two forms: a class that you write, with a call of its own, or a graph "
        "between inputs and outputs. Functional has a get_config of its own, which lists the "
        "layers and how they are connected, so it does not need an auto-config.",
        where="keras/engine/training.py, Model.__new__",
        note="Model was given inputs and outputs, so Keras creates a Functional model.",
        once=True,
    ),
    Entry(
        "init",
        point="engine.functional.Functional.__init__",
        what="Functional.__init__ makes a model of the graph between {inputs} and {outputs}.",
        why="A symbolic tensor remembers the call of the layer that returned it. So the outputs "
        "lead back to the inputs, and you need not list the layers. They exist already, and so do "
        "their weights.",
        where=f"{_FUNCTIONAL}.__init__ and Functional._init_graph_network",
    ),
    Entry(
        "init",
        point="engine.functional.Functional.__init__",
        outcome="skipped",
        what="Functional.__init__ is called with skip_init=True, and does nothing.",
        why="Model.__new__ creates the Functional, and creating an object runs its __init__. Then "
        "Python runs __init__ again with the arguments that you wrote. The first run is skipped, "
        "so that the graph is made once.",
        where=f"{_FUNCTIONAL}.__init__",
        note="Skipped: Python runs __init__ again with your arguments.",
    ),
    Entry(
        "call",
        point="engine.functional.Functional.call",
        what="Functional.call sends {input} through the graph, layer by layer: {result}.",
        why="A layer runs when all its inputs have been computed. The order was found when the "
        "model was made; a shared layer runs once for each of its places in the graph.",
        where=f"{_FUNCTIONAL}.call and Functional._run_internal_graph",
    ),
)
