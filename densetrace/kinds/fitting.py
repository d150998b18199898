"""A model is trained: `fit` and its relatives, epochs and batches, the functions that run one batch
(`make_function`, `train_function`, `train_step`), and `callback`, which is notified of each."""

from collections.abc import Hashable, Iterable, Iterator, Sequence
from typing import Final

from densetrace.data.steps import ABSENT, Step
from densetrace.data.values import Instance, Items, Mapping, Tensor, Value, times
from densetrace.data.wording import children, rounded, short
from densetrace.kinds.kind import (
    Effect,
    Held,
    Kind,
    Setting,
    by_class_and_object,
    by_kind_and_point,
    loosely_by_point,
)
from densetrace.kinds.label import called, method_only, named, point_end, subject
from densetrace.kinds.spans import ARROW, SPACE, Spans, span

CALLBACK_LIST: Final = "CallbackList"
"""The class of Keras that calls the callbacks one after the other."""


RUNS: Final = ("fit", "evaluate", "predict", "on_batch")
"""The kinds of steps that run over data."""


def logs_of(step: Step) -> dict[str, Value]:
    """The numbers that a step of training ended with, by name: `{"loss": 0.61}`."""
    logs = step.facts.get("logs") if step.result is ABSENT else step.result
    if not isinstance(logs, Mapping):
        logs = step.facts.get("logs")
    if not isinstance(logs, Mapping):
        return {}
    return {name: item for name, item in logs.entries if isinstance(name, str)}


def number_of(value: Value) -> Value:
    """The number in a tensor without dimensions; any other value unchanged."""
    match value:
        case Tensor(shape=(), elements=(element, *_)):
            return element
    return value


def logged(step: Step) -> Spans:
    """` → loss=0.61, accuracy=0.5`; nothing for a step without logs."""
    written = ", ".join(f"{name}={_rounded(value)}" for name, value in logs_of(step).items())
    return (SPACE, ARROW, SPACE, span(written, "result")) if written else ()


def _rounded(value: Value) -> str:
    found = number_of(value)
    return rounded(found, 4) if isinstance(found, float) else short(found)


def _run(step: Step) -> Spans:
    """A run over data: `sequential.fit(x=f32[14,4], y=f32[14,3], epochs=2)`."""
    return called(f"{subject(step)}.{point_end(step, 1)}", named(_passed(step)), _ends(step))


def _passed(step: Step) -> dict[str, Value]:
    return {name: value for name, value in step.inputs.items() if value is not None}


def _ends(step: Step) -> Spans:
    """The result of a run over data: its logs, or its arrays."""
    result = step.result
    if result is ABSENT or (isinstance(result, Instance) and result.cls == "History"):
        return logged(step)
    return logged(step) or (SPACE, ARROW, SPACE, span(short(result), "result"))


def _final_weights(step: Step) -> Iterable[Setting]:
    """The weights as a run left them."""
    weights = step.facts.get("weights")
    names = [name for name, _ in weights.entries] if isinstance(weights, Mapping) else []
    for name in names:
        if isinstance(name, str):
            yield from variable_set(name)


def variable_set(name: str) -> Iterable[Setting]:
    """The attribute of a layer that a variable is, by its name: `dense/kernel:0`."""
    parts = name.removesuffix(":0").split("/")
    if len(parts) > 1:
        yield Setting(parts[-1], parts[-2], "weight")


def _ends_with(step: Step) -> Iterable[Setting]:
    yield from _sets_logs(step)
    yield from _final_weights(step)


def _in_run(step: Step, name: str) -> Held:
    weights = step.facts.get("weights")
    names = [key for key, _ in weights.entries] if isinstance(weights, Mapping) else []
    for held in names:
        if isinstance(held, str) and held.removesuffix(":0").rpartition("/")[2] == name:
            return Held("fact", "weights", (held,))
    return _in_logs(step, name)


def _trains(step: Step, name: str) -> tuple[Effect, Effect]:
    method = point_end(step, 1)
    return Effect("also calls", method), Effect("skips", method)


# -- epochs and batches ----------------------------------------------------------------------------


def position(step: Step, name: str) -> str:
    """`1 of 3`: the number of an epoch or a batch, counted from 1; `2 to 9 of 9` for several."""
    first, last = step.inputs.get(name), step.facts.get("last")
    total = step.inputs.get("of")
    shown = first + 1 if isinstance(first, int) else short(first)
    written = f"{shown}" if not isinstance(last, int) else f"{shown} to {last + 1}"
    return f"{written} of {total}" if isinstance(total, int) else written


