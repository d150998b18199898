"""The arguments of `compile` and `fit` as targets of `why` (`fit.batch_size`), how a line gives an
object a setting (`SGD(learning_rate=0.1)`), and the steps in which a setting of a training acts.
"""

import ast
import math
import re
from dataclasses import dataclass
from typing import Final, Literal

from densetrace.data.steps import ABSENT, Absent, Step
from densetrace.data.values import Instance, Items, Mapping, Tensor, Value
from densetrace.kinds.fitting import changes as changed_by
from densetrace.kinds.fitting import is_list, number_of
from densetrace.study.index import Place, TraceIndex
from densetrace.study.source_line import calls_of
from densetrace.system.errors import shown

METHODS: Final = ("fit", "evaluate", "predict", "on_batch", "compile")
"""The kinds of steps whose arguments are targets, in the order in which a bare name finds them."""

DATA: Final = ("x", "y", "sample_weight", "validation_data")
"""Arguments that are data, not settings."""

DEFAULTS: Final[dict[str, Value]] = {
    "batch_size": 32,
    "epochs": 1,
    "initial_epoch": 0,
    "shuffle": True,
    "validation_split": 0.0,
}
"""What `fit` takes for an argument that was left out; the batch size only for data in arrays."""

_OF_A_TRAINING: Final = frozenset((
    "batch_size", "epochs", "learning_rate", "loss", "metrics", "momentum", "optimizer",
))  # fmt: skip

_ACTS_IN: Final = {
    "clipnorm": "clip",
    "clipvalue": "clip",
    "global_clipnorm": "clip",
    "weight_decay": "weight_decay",
    "use_ema": "average",
    "ema_momentum": "average",
    "ema_overwrite_frequency": "average",
    "name": "",
    "jit_compile": "",
    "is_legacy_optimizer": "",
}
"""The kinds of steps in which settings act that all optimizers have. The others act in each
`update`."""

_ACTS_INSIDE: Final = {"batch_size": ("data_handler", "batch"), "epochs": ("epoch",)}
"""The kinds of steps inside `fit` in which an argument of it acts."""


def default(step: Step, name: str) -> Value | Absent:
    """What a step takes for an argument that was left out; `ABSENT` if that is not known."""
    is_known = step.kind == "fit" and name in DEFAULTS
    if name == "batch_size" and not isinstance(step.inputs.get("x"), Tensor | Items | Mapping):
        is_known = False  # a dataset has batches already
    return DEFAULTS[name] if is_known else ABSENT


def hint(index: TraceIndex, name: str) -> str:
    """What to ask or do instead about a setting of a training that the trace does not have."""
    if name not in _OF_A_TRAINING:
        return ""
    if not any(index.of_kind(kind) for kind in METHODS):
        for number in index.of_kind("update"):
            if label := index.steps[number].subject:
                return f"{shown(label)} was not passed to compile: its settings were not recorded."
        return "That belongs to a training. Add --fit, or ask about a script that calls fit."
    found: dict[str, str] = {}
    for number in index.of_kind("compile"):
        value = index.value(Place(number, "fact", "resolved_now", ("optimizer",)))
        if isinstance(value, Instance) and value.config is not None:
            listed = [key for key, _ in value.config.entries if isinstance(key, str)]
            found[value.label] = ", ".join(key for key in listed if key not in _ACTS_IN)
    return "\n".join(f"{shown(one)} has {shown(text, 500)}." for one, text in found.items())


# -- where a setting was given ---------------------------------------------------------------------


def how_given(text: str, cls: str, name: str, value: Value) -> Literal["typed", "left out"] | None:
    """Whether a source line creates an object of a class with a setting, or leaves the setting out;
    None if the line does not show that."""
    for call in calls_of(text, cls):
        if any(keyword.arg == name for keyword in call.keywords):
            return "typed"
        if any(keyword.arg is None for keyword in call.keywords):
            return None
        literals = [one.value for one in call.args if isinstance(one, ast.Constant)]
        if any(_is_written(value, literal) for literal in literals):
            return "typed"
        return "left out" if len(literals) == len(call.args) else None
    return None


