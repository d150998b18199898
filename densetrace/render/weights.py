"""Each time a weight got numbers, in a trace: created, updated, constrained, or left by a run."""

from collections.abc import Iterator
from typing import NamedTuple

from densetrace.data.steps import Step
from densetrace.data.trace import Trace
from densetrace.data.values import Mapping, Tensor, Value
from densetrace.kinds.optimizing import variable_of
from densetrace.render.phases import metrics


class WeightValue(NamedTuple):
    """A value of a weight: the step that gave it, the position from which on the weight has it, the
    name of the weight (`dense/kernel`), and the value."""

    step: int
    since: int
    name: str
    value: Value


def weight_values(trace: Trace) -> list[WeightValue]:
    """All values of all weights, in order. Weights of metrics are left out."""
    measured = metrics(trace.walk())
    found = [
        # A run leaves its weights at its end, after all steps inside.
        WeightValue(position, position if kind != "run" else end - 1, name, value)
        for position, (step, end) in enumerate(
            zip(trace.order.steps, trace.order.ends, strict=True)
        )
        if step.error is None and step.subject not in measured
        for kind, name, value in _given(step)
    ]
    return sorted(found, key=lambda one: one.since)


def _given(step: Step) -> Iterator[tuple[str, str, Value]]:
    """How a step gives values to weights (at once, or as a run), their names and the values."""
    if step.kind == "add_weight":
        name = step.inputs.get("name")
        if isinstance(step.result, Tensor) and isinstance(name, str):
            whole = name if "/" in name or step.subject is None else f"{step.subject}/{name}"
            yield "at once", whole, step.result
    elif step.kind in ("update", "constrain"):
        after, variable = step.facts.get("after"), variable_of(step)
        if variable is not None and isinstance(after, Tensor):
            yield "at once", variable, after
    elif isinstance(left := step.facts.get("weights"), Mapping):
        for name, value in left.entries:
            if isinstance(name, str) and isinstance(value, Tensor):
                yield "run", name.removesuffix(":0"), value
