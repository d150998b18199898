"""The outcome of a step in a few words, which is part of the key of its explanation."""

from collections.abc import Callable, Iterator
from typing import Final

from densetrace.data.steps import Error, Step
from densetrace.data.values import Class, Function, Instance, Items, Mapping, Tensor, Value
from densetrace.data.wording import (
    called_by,
    came_from_inside,
    children,
    demands,
    dimensions,
    entries,
    filling,
    first,
    given,
    names,
    result,
    written_in,
)
from densetrace.kinds.attributes import is_first
from densetrace.kinds.fitting import changes, is_list, is_replayed, python_runs
from densetrace.kinds.functions import ACTIVITY
from densetrace.kinds.loss_scaling import change_of_scale
from densetrace.teach.arguments import LAYER_ARGUMENTS
from densetrace.teach.texts.formulas import FORMULAS

_CASTING_INPUTS: Final = (
    "Dense.call", "_maybe_cast_inputs.<locals>.cast", "._cast_inputs", "._cast_single_input",
)  # fmt: skip
"""The functions that convert the input of a layer, in our stack and in real ones."""


def outcomes(step: Step) -> Iterator[str]:
    """The outcomes of a step, most specific first. The last is `raised` if the step raised an
    error, and "" otherwise."""
    if step.error is not None:
        if step.kind == "get":
            yield from _refused_get(step, step.error)
        if came_from_inside(step):
            yield "raised inside"
        else:
            yield from _REFUSALS.get(step.kind, _none)(step)
            yield f"raised {step.error.type}"
        yield "raised"
        return
    yield from _RESULTS.get(step.kind, _none)(step)
    yield ""


def _none(step: Step) -> Iterator[str]:
    yield from ()


# -- results of steps -----------------------------------------------------------------------------


def _new(step: Step) -> Iterator[str]:
    if given(step, "class") in ("InputLayer", "Sequential", "Functional"):
        yield str(given(step, "class"))
    if not entries(given(step, "kwargs")) and not _has_items(given(step, "args")):
        yield "without arguments"
    kept = "auto-config" if given(step, "auto_config") is True else "no auto-config"
    if entries(given(step, "positional")):
        yield f"positional, {kept}"
    elif _has_items(given(step, "args")):
        yield f"unnamed, {kept}"
    yield kept if entries(given(step, "bound")) else "nothing given"


def _has_items(value: Value) -> bool:
    return isinstance(value, Items) and bool(value.items)


def _layout(step: Step) -> Iterator[str]:
    if not names(given(step, "initialized_variables")):
        yield "takes nothing"
    elif not entries(given(step, "layouts_given")):
        yield "none given"
    elif entries(given(step, "set")):
        yield "set"
    elif entries(given(step, "popped")):
        yield "taken, not set"
    else:
        yield "not taken"


def _init(step: Step) -> Iterator[str]:
    if step.inputs.get("skip_init") is True:
        yield "skipped"
    units = step.inputs.get("units")
    if isinstance(units, bool):
        yield "units bool"
    elif "units" in step.inputs and not isinstance(units, int):
        yield "units converted"
    if step.point.startswith("keras.metrics."):
        yield "metric"
    if given(step, "class") != given(step, "of"):
        if (
            "dtype" in step.inputs
            and step.inputs["dtype"] is None
            and "autocast" not in step.inputs
        ):
            yield "default dtype"
        yield "inherited"


def _assign(step: Step) -> Iterator[str]:
    name, value = given(step, "name"), given(step, "value")
    if isinstance(name, str):
        if name == "built":
            yield f"built {value}"
        elif written_in(step, "layers/core/dense.py"):
            yield f"Dense.{name}, {'None' if value is None else 'set'}"
            yield f"Dense.{name}"
        elif name == "stateful" and value is False:
            yield "stateful reset"
        elif name.endswith("_layout") and written_in(step, "dtensor/utils.py"):
            yield "layout"
        yield name
    if isinstance(value, Tensor):
        if given(step, "variable") is True or _made_by_add_weight(step):
            yield "weight"
        yield "tensor"
    elif isinstance(value, Instance) and value.module.startswith("keras.layers"):
        yield "layer"


def _made_by_add_weight(step: Step) -> bool:
    """Whether the line that sets an attribute creates a weight: `self.w = self.add_weight(...)`."""
    return step.where is not None and "= self.add_weight(" in step.where.text