def _is_written(value: Value, literal: object) -> bool:
    """Whether a value is that of a literal, which float32 may have rounded."""
    number = number_of(value)
    if isinstance(number, bool) or isinstance(literal, bool):
        return number is literal
    if isinstance(number, float) or isinstance(literal, float):
        try:
            return math.isclose(number, literal, rel_tol=1e-6)  # type: ignore[arg-type] # caught below
        except (TypeError, OverflowError):  # of other types, or an int too large for a float
            return False
    return number == literal


# -- where a setting acts --------------------------------------------------------------------------


def is_of_optimizer(index: TraceIndex, target: Place) -> bool:
    """Whether a place is a setting of the optimizer that `compile` keeps."""
    is_kept = index.steps[target.step].kind == "compile" and len(target.path) > 0
    return (
        is_kept
        and "optimizer" in (target.name, *target.path[:-1])
        and isinstance(index.value(target.whole), Instance)
    )


def acts_in(index: TraceIndex, target: Place) -> tuple[Step, ...]:
    """The steps in which a setting of an optimizer, or an argument of `fit`, acts."""
    if target.slot in ("input", "left_out") and index.steps[target.step].kind == "fit":
        end = index.order.ends[target.step]
        kinds = _ACTS_INSIDE.get(target.name, ())
        inside = (number for kind in kinds for number in index.of_kind(kind))
        return tuple(index.steps[number] for number in inside if target.step < number < end)
    holder = index.value(target.whole) if target.path else None
    if not isinstance(holder, Instance):
        return ()
    kind = _ACTS_IN.get(str(target.path[-1]), "update")
    steps = (index.steps[number] for number in index.of_kind(kind))
    return tuple(step for step in steps if step.subject == holder.label)


_CAST: Final = re.compile(r"\bcast\(self\.(\w+),")
"""How the line of an operation in an update reads a setting: `tf.cast(self.learning_rate, ...)`."""


@dataclass(frozen=True, slots=True)
class Used:
    """The values of a setting that updates used: those with the value asked about, the first one
    with another value, and the step that had set that, if it was recorded. Without such an update,
    `set_by` is the last step that set another value. A schedule gives each update a number, so
    there is no other value."""

    fitting: tuple[Step, ...] = ()
    other: Step | None = None
    value: Value = None
    set_by: Step | None = None
    is_schedule: bool = False


def used(index: TraceIndex, target: Place, steps: tuple[Step, ...]) -> Used:
    """Compare a setting of an optimizer with the value that each of these updates read."""
    name, held = str(target.path[-1]), index.value(target)
    if isinstance(held, Instance):
        return Used(steps, is_schedule=True)
    asked = None if isinstance(held, Absent) else held
    fitting: list[Step] = []
    other: Step | None = None
    instead: Value = None
    for step in steps:
        value = _read_in(step, name)
        if isinstance(value, Absent):
            continue
        if _is_written(asked, value):
            fitting.append(step)
        elif other is None:
            other, instead = step, value
    later = [
        one for one in _set_after(index, name, target.step) if not _is_written(asked, _set_to(one))
    ]
    if other is not None:
        before = other.id
        later = [one for one in later if one.id < before and _set_to(one) == instead]
    return Used(tuple(fitting), other, instead, later[-1] if later else None)


def _read_in(update: Step, name: str) -> Value | Absent:
    """The number that an update read for a setting; `ABSENT` if no operation shows it."""
    for step in update.walk():
        line = step.where.text if step.where is not None else ""
        if step.kind == "op" and step.point.endswith(".cast") and _CAST.findall(line) == [name]:
            value = number_of(next(iter(step.inputs.values()), None))
            if isinstance(value, int | float):
                return value
    return ABSENT


def _set_after(index: TraceIndex, name: str, compiled: int) -> list[Step]:
    """The operations in the lines of a script after `compile` that set a variable of this name."""
    found = []
    for number in index.of_kind("op"):
        step = index.steps[number]
        is_own = number > compiled and index.parent(number) is None and step.where is not None
        if is_own and step.where and name in step.where.text and step.point.endswith(".assign"):
            found.append(step)
    return found


def _set_to(step: Step) -> Value:
    return None if isinstance(step.result, Absent) else number_of(step.result)


def changes(index: TraceIndex, setting: str) -> tuple[Step, ...]:
    """The steps of callbacks that change a setting of the optimizer: `optimizer.learning_rate`."""
    steps = (index.steps[number] for number in index.of_kind("callback"))
    return tuple(step for step in steps if not is_list(step) and setting in dict(changed_by(step)))
