"""Reads the inputs and facts of the steps of training, as `observers` does for the others."""

from collections.abc import Mapping
from types import FunctionType
from typing import Any, Final

from densetrace.data.steps import ABSENT
from densetrace.recording.arrays import Whole, has_numbers, is_tensor_class
from densetrace.recording.introspect import (
    attributes_of,
    derives,
    facts_of,
    leaves,
)
from densetrace.recording.observing import (
    Arguments,
    Entry,
    HookPoint,
    attribute_of,
    class_of,
    is_variable,
    method,
    scale_of,
    updated,
    without_defaults,
)

BEFORE: Final = "densetrace before"
"""The key of a call's arguments under which an observer keeps what it saw on entry."""


def name_of_variable(variable: object) -> str | None:
    """The name of a variable of a framework; None of any other object."""
    if not is_tensor_class(type(variable)):
        return None
    # In Keras 3 several variables of a model have the same name; their paths differ.
    name = attributes_of(variable).get("_path", getattr(variable, "name", None))
    return name if type(name) is str else None


def names_of_variables(variables: Any) -> list[object]:
    """The names of variables, where a list of them was given."""
    for base in (list, tuple):
        if derives(type(variables), base):
            return [name_of_variable(one) for one in base.__iter__(variables)]
    return []


# -- fit and its relatives -------------------------------------------------------------------------


def _logs(value: object) -> dict[str, object]:
    """The last results of a run over data, by name; empty if they have no names."""
    if type(value) is dict:
        return {name: number for name, number in value.items() if type(name) is str}
    history = attributes_of(value).get("history") if value is not ABSENT else None
    if type(history) is dict:
        lists = {name: numbers for name, numbers in history.items() if type(numbers) is list}
        return {name: numbers[-1] for name, numbers in lists.items() if numbers}
    return {}


def _leave_run(hook: HookPoint, arguments: Arguments, result: object) -> dict[str, object]:
    """The last logs of a run, and of `evaluate` without `return_dict` those by their names."""
    logs = _logs(result)
    if not logs and "return_dict" in arguments and result is not ABSENT:
        names = _metric_names(arguments["self"])
        numbers = list(result) if type(result) is list else [result]
        logs = dict(zip(names, numbers, strict=False)) if len(names) == len(numbers) else {}
    return {"logs": logs} if logs else {}


def _metric_names(model: object) -> list[str]:
    """The names of a model's compiled metrics, in the order in which `evaluate` returns them."""
    found: list[str] = []
    for held in ("compiled_loss", "compiled_metrics"):
        container = attributes_of(model).get(held)
        metrics: object = getattr(container, "metrics", None)  # a class of Keras
        for metric in leaves(metrics):
            name = attributes_of(metric).get("_name")
            if type(name) is str:
                found.append(name)
    return found


def _enter_handler(hook: HookPoint, arguments: Arguments) -> Entry:
    about, shown = without_defaults(hook, arguments)
    for name in ("model", "steps_per_execution", "max_queue_size", "workers"):
        shown.pop(name, None)
    return about, shown


def _leave_handler(hook: HookPoint, arguments: Arguments, result: object) -> dict[str, object]:
    attributes = attributes_of(arguments["self"])
    facts: dict[str, object] = {}
    if "_inferred_steps" in attributes:
        facts["steps"] = attributes["_inferred_steps"]
    if "_adapter" in attributes:
        facts["adapter"] = facts_of(type(attributes["_adapter"])).name
    return facts


_FUNCTIONS: Final = {
    "make_train_function": "train_function",
    "make_test_function": "test_function",
    "make_predict_function": "predict_function",
}


def _enter_maker(hook: HookPoint, arguments: Arguments) -> Entry:
    held = _FUNCTIONS.get(hook.point.rpartition(".")[2], "")
    arguments[BEFORE] = attributes_of(arguments["self"]).get(held)
    return method(hook, {name: value for name, value in arguments.items() if name != BEFORE})


def _leave_maker(hook: HookPoint, arguments: Arguments, result: object) -> dict[str, object]:
    if result is ABSENT:
        return {}
    if result is arguments[BEFORE]:
        return {"mode": "made before"}
    return {"mode": "eager" if type(result) is FunctionType else "graph"}