def _read(step: Step) -> Iterator[str]:
    name, found = given(step, "name"), result(step)
    is_empty = isinstance(found, Items) and not found.length
    if name == "losses":
        yield "no losses" if is_empty else "losses"
    elif is_empty:
        yield "no weights, not built" if given(step, "built") is False else "no weights"


def _reset_names(step: Step) -> Iterator[str]:
    if step.point.endswith("clear_session"):
        yield "session"


def _name(step: Step) -> Iterator[str]:
    yield "first" if is_first(step) else "numbered"


def _get(step: Step) -> Iterator[str]:
    identifier, found = given(step, "identifier"), result(step)
    branch = given(step, "branch")
    if branch == "str":
        yield f"str {identifier!r}"
        match found:
            case str():
                yield "str passed through"
            case Function():
                yield "str function"
            case Instance():
                yield "str instance"
    elif branch == "dict" and isinstance(identifier, Mapping):
        yield "dict new format" if identifier.get("module") is not None else "dict legacy"
    elif branch == "class":
        yield "class passed through" if isinstance(found, Class) else "class made"
    if isinstance(branch, str):
        yield branch


def _deserialize(step: Step) -> Iterator[str]:
    identifier, found = given(step, "identifier"), result(step)
    if isinstance(identifier, str):
        yield "str passed through" if isinstance(found, str) else "str"
    elif isinstance(identifier, Mapping):
        if children(step, "deserialize"):
            yield "rewritten"
        yield "function" if isinstance(found, Function) else "class"


def _build(step: Step) -> Iterator[str]:
    if step.point.endswith(".Dense.build") and len(children(step, "add_weight")) == 1:
        yield "without bias"
    if called_by(step, "_maybe_build"):
        yield "lazily"


def _add_weight(step: Step) -> Iterator[str]:
    if isinstance(given(step, "regularizer"), str):
        found = next((c for c in children(step, "get") if _looked_up_regularizer(c)), None)
        if found is None or isinstance(result(found), str):
            yield "string regularizer"
    filled = filling(step)
    fills = filled is not None and given(filled, "class") in FORMULAS
    if given(step, "initializer") is None:
        yield "default initializer"
    if given(step, "regularizer") is not None:
        yield "regularized, by formula" if fills else "regularized"
    if given(step, "constraint") is not None:
        yield "constrained, by formula" if fills else "constrained"
    if fills:
        if isinstance(given(step, "initializer"), Instance):
            yield "by formula, given"
        yield "by formula"


def _looked_up_regularizer(step: Step) -> bool:
    return given(step, "registry") == "regularizers"


def _initialize(step: Step) -> Iterator[str]:
    if given(step, "again") is True:
        yield "again"
    if given(step, "limit") is not None or given(step, "stddev") is not None:
        yield str(given(step, "class"))
        yield "limit" if given(step, "limit") is not None else "stddev"


def _invoke(step: Step) -> Iterator[str]:
    mode, call = str(given(step, "mode")), first(step, "call")
    if call is not None:
        called = [child.subject for child in children(call, "invoke")]
        if call.point == "keras.engine.sequential.Sequential.call" and len(set(called)) < len(
            called
        ):
            yield "layers run twice"
        if called:
            yield f"{mode}, with layers inside"
    yield f"{mode}, building" if children(step, "build") else mode


def _call(step: Step) -> Iterator[str]:
    if step.point.endswith(".Dense.call") and any(
        child.point == "tf.matmul" for child in children(step, "op")
    ):
        yield "matmul"
    if step.point.endswith("._Merge.call"):
        yield str(given(step, "class"))
    elif "training" in step.inputs:
        training = step.inputs["training"]
        if training is None or isinstance(training, bool):
            mode = "training" if training else "not training"
            if str(given(step, "class")).startswith("SpatialDropout"):
                yield f"{mode}, channels"
            yield mode


def _op(step: Step) -> Iterator[str]:
    if step.point == "tf.nn.moments" and called_by(step, "BatchNormalizationBase._moments"):
        yield "moments"
    elif step.point.startswith("tf.math.") and called_by(step, "._assign_moving_average"):
        yield "moving average"
    elif called_by(step, ACTIVITY):
        yield "activity"
    elif step.point != "tf.cast":
        if called_by(step, "Dense.call"):
            yield "Dense"
    elif any(called_by(step, function) for function in _CASTING_INPUTS):
        yield "input"


def _regularize(step: Step) -> Iterator[str]:
    if called_by(step, ACTIVITY):
        yield "activity"


