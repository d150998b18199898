"""User level: one phase per object, with its arguments, attributes, weights and output."""

from collections.abc import Iterator
from typing import Final

from densetrace.data.steps import Step
from densetrace.data.trace import Trace
from densetrace.data.values import Instance, Tensor, Value, counted
from densetrace.data.wording import entries, joined, keywords, outcome, result, short
from densetrace.kinds import label_of
from densetrace.kinds.calling import is_symbolic, passed
from densetrace.kinds.construction import MADE_BY_KERAS, class_made
from densetrace.kinds.label import assigned, error_text, gives, subject
from densetrace.kinds.lookups import settings_of
from densetrace.kinds.spans import CROSS, Span, Spans
from densetrace.render.lines import Line
from densetrace.render.phases import Phase, metrics

_RUNS: Final = ("fit", "evaluate", "predict", "on_batch")

_MODELS: Final = ("Model", "Functional", "Sequential")

_HOUSEKEEPING: Final = ("built", "input_spec", "supports_masking")
"""Attributes about the state of a layer, not its configuration."""


def overview(trace: Trace) -> Iterator[Phase]:
    """One phase per created object, in order."""
    names = metrics(trace.walk())
    objects = [pair for pair in _objects(trace) if pair[1] is None or pair[1].subject not in names]
    with_steps = zip(objects, _about(trace, objects), strict=True)
    for number, ((new, init), about) in enumerate(with_steps, start=1):
        kind = "model" if class_made(new) in _MODELS else "layer"
        title = (Span(_name(new, init), "heading"), Span(f", a {class_made(new)} {kind}"))
        whole = (new, *about) if init is None else (new, init, *about)
        yield Phase(str(number), title, inner=tuple(_lines(new, init, about)), about=whole)


def _name(new: Step, init: Step | None) -> str:
    return subject(init) if init else class_made(new)


def _about(trace: Trace, objects: list[tuple[Step, Step | None]]) -> list[list[Step]]:
    """The steps about each object: those with its name, until another object takes that name."""
    names = {id(new): _name(new, init) for new, init in objects}
    about: dict[int, list[Step]] = {id(new): [] for new, _ in objects}
    # Steps before an object belong to the first object of that name.
    latest = {names[id(new)]: about[id(new)] for new, _ in reversed(objects)}
    for step in trace.walk():
        if id(step) in about:
            latest[names[id(step)]] = about[id(step)]
        if step.subject in latest:
            latest[step.subject].append(step)
    return [about[id(new)] for new, _ in objects]


def _objects(trace: Trace) -> Iterator[tuple[Step, Step | None]]:
    """Each `new` step with the step that initialized the object, if there is one."""
    waiting = [trace.steps]
    while waiting:
        steps = waiting.pop()
        for position, step in enumerate(steps):
            if step.kind == "new" and class_made(step) not in MADE_BY_KERAS:
                after = steps[position + 1] if position + 1 < len(steps) else None
                yield step, after if after and after.kind in ("layout", "init") else None
        waiting.extend(step.children for step in reversed(steps) if step.children)


def _lines(new: Step, init: Step | None, about: list[Step]) -> Iterator[Line]:
    given = _arguments(new)
    text = (Span("given "), Span(given, "value")) if given else (Span("given no arguments"),)
    yield Line(text, about=(new,))
    weights = [step for step in about if step.kind == "add_weight"]
    weight_names = {step.inputs.get("name") for step in weights}
    attributes = _attributes(about, weight_names)
    if attributes:
        yield Line((Span("holds"),), inner=tuple(_attribute_lines(attributes)))
    if weights:
        yield Line((Span("weights"),), inner=tuple(map(_weight, weights)))
    yield from _training(about)
    calls = [step for step in about if step.kind == "invoke" and step.error is None]
    if calls:
        last = next((step for step in reversed(calls) if not is_symbolic(step)), calls[-1])
        taken = joined(map(short, passed(last).values()))
        spans = (Span("turns "), Span(taken, "value"), Span(" into "), *_result(last))
        yield Line(spans, about=(last,), value=result(last))
    failed = next((step for step in (new, init, *about) if step and step.error), None)
    if failed and failed.error:
        spans = (CROSS, Span(" failed: ", "error"), Span(error_text(failed.error), "error"))
        yield Line(spans, failed=True, about=(failed,))


