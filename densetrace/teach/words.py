"""The words that fill the gaps of an explanation, by name.

Every word comes from the step: its inputs, facts and result under their own names, and words
derived from them (`binding`, `limit`, `would_take`). A word is computed when a gap needs it.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final, TypeAlias

from densetrace.data.names import usual
from densetrace.data.steps import Step
from densetrace.data.values import Function, Items, Tensor, Value, counted
from densetrace.data.values import Mapping as Dict
from densetrace.data.wording import (
    arguments,
    by_name,
    children,
    demands,
    described,
    dimensions,
    entries,
    filling,
    given,
    in_sentence,
    is_plain,
    joined,
    keras_source,
    kernel_first,
    keywords,
    names,
    number,
    plain,
    result,
    settings,
    spec_text,
)
from densetrace.kinds.optimizing import tensors_in
from densetrace.system.errors import did_you_mean, shown
from densetrace.teach import operation_words, training_words
from densetrace.teach.arguments import DENSE_ARGUMENTS, LAYER_ARGUMENTS
from densetrace.teach.entries import fill
from densetrace.teach.texts.formulas import DRAWS, FORMULAS

LONGEST_MESSAGE: Final = 240
"""The most characters of an error message in a sentence."""

_NAMES: Final = frozenset({"class", "of", "registry", "via", "branch", "verdict", "mode", "name"})
"""Inputs and facts that are names, written without quotes."""

_SINGULAR: Final = {"losses": "loss"}

Words: TypeAlias = Mapping[str, Callable[[Step], str | None]]
"""The name of a word -> the function that reads it from a step, or returns None if it cannot."""


def word(step: Step, name: str) -> str | None:
    """The word of this name for a step; None if there is none."""
    for words in (_DERIVED.get(step.kind), _OF_ERRORS if step.error else None, _OF_ALL):
        if words is not None and name in words:
            found = words[name](step)
            if found is not None:
                return found
    for values in (step.facts, step.inputs):
        if name in values:
            return plain(values[name]) if name in _NAMES else in_sentence(values[name])
    return None


# -- any step -------------------------------------------------------------------------------------


def _error(step: Step) -> str | None:
    return plain(step.error.type) if step.error else None


def _message(step: Step) -> str | None:
    return shown(step.error.message.rstrip("."), LONGEST_MESSAGE) if step.error else None


class _Chain:
    """The steps that one error passed through, innermost last. The chain is cached for all of its
    steps: following it from each step would take quadratic time."""

    def __init__(self) -> None:
        self._steps: dict[int, Step] = {}
        self._innermost: Step | None = None

    def innermost(self, step: Step) -> Step:
        """The innermost step that raised the same error."""
        if self._innermost is None or self._steps.get(id(step)) is not step:
            self._steps = {id(step): step}
            while inner := next((c for c in step.children if c.error == step.error), None):
                step = self._steps[id(inner)] = inner
            self._innermost = step
        return self._innermost


_chain: Final = _Chain()


def _culprit(step: Step) -> str:
    """The last two parts of the hook point that raised the error."""
    return plain(".".join(_chain.innermost(step).point.split(".")[-2:]))


def _model_told(name: str) -> str:
    """`model sequential`, but not `model model`: so Keras names a functional model."""
    return "model" if name in ("", "model") else f"model {plain(name)}"


_OF_ALL: Final[Words] = {
    "result": lambda step: in_sentence(result(step)),
    "subject": lambda step: plain(step.subject or "the object"),
    "model_told": lambda step: _model_told(step.subject or ""),
    "point": lambda step: plain(step.point),
    "function": lambda step: plain(step.point.rpartition(".")[2]),
    "place": lambda step: keras_source(step.point),
}

_OF_ERRORS: Final[Words] = {
    "error": _error,
    "message": _message,
    "culprit_step": _culprit,
}


# -- construction ---------------------------------------------------------------------------------


def _binding(step: Step) -> str:
    return joined(
        f"{in_sentence(value)}{'' if number else ' goes'} to '{plain(name)}'"
        for number, (name, value) in enumerate(entries(given(step, "positional")))
    )


def _added(step: Step) -> str:
    """How the positional arguments join the keyword arguments, as the beginning of a sentence."""
    bound = entries(given(step, "positional"))
    values = joined(in_sentence(value) for _, value in bound)
    parameters = joined(f"'{plain(name)}'" for name, _ in bound)
    return f"Adds {values} to the keyword arguments as {parameters}"


def _which(step: Step) -> str:
    """Which argument names the positional arguments are bound to."""
    bound = len(entries(given(step, "positional")))
    argument_names = len(names(given(step, "arg_names"))[1:])
    if argument_names == 1:
        return "__init__'s only parameter"
    which = "the first" if bound == 1 else f"the first {bound}"
    return f"{which} of __init__'s {argument_names} parameters"


def _not_plain(step: Step) -> str:
    other = next((pair for pair in entries(given(step, "bound")) if not is_plain(pair[1])), None)
    return f"{in_sentence(other[1])} (for '{plain(other[0])}')" if other else "one of the values"


def _would_take(step: Step) -> str:
    variables = kernel_first(names(given(step, "initialized_variables")))
    return joined(f"{name}_layout" for name in variables)


def _them(step: Step) -> str:
    return "it" if len(names(given(step, "initialized_variables"))) == 1 else "them"


def _device_layouts(step: Step) -> str:
    return "a device layout" if _them(step) == "it" else "device layouts"


def _none_passed(step: Step) -> str:
    """The beginning of a sentence: none of the layouts was passed."""
    match len(names(given(step, "initialized_variables"))):
        case 1:
            return "You did not pass it"
        case 2:
            return "You passed neither"
    return "You passed none of them"


def _layouts_left(step: Step) -> str:
    taken = names(given(step, "popped"))
    return joined(name for name in names(given(step, "layouts_given")) if name not in taken)


def _units_kept(step: Step) -> str:
    assigned = (c for c in step.children if c.kind == "assign" and c.inputs.get("name") == "units")
    return in_sentence(next((c.inputs.get("value") for c in assigned), None))


def _unknown(step: Step) -> list[str]:
    return [name for name in step.inputs if name not in LAYER_ARGUMENTS]


def _argument_meant(step: Step) -> str:
    unknown = _unknown(step)
    choices = LAYER_ARGUMENTS + (DENSE_ARGUMENTS if given(step, "class") == "Dense" else ())
    return (unknown and did_you_mean(unknown[0], choices)) or "Leave it out."


def _outputs(step: Step) -> str:
    """The units of a layer as a number of outputs: `1 output`, `64 outputs`."""
    units = given(step, "value")
    return counted(int(units), "output") if isinstance(units, int) else in_sentence(units)


_NEW: Final[Words] = {
    "as_written": lambda step: arguments(given(step, "args"), given(step, "kwargs")),
    "added": _added,
    "binding": _binding,
    "which": _which,
    "odd": _not_plain,
}
_LAYOUT: Final[Words] = {
    "would_take": _would_take,
    "taken": lambda step: keywords(entries(given(step, "popped"))) or "nothing",
    "set_names": lambda step: joined(names(given(step, "set"))),
    "left": _layouts_left,
    "them": _them,
    "device_layouts": _device_layouts,
    "none_passed": _none_passed,
}
_INIT: Final[Words] = {
    "arguments": lambda step: keywords(step.inputs.items()),
    "units_kept": _units_kept,
    "unknown": lambda step: joined(map(plain, _unknown(step))),
    "suggestion": _argument_meant,
}
_ASSIGN: Final[Words] = {
    "before": lambda step: in_sentence(step.inputs.get("before")),
    "value_name": lambda step: by_name(given(step, "value")),
    "outputs_told": _outputs,
}


# -- lookups --------------------------------------------------------------------------------------


def _registry(step: Step) -> str:
    return plain(given(step, "registry"))


def _kind_of_object(step: Step) -> str:
    registry = _registry(step)
    return _SINGULAR.get(registry, registry.removesuffix("s"))


def _class_name(step: Step) -> str:
    identifier = given(step, "identifier")
    return plain(identifier.get("class_name")) if isinstance(identifier, Dict) else "None"


def _made(step: Step) -> str:
    """A result with its kind: `the function relu`, `an instance of Zeros`."""
    value = result(step)
    return "nothing" if value is None else described(value)


def _name_meant(step: Step) -> str:
    identifier, choices = given(step, "identifier"), usual(_registry(step))
    typed = identifier if isinstance(identifier, str) else _class_name(step)
    hint = did_you_mean(typed, choices)
    return hint or f"Known names include: {joined(choices[:4])}."


def _found_kind(step: Step) -> str:
    return "function" if isinstance(result(step), Function) else "class"


def _found_in(step: Step) -> str:
    found = result(step)
    return plain(found.module) if isinstance(found, Function) else "the caller's module"


def _equal_config(step: Step) -> str:
    """Whether a new config is equal to the one that a deserializer got, as a remark in brackets."""
    config = given(step, "identifier")
    inner = (given(child, "identifier") for child in children(step, "deserialize"))
    return " (equal to the first one here)" if config in inner else ""


_DESERIALIZE: Final[Words] = {
    "class_name": _class_name,
    "made": _made,
    "found_kind": _found_kind,
    "found_in": _found_in,
    "equal_config": _equal_config,
}
_GET: Final[Words] = {
    **_DESERIALIZE,
    "thing": _kind_of_object,
    "settings": lambda step: settings(result(step)),
    "suggestion": _name_meant,
}


# -- building -------------------------------------------------------------------------------------


def _fans(step: Step) -> tuple[int, int] | None:
    fan_in, fan_out = given(step, "fan_in"), given(step, "fan_out")
    return (fan_in, fan_out) if isinstance(fan_in, int) and isinstance(fan_out, int) else None


def _fan_sum(step: Step) -> str | None:
    fans = _fans(step)
    if fans is None or sum(fans) < 2:
        return fans and "2"  # Keras never divides by less than one
    return f"({in_sentence(fans[0])}+{in_sentence(fans[1])})"


def _fan_one(step: Step) -> str | None:
    fans = _fans(step)
    return fans and in_sentence(max(1, fans[0]))


_NUMBERS: Final[Words] = {
    "fan_in": lambda step: in_sentence(given(step, "fan_in")),
    "fan_out": lambda step: in_sentence(given(step, "fan_out")),
    "limit": lambda step: in_sentence(given(step, "limit")),
    "stddev": lambda step: in_sentence(given(step, "stddev")),
    "fan_sum": _fan_sum,
    "fan_one": _fan_one,
}


def _formula(step: Step) -> str:
    def of_step(name: str) -> str | None:
        return _NUMBERS[name](step)

    return fill(FORMULAS.get(plain(given(step, "class")), ""), of_step)


_INITIALIZE: Final[Words] = {
    **_NUMBERS,
    "class": lambda step: plain(given(step, "class")),
    "formula": _formula,
    "draws": lambda step: DRAWS.get(plain(given(step, "class")), "random numbers"),
    "formula_alone": lambda step: f"{(text := _formula(step))[:1].upper()}{text[1:]}",
}


def _from_initializer(name: str, step: Step) -> str | None:
    """A word from the step of the initializer that filled a weight."""
    fills = filling(step)
    return _INITIALIZE[name](fills) if fills else None


def _initializer_name(step: Step) -> str:
    fills = filling(step)
    return plain(fills.subject or "") if fills else by_name(given(step, "initializer"))


def _count(step: Step) -> str:
    value = result(step)
    return f"{value.size:,}" if isinstance(value, Tensor) else in_sentence(None)


_ADD_WEIGHT: Final[Words] = {
    **{name: partial(_from_initializer, name) for name in _INITIALIZE},
    "name": lambda step: "without a name" if step.inputs.get("name") is None else None,
    "initializer_name": _initializer_name,
    "initializer_settings": lambda step: settings(given(step, "initializer")),
    "regularizer_name": lambda step: by_name(given(step, "regularizer")),
    "constraint_name": lambda step: by_name(given(step, "constraint")),
    "count": _count,
}


# -- calling --------------------------------------------------------------------------------------


def _dimensions(step: Step) -> str:
    count = dimensions(given(step, "shape"))
    return f"{count} dimension" + "s" * (count != 1)


def _advice(step: Step) -> str:
    """What to pass instead of an input with too few dimensions."""
    has, needs = dimensions(given(step, "shape")), demands(given(step, "spec")).get("min_ndim")
    if has and isinstance(needs, int) and needs == has + 1:
        as_list = ", or [[1, 2]] for the list [1, 2]" if has == 1 else ""
        return f"For one example x, pass a batch of one: x[None{', :' * has}]{as_list}."
    return "The first axis is the batch, even for one example."


def _unknown_size(step: Step) -> str:
    """What None means, as a remark in brackets, where an input or the result has such a size."""
    shown = [given(step, "input"), result(step)]
    is_unknown = any(None in tensor.shape for value in shown for tensor in tensors_in(value))
    return " (None: a size not known yet)" if is_unknown else ""


def _inputs(step: Step) -> str:
    value = given(step, "input")
    return f"{value.length} tensors" if isinstance(value, Items) else in_sentence(value)


_CHECK: Final[Words] = {
    "demands": lambda step: spec_text(given(step, "spec")),
    "advice": _advice,
    "dimensions": _dimensions,
    "layer": lambda step: plain(given(step, "layer")),
}
_CALL: Final[Words] = {
    "input": lambda step: in_sentence(next(iter(step.inputs.values()), None)),
    "runs": lambda step: in_sentence(len(step.children)),
    "beginning": lambda step: "zeros" if given(step, "initial_state") is None else "initial_state",
}
_OPERANDS: Final[Words] = {
    "operands": operation_words.operands,
    "first": partial(operation_words.tensor, 0),
    "value": lambda step: number(result(step)),
}


# -- models ---------------------------------------------------------------------------------------


def _optimizer_made(step: Step) -> str:
    resolved: Value = given(step, "resolved_now")
    return by_name(resolved.get("optimizer") if isinstance(resolved, Dict) else None)


def _tracker(step: Step) -> str:
    """What tracks the loss, in a sentence, where `compile` creates it."""
    makes_mean = any(given(child, "class") == "Mean" for child in children(step, "new"))
    return "; a new Mean metric tracks the loss" if makes_mean else ""


_COMPILE: Final[Words] = {
    "optimizer_made": _optimizer_made,
    "put_off_names": lambda step: keywords(entries(given(step, "put_off"))) or "nothing",
    "put_off_arguments": lambda step: joined(map(plain, names(given(step, "put_off")))),
    "tracker": _tracker,
}


def _built_for(step: Step) -> str | None:
    """The shape that `build` got, whatever its argument is called."""
    if "input_shape" in step.inputs:
        return None
    return next((in_sentence(value) for value in step.inputs.values()), None)


def _graph_layers(step: Step) -> list[str]:
    """The names of the layers of a graph, in the order in which they run."""
    depths = step.facts.get("depths")
    listed = depths.items if isinstance(depths, Items) else ()
    return [plain(name) for depth in listed if isinstance(depth, Items) for name in depth.items]


_DERIVED: Final[Mapping[str, Words]] = {
    "build": {"input_shape": _built_for},
    "new": _NEW,
    "layout": _LAYOUT,
    "init": _INIT,
    "assign": _ASSIGN,
    "get": _GET,
    "deserialize": _DESERIALIZE,
    "add_weight": _ADD_WEIGHT,
    "initialize": _INITIALIZE,
    "check": _CHECK,
    "call": _CALL,
    "op": operation_words.WORDS,
    "activation": _OPERANDS,
    "regularize": _OPERANDS,
    "constrain": _OPERANDS,
    "compile": _COMPILE,
    "graph": {
        "layer_count": lambda step: counted(len(_graph_layers(step)), "layer"),
        "graph_layers": lambda step: joined(_graph_layers(step)),
    },
    "add": {"layer_name": lambda step: by_name(given(step, "layer"))},
    "invoke": {"inputs_told": _inputs, "unknown_size": _unknown_size},
    **training_words.WORDS,
}