# -- what runs a batch -----------------------------------------------------------------------------


def _enter_train_function(hook: HookPoint, arguments: Arguments) -> Entry:
    """A call of the function that `make_train_function` returned: a `tf.function`, or in eager mode
    plain Python. Other functions, and the Python of one that is being traced, are not steps."""
    if "self" not in arguments:
        from densetrace.recording.recorder import active

        recorder = active()
        around = None if recorder is None else recorder.innermost
        if around is not None and around.kind == "train_function":
            return None
        return None, {"function": hook.function.__name__}
    function = arguments["self"]
    attributes = attributes_of(function)
    python = attributes.get("python_function", attributes.get("_python_function"))
    where = python.__qualname__ if type(python) is FunctionType else ""
    name = where.rpartition(".")[2]
    if not where.endswith(f".make_{name}.<locals>.{name}"):
        return None
    arguments[BEFORE] = tracings(function)
    return None, {"function": name}


def tracings(function: Any) -> int:
    """How many times a `tf.function` was traced."""
    count: int = function.experimental_get_tracing_count()
    return count


def _leave_train_function(
    hook: HookPoint, arguments: Arguments, result: object
) -> dict[str, object]:
    if "self" not in arguments:
        return {"mode": "eager"}
    return {"mode": "graph", "traced": tracings(arguments["self"]) - arguments[BEFORE]}


# -- losses and metrics ----------------------------------------------------------------------------


def _leave_resolved(hook: HookPoint, arguments: Arguments, result: object) -> dict[str, object]:
    return _function_of(result)


def _function_of(holder: object) -> dict[str, object]:
    """The function that a loss or a metric wraps: `categorical_crossentropy`."""
    attributes = {} if holder is ABSENT or holder is None else attributes_of(holder)
    function = attributes.get("fn", attributes.get("_fn"))
    return {} if function is None else {"function": function}


def _leave_wrapper(hook: HookPoint, arguments: Arguments, result: object) -> dict[str, object]:
    return class_of(hook, arguments, result) | _function_of(arguments["self"])


# -- gradients -------------------------------------------------------------------------------------


def _enter_gradient(hook: HookPoint, arguments: Arguments) -> Entry:
    sources = arguments["sources"]
    given = [*leaves(sources)] if type(sources) in (list, tuple, dict) else [sources]
    names = [name_of_variable(one) if is_variable(one) else None for one in given]
    shown: dict[str, object] = {"target": arguments["target"], "sources": sources}
    if given and all(names):
        shown = {"target": arguments["target"], "variables": names}
    return None, shown


def _enter_backward(hook: HookPoint, arguments: Arguments) -> Entry:
    if "op_name" in arguments:  # in TensorFlow
        given = arguments["out_grads"]
        return None, {"operation": arguments["op_name"], "upstream": list(given)}
    step = arguments["step"]
    return None, {"operation": step.operation.names[0], "upstream": list(arguments["given"])}


def _leave_backward(hook: HookPoint, arguments: Arguments, result: object) -> dict[str, object]:
    """Which step of the forward pass this one answers."""
    from densetrace.recording.recorder import active

    recorder = active()
    outputs = arguments["outputs"] if "op_name" in arguments else arguments["step"].outputs
    first = outputs[0] if type(outputs) is list and outputs else outputs
    return {} if recorder is None else recorder.computed_by(first)


def _enter_minimize(hook: HookPoint, arguments: Arguments) -> Entry:
    shown: dict[str, object] = {}
    if "loss" in arguments:
        shown["loss"] = arguments["loss"]
    variables = arguments.get("var_list", arguments.get("variables"))
    if names := names_of_variables(variables):
        shown["variables"] = names
    return arguments["self"], shown


def _enter_apply(hook: HookPoint, arguments: Arguments) -> Entry:
    pairs = arguments["grads_and_vars"]
    shown: dict[str, object] = {}
    if type(pairs) is list or type(pairs) is tuple:
        pairs = [pair for pair in pairs if type(pair) in (tuple, list) and len(pair) == 2]
        if names := names_of_variables([pair[1] for pair in pairs]):
            shown["variables"] = names
    return arguments["self"], shown


