"""The closing lines of a trace: weights, shapes, unused objects, and how many steps were shown."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from densetrace.data.numbers import array_text
from densetrace.data.steps import ABSENT, Absent, Step, Where
from densetrace.data.trace import Trace
from densetrace.data.values import Function, Instance, Tensor, Value, counted
from densetrace.data.wording import joined, short
from densetrace.kinds import KINDS, attribute_by_line, feeds
from densetrace.kinds.calling import passed
from densetrace.kinds.label import gives, subject
from densetrace.kinds.spans import ARROW, CROSS, SPACE, Span, Spans, linked, plain_text
from densetrace.render.layout import size_of
from densetrace.render.lines import Figure
from densetrace.render.outline import Outline
from densetrace.render.phases import metrics, one_line
from densetrace.render.training import results
from densetrace.system.escape import shortened
from densetrace.teach import layer_formulas

WEIGHTS_SHOWN: Final = 6
KEPT_SHOWN: Final = 2
LINE_SHOWN: Final = 60
NUMBERS_SHOWN: Final = 60
UNUSED_SHOWN: Final = 4
KEY: Final = "Key: densetrace glossary notation"
"""Ends a tree: where its signs are explained."""


_NUMBERED: Final = re.compile(r" \([0-9]+\)$")
"""The end of the label of an object whose name another one has, too."""

_UNUSED_BECAUSE: Final = {
    "activations": "call never used it",
    "initializers": "no weight uses it",
    "regularizers": "its penalty is only computed when layer.losses is read",
    "constraints": "it is only applied after a training step",
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
    if steps.of["graph"] or steps.of["add"]:
        # Imported here: most traces have no model.
        from densetrace.render.figures import pictures
        from densetrace.render.models import models, tables

        found = models(trace)
        weights = _all_weights(steps)
        # The heading of a single table says how many parameters there are, if that is all to say.
        in_heading = (
            len(found) == 1 and found[0].parameters == _total(weights) and not _untrained(weights)
        )
        if not in_heading:
            yield from _weights(trace, steps, in_tables=bool(found))
        if in_heading:
            yield from tables(found, counted(_total(weights), "parameter"), are_trainable=True)
        else:
            yield from tables(found)
        yield from pictures(found)
    else:
        yield from _weights(trace, steps, in_tables=False)
    yield from _shapes(trace, steps, outline.view.level)
    if trace.stop is None:
        yield from _unused(steps)
    yield from results(trace, steps.of)
    if outline.view.heatmaps:
        from densetrace.render.figures import heat_maps

        yield from heat_maps(steps.of)
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
    yield CROSS, Span(f" {what}", "error"), *_where_stopped(trace, stop.where)
    if stop.how == "refused":
        yield from ((Span(text),) for text in (stop.message, stop.hint) if text)


def _where_stopped(trace: Trace, where: Where | None) -> Spans:
    """The line at which a run was stopped."""
    if where is None:
        return (Span(". Nothing after it ran."),)
    own = where.file == trace.source.get("text")
    line = f"line {where.line}" if own else f"{where.file}, line {where.line}"
    text = shortened(one_line(where.text), LINE_SHOWN)
    end = f" (nothing after it ran): {text}" if text else ". Nothing after it ran."
    return Span(" at "), Span(line, linked("text", where)), Span(end)


def _weights(trace: Trace, steps: _Steps, *, in_tables: bool) -> Iterator[Spans]:
    weights = _all_weights(steps)
    if not weights:
        if any(step.kind == "invoke" and step.error is None for step in trace.steps):
            yield (Span("No parameters: this object has no weights to learn."),)
        return
    listed = [f"{name} {tensor.size:,}" for name, tensor, _ in weights[:WEIGHTS_SHOWN]]
    if len(weights) > WEIGHTS_SHOWN:
        listed.append(f"{len(weights) - WEIGHTS_SHOWN:,} more")
    each = "" if in_tables else f" ({', '.join(listed)})"
    yield Span(_counted(weights), "name"), Span(f"{each}.{_untrained(weights)}")


def _counted(weights: list[tuple[str, Tensor, bool]]) -> str:
    """How many parameters there are, and that all are trainable, if they are."""
    total = _total(weights)
    text = counted(total, "parameter")
    if not total or _untrained(weights):
        return text
    return f"{text}, all trainable" if total > 1 else f"{text}, trainable"


def _total(weights: list[tuple[str, Tensor, bool]]) -> int:
    return sum(tensor.size for _, tensor, _ in weights)


def _untrained(weights: list[tuple[str, Tensor, bool]]) -> str:
    """A sentence on the weights that training does not update; empty if there are none."""
    if weights and not any(trained for _, _, trained in weights):
        return " Training updates none of them."
    kept = [(name, tensor.size) for name, tensor, trained in weights if not trained]
    if not kept:
        return ""
    names = f": {' and '.join(name for name, _ in kept)}" if len(kept) <= KEPT_SHOWN else ""
    return f" The optimizer does not update {sum(size for _, size in kept):,} of them{names}."


def _all_weights(steps: _Steps) -> list[tuple[str, Tensor, bool]]:
    """The created weights: name, value and whether they were created to be trained, without those
    of metrics."""
    metric_names = metrics(steps.of["init"])
    frozen = _frozen(steps)
    added = [step for step in steps.of["add_weight"] if step.subject not in metric_names]
    attributes = _attributes(steps)
    found: list[tuple[int, str | None, str, Value | Absent, bool]] = [
        # Keras calls every weight without a name `Variable`, so its attribute says more.
        (
            step.id,
            step.subject,
            str(step.inputs.get("name") or attributes.get(step.id, "Variable")),
            step.result,
            step.inputs.get("trainable") is not False and step.subject not in frozen,
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
    found += [
        (first, subject, name, value, True) for (subject, name), (first, value) in own.items()
    ]
    several = len({subject for _, subject, *_ in found}) > 1
    owners = _owners(steps, {subject for _, subject, *_ in found if subject})
    return [
        (f"{owners.get(subject, subject)}/{name}" if several else name, value, trained)
        for _, subject, name, value, trained in sorted(found, key=lambda one: one[0])
        if isinstance(value, Tensor)
    ]


def _owners(steps: _Steps, subjects: set[str]) -> dict[str | None, str]:
    """The names of layers that share a name with others, after the layer that built them:
    `forward_lstm/lstm_cell` for `lstm_cell (2)`."""
    numbered = {subject for subject in subjects if _NUMBERED.search(subject)}
    if not numbered:
        return {}
    builder: dict[int, str | None] = {}  # of each step: whose build it belongs to
    found: dict[str | None, str] = {}
    for parent in steps.parents:
        outer = parent.subject if parent.kind == "build" else builder.get(parent.id)
        for step in parent.children:
            builder[step.id] = outer
            if step.kind == "build" and step.subject in numbered and outer != step.subject:
                found.setdefault(step.subject, f"{outer}/{_NUMBERED.sub('', step.subject)}")
    return {subject: name for subject, name in found.items() if not name.startswith("None/")}


def _attributes(steps: _Steps) -> dict[int, str]:
    """The attributes that were set to new weights, by the number of the step."""
    return {
        step.id: str(following.inputs["name"])
        for parent in steps.parents
        for step, following in pairwise(parent.children)
        if step.kind == "add_weight" and feeds(step, following) and "name" in following.inputs
    }


def _frozen(steps: _Steps) -> set[str | None]:
    """The layers that are not trainable in the end."""
    settings = {step.id: (step.subject, step.inputs.get("trainable")) for step in steps.of["init"]}
    settings |= {
        step.id: (step.subject, step.inputs.get("value"))
        for step in steps.of["assign"]
        if step.inputs.get("name") == "trainable"
    }
    last = {name: value for _, (name, value) in sorted(settings.items()) if value is not None}
    return {name for name, value in last.items() if value is False}


def _shapes(trace: Trace, steps: _Steps, level: str) -> Iterator[Spans]:
    """What the last call of a layer came to: its shapes, and its formula."""
    calls = [step for step in trace.steps if step.kind == "invoke" and step.result is not ABSENT]
    if not calls:
        return
    last, name = calls[-1], subject(calls[-1])
    call = next((step for step in last.children if step.kind == "call"), None)
    held: dict[str, Value] = {} if call is None else _held(steps, call.subject)
    if call is not None and call.subject in _frozen(steps):
        held["trainable"] = False
    cell = held.get("cell")
    if isinstance(cell, Instance):
        held = _held(steps, cell.label) | held
    shapes = "" if call is None or level == "user" else layer_formulas.shapes(call, held)
    given = next(iter(last.inputs.values()), None)
    output = plain_text(gives(last)[-1:])
    if level != "user" and not shapes:
        inputs = joined(map(short, passed(last).values()))
        yield (Span(f"{name} turns {inputs} into {output}."),)
    found = "" if call is None else layer_formulas.formula(call, held)
    training = "" if call is None else layer_formulas.of_training_call(call, held)
    if training:
        if level != "user":
            yield from _numbers(name, given, last.result)
        yield (Span(training),)
    if call is not None and found:
        formula: Spans = Span(f"{name}({layer_formulas.argument(call)}) = "), Span(found, "value")
        if training:
            formula = (Span("Outside training: "), *formula)
        computed = Span(shapes, "value"), SPACE, ARROW, SPACE, Span(output, "result")
        yield _beside(formula, computed) if shapes else formula
    if training:
        return
    if level != "user":
        yield from _numbers(name, given, last.result)
    more = "" if call is None else layer_formulas.besides(call, held)
    if more:
        yield (Span(more),)


def _beside(formula: Spans, shapes: Spans) -> Figure:
    """A formula with its shapes on the same line, or on the next where that is too narrow."""

    def draw(width: int) -> Iterator[Spans]:
        line = (*formula, Span("   "), *shapes)
        if size_of(line) <= width:
            yield line
        else:
            yield formula
            yield Span("   "), *shapes

    return Figure((*formula, Span(", "), *shapes), draw)


def _numbers(name: str, given: Value, result: Value | Absent) -> Iterator[Spans]:
    """The numbers of a small input and of its small output: `dense([[1, 2, 3]]) = [[4.5, 2.8]]`."""
    if not isinstance(given, Tensor) or not isinstance(result, Tensor) or not given.shape:
        return
    numbers, output = array_text(given), array_text(result)
    if numbers and output and len(numbers) + len(output) <= NUMBERS_SHOWN:
        yield Span(f"{name}("), Span(numbers, "value"), Span(") = "), Span(output, "result")


def _held(steps: _Steps, owner: str | None) -> dict[str, Value]:
    """The attributes that were set on a layer."""
    return {
        str(step.inputs.get("name")): step.inputs.get("value")
        for step in steps.of["assign"]
        if step.subject == owner
    }


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
        if name is not None and not _is_copied(steps, parent.subject, name, step.result)
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


def _is_copied(steps: _Steps, owner: str | None, name: str, value: Value | Absent) -> bool:
    """Whether another object of the same class was used in place of this argument: a
    `MultiHeadAttention` passes a copy of its initializer to each inner layer, and an `EinsumDense`
    of Keras 3 to its weight."""
    name = name.removeprefix("_")
    passed = [step.inputs.get(name) for step in steps.of["init"] if step.subject != owner]
    passed += [
        step.inputs.get("initializer")
        for step in steps.of["add_weight"]
        if step.subject == owner and f"{step.inputs.get('name')}_initializer" == name
    ]
    return isinstance(value, Instance) and any(
        isinstance(one, Instance) and one.cls == value.cls and one.label != value.label
        for one in passed
    )


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
            Span("Not all steps were recorded", "error"),
            Span(f": {left_out:,} more steps ran. --max-steps N records the first N."),
        )


def _unrecorded(trace: Trace) -> Iterator[Spans]:
    """What ran and was not recorded, whatever the options."""
    too_deep = trace.outcome.get("steps_too_deep")
    if isinstance(too_deep, int):
        calls = counted(too_deep, "call")
        yield (
            Span("Not all steps were recorded", "error"),
            Span(f": {calls} ran too deep in Python's stack to be recorded."),
        )
    if trace.outcome.get("other_threads") is True:
        yield (Span("Calls in other threads are not recorded.", "aside"),)


def _count(outline: Outline, total: int) -> Spans:
    if total == 0:
        before = "" if outline.trace.stop is None else " before that"
        if outline.trace.outcome.get("other_processes") is True:
            nothing = f"Nothing was recorded in this process{before}."
            return (Span(f"{nothing} Processes that the script starts are not traced.", "aside"),)
        return (Span(f"No Keras code ran{before}, so there are no steps to show.", "aside"),)
    steps = counted(total, "step")
    if outline.view.level == "user":
        return (
            Span(
                f"This took {steps}. --level author explains them; --level framework shows all.",
                "aside",
            ),
        )
    if outline.shown >= total:
        return (Span(f"{steps}, all shown.", "aside"),)
    some = f"{outline.shown:,} of {steps}"
    if not outline.view.has_hint:
        return (Span(f"{some} shown.", "aside"),)
    left_out = [
        option
        for option, used in (
            ("--only", outline.view.only),
            ("--depth", outline.view.depth is not None),
        )
        if used
    ]
    if left_out:
        return (Span(f"{some}: drop {' and '.join(left_out)} to see the rest.", "aside"),)
    return (Span(f"{some}: --level framework shows all. {KEY}", "aside"),)
