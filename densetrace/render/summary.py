"""What a trace comes to, in a few closing lines: weights, shapes, what was never used, how many
steps were shown."""

import math
from collections.abc import Iterator
from itertools import zip_longest
from typing import Final

from densetrace.render.folding import lookup_set_by_line
from densetrace.render.lines import CROSS, Part, Parts, plain_text
from densetrace.render.outline import Outline
from densetrace.render.phases import metrics
from densetrace.render.phrases import gives, subject, told
from densetrace.study.statements import feeds
from densetrace.trace import ABSENT, Trace
from densetrace.values import Function, Instance, Tensor, Value

WEIGHTS_SHOWN: Final = 6
UNUSED_SHOWN: Final = 4

_UNUSED_BECAUSE: Final = {
    "activations": "call never reached it",
    "initializers": "no weight was made with it",
    "regularizers": "its penalty is computed only when losses are read",
    "constraints": "it acts only after a training step",
}
_AT_WORK: Final = ("initialize", "regularize", "constrain")


def summary(outline: Outline) -> Iterator[Parts]:
    """The closing lines, once an outline has been read to its end."""
    trace = outline.trace
    failed = trace.outcome.get("error_type")
    if isinstance(failed, str):
        yield CROSS, Part(f" Stopped by {failed}", "error"), Part(": nothing after it ran.")
    else:
        yield from _weights(trace)
        if outline.view.level != "user":
            yield from _shapes(trace)
        yield from _unused(trace)
    yield from _fault(trace)
    yield _count(outline)


def _weights(trace: Trace) -> Iterator[Parts]:
    weights = _all_weights(trace)
    if not weights:
        return
    sizes = [(name, math.prod(size or 0 for size in tensor.shape)) for name, tensor in weights]
    listed = [f"{name} {size:,}" for name, size in sizes[:WEIGHTS_SHOWN]]
    if len(sizes) > WEIGHTS_SHOWN:
        listed.append(f"{len(sizes) - WEIGHTS_SHOWN:,} more")
    total = sum(size for _, size in sizes)
    word = "parameter" if total == 1 else "parameters"
    yield Part(f"{total:,} {word}", "name"), Part(f" ({', '.join(listed)}).")


def _all_weights(trace: Trace) -> list[tuple[str, Tensor]]:
    """The weights that were made, by name, those of metrics left out."""
    aside = metrics(trace)
    added = [step for step in trace.find("add_weight") if step.subject not in aside]
    several = len({step.subject for step in added}) > 1
    return [
        (f"{step.subject}/{name}" if several else str(name), step.result)
        for step in added
        for name in [step.inputs.get("name")]
        if isinstance(step.result, Tensor)
    ]


def _shapes(trace: Trace) -> Iterator[Parts]:
    calls = [step for step in trace.steps if step.kind == "invoke"]
    if calls:
        given = told(next(iter(calls[-1].inputs.values()), None))
        came = plain_text(gives(calls[-1])[-1:])
        yield (Part(f"{subject(calls[-1])} turns {given} into {came}."),)


def _unused(trace: Trace) -> Iterator[Parts]:
    """What was looked up for a layer that was called, and still did nothing."""
    called = {step.subject for step in trace.find("invoke")}
    at_work = {step.subject for kind in _AT_WORK for step in trace.find(kind)}
    at_work |= {step.point.rpartition(".")[2] for step in trace.find("activation")}
    unused = [
        (f"{owner}.{name}", told(value), _UNUSED_BECAUSE[registry])
        for owner, name, registry, value in _looked_up(trace)
        if owner in called and _label(value) is not None and _label(value) not in at_work
    ]
    for name, value, reason in unused[:UNUSED_SHOWN]:
        yield Part("Never used: "), Part(name, "name"), Part(f" = {value} ({reason})")
    if len(unused) > UNUSED_SHOWN:
        yield (Part(f"Never used: {len(unused) - UNUSED_SHOWN:,} more"),)


def _looked_up(trace: Trace) -> Iterator[tuple[str | None, str, str, Value]]:
    """Owner, attribute, registry and result of each lookup that set an attribute."""
    for parent in trace.walk():
        for step, follower in zip_longest(parent.children, parent.children[1:]):
            registry = step.facts.get("registry")
            if step.kind != "get" or step.result is ABSENT or registry not in _UNUSED_BECAUSE:
                continue
            name = lookup_set_by_line(step)
            if follower is not None and feeds(step, follower):
                name = str(follower.inputs.get("name"))
            if name is not None:
                yield parent.subject, name, str(registry), step.result


def _label(value: Value) -> str | None:
    """By what name a step would show this object at work; None for objects that take no steps."""
    match value:
        case Function(name, module) if module == "keras.activations":
            return name
        case Instance(_, module, label) if module.startswith("keras."):
            return label
    return None


def _fault(trace: Trace) -> Iterator[Parts]:
    fault = trace.outcome.get("recording_stopped")
    if fault is not None:
        yield Part("Recording stopped before the end", "error"), Part(f": {told(fault)}")
    left_out = trace.outcome.get("steps_left_out")
    if isinstance(left_out, int):
        yield (
            Part("Not all was kept", "error"),
            Part(f": {left_out:,} more steps ran. --max-steps N keeps the first N."),
        )


def _count(outline: Outline) -> Parts:
    total = sum(1 for _ in outline.trace.walk())
    if total == 0:
        return (Part("Nothing of Keras ran, so there is no step to show.", "aside"),)
    steps = f"{total:,} {'step' if total == 1 else 'steps'}"
    if outline.view.level == "user":
        return (Part(f"{steps} led here: --level author shows them.", "aside"),)
    if outline.shown >= total:
        return (Part(f"{steps}, all shown.", "aside"),)
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
    return (Part(f"{steps}, {outline.shown:,} shown: {way}.", "aside"),)
