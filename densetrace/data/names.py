"""The registry of names: views of the table that lists each public name of our stack once.

The look-up tables of each `get()`, the stand-in modules of scripts, the names that an expression
may use, `densetrace names`, completion, hints and quizzes are views of this table
(`densetrace.data.names_table`). It imports nothing, and a group is parsed when a view first needs
it.
"""

from functools import cache, lru_cache
from typing import Final, NamedTuple

from densetrace.data.names_table import TABLE, Group

SAME_IN_TENSORFLOW: Final = ("initializers", "losses", "metrics", "optimizers")
"""Modules of Keras that TensorFlow offers as its own: `tf.initializers` is `keras.initializers`."""

OF_LAYERS: Final = ("activations", "initializers", "regularizers", "constraints")
"""The registries whose `get()` resolves the arguments of layers."""

REGISTRIES: Final = (*OF_LAYERS, "optimizers", "losses", "metrics")
"""The registries that have a `get()`. The table has two more, which only a deserializer reads:
`layers` and `schedules`."""


def listed() -> tuple[str, ...]:
    """The tables that `densetrace names` shows: the layers, then each registry."""
    return "layers", *REGISTRIES


class Name(NamedTuple):
    """One object of the table."""

    module: str
    """The module that defines it: `densetrace.keras.layers.core.dense`."""
    own: str
    """Its name in that module."""
    public: list[str]
    found: list[str]
    """The names that only a lookup finds."""
    expression: bool


def modules(library: str) -> list[str]:
    """The public modules of `keras` or `tf`, each below the library: the empty name is itself."""
    listed = [*_groups("public")]
    if library == "tf":
        listed += [f"tf.{module}" for module in SAME_IN_TENSORFLOW]
    within = (module.partition(".") for module in listed)
    return [path for root, _, path in within if root == library]


@cache
def public(module: str) -> dict[str, Name]:
    """The public names of `keras.layers`, `tf.nn`, ..., and the object of each."""
    library, _, path = module.partition(".")
    if library == "tf" and path in SAME_IN_TENSORFLOW:
        module = f"keras.{path}"
    groups = _groups("public").get(module, ())
    return {name: made for group in groups for made in _read(group) for name in made.public}


@cache
def in_expressions(module: str) -> dict[str, Name]:
    """The names of a public module that an expression may use."""
    return {name: made for name, made in public(module).items() if made.expression}


@lru_cache(maxsize=32)  # a trace from a file may name any registry
def found(registry: str) -> dict[str, Name]:
    """Every string that a registry finds, and its object."""
    groups = _groups("found").get(registry, ())
    names = {
        name: made
        for group in groups
        for made in _read(group)
        for name in (*made.public, *made.found)
    }
    if registry == "optimizers":  # Keras writes a name in lower case before it looks it up here
        return {name.lower(): made for name, made in names.items()}
    return names


def results(registry: str) -> dict[str, str]:
    """Every string that a registry finds, and the name of its object in its home."""
    return {name: made.own for name, made in found(registry).items()}


def usual(registry: str) -> list[str]:
    """The usual strings for a `get()`, the best known first: in lower case, one for each object
    without its aliases."""
    return [
        name
        for name, made in found(registry).items()
        # What is not public has its first name among those that only a lookup finds.
        if name.islower() and name not in made.found[0 if made.public else 1 :]
    ]


def usual_spelling(dotted: str) -> str:
    """A dotted name as usually written: `tf.data` for `tensorflow.data`."""
    root, dot, rest = dotted.partition(".")
    return f"tf{dot}{rest}" if root == "tensorflow" else dotted


@cache
def _groups(column: str) -> dict[str, list[Group]]:
    """The groups by each module in `public`, or by each registry in `found`."""
    index: dict[str, list[Group]] = {}
    for group in TABLE:
        for word in getattr(group, column).split():
            index.setdefault(word, []).append(group)
    return index


@cache
def _read(group: Group) -> list[Name]:
    module, names = f"densetrace.{group.home}", []
    for word in group.names.split():
        spelled, _, own = word.partition(":")
        shown, *found = spelled.split("|")
        public = shown.split("=") if shown else []
        names.append(Name(module, own or (public or found)[0], public, found, group.expression))
    return names
