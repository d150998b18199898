"""Reads the steps of Keras 3 where its functions have other arguments than those of Keras 2, and
those that only Keras 3 has: path, variable, track, lock, spec, node.

`ENTER` and `LEAVE` are as in `observers`, which reads all other kinds.
"""

import inspect
from collections.abc import Callable
from types import FunctionType
from typing import Any, Final

from densetrace.data.steps import ABSENT
from densetrace.recording import training_observers
from densetrace.recording.introspect import (
    attributes_of,
    facts_of,
    find_in_class,
    getfullargspec,
    leaves,
    mro,
)
from densetrace.recording.observing import Arguments, Entry, HookPoint, class_of, method
from densetrace.recording.training_observers import (
    BEFORE,
    name_of_variable,
    names_of_variables,
    tracings,
)
from densetrace.system.real_home import defining_module

Facts = dict[str, object]

# -- construction ----------------------------------------------------------------------------------


def _enter_new(hook: HookPoint, arguments: Arguments) -> Entry:
    """An operation of `keras.ops` is an object too; only layers are steps."""
    cls = arguments["cls"]
    if not facts_of(cls).is_layer:
        return None
    return None, {
        "class": facts_of(cls).name,
        "args": arguments["args"],
        "kwargs": arguments["kwargs"],
        "arg_names": _parameter_names(cls),
    }


def _leave_new(hook: HookPoint, arguments: Arguments, result: object) -> Facts:
    cls, kept = arguments["cls"], attributes_of(result).get("_auto_config")
    names = _parameter_names(cls)[1:]
    positional = dict(zip(names, arguments["args"], strict=False))
    return {
        "positional": positional,
        "bound": _bound(cls, arguments),
        "auto_config": kept is not None,
    }


def _bound(cls: type, arguments: Arguments) -> Facts:
    """The arguments by name, with the defaults and without `self` and `name`, as Keras 3 binds
    them; empty where they do not fit."""
    try:
        signature = inspect.signature(find_in_class(cls, "__init__"))
        bound = signature.bind(None, *arguments["args"], **arguments["kwargs"])
    except (TypeError, ValueError):
        return {}
    bound.apply_defaults()
    found: Facts = {}
    for position, (name, parameter) in enumerate(signature.parameters.items()):
        if parameter.kind is parameter.VAR_KEYWORD:
            found |= bound.arguments[name]
        elif position and parameter.kind is not parameter.VAR_POSITIONAL:
            found[name] = bound.arguments[name]
    found.pop("name", None)
    return found


def _parameter_names(cls: type) -> list[str]:
    """The names of the parameters of a class's `__init__`, `self` first."""
    init = find_in_class(cls, "__init__")
    return getfullargspec(init).args if type(init) is FunctionType else ["self"]


def _enter_assign(hook: HookPoint, arguments: Arguments) -> Entry:
    """A set attribute. `__new__` also stores wrapped methods in the object: these are not steps."""
    from densetrace.recording.observers import ENTER as SHARED

    wraps_method = type(arguments["value"]) is FunctionType and _is_method(arguments)
    return None if wraps_method else SHARED["assign"](hook, arguments)


def _is_method(arguments: Arguments) -> bool:
    name = arguments["name"]
    found = find_in_class(type(arguments["self"]), name) if type(name) is str else None
    return type(found) is FunctionType


# -- state -----------------------------------------------------------------------------------------


def _enter_path(hook: HookPoint, arguments: Arguments) -> Entry:
    return None, {}


def _enter_variable(hook: HookPoint, arguments: Arguments) -> Entry:
    names = ("initializer", "shape", "dtype", "trainable", "name")
    return None, {name: arguments[name] for name in names if name in arguments}


def _leave_variable(hook: HookPoint, arguments: Arguments, result: object) -> Facts:
    if result is ABSENT:
        return {}
    made = arguments["self"]
    attributes = attributes_of(made)
    return {"path": attributes.get("_path"), "variable": made}


def _enter_track(hook: HookPoint, arguments: Arguments) -> Entry:
    value = arguments["value"]
    name = name_of_variable(value)
    return None, {"store": arguments["store_name"], "value": value} | (
        {} if name is None else {"name": name}
    )


def _enter_lock(hook: HookPoint, arguments: Arguments) -> Entry:
    """Only what locks: a layer that is locked already stays so."""
    layer = arguments["self"]
    tracker = attributes_of(layer).get("_tracker")
    return None if attributes_of(tracker).get("locked") else (layer, {})


def _leave_lock(hook: HookPoint, arguments: Arguments, result: object) -> Facts:
    attributes = attributes_of(arguments["self"])
    counted = {
        name: len(held)
        for name in ("trainable_variables", "non_trainable_variables", "layers")
        if isinstance(held := attributes.get(f"_{name}"), list)
    }
    return {"holds": {name: number for name, number in counted.items() if number}}