def _enter_slot(hook: HookPoint, arguments: Arguments) -> Entry:
    shown: dict[str, object] = {}
    name = arguments.get("variable_name", arguments.get("slot_name", arguments.get("name")))
    shown["name"] = name
    variable = arguments.get(
        "model_variable", arguments.get("var", arguments.get("reference_variable"))
    )
    if variable is not None:
        shown["variable"] = name_of_variable(variable)
    shape = arguments.get("shape")
    if shape is not None:
        shown["shape"] = shape
    return arguments["self"], shown


_CLIPPING: Final = ("clipnorm", "clipvalue", "global_clipnorm")
_DECAY: Final = ("weight_decay",)


def _settings(names: tuple[str, ...]) -> Any:
    def leave(hook: HookPoint, arguments: Arguments, result: object) -> dict[str, object]:
        held = {name: attribute_of(arguments["self"], name) for name in names}
        settings = {
            name: value for name, value in held.items() if value is not None and value is not False
        }
        return {"settings": settings}

    return leave


def _enter_clip(hook: HookPoint, arguments: Arguments) -> Entry:
    return arguments["self"], {"gradients": next(iter([*arguments.values()][1:]), None)}


def _enter_decay(hook: HookPoint, arguments: Arguments) -> Entry:
    return arguments["self"], {"variables": names_of_variables(arguments.get("variables"))}


def inputs_of_update(arguments: Arguments) -> dict[str, object]:
    """The inputs of the step in which an optimizer updates a variable."""
    gradient, variable = updated(arguments)
    return {
        "variable": name_of_variable(variable),
        "gradient": Whole(gradient) if has_numbers(gradient) else gradient,
        "before": Whole(variable, with_grid=False),
    }


def _enter_update(hook: HookPoint, arguments: Arguments) -> Entry:
    return arguments["self"], inputs_of_update(arguments)


def _leave_constraint(hook: HookPoint, arguments: Arguments, result: object) -> dict[str, object]:
    """The name of a variable that is constrained, and its numbers before and after."""
    facts = class_of(hook, arguments, result)
    _, variable, *_ = arguments.values()
    name = name_of_variable(variable) if is_variable(variable) else None
    if name is None:
        return facts
    if result is ABSENT or not has_numbers(result):
        return facts | {"variable": name}
    return facts | {"variable": name, "before": Whole(variable), "after": Whole(result)}


# -- the loss scale of half precision --------------------------------------------------------------


def _enter_unscale(hook: HookPoint, arguments: Arguments) -> Entry:
    return arguments["self"], {"gradients": arguments["grads"]}


def _enter_finite_check(hook: HookPoint, arguments: Arguments) -> Entry:
    return None, {"gradients": arguments["grads"]}


def _enter_scale_update(hook: HookPoint, arguments: Arguments) -> Entry:
    state = arguments["self"]
    shown = {"gradients": arguments["grads"], **scale_of(state)}
    steps = attribute_of(state, "growth_steps")
    return state, shown | ({"growth_steps": steps} if type(steps) is int else {})


def _leave_scaling(hook: HookPoint, arguments: Arguments, result: object) -> dict[str, object]:
    """The scale by which a loss is multiplied or gradients are divided."""
    scale = attributes_of(arguments["self"]).get("_loss_scale")
    if type(scale) is float:
        return {"scale": scale}
    found = scale_of(scale)
    return {"scale": found["scale"]} if found else {}


# -- callbacks -------------------------------------------------------------------------------------


_ONLY_REPORT: Final = frozenset(("ProgbarLogger", "BaseLogger", "CallbackList"))
"""Callbacks whose own attributes only count what they have shown."""

_PLAIN: Final = (int, float, bool, str, type(None))


def _enter_callback(hook: HookPoint, arguments: Arguments) -> Entry:
    about, *rest = arguments
    callback = arguments[about]
    shown = {name: arguments[name] for name in rest if arguments[name] is not None}
    arguments[BEFORE] = _state(callback)
    return callback, shown


