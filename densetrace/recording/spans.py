"""Epochs and batches: spans of training that no function of Keras bounds, and how much of each is
recorded.

A step of kind `epoch` or `batch` opens where `CallbackList` tells its callbacks that one begins,
and closes where it tells them that it ended, at the latest when the step around it ends.

The first batches of a run are recorded in full. Each later one is a light step, with its logs and
its time: nothing inside is recorded unless Keras traces its function again. The epochs after those
are light too: only callbacks that changed something are recorded in them. After some hundreds,
light steps are folded: one stands for several.
"""

import weakref
from collections import Counter
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from densetrace.data.steps import ABSENT, Absent
from densetrace.recording.arrays import Whole, number_of, numbers_by_name
from densetrace.recording.introspect import (
    attributes_of,
    facts_of,
    find_in_class,
    is_symbolic,
    leaves,
    mro,
    per_object,
    public_module,
)
from densetrace.recording.observing import (
    belongs_to_outer_call,
    scale_of,
    updated,
    updated_together,
)
from densetrace.recording.snapshot import ITEM_LIMIT, Labeller, Taken, take
from densetrace.recording.training_observers import inputs_of_update
from densetrace.system.real_home import defining_module

if TYPE_CHECKING:
    from densetrace.recording.recorder import HookPoint, OpenStep, Recorder

BATCHES: Final = 1
"""How many batches of a run are recorded in full by default."""

LIGHT_BATCHES: Final = 100
LIGHT_IN_ALL: Final = 1_000
LIGHT_EPOCHS: Final = 1_000
"""How many light batches in an epoch and in a run, and light epochs in a run, have a step of their
own. After this many batches in a run, its light epochs have no steps for batches."""

MOST_UPDATES: Final = 1_000
"""The numbers of at most this many updates in a graph are read."""

MOST_WEIGHTS: Final = 20
"""A run notes the final numbers of at most this many variables."""

RUNS: Final = frozenset(("fit", "evaluate", "predict", "on_batch"))
"""The kinds of steps that run over batches."""

BOUNDS: Final = RUNS | {
    "apply_gradients", "callback", "data_handler", "train_function", "train_step", "update",
    "constrain", "update_scale", "call", "finalize", "make_function",
}  # fmt: skip
"""The kinds of steps at which spans begin or end, or that are counted."""

OPENED: Final = RUNS | {"apply_gradients"}
"""The kinds of steps inside which spans may begin as soon as they are open."""

PASS: Final = RUNS | {"callback", "train_function", "train_step", "call", "finalize"}
"""The kinds of steps that are looked at while nothing else is recorded."""

_LIST: Final = "CallbackList.on_"


class SpanHook:
    """The hook point of a span: its kind, and the method of Keras that begins it."""

    __slots__ = ("kind", "point")

    def __init__(self, kind: str, point: str) -> None:
        self.kind = kind
        self.point = point

    def enter(self, arguments: dict[str, Any]) -> tuple[object, dict[str, object]] | None:
        """The inputs of the span's step."""
        return None, arguments

    def leave(self, arguments: dict[str, Any], result: object) -> dict[str, object]:
        """No facts: they are set when the span closes."""
        return {}


_EPOCH: Final = SpanHook("epoch", "keras.callbacks.CallbackList.on_epoch_begin")
_BATCHES: Final = {
    mode: SpanHook("batch", f"keras.callbacks.CallbackList.on_{mode}_batch_begin")
    for mode in ("train", "test", "predict")
}
SPANS: Final = (_EPOCH, *_BATCHES.values())
"""The hook points of spans."""


