"""Where the numbers of a training came from: a weight from its last update, that from a gradient,
that from the loss, and the loss from the batch that the user's line handed over.

As everywhere in `why`, a source is a place with evidence: the same variable, the same tensor, a
step inside the same one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from densetrace.data.steps import ABSENT, Absent, Step
from densetrace.data.values import Items, Mapping, Tensor, Value
from densetrace.kinds.fitting import RUNS, is_replayed, logs_of
from densetrace.study.index import NOTHING, Place, TraceIndex, same

STEPS: Final = frozenset((
    "update", "gradient", "compute_loss", "compute_metrics", "metrics_update", "update_state",
    "train_step", "slot", "epoch", "batch", "fit", "evaluate", "on_batch",
))  # fmt: skip
"""The kinds of steps whose places have their sources here."""

_DATA: Final = ("x", "y", "sample_weight")
"""The arguments of `fit`, in the order in which they make a batch."""

_VALIDATION: Final = "val_"

How: TypeAlias = Literal["fed", "operand", "beside", "passed", "inside", "computed"]

Found: TypeAlias = list[tuple[How, Place]]
"""Sources: how each took part (`fed`, `operand`, `beside`, ...), and its place."""


def sources(index: TraceIndex, place: Place, value: Value) -> Found:
    """The sources of a place in a step of training; empty where no rule applies."""
    step = index.steps[place.step]
    match step.kind, place.slot, place.name:
        case "update", "fact", "after":
            return _of_update(index, place.step)
        case "update", "input", "gradient":
            return _gradient_of(index, place.step, step)
        case "update", "input", "before":
            return _value_before(index, place.step, step)
        case "slot", "result", _:
            return [("operand", Place(place.step, "subject"))]
        case "gradient", "result", _:
            return [("operand", Place(place.step, "input", "target"))]
        case "gradient", "input", "target":
            return _producer(index, place.step, value, ("compute_loss",))
        case "compute_loss", "result", _:
            return _of_loss(index, place.step, step)
        case (("compute_loss" | "compute_metrics"), "input", "y_pred"):
            return _producer(index, place.step, value, ("invoke",))
        case (("compute_loss" | "compute_metrics"), "input", ("x" | "y" | "sample_weight") as name):
            return _from_batch(index, place.step, _DATA.index(name))
        case (("metrics_update" | "update_state"), "input", ("y_true" | "y_pred") as name):
            return _from_measuring(index, place.step, name)
        case "train_step", "input", "data":
            return _from_run(index, place)
        case "evaluate", "input", ("x" | "y" | "sample_weight") as name:
            return _validation_data(index, place, name)
        case (("fit" | "on_batch"), "fact", "weights") if place.path:
            return _last_update(index, place.step, str(place.path[0]))
        case (("epoch" | "batch" | "fit" | "on_batch" | "evaluate"), ("result" | "fact"), _):
            return _logged(index, place, step) if place.path else []
    return []


def input_of_model(index: TraceIndex, place: Place, value: Value) -> Found:
    """The part of a batch that a model is called on in its `train_step`."""
    parent = index.parent_number(place.step)
    if parent is None or index.steps[parent].kind != "train_step":
        return []
    data = Place(parent, "input", "data")
    held = index.value(data)
    for position, item in enumerate(held.items if isinstance(held, Items) else ()):
        if same(item, value):
            return [("passed", data.part(position))]
    return [("passed", data)] if same(held, value) else []


# -- updates ---------------------------------------------------------------------------------------


def _of_update(index: TraceIndex, number: int) -> Found:
    return [
        ("operand", Place(number, "input", "gradient")),
        ("beside", Place(number, "input", "before")),
        ("beside", Place(number, "subject")),
    ]


def _gradient_of(index: TraceIndex, number: int, step: Step) -> Found:
    """The gradient that a tape computed for the variable of an update."""
    name = step.inputs.get("variable")
    for found in _earlier(index, number, ("gradient",)):
        variables = index.steps[found].inputs.get("variables")
        listed = variables.items if isinstance(variables, Items) else ()
        if name in listed:
            return [("fed", Place(found, "result", "", (listed.index(name),)))]
    return []


def _value_before(index: TraceIndex, number: int, step: Step) -> Found:
    """What set a variable before the updates: its creation, or, without one, the last update."""
    name = step.inputs.get("variable")
    owner, attribute = owner_of(name)
    created = index.tables.held.get(owner or "", {}).get(attribute or "")
    if created is not None and created < number and index.steps[created].result is not ABSENT:
        return [("fed", Place(created, "result"))]
    for found in _earlier(index, number, ("update",)):
        earlier = index.steps[found]
        if earlier.inputs.get("variable") == name and "after" in earlier.facts:
            return [("fed", Place(found, "fact", "after"))]
    return []


def owner_of(variable: Value) -> tuple[str | None, str | None]:
    """The layer and the attribute of a variable, by its name: `dense/kernel:0`."""
    parts = variable.removesuffix(":0").split("/") if isinstance(variable, str) else []
    return (parts[-2], parts[-1]) if len(parts) > 1 else (None, None)


def final_weight(step: Step, owner: str, attribute: str) -> str | None:
    """The variable that an attribute of a layer is, among the weights that a run ended with; None
    if it is none of them."""
    weights = step.facts.get("weights") if step.kind in RUNS else None
    for variable in _entries(weights):
        if owner_of(variable) == (owner, attribute):
            return variable
    return None


def _last_update(index: TraceIndex, number: int, variable: str) -> Found:
    """The last recorded update of a variable before a run ended; without one inside, an earlier
    one, whose graph ran again."""
    end = index.order.ends[number]
    for found in reversed(index.of_kind("update")):
        if found < end and index.steps[found].inputs.get("variable") == variable:
            place = Place(found, "fact", "after")
            if index.value(place) is NOTHING:
                place = Place(found, "input", "gradient")
            return [("inside", place)]
    return []


def unread_update(index: TraceIndex, owner: str, attribute: str, after: int) -> Step | None:
    """The last update of a weight after a step ended, if a graph made it and its numbers were not
    read."""
    end = index.order.ends[after]
    for number in reversed(index.of_kind("update")):
        step = index.steps[number]
        if number >= end and owner_of(step.inputs.get("variable")) == (owner, attribute):
            return None if "after" in step.facts else step
    return None


@dataclass(frozen=True, slots=True)
class Later:
    """The last update of a variable, which was not recorded: it came after the recorded update
    `like`, with the same operations and other numbers.

    `batch` and `epoch` say which batch of the run made it, as numbers counted from 1 with their
    total, such as `800 of 800`; None if unknown. `recorded` has the same numbers of the batch of
    the recorded update. `is_replay` says whether it ran as a replay of the graph.
    """

    like: Step
    batch: str | None
    epoch: str | None
    recorded: tuple[str | None, str | None]
    is_replay: bool


def later_update(index: TraceIndex, run: int, update: int) -> Later | None:
    """The update that followed the last recorded one of a variable before a run ended; None if the
    recorded one is the last."""
    end = index.order.ends[run]
    like = index.steps[update]
    inside = [
        found
        for kind in ("epoch", "batch")
        for found in index.of_kind(kind)
        if run < found < end
        and index.steps[found].inputs.get("mode", "train") == "train"
        and not _had_no_data(index, found)
    ]
    recorded = _batch_around(index, update)
    if not inside:
        return Later(like, None, None, recorded, True) if update < run else None
    last = max(inside)
    if index.order.is_around(last, update) or last < update:
        return None
    batches = [found for found in inside if index.steps[found].kind == "batch"]
    is_replay = bool(batches) and is_replayed(index.steps[batches[-1]])
    return Later(like, *_batch_around(index, last), recorded, is_replay)


def _had_no_data(index: TraceIndex, number: int) -> bool:
    """Whether a batch began after the last of the data, and so updated nothing."""
    step = index.steps[number]
    if step.kind != "batch" or step.result is not ABSENT:
        return False
    end = index.order.ends[number]
    return not any(number < found < end for found in index.of_kind("update"))


def _batch_around(index: TraceIndex, number: int) -> tuple[str | None, str | None]:
    """The numbers of the batch and of the epoch that a step is in, or is: `3 of 5`."""
    found: dict[str, str] = {}
    current: int | None = number
    while current is not None:
        step = index.steps[current]
        if step.kind in ("batch", "epoch"):
            found.setdefault(step.kind, _last_position(step))
        current = index.parent_number(current)
    return found.get("batch"), found.get("epoch")


def _last_position(step: Step) -> str:
    first, total = step.inputs.get(step.kind), step.inputs.get("of")
    last = step.facts.get("last", first)
    written = f"{last + 1:,}" if isinstance(last, int) else "?"
    return f"{written} of {total:,}" if isinstance(total, int) else written


# -- losses ----------------------------------------------------------------------------------------


def _of_loss(index: TraceIndex, number: int, step: Step) -> Found:
    """The predictions, and beside them the targets, the weights and the penalties."""
    found: Found = [
        ("operand" if name == "y_pred" else "beside", Place(number, "input", name))
        for name, value in step.inputs.items()
        if name != "x" and isinstance(value, Tensor | Items)
    ]
    found += [
        ("beside", Place(child, "result"))
        for child in index.order.children(number)
        if index.steps[child].kind == "regularize"
    ]
    return found


def _from_measuring(index: TraceIndex, number: int, name: str) -> Found:
    """The argument of the step around a metric that hands on targets and predictions."""
    parent = index.parent_number(number)
    inputs = {} if parent is None else index.steps[parent].inputs
    for one in (name, name.replace("y_true", "y")):
        if parent is not None and one in inputs:
            return [("passed", Place(parent, "input", one))]
    return []


def _from_batch(index: TraceIndex, number: int, position: int) -> Found:
    """A part of the data of the `train_step` around a step."""
    parent = index.parent_number(number)
    if parent is None or index.steps[parent].kind != "train_step":
        return []
    place = Place(parent, "input", "data", (position,))
    return [] if index.value(place) is NOTHING else [("passed", place)]


def _from_run(index: TraceIndex, place: Place) -> Found:
    """The argument of `fit` that a batch is a part of."""
    run = _around(index, place.step, RUNS)
    if run is None:
        return []
    position = place.path[0] if place.path else 0
    name = _DATA[position] if isinstance(position, int) and position < len(_DATA) else "x"
    inputs = index.steps[run].inputs
    name = name if name in inputs else "x"
    return [("passed", Place(run, "input", name))] if name in inputs else []


# -- logs ------------------------------------------------------------------------------------------


def _logged(index: TraceIndex, place: Place, step: Step) -> Found:
    """What a number in the logs was computed from: the last batch or run inside, or a metric."""
    name = str(place.path[0])
    for child in reversed(list(index.order.children(place.step))):
        inner = index.steps[child]
        wanted = name
        if inner.kind in RUNS and name.startswith(_VALIDATION):
            wanted = name.removeprefix(_VALIDATION)
        elif inner.kind not in ("epoch", "batch"):
            continue
        if wanted in logs_of(inner):
            return [("inside", log_place(child, inner, wanted))]
    wanted = name.removeprefix(_VALIDATION)
    for number in index.of_kind("evaluate")[::-1] if wanted != name else ():
        # A batch that found no more data may still be open around the validation.
        if place.step < number < index.order.ends[place.step]:
            inner = index.steps[number]
            return (
                [("inside", log_place(number, inner, wanted))] if wanted in logs_of(inner) else []
            )
    return _measured(index, place.step, name)


def log_place(number: int, step: Step, name: str) -> Place:
    """The place of a number in the logs that a step of training ended with."""
    if name in _entries(step.result):
        return Place(number, "result", "", (name,))
    return Place(number, "fact", "logs", (name,))


def _entries(value: Value | Absent) -> tuple[str, ...]:
    entries = value.entries if isinstance(value, Mapping) else ()
    return tuple(key for key, _ in entries if isinstance(key, str))


def _measured(index: TraceIndex, number: int, name: str) -> Found:
    """The loss or the metric that a batch computed: inside its step, or, for a replay, when its
    graph was traced."""
    end = index.order.ends[number]
    mode = _mode(index, number)
    kind = "compute_loss" if name == "loss" else "update_state"
    for found in reversed(index.of_kind(kind)):
        step = index.steps[found]
        if found < end and (kind == "compute_loss" or step.subject == name):
            if mode is not None and _mode(index, found) not in (mode, None):
                continue  # the graph of a training is not that of a validation
            if kind == "compute_loss":
                return [("computed", Place(found, "result"))]
            if "y_pred" in step.inputs:
                return [("computed", Place(found, "input", "y_pred"))]
    return []


def _mode(index: TraceIndex, number: int) -> Value:
    """Whether a step is part of a batch of a `train` or of a `test`; None if unknown."""
    current: int | None = number
    while current is not None:
        index.visited += 1
        step = index.steps[current]
        if step.kind == "batch":
            return step.inputs.get("mode")
        current = index.parent_number(current)
    return None


def _validation_data(index: TraceIndex, place: Place, name: str) -> Found:
    """The argument of `fit` that a validation inside it measures: `validation_data`, or the part of
    the data that `validation_split` keeps."""
    run = _around(index, place.step, ("fit",))
    if run is None:
        return []
    inputs = index.steps[run].inputs
    given = inputs.get("validation_data")
    if given is None:
        return [("computed", Place(run, "input", name))] if inputs.get(name) is not None else []
    whole = Place(run, "input", "validation_data")
    part = whole.part(_DATA.index(name))
    source = whole if index.value(part) is NOTHING else part
    is_unchanged = same(index.value(source), index.value(place))
    return [("passed" if is_unchanged else "computed", source)]


# -- neighbours ------------------------------------------------------------------------------------


def _earlier(index: TraceIndex, number: int, kinds: tuple[str, ...]) -> Iterator[int]:
    """The steps of these kinds before a step, nearest first."""
    for kind in kinds:
        for found in reversed(index.of_kind(kind)):
            index.visited += 1
            if found < number:
                yield found


def _producer(index: TraceIndex, number: int, value: Value, kinds: tuple[str, ...]) -> Found:
    """The nearest earlier step of a kind that returned this value."""
    for found in _earlier(index, number, kinds):
        if same(index.steps[found].result, value) and not index.order.is_around(found, number):
            return [("fed", Place(found, "result"))]
    return []


def _around(index: TraceIndex, number: int, kinds: tuple[str, ...]) -> int | None:
    """The nearest step of these kinds around a step."""
    current = index.parent_number(number)
    while current is not None and index.steps[current].kind not in kinds:
        index.visited += 1
        current = index.parent_number(current)
    return current