def _leave_callback(hook: HookPoint, arguments: Arguments, result: object) -> dict[str, object]:
    before = arguments[BEFORE]
    after = _state(next(iter(arguments.values())))
    changed = {
        name: value
        for name, value in after.items()
        if name not in before or not _is_same(before[name], value)
    }
    return {"changed": changed} if changed else {}


def _is_same(one: object, other: object) -> bool:
    return type(one) is type(other) and (one == other or one != one)


def _state(callback: object) -> dict[str, object]:
    """What a callback may change: its own plain attributes, and of its model the learning rate and
    `stop_training`."""
    attributes = attributes_of(callback)
    found: dict[str, object] = {}
    if not _ONLY_REPORT.intersection(facts_of(type(callback)).lineage):
        found = {
            name: value
            for name, value in attributes.items()
            if type(value) in _PLAIN and not name.startswith("_")
        }
    model = attributes_of(attributes.get("model", attributes.get("_model")))
    stops = model.get("stop_training")
    if type(stops) is bool:
        found["model.stop_training"] = stops
    rate = _learning_rate(model.get("optimizer"))
    if rate is not None:
        found["optimizer.learning_rate"] = rate
    return found


def _learning_rate(optimizer: object) -> float | None:
    """The learning rate of an optimizer, where it is a variable."""
    attributes = attributes_of(optimizer)
    held = attributes.get("_learning_rate")
    if held is None:
        hyper = attributes.get("_hyper")
        held = hyper.get("learning_rate") if type(hyper) is dict else None
    if held is None or not is_variable(held):
        return float(held) if type(held) is float else None
    numbers = Whole(held).numbers()
    return float(numbers[0]) if numbers else None


# -- spans -----------------------------------------------------------------------------------------


def _no_call(hook: HookPoint, arguments: Arguments) -> Entry:
    """An epoch or a batch, which no call bounds: `densetrace.recording.spans` opens its step."""
    return None, arguments


ENTER: Final[Mapping[str, Any]] = {
    "fit": without_defaults,
    "evaluate": without_defaults,
    "predict": without_defaults,
    "on_batch": without_defaults,
    "data_handler": _enter_handler,
    "make_function": _enter_maker,
    "epoch": _no_call,
    "batch": _no_call,
    "train_function": _enter_train_function,
    "train_step": method,
    "compute_loss": method,
    "losses_call": method,
    "losses_build": method,
    "loss_resolve": method,
    "loss": method,
    "loss_call": method,
    "validate": method,
    "minimize": _enter_minimize,
    "compute_gradients": _enter_minimize,
    "scale_loss": method,
    "gradient": _enter_gradient,
    "backward": _enter_backward,
    "unscale_gradients": _enter_unscale,
    "apply_gradients": _enter_apply,
    "finite_check": _enter_finite_check,
    "update_scale": _enter_scale_update,
    "optimizer_build": _enter_minimize,
    "slot": _enter_slot,
    "clip": _enter_clip,
    "weight_decay": _enter_decay,
    "schedule": method,
    "update": _enter_update,
    "average": _enter_minimize,
    "finalize": _enter_minimize,
    "compute_metrics": method,
    "metrics_update": method,
    "metrics_build": method,
    "metric_resolve": method,
    "update_state": method,
    "metrics_result": method,
    "metric_result": method,
    "reset_metrics": method,
    "reset_state": method,
    "callback": _enter_callback,
}

LEAVE: Final[Mapping[str, Any]] = {
    "fit": _leave_run,
    "evaluate": _leave_run,
    "on_batch": _leave_run,
    "data_handler": _leave_handler,
    "make_function": _leave_maker,
    "train_function": _leave_train_function,
    "train_step": class_of,
    "loss_resolve": _leave_resolved,
    "loss": _leave_wrapper,
    "loss_call": _leave_wrapper,
    "metric_resolve": _leave_resolved,
    "update_state": class_of,
    "metric_result": class_of,
    "backward": _leave_backward,
    "scale_loss": _leave_scaling,
    "unscale_gradients": _leave_scaling,
    "clip": _settings(_CLIPPING),
    "weight_decay": _settings(_DECAY),
    "update": class_of,
    "constrain": _leave_constraint,
    "callback": _leave_callback,
}
