"""What hooks cost while nothing is recorded."""

import statistics
from collections.abc import Callable, Iterator
from functools import partial
from timeit import Timer
from typing import Any, Final

from densetrace.recording.hooks import traced
from tests.benchmarks.figures import Figure, Row
from tests.benchmarks.stacks import life, without_hooks
from tests.benchmarks.timing import Action, interleaved, ratios

STACK: Final = Figure(
    "W with idle hooks, to W without hooks",
    "times",
    at_most=1.08,
)


def nothing() -> None: ...
def one(x: object) -> None: ...
def defaults(x: object, y: object = None, z: object = None) -> None: ...
def keyword(x: object, *, name: object = None) -> None: ...
def anything(x: object, *args: object, **kwargs: object) -> None: ...


CALLS: Final[dict[str, tuple[str, Callable[..., Any]]]] = {
    "f()": ("f()", nothing),
    "f(x)": ("f(1)", one),
    "f(x, y=None, z=None)": ("f(1)", defaults),
    "f(x, *, name=None)": ("f(1, name=2)", keyword),
    "f(x, *args, **kwargs)": ("f(1, 2, name=3)", anything),
}
"""Signatures, each with a call of it: functions that do nothing."""

HOOKS: Final = {
    signature: Figure(f"what an idle hook adds to `{signature}`", "empty calls", at_most=1.5)
    for signature in CALLS
}
FIGURES: Final = (STACK, *HOOKS.values())


def measure(rounds: int) -> Iterator[Row]:
    """W with and without hooks in one process, then a hook on functions that do nothing."""
    times = interleaved({"idle": life(), "bare": life(without_hooks().Dense)}, rounds)
    yield STACK.measured(ratios(times["idle"], times["bare"]))
    for signature, (call, function) in CALLS.items():
        hooked = traced("op", point="benchmark")(function)
        times = interleaved({"empty": _many(call, function), "hooked": _many(call, hooked)}, rounds)
        added = [ratio - 1 for ratio in ratios(times["hooked"], times["empty"])]
        nanoseconds = 1e6 * statistics.median(times["empty"])
        yield HOOKS[signature].measured(added, f"an empty one takes {nanoseconds:.0f} ns")


def _many(call: str, function: Callable[..., Any]) -> Action:
    """A call a thousand times over, in the loop that `timeit` makes: it counts, for both alike."""
    return partial(Timer(call, globals={"f": function}).timeit, 1000)
