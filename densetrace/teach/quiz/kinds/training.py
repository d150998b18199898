"""Questions about training: the order of a step, which variables it changes, when Python runs."""

from collections.abc import Iterator
from typing import Final

from densetrace.data.steps import Step
from densetrace.data.values import Tensor, Value
from densetrace.data.wording import children, given, joined, plain, result
from densetrace.teach.quiz.model import Draft, Kind, Option
from densetrace.teach.quiz.options import ordinal
from densetrace.teach.quiz.run import Run, brief, name_of

TOPIC: Final = "training"

MOST_NAMED: Final = 4
"""The most variables that an option lists."""


def variable_of(step: Step) -> str:
    """The name of the variable of an update: `dense/kernel`; empty if it was not recorded."""
    name = given(step, "variable")
    return plain(name.removesuffix(":0")) if isinstance(name, str) else ""


def is_step_of_training(step: Step) -> bool:
    """Whether a `train_step` step trains; the ones that test and predict have the same kind."""
    return not step.point.endswith((".test_step", ".predict_step"))


def around(run: Run, step: Step, kind: str) -> Step | None:
    """The innermost step of a kind around a step."""
    return next((outer for outer in run.parents(step) if outer.kind == kind), None)


# -- the order of a step ---------------------------------------------------------------------------

_STAGES: Final = {
    "invoke": "outputs",
    "compute_loss": "loss",
    "gradient": "gradients",
    "update": "update",
    "compute_metrics": "metrics",
}
"""The kind of step that begins a stage of training, and its name."""

_WRONG_ORDERS: Final = (
    (("outputs", "loss", "update", "gradients", "metrics"), "update-before-gradients"),
    (("outputs", "metrics", "loss", "gradients", "update"), "metrics-come-before-the-update"),
    (("gradients", "outputs", "loss", "update", "metrics"), ""),
    (("loss", "outputs", "gradients", "update", "metrics"), ""),
)


def stages_of(step: Step, run: Run) -> dict[str, Step] | None:
    """The step that begins each stage of a training step; None if one of them is missing."""
    begins: dict[str, Step] = {}
    for kind, stage in _STAGES.items():
        found = next(run.inside(step, kind), None)
        if found is None:
            return None
        begins[stage] = found
    return begins


def _order(step: Step, run: Run) -> Iterator[Draft]:
    """In which order does a training step run?"""
    if step.error is not None or not is_step_of_training(step):
        return
    begins = stages_of(step, run)
    if begins is None:
        return
    order = sorted(begins, key=lambda stage: run.position(begins[stage]))
    is_usual = order == list(_STAGES.values())
    wrong = [
        Option(_chain(stages), key if is_usual else "")
        for stages, key in _WRONG_ORDERS
        if list(stages) != order
    ]
    yield Draft(
        core="order of a training step",
        ask=f"{name_of(step)}.train_step runs on one batch. In which order does it compute?",
        right=_chain(order),
        wrong=tuple(wrong),
        hint="Each needs the results of the previous ones.",
        because="The loss needs outputs, a gradient needs the loss, and the update needs the "
        "gradients.",
        proof=tuple(begins[stage] for stage in order),
    )


def _chain(stages: tuple[str, ...] | list[str]) -> str:
    return ", then ".join(stages)


def _metrics_outputs(step: Step, run: Run) -> Iterator[Draft]:
    """Which outputs do the metrics of a batch see?"""
    outer = around(run, step, "train_step")
    if outer is None or not is_step_of_training(outer) or step.error is not None:
        return
    forward, updates = next(run.inside(outer, "invoke"), None), [*run.inside(outer, "update")]
    seen = given(step, "y_pred")
    if forward is None or not updates or not isinstance(seen, Tensor):
        return
    last = run.position(updates[-1])
    if result(forward) != seen or not run.position(forward) < last < run.position(step):
        return
    if any(
        last < run.position(again) < run.position(step) for again in run.inside(outer, "invoke")
    ):
        return
    yield Draft(
        core="outputs of metrics",
        ask=f"The weights have just been updated. Which outputs does {brief(step.point)} use?",
        right="those of the forward pass, from before the update",
        wrong=(
            Option("new outputs, computed with the updated weights", "metrics-see-the-update"),
            Option("those of the previous batch"),
            Option("none: it only uses the loss"),
        ),
        hint="How many times has the model been called in this step?",
        because="The model was called once, before the update. The metrics use that output.",
        proof=(forward, updates[-1], step),
    )


# -- what changes ----------------------------------------------------------------------------------


