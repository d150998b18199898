"""Reads the inputs and facts of each kind of step from a call's arguments and its result.

`ENTER[kind]` runs when a call begins, and returns the object that the step is about and the inputs,
live objects by name; None if the call adds no step. `LEAVE[kind]` runs when the call has ended
and returns the facts. Both serve the mirrored stack and a real Keras, so they rely only on
attributes that Keras documents, never on a class.
"""

import functools
import inspect
import math
import weakref
from collections.abc import Callable
from types import FunctionType
from typing import Any, Final

from densetrace.data.steps import ABSENT
from densetrace.data.values import Value
from densetrace.recording import training_observers
from densetrace.recording.introspect import (
    BACKENDS,
    attributes_of,
    derives,
    facts_of,
    find_in_class,
    getfullargspec,
    is_symbolic,
    leaves,
    per_object,
)
from densetrace.recording.observing import (
    Arguments,
    Entry,
    HookPoint,
    all_arguments,
    belongs_to_outer_call,
    class_of,
    method,
    not_default,
)
from densetrace.recording.snapshot import name_of_class, snapshot

VARIABLE_NAMES: Final = (
    "alpha", "beta", "bias", "depthwise", "embeddings", "gamma", "kernel", "moving_mean",
    "moving_variance", "pointwise", "recurrent",
)  # fmt: skip
"""The eleven variable names of `allow_initializer_layout` (keras 2.14 dtensor/utils.py)."""

_LAYOUT_NAMES: Final = frozenset(f"{name}_layout" for name in VARIABLE_NAMES)


def _function(hook: HookPoint, arguments: Arguments) -> Entry:
    """A call of a function: about no object, with all arguments."""
    return None, all_arguments(hook, arguments)


def _operation(hook: HookPoint, arguments: Arguments) -> Entry:
    """A call of an operation, without the arguments at their default: TensorFlow's operations have
    many that are rarely given."""
    return None, not_default(hook, all_arguments(hook, arguments))


def _is_readable(value: object) -> bool:
    """Whether attributes of an object may be read: of a framework's, NumPy's or Python's own. A
    user's object could run any code."""
    return _is_of_readable_package(type(value))


@per_object
def _is_of_readable_package(kind: type) -> bool:
    package = facts_of(kind).module.partition(".")[0]
    return package in ("keras", "tensorflow", "numpy", "builtins", *BACKENDS)


# -- new ------------------------------------------------------------------------------------------


def _enter_new(hook: HookPoint, arguments: Arguments) -> Entry:
    cls = arguments["cls"]
    init = find_in_class(cls, "__init__")
    return None, {
        "class": facts_of(cls).name,
        "args": arguments["args"],
        "kwargs": arguments["kwargs"],
        "arg_names": _argument_items(init) if type(init) is FunctionType else _argument_names(cls),
    }


def _leave_new(hook: HookPoint, arguments: Arguments, result: object) -> dict[str, object]:
    names = _argument_names(arguments["cls"])[1:]
    positional = dict(zip(names, arguments["args"], strict=False))
    return {
        "positional": positional,
        "bound": arguments["kwargs"] | positional,
        "auto_config": attributes_of(result).get("_auto_get_config", False),
    }


def _argument_names(cls: type) -> list[str]:
    """The argument names of a class's `__init__`, `self` first."""
    return getfullargspec(find_in_class(cls, "__init__")).args


@per_object
def _argument_items(function: Callable[..., Any]) -> Value:
    """The argument names of a function as a value, built once."""
    return snapshot(getfullargspec(function).args, name_of_class)


# -- layout, init ---------------------------------------------------------------------------------


@per_object
def _initialized_variables(function: Callable[..., Any]) -> list[str]:
    """Which of the eleven variable names have an `*_initializer` argument in the signature."""
    parameters = inspect.signature(function).parameters
    return [name for name in VARIABLE_NAMES if f"{name}_initializer" in parameters]


@per_object
def _initialized_items(function: Callable[..., Any]) -> Value:
    """The same names as a value, built once."""
    return snapshot(_initialized_variables(function), name_of_class)


def _layouts(arguments: Arguments) -> dict[str, object]:
    given: dict[str, object] = arguments["kwargs"]
    return {name: value for name, value in given.items() if name in _LAYOUT_NAMES}


def _enter_layout(hook: HookPoint, arguments: Arguments) -> Entry:
    layer = arguments["layer_instance"]
    return layer, {
        "class": facts_of(type(layer)).name,
        "args": arguments["args"],
        "kwargs": arguments["kwargs"],
        "initialized_variables": _initialized_items(hook.function),
        "layouts_given": _layouts(arguments),
    }


