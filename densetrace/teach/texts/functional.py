"""How a functional model is made of inputs and outputs, and how it runs."""

from typing import Final

from densetrace.teach.entries import Entry

_FUNCTIONAL = "keras/engine/functional.py, Functional"

ENTRIES: Final = (
    Entry(
        "new",
        outcome="Functional",
        what="Python creates the {class} object. Model was given inputs and outputs, so Keras "
        "creates a Functional model.",
        why="Model has two forms: a subclass with a call method that you write, or a graph "
        "between inputs and outputs. Functional has its own get_config, which lists the layers "
        "and how they are connected, so it needs no auto-config.",
        where="keras/engine/training.py, Model.__new__",
        note="Model was given inputs and outputs, so Keras creates a Functional model.",
        once=True,
    ),
    Entry(
        "init",
        point="engine.functional.Functional.__init__",
        what="Functional.__init__ creates a model from the graph between {inputs} and {outputs}.",
        why="A symbolic tensor stores which layer call returned it. So Keras finds the layers by "
        "following the outputs back to the inputs. The layers and their weights already exist.",
        where=f"{_FUNCTIONAL}.__init__ and Functional._init_graph_network",
    ),
    Entry(
        "init",
        point="engine.functional.Functional.__init__",
        outcome="skipped",
        what="Functional.__init__ is called with skip_init=True, and does nothing.",
        why="Model.__new__ creates the Functional, and creating an object runs its __init__. Then "
        "Python runs __init__ again with the arguments that you wrote. The first run is skipped, "
        "so the graph is built only once.",
        where=f"{_FUNCTIONAL}.__init__",
        note="Skipped: Python runs __init__ again with your arguments.",
    ),
    Entry(
        "call",
        point="engine.functional.Functional.call",
        what="Functional.call sends {input} through the graph, layer by layer: {result}.",
        why="A layer runs when all its inputs have been computed. Keras found the order when it "
        "created the model. A shared layer runs once for each of its calls in the graph.",
        where=f"{_FUNCTIONAL}.call and Functional._run_internal_graph",
    ),
)
