"""What a step takes to be rendered, in traces of 100 and of 100,000 steps."""

from collections import deque
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from time import perf_counter
from typing import Final

import numpy as np
from densetrace.kinds.kind import LEVELS

import densetrace
from densetrace.data.trace import Trace
from densetrace.render import json, plain
from densetrace.render.outline import View
from densetrace.render.tree import Tree
from tests.benchmarks.figures import Figure, Row
from tests.benchmarks.timing import Action, interleaved

SIZES: Final = (100, 100_000)
STEPS_EACH: Final = 53
"""So many steps has a layer that is made and called."""

WIDTH: Final = 80
SCREEN: Final = 24
"""So many pieces, lines mostly, fill a screen."""

Render = Callable[[Trace], Iterator[str]]


def _tree(view: View, trace: Trace) -> Iterator[str]:
    return Tree(trace, view).chunks(WIDTH)


FORMS: Final[dict[str, tuple[Render, float]]] = {
    **{f"tree, {level}": (partial(_tree, View(level)), 15) for level in LEVELS},
    **{f"plain, {level}": (partial(plain.chunks, view=View(level)), 5) for level in LEVELS},
    "JSON": (json.chunks, 5),
}
"""What is rendered, by form and level, and how many microseconds it may take for each step."""

EACH: Final = {
    (size, form): Figure(f"{form}: each of {size:,} steps", "µs", at_most=limit)
    for size in SIZES
    for form, (_, limit) in FORMS.items()
}
BEGIN: Final = {
    form: Figure(f"{form}: until the first {SCREEN} pieces of {SIZES[-1]:,} steps", "ms")
    for form in FORMS
}
FIGURES: Final = (*EACH.values(), *BEGIN.values())


def measure(rounds: int) -> Iterator[Row]:
    """All forms in turn, for each size. A long trace takes seconds, so few rounds have to do."""
    few = max(1, rounds // 8)
    for size in SIZES:
        trace = varied(size)
        count = sum(1 for _ in trace.walk())
        whole = {form: partial(_drain, render, trace) for form, (render, _) in FORMS.items()}
        times = interleaved(whole, rounds if size == SIZES[0] else few)
        for form, seconds in times.items():
            yield EACH[size, form].measured([1e6 * each / count for each in seconds])
    begin: dict[str, Action] = {
        form: partial(_begin, render, trace) for form, (render, _) in FORMS.items()
    }
    for form, seconds in interleaved(begin, few, clock=perf_counter).items():
        yield BEGIN[form].measured([1e3 * each for each in seconds])


def varied(steps: int) -> Trace:
    """About so many steps, recorded in a loop: each layer has a name and a width of its own."""
    with densetrace.trace() as recorded:
        for number in range(-(-steps // STEPS_EACH)):
            layer = densetrace.Dense(number + 1, activation="relu", name=f"layer_{number}")
            layer(np.ones((2, number % 50 + 1), "float32"))
    return recorded


def _drain(render: Render, trace: Trace) -> None:
    deque(render(trace), maxlen=0)


def _begin(render: Render, trace: Trace) -> None:
    deque(islice(render(trace), SCREEN), maxlen=0)
