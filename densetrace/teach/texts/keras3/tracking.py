"""The steps that only Keras 3 has: paths, variables, tracking and the lock, specs and nodes."""

from typing import Final

from densetrace.teach.entries import Entry

_TRACKING = "keras/src/utils/tracking.py, Tracker.add_to_store"
_LOCK = "keras/src/layers/layer.py, Layer._lock_state"

ENTRIES: Final = (
    Entry(
        "path",
        what="Keras reads the path of the open name scopes: {result}.",
        why="A path names a layer or a variable inside a model, as in 'sequential/dense/kernel'. "
        "Each layer opens a scope around its build.",
        where="keras/src/backend/common/name_scope.py, current_path",
    ),
    Entry(
        "variable",
        what="The variable {name} is created; its path is {path}. Its values: {variable}.",
        why="keras.Variable is the same class on every backend. It wraps a variable or an array "
        "of the backend and stores its path, its dtype and whether it is trainable.",
        where="keras/src/backend/common/variables.py, Variable.__init__",
    ),
    Entry(
        "variable",
        outcome="raised",
        what="The variable {name} could not be created: {message}.",
        why="A variable needs a shape with known sizes, and values that fit it.",
        where="keras/src/backend/common/variables.py, Variable.__init__",
    ),
    Entry(
        "track",
        what="The tracker adds {value} to its list {store}.",
        why="A tracker sorts attribute values into lists: variables, layers, metrics, seeds. "
        "layer.weights and layer.layers read these lists.",
        where=_TRACKING,
    ),
    Entry(
        "track",
        outcome="raised",
        what="The tracker rejects {value}: {message}.",
        why="The state of a layer is locked once it is built, so variables and layers must be "
        "created in __init__ or build.",
        where=_TRACKING,
        note="The layer is built, so its state is locked. Create the variable or the layer in "
        "__init__ or in build.",
        level="user",
    ),
    Entry(
        "lock",
        what="The state of {subject} is now locked. It contains {holds}.",
        why="After build, a layer accepts no new variables or layers: optimizers and saved files "
        "would miss a variable that is added later.",
        where=_LOCK,
        note="From now on {subject} accepts no new variables or layers.",
        once=True,
    ),
    Entry(
        "spec",
        what="{class} determines the shape and dtype of its output, without numbers: {result}.",
        why="On a symbolic tensor Keras 3 does not run call if the layer has a "
        "compute_output_shape. Otherwise it runs call once on placeholders of the backend.",
        where="{place}",
        note="Keras computes the shape of the output without running call.",
        level="framework",
        once=True,
    ),
    Entry(
        "node",
        what="A node connects {inputs} with {outputs} in the graph of {subject}.",
        why="Keras stores a call on symbolic tensors as a node. A functional model consists of "
        "the nodes between its inputs and its outputs.",
        where="keras/src/ops/node.py, Node.__init__",
    ),
)
