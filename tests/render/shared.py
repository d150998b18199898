"""Traces that the formats to share are compared on: real ones, but with times and line numbers that
stay the same when the machine is slow or a file is edited."""

from dataclasses import replace

from densetrace import api
from densetrace.data.steps import Step
from densetrace.data.trace import Trace


def dense() -> Trace:
    """What the README shows."""
    return evened(api.explain("Dense(64, activation='relu')", seed=1))


def failing() -> Trace:
    """A layer that raises."""
    return evened(api.explain("Dense(64, activation='rleu')"))


def long(steps: int) -> Trace:
    """A trace of about so many steps."""
    layers = ", ".join(["Dense(3)"] * max(1, steps // 58))
    return api.explain(f"Sequential([{layers}])", seed=1)


def evened(made: Trace) -> Trace:
    """The trace with steps that each take a microsecond, and what is inside them; all on line 1."""
    made.steps = tuple(map(_even, made.steps))
    return made


def _even(step: Step) -> Step:
    children = tuple(map(_even, step.children))
    where = step.where and replace(step.where, line=1)
    ns = 1_000 + sum(child.ns for child in children)
    return replace(step, children=children, where=where, ns=ns)
