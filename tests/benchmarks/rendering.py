"""How long a step takes to be rendered, in traces of 100 and of 100,000 steps.

Run it: python tests/benchmarks/rendering.py [STEPS ...]
"""

import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from statistics import median
from time import perf_counter, process_time
from typing import Final, NamedTuple

import numpy as np

import densetrace
from densetrace.render import json, plain
from densetrace.render.outline import LEVELS, View
from densetrace.render.tree import Tree
from densetrace.trace import Trace

SIZES: Final = (100, 100_000)
STEPS_EACH: Final = 53
"""So many steps has a layer that is made and called."""

LEAST_STEPS: Final = 20_000
"""A round renders at least so many steps, a short trace again and again."""

Render = Callable[[Trace], Iterator[str]]


class Row(NamedTuple):
    """Microseconds of the processor's time a step (median, fastest and slowest round), and
    milliseconds to the first line.

    `steps` is how many there were; `form` and `level` say what was rendered.
    """

    form: str
    level: str
    steps: int
    median: float
    least: float
    most: float
    first: float


def rows(sizes: Sequence[int] = SIZES, rounds: int = 5) -> Iterator[Row]:
    """A row for each form and level of a trace of each size. Rounds go through all of them in turn,
    so that a busy moment of the machine does not fall on one row alone."""
    for size in sizes:
        trace = varied(size)
        count = sum(1 for _ in trace.walk())
        times: dict[tuple[str, str], list[float]] = {}
        first: dict[tuple[str, str], list[float]] = {}
        for number in range(rounds + 1):
            for key, render in forms():
                begin, whole = timed(render, trace, max(1, LEAST_STEPS // count))
                if number:  # the first round warms up
                    first.setdefault(key, []).append(begin * 1e3)
                    times.setdefault(key, []).append(whole * 1e6 / count)
        for key, taken in times.items():
            yield Row(*key, count, median(taken), min(taken), max(taken), median(first[key]))


def varied(steps: int) -> Trace:
    """About so many steps, recorded in a loop: each layer has a name and a width of its own."""
    with densetrace.trace() as recorded:
        for number in range(-(-steps // STEPS_EACH)):
            layer = densetrace.Dense(number + 1, activation="relu", name=f"layer_{number}")
            layer(np.ones((2, number % 50 + 1), "float32"))
    return recorded


def forms() -> Iterator[tuple[tuple[str, str], Render]]:
    """What is rendered, by form and level."""
    for level in LEVELS:
        view = View(level)
        for width in (80, 60):
            yield (f"tree, {width} columns", level), partial(_tree, view, width)
        yield ("plain", level), partial(plain.chunks, view=view)
    yield ("json", "all"), json.chunks


def _tree(view: View, width: int, trace: Trace) -> Iterator[str]:
    return Tree(trace, view).chunks(width)


def timed(render: Render, trace: Trace, times: int) -> tuple[float, float]:
    """The seconds to the first line, and of the processor's time for all of them."""
    begins = []
    busy = process_time()
    for _ in range(times):
        start = perf_counter()
        texts = render(trace)
        next(texts)
        begins.append(perf_counter() - start)
        for _ in texts:
            pass
    return median(begins), (process_time() - busy) / times


def main(sizes: Sequence[int]) -> None:
    print("                                   steps    us a step           (range)  first line")
    for row in rows(sizes or SIZES):
        told = f"{row.form:<18} {row.level:<10} {row.steps:>9,} {row.median:>12.1f}"
        print(f"{told}  ({row.least:5.1f} to {row.most:5.1f}) {row.first:8.2f} ms")


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]])