# -- symbolic calls --------------------------------------------------------------------------------


def _enter_spec(hook: HookPoint, arguments: Arguments) -> Entry:
    about, shown = method(hook, arguments)
    for name in ("args", "kwargs"):
        given = shown.pop(name, None)
        if type(given) is tuple:
            shown |= {f"args[{i}]" if i else "input": one for i, one in enumerate(given)}
        elif type(given) is dict:
            shown |= given
    return about, shown


def _enter_node(hook: HookPoint, arguments: Arguments) -> Entry:
    given = [*arguments["call_args"], *(arguments["call_kwargs"] or {}).values()]
    inputs = [one for one in leaves(given) if "KerasTensor" in facts_of(type(one)).lineage]
    return arguments["operation"], {"inputs": inputs, "outputs": arguments["outputs"]}


def _leave_node(hook: HookPoint, arguments: Arguments, result: object) -> Facts:
    """How many nodes its operation has now: how often it was called on symbolic tensors."""
    nodes = attributes_of(arguments["operation"]).get("_inbound_nodes")
    return class_of(hook, {"self": arguments["operation"]}, result) | (
        {"number": len(nodes)} if type(nodes) is list else {}
    )


# -- training --------------------------------------------------------------------------------------


def _leave_run(hook: HookPoint, arguments: Arguments, result: object) -> Facts:
    """The last logs of a run, by name."""
    if type(result) is dict:
        return {"logs": {name: number for name, number in result.items() if type(name) is str}}
    history = attributes_of(result).get("history") if result is not ABSENT else None
    if type(history) is dict:
        lists = {name: numbers for name, numbers in history.items() if type(numbers) is list}
        return {"logs": {name: numbers[-1] for name, numbers in lists.items() if numbers}}
    names = _metric_names(arguments["self"])
    numbers = result if type(result) is list else [result]
    if "return_dict" not in arguments or result is ABSENT or len(names) != len(numbers):
        return {}
    return {"logs": dict(zip(names, numbers, strict=True))}


def _metric_names(model: object) -> list[str]:
    """The names of a model's loss and metrics, in the order in which `evaluate` returns them."""
    attributes = attributes_of(model)
    compiled = attributes.get("_compile_metrics")
    held = [attributes.get("_loss_tracker"), *leaves(getattr(compiled, "metrics", []))]
    names = [attributes_of(metric).get("name") for metric in held]
    return [name for name in names if type(name) is str]


def _leave_handler(hook: HookPoint, arguments: Arguments, result: object) -> Facts:
    attributes = attributes_of(arguments["self"])
    facts: Facts = {}
    if type(attributes.get("_num_batches")) is int:
        facts["steps"] = attributes["_num_batches"]
    if "data_adapter" in attributes:
        facts["adapter"] = facts_of(type(attributes["data_adapter"])).name
    return facts


def _enter_maker(hook: HookPoint, arguments: Arguments) -> Entry:
    name = hook.point.rpartition(".make_")[2]
    before = attributes_of(arguments["self"]).get(name)
    entry = method(hook, arguments)
    arguments[BEFORE] = before
    return entry


def _leave_maker(hook: HookPoint, arguments: Arguments, result: object) -> Facts:
    model = arguments["self"]
    attributes = attributes_of(model)
    made = attributes.get(hook.point.rpartition(".make_")[2])
    if made is None:
        return {}
    compiler = _compiler(model)
    by = {"by": compiler} if compiler and compiler != "tf.function" else {}
    if made is arguments[BEFORE]:
        return {"mode": "made before", **by}
    return {"mode": "graph" if compiler else "eager", **by}


def _compiler(model: Any) -> str | None:
    """What compiles the train function of a model, by its backend; None for plain Python."""
    if attributes_of(model).get("_run_eagerly"):
        return None
    trainer = next((one for one in mro(type(model)) if ".backend." in defining_module(one)), None)
    backend = (
        defining_module(trainer).partition(".backend.")[2].partition(".")[0] if trainer else ""
    )
    if backend not in ("jax", "torch"):
        return "tf.function"
    is_compiled = attributes_of(model).get("_jit_compile") is True
    return {"jax": "jax.jit", "torch": "torch.compile"}[backend] if is_compiled else None


_COMPILED: Final = {
    "multi_step_on_iterator": None,
    "one_step_on_data_distributed": "predict_function",
    "multi_step_on_data": "predict_function",
}
"""The Python functions that Keras 3 gives to `tf.function`, and the attribute that holds it."""