class _Run:
    """A call of `fit`, `evaluate`, `predict` or of a method for one batch, while it is open."""

    __slots__ = (
        "batch", "batches", "epoch", "epochs", "in_all", "is_full", "is_light", "last_batch",
        "last_epoch", "left", "list", "mode", "outer_light", "own_steps", "step", "steps",
        "was_traced",
    )  # fmt: skip

    def __init__(self, step: "OpenStep | None", left: int, outer_light: bool) -> None:
        self.step = step
        self.left = left
        self.outer_light = outer_light
        self.is_light = outer_light
        self.epoch: OpenStep | None = None
        self.batch: OpenStep | None = None
        self.last_epoch: OpenStep | None = None
        self.last_batch: OpenStep | None = None
        self.epochs = self.batches = self.in_all = 0
        self.is_full = False
        self.list: object = None  # the CallbackList that it tells
        self.own_steps: Any = None  # how many batches its data have
        self.steps: Any = None  # the same of the data that were put into batches last
        self.mode: str | None = None
        self.was_traced = False


class _Update(NamedTuple):
    """A step of a graph that changes a variable: an update, or without an optimizer a constraint.
    `iteration` is how many the optimizer had counted before the graph ran."""

    step: "OpenStep"
    variable: Any
    optimizer: Any
    iteration: int | None

    def ran_often(self) -> bool:
        """Whether the graph updated more than once, as with several steps per execution."""
        now = _iteration(self.optimizer)
        return now is not None and self.iteration is not None and now - self.iteration > 1

    def others(self) -> str:
        """The other changes of the optimizer to the variable in the same graph."""
        attributes = attributes_of(self.optimizer)
        decays = find_in_class(type(self.optimizer), "_use_weight_decay")
        did = []
        if attributes.get("weight_decay") and decays and decays(self.optimizer, self.variable):
            did.append("weight decay")
        if attributes.get("use_ema") and attributes.get("ema_overwrite_frequency"):
            did.append("the moving average")
        return " and ".join(did)


def _iteration(optimizer: object) -> int | None:
    """How many iterations an optimizer has counted; None where that cannot be read."""
    held = attributes_of(optimizer).get("_iterations")
    numbers = [] if held is None else Whole(held).numbers()
    return int(numbers[0]) if numbers else None


