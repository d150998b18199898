"""How a layer is called: `Layer.__call__`, the input check, and `call`."""

from typing import Final

from densetrace.teach.entries import Entry

_CALL = "keras/engine/base_layer.py, Layer.__call__"
_SYMBOLIC = "keras/engine/base_layer.py, Layer._functional_construction_call"
_DENSE = "keras/layers/core/dense.py, Dense.call"
_CHECK = "keras/engine/input_spec.py, assert_input_compatibility"

_ROUND = (
    "You call the layer, not its call method, so that Keras can do everything around it: check "
    "the input, build if needed, cast, run call, and add the penalties for the output."
)
_SYMBOLS = (
    "A symbolic tensor has a shape and a dtype but no numbers. Running call on it shows the shape "
    "of the output, and connects the layers of a model before there is any data."
)


ENTRIES: Final = (
    # -- invoke ---------------------------------------------------------------------------------
    Entry(
        "invoke",
        what="{subject} is called with {inputs_told} and returns {result}.",
        why=_ROUND,
        where=_CALL,
    ),
    Entry(
        "invoke",
        outcome="eager, building",
        what="{subject} is called for the first time, with {inputs_told}. Keras builds it, "
        "then it computes {result}.",
        why=_ROUND,
        where=_CALL,
    ),
    Entry(
        "invoke",
        outcome="eager",
        what="{subject} is called with {inputs_told} and computes {result}.",
        why=_ROUND,
        where=_CALL,
    ),
    Entry(
        "invoke",
        outcome="symbolic, building",
        what="{subject} is called symbolically for the first time, with {inputs_told}. Keras "
        "builds it, then determines its output: {result}.",
        why=_SYMBOLS,
        where=_SYMBOLIC,
        note="This call is symbolic: it computes shapes{unknown_size}, not numbers. The weights "
        "it creates are real arrays.",
        once=True,
    ),
    Entry(
        "invoke",
        outcome="symbolic",
        what="{subject} is called symbolically with {inputs_told}. Keras determines its output: "
        "{result}.",
        why=_SYMBOLS,
        where=_SYMBOLIC,
        note="This call is symbolic: it computes shapes{unknown_size}, not numbers.",
        once=True,
    ),
    Entry(
        "invoke",
        outcome="layers run twice",
        what="The {model_told} is called with {inputs_told} and computes {result}. Its input "
        "shape was not known, so each layer runs twice: on a symbolic tensor, then on the data.",
        why="The first run finds all shapes, creates the weights and connects the layers. Only "
        "the second run computes numbers. Once the shape is known, the first run is not repeated.",
        where="keras/engine/sequential.py, Sequential._build_graph_network_for_inferred_shape",
        note="Each layer runs twice: on a symbolic tensor to find shapes and build, then on the "
        "data.",
    ),
    Entry(
        "invoke",
        outcome="eager, with layers inside",
        what="{subject} is called with {inputs_told}. It calls the layers inside it and computes "
        "{result}.",
        why="A layer may contain other layers. A model is a layer that mainly calls others.",
        where=_CALL,
    ),
    Entry(
        "invoke",
        outcome="symbolic, with layers inside",
        what="{subject} is called with the symbolic tensor {inputs_told}, and calls the layers "
        "inside it. Its output will be {result}.",
        why=_SYMBOLS,
        where=_SYMBOLIC,
    ),
    # -- check ----------------------------------------------------------------------------------
    Entry(
        "check",
        what="The input has the shape {shape}, and {layer} requires {demands}: it fits.",
        why="A check here gives a clearer error than the failing operation would. A first eager "
        "call checks twice: at the start and before building.",
        where=_CHECK,
    ),
    # -- call -----------------------------------------------------------------------------------
    Entry(
        "call",
        what="{class}.call computes {result} from {input}.",
        why="call contains what the author of {class} wrote the layer to compute.",
        where=f"{{place}}, called by {_CALL}",
    ),
    Entry(
        "call",
        point="layers.core.dense.Dense.call",
        what="Dense.call computes {result} from {input}: activation(inputs @ kernel + bias).",
        why="Each unit takes a weighted sum of all features, adds its bias, and applies the "
        "activation.",
        where=_DENSE,
    ),
    Entry(
        "call",
        point="layers.core.dense.Dense.call",
        outcome="matmul",
        what="Dense.call computes {result} from {input}: activation(inputs @ kernel + bias). An "
        "input of rank 2 goes through matmul, any other through tensordot.",
        why="Each unit takes a weighted sum of all features, adds its bias, and applies the "
        "activation.",
        where=_DENSE,
        note="Inputs of rank 3+ would use tensordot.",
        once=True,
    ),
    Entry(
        "call",
        point="engine.sequential.Sequential.call",
        what="Sequential.call passes {input} through the layers one after the other: {result}.",
        why="The output of each layer is the input of the next.",
        where="keras/engine/sequential.py, Sequential.call",
    ),
)
