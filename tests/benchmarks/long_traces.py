"""How long `why`, `diff` and a quiz take on 100,000 steps, and whether `diff` takes longer a step.

Every step and every value of these traces is an object of its own, as in a trace that was recorded
or loaded: steps that share them are compared much faster than any real ones.
"""

import gc
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from time import perf_counter
from typing import Final

from densetrace.api import explain
from densetrace.data.steps import Step
from densetrace.data.trace import Trace
from densetrace.study.diff import diff
from densetrace.study.provenance import Provenance
from densetrace.study.why import why
from densetrace.teach.quiz import make_quiz
from tests.benchmarks.figures import Figure, Row
from tests.benchmarks.timing import ratios

STEPS: Final = 100_000
FEW: Final = STEPS // 10
"""So many steps have the short traces whose cost for each step is compared."""

LIMIT: Final = 50


# -- traces ---------------------------------------------------------------------------------------


def copied(step: Step, start: int) -> Step:
    """A step and all inside it, numbered from `start` on."""
    children = tuple(copied(child, start) for child in step.children)
    return replace(step, id=step.id + start, children=children)


def lives(steps: int, activation: str, odd: int) -> Trace:
    """One layer's life repeated until there are that many steps; every `odd`-th is another life."""
    plain, other = explain("Dense(64)"), explain(f"Dense(64, activation={activation!r})")
    repeated: list[Step] = []
    number = start = 0
    while start < steps:
        life = other if number % odd == odd - 1 else plain
        repeated += [copied(step, start) for step in life.steps]
        start += sum(1 for _ in life.walk())
        number += 1
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


Pair = tuple[Trace, Trace]


@cache
def unlike(steps: int) -> Pair:
    """Two traces that differ in many places, made once: to make them takes longer than the rest."""
    return lives(steps, "relu", 50), lives(steps, "tanh", 40)


def _turned(steps: int, change: Callable[[tuple[Step, ...]], tuple[Step, ...]]) -> Pair:
    left, right = unlike(steps)
    return left, turned(right, change)


PAIRS: Final[dict[str, Callable[[int], Pair]]] = {
    "the same": lambda steps: (unlike(steps)[0], lives(steps, "relu", 50)),
    "different in many places": unlike,
    "shifted by five steps": lambda steps: _turned(steps, lambda outer: outer[5:]),
    "in reversed order": lambda steps: _turned(steps, lambda outer: outer[::-1]),
    "nothing in common": lambda steps: (unlike(steps)[0], deep(steps)),
    "nested in each other": lambda steps: (deep(steps), deep(steps, value=1)),
    "siblings, all different": lambda steps: (wide(steps), wide(steps, value=10 * steps)),
}
"""Pairs of traces to compare."""


# -- what is measured -----------------------------------------------------------------------------

ASKED: Final[dict[str, tuple[Callable[[int], Trace], str]]] = {
    "a layer's life repeated": (lambda steps: unlike(steps)[0], "kernel"),
    "nested in each other": (deep, "built"),
    "siblings, all different": (wide, "built"),
}
"""What `why` is asked about, and for which value."""

FIRST: Final = {
    name: Figure(f"why {target}, the first question, {name}", "ms", at_most=LIMIT)
    for name, (_, target) in ASKED.items()
}
AGAIN: Final = {
    name: Figure(f"why {target}, every other question, {name}", "ms", at_most=LIMIT)
    for name, (_, target) in ASKED.items()
}
DIFF: Final = {name: Figure(f"diff, {name}", "ms", at_most=LIMIT) for name in PAIRS}
GROWTH: Final = {
    name: Figure(f"diff, {name}: a step of {STEPS:,} to one of {FEW:,}", "times", at_most=1.3)
    for name in PAIRS
}
QUIZ: Final = Figure("a quiz", "ms")
FIGURES: Final = (*FIRST.values(), *AGAIN.values(), *DIFF.values(), *GROWTH.values(), QUIZ)


def measure(rounds: int) -> Iterator[Row]:
    """Questions, comparisons, a quiz. Long traces take seconds, so few rounds have to do."""
    few = max(1, rounds // 8)
    yield from _why(few)
    yield from _diff(few)
    trace, _ = unlike(STEPS)
    yield QUIZ.measured([milliseconds(lambda: make_quiz(trace)) for _ in range(few)])


def milliseconds(action: Callable[[], object]) -> float:
    """How long an action takes. Garbage is collected before and not meanwhile."""
    gc.collect()
    gc.disable()
    try:
        start = perf_counter()
        action()
        return 1000 * (perf_counter() - start)
    finally:
        gc.enable()


def _why(rounds: int) -> Iterator[Row]:
    """Questions to a trace that nothing was asked of before, and to one that knows its index."""
    for name, (make, target) in ASKED.items():
        trace = make(STEPS)
        first = [milliseconds(lambda: why(trace, target)) for _ in range(rounds)]  # noqa: B023 # called at once
        yield FIRST[name].measured(first)
        known = Provenance.of(trace)
        why(trace, target, known)
        again = [
            milliseconds(lambda: why(trace, target, Provenance(known.index, known.evidence)))  # noqa: B023 # called at once
            for _ in range(rounds)
        ]
        yield AGAIN[name].measured(again)


def _diff(rounds: int) -> Iterator[Row]:
    """Comparisons of two traces, long and short ones in turn."""
    for name, make in PAIRS.items():
        pairs = {steps: make(steps) for steps in (FEW, STEPS)}
        taken: dict[int, list[float]] = {steps: [] for steps in pairs}
        for _ in range(rounds):
            for steps, (left, right) in pairs.items():
                taken[steps].append(milliseconds(lambda: diff(left, right)))  # noqa: B023 # called at once
        yield DIFF[name].measured(taken[STEPS])
        growth = [ratio * FEW / STEPS for ratio in ratios(taken[STEPS], taken[FEW])]
        yield GROWTH[name].measured(growth)
