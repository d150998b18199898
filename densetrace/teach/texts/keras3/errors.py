"""What went wrong on Keras 3, where its reasons differ from those of Keras 2."""

from typing import Final

from densetrace.teach.entries import Entry

_LAYER = "keras/src/layers/layer.py, Layer."
_SAVING = "keras/src/saving/serialization_lib.py, "

PLACES: Final = {
    "add_weight": f"{_LAYER}add_weight",
    "assign": f"{_LAYER}__setattr__",
    "check": "keras/src/layers/input_spec.py, assert_input_compatibility",
    "get": "{place}",
    "pop": "keras/src/models/sequential.py, Sequential.pop",
}
"""The kinds whose texts of errors are also true on Keras 3 -> where their code is there."""

TAKEN_OVER: Final = {
    ("deserialize", "", "raised"): f"{_SAVING}deserialize_keras_object",
    ("initialize", "", "raised"): "{place}",
    ("invoke", "", "raised RuntimeError"): f"{_LAYER}__call__",
    ("call", "", "raised"): f"{{place}}, called by {_LAYER}__call__",
    ("activation", "", "raised"): "{place}",
}
"""Texts of Keras 2 that are true here too, by their keys, with their places."""

ENTRIES: Final = (
    Entry(
        "init",
        outcome="raised",
        point="layers.core.dense.Dense.__init__",
        what="units={units} cannot be a number of outputs: {message}.",
        why="units is a size of the kernel. Keras 3 accepts only a positive int: it converts "
        "neither '5' nor 5.0.",
        where="keras/src/layers/core/dense.py, Dense.__init__",
        note="units={units} cannot be a number of outputs. Pass a positive whole number, as in "
        "Dense(64).",
        level="user",
    ),
    Entry(
        "init",
        outcome="unknown keyword",
        point="layers.layer.Layer.__init__",
        what="Layer.__init__ does not know the argument {unknown}: {message}.",
        why="A layer's __init__ passes any other keyword arguments on to Layer.__init__, which "
        "accepts only a few. So a misspelled argument fails here.",
        where=f"{_LAYER}__init__",
        note="{class} has no argument {unknown}. {suggestion}",
        level="user",
    ),
    Entry(
        "get",
        outcome="unknown name",
        point="regularizers.get",
        what="No regularizer is called {identifier}: {message}.",
        why="Keras 3 rejects an unknown name immediately. Keras 2 kept the string and failed only "
        "when layer.losses was read.",
        where="keras/src/regularizers/__init__.py, get",
        note="No regularizer is called {identifier}. {suggestion}",
        level="user",
    ),
    Entry(
        "build",
        outcome="raised",
        what="{class}.build failed for inputs of shape {input_shape}: {message}.",
        why="Most weights need known sizes, such as the last size of the input of a Dense. The "
        "other sizes may be None.",
        where="{place}",
        note="The weights could not be created for inputs of shape {input_shape}.",
        level="user",
    ),
    Entry(
        "invoke",
        outcome="raised",
        what="{subject} cannot be called with {inputs_told}: {message}.",
        why="Only tensors may be passed by position; other arguments must be keyword arguments.",
        where=f"{_LAYER}__call__",
        level="author",
    ),
    Entry(
        "op",
        outcome="raised",
        what="{function} cannot work with {operands}: {message}.",
        why="Each operation requires certain shapes and dtypes.",
        where="{place}",
        note="{function} cannot work with {operands}: compare their sizes and dtypes.",
        level="user",
    ),
    Entry(
        "add",
        outcome="raised",
        what="{subject} rejects {layer_name}: {message}.",
        why="A Sequential calls its layers one after the other: it accepts only layers, each with "
        "a different name.",
        where="keras/src/models/sequential.py, Sequential.add",
        note="add takes a layer with a unique name. Pass one, for example Dense(64).",
        level="user",
    ),
    Entry(
        "compile",
        outcome="raised",
        what="compile rejects its arguments: {message}.",
        why="Keras no longer accepts arguments of older versions.",
        where="keras/src/trainers/trainer.py, Trainer.compile",
        note="compile does not accept these arguments. It needs optimizer and loss, and accepts "
        "metrics.",
        level="user",
    ),
)