class Spans:
    """The spans of one recorder, and what is left out inside them.

    Args:
        recorder: opens and closes the steps.
        batches: how many batches of each run are recorded in full.
    """

    def __init__(self, recorder: "Recorder", batches: int) -> None:
        self._recorder = recorder
        self._batches = batches
        self._runs: list[_Run] = []
        self._seen: Counter[tuple[str, str]] = Counter()
        self._updates: list[_Update] = []
        self._scales: list[tuple[OpenStep, Any]] = []
        self._together: list[tuple[OpenStep, dict[str, Any]]] = []
        self._variables: dict[str, dict[str, Callable[[], Any]]] = {}
        self._drops = False
        self.calls: Counter[str] = Counter()
        """How many times Python ran the `call` of each object."""
        self.trained = False
        """Whether there was a run."""
        self.batches: Counter[str] = Counter()
        """How many batches ran to their end: `ran`, and of them `replayed`."""

    # -- when a call begins -----------------------------------------------------------------------

    def opening(self, hook: "HookPoint", arguments: dict[str, Any], frame: FrameType) -> bool:
        """Look at a call before its step opens. False if it adds no step."""
        kind, is_light = hook.kind, self._recorder.is_light
        if kind == "callback":
            if _LIST not in hook.point:
                return True
            return self._moment(hook.point.partition(_LIST)[2], arguments, frame)
        if kind == "call" and not belongs_to_outer_call(hook.point, arguments):
            self.calls[self._recorder.label(next(iter(arguments.values())))] += 1
        elif kind == "train_function":
            around = self._recorder.innermost
            if self._runs and (around is None or around.kind != "train_function"):
                self._runs[-1].mode = "graph" if "self" in arguments else "eager"
            # In a light batch it is dropped again, unless its function is traced.
            return not is_light or self._recorder.has_room
        elif kind == "train_step":
            if any(is_symbolic(type(one)) for one in leaves(arguments.get("data"))):
                if not self._recorder.is_inside("train_step"):
                    self._forget_updates()  # of an earlier trace, which updates nothing
                if self._runs:
                    self._runs[-1].was_traced = True
                if is_light:
                    self._wake()
                return True
        elif kind == "finalize":
            if self._runs:
                self._recorder.is_light = self._drops = self._runs[-1].outer_light
            return not self._recorder.is_light
        elif kind in RUNS:
            return True
        return not is_light

    def opened(self, step: "OpenStep", arguments: dict[str, Any], frame: FrameType) -> None:
        """Begin what a step bounds that was just opened: a run, or the updates of all variables."""
        if step.hook.kind == "apply_gradients":
            self._open_updates(step, arguments, frame)
            return
        is_light = self._recorder.is_light
        left = 0 if is_light else self._batches
        run = _Run(step, left, is_light)
        self._runs.append(run)
        self.trained = True
        if step.hook.kind == "on_batch":
            about = self._recorder.label(next(iter(arguments.values())))
            self._seen[about, step.hook.point] += 1
            run.batches = self._seen[about, step.hook.point]
            run.is_light = is_light or run.batches > self._batches
            self._recorder.is_light = run.is_light

    def _wake(self) -> None:
        """Record the rest of a light batch in full: its function is being traced again."""
        self._recorder.is_light = False
        if self._runs:
            self._runs[-1].was_traced = True

    # -- when a call has ended --------------------------------------------------------------------

    def closed(
        self, step: "OpenStep", arguments: dict[str, Any], error: BaseException | None
    ) -> None:
        """Look at a step that has just closed."""
        kind, point = step.hook.kind, step.hook.point
        if kind == "update":
            self._updated(step, arguments)
        elif kind == "constrain":
            self._constrained(step, arguments)
        elif kind == "update_scale":
            self._scale_updated(step, arguments)
        elif kind == "apply_gradients":
            self._close_updates()
        elif kind == "data_handler" and self._runs:
            self._runs[-1].steps = (step.facts or {}).get("steps")
        elif kind == "make_function" and self._runs:
            # The calls of what jax.jit makes are not hooked, unlike those of a tf.function.
            self._runs[-1].mode = "graph" if (step.facts or {}).get("by") == "jax.jit" else None
        elif kind == "train_function":
            if error is None:
                self._graph_has_run()
            else:
                self._forget_updates()  # how far the graph came is unknown
            if self._recorder.is_light and error is None and not step.children:
                self._recorder.drop(step)
            if self._runs:
                traced = (step.facts or {}).get("traced")
                self._runs[-1].was_traced = bool(traced)
        elif kind in RUNS:
            self._note_weights(step)
            self._end_run(step)
        elif kind == "callback":
            moment = point.partition(_LIST)[2] if _LIST in point else ""
            did_nothing = not step.children and error is None and not step.facts
            if did_nothing and (self._drops or self._recorder.is_light):
                self._recorder.drop(step)
            if error is None and self._runs and moment:
                if moment.endswith("batch_end"):
                    self._end_batch(self._runs[-1], arguments.get("logs"))
                elif moment == "epoch_end":
                    self._end_epoch(self._runs[-1], arguments.get("logs"))

    def _end_run(self, step: "OpenStep") -> None:
        self._recorder.forget_results()
        while self._runs:
            run = self._runs.pop()
            self._recorder.is_light = run.outer_light
            if run.step is step:
                break
        self._drops = bool(self._runs) and self._runs[-1].is_light
        self._graph_has_run()
        if step.hook.kind == "on_batch" and run.is_light and run.batches > LIGHT_BATCHES:
            self._fold_into_last(step)

    def _fold_into_last(self, step: "OpenStep") -> None:
        """Add a light step to the one before it, if that is of the same point and object."""
        siblings = self._recorder.siblings()
        before = siblings[-2] if len(siblings) > 1 and siblings[-1] is step else None
        if (
            before is None
            or before.hook is not step.hook
            or before.identity is not step.identity
            or step.error is not None
            or before.error is not None
            or step.children
        ):
            return
        facts = before.facts = before.facts or {}
        facts["count"] = facts.get("count", 1) + 1  # type: ignore[operator] # an int, set here
        facts |= step.facts or {}
        before.result = step.result
        before.ns += step.ns
        self._recorder.drop(step)

    # -- moments ----------------------------------------------------------------------------------

    def _moment(self, moment: str, arguments: dict[str, Any], frame: FrameType) -> bool:
        """What `CallbackList` is about to tell its callbacks: `epoch_begin`, `train_batch_end`."""
        if not self._runs:
            self._runs.append(_Run(None, self._batches, self._recorder.is_light))
        run = self._runs[-1]
        if moment == "epoch_begin":
            self._begin_epoch(run, arguments, frame)
            return True
        if moment.endswith("batch_begin"):
            mode = moment.partition("_")[0]
            return mode not in _BATCHES or self._begin_batch(run, mode, arguments, frame)
        if moment.endswith("batch_end"):
            if run.is_full:
                return True
            self._end_batch(run, arguments.get("logs"))
            return False
        if moment == "epoch_end":
            self._recorder.is_light = self._drops = run.is_light
            return True
        if moment.endswith("_end"):
            self._recorder.is_light = self._drops = run.outer_light
            if run.step is None and (moment == "train_end" or not run.epochs):
                self._runs.pop()  # no step bounds a loop of the user's own
        return not self._recorder.is_light

    def _begin_epoch(self, run: _Run, arguments: dict[str, Any], frame: FrameType) -> None:
        self._close_spans(run)
        run.is_light = run.outer_light or (run.left <= 0 and run.epochs > 0)
        run.epochs += 1
        run.batches = 0
        run.last_batch = None
        number = arguments.get("epoch")
        folds = run.is_light and run.epochs > LIGHT_EPOCHS
        if folds and (last := self._again(run.last_epoch)) is not None:
            run.epoch = last
            last.facts = (last.facts or {}) | {"last": number}
        else:
            inputs = {"epoch": number, "of": _parameter(arguments, "epochs")}
            run.epoch = self._recorder.push(_EPOCH, inputs, frame, _model(arguments))
        self._recorder.is_light = self._drops = run.is_light

    def _begin_batch(
        self, run: _Run, mode: str, arguments: dict[str, Any], frame: FrameType
    ) -> bool:
        self._close_batch(run)
        run.was_traced = False
        run.is_full = run.left > 0 and not run.is_light
        number = arguments.get("batch")
        if run.is_full:
            run.left -= 1
            self._recorder.is_light = self._drops = False
        else:
            self._drops = True
            run.batches += 1
            if run.batches > LIGHT_BATCHES:
                run.batch = self._again(run.last_batch)
            if run.batch is not None:
                run.batch.facts = (run.batch.facts or {}) | {"last": number}
        if run.batch is None and not (run.is_light and run.in_all > LIGHT_IN_ALL):
            run.in_all += 1
            inputs = {"mode": mode, "batch": number, "of": self._batches_of(run, arguments)}
            run.batch = self._recorder.push(_BATCHES[mode], inputs, frame, _model(arguments))
        if not run.is_full:
            self._recorder.is_light = True
        return run.is_full

    def _batches_of(self, run: _Run, arguments: dict[str, Any]) -> object:
        """How many batches a run has. The callbacks know it, but those of `fit` know it of the
        training, also while `fit` evaluates: then the number comes from the evaluation's data."""
        called = next(iter(arguments.values()))
        if run.list is None:
            run.list = called
            run.own_steps, run.steps = run.steps, None
        outer = self._runs[-2] if len(self._runs) > 1 else None
        if outer is not None and outer.list is called:
            return outer.steps if run.own_steps is None else run.own_steps
        return _parameter(arguments, "steps")

    def _again(self, last: "OpenStep | None") -> "OpenStep | None":
        """Open the last light step again, if it is the last of its siblings and has none inside."""
        siblings = self._recorder.siblings()
        if last is None or last.error or last.children or not siblings or siblings[-1] is not last:
            return None
        self._recorder.reopen(last)
        return last

    def _end_batch(self, run: _Run, logs: object) -> None:
        batch = run.batch
        self._graph_has_run()
        is_replayed = run.mode == "graph" and not run.was_traced
        self.batches["ran"] += 1
        self.batches["replayed"] += is_replayed
        if run.is_full:
            self._recorder.forget_results()
        if batch is not None:
            facts = batch.facts or {}
            if is_replayed:
                facts["replayed"] = True
            else:
                facts.pop("replayed", None)
            batch.facts = facts or None
            self._recorder.finish(batch, _logs(logs, self._recorder.label))
            if not run.is_full:
                run.last_batch = batch
        run.batch = None
        run.is_full = False
        self._recorder.is_light = run.is_light

    def _end_epoch(self, run: _Run, logs: object) -> None:
        self._close_batch(run)
        epoch = run.epoch
        run.epoch = None
        if epoch is not None:
            self._recorder.finish(epoch, _logs(logs, self._recorder.label))
            run.last_epoch = epoch
        # What comes before the next epoch is as light as the epoch before it. In a loop of the
        # user's own, there may be no next one.
        if run.step is None:
            run.is_light = run.outer_light
        self._recorder.is_light = self._drops = run.is_light

    def _close_batch(self, run: _Run) -> None:
        """Close a batch that was begun and did not end: there were no more data."""
        if run.batch is not None:
            self._recorder.finish(run.batch, ABSENT)
            run.batch = None
            self._recorder.is_light = run.is_light

    def _close_spans(self, run: _Run) -> None:
        self._close_batch(run)
        if run.epoch is not None:
            self._recorder.finish(run.epoch, ABSENT)
            run.epoch = None

    # -- numbers after an update ------------------------------------------------------------------

    def _open_updates(self, step: "OpenStep", arguments: dict[str, Any], frame: FrameType) -> None:
        """Make a step for each variable, where one call is about to update all of them."""
        for of_variable in updated_together(step.hook.point, arguments):
            optimizer = of_variable["self"]
            hook = SpanHook("update", _point_of_update(type(optimizer)))
            inputs = inputs_of_update(of_variable)
            update = self._recorder.push(hook, inputs, frame, optimizer)
            if update is not None:
                self._recorder.finish(update, ABSENT)
                self._together.append((update, of_variable))

    def _close_updates(self) -> None:
        """Read the variables that one call has updated."""
        updates, self._together = self._together, []
        for step, arguments in updates:
            name = facts_of(type(arguments["self"])).name
            self._recorder.add_facts(step, {"class": name})
            self._updated(step, arguments)

    def _updated(self, step: "OpenStep", arguments: dict[str, Any]) -> None:
        """Read a variable after its update; one that a graph will update, after the graph ran."""
        gradient, variable = updated(arguments)
        self._remember(variable, step.inputs.get("variable"))
        if not _is_in_graph(gradient):
            self._recorder.add_facts(step, {"after": Whole(variable)})
        elif len(self._updates) < MOST_UPDATES:
            optimizer = next(iter(arguments.values()))
            self._updates.append(_Update(step, variable, optimizer, _iteration(optimizer)))

    def _constrained(self, step: "OpenStep", arguments: dict[str, Any]) -> None:
        """Remember the constraint of a variable that a graph will update."""
        _, variable, *_ = arguments.values()
        updates = self._updates
        is_updated = any(one.variable is variable for one in updates)
        if is_updated and len(updates) < MOST_UPDATES:
            updates.append(_Update(step, variable, None, None))

    def _scale_updated(self, step: "OpenStep", arguments: dict[str, Any]) -> None:
        """Read a loss scale after its update; one that a graph will update, after the graph ran."""
        state, gradients = arguments.values()
        if any(map(_is_in_graph, leaves(gradients))):
            self._scales.append((step, state))
        else:
            self._add_scale(step, state)

    def _add_scale(self, step: "OpenStep", state: object) -> None:
        after: dict[str, object] = {
            f"{name}_after": number for name, number in scale_of(state).items()
        }
        self._recorder.add_facts(step, after)

    def _note_weights(self, step: "OpenStep") -> None:
        """Note the numbers that training left in the variables that it updated."""
        if step.hook.kind not in ("fit", "on_batch") or step.identity is None:
            return
        held = self._variables.get(step.identity.label, {})
        weights = {
            name: Whole(found) for name, seen in held.items() if (found := seen()) is not None
        }
        if weights and "predict" not in step.hook.point and "test" not in step.hook.point:
            self._recorder.add_facts(step, {"weights": weights})

    def _remember(self, variable: Any, name: object) -> None:
        """Remember a variable that the outermost run updates, by its name in the steps."""
        outer = next((run.step for run in self._runs if run.step is not None), None)
        if outer is None or outer.identity is None or type(name) is not str:
            return
        held = self._variables.setdefault(outer.identity.label, {})
        if len(held) < MOST_WEIGHTS:
            held[name] = weakref.ref(variable)

    def _forget_updates(self) -> None:
        self._updates.clear()
        self._scales.clear()

    def _graph_has_run(self) -> None:
        """Read the variables that a graph has updated. What changes a variable last gets its
        numbers; none gets them where the graph updated it more than once."""
        updates, self._updates = self._updates, []
        scales, self._scales = self._scales, []
        if not any(one.ran_often() for one in updates):
            for step, state in scales:
                self._add_scale(step, state)
        found: dict[int, list[_Update]] = {}
        for one in updates:
            found.setdefault(id(one.variable), []).append(one)
        for group in found.values():
            first, *more = group
            if any(one.optimizer is not None for one in more) or first.ran_often():
                continue
            if more:
                self._recorder.add_facts(first.step, {"then": "its constraint"})
            facts: dict[str, object] = {"after": Whole(first.variable)}
            if not more and (others := first.others()):
                facts["with"] = others
            self._recorder.add_facts(group[-1].step, facts)