def _add(step: Step) -> Iterator[str]:
    layer = given(step, "layer")
    if isinstance(layer, Instance) and layer.cls == "InputLayer":
        yield "input layer"
    elif any(given(child, "class") == "InputLayer" for child in children(step, "new")):
        yield "input made"
    elif children(step, "invoke"):
        yield "connected"
    else:
        yield "deferred"


def _compile(step: Step) -> Iterator[str]:
    if entries(given(step, "put_off")):
        yield "put off"


# -- results of steps of training ------------------------------------------------------------------


def _make_function(step: Step) -> Iterator[str]:
    if given(step, "mode") == "made before":
        yield "made before"


def _span(step: Step) -> Iterator[str]:
    if "last" in step.facts:
        yield "several"
    elif is_replayed(step):
        yield "replayed"


def _train_function(step: Step) -> Iterator[str]:
    if given(step, "mode") == "graph":
        if not python_runs(step):
            yield "replayed"
            return
        if any(one.kind == "update" and "after" in one.facts for one in step.walk()):
            yield "traced, with numbers"
        yield "traced"


def _train_step(step: Step) -> Iterator[str]:
    if not step.point.endswith(".train_step"):
        yield "no training"


def _callback(step: Step) -> Iterator[str]:
    changed = dict(changes(step))
    if is_list(step):
        yield "list"
    elif changed.get("model.stop_training") is True:
        yield "stops"
    elif changed:
        yield "changes"


def _metric_resolve(step: Step) -> Iterator[str]:
    if given(step, "metric") in ("accuracy", "acc", "crossentropy", "ce"):
        yield "accuracy"


def _update(step: Step) -> Iterator[str]:
    if isinstance(given(step, "before"), Tensor) and isinstance(given(step, "after"), Tensor):
        yield "numbers"


def _update_scale(step: Step) -> Iterator[str]:
    change = change_of_scale(step)
    if change is not None:
        yield change


# -- reasons of errors ----------------------------------------------------------------------------


def _refused_get(step: Step, error: Error) -> Iterator[str]:
    # Also if the error came from the deserializer: the name explains more than the deserializer.
    identifier, is_unknown = given(step, "identifier"), error.message.startswith("Unknown")
    # Keras 3 says of a name that it could not interpret it.
    if isinstance(identifier, str):
        if is_unknown or error.message.startswith("Could not interpret"):
            yield "unknown name"
    elif is_unknown and isinstance(identifier, Mapping):
        yield "unknown config"


def _refused_init(step: Step) -> Iterator[str]:
    if given(step, "of") == "Layer":
        for name in ("input_shape", "batch_input_shape"):
            if type(step.inputs.get(name)) is int:
                yield f"{name} without a comma"
    if given(step, "of") == "Layer" and set(step.inputs) - set(LAYER_ARGUMENTS):
        yield "unknown keyword"


def _refused_check(step: Step) -> Iterator[str]:
    spec, count = demands(given(step, "spec")), dimensions(given(step, "shape"))
    fewest = spec.get("min_ndim")
    if given(step, "shape") is None and step.error is not None and step.error.type == "ValueError":
        yield "several inputs"
    elif isinstance(fewest, int) and count is not None and count < fewest:
        yield "too few dimensions"
    elif "axes" in spec:
        yield "wrong size"


def _update_state(step: Step) -> Iterator[str]:
    """The mean of the loss gets the batch size as the weight of each batch."""
    is_loss = given(step, "class") == "Mean" and (step.subject or "").endswith("loss")
    if is_loss and given(step, "sample_weight") is not None:
        yield "mean loss"


_RESULTS: Final[dict[str, Callable[[Step], Iterator[str]]]] = {
    "new": _new,
    "layout": _layout,
    "init": _init,
    "assign": _assign,
    "name": _name,
    "read": _read,
    "reset_names": _reset_names,
    "get": _get,
    "deserialize": _deserialize,
    "build": _build,
    "add_weight": _add_weight,
    "initialize": _initialize,
    "invoke": _invoke,
    "call": _call,
    "op": _op,
    "regularize": _regularize,
    "add": _add,
    "compile": _compile,
    "make_function": _make_function,
    "epoch": _span,
    "batch": _span,
    "train_function": _train_function,
    "train_step": _train_step,
    "callback": _callback,
    "metric_resolve": _metric_resolve,
    "update": _update,
    "update_state": _update_state,
    "update_scale": _update_scale,
}

_REFUSALS: Final[dict[str, Callable[[Step], Iterator[str]]]] = {
    "init": _refused_init,
    "check": _refused_check,
}
