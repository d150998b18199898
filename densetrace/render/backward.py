"""The backward pass beside the forward one: under an operation, the line of its gradient."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Final, TypeAlias

from densetrace.data.steps import Step
from densetrace.data.trace import Trace
from densetrace.kinds import KINDS
from densetrace.kinds.optimizing import flow
from densetrace.kinds.spans import Span
from densetrace.render.lines import Line

FORWARD: Final = ("op", "activation")
"""The kinds of steps that a backward step answers: an operation, or the function that runs it."""

WHEN: Final = "its gradients, computed later in the backward pass: "
"""The words before a gradient under its forward operation: it was not computed there."""

Backward: TypeAlias = dict[int, list[Step]]
"""The backward steps that answer an operation, by the number of its step."""


def backward(trace: Trace) -> Backward:
    """The backward steps of a trace, by the operation that each answers."""
    found: Backward = defaultdict(list)
    for step in trace.order.steps:
        if step.kind == "backward" and isinstance(answered := step.facts.get("answers"), int):
            found[answered].append(step)
    return dict(found)


def answers(step: Step, found: Backward, each: bool) -> Iterator[Line]:
    """The lines under an operation: the gradient that came back to it, and those it passed on.

    Args:
        step: an operation or an activation.
        found: the backward steps of the trace.
        each: whether each operation inside an activation has a line, and so those under it.
    """
    inner = () if each or step.kind == "op" else step.children
    for one in (step, *inner):
        for gradient in found.get(one.id, ()):
            if each or not KINDS["backward"].is_repeated(gradient, None):
                yield Line((Span(WHEN, "aside"), *flow(gradient)))
