"""Each time a weight got numbers, in a trace: created, updated, constrained, or left by a run."""

from collections.abc import Iterator

from densetrace.data.steps import Step
from densetrace.data.trace import Trace
from densetrace.data.values import Mapping, Tensor, Value
from densetrace.kinds.optimizing import variable_of
from densetrace.render.phases import metrics


def weight_values(trace: Trace) -> Iterator[tuple[Step, str, Value]]:
    """The step, the name of the weight (`dense/kernel`) and its value, in order of the steps.
    Weights of metrics are left out."""
    measured = metrics(trace.walk())
    for step in trace.walk():
        if step.error is not None or step.subject in measured:
            continue
        if step.kind == "add_weight":
            name = step.inputs.get("name")
            if isinstance(step.result, Tensor) and isinstance(name, str):
                whole = name if "/" in name or step.subject is None else f"{step.subject}/{name}"
                yield step, whole, step.result
        elif step.kind in ("update", "constrain"):
            after, variable = step.facts.get("after"), variable_of(step)
            if variable is not None and isinstance(after, Tensor):
                yield step, variable, after
        elif isinstance(left := step.facts.get("weights"), Mapping):
            for name, value in left.entries:
                if isinstance(name, str) and isinstance(value, Tensor):
                    yield step, name.removesuffix(":0"), value
