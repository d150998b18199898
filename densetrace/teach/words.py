"""The words of a step: what the gaps of a text are filled with, by name.

Every word comes from the step: its inputs, facts and result by their own names, and beside them
what can be told from these (`binding`, `limit`, `would_take`).
"""

from collections.abc import Callable
from typing import Final

from densetrace.errors import did_you_mean, shown
from densetrace.teach.entries import fill
from densetrace.teach.known_names import DENSE_ARGUMENTS, LAYER_ARGUMENTS, REGISTRIES
from densetrace.teach.reading import (
    arguments,
    by_name,
    dimensions,
    entries,
    first,
    given,
    is_plain,
    joined,
    keywords,
    names,
    place,
    plain,
    result,
    settings,
    told,
    told_spec,
)
from densetrace.teach.texts.formulas import FORMULAS
from densetrace.trace import Step
from densetrace.values import Instance, Items, Mapping, Tensor, Value

LONGEST_MESSAGE: Final = 240
"""How many characters of an error's message a sentence shows."""

_NAMES: Final = frozenset({"class", "of", "registry", "via", "branch", "verdict", "mode", "name"})
"""Inputs and facts that name something, so stand in a sentence without quotes."""

_SINGULAR: Final = {"losses": "loss"}


def words(step: Step) -> dict[str, str]:
    """Everything that the text for this step may ask for."""
    known = {
        name: plain(value) if name in _NAMES else told(value)
        for name, value in (step.inputs | step.facts).items()
    }
    known |= {
        "result": told(result(step)),
        "subject": plain(step.subject or "the object"),
        "point": plain(step.point),
        "function": plain(step.point.rpartition(".")[2]),
        "place": place(step.point),
    }
    if step.error is not None:
        known |= {
            "error": plain(step.error.type),
            "message": shown(step.error.message.rstrip("."), LONGEST_MESSAGE),
            "culprit_step": _culprit(step),
        }
    derive = _DERIVED.get(step.kind)
    return known | derive(step) if derive else known


def _culprit(step: Step) -> str:
    """The hook point where an error began, as the last two parts of its name."""
    while inner := next((c for c in step.children if c.error == step.error), None):
        step = inner
    return plain(".".join(step.point.split(".")[-2:]))


# -- construction ---------------------------------------------------------------------------------


def _new(step: Step) -> dict[str, str]:
    bound, positional = entries(given(step, "positional")), given(step, "arg_names")
    argument_names = names(positional)[1:]
    odd = next((pair for pair in entries(given(step, "bound")) if not is_plain(pair[1])), None)
    return {
        "as_written": arguments(given(step, "args"), given(step, "kwargs")),
        "binding": joined(
            f"{told(value)}{'' if number else ' goes'} to '{plain(name)}'"
            for number, (name, value) in enumerate(bound)
        ),
        "which": _which(len(bound), len(argument_names)),
        "odd": f"{told(odd[1])} (for '{plain(odd[0])}')" if odd else "one of the values",
    }


def _which(bound: int, names: int) -> str:
    """Which of the argument names the positional arguments took."""
    if names == 1:
        return "the only argument name of __init__"
    return f"the first {'' if bound == 1 else f'{bound} '}of __init__'s {names} argument names"


def _layout(step: Step) -> dict[str, str]:
    offered, taken = names(given(step, "layouts_given")), names(given(step, "popped"))
    return {
        "would_take": _layouts(names(given(step, "initialized_variables"))),
        "taken": keywords(entries(given(step, "popped"))) or "nothing",
        "set_names": joined(names(given(step, "set"))),
        "left": joined(name for name in offered if name not in taken),
    }


def _layouts(variables: tuple[str, ...]) -> str:
    # A person thinks of the kernel first; the decorator's own order is alphabetical.
    ordered = sorted(variables, key=lambda name: (name != "kernel", name))
    return joined(f"{plain(name)}_layout" for name in ordered)


def _init(step: Step) -> dict[str, str]:
    allowed = LAYER_ARGUMENTS
    unknown = [name for name in step.inputs if name not in allowed]
    choices = allowed + (DENSE_ARGUMENTS if given(step, "class") == "Dense" else ())
    assigned = next(
        (c for c in step.children if c.kind == "assign" and c.inputs.get("name") == "units"), None
    )
    return {
        "arguments": keywords(step.inputs.items()),
        "units_kept": told(assigned.inputs.get("value")) if assigned else told(None),
        "unknown": joined(plain(name) for name in unknown),
        "suggestion": (unknown and did_you_mean(unknown[0], choices)) or "Leave it out.",
    }


def _assign(step: Step) -> dict[str, str]:
    return {"before": told(step.inputs.get("before")), "value_name": by_name(given(step, "value"))}


# -- lookups --------------------------------------------------------------------------------------