def _leave_layout(hook: HookPoint, arguments: Arguments, result: object) -> dict[str, object]:
    accepted = [f"{name}_layout" for name in _initialized_variables(hook.function)]
    popped = {name: value for name, value in _layouts(arguments).items() if name in accepted}
    attributes = attributes_of(arguments["layer_instance"])
    set_afterwards = {
        name: value for name, value in popped.items() if attributes.get(name) is value is not None
    }
    return {"popped": popped, "set": set_afterwards}


def _leave_init(hook: HookPoint, arguments: Arguments, result: object) -> dict[str, object]:
    return class_of(hook, arguments, result) | {"of": _parent_of(hook.function.__qualname__)}


# -- get, deserialize -----------------------------------------------------------------------------


def _first_only(name: str) -> Callable[[HookPoint, Arguments], Entry]:
    """A lookup: only its first argument is an input; the others are whole registries."""

    def enter(hook: HookPoint, arguments: Arguments) -> Entry:
        return None, {name: next(iter(arguments.values()))}

    return enter


def _leave_get(hook: HookPoint, arguments: Arguments, result: object) -> dict[str, object]:
    identifier = next(iter(arguments.values()))
    return {"registry": _parent_of(hook.point), "branch": _branch(identifier, result)}


@functools.cache
def _parent_of(point: str) -> str:
    """The name before the last of a dotted name: `activations`, of `keras.activations.get`."""
    return point.split(".")[-2]


def _branch(identifier: object, result: object) -> str:
    """Which branch a `get` took, by the type of the identifier; or `refused`."""
    if result is ABSENT:
        return "refused"
    if identifier is None:
        return "None"
    # `isinstance` would read the object's `__class__`, which may be a user's property.
    branch = _branch_of(type(identifier))
    return branch or ("callable" if callable(identifier) else "as given")


@per_object
def _branch_of(kind: type) -> str | None:
    for base, branch in ((str, "str"), (dict, "dict"), (type, "class")):
        if derives(kind, base):
            return branch
    return None


def _leave_deserialize(hook: HookPoint, arguments: Arguments, result: object) -> dict[str, object]:
    return {"via": "legacy" if ".legacy." in hook.point else "serialization_lib"}


# -- assign, name ---------------------------------------------------------------------------------


_STATEFUL: Final = "_stateful"


def _enter_assign(hook: HookPoint, arguments: Arguments) -> Entry:
    layer, name, value = arguments["self"], arguments["name"], arguments["value"]
    if type(name) is not str:
        return None
    if name == _STATEFUL:
        # `Layer.__init__` resets what a class has set before it called it.
        before = attributes_of(layer).get(name) is True
        return (layer, {"name": "stateful", "value": value, "before": True}) if before else None
    if name.startswith("_"):
        return None
    facts = facts_of(type(layer))
    if facts.skips_assign:
        return None
    inputs: dict[str, object] = {"name": name, "value": value}
    attributes = facts.attributes(layer)
    if name in attributes:
        inputs["before"] = attributes[name]
    elif (stored := f"_{name}") in attributes:  # a property such as `input_spec` keeps it there
        inputs["before"] = attributes[stored]
    return layer, inputs


_MADE: Final[weakref.WeakValueDictionary[int, Any]] = weakref.WeakValueDictionary()
"""The variables that `add_weight` created, by id."""


def _leave_add_weight(hook: HookPoint, arguments: Arguments, result: object) -> dict[str, object]:
    if result is not ABSENT and _is_variable(result):
        _MADE[id(result)] = result
    return {}


def _leave_assign(hook: HookPoint, arguments: Arguments, result: object) -> dict[str, object]:
    value = arguments["value"]
    if not _is_variable(value) or _MADE.get(id(value)) is value:
        return {}
    return {"variable": True}


def _is_variable(value: object) -> bool:
    return facts_of(type(value)).is_variable


def _enter_read(hook: HookPoint, arguments: Arguments) -> Entry:
    return arguments["self"], {"name": hook.point.rpartition(".")[2]}


def _leave_read(hook: HookPoint, arguments: Arguments, result: object) -> dict[str, object]:
    built = attributes_of(arguments["self"]).get("built")
    return {"built": built} if type(built) is bool else {}


