"""How long `why`, `diff` and a quiz take on long traces. Nothing is asserted.

Run it: python -m tests.benchmarks.long_traces [STEPS]

Every step and every value of these traces is an object of its own, as in a trace that was recorded
or loaded: steps that share them are compared much faster than any real ones.
"""

import gc
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from statistics import median
from time import perf_counter
from typing import Final, NamedTuple

from densetrace.api import explain
from densetrace.study.diff import diff
from densetrace.study.provenance_sources import Provenance
from densetrace.study.why import why
from densetrace.teach.quiz import make_quiz
from densetrace.trace import Step, Trace

STEPS: Final = 100_000
SMALL, BIG = 0.1, 2
"""The shortest and the longest traces whose cost for each step is compared, in `STEPS`."""


class Measured(NamedTuple):
    """A figure: what was measured, in which unit, how much it may be at most (None when it only
    informs), and the median of all rounds with the least and the greatest."""

    what: str
    unit: str
    at_most: float | None
    median: float
    low: float
    high: float

    def __str__(self) -> str:
        asked = "" if self.at_most is None else f"  at most {self.at_most:g} {self.unit}"
        told = f"{self.median:8.2f} {self.unit} ({self.low:.2f} to {self.high:.2f})"
        return f"{self.what:<58} {told}{asked}"


def measured(what: str, unit: str, at_most: float | None, values: list[float]) -> Measured:
    """The figure that some rounds have given."""
    return Measured(what, unit, at_most, median(values), min(values), max(values))


def milliseconds(action: Callable[[], object]) -> float:
    """How long an action takes, what was left over by others cleared away before."""
    gc.collect()
    start = perf_counter()
    action()
    return 1000 * (perf_counter() - start)


# -- traces ---------------------------------------------------------------------------------------


def lives(steps: int, activation: str, odd: int) -> Trace:
    """One layer's life repeated until there are that many steps; every `odd`-th is another life."""
    plain, other = explain("Dense(64)"), explain(f"Dense(64, activation={activation!r})")
    size = sum(1 for _ in plain.walk())
    repeated = [
        step
        for number in range(steps // size)
        for step in (other if number % odd == odd - 1 else plain).steps
    ]
    return Trace.loads(Trace(plain.source, plain.engine, plain.outcome, tuple(repeated)).dumps())


def turned(trace: Trace, change: Callable[[tuple[Step, ...]], tuple[Step, ...]]) -> Trace:
    """A trace with its outermost steps changed."""
    return Trace(trace.source, trace.engine, trace.outcome, change(trace.steps))


def deep(steps: int, value: int = 0) -> Trace:
    """Steps nested in each other, and what differs at the bottom."""
    first = explain("Dense(64)").find("assign")[0]
    inner = replace(first, inputs=first.inputs | {"value": value})
    for _ in range(steps - 1):
        inner = replace(first, kind="call", inputs=dict(first.inputs), children=(inner,))
    return Trace(steps=(inner,))


def wide(steps: int, value: int = 0) -> Trace:
    """Steps beside each other, no two of them the same."""
    first = explain("Dense(64)").find("assign")[0]
    numbers = range(value, value + steps)
    return Trace(
        steps=tuple(replace(first, inputs=first.inputs | {"value": number}) for number in numbers)
    )


def pairs(steps: int) -> Iterator[tuple[str, Trace, Trace]]:
    """Pairs of traces to compare."""
    left, right = lives(steps, "relu", 50), lives(steps, "tanh", 40)
    yield "the same", left, lives(steps, "relu", 50)
    yield "different in many places", left, right
    yield "shifted by five steps", left, turned(right, lambda outer: outer[5:])
    yield "in reversed order", left, turned(right, lambda outer: outer[::-1])
    yield "nothing in common", left, deep(steps)
    yield "nested in each other", deep(steps), deep(steps, value=1)
    yield "one level of siblings, all different", wide(steps), wide(steps, value=10 * steps)


# -- what is measured -----------------------------------------------------------------------------


def measure(rounds: int, steps: int = STEPS) -> Iterator[Measured]:
    """Every figure of this module."""
    yield from measure_why(rounds, steps)
    yield from measure_diff(rounds, steps)
    long = lives(steps, "relu", 50)
    quiz = [milliseconds(lambda: make_quiz(long)) for _ in range(rounds)]
    yield measured(f"a quiz about {steps:,} steps", "ms", None, quiz)


def measure_why(rounds: int, steps: int) -> Iterator[Measured]:
    """Questions to a trace that nothing was asked of before, and to one that knows its index."""
    for name, trace, targets in (
        ("", lives(steps, "relu", 50), ("kernel", "output")),
        (", nested in each other", deep(steps), ("units", "built")),
        (", all siblings", wide(steps), ("units", "built")),
    ):
        known = Provenance.of(trace)
        target = next(target for target in targets if _can_be_asked(known, target))
        first = [milliseconds(lambda: why(trace, target)) for _ in range(rounds)]  # noqa: B023 # called at once
        again = [
            milliseconds(lambda: why(trace, target, Provenance(known.ledger, known.evidence)))  # noqa: B023 # called at once
            for _ in range(rounds)
        ]
        about = f"{steps:,} steps{name}"
        yield measured(f"why {target}, the first question, {about}", "ms", 50, first)
        yield measured(f"why {target}, every other question, {about}", "ms", 50, again)


def _can_be_asked(known: Provenance, target: str) -> bool:
    return any(target in attributes for attributes in known.ledger.index.held.values())


def measure_diff(rounds: int, steps: int) -> Iterator[Measured]:
    """Comparisons of two traces, and how much more each step costs in long ones."""
    costs: dict[int, dict[str, list[float]]] = {}
    for size in (int(SMALL * steps), steps, int(BIG * steps)):
        costs[size] = {
            name: [milliseconds(lambda: diff(left, right)) / size for _ in range(rounds)]  # noqa: B023 # called at once
            for name, left, right in pairs(size)
        }
    small, _, big = costs
    for name, values in costs[steps].items():
        whole = [value * steps for value in values]
        yield measured(f"diff of {steps:,} steps, {name}", "ms", None, whole)
        growth = [b / a for a, b in zip(costs[small][name], costs[big][name], strict=True)]
        yield measured(f"  a step of {big:,} to one of {small:,}", "times", 1.3, growth)


if __name__ == "__main__":
    for row in measure(3, int(sys.argv[1]) if len(sys.argv) > 1 else STEPS):
        print(row, flush=True)
