"""How Keras 3 turns a name or a config into a function or an object."""

from typing import Final

from densetrace.teach.entries import Entry

_LIBRARY = "keras/src/saving/serialization_lib.py, deserialize_keras_object"
_ONE = "Keras 3 has one deserializer; the old format has no code of its own."

TAKEN_OVER: Final = {
    ("get", "", ""): "{place}",
    ("get", "", "None"): "{place}",
}
"""Texts of Keras 2 that are true here too, by their keys, with their places."""

ENTRIES: Final = (
    Entry(
        "get",
        point="activations.get",
        outcome="None",
        what="activations.get(None) returns the function linear, which returns its input "
        "unchanged.",
        why="Every layer has an activation to call. None means: change nothing.",
        where="{place}",
    ),
    Entry(
        "get",
        point="dtype_policies.get",
        what="The dtype {identifier} becomes the policy {result}.",
        why="A policy has two dtypes: that of the variables and that of the computation. They "
        "differ in mixed precision. None means the global policy.",
        where="keras/src/dtype_policies/__init__.py, get",
    ),
    Entry(
        "get",
        point="dtype_policies.get",
        outcome="None",
        what="You passed no dtype, so the layer uses the global policy: {result}.",
        why="A policy has two dtypes: that of the variables and that of the computation. They "
        "differ in mixed precision.",
        where="keras/src/dtype_policies/__init__.py, get",
    ),
    Entry(
        "get",
        outcome="str function",
        what="{registry}.get finds the function {result} in its table of names.",
        why="Keras 3 looks a string up in a table, ALL_OBJECTS_DICT. A function needs no settings, "
        "so no object is created.",
        where="{place}",
        note="Found in the table of names. No object is created.",
        once=True,
    ),
    Entry(
        "get",
        outcome="str instance",
        what="{identifier} names a class, so Keras creates {made} with the defaults.",
        why="The name is looked up, and an object of the class is created. For other settings, "
        "pass an object.",
        where="{place}",
        note="The class is found by name, and an object is created with its defaults.",
        once=True,
    ),
    Entry(
        "get",
        outcome="dict new format",
        what="The config {identifier} becomes {made}.",
        why=_ONE,
        where="{place}",
    ),
    Entry(
        "get",
        outcome="dict legacy",
        what="The config {identifier} becomes {made}.",
        why=f"It has no 'module' key, so the class is found among the names of the caller. {_ONE}",
        where="{place}",
    ),
    Entry(
        "get",
        outcome="class made",
        what="You passed a class, so {registry}.get creates an object with the defaults.",
        why="An initializer must be an object to be used, so Keras creates it for you.",
        where="{place}",
        note="You passed a class, so get creates an object with the defaults.",
    ),
    Entry(
        "get",
        outcome="class passed through",
        what="You passed a class. A class is callable, so {registry}.get returns it unchanged.",
        why="get only checks that its argument is callable, and a class is.",
        where="{place}",
        note="get returns the class itself, not an object. Add parentheses to its name to create "
        "one.",
    ),
    Entry(
        "deserialize",
        what="Keras resolves {identifier} to {made}.",
        why=f"It reads names, configs with a 'module' and configs without one. {_ONE}",
        where=_LIBRARY,
    ),
    Entry(
        "deserialize",
        outcome="str",
        what="serialization_lib finds {identifier} among the names of the caller's module: {made}.",
        why=_ONE,
        where=_LIBRARY,
    ),
    Entry(
        "deserialize",
        outcome="class",
        what="The config names the class {class_name}. serialization_lib finds it, and {made} is "
        "created from the config.",
        why=f"A config holds the class and the settings of an object. {_ONE}",
        where=_LIBRARY,
    ),
)