def _what_changes(step: Step, run: Run) -> Iterator[Draft]:
    """Which variables does one step of the optimizer change?"""
    if step.error is not None:
        return
    updates = [*run.inside(step, "update")]
    changed = tuple(dict.fromkeys(name for one in updates if (name := variable_of(one))))
    if not changed or len(changed) > MOST_NAMED:
        return
    kernels = tuple(name for name in changed if name.endswith("/kernel"))
    layers = tuple(dict.fromkeys(name.rpartition("/")[0] for name in changed))
    last = tuple(name for name in changed if name.startswith(f"{layers[-1]}/"))
    wrong = []
    if set(run.weights) > set(changed):
        wrong.append(Option(joined(run.weights), "frozen-weights-learn"))
    if len(changed) > len(last):
        wrong.append(Option(joined(last), "only-the-last-layer-learns"))
    if kernels and len(changed) > len(kernels):
        wrong.append(Option(joined(kernels), "biases-do-not-learn"))
    wrong += [
        Option("none: it only computes gradients", "gradients-change-weights"),
        Option(f"{joined(changed)}, and the inputs"),
        Option("one of them, chosen at random"),
    ]
    optimizer = name_of(step).partition("#")[0]
    yield Draft(
        core=f"what changes {len(changed)}",
        ask=f"{optimizer}.minimize runs for one batch. Which variables of the model does it "
        "change?",
        right=joined(changed),
        wrong=tuple(wrong),
        hint="It gets the trainable weights, and each has a gradient.",
        because=f"There is an update step for {'each of them' if len(changed) > 1 else 'it'}, and "
        "for no other variable.",
        proof=tuple(updates),
    )


def _when_it_changes(step: Step, run: Run) -> Iterator[Draft]:
    """Which function changes a weight?"""
    if step.error is not None or not is_step_of_training(step):
        return
    update = next(run.inside(step, "update"), None)
    call, tape = next(run.inside(step, "call"), None), next(run.inside(step, "gradient"), None)
    loss = next(run.inside(step, "compute_loss"), None)
    if update is None or call is None or tape is None or loss is None:
        return
    if not (name := variable_of(update)):
        return
    choices = [
        (loss, "the-loss-changes-weights"),
        (tape, "gradients-change-weights"),
        (call, ""),
    ]
    yield Draft(
        core="what changes a weight",
        ask=f"During this training step, which of these functions changes {name}?",
        right=brief(update.point),
        wrong=tuple(
            Option(brief(other.point), key)
            for other, key in choices
            if not any(run.inside(other, "update"))
        ),
        hint="Three of them only compute values.",
        because="Computing a loss or a gradient changes no weight. Only the optimizer assigns new "
        "values.",
        proof=(loss, tape, update),
    )


# -- when Python runs ------------------------------------------------------------------------------


def _python_runs(step: Step, run: Run) -> Iterator[Draft]:
    """How many times does Python run train_step for a batch?"""
    number = given(step, "batch")
    if given(step, "mode") != "train" or type(number) is not int or "last" in step.facts:
        return
    if step.error is not None:
        return
    function = next(run.inside(step, "train_function"), None)
    replayed = step.facts.get("replayed") is True
    times = 0 if function is None else len(children(function, "train_step"))
    mode = "graph" if replayed else _mode_of(function)
    if mode not in ("graph", "eager") or replayed is bool(times):
        return
    if (mode, times) not in _BECAUSE:
        return
    wrong = [
        Option(text, _MISTAKEN.get((mode, times > 0, count), ""))
        for count, text in _TIMES.items()
        if count != times
    ]
    epoch = around(run, step, "epoch")
    epoch_number = given(epoch, "epoch") if epoch is not None else None
    of_epoch = f" of epoch {epoch_number + 1}" if type(epoch_number) is int else ""
    yield Draft(
        core=f"python runs {mode} {times}",
        ask=f"{ordinal(number).capitalize()} batch{of_epoch}, in {mode} mode. How many "
        "times does Python run train_step for it?",
        right=_TIMES[times],
        wrong=(*wrong, Option("once for each example")),
        hint="Graph mode first records the operations, then replays them."
        if mode == "graph"
        else "Is there already a graph that can be replayed?",
        because=_BECAUSE[mode, times],
        proof=(step,) if function is None else (step, function),
    )


_TIMES: Final = {
    0: "not at all: its graph is replayed",
    1: "once",
    2: "twice, to record its operations",
}
_MISTAKEN: Final = {
    ("graph", True, 0): "graphs-come-from-nowhere",
    ("graph", False, 1): "python-runs-for-each-batch",
    ("eager", True, 0): "python-is-always-skipped",
}
"""What a wrong number of runs reveals, by mode, whether Python ran, and the number."""

_BECAUSE: Final = {
    ("graph", 0): "The graph is already recorded. It is replayed on the new numbers.",
    ("graph", 1): "These inputs have another signature, so a new graph is recorded.",
    ("graph", 2): "Python runs only to record the operations: a second time here, because the "
    "first one created variables.",
    ("eager", 1): "With run_eagerly=True nothing is recorded, so Python runs for each batch.",
}


def _mode_of(function: Step | None) -> Value:
    return None if function is None else function.facts.get("mode")


KINDS: Final = (
    Kind("step-order", TOPIC, "in which order a training step runs", ("train_step",), _order),
    Kind("changes-weight", TOPIC, "what changes a weight", ("train_step",), _when_it_changes),
    Kind("what-changes", TOPIC, "what one step changes", ("minimize",), _what_changes),
    Kind(
        "metrics-outputs",
        TOPIC,
        "which outputs metrics see",
        ("compute_metrics",),
        _metrics_outputs,
    ),
    Kind("python-runs", TOPIC, "when Python runs", ("batch",), _python_runs),
)
