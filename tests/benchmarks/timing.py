"""Times alternatives in turn, so that what else the machine does meets all of them alike.

A ratio is made within one round, never between runs: a machine that is busy or slow for a while is
so for both sides of it. For the same reason a round changes between alternatives every few
milliseconds.
"""

import gc
import time
from collections.abc import Callable, Mapping
from typing import Final

import densetrace

Action = Callable[[], object]
Clock = Callable[[], float]

SLICE: Final = 0.004
ROUND: Final = 0.1
"""An alternative is repeated for about so many seconds before it is the next one's turn, and in all
of a round. What takes longer is called once."""


def interleaved(
    alternatives: Mapping[str, Action], rounds: int, *, clock: Clock = time.process_time
) -> dict[str, list[float]]:
    """The seconds that one call of each alternative takes, in each round.

    Garbage is collected before a round and not while the clock runs, the same for all.

    Args:
        alternatives: what to call, by name; each is called a few times beforehand.
        rounds: how often all of them are timed. Each turn begins with another one.
        clock: processor time if not given, which other programs on the machine do not lengthen.
            It counts all threads of this process: what uses several, or waits for another process,
            is timed by `time.perf_counter`.
    """
    for action in alternatives.values():
        action()
    longest = max(_timed(action, 1, clock) for action in alternatives.values())
    span = min(max(longest, SLICE), ROUND)
    turns = max(1, int(ROUND / max(longest, SLICE)))
    calls = {name: _calls(action, clock, span) for name, action in alternatives.items()}
    taken: dict[str, list[float]] = {name: [] for name in alternatives}
    order = list(alternatives)
    for _ in range(rounds):
        total = dict.fromkeys(order, 0.0)
        gc.collect()
        gc.disable()
        try:
            for _ in range(turns):
                for name in order:
                    total[name] += _timed(alternatives[name], calls[name], clock)
                order.append(order.pop(0))
        finally:
            gc.enable()
        for name, seconds in total.items():
            taken[name].append(seconds / (turns * calls[name]))
    return taken


def ratios(these: list[float], those: list[float]) -> list[float]:
    """How many times as long `these` took as `those`, round by round."""
    return [this / that for this, that in zip(these, those, strict=True)]


def _calls(action: Action, clock: Clock, span: float) -> int:
    """How many calls take about so many seconds."""
    calls = 1
    while (taken := _timed(action, calls, clock)) < span / 2:
        calls = max(2 * calls, int(calls * span / max(taken, span / 100)))
    return calls


def _timed(action: Action, calls: int, clock: Clock) -> float:
    repeat = range(calls)
    start = clock()
    for _ in repeat:
        action()
    return clock() - start


def recorded(action: Action) -> Action:
    """The action with a trace around it."""

    def within() -> None:
        with densetrace.trace():
            action()

    return within
