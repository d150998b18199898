"""The words that fill the gaps in the explanations of training."""

from collections.abc import Callable, Mapping
from typing import Final

from densetrace.data.steps import Step
from densetrace.data.values import Items, counted, times
from densetrace.data.wording import (
    by_name,
    children,
    entries,
    given,
    in_sentence,
    joined,
    keywords,
    plain,
    result,
)
from densetrace.kinds.fitting import changes, logs_of, number_of, position, python_runs
from densetrace.kinds.loss_scaling import plain_number
from densetrace.kinds.measuring import loss_name
from densetrace.kinds.optimizing import numbers, operation_name, tensors_in, variable_of


def _logs(step: Step) -> str:
    pairs = ((name, number_of(value)) for name, value in logs_of(step).items())
    return joined(f"{plain(name)} {in_sentence(value)}" for name, value in pairs)


def _ran(step: Step) -> str:
    epochs = given(step, "epochs")
    done = len(children(step, "epoch"))
    wanted = epochs if isinstance(epochs, int) else max(done, 1)
    return counted(wanted, "epoch")


def _batches(step: Step) -> str:
    steps = step.facts.get("steps")
    if not isinstance(steps, int):
        return "as many as the data has"
    return "1 batch" if steps == 1 else f"{steps:,} batches"


def _function_made(step: Step) -> str:
    return plain(step.point.rpartition(".make_")[2] or "function")


def _function(step: Step) -> str:
    return plain(given(step, "function") or "train_function")


def _data(step: Step) -> str:
    data = given(step, "data")
    listed = data.items if isinstance(data, Items) else (data,)
    return joined(in_sentence(one) for one in listed if one is not None)


def _changes(step: Step) -> str:
    return joined(f"{plain(name)} to {in_sentence(value)}" for name, value in changes(step))


def _number(step: Step) -> str:
    return position(step, step.kind)


def _identifier(step: Step) -> str:
    return in_sentence(given(step, "loss" if step.kind == "loss_resolve" else "metric"))


def _found(step: Step) -> str:
    function = step.facts.get("function")
    value = result(step) if function is None else function
    return "nothing" if value is None else by_name(value)


def _variables(step: Step) -> str:
    listed = given(step, "variables")
    if not isinstance(listed, Items):
        return "its variables"
    names = [plain(one).removesuffix(":0") for one in listed.items]
    left = listed.length - len(names)
    return joined([*names, f"{left} more"] if left > 0 else names)


def _gradients(step: Step) -> str:
    names, found = given(step, "variables"), result(step)
    if not isinstance(names, Items) or not isinstance(found, Items):
        return in_sentence(found)
    pairs = zip(names.items, found.items, strict=False)
    return joined(f"{in_sentence(one)} for {plain(name).removesuffix(':0')}" for name, one in pairs)


def _upstream(step: Step) -> str:
    return joined(map(in_sentence, tensors_in(given(step, "upstream"))))


def _operand_gradients(step: Step) -> str:
    return joined(map(in_sentence, tensors_in(result(step))))


def _slot(step: Step) -> str:
    variable, name = variable_of(step), given(step, "name")
    of = f" for {plain(variable)}" if variable else ""
    return f"the variable {plain(name)}{of}"


def _settings(step: Step) -> str:
    return keywords(entries(given(step, "settings"))) or "nothing is set, so nothing happens"


def _scale(step: Step) -> str | None:
    return plain_number(step.facts["scale"]) if "scale" in step.facts else None


def _good_steps(step: Step) -> str | None:
    good = step.facts.get("good_steps_after")
    return counted(good, "step") if isinstance(good, int) else None


def _growth_steps(step: Step) -> str | None:
    growth = given(step, "growth_steps")
    return counted(growth, "step") if isinstance(growth, int) else None


_LOGS: Final = {"logs_told": _logs}
_POSITION: Final = {"number": _number, **_LOGS}
_MADE: Final = {
    "function_made": _function_made,
    "compiled_as": lambda step: (
        f"a function of {plain(step.facts['by'])}" if "by" in step.facts else "a tf.function"
    ),
}
_VARIABLES: Final = {"variables_told": _variables}

WORDS: Final[Mapping[str, Mapping[str, Callable[[Step], str | None]]]] = {
    "fit": {"ran": _ran, **_LOGS},
    "evaluate": _LOGS,
    "on_batch": _LOGS,
    "data_handler": {"batches_told": _batches},
    "make_function": _MADE,
    "epoch": _POSITION,
    "batch": _POSITION,
    "train_function": {
        "name_of_function": _function,
        "times_told": lambda step: times(python_runs(step)),
        "maker": lambda step: f"keras/engine/training.py, Model.make_{_function(step)}",
        **_LOGS,
    },
    "train_step": {"data_told": _data, **_LOGS},
    "callback": {"changes_told": _changes},
    "compute_loss": {"class_or_subject": lambda step: plain(step.subject or "Model")},
    "loss_resolve": {"identifier_told": _identifier, "found_told": _found},
    "loss": {"loss_name": loss_name},
    "loss_call": {"loss_name": loss_name},
    "compute_metrics": _LOGS,
    "metric_resolve": {
        "identifier_told": _identifier,
        "metric_told": lambda step: plain(given(step, "metric")),
        "found_told": _found,
        "targets_told": lambda step: in_sentence(given(step, "y_t")),
        "outputs_told": lambda step: in_sentence(given(step, "y_p")),
    },
    "metrics_result": _LOGS,
    "minimize": _VARIABLES,
    "compute_gradients": _VARIABLES,
    "gradient": {"gradients_told": _gradients},
    "backward": {
        "operation_told": operation_name,
        "upstream_told": _upstream,
        "found_told": _operand_gradients,
    },
    "apply_gradients": _VARIABLES,
    "optimizer_build": _VARIABLES,
    "slot": {"slot_told": _slot},
    "clip": {"settings_told": _settings},
    "weight_decay": {"settings_told": _settings},
    "update": {
        "variable_told": lambda step: plain(variable_of(step) or "a variable"),
        "before_told": lambda step: numbers(given(step, "before")),
        "after_told": lambda step: numbers(given(step, "after")),
    },
    "scale_loss": {"scale_told": _scale},
    "unscale_gradients": {"scale_told": _scale},
    "update_scale": {
        "good_told": _good_steps,
        "growth_told": _growth_steps,
        "before_told": lambda step: plain_number(given(step, "scale")),
        "after_told": lambda step: plain_number(step.facts.get("scale_after")),
    },
    "average": _VARIABLES,
    "finalize": _VARIABLES,
}
"""The words of each kind of step of training: name -> the function that reads it from a step."""