def _is_in_graph(gradient: object) -> bool:
    """Whether a gradient, or the values of one with indices, gets its numbers when a graph runs."""
    values = getattr(gradient, "values", None)
    return is_symbolic(type(gradient)) or is_symbolic(type(values))


@per_object
def _point_of_update(cls: type) -> str:
    """The hook point of the update of one variable: that of an optimizer on every backend."""
    home = next(one for one in mro(cls) if ".backend." not in defining_module(one))
    return f"{public_module(defining_module(home))}.{home.__qualname__}.update_step"


def _model(arguments: dict[str, Any]) -> object:
    """The model that the callbacks of a list know."""
    attributes = attributes_of(next(iter(arguments.values())))
    return attributes.get("model", attributes.get("_model"))


def _parameter(arguments: dict[str, Any], name: str) -> object:
    """A number that all callbacks of a list know: of epochs, or of batches in one."""
    parameters = attributes_of(next(iter(arguments.values()))).get("params")
    number = parameters.get(name) if type(parameters) is dict else None
    return number if type(number) is int else None


def _logs(logs: Any, label: Labeller) -> Taken | Absent:
    """Logs as numbers by name, to be built later; ABSENT where there are none."""
    if type(logs) is not dict:
        return ABSENT
    numbers = [*map(number_of, logs.values())]
    plain = all(type(name) is str for name in logs) and len(logs) <= ITEM_LIMIT
    if plain and all(type(number) in _NUMBERS for number in numbers):
        return numbers_by_name, (*logs,), numbers
    return take(dict(zip(logs, numbers, strict=True)), label)


_NUMBERS: Final = (float, int, bool)
