"""What a step of `explain` costs in a model of 1, 10, 100 and 1,000 layers."""

import gc
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Final

from densetrace.api import explain
from densetrace.data.trace import Trace
from densetrace.render import plain, tree
from tests.benchmarks.figures import Figure, Row
from tests.benchmarks.timing import interleaved, ratios

LAYERS: Final = (1, 10, 100, 1000)
FIRST: Final = 10
"""What the others are compared with: a single layer bears the fixed costs of a trace alone."""

LIMIT: Final = 1.3

EXPLAIN: Final = {
    count: Figure(
        f"explain, {count:,} layer{'s'[: count > 1]}: a step, to one with {FIRST}",
        "times",
        at_most=LIMIT if count > FIRST else None,
    )
    for count in LAYERS
    if count != FIRST
}
BUILD: Final = Figure(f"the same until build, 1,000 layers to {FIRST}", "times", at_most=LIMIT)
SHOW: Final = {
    form: Figure(f"{form}, 1,000 layers: a step, to one with {FIRST}", "times", at_most=LIMIT)
    for form in ("plain", "tree")
}
NESTED: Final = Figure(
    "explain, Sequentials nested 48 deep: a step, to one nested 10 deep", "times", at_most=LIMIT
)
COLLECTED: Final = Figure(
    f"the same with Python's garbage collector at its usual pace, 1,000 layers to {FIRST}",
    "times",
    at_most=LIMIT,
    note="the command lets it run rarely, and the other figures are measured without it",
)
FIGURES: Final = (*EXPLAIN.values(), COLLECTED, BUILD, *SHOW.values(), NESTED)


def measure(rounds: int) -> Iterator[Row]:
    """Models of several sizes in turn."""
    texts = {count: f"Sequential([{', '.join(['Dense(4)'] * count)}])" for count in LAYERS}
    traces = {count: explain(text) for count, text in texts.items()}
    per_step = costs({count: (texts[count], traces[count]) for count in LAYERS}, rounds)
    for count, figure in EXPLAIN.items():
        yield figure.measured(
            ratios(per_step[count], per_step[FIRST]),
            f"{steps(traces[count]):,} steps, {min(per_step[count]) * 1e6:.0f} µs each",
        )
    large = {count: (texts[count], traces[count]) for count in (FIRST, 1000)}
    per_step = costs(large, rounds, visited=_visited_and_collected)
    yield COLLECTED.measured(ratios(per_step[1000], per_step[FIRST]))
    built = {count: explain(texts[count], until="build") for count in (FIRST, 1000)}
    per_step = costs(
        {count: (texts[count], made) for count, made in built.items()}, rounds, "build"
    )
    yield BUILD.measured(ratios(per_step[1000], per_step[FIRST]))
    for form, draw in {"plain": plain.render_text, "tree": tree.render_text}.items():
        actions = {str(count): partial(draw, traces[count]) for count in (FIRST, 1000)}
        times = interleaved(actions, rounds)
        share = steps(traces[FIRST]) / steps(traces[1000])
        yield SHOW[form].measured([one * share for one in ratios(times["1000"], times[str(FIRST)])])
    inner = {depth: "Sequential([" * depth + "Dense(4)" + "])" * depth for depth in (10, 48)}
    per_step = costs({depth: (text, explain(text)) for depth, text in inner.items()}, rounds)
    yield NESTED.measured(ratios(per_step[48], per_step[10]))


def steps(trace: Trace) -> int:
    """How many steps a trace has."""
    return sum(1 for _ in trace.walk())


def costs(
    sizes: Mapping[int, tuple[str, Trace]],
    rounds: int,
    until: str = "call",
    visited: Callable[[str, str], int] | None = None,
) -> dict[int, list[float]]:
    """The seconds that a step takes, by size: from the text to its trace, each step made."""
    times = interleaved(
        {str(size): partial(visited or _visited, text, until) for size, (text, _) in sizes.items()},
        rounds,
    )
    return {
        size: [seconds / steps(trace) for seconds in times[str(size)]]
        for size, (_, trace) in sizes.items()
    }


def _visited(text: str, until: str) -> int:
    return steps(explain(text, until=until))


def _visited_and_collected(text: str, until: str) -> int:
    gc.enable()
    try:
        return _visited(text, until)
    finally:
        gc.disable()
