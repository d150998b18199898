"""How what is given for a model's outputs, by name or in a structure, is matched to them.

Follows keras 2.14 engine/compile_utils.py, where these functions stand.
"""

import copy
from collections.abc import Iterator
from typing import Any


def is_nested(structure: Any) -> bool:
    """Whether this is a list, tuple or dict, and not a leaf."""
    return isinstance(structure, list | tuple | dict)


def up_to(outputs: Any, structure: Any) -> list[Any]:
    """What stands in `structure` where `outputs` has its leaves, in the order of the outputs.

    Raises:
        ValueError: when the two do not have the same structure as far as the outputs go.
    """
    if not is_nested(outputs):
        return [structure]
    if isinstance(outputs, dict):
        if outputs.keys() != structure.keys():
            raise ValueError(
                f"What is given by output must be given for {list(outputs)}. "
                f"Received: {list(structure)}"
            )
        pairs = [(outputs[key], structure[key]) for key in sorted(outputs)]
    else:
        pairs = list(zip(outputs, structure, strict=True))
    return [leaf for output, part in pairs for leaf in up_to(output, part)]


def create_pseudo_output_names(outputs: Any) -> list[str]:
    """Names for outputs that have none: "output_1" for one, "a_1", "b" for {"a": [x], "b": y}."""
    return [
        "output_1"
        if not path
        else ("output_" if isinstance(path[0], int) else "") + "_".join(map(str, path))
        for path in _paths(outputs)
    ]


def _paths(structure: Any) -> Iterator[tuple[Any, ...]]:
    if not is_nested(structure):
        yield ()
        return
    if isinstance(structure, dict):
        children = [(key, structure[key]) for key in sorted(structure)]
    else:
        children = list(enumerate(structure, start=1))
    for key, child in children:
        for path in _paths(child):
            yield (key, *path)


def map_to_output_names(y_pred: Any, output_names: list[str] | None, struct: Any) -> Any:
    """A dict by output name as a list in the order of the outputs; anything else as it is.

    Raises:
        ValueError: for a key that is no output's name.
    """
    flat = not is_nested(y_pred) or (
        isinstance(y_pred, list | tuple) and not any(map(is_nested, y_pred))
    )
    if not flat or not isinstance(struct, dict):
        return struct
    names = output_names or create_pseudo_output_names(y_pred)
    rest = copy.copy(struct)
    found = [rest.pop(name, None) for name in names]
    if rest:
        raise ValueError(
            f"Losses and metrics must be named by the model's outputs, {names}. "
            f"Received: {list(rest)}"
        )
    return found[0] if len(found) == 1 else found


def map_missing_dict_keys(y_pred: Any, struct: Any) -> Any:
    """`struct` with None for each output that it does not speak of."""
    if not isinstance(y_pred, dict) or not isinstance(struct, dict):
        return struct
    return {**struct, **{key: None for key in y_pred if key not in struct}}
