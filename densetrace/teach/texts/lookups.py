"""How a name becomes a function or an object: the `get` functions and the deserializers."""

from typing import Final

from densetrace.teach.entries import Entry

_WHERE = "{place}"
_LIBRARY = "keras/saving/serialization_lib.py, deserialize_keras_object"
_LEGACY = "keras/saving/legacy/serialization.py, deserialize_keras_object"

_CONVENIENCE = (
    "So that you may write a short name, a config dict or an object, whichever you have at hand."
)


def _get(registry: str, outcome: str, what: str, why: str, note: str = "") -> Entry:
    return Entry("get", what, why, _WHERE, f"{registry}.get", outcome, note, once=True)


def _passed_through(point: str, what: str, why: str, note: str) -> Entry:
    return Entry("get", what, why, _WHERE, point, "str passed through", note, "user")


_INSTANCE_BY_DICT = "{identifier} is looked up by name, and {made} is made: {result}."
_INSTANCE_NOTE = (
    "It becomes {'class_name': {identifier}, 'config': {}}: no 'module' key, so the legacy "
    "deserializer (% too) creates an instance."
)
_INSTANCE_WHY = (
    "A string is turned into the dict {'class_name': {identifier}, 'config': {}}, and get starts "
    "again with it. A dict without a 'module' key goes through the legacy deserializer, which "
    "creates an instance of the class with its defaults."
)

