"""How layers become a model: `add`, `pop`, `graph` and `compile`."""

from typing import Final

from densetrace.teach.entries import Entry

_ADD = "keras/engine/sequential.py, Sequential.add"

ENTRIES: Final = (
    Entry(
        "add",
        outcome="deferred",
        what="{layer_name} joins the model {subject}. The input shape is not known, so nothing is "
        "built yet.",
        why="Without the shape of the data there are no shapes for weights. The model waits for "
        "its first data, or for build.",
        where=_ADD,
        note="No input shape is known yet, so nothing is built.",
        once=True,
    ),
    Entry(
        "add",
        outcome="input made",
        what="{layer_name} joins the model {subject}. It is the first layer and knows its input "
        "shape, so Keras puts an InputLayer before it and calls it at once.",
        why="With a known input shape the model can be built as its layers come in, and errors in "
        "shapes show at the line that made them.",
        where=_ADD,
        note="It knows its input shape, so Keras puts an InputLayer before it and calls it on a "
        "symbolic tensor: it is built now.",
    ),
    Entry(
        "add",
        outcome="connected",
        what="{layer_name} joins the model {subject}, and is called at once on the output of the "
        "layer before it.",
        why="The shapes are known from the input on, so each new layer can be built when it joins.",
        where=_ADD,
        note="The shapes so far are known, so the layer is called on the model's symbolic output: "
        "it is built now.",
        once=True,
    ),
    Entry(
        "add",
        outcome="input layer",
        what="The input {layer_name} joins the model {subject}: the shape of the data is known "
        "from now on.",
        why="Layers added later can be built at once.",
        where=_ADD,
    ),
    Entry(
        "pop",
        what="The last layer leaves the model {subject}.",
        why="If shapes are known, the output of the layer before it becomes the model's output. "
        "The layer itself keeps its weights.",
        where="keras/engine/sequential.py, Sequential.pop",
    ),
    Entry(
        "graph",
        what="The model {subject} becomes a graph of {layer_count}: {graph_layers}.",
        why="Each symbolic tensor remembers the layer call that returned it. Keras follows these "
        "calls back from the outputs to the inputs, and keeps those in between as the model. "
        "Calling the model calls their layers again, in this order; no layer is created or built "
        "here.",
        where="keras/engine/functional.py, Functional._init_graph_network and _map_graph_network",
        note="Found by following each output back to the inputs: {layer_count}. Calling the model "
        "runs them in this order.",
    ),
    Entry(
        "compile",
        what="compile gives the model {subject} its optimizer, {optimizer_made}.",
        why="It prepares for training. The weights of the layers stay as they are.",
        where="keras/engine/training.py, Model.compile",
    ),
    Entry(
        "compile",
        outcome="put off",
        what="compile looks up the optimizer now: {optimizer_made}. It only keeps {put_off_names}, "
        "to be looked up when training or evaluating first sees the outputs.",
        why="Losses and metrics depend on the outputs: 'accuracy' means one thing for "
        "probabilities of classes and another for yes and no. So they wait until outputs are "
        "seen, and a misspelt loss is not noticed here.",
        where="keras/engine/training.py, Model.compile; keras/engine/compile_utils.py, "
        "LossesContainer.build",
        note="Resolved now: the optimizer, {optimizer_made}{tracker}. {kept} for fit or evaluate, "
        "where an unknown name raises.",
    ),
)
