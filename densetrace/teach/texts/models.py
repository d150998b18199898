"""How layers become a model: `add`, `pop`, `graph` and `compile`."""

from typing import Final

from densetrace.teach.entries import Entry

_ADD = "keras/engine/sequential.py, Sequential.add"

ENTRIES: Final = (
    Entry(
        "add",
        outcome="deferred",
        what="{subject} adds {layer_name}. The input shape is not known, so nothing is built yet.",
        why="Without the shape of the data, the shapes of the weights are unknown. The weights "
        "are created on the first call, or by build().",
        where=_ADD,
        note="No input shape is known yet, so nothing is built.",
        once=True,
    ),
    Entry(
        "add",
        outcome="input made",
        what="{subject} adds {layer_name}. It is the first layer and has an input shape, so Keras "
        "puts an InputLayer before it and calls it now.",
        why="With a known input shape, each layer is built when it is added, and a wrong shape "
        "raises an error at that line.",
        where=_ADD,
        note="It has an input shape, so Keras puts an InputLayer before it and calls it on a "
        "symbolic tensor, which builds it now.",
    ),
    Entry(
        "add",
        outcome="connected",
        what="{subject} adds {layer_name} and calls it now on the output of the previous layer.",
        why="The shapes so far are known, so each new layer is built when it is added.",
        where=_ADD,
        note="The shapes so far are known, so Keras calls the layer on the model's symbolic "
        "output, which builds it now.",
        once=True,
    ),
    Entry(
        "add",
        outcome="input layer",
        what="{subject} adds the input {layer_name}, so the shape of the data is known from now "
        "on.",
        why="Layers that are added later are built immediately.",
        where=_ADD,
    ),
    Entry(
        "pop",
        what="{subject} removes its last layer.",
        why="If shapes are known, the output of the previous layer becomes the model's output. "
        "The layer itself keeps its weights.",
        where="keras/engine/sequential.py, Sequential.pop",
    ),
    Entry(
        "graph",
        what="The {model_told} becomes a graph of {layer_count}: {graph_layers}.",
        why="Each symbolic tensor stores which layer call returned it. Keras follows these calls "
        "back from the outputs to the inputs, and the calls in between become the model. Calling "
        "the model calls their layers again, in this order; no layer is created or built here.",
        where="keras/engine/functional.py, Functional._init_graph_network and _map_graph_network",
        note="Found by following each output back to the inputs: {layer_count}. Calling the model "
        "runs them in this order.",
    ),
    Entry(
        "compile",
        what="compile gives the {model_told} its optimizer, {optimizer_made}.",
        why="It prepares for training. The weights of the layers stay as they are.",
        where="keras/engine/training.py, Model.compile",
    ),
    Entry(
        "compile",
        outcome="put off",
        what="compile looks up the optimizer now: {optimizer_made}. The first training or "
        "evaluation step resolves {put_off_names}.",
        why="Losses and metrics depend on the outputs: what 'accuracy' means depends on their "
        "shapes. So Keras resolves them later, and a misspelled loss raises no error here.",
        where="keras/engine/training.py, Model.compile; keras/engine/compile_utils.py, "
        "LossesContainer.build",
        note="Resolves the optimizer ({optimizer_made}){tracker}. Later, fit or evaluate resolves "
        "{put_off_arguments} and rejects unknown names.",
    ),
)