def several(steps: Sequence[Step]) -> Spans:
    """Successive epochs or batches in one line: `epochs 4 to 99 of 100 → loss=0.1`."""
    first, last = steps[0], steps[-1]
    kind = first.kind
    plural = "epochs" if kind == "epoch" else "batches"
    start, end, total = first.inputs.get(kind), _last_of(last), first.inputs.get("of")
    of = f" of {total}" if isinstance(total, int) else ""
    words = (span(f"{plural} {_counted(start)} to {_counted(end)}{of}", "call"), *logged(last))
    if all(map(is_replayed, steps)):
        words = *words, span("  (replayed)", "aside")
    return *words, span(f"  (folded: {len(steps):,} lines)", "aside")


def _last_of(step: Step) -> Value:
    return step.facts.get("last", step.inputs.get(step.kind))


def _counted(number: Value) -> str:
    return f"{number + 1}" if isinstance(number, int) else short(number)


LIGHT_LEVELS: Final = 12
"""The levels of steps inside a light epoch or batch, at most; so `is_light` takes linear time in a
trace of any depth."""


def is_light(step: Step, levels: int = LIGHT_LEVELS) -> bool:
    """Whether nothing in an epoch or a batch was recorded but numbers and callbacks."""
    return step.error is None and all(
        child.kind == "callback"
        or (child.kind in _LIGHT and levels > 0 and is_light(child, levels - 1))
        for child in step.children
    )


_LIGHT: Final = frozenset(
    ("batch", "evaluate", "reset_metrics", "reset_state", "metrics_result", "metric_result", "op")
)


def is_replayed(step: Step) -> bool:
    """Whether Python ran nothing of a batch: its graph was replayed."""
    return step.facts.get("replayed") is True


def _epoch(step: Step) -> Spans:
    several = "epochs" if "last" in step.facts else "epoch"
    return (span(f"{several} {position(step, 'epoch')}", "call"), *logged(step))


def _epoch_only(step: Step) -> Spans:
    return (span(f"epoch {position(step, 'epoch')}", "call"),)


def _batch(step: Step) -> Spans:
    several = "batches" if "last" in step.facts else "batch"
    words = (span(f"{several} {position(step, 'batch')}", "call"), *logged(step))
    if is_replayed(step):
        return *words, span("  (replayed)", "aside")
    return words


def _batch_only(step: Step) -> Spans:
    return (span(f"batch {position(step, 'batch')}", "call"),)


def _by_epoch(step: Step, sets: str | None, about: Hashable) -> Hashable:
    return step.kind, step.inputs.get("epoch")


def _by_batch(step: Step, sets: str | None, about: Hashable) -> Hashable:
    return step.kind, step.inputs.get("mode"), step.inputs.get("batch")


def _sets_logs(step: Step) -> Iterable[Setting]:
    return [Setting(name, what="log") for name in logs_of(step)]


def _in_logs(step: Step, name: str) -> Held:
    if isinstance(step.result, Mapping):
        return Held("result", entries=(name,))
    return Held("fact", "logs", (name,))


# -- what runs a batch -----------------------------------------------------------------------------


def _data_handler(step: Step) -> Spans:
    steps = step.facts.get("steps")
    given = {name: value for name, value in _passed(step).items() if value is not False}
    end = () if steps is None else (span(f"  ({_steps(steps)})", "aside"),)
    return called("DataHandler", named(given), end)


def _steps(steps: Value) -> str:
    if not isinstance(steps, int):
        return short(steps)
    return f"{steps:,} {'batch' if steps == 1 else 'batches'}"


def _make_function(step: Step) -> Spans:
    mode, by = step.facts.get("mode"), step.facts.get("by")
    if mode == "graph" and isinstance(by, str):
        words = called(f"{subject(step)}.{point_end(step, 1)}", ())
        return (*words, span(f"  (compiled by {by})", "aside"))
    words = called(f"{subject(step)}.{point_end(step, 1)}", ())
    return (*words, span(f"  ({_MODES[mode]})", "aside")) if mode in _MODES else words


_MODES: Final[dict[Value, str]] = {
    "graph": "a tf.function",
    "eager": "plain Python",
    "made before": "made before",
}


def python_runs(step: Step) -> int:
    """How many times Python ran inside a call of the train function."""
    traced = step.facts.get("traced")
    return traced if isinstance(traced, int) else len(children(step, "train_step"))


def failed_in_tracing(step: Step) -> bool:
    """Whether a call of the train function failed while Python traced it: Python began a trace that
    was not counted, since only a trace that reaches its end becomes a graph."""
    return step.error is not None and len(children(step, "train_step")) > python_runs(step)


