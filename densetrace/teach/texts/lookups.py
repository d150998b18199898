"""How a name becomes a function or an object: the `get` functions and the deserializers."""

from typing import Final

from densetrace.teach.entries import Entry

_WHERE = "{place}"
_LIBRARY = "keras/saving/serialization_lib.py, deserialize_keras_object"
_LEGACY = "keras/saving/legacy/serialization.py, deserialize_keras_object"

_CONVENIENCE = "You can pass a name, a config dict or an object."


def _get(registry: str, outcome: str, what: str, why: str, note: str = "") -> Entry:
    return Entry("get", what, why, _WHERE, f"{registry}.get", outcome, note, once=True)


def _passed_through(point: str, what: str, why: str, note: str) -> Entry:
    return Entry("get", what, why, _WHERE, point, "str passed through", note, "user")


_INSTANCE_BY_DICT = "Keras looks {identifier} up by name and creates {made}: {result}."
_INSTANCE_NOTE = (
    "The string becomes {'class_name': {identifier}, 'config': {}}. It has no 'module' key: the "
    "older (legacy) deserializer creates an object."
)
_INSTANCE_WHY = (
    "get converts the string to the dict {'class_name': {identifier}, 'config': {}} and calls "
    "itself with it. A dict without a 'module' key goes through the legacy deserializer, which "
    "creates an instance of the class with the defaults. For an unknown name it raises ValueError."
)

