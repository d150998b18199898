"""Traces for comparing output formats: real ones, but with fixed times and line numbers."""

from dataclasses import replace

from densetrace import api
from densetrace.data.steps import Step
from densetrace.data.trace import Trace


def dense() -> Trace:
    """The layer of the README."""
    return evened(api.explain("Dense(64, activation='relu')", seed=1))


def failing() -> Trace:
    """A layer that raises."""
    return evened(api.explain("Dense(64, activation='rleu')"))


def long(steps: int) -> Trace:
    """A trace of about `steps` steps."""
    layers = ", ".join(["Dense(3)"] * max(1, steps // 58))
    return api.explain(f"Sequential([{layers}])", seed=1)


def evened(made: Trace) -> Trace:
    """The trace with steps of a microsecond each, plus their inner steps, all on line 1."""
    made.steps = tuple(map(_even, made.steps))
    return made


def _even(step: Step) -> Step:
    children = tuple(map(_even, step.children))
    where = step.where and replace(step.where, line=1)
    ns = 1_000 + sum(child.ns for child in children)
    return replace(step, children=children, where=where, ns=ns)
