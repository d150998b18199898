"""User level: what did I get? A phase an object: what went in, what it holds, what comes out."""

from collections.abc import Iterator
from typing import Final

from densetrace.data.steps import Step
from densetrace.data.trace import Trace
from densetrace.data.values import Tensor, Value, counted
from densetrace.data.wording import entries, keywords, outcome, short
from densetrace.kinds import label_of
from densetrace.kinds.construction import MADE_BY_KERAS, class_made
from densetrace.kinds.label import assigned, error_text, gives, subject
from densetrace.kinds.spans import CROSS, Part, Parts
from densetrace.render.lines import Line
from densetrace.render.phases import Phase, metrics

_HOUSEKEEPING: Final = ("built", "input_spec", "supports_masking")
"""Attributes that say how a layer is doing, not what it is."""


def overview(trace: Trace) -> Iterator[Phase]:
    """A phase for every object that was made, in order."""
    aside = metrics(trace.walk())
    objects = [pair for pair in _objects(trace) if pair[1] is None or pair[1].subject not in aside]
    described = zip(objects, _about(trace, objects), strict=True)
    for number, ((new, maker), about) in enumerate(described, start=1):
        title = (Part(_name(new, maker), "heading"), Part(f", a {class_made(new)} layer"))
        yield Phase(str(number), title, inner=tuple(_account(new, maker, about)))


def _name(new: Step, maker: Step | None) -> str:
    return subject(maker) if maker else class_made(new)


def _about(trace: Trace, objects: list[tuple[Step, Step | None]]) -> list[list[Step]]:
    """The steps about each object: those with its name, until another object takes that name."""
    names = {id(new): _name(new, maker) for new, maker in objects}
    about: dict[int, list[Step]] = {id(new): [] for new, _ in objects}
    # What comes before an object belongs to the first one that has its name.
    latest = {names[id(new)]: about[id(new)] for new, _ in reversed(objects)}
    for step in trace.walk():
        if id(step) in about:
            latest[names[id(step)]] = about[id(step)]
        if step.subject in latest:
            latest[step.subject].append(step)
    return [about[id(new)] for new, _ in objects]


def _objects(trace: Trace) -> Iterator[tuple[Step, Step | None]]:
    """Each `new` step with the step that initialized the object."""
    waiting = [trace.steps]
    while waiting:
        steps = waiting.pop()
        for position, step in enumerate(steps):
            if step.kind == "new" and class_made(step) not in MADE_BY_KERAS:
                after = steps[position + 1] if position + 1 < len(steps) else None
                yield step, after if after and after.kind in ("layout", "init") else None
        waiting.extend(step.children for step in reversed(steps) if step.children)


def _account(new: Step, maker: Step | None, about: list[Step]) -> Iterator[Line]:
    given = _given(new)
    yield Line((Part("given "), Part(given, "value"))) if given else Line((Part("given nothing"),))
    weights = [step for step in about if step.kind == "add_weight"]
    weight_names = {step.inputs.get("name") for step in weights}
    held = _held(about, weight_names)
    if held:
        yield Line((Part("holds"),), inner=tuple(_holdings(held)))
    if weights:
        yield Line((Part("weights"),), inner=tuple(map(_weight, weights)))
    for step in about:
        if step.kind == "compile":
            yield Line(label_of(step))
    calls = [step for step in about if step.kind == "invoke" and step.error is None]
    if calls:
        last = calls[-1]
        taken = short(next(iter(last.inputs.values()), None))
        yield Line((Part("turns "), Part(taken, "value"), Part(" into "), *_result(last)))
    failed = next((step for step in (new, maker, *about) if step and step.error), None)
    if failed and failed.error:
        parts = (CROSS, Part(" failed: ", "error"), Part(error_text(failed.error), "error"))
        yield Line(parts, failed=True)


def _given(new: Step) -> str:
    """What was written between the parentheses, positional arguments by the name they went to."""
    pairs: list[tuple[str, Value]] = []
    for values in (new.facts.get("positional"), new.inputs.get("kwargs")):
        pairs.extend(entries(values))
    return keywords(pairs, short)


def _held(about: list[Step], weights: set[Value]) -> dict[str, Value]:
    """The public attributes as they were in the end."""
    held: dict[str, Value] = {}
    for step in about:
        name = step.inputs.get("name")
        if step.kind == "assign" and isinstance(name, str):
            held[name] = step.inputs.get("value")
    return {
        name: value
        for name, value in held.items()
        if name not in _HOUSEKEEPING and name not in weights and not isinstance(value, Tensor)
    }


def _holdings(held: dict[str, Value]) -> Iterator[Line]:
    for name, value in held.items():
        if value is not None:
            yield Line((*assigned(name), Part(outcome(value), "result")))
    nothing = [name for name, value in held.items() if value is None]
    if nothing:
        yield Line((Part("None: "), Part(", ".join(nothing), "name")))


def _weight(step: Step) -> Line:
    name = step.inputs.get("name")
    parts = (*assigned(name if isinstance(name, str) else short(name)), *_result(step))
    return Line((*parts, *_size(step), *_filled(step)))


def _result(step: Step) -> Parts:
    return gives(step)[-1:]


def _size(step: Step) -> Parts:
    if not isinstance(step.result, Tensor) or None in step.result.shape:
        return ()
    return (Part(f", {counted(step.result.size, 'number')}"),)


def _filled(step: Step) -> Parts:
    """What filled a weight."""
    initialize = next((child for child in step.children if child.kind == "initialize"), None)
    if initialize is None:
        return ()
    return Part(" filled by "), Part(subject(initialize), "value")
