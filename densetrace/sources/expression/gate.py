"""What an expression may ask a real Keras to look up, checked before the engine is entered.

Keras reads a dict with a `class_name`, at any depth, as the description of an object: it looks the
name up among all globals of its own modules, helpers such as `deserialize_keras_object` included,
or imports the `module` that the dict names, and calls what it finds with the dict's `config`. It
looks strings up in the same way. So only names that our own registries have are let through.

Our own stack needs no such gate: its lookups find what the registries list, and nothing else.
"""

from collections.abc import Iterable
from functools import cache
from typing import Final

from densetrace.data.names import OF_LAYERS, found, in_expressions
from densetrace.sources.expression.limits import refuse
from densetrace.sources.expression.nodes import (
    Call,
    Constant,
    Expression,
    Mapping,
    Node,
    parts,
    walk,
)
from densetrace.system.errors import did_you_mean, shown

CONFIG_KEYS: Final = ("class_name", "config", "module", "registered_name", "build_config")
"""The keys that a config may have; Keras's own `get_config()` and `serialize()` write no others
for what a layer takes as an argument."""

MARKS_OF_A_CONFIG: Final = frozenset(CONFIG_KEYS) - {"config", "build_config"} | {"safe_mode"}
"""Keys that make a dict a config, whatever else it holds."""

ROOTS: Final = ("keras", "tf_keras")


@cache
def homes() -> dict[str, tuple[str, ...]]:
    """Each class or function that a config may name, and the modules that have it."""
    rooms: dict[str, tuple[str, ...]] = {}
    for room in OF_LAYERS:
        rooms |= dict.fromkeys(found(room), (room,))
    rooms |= dict.fromkeys(in_expressions("keras.layers"), ("layers",))
    del rooms["Input"]  # a function, which makes a tensor
    rooms |= {"Sequential": ("models", ""), "Policy": ("mixed_precision",)}
    return {
        name: tuple(f"{root}.{room}".rstrip(".") for root in ROOTS for room in listed)
        for name, listed in rooms.items()
    }


def refuse_foreign_names(expression: Expression, found_by_lookups: frozenset[str]) -> None:
    """Refuse an expression that would have Keras resolve a name our own registries do not have.

    Args:
        expression: a parsed expression.
        found_by_lookups: every name that a string can resolve to in the engine at hand.

    Raises:
        RequestError: naming the first such name and its place.
    """
    foreign = found_by_lookups.difference(*map(found, OF_LAYERS))
    for node in walk(expression.root):
        if isinstance(node, Mapping):
            _check_config(expression.source, node)
        for part in _identifiers(node):
            if _text(part) in foreign:
                refuse(
                    expression.source,
                    part.start,
                    "A string may name what Keras offers, but nothing internal to it",
                    "The names that can be looked up: densetrace names.",
                )


def _identifiers(node: Node) -> Iterable[Node]:
    """What is directly inside a node and might be looked up: all but a `name`."""
    if isinstance(node, Call):
        return (*node.arguments, *(value for key, value in node.keywords if key != "name"))
    return parts(node)


def _check_config(source: str, node: Mapping) -> None:
    """Refuse a dict that describes an object of a class, or in a way, that is not on the list."""
    keys = [_text(key) for key, _ in node.pairs]
    if MARKS_OF_A_CONFIG.isdisjoint(keys):
        return
    for key, _ in node.pairs:
        if _text(key) not in CONFIG_KEYS:
            allowed = f"{', '.join(CONFIG_KEYS[:-1])} and {CONFIG_KEYS[-1]}"
            refuse(source, key.start, f"A config has no keys but {allowed}", "Leave this one out.")
    if "class_name" not in keys:
        refuse(source, node.start, "A config needs a class_name", "Add one: 'class_name': 'L2'.")
    # Python takes the last of two equal keys. Here each value of each must be allowed.
    for key, value in node.pairs:
        if _text(key) != "class_name":
            continue
        name = _text(value)
        if name not in homes():
            refuse(
                source,
                value.start,
                "A config for a real Keras may only name a class or function that densetrace knows",
                did_you_mean(name or "", homes()) or "They are listed by: densetrace names.",
            )
        for other, given in node.pairs:
            if _text(other) == "module":
                _check_given(source, f"the module of {name}", given, homes()[name])
            elif _text(other) == "registered_name":
                _check_given(source, f"the registered_name of {name}", given, (name,))


def _check_given(source: str, what: str, given: Node, allowed: tuple[str, ...]) -> None:
    is_none = isinstance(given, Constant) and given.value is None
    if not is_none and _text(given) not in allowed:
        refuse(
            source,
            given.start,
            f"In a config, {what} is {shown(allowed[0])} or None",
            "Leave it out.",
        )


def _text(node: Node) -> str | None:
    """The string that a node is, if it is one."""
    return node.value if isinstance(node, Constant) and isinstance(node.value, str) else None