ENTRIES: Final = (
    # -- any registry ---------------------------------------------------------------------------
    Entry(
        "get",
        what="{registry}.get({identifier}) returns {result}.",
        why=_CONVENIENCE,
        where=_WHERE,
    ),
    Entry(
        "get",
        outcome="None",
        what="{registry}.get(None) returns {result}, so there is no {thing}.",
        why="None is allowed and means: no {thing}.",
        where=_WHERE,
    ),
    _passed_through(
        "",
        "No {thing} is called {identifier}. {registry}.get returns the string unchanged, without "
        "a warning.",
        "serialization_lib treats an unknown name as an object that is already deserialized. The "
        "mistake only shows when the string is called.",
        "No {thing} is called {identifier}: Keras keeps the string without a warning. {suggestion}",
    ),
    Entry(
        "get",
        outcome="dict legacy",
        what="The config {identifier} becomes {made}.",
        why="It has no 'module' key, so Keras reads it in the old format: it looks up the class "
        "by name and creates an object from the config.",
        where=_WHERE,
    ),
    Entry(
        "get",
        outcome="dict new format",
        what="The config {identifier} becomes {made}.",
        why="It has a 'module' key, so serialization_lib reads it in the new format, which "
        "get_config writes.",
        where=_WHERE,
    ),
    Entry(
        "get",
        outcome="class made",
        what="You passed a class, so {registry}.get creates an instance with the defaults.",
        why="An initializer must be an object to be used, so Keras creates it for you.",
        where=_WHERE,
        note="You passed a class, so get creates an instance with the defaults.",
    ),
    Entry(
        "get",
        outcome="class passed through",
        what="You passed a class. A class is callable, so {registry}.get returns it unchanged and "
        "creates no instance.",
        why="get only checks that its argument is callable, and a class is. Later the layer calls "
        "the class instead of an object, which seldom works.",
        where=_WHERE,
        note="get returns the class itself, not an object. Add parentheses to its name to create "
        "one.",
    ),
    Entry(
        "get",
        outcome="callable",
        what="{identifier} is already callable, so {registry}.get returns it unchanged.",
        why=_CONVENIENCE,
        where=_WHERE,
    ),
    Entry(
        "get",
        outcome="as given",
        what="{identifier} is already an object of the right kind, so {registry}.get returns it "
        "unchanged.",
        why=_CONVENIENCE,
        where=_WHERE,
    ),
    # -- activations ----------------------------------------------------------------------------
    _get(
        "activations",
        "None",
        "activations.get(None) returns the function linear, which returns its input unchanged.",
        "Every layer has an activation to call. None means: change nothing.",
    ),
    _get(
        "activations",
        "str function",
        "activations.get finds the function called {identifier}.",
        "A string goes to serialization_lib.deserialize_keras_object, which finds the function "
        "among Keras's activations, creates a full config for it, and calls itself to read that "
        "config. A function needs no settings, so no object is created: you get the function "
        "itself. For an unknown name, activations.get raises ValueError.",
        "The deserializer (serialization_lib) runs twice: name to config, then config to function. "
        "An unknown name raises ValueError.",
    ),
    _get(
        "activations",
        "str instance",
        "{identifier} is the name of a layer class, so Keras creates {made}.",
        "activations.get looks among the activation layers as well as the functions.",
        "{identifier} names a layer class, not a function, so Keras creates a layer.",
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
            _INSTANCE_NOTE,
            once=True,
            topic="legacy deserializer",
            again="Created by the legacy deserializer." if registry == "optimizers" else "",
        )
        for registry in ("initializers", "constraints", "optimizers")
    ),
    # -- regularizers ---------------------------------------------------------------------------
    _get(
        "regularizers",
        "str instance",
        "Keras looks {identifier} up and creates {made} with {settings}.",
        "A string goes to serialization_lib.deserialize_keras_object, which finds the class and "
        "creates an instance with the default settings. To set the strength, pass an object.",
        "serialization_lib finds the class by name and creates an instance: {settings}.",
    ),
    _get(
        "regularizers",
        "str 'L1L2'",
        "'L1L2' is the name of a class, so Keras creates an object with the defaults, {settings}. "
        "Both are 0, so it adds no penalty at all.",
        "In the class L1L2 both strengths default to 0. The lower-case name 'l1_l2' is a special "
        "case in Keras: it sets both to 0.01.",
        "The defaults are {settings}: no penalty at all. 'l1_l2' sets both to 0.01.",
    ),
    _get(
        "regularizers",
        "str 'l1_l2'",
        "'l1_l2' is a special case: an L1L2 with {settings}.",
        "In the function l1_l2 both strengths default to 0.01, in the class L1L2 to 0. For the "
        "string, Keras uses the function's defaults.",
    ),
    _passed_through(
        "regularizers.get",
        "No regularizer is called {identifier}. regularizers.get returns the string unchanged, "
        "without a warning.",
        "serialization_lib treats an unknown name as an object that is already deserialized. The "
        "mistake only shows when layer.losses is read: a string cannot be called.",
        "No regularizer is called {identifier}: Keras keeps the string without a warning, and "
        "reading layer.losses fails. {suggestion}",
    ),
    # -- losses, metrics ------------------------------------------------------------------------
    _get(
        "losses",
        "str function",
        "losses.get finds the function {result}.",
        "The legacy deserializer looks up the string and returns the function itself.",
    ),
    _get(
        "losses",
        "str instance",
        "{identifier} is the name of a class, so Keras creates {made}.",
        "The legacy deserializer looks up the string. For the name of a class it creates an "
        "instance.",
    ),
    _get(
        "metrics",
        "str function",
        "metrics.get finds the function {result}.",
        "serialization_lib.deserialize_keras_object looks up the string and finds the function.",
    ),
    _get(
        "metrics",
        "str instance",
        "{identifier} is the name of a class, so Keras creates {made}.",
        "serialization_lib.deserialize_keras_object looks up the string. For the name of a class "
        "it creates an instance.",
    ),
    # -- deserialize ----------------------------------------------------------------------------
    Entry(
        "deserialize",
        what="Keras resolves {identifier} to {made}.",
        why="Keras has two ways of reading configs: serialization_lib, the new one, and legacy, "
        "the old one. Which one runs depends on the caller.",
        where="{place}",
    ),
    Entry(
        "deserialize",
        point="serialization_lib.deserialize_keras_object",
        outcome="str",
        what="serialization_lib finds {identifier} among the names of the caller's module: {made}.",
        why="It creates a full config from the name and calls itself with it, so the same code "
        "reads names and configs.",
        where=_LIBRARY,
        note="Keras converts the name to a full config, then deserializes that config.",
        level="framework",
        once=True,
    ),
    Entry(
        "deserialize",
        point="serialization_lib.deserialize_keras_object",
        outcome="rewritten",
        what="serialization_lib finds the {found_kind} in the caller's module, writes a new config "
        "with its public name, and reads that: {made}.",
        why="The caller's module comes first. Then Keras calls itself with the new config, which "
        "may be equal to the old one, so the same code reads names and configs.",
        where=_LIBRARY,
        note="Keras finds the {found_kind} in {found_in}, writes a new config{equal_config}, and "
        "deserializes that.",
        level="framework",
        once=True,
    ),
    Entry(
        "deserialize",
        point="serialization_lib.deserialize_keras_object",
        outcome="str passed through",
        what="serialization_lib does not know the name {identifier} and returns it unchanged.",
        why="It treats an unknown name as an object that is already deserialized. The caller must "
        "check: activations does, regularizers and metrics do not.",
        where=_LIBRARY,
        note="serialization_lib does not know this name and returns it unchanged.",
        level="framework",
        once=True,
    ),
    Entry(
        "deserialize",
        point="serialization_lib.deserialize_keras_object",
        outcome="function",
        what="The config names a function, so serialization_lib returns {made}.",
        why="It finds a function by its name and module, and creates no object.",
        where=_LIBRARY,
    ),
    Entry(
        "deserialize",
        point="serialization_lib.deserialize_keras_object",
        outcome="class",
        what="The config names the class {class_name}. serialization_lib finds it, and "
        "from_config creates {made}.",
        why="A config holds the class and the settings of an object: enough to create it again.",
        where=_LIBRARY,
    ),
    Entry(
        "deserialize",
        point="legacy.serialization.deserialize_keras_object",
        outcome="str",
        what="The legacy deserializer looks {identifier} up: {made}.",
        why="It returns a function itself. For a class it creates an instance with the defaults.",
        where=_LEGACY,
    ),
    Entry(
        "deserialize",
        point="legacy.serialization.deserialize_keras_object",
        outcome="class",
        what="The legacy deserializer looks {class_name} up, and creates {made} from the config.",
        why="It reads dicts with 'class_name' and 'config' and no 'module': the old format. The "
        "names of initializers, constraints and optimizers are still converted to such dicts.",
        where=_LEGACY,
    ),
)