def _enter_train_function(hook: HookPoint, arguments: Arguments) -> Entry:
    """A call of the function from `make_train_function`: in a graph a `tf.function`, in eager mode
    plain Python. Other functions are not steps."""
    if "self" not in arguments:
        return None, {"function": getattr(hook.function, "__densetrace_name__", "train_function")}
    attributes = attributes_of(arguments["self"])
    python = attributes.get("python_function", attributes.get("_python_function"))
    if type(python) is not FunctionType or not _module_of(python).endswith(".trainer"):
        return None
    name = python.__qualname__.rpartition(".")[2]
    if name not in _COMPILED or ".<locals>." not in python.__qualname__:
        return None
    arguments[BEFORE] = _times_traced(arguments["self"], python)
    return None, {"function": _COMPILED[name] or _function_of_closure(python)}


def _module_of(function: FunctionType) -> str:
    """The module in which a function was defined."""
    module = function.__module__
    return module if type(module) is str else ""


def _function_of_closure(python: FunctionType) -> str:
    """`train_function` or `test_function`, by the model that the function is bound to."""
    from densetrace.recording.recorder import active

    recorder = active()
    is_test = recorder is not None and recorder.is_inside("evaluate")
    return "test_function" if is_test else "train_function"


def _leave_train_function(hook: HookPoint, arguments: Arguments, result: object) -> Facts:
    if "self" not in arguments:
        return {"mode": "eager"}
    attributes = attributes_of(arguments["self"])
    python = attributes.get("python_function", attributes.get("_python_function"))
    return {"mode": "graph", "traced": _times_traced(arguments["self"], python) - arguments[BEFORE]}


def _times_traced(function: Any, python: Any) -> int:
    """How often the Python of a train function was traced. Keras 3 has a `tf.function` for a step
    inside the one for the iterator; the inner one is traced again when it creates variables."""
    plain = inspect.unwrap(python)  # a decorator of TensorFlow is around it
    held = [_content(cell) for cell in plain.__closure__ or ()]
    inner = [getattr(one, "__wrapped__", one) for one in held]
    counts = [tracings(one) for one in inner if hasattr(one, "experimental_get_tracing_count")]
    return max([tracings(function), *counts])


def _content(cell: Any) -> object:
    try:
        return cell.cell_contents
    except ValueError:  # not set yet
        return None


def _enter_resolve(name: str) -> Callable[[HookPoint, Arguments], Entry]:
    def enter(hook: HookPoint, arguments: Arguments) -> Entry:
        seen = {"y_t": arguments.get("y_true"), "y_p": arguments.get("y_pred")}
        return None, {name: arguments["identifier"], **seen}

    return enter


def _enter_apply(hook: HookPoint, arguments: Arguments) -> Entry:
    """`apply_gradients` gets pairs, which may be read only once; `apply` gets lists."""
    names = names_of_variables(arguments.get("trainable_variables"))
    return arguments["self"], {"variables": names} if names else {}


def _enter_update(hook: HookPoint, arguments: Arguments) -> Entry:
    """On TensorFlow, `update_step` gets the variable of the backend, whose name is the path."""
    entry: tuple[object, dict[str, object]] = training_observers.ENTER["update"](hook, arguments)
    name = entry[1]["variable"]
    if type(name) is str:
        entry[1]["variable"] = name.removesuffix(":0")
    return entry


def _enter_decay(hook: HookPoint, arguments: Arguments) -> Entry:
    optimizer = arguments["self"]
    if attributes_of(optimizer).get("weight_decay") is None:
        return None
    return optimizer, {"variables": names_of_variables(arguments.get("variables"))}


ENTER: Final[dict[str, Callable[[HookPoint, Arguments], Entry]]] = {
    "new": _enter_new,
    "assign": _enter_assign,
    "path": _enter_path,
    "variable": _enter_variable,
    "track": _enter_track,
    "lock": _enter_lock,
    "spec": _enter_spec,
    "node": _enter_node,
    "make_function": _enter_maker,
    "train_function": _enter_train_function,
    "loss_resolve": _enter_resolve("loss"),
    "metric_resolve": _enter_resolve("metric"),
    "apply_gradients": _enter_apply,
    "weight_decay": _enter_decay,
    "update": _enter_update,
}

LEAVE: Final[dict[str, Callable[[HookPoint, Arguments, object], Facts]]] = {
    "new": _leave_new,
    "variable": _leave_variable,
    "lock": _leave_lock,
    "spec": class_of,
    "node": _leave_node,
    "fit": _leave_run,
    "evaluate": _leave_run,
    "on_batch": _leave_run,
    "data_handler": _leave_handler,
    "make_function": _leave_maker,
    "train_function": _leave_train_function,
}

ONLY_IN_KERAS_3: Final = ("path", "variable", "track", "lock", "spec", "node")
"""The kinds of steps that no other stack has."""
