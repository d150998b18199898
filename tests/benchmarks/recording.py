"""What recording costs in time and memory, and that big values cost it no more than small ones."""

import gc
import tracemalloc
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import numpy as np

import densetrace
from densetrace.data.trace import Trace
from densetrace.recording.hooks import traced
from densetrace.recording.recorder import Recorder, recording
from densetrace.recording.snapshot import ITEM_LIMIT
from tests.benchmarks.figures import Figure, Row
from tests.benchmarks.stacks import life, steps_of_a_life, without_hooks
from tests.benchmarks.timing import Action, interleaved, ratios

RECORDED: Final = Figure("W recorded, to W without hooks", "times", at_most=2.5)
TRACED: Final = Figure(
    "the same, and the trace is complete: `with trace()` around it, each step created and visited",
    "times",
)
STEP: Final = Figure("what recording adds, for each step", "µs")
COLLECTED: Final = Figure(
    "50,000 steps recorded in one trace, to the same work without hooks",
    "times",
    note="garbage is collected meanwhile, as Python does by itself",
)
HELD_RAW: Final = Figure("memory for each step while it is recorded", "KiB", at_most=1)
HELD: Final = Figure("memory for each step of the finished trace", "KiB", at_most=1)

LIVES: Final = 10
"""How many lives are recorded in one trace, so that beginning and ending it weigh little."""

SAME: Final = 1.1
"""What is at most the same: a bigger value costs a step no more, but for the noise of a round."""


def _mixed(length: int) -> dict[str, object]:
    return {str(number): number for number in range(length)}


def _nested(depth: int) -> object:
    value: object = 1
    for _ in range(depth):
        value = [value] * 20
    return value


SIZES: Final[Mapping[str, Callable[[], tuple[object, object]]]] = {
    "an array, f32[4000,4000] to f32[2,4]": lambda: (
        np.ones((4000, 4000), "float32"),
        np.ones((2, 4), "float32"),
    ),
    "a column of it, not contiguous, f32[4000,1] to f32[4,1]": lambda: (
        np.ones((4000, 4000), "float32")[:, :1],
        np.ones((4, 1), "float32"),
    ),
    f"a list of 1,000,000 to one of {ITEM_LIMIT}": lambda: ([1.5] * 1_000_000, [1.5] * ITEM_LIMIT),
    f"a tuple of 1,000,000 to one of {ITEM_LIMIT}": lambda: ((1,) * 1_000_000, (1,) * ITEM_LIMIT),
    f"a dict of 1,000,000 to one of {ITEM_LIMIT}": lambda: (_mixed(1_000_000), _mixed(ITEM_LIMIT)),
    f"a set of 1,000,000 to one of {ITEM_LIMIT}": lambda: (
        set(range(1_000_000)),
        set(range(ITEM_LIMIT)),
    ),
    "a string of 10,000,000 letters to one of 201": lambda: ("a" * 10_000_000, "a" * 201),
    "a string of 10,000,000 `é` to one of 201": lambda: (
        "é" * 10_000_000,
        "é" * 201,
    ),
    "bytes, 10,000,000 to 201": lambda: (b"a" * 10_000_000, b"a" * 201),
    "an integer of 10,000,000 bits to one of 65": lambda: (1 << 10_000_000, 1 << 65),
    "lists in lists, 20 wide, 8 deep to 4 deep": lambda: (_nested(8), _nested(4)),
}
"""What a step can be given: something big, and something as big as is kept of it."""

BIGGER: Final = {what: Figure(f"a step given {what}", "times", at_most=SAME) for what in SIZES}
FIGURES: Final = (RECORDED, TRACED, STEP, COLLECTED, HELD_RAW, HELD, *BIGGER.values())


def measure(rounds: int) -> Iterator[Row]:
    """W recorded and not, what it leaves behind, then steps given more and more to look at."""
    yield from _lives(rounds)
    yield COLLECTED.measured(_collected(max(3, rounds // 5)))
    yield from _held()
    for what, sizes in SIZES.items():
        big, small = sizes()
        times = interleaved({"big": _seen(big), "small": _seen(small)}, rounds)
        yield BIGGER[what].measured(ratios(times["big"], times["small"]))


def repeated(action: Action, times: int) -> Action:
    def repeated() -> None:
        for _ in range(times):
            action()

    return repeated


def recorded(action: Action) -> Action:
    """An action with its steps written down as the recorder keeps them."""

    def within() -> None:
        with recording(Recorder()):
            action()

    return within


def whole(action: Action) -> Action:
    """An action with a trace of it: each of its steps made, and visited once."""

    def within() -> None:
        with densetrace.trace() as trace:
            action()
        for _ in trace.walk():
            pass

    return within


def _lives(rounds: int) -> Iterator[Row]:
    lives = repeated(life(), LIVES)
    times = interleaved(
        {
            "bare": repeated(life(without_hooks().Dense), LIVES),
            "recorded": recorded(lives),
            "whole": whole(lives),
        },
        rounds,
    )
    steps = LIVES * steps_of_a_life()
    added = [a - b for a, b in zip(times["recorded"], times["bare"], strict=True)]
    yield RECORDED.measured(ratios(times["recorded"], times["bare"]))
    yield TRACED.measured(ratios(times["whole"], times["bare"]))
    yield STEP.measured([1e6 * seconds / steps for seconds in added])


def _collected(rounds: int) -> list[float]:
    lives = 50_000 // steps_of_a_life()

    def collecting(action: Action) -> Action:
        def within() -> None:
            gc.enable()
            action()
            gc.disable()

        return within

    times = interleaved(
        {
            "bare": collecting(repeated(life(without_hooks().Dense), lives)),
            "recorded": collecting(recorded(repeated(life(), lives))),
        },
        rounds,
    )
    return ratios(times["recorded"], times["bare"])


def _held() -> Iterator[Row]:
    """Bytes that are still held when all layers are gone."""
    lives = repeated(life(), 200)
    lives()
    tracemalloc.start()
    try:
        before = _traced_bytes()
        recorder = Recorder()
        with recording(recorder):
            lives()
        yield HELD_RAW.measured([(_traced_bytes() - before) / len(recorder) / 1024])
        count = len(recorder)
        trace = Trace(steps=recorder.steps())
        del recorder
        yield HELD.measured([(_traced_bytes() - before) / count / 1024])
        del trace
    finally:
        tracemalloc.stop()


def _traced_bytes() -> int:
    gc.collect()
    return tracemalloc.get_traced_memory()[0]


@traced("op", point="benchmark")
def _given(value: Any) -> None:
    """A step that is given a value."""


def _seen(value: object) -> Action:
    def see() -> None:
        for _ in range(20):
            _given(value)

    return recorded(see)
