"""What a step takes to be rendered, in traces of 100 and of 100,000 steps, no two layers alike."""

import gc
from collections.abc import Callable, Iterator
from functools import partial
from statistics import median
from time import perf_counter, process_time
from typing import Final

import numpy as np

import densetrace
from densetrace.render import json, plain
from densetrace.render.outline import LEVELS, View
from densetrace.render.tree import Tree
from densetrace.trace import Trace
from tests.benchmarks.figures import Figure, Row

SIZES: Final = (100, 100_000)
WIDTHS: Final = (80, 60)
STEPS_EACH: Final = 53
"""So many steps has a layer that is made and called."""

LEAST_STEPS: Final = 20_000
"""A round renders at least so many steps, a short trace again and again."""

MOST_ROUNDS: Final = 5

Render = Callable[[Trace], Iterator[str]]


def _tree(view: View, width: int, trace: Trace) -> Iterator[str]:
    return Tree(trace, view).chunks(width)


FORMS: Final[dict[str, tuple[float, Render]]] = {
    f"tree, level {level}, {width} columns": (15, partial(_tree, View(level), width))
    for level in LEVELS
    for width in WIDTHS
} | {
    **{f"plain, level {level}": (5, partial(plain.chunks, view=View(level))) for level in LEVELS},
    "JSON": (5, json.chunks),
}
"""What is rendered, how many microseconds a step may take, and how it is rendered."""

EACH: Final = {
    (size, form): Figure(f"{form}, {size:,} steps", "µs a step", at_most=most)
    for size in SIZES
    for form, (most, _) in FORMS.items()
}
FIRST: Final = Figure(
    f"from a trace of {SIZES[-1]:,} steps to its first line, the slowest of these", "ms"
)
FIGURES: Final = (*EACH.values(), FIRST)


def measure(rounds: int) -> Iterator[Row]:
    """Rounds go through all forms in turn; the first of them warms up."""
    first: list[float] = []
    for size in SIZES:
        trace = varied(size)
        count = sum(1 for _ in trace.walk())
        taken: dict[str, list[float]] = {form: [] for form in FORMS}
        for number in range(min(rounds, MOST_ROUNDS) + 1):
            begins = []
            for form, (_, render) in FORMS.items():
                begin, whole = timed(render, trace, max(1, LEAST_STEPS // count))
                begins.append(begin * 1e3)
                if number:
                    taken[form].append(whole * 1e6 / count)
            if number and size == SIZES[-1]:
                first.append(max(begins))
        for form, times in taken.items():
            yield EACH[size, form].measured(times)
    yield FIRST.measured(first)


def varied(steps: int) -> Trace:
    """About so many steps, recorded in a loop: each layer has a name and a width of its own."""
    with densetrace.trace() as recorded:
        for number in range(-(-steps // STEPS_EACH)):
            layer = densetrace.Dense(number + 1, activation="relu", name=f"layer_{number}")
            layer(np.ones((2, number % 50 + 1), "float32"))
    return recorded


def timed(render: Render, trace: Trace, times: int) -> tuple[float, float]:
    """The seconds to the first line, and of the processor's time for all of them."""
    begins = []
    gc.collect()
    gc.disable()
    try:
        busy = process_time()
        for _ in range(times):
            start = perf_counter()
            texts = render(trace)
            next(texts)
            begins.append(perf_counter() - start)
            for _ in texts:
                pass
        return median(begins), (process_time() - busy) / times
    finally:
        gc.enable()