def _enter_name(hook: HookPoint, arguments: Arguments) -> Entry:
    return None, {"base": next(iter(arguments.values()))}


# -- initialize -----------------------------------------------------------------------------------

_FILLED: Final[weakref.WeakKeyDictionary[Any, set[tuple[int, ...]]]] = weakref.WeakKeyDictionary()
"""The shapes for which an initializer has drawn numbers."""


def _has_drawn(initializer: Any, shape: tuple[int, ...]) -> bool:
    """Whether an initializer of the framework has drawn numbers for this shape before: it draws
    the same ones again."""
    if "_random_generator" not in attributes_of(initializer):
        return False
    shapes = _FILLED.setdefault(initializer, set())
    drawn = shape in shapes
    shapes.add(shape)
    return drawn


def _leave_initialize(hook: HookPoint, arguments: Arguments, result: object) -> dict[str, object]:
    facts = class_of(hook, arguments, result)
    initializer = next(iter(arguments.values()))
    settings = attributes_of(initializer)
    shape: Any = arguments.get("shape")
    if result is not ABSENT and _is_readable(initializer) and type(shape) in (list, tuple):
        sizes = tuple(size for size in shape if type(size) is int)
        if _has_drawn(initializer, sizes):
            facts["again"] = True
    known = [settings.get(name) for name in ("scale", "mode", "distribution")]
    missing = any(setting is None for setting in known)
    if result is ABSENT or missing or not all(map(_is_readable, (*known, shape))):
        return facts
    return facts | _variance_scaling(settings, [int(size) for size in shape])


def _variance_scaling(settings: dict[str, Any], shape: list[int]) -> dict[str, object]:
    """The fan-in and fan-out of a shape, and the limit or standard deviation that follows.

    Follows keras 2.14 initializers/initializers.py, VarianceScaling and _compute_fans.
    """
    receptive_field = math.prod(shape[:-2])
    if len(shape) < 2:
        fan_in = fan_out = shape[0] if shape else 1
    else:
        fan_in, fan_out = shape[-2] * receptive_field, shape[-1] * receptive_field
    fans = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}
    variance = settings["scale"] / max(1.0, fans[settings["mode"]])
    if settings["distribution"] == "uniform":
        spread = {"limit": math.sqrt(3 * variance)}
    else:
        spread = {"stddev": math.sqrt(variance)}
    return {"fan_in": fan_in, "fan_out": fan_out, **spread}


# -- invoke, check --------------------------------------------------------------------------------


def _enter_invoke(hook: HookPoint, arguments: Arguments) -> Entry:
    positional, keyword = arguments["args"], arguments["kwargs"]
    inputs = dict(enumerate(positional[1:], start=1)) if len(positional) > 1 else {}
    given = {"input": positional[0]} if positional else {}
    return arguments["self"], given | {f"args[{i}]": x for i, x in inputs.items()} | keyword


def _leave_invoke(hook: HookPoint, arguments: Arguments, result: object) -> dict[str, object]:
    given = leaves([*arguments["args"], *arguments["kwargs"].values()])
    symbolic = any(is_symbolic(type(value)) for value in given)
    return class_of(hook, arguments, result) | {"mode": "symbolic" if symbolic else "eager"}


def _enter_check(hook: HookPoint, arguments: Arguments) -> Entry:
    spec, inputs, name = arguments.values()
    if spec is None:
        return None
    shape = getattr(inputs, "shape", None) if _is_readable(inputs) else None
    return None, {"spec": spec, "shape": shape, "layer": name}


def _leave_check(hook: HookPoint, arguments: Arguments, result: object) -> dict[str, object]:
    return {"verdict": "refused" if result is ABSENT else "fits"}


# -- compile --------------------------------------------------------------------------------------


def _leave_compile(hook: HookPoint, arguments: Arguments, result: object) -> dict[str, object]:
    if result is ABSENT:
        return {}
    given = {name: arguments.get(name) for name in ("loss", "metrics", "weighted_metrics")}
    return {
        "resolved_now": {"optimizer": attributes_of(arguments["self"]).get("optimizer")},
        "put_off": {name: value for name, value in given.items() if value is not None},
    }


def _enter_graph(hook: HookPoint, arguments: Arguments) -> Entry:
    """The graph of a functional model. That of a `Sequential` grows with each added layer, which
    the step `add` shows."""
    if "Sequential" in facts_of(type(arguments["self"])).lineage:
        return None
    return method(hook, arguments)


