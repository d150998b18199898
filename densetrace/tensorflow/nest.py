"""Nested structures of tensors: flattening them, and mapping a function over their leaves.

Follows TensorFlow's `tf.nest` for lists, tuples and dicts.
"""

from collections.abc import Callable
from typing import Any, Final

_NESTED: Final = (list, tuple, dict)


def flatten(structure: Any) -> list[Any]:
    """The leaves of nested lists, tuples and dicts, dicts in the order of their sorted keys."""
    if not is_nested(structure):
        return [structure]
    leaves: list[Any] = []
    waiting = [structure]
    while waiting:
        item = waiting.pop()
        children = _children(item)
        if children is None:
            leaves.append(item)
        else:
            waiting.extend(reversed(children))
    return leaves


def map_structure(function: Callable[[Any], Any], structure: Any) -> Any:
    """Apply `function` to each leaf and keep the structure."""
    if not is_nested(structure):
        return function(structure)
    if isinstance(structure, dict):
        return {key: map_structure(function, item) for key, item in structure.items()}
    if isinstance(structure, list):
        return [map_structure(function, item) for item in structure]
    return tuple(map_structure(function, item) for item in structure)


def _children(item: Any) -> list[Any] | None:
    if isinstance(item, dict):
        return [item[key] for key in sorted(item)]
    if is_nested(item):
        return list(item)
    return None


def is_nested(item: Any) -> bool:
    """Whether a value is a structure: a list, a tuple or a dict, but not a shape."""
    return isinstance(item, _NESTED)


def pack_like(structure: Any, leaves: list[Any]) -> Any:
    """The structure with its leaves replaced by others, in the order of `flatten`."""
    rest = iter(leaves)

    def pack(item: Any) -> Any:
        if isinstance(item, dict):
            packed = {key: pack(item[key]) for key in sorted(item)}
            return {key: packed[key] for key in item}
        if not is_nested(item):
            return next(rest)
        if hasattr(item, "_fields"):
            return type(item)(*map(pack, item))
        return type(item)(map(pack, item))

    return pack(structure)