def _get(step: Step) -> dict[str, str]:
    registry, identifier = plain(given(step, "registry")), given(step, "identifier")
    typed = identifier if isinstance(identifier, str) else _class_name(identifier)
    choices = REGISTRIES.get(registry, ())
    return {
        "thing": _SINGULAR.get(registry, registry.removesuffix("s")),
        "class_name": _class_name(identifier),
        "settings": settings(result(step)),
        "made": _made(result(step)),
        "suggestion": did_you_mean(typed, choices)
        or f"Some names that it knows: {joined(choices[:4])}.",
    }


def _deserialize(step: Step) -> dict[str, str]:
    identifier = given(step, "identifier")
    return {"class_name": _class_name(identifier), "made": _made(result(step))}


def _class_name(identifier: Value) -> str:
    return plain(identifier.get("class_name")) if isinstance(identifier, Mapping) else "None"


def _made(value: Value) -> str:
    """A result with its kind: `the function relu`, `an instance of Zeros`."""
    match value:
        case Instance(cls):
            return f"an instance of {plain(cls)}"
        case None:
            return "nothing"
    return f"the {type(value).__name__.lower()} {by_name(value)}"


# -- building -------------------------------------------------------------------------------------


def _add_weight(step: Step) -> dict[str, str]:
    filling = first(step, "initialize")
    initializer = given(step, "initializer")
    asked = _initialize(filling) if filling else {}
    return asked | {
        "initializer_name": plain(filling.subject or "") if filling else by_name(initializer),
        "initializer_settings": settings(initializer),
        "regularizer_name": by_name(given(step, "regularizer")),
        "constraint_name": by_name(given(step, "constraint")),
        "count": _count(result(step)),
    }


def _count(value: Value) -> str:
    if not isinstance(value, Tensor):
        return told(None)
    total = 1
    for size in value.shape:
        total *= size or 0
    return f"{total:,}"


def _initialize(step: Step) -> dict[str, str]:
    fan_in, fan_out = given(step, "fan_in"), given(step, "fan_out")
    numbers = {name: told(given(step, name)) for name in ("fan_in", "fan_out", "limit", "stddev")}
    if isinstance(fan_in, int) and isinstance(fan_out, int):
        # Keras never divides by less than one.
        numbers |= {"fan_sum": told(max(2, fan_in + fan_out)), "fan_one": told(max(1, fan_in))}
    cls = given(step, "class")
    return numbers | {
        "class": plain(cls),
        "formula": fill(FORMULAS.get(plain(cls), ""), numbers),
    }


# -- calling --------------------------------------------------------------------------------------


def _check(step: Step) -> dict[str, str]:
    count = dimensions(given(step, "shape"))
    return {
        "demands": told_spec(given(step, "spec")),
        "dimensions": f"{count} dimension" + "s" * (count != 1),
        "layer": plain(given(step, "layer")),
    }


def _call(step: Step) -> dict[str, str]:
    value = next(iter(step.inputs.values()), None)
    return {"input": told(value), "runs": told(len(step.children))}


def _operands(step: Step) -> dict[str, str]:
    operands = [value for value in step.inputs.values() if isinstance(value, Tensor)]
    return {
        "operands": " and ".join(map(told, operands)) or "no tensor",
        "first": told(operands[0]) if operands else told(None),
        "second": told(operands[1]) if len(operands) > 1 else told(None),
        "value": _element(result(step)),
    }


def _element(value: Value) -> str:
    """The number in a tensor that holds just one; the value itself otherwise."""
    if isinstance(value, Tensor) and value.shape == () and value.elements:
        return told(value.elements[0])
    return told(value)


# -- models ---------------------------------------------------------------------------------------


def _compile(step: Step) -> dict[str, str]:
    resolved = given(step, "resolved_now")
    optimizer = resolved.get("optimizer") if isinstance(resolved, Mapping) else None
    return {
        "optimizer_made": by_name(optimizer),
        "put_off_names": keywords(entries(given(step, "put_off"))) or "nothing",
    }


def _add(step: Step) -> dict[str, str]:
    layer = given(step, "layer")
    return {"layer_name": by_name(layer)}


def _invoke(step: Step) -> dict[str, str]:
    value = given(step, "input")
    counted = f"{value.length} tensors" if isinstance(value, Items) else told(value)
    return {"inputs_told": counted}


_DERIVED: Final[dict[str, Callable[[Step], dict[str, str]]]] = {
    "new": _new,
    "layout": _layout,
    "init": _init,
    "assign": _assign,
    "get": _get,
    "deserialize": _deserialize,
    "add_weight": _add_weight,
    "initialize": _initialize,
    "check": _check,
    "call": _call,
    "op": _operands,
    "activation": _operands,
    "regularize": _operands,
    "constrain": _operands,
    "compile": _compile,
    "add": _add,
    "invoke": _invoke,
}
