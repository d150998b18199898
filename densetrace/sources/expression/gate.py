"""Check which names an expression may make a real Keras look up, before the engine is called.

Keras reads a dict with a `class_name`, at any depth, as the config of an object: it looks the name
up among all globals of its modules (helpers such as `deserialize_keras_object` too), or imports the
`module` in the dict, and calls the result with the dict's `config`. It looks up strings in the same
way. So only names in our own registries are allowed.

Our own stack needs no such check: its lookups find only what the registries list.
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
    children,
    walk,
)
from densetrace.system.errors import did_you_mean, shown

CONFIG_KEYS: Final = ("class_name", "config", "module", "registered_name", "build_config")
"""The keys allowed in a config; `get_config()` and `serialize()` of Keras write no others for the
arguments of a layer."""

MARKS_OF_A_CONFIG: Final = frozenset(CONFIG_KEYS) - {"config", "build_config"} | {"safe_mode"}
"""Keys that mark a dict as a config."""

ROOTS: Final = ("keras", "tf_keras")


@cache
def homes() -> dict[str, tuple[str, ...]]:
    """The classes and functions that a config may name, with the modules that have them."""
    rooms: dict[str, tuple[str, ...]] = {}
    for room in OF_LAYERS:
        rooms |= dict.fromkeys(found(room), (room,))
    rooms |= dict.fromkeys(in_expressions("keras.layers"), ("layers",))
    del rooms["Input"]  # a function that returns a tensor
    rooms |= {"Sequential": ("models", ""), "Policy": ("mixed_precision",)}
    return {
        name: tuple(f"{root}.{room}".rstrip(".") for root in ROOTS for room in listed)
        for name, listed in rooms.items()
    }


def refuse_foreign_names(expression: Expression, found_by_lookups: frozenset[str]) -> None:
    """Refuse an expression that makes Keras resolve a name our own registries do not have.

    Args:
        expression: a parsed expression.
        found_by_lookups: every name that a string can resolve to in the engine at hand.

    Raises:
        RequestError: for the first such name, with its position.
    """
    foreign = found_by_lookups.difference(*map(found, OF_LAYERS))
    for node in walk(expression.root):
        if isinstance(node, Mapping):
            _check_config(expression.source, node)
        for child in _identifiers(node):
            if _text(child) in foreign:
                refuse(
                    expression.source,
                    child.start,
                    "A string may be a public name of Keras, but not an internal one",
                    "List all names with: densetrace names",
                )


def _identifiers(node: Node) -> Iterable[Node]:
    """The child nodes that Keras might look up: all but the `name` argument."""
    if isinstance(node, Call):
        return (*node.arguments, *(value for key, value in node.keywords if key != "name"))
    return children(node)


def _check_config(source: str, node: Mapping) -> None:
    """Refuse a config with a class, a module or a key that is not allowed."""
    keys = [_text(key) for key, _ in node.pairs]
    if MARKS_OF_A_CONFIG.isdisjoint(keys):
        return
    for key, _ in node.pairs:
        if _text(key) not in CONFIG_KEYS:
            allowed = f"{', '.join(CONFIG_KEYS[:-1])} and {CONFIG_KEYS[-1]}"
            refuse(
                source,
                key.start,
                f"A config may only have the keys {allowed}",
                "Leave this one out.",
            )
    if "class_name" not in keys:
        refuse(source, node.start, "A config needs a class_name", "Add one: 'class_name': 'L2'.")
    # Of two equal keys, Python uses the last. All values must be allowed.
    for key, value in node.pairs:
        if _text(key) != "class_name":
            continue
        name = _text(value)
        if name not in homes():
            refuse(
                source,
                value.start,
                "A config for a real Keras may only name a class or function that densetrace knows",
                did_you_mean(name or "", homes()) or "List them with: densetrace names",
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
    """The value of a string literal; None for other nodes."""
    return node.value if isinstance(node, Constant) and isinstance(node.value, str) else None