ENTRIES: Final = (
    # -- any registry ---------------------------------------------------------------------------
    Entry(
        "get",
        what="{registry}.get({identifier}) gives {result}.",
        why=_CONVENIENCE,
        where=_WHERE,
    ),
    Entry(
        "get",
        outcome="None",
        what="{registry}.get(None) gives {result}: no {thing} was asked for.",
        why="None is allowed: it says that no {thing} is chosen.",
        where=_WHERE,
    ),
    _passed_through(
        "",
        "No {thing} is called {identifier}. {registry}.get gives the string back unchanged, and "
        "says nothing.",
        "serialization_lib takes a name that it does not know for something already "
        "deserialized. The mistake shows only when somebody calls the string.",
        "No {thing} is called {identifier}, and Keras says nothing: it keeps the string. "
        "{suggestion}",
    ),
    Entry(
        "get",
        outcome="dict legacy",
        what="The config {identifier} becomes {made}.",
        why="It has no 'module' key, so it is read in the old format: the class is looked up by "
        "name, and made from its config.",
        where=_WHERE,
    ),
    Entry(
        "get",
        outcome="dict new format",
        what="The config {identifier} becomes {made}.",
        why="It has a 'module' key, so it is read in the new format, by serialization_lib. That is "
        "how get_config writes it.",
        where=_WHERE,
    ),
    Entry(
        "get",
        outcome="class made",
        what="A class was given, so {registry}.get makes an instance of it, with its defaults.",
        why="An initializer has to be an object before it can be used, so Keras saves you the "
        "brackets.",
        where=_WHERE,
        note="A class was given, so get makes an instance of it, with its defaults.",
    ),
    Entry(
        "get",
        outcome="class passed through",
        what="A class was given. It can be called, so {registry}.get gives it back as it is: no "
        "instance is made.",
        why="get only asks whether a thing can be called, and a class can. The layer will call "
        "the class where an object was meant, which seldom works.",
        where=_WHERE,
        note="A class was given, and get hands it back as it is. Type brackets after its name to "
        "make an object.",
    ),
    Entry(
        "get",
        outcome="callable",
        what="{identifier} can be called already, so {registry}.get gives it back unchanged.",
        why=_CONVENIENCE,
        where=_WHERE,
    ),
    Entry(
        "get",
        outcome="as given",
        what="{identifier} is already an object of the right kind, so {registry}.get gives it back "
        "unchanged.",
        why=_CONVENIENCE,
        where=_WHERE,
    ),
    # -- activations ----------------------------------------------------------------------------
    _get(
        "activations",
        "None",
        "activations.get(None) gives the function linear, which returns its input.",
        "A layer always has an activation to call. None means: change nothing.",
    ),
    _get(
        "activations",
        "str function",
        "activations.get finds the function called {identifier}.",
        "A string goes to serialization_lib.deserialize_keras_object, which finds the function "
        "among Keras's activations, writes it out as a config, and calls itself to read that. A "
        "function needs no settings, so no object is created: you get the function itself. For an "
        "unknown name, activations.get raises ValueError.",
        "serialization_lib deserializes twice (the name, then its config) and returns the function "
        "itself. An unknown name raises ValueError.",
    ),
    _get(
        "activations",
        "str instance",
        "{identifier} is the name of a layer class, so {made} is made.",
        "activations.get looks among the activation layers as well as the functions.",
        "{identifier} names a layer class, not a function, so a layer is made.",
    ),
    # -- initializers, constraints, optimizers --------------------------------------------------
    *(
        Entry(
            "get",
            _INSTANCE_BY_DICT,
            _INSTANCE_WHY,
            _WHERE,
            f"{registry}.get",
            "str instance",
            _INSTANCE_NOTE.replace("%", other),
            once=True,
            topic="legacy deserializer",
        )
        for registry, other in (
            ("initializers", "optimizers"),
            ("constraints", "optimizers"),
            ("optimizers", "initializers"),
        )
    ),
    # -- regularizers ---------------------------------------------------------------------------
    _get(
        "regularizers",
        "str instance",
        "{identifier} is looked up, and {made} is made, set to {settings}.",
        "A string goes to serialization_lib.deserialize_keras_object, which finds the class and "
        "makes an instance with its default settings. For a strength of your own, give an object.",
        "A string: serialization_lib finds the class and makes an instance of it: {settings}.",
    ),
    _get(
        "regularizers",
        "str 'L1L2'",
        "'L1L2' is the name of a class, made here with its defaults: {settings}. Both are 0, so it "
        "adds no penalty at all.",
        "The class L1L2 has 0 as the default of both strengths. The lower-case name 'l1_l2' is a "
        "special case in Keras, with 0.01 for both.",
        "Made with its defaults, {settings}: no penalty at all. 'l1_l2' has 0.01 for both.",
    ),
    _get(
        "regularizers",
        "str 'l1_l2'",
        "'l1_l2' is a special case: an L1L2 with {settings}.",
        "As a function, l1_l2 has 0.01 as the default of both strengths; as a class, L1L2 has 0. "
        "Keras keeps the function's defaults for the string.",
    ),
    _passed_through(
        "regularizers.get",
        "No regularizer is called {identifier}. regularizers.get gives the string back unchanged, "
        "and says nothing.",
        "serialization_lib takes a name that it does not know for something already deserialized. "
        "The mistake shows only when layer.losses is read: a string cannot be called.",
        "No regularizer is called {identifier}, and Keras says nothing: it keeps the string, which "
        "fails when layer.losses is read. {suggestion}",
    ),
    # -- losses, metrics ------------------------------------------------------------------------
    _get(
        "losses",
        "str function",
        "losses.get finds the function {result}.",
        "A string goes through the legacy deserializer, which returns a function as it is.",
    ),
    _get(
        "losses",
        "str instance",
        "{identifier} is the name of a class, so {made} is made.",
        "A string goes through the legacy deserializer, which creates an instance when the name is "
        "that of a class.",
    ),
    _get(
        "metrics",
        "str function",
        "metrics.get finds the function {result}.",
        "A string goes to serialization_lib.deserialize_keras_object, which finds the function.",
    ),
    _get(
        "metrics",
        "str instance",
        "{identifier} is the name of a class, so {made} is made.",
        "A string goes to serialization_lib.deserialize_keras_object, which makes an instance when "
        "the name is a class's.",
    ),
    # -- deserialize ----------------------------------------------------------------------------
    Entry(
        "deserialize",
        what="{identifier} is turned into {made}.",
        why="Keras has two ways of reading configs: serialization_lib, the new one, and legacy, "
        "the old one. Which of them runs depends on who asks.",
        where="{place}",
    ),
    Entry(
        "deserialize",
        point="serialization_lib.deserialize_keras_object",
        outcome="str",
        what="serialization_lib finds {identifier} among the names of the module that asked: "
        "{made}.",
        why="It writes the name out as a full config and calls itself with it, so that names and "
        "configs are read by the same code.",
        where=_LIBRARY,
        note="Written out as a full config, and read once more.",
        level="framework",
        once=True,
    ),
    Entry(
        "deserialize",
        point="serialization_lib.deserialize_keras_object",
        outcome="str passed through",
        what="serialization_lib does not know the name {identifier}, and gives it back unchanged.",
        why="It takes an unknown name for something already deserialized. The caller must "
        "notice: activations does, regularizers and metrics do not.",
        where=_LIBRARY,
        note="Unknown to serialization_lib, so given back unchanged.",
        level="framework",
        once=True,
    ),
    Entry(
        "deserialize",
        point="serialization_lib.deserialize_keras_object",
        outcome="function",
        what="The config names a function, so serialization_lib gives {made}.",
        why="A function is found by its name and module; there is nothing to make.",
        where=_LIBRARY,
    ),
    Entry(
        "deserialize",
        point="serialization_lib.deserialize_keras_object",
        outcome="class",
        what="The config names the class {class_name}, so serialization_lib finds it, and "
        "from_config makes {made}.",
        why="A config says which class an object has and how it is set: enough to make it again.",
        where=_LIBRARY,
    ),
    Entry(
        "deserialize",
        point="legacy.serialization.deserialize_keras_object",
        outcome="str",
        what="The legacy deserializer looks {identifier} up: {made}.",
        why="A function is given back as it is; of a class, an instance is made with its defaults.",
        where=_LEGACY,
    ),
    Entry(
        "deserialize",
        point="legacy.serialization.deserialize_keras_object",
        outcome="class",
        what="The legacy deserializer looks {class_name} up, and creates {made} from the config.",
        why="It reads dicts with 'class_name' and 'config' and no 'module': the old format. The "
        "names of initializers, constraints and optimizers are still turned into such dicts.",
        where=_LEGACY,
    ),
)