def _train_function(step: Step) -> Spans:
    name = step.inputs.get("function")
    words = called(name if isinstance(name, str) else point_end(step, 1), (), logged(step))
    if step.facts.get("mode") == "graph":
        runs = python_runs(step)
        if failed_in_tracing(step):
            how = "failed while being recorded as a graph"
        else:
            how = f"recorded as a graph, {times(runs)}" if runs else "replayed"
        return *words, span(f"  ({how})", "aside")
    return words


def _train_step(step: Step) -> Spans:
    data = step.inputs.get("data")
    shown = data.items if isinstance(data, Items) and data.type == "tuple" else [data]
    given = [short(item) for item in shown if item is not None]
    return called(f"{subject(step)}.{point_end(step, 1)}", given, logged(step))


# -- callbacks -------------------------------------------------------------------------------------


def is_list(step: Step) -> bool:
    """Whether a step calls all callbacks of a list, and is not a callback itself."""
    return CALLBACK_LIST in step.point


def changes(step: Step) -> Iterator[tuple[str, Value]]:
    """What a callback changed: its own attributes, the learning rate, `stop_training`."""
    found = step.facts.get("changed")
    if isinstance(found, Mapping):
        yield from ((key, item) for key, item in found.entries if isinstance(key, str))


def _callback(step: Step) -> Spans:
    given = [short(value) for name, value in step.inputs.items() if name != "logs"]
    words = called(f"{subject(step)}.{point_end(step, 1)}", given)
    made = ", ".join(f"{name} = {short(value)}" for name, value in changes(step))
    return (*words, span("  sets "), span(made, "result")) if made else words


def _changes_nothing(step: Step, parent: Step | None) -> bool:
    """Whether a callback, or a list with all its callbacks, did nothing worth a line."""
    if is_list(step):
        return all(not is_list(child) and _does_nothing(child) for child in step.children)
    return _does_nothing(step)


def _does_nothing(step: Step) -> bool:
    inside = any(child.kind not in ("callback", "op") for child in step.children)
    return step.point.startswith("keras.callbacks.") and not inside and not any(changes(step))


def _sets_changes(step: Step) -> Iterable[Setting]:
    return [Setting(name) for name, _ in changes(step)]


def _in_changes(step: Step, name: str) -> Held:
    return Held("fact", "changed", (name,))


def _is_metric_bookkeeping(step: Step, parent: Step | None) -> bool:
    return parent is not None and parent.kind in ("fit", "evaluate", "epoch")


KINDS: Final = (
    Kind(
        name="fit",
        label=_run,
        short_label=method_only,
        level="user",
        act="fit",
        sets=_ends_with,
        holds=_in_run,
        effect=_trains,
        takes_input=True,
    ),
    Kind(
        name="evaluate",
        label=_run,
        short_label=method_only,
        level="user",
        act="evaluate",
        effect=_trains,
        takes_input=True,
    ),
    Kind(
        name="predict",
        label=_run,
        short_label=method_only,
        level="user",
        act="predict",
        takes_input=True,
    ),
    Kind(
        name="on_batch",
        label=_run,
        short_label=method_only,
        level="user",
        act="train on a batch",
        sets=_ends_with,
        holds=_in_run,
        identity=by_kind_and_point,
        loose_identity=loosely_by_point,
        takes_input=True,
    ),
    Kind(
        name="epoch",
        label=_epoch,
        short_label=_epoch_only,
        level="user",
        sets=_sets_logs,
        holds=_in_logs,
        identity=_by_epoch,
    ),
    Kind(
        name="batch",
        label=_batch,
        short_label=_batch_only,
        sets=_sets_logs,
        holds=_in_logs,
        identity=_by_batch,
    ),
    Kind(name="data_handler", label=_data_handler),
    Kind(
        name="make_function",
        label=_make_function,
        identity=by_kind_and_point,
        loose_identity=loosely_by_point,
    ),
    Kind(name="train_function", label=_train_function, short_label=_train_function),
    Kind(name="train_step", label=_train_step, identity=by_class_and_object),
    Kind(
        name="callback",
        label=_callback,
        short_label=method_only,
        is_repeated=_changes_nothing,
        sets=_sets_changes,
        holds=_in_changes,
        identity=by_kind_and_point,
        loose_identity=loosely_by_point,
    ),
    Kind(name="reset_metrics", label=method_only, is_repeated=_is_metric_bookkeeping),
)