def _training(about: list[Step]) -> Iterator[Line]:
    """How a model was compiled, and what it was run on after that, in order."""
    is_compiled = False
    inside: set[int] = set()
    runs: list[Step] = []
    for step in about:
        if step.kind == "compile":
            yield from _runs(runs)
            runs = []
            yield _compile(step, is_compiled)
            is_compiled = True
        elif step.kind in _RUNS and id(step) not in inside:
            runs.append(step)
            inside.update(map(id, step.walk()))
    yield from _runs(runs)


def _compile(step: Step, again: bool) -> Line:
    """A line of `compile`, with the settings of the optimizer object that it was given."""
    kept = dict(entries(step.facts.get("resolved_now"))).get("optimizer")
    is_object = isinstance(step.inputs.get("optimizer"), Instance)
    aside = settings_of(kept if is_object else None)
    if again:
        aside = (*aside, Span("  (compiled again: the weights stay)", "aside"))
    return Line((*label_of(step), *aside), about=(step,))


def _runs(steps: list[Step]) -> Iterator[Line]:
    """What a model was run on: the last of several calls of the same method, with their number."""
    runs: dict[str, list[Step]] = {}
    for step in steps:
        runs.setdefault(step.point, []).append(step)
    for found in runs.values():
        times = f"  ({len(found):,} times, the last shown)" if len(found) > 1 else ""
        spans = (*label_of(found[-1]), *((Span(times, "aside"),) if times else ()))
        yield Line(spans, about=tuple(found[-1:]))


def _arguments(new: Step) -> str:
    """The arguments of the construction, positional ones under their names."""
    pairs: list[tuple[str, Value]] = []
    for values in (new.facts.get("positional"), new.inputs.get("kwargs")):
        pairs.extend(entries(values))
    return keywords(pairs, short)


def _attributes(about: list[Step], weights: set[Value]) -> dict[str, Step]:
    """The public attributes, each with the last step that set it."""
    attributes: dict[str, Step] = {}
    for step in about:
        name = step.inputs.get("name")
        if step.kind == "assign" and isinstance(name, str):
            attributes[name] = step
    return {
        name: step
        for name, step in attributes.items()
        if name not in _HOUSEKEEPING
        and name not in weights
        and not isinstance(step.inputs.get("value"), Tensor)
    }


def _attribute_lines(attributes: dict[str, Step]) -> Iterator[Line]:
    for name, step in attributes.items():
        value = step.inputs.get("value")
        if value is not None:
            yield Line((*assigned(name), Span(outcome(value), "result")), about=(step,))
    nothing = {n: step for n, step in attributes.items() if step.inputs.get("value") is None}
    if nothing:
        spans = (Span("None: "), Span(", ".join(nothing), "name"))
        yield Line(spans, about=tuple(nothing.values()))


def _weight(step: Step) -> Line:
    name = step.inputs.get("name")
    spans = (*assigned(name if isinstance(name, str) else short(name)), *_result(step))
    spans = (*spans, *_size(step), *_filled(step))
    return Line(spans, about=(step,), value=result(step))


def _result(step: Step) -> Spans:
    return gives(step)[-1:]


def _size(step: Step) -> Spans:
    if not isinstance(step.result, Tensor) or None in step.result.shape:
        return ()
    return (Span(f", {counted(step.result.size, 'number')}"),)


def _filled(step: Step) -> Spans:
    """The initializer of a weight."""
    initialize = next((child for child in step.children if child.kind == "initialize"), None)
    if initialize is None:
        return ()
    return Span(" filled by "), Span(subject(initialize), "value")
