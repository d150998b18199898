"""How Keras 3 turns a name or a config into a function or an object."""

from typing import Final

from densetrace.teach.entries import Entry

_LIBRARY = "keras/src/saving/serialization_lib.py, deserialize_keras_object"
_ONE = "Keras 3 has one deserializer; the old format has no code of its own."

ENTRIES: Final = (
    Entry(
        "get",
        what="{registry}.get({identifier}) returns {result}.",
        why="So that you may write a short name, a config dict or an object, whichever you have at "
        "hand.",
        where="{place}",
    ),
    Entry(
        "get",
        outcome="None",
        what="{registry}.get(None) returns {result}: no {thing} was asked for.",
        why="None is allowed: it says that no {thing} is chosen.",
        where="{place}",
    ),
    Entry(
        "get",
        point="activations.get",
        outcome="None",
        what="activations.get(None) returns the function linear, which returns its input.",
        why="A layer always has an activation to call. None means: change nothing.",
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
        what="No dtype was given, so the layer takes the global policy: {result}.",
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
        note="A string: found in the table of names. No object is created.",
        once=True,
    ),
    Entry(
        "get",
        outcome="str instance",
        what="{identifier} names a class, so {made} is created with its defaults.",
        why="The name is looked up, and an object of the class is created. For other settings, "
        "give an object.",
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
        what="A class was given, so {registry}.get creates an object of it, with its defaults.",
        why="An initializer has to be an object before it can be used, so Keras saves you the "
        "brackets.",
        where="{place}",
        note="A class was given, so get creates an object of it, with its defaults.",
    ),
    Entry(
        "get",
        outcome="class passed through",
        what="A class was given. It can be called, so {registry}.get returns it as it is.",
        why="get only asks whether a thing can be called, and a class can.",
        where="{place}",
        note="A class was given, and get returns it as it is. Add brackets to create an object.",
    ),
    Entry(
        "deserialize",
        what="{identifier} is turned into {made}.",
        why=f"It reads names, configs with a 'module' and configs without one. {_ONE}",
        where=_LIBRARY,
    ),
    Entry(
        "deserialize",
        outcome="str",
        what="serialization_lib finds {identifier} among the names of the module that asked: "
        "{made}.",
        why=_ONE,
        where=_LIBRARY,
    ),
    Entry(
        "deserialize",
        outcome="class",
        what="The config names the class {class_name}. serialization_lib finds it, and {made} is "
        "created from the config.",
        why=f"A config says which class an object has and how it is set. {_ONE}",
        where=_LIBRARY,
    ),
)
