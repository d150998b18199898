"""How long `diff` and `why` take on traces of 100,000 steps. Run it by hand; nothing is asserted:

python tests/benchmarks/long_traces.py [STEPS]
"""

import sys
from collections.abc import Callable
from dataclasses import replace
from time import perf_counter

from densetrace.api import explain
from densetrace.render import diff as diff_view
from densetrace.render import why as why_view
from densetrace.study.diff import diff
from densetrace.study.why import why
from densetrace.trace import Step, Trace


def long_trace(steps: int, *, activation: str, odd: int) -> Trace:
    """One layer's life repeated until there are that many steps; every `odd`-th is another life."""
    plain, other = explain("Dense(64)"), explain(f"Dense(64, activation={activation!r})")
    size = sum(1 for _ in plain.walk())
    lives: list[Step] = []
    for number in range(steps // size):
        lives += (other if number % odd == odd - 1 else plain).steps
    return Trace(plain.source, plain.engine, plain.outcome, tuple(lives))


def deep_trace(depth: int, *, value: int) -> Trace:
    """Steps nested in each other, with something different at the bottom."""
    first = explain("Dense(64)").find("assign")[0]
    inner = replace(first, inputs=first.inputs | {"value": value})
    for _ in range(depth):
        inner = replace(first, kind="call", point="keras.Deep.call", children=(inner,))
    return Trace(steps=(inner,))


def timed(what: str, action: Callable[[], object]) -> None:
    start = perf_counter()
    result = action()
    print(f"{what:<52} {perf_counter() - start:6.2f} s  {result}")


def main(steps: int) -> None:
    left = long_trace(steps, activation="relu", odd=50)
    right = long_trace(steps, activation="tanh", odd=40)
    timed("the same", lambda: diff(left, left).same)
    timed("different in many places", lambda: len(diff(left, right).differing))
    shifted = Trace(right.source, right.engine, right.outcome, right.steps[5:])
    timed("different and shifted", lambda: len(diff(left, shifted).differing))
    timed("nothing in common", lambda: len(diff(left, deep_trace(steps, value=1)).differing))
    found = diff(left, right)
    timed("drawn", lambda: len(diff_view.render_text(found)))
    deep = deep_trace(steps, value=1), deep_trace(steps, value=2)
    timed("deep", lambda: len(diff(*deep).differing))
    timed("why kernel", lambda: len(why(left, "kernel").links))
    timed("why output", lambda: len(why(left, "output").links))
    answer = why(left, "output")
    timed("drawn", lambda: len(why_view.render_text(left, answer)))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
