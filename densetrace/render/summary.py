"""The closing lines of a trace: weights, shapes, unused objects, and how many steps were shown."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from densetrace.data.steps import ABSENT, Absent, Step
from densetrace.data.trace import Trace
from densetrace.data.values import Function, Instance, Tensor, Value, counted
from densetrace.data.wording import short
from densetrace.kinds import KINDS, attribute_by_line, feeds
from densetrace.kinds.label import gives, subject
from densetrace.kinds.spans import CROSS, Span, Spans, plain_text
from densetrace.render.models import layers
from densetrace.render.outline import Outline
from densetrace.render.phases import metrics, one_line
from densetrace.render.training import results
from densetrace.system.escape import shortened

WEIGHTS_SHOWN: Final = 6
LINE_SHOWN: Final = 60
UNUSED_SHOWN: Final = 4

_UNUSED_BECAUSE: Final = {
    "activations": "call never reached it",
    "initializers": "no weight was made with it",
    "regularizers": "its penalty is computed only when losses are read",
    "constraints": "it acts only after a training step",
}


@dataclass(slots=True)
class _Steps:
    """All steps, collected in one pass: their number, the steps by kind, and the parents."""

    total: int = 0
    parents: list[Step] = field(default_factory=list)
    of: dict[str, list[Step]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def found(cls, trace: Trace) -> "_Steps":
        steps = cls()
        for step in trace.walk():
            steps.total += 1
            steps.of[step.kind].append(step)
            if step.children:
                steps.parents.append(step)
        return steps


def summary(outline: Outline) -> Iterator[Spans]:
    """The closing lines, once an outline has been read to its end."""
    trace = outline.trace
    steps = _Steps.found(trace)
    yield from _weights(steps)
    yield from layers(steps.of)
    if outline.view.level != "user":
        yield from _shapes(trace)
    if trace.stop is None:
        yield from _unused(steps)
    yield from results(trace, steps.of)
    yield from _fault(trace)
    yield from _unrecorded(trace)
    yield from stopped(trace)
    yield _count(outline, steps.total)


def stopped(trace: Trace) -> Iterator[Spans]:
    """What stopped the run, where and why; nothing when it was not stopped."""
    stop = trace.stop
    if stop is None:
        return
    what = {"refused": "Stopped", "interrupted": "Interrupted"}.get(
        stop.how, f"Stopped by {stop.type}"
    )
    end, where = ": nothing after it ran.", stop.where
    if where is not None:
        own = where.file == trace.source.get("text")
        at = f" at line {where.line}" if own else f" at {where.file}, line {where.line}"
        text = shortened(one_line(where.text), LINE_SHOWN)
        end = f"{at}, nothing after it ran: {text}" if text else f"{at}{end}"
    yield CROSS, Span(f" {what}", "error"), Span(end)
    if stop.how == "refused":
        yield from ((Span(text),) for text in (stop.message, stop.hint) if text)


def _weights(steps: _Steps) -> Iterator[Spans]:
    weights = _all_weights(steps)
    if not weights:
        return
    sizes = [(name, tensor.size) for name, tensor in weights]
    listed = [f"{name} {size:,}" for name, size in sizes[:WEIGHTS_SHOWN]]
    if len(sizes) > WEIGHTS_SHOWN:
        listed.append(f"{len(sizes) - WEIGHTS_SHOWN:,} more")
    total = sum(size for _, size in sizes)
    yield Span(counted(total, "parameter"), "name"), Span(f" ({', '.join(listed)}).")


def _all_weights(steps: _Steps) -> list[tuple[str, Tensor]]:
    """The created weights by name, without those of metrics."""
    metric_names = metrics(steps.of["init"])
    added = [step for step in steps.of["add_weight"] if step.subject not in metric_names]
    attributes = _attributes(steps)
    found: list[tuple[int, str | None, str, Value | Absent]] = [
        # Keras calls every weight without a name `Variable`, so its attribute says more.
        (
            step.id,
            step.subject,
            str(step.inputs.get("name") or attributes.get(step.id, "Variable")),
            step.result,
        )
        for step in added
    ]
    # A variable that a layer makes itself and sets as an attribute is a weight, too.
    own: dict[tuple[str | None, str], tuple[int, Value | Absent]] = {}
    for step in steps.of["assign"]:
        if step.facts.get("variable") is True and step.subject not in metric_names:
            key = step.subject, str(step.inputs.get("name"))
            first = own[key][0] if key in own else step.id
            own[key] = first, step.inputs.get("value")
    found += [(first, subject, name, value) for (subject, name), (first, value) in own.items()]
    several = len({subject for _, subject, _, _ in found}) > 1
    return [
        (f"{subject}/{name}" if several else name, value)
        for _, subject, name, value in sorted(found, key=lambda one: one[0])
        if isinstance(value, Tensor)
    ]


def _attributes(steps: _Steps) -> dict[int, str]:
    """The attributes that were set to new weights, by the number of the step."""
    return {
        step.id: str(following.inputs["name"])
        for parent in steps.parents
        for step, following in pairwise(parent.children)
        if step.kind == "add_weight" and feeds(step, following) and "name" in following.inputs
    }


def _shapes(trace: Trace) -> Iterator[Spans]:
    calls = [step for step in trace.steps if step.kind == "invoke" and step.result is not ABSENT]
    if calls:
        given = short(next(iter(calls[-1].inputs.values()), None))
        output = plain_text(gives(calls[-1])[-1:])
        yield (Span(f"{subject(calls[-1])} turns {given} into {output}."),)


def _unused(steps: _Steps) -> Iterator[Spans]:
    """The objects that were looked up for a called layer and did nothing."""
    called = {step.subject for step in steps.of["invoke"]}
    # A value that takes no steps has the label None: nothing shows whether it was used.
    used = {None} | {
        step.subject
        for kind, found in steps.of.items()
        if KINDS[kind].acts_for_object
        for step in found
    }
    used |= {step.point.rpartition(".")[2] for step in steps.of["activation"]}
    unused = [
        (f"{parent.subject}.{name}", step)
        for parent in steps.parents
        if parent.subject in called
        for step, follower in _lookups(parent)
        if _label(step.result) not in used
        for name in [_set_by(step, follower)]
        if name is not None
    ]
    for name, step in unused[:UNUSED_SHOWN]:
        reason = _UNUSED_BECAUSE[str(step.facts["registry"])]
        assert step.result is not ABSENT  # its label is not None, so there is a result
        text = f" = {short(step.result)} ({reason})"
        yield Span("Never used: "), Span(name, "name"), Span(text)
    if len(unused) > UNUSED_SHOWN:
        yield (Span(f"Never used: {len(unused) - UNUSED_SHOWN:,} more"),)


def _lookups(parent: Step) -> Iterator[tuple[Step, Step | None]]:
    """The lookups directly inside a step that found such an object, each with the next step."""
    children = parent.children
    for position, step in enumerate(children, start=1):
        if step.kind == "get" and step.facts.get("registry") in _UNUSED_BECAUSE:
            yield step, children[position] if position < len(children) else None


def _set_by(step: Step, follower: Step | None) -> str | None:
    """The attribute that was set to the result of a lookup."""
    if follower is not None and feeds(step, follower):
        return str(follower.inputs.get("name"))
    return attribute_by_line(step)


def _label(value: Value | Absent) -> str | None:
    """The label of this object on the steps that use it; None for a value that takes no steps."""
    match value:
        case Function(name, module) if module == "keras.activations":
            return name
        case Instance(_, module, label) if module.startswith("keras."):
            return label
    return None


def _fault(trace: Trace) -> Iterator[Spans]:
    fault = trace.outcome.get("recording_stopped")
    if fault is not None:
        yield Span("Recording stopped before the end", "error"), Span(f": {short(fault)}")
    left_out = trace.outcome.get("steps_left_out")
    if isinstance(left_out, int):
        yield (
            Span("Not all was kept", "error"),
            Span(f": {left_out:,} more steps ran. --max-steps N keeps the first N."),
        )


def _unrecorded(trace: Trace) -> Iterator[Spans]:
    """What ran and was not recorded, whatever the options."""
    too_deep = trace.outcome.get("steps_too_deep")
    if isinstance(too_deep, int):
        calls = counted(too_deep, "call")
        yield (
            Span("Not all was kept", "error"),
            Span(f": {calls} ran where Python's stack had no room left to record them."),
        )
    if trace.outcome.get("other_threads") is True:
        yield (Span("Calls in other threads are not recorded.", "aside"),)


def _count(outline: Outline, total: int) -> Spans:
    if total == 0:
        before = "" if outline.trace.stop is None else " before that"
        if outline.trace.outcome.get("other_processes") is True:
            nothing = f"Nothing was recorded in this process{before}."
            return (Span(f"{nothing} Processes that the script starts are not traced.", "aside"),)
        return (Span(f"Nothing of Keras ran{before}, so there is no step to show.", "aside"),)
    steps = counted(total, "step")
    if outline.view.level == "user":
        return (Span(f"{steps} led here: --level author shows them.", "aside"),)
    if outline.shown >= total:
        return (Span(f"{steps}, all shown.", "aside"),)
    left_out = [
        option
        for option, used in (
            ("--only", outline.view.only),
            ("--depth", outline.view.depth is not None),
        )
        if used
    ]
    way = "--level framework shows all"
    if left_out:
        way = f"there is more without {' and '.join(left_out)}"
    return (Span(f"{steps}, {outline.shown:,} shown: {way}.", "aside"),)