def _leave_graph(hook: HookPoint, arguments: Arguments, result: object) -> dict[str, object]:
    """The layers in the order in which they run, those at one depth together. The input layers,
    which do not run, come first at their depth, in the order of `model.layers`."""
    if result is ABSENT:
        return {}
    attributes = attributes_of(arguments["self"])
    nodes_by_depth = attributes["_nodes_by_depth"]
    listed = attributes.get("_self_tracked_trackables", ())
    position = {id(layer): at for at, layer in enumerate(listed)}

    def order(node: Any) -> tuple[bool, int]:
        return not node.is_input, position.get(id(node.layer), 0) if node.is_input else 0

    depths: list[list[str]] = []
    layers: dict[str, dict[str, Any]] = {}
    for depth in sorted(nodes_by_depth, reverse=True):
        nodes = sorted(nodes_by_depth[depth], key=order)
        depths.append(list(dict.fromkeys(node.layer.name for node in nodes)))
        for node in nodes:
            about = layers.setdefault(node.layer.name, _layer_in_graph(node.layer))
            shape = _shapes(node.outputs)
            if shape not in about["output_shapes"]:
                about["output_shapes"].append(shape)
            about["inputs"].extend(layer.name for layer, *_ in node.iterate_inbound())
    return {"depths": depths, "layers": [{"name": name} | layers[name] for name in layers]}


def _layer_in_graph(layer: Any) -> dict[str, Any]:
    weights: dict[int, Any] = {}
    waiting, seen = [layer], set()
    while waiting:  # the layer and those in its attributes
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        held = attributes_of(one)
        for name, value in held.items():
            if name in ("_trainable_weights", "_non_trainable_weights"):
                weights.update((id(weight), weight) for weight in value)
            elif name not in _OF_METRICS:
                waiting.extend(leaf for leaf in leaves(value) if facts_of(type(leaf)).is_layer)
    count = sum(math.prod(weight.shape) for weight in weights.values())
    name = facts_of(type(layer)).name
    return {"class": name, "output_shapes": [], "parameters": count, "inputs": []}


_OF_METRICS: Final = ("_metrics", "compiled_metrics", "compiled_loss")
"""Attributes whose layers are metrics, which do not count as a layer's own."""


def _shapes(outputs: Any) -> Any:
    if isinstance(outputs, dict):
        return {name: _shapes(output) for name, output in outputs.items()}
    if isinstance(outputs, list | tuple):
        return [_shapes(output) for output in outputs]
    try:
        return tuple(outputs.shape)
    except (AttributeError, ValueError):  # None, or a shape of unknown rank
        return None


def _enter_call(hook: HookPoint, arguments: Arguments) -> Entry:
    """A call of a layer's `call`."""
    return None if belongs_to_outer_call(hook.point, arguments) else method(hook, arguments)


ENTER: Final[dict[str, Callable[[HookPoint, Arguments], Entry]]] = {
    "new": _enter_new,
    "layout": _enter_layout,
    "init": method,
    "get": _first_only("identifier"),
    "deserialize": _first_only("identifier"),
    "assign": _enter_assign,
    "name": _enter_name,
    "read": _enter_read,
    "reset_names": _function,
    "build": method,
    "add_weight": method,
    "initialize": method,
    "invoke": _enter_invoke,
    "check": _enter_check,
    "call": _enter_call,
    "op": _operation,
    "activation": _function,
    "regularize": method,
    "constrain": method,
    "add": method,
    "pop": method,
    "graph": _enter_graph,
    "compile": method,
    **training_observers.ENTER,
}

NO_STEP: Final = {"assign": f"type({{1}}) is str and {{1}}[:1] == '_' and {{1}} != {_STATEFUL!r}"}
"""The kinds of which many calls add no step, and conditions that recognize such a call by its
arguments, {0}, {1}, ...: part of the wrapper, where a call of a function would cost too much."""

LEAVE: Final[dict[str, Callable[[HookPoint, Arguments, object], dict[str, object]]]] = {
    "new": _leave_new,
    "layout": _leave_layout,
    "init": _leave_init,
    "get": _leave_get,
    "deserialize": _leave_deserialize,
    "assign": _leave_assign,
    "read": _leave_read,
    "build": class_of,
    "add_weight": _leave_add_weight,
    "initialize": _leave_initialize,
    "invoke": _leave_invoke,
    "check": _leave_check,
    "call": class_of,
    "regularize": class_of,
    "graph": _leave_graph,
    "compile": _leave_compile,
    **training_observers.LEAVE,
}
