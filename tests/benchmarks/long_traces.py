"""How long questions to long traces take.

Every step and every value of these traces is an object of its own, as in a trace that was recorded
or loaded: steps that share them are compared much faster than any real ones.
"""

import gc
from collections.abc import Callable, Iterator
from dataclasses import replace
from time import perf_counter
from typing import Final

from densetrace.api import explain
from densetrace.study.diff import diff
from densetrace.study.provenance_sources import Provenance
from densetrace.study.why import why
from densetrace.teach.quiz import make_quiz
from densetrace.trace import Step, Trace
from tests.benchmarks.figures import Figure, Row

STEPS: Final = 100_000
FEW: Final = STEPS // 10
"""A step of `STEPS` is compared with one of so many."""

MOST_ROUNDS: Final = 3


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


SHAPES: Final[dict[str, tuple[Callable[[int], Trace], tuple[str, ...]]]] = {
    "a script's loop": (lambda steps: lives(steps, "relu", 50), ("kernel", "output")),
    "nested in each other": (deep, ("units", "built")),
    "all siblings": (wide, ("units", "built")),
}
"""Traces that are asked why, and what they may be asked about."""


def _same(steps: int) -> tuple[Trace, Trace]:
    return lives(steps, "relu", 50), lives(steps, "relu", 50)


def _different(steps: int) -> tuple[Trace, Trace]:
    return lives(steps, "relu", 50), lives(steps, "tanh", 40)


def _shifted(steps: int) -> tuple[Trace, Trace]:
    left, right = _different(steps)
    return left, turned(right, lambda outer: outer[5:])


def _reversed(steps: int) -> tuple[Trace, Trace]:
    left, right = _different(steps)
    return left, turned(right, lambda outer: outer[::-1])


PAIRS: Final[dict[str, Callable[[int], tuple[Trace, Trace]]]] = {
    "the same": _same,
    "different in many places": _different,
    "shifted by five steps": _shifted,
    "in reversed order": _reversed,
    "nothing in common": lambda steps: (lives(steps, "relu", 50), deep(steps)),
    "nested in each other": lambda steps: (deep(steps), deep(steps, value=1)),
    "siblings, all different": lambda steps: (wide(steps), wide(steps, value=10 * steps)),
}
"""Pairs of traces to compare."""


# -- what is measured -----------------------------------------------------------------------------

FIRST: Final = {
    name: Figure(f"`why`, the first question to {STEPS:,} steps, {name}", "ms", at_most=50)
    for name in SHAPES
}
AGAIN: Final = {
    name: Figure(f"`why`, every other question to them, {name}", "ms", at_most=50)
    for name in SHAPES
}
WHOLE: Final = {
    name: Figure(f"`diff` of {STEPS:,} steps, {name}", "ms", at_most=50) for name in PAIRS
}
GROWTH: Final = {
    name: Figure(f"`diff`, a step of {STEPS:,} to one of {FEW:,}, {name}", "times", at_most=1.3)
    for name in PAIRS
}
QUIZ: Final = Figure(f"a quiz about {STEPS:,} steps", "ms")
FIGURES: Final = (
    *(figure for name in SHAPES for figure in (FIRST[name], AGAIN[name])),
    *(figure for name in PAIRS for figure in (WHOLE[name], GROWTH[name])),
    QUIZ,
)


def measure(rounds: int) -> Iterator[Row]:
    """A few rounds: each takes seconds."""
    few = range(min(rounds, MOST_ROUNDS))
    for name, (make, targets) in SHAPES.items():
        yield from _why(name, make(STEPS), targets, few)
    for name, make_pair in PAIRS.items():
        yield from _diff(name, make_pair, few)
    long = lives(STEPS, "relu", 50)
    yield QUIZ.measured([milliseconds(lambda: make_quiz(long)) for _ in few])


def _why(name: str, trace: Trace, targets: tuple[str, ...], few: range) -> Iterator[Row]:
    """Questions to a trace that nothing was asked of before, and to one that knows its index."""
    known = Provenance.of(trace)
    target = next(target for target in targets if _can_be_asked(known, target))
    yield FIRST[name].measured([milliseconds(lambda: why(trace, target)) for _ in few])

    def again() -> None:
        why(trace, target, Provenance(known.ledger, known.evidence))

    yield AGAIN[name].measured([milliseconds(again) for _ in few])


def _can_be_asked(known: Provenance, target: str) -> bool:
    return any(target in attributes for attributes in known.ledger.index.held.values())


def _diff(name: str, make: Callable[[int], tuple[Trace, Trace]], few: range) -> Iterator[Row]:
    """How long two traces take to be compared, and how much more each step costs in long ones."""
    costs = []
    for steps in (FEW, STEPS):
        left, right = make(steps)
        times = [milliseconds(lambda: diff(left, right)) for _ in few]  # noqa: B023 # called at once
        costs.append([time / steps for time in times])
    yield WHOLE[name].measured(times)
    yield GROWTH[name].measured([long / short for short, long in zip(*costs, strict=True)])
