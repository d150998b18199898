"""The mirrored stack beside an installed tf_keras, and what hooks cost on that."""

from collections.abc import Iterator
from time import perf_counter
from typing import Final

from tests.benchmarks.figures import Figure, Row
from tests.benchmarks.recording import recorded, whole
from tests.benchmarks.stacks import life, without_hooks
from tests.benchmarks.timing import interleaved, ratios

NEEDS: Final = ("tf_keras",)

RECORDED: Final = Figure(
    "W recorded by densetrace, to bare W on tf_keras", "times", at_most=0.2, needs=NEEDS
)
BARE: Final = Figure(
    "W on the mirrored stack without hooks, to bare W on tf_keras", "times", needs=NEEDS
)
HOOKING: Final = Figure("adding hooks to tf_keras and removing them", "ms", needs=NEEDS)
IDLE: Final = Figure("W on tf_keras with idle hooks, to bare W on it", "times", needs=NEEDS)
TRACED: Final = Figure("W on tf_keras in a whole trace, to bare W on it", "times", needs=NEEDS)
FIGURES: Final = (RECORDED, BARE, HOOKING, IDLE, TRACED)


def measure(rounds: int) -> Iterator[Row]:
    """Times on the clock: TensorFlow uses threads of its own. Nothing without tf_keras."""
    if RECORDED.missing:
        return
    from densetrace.engines import load

    engine = load("tf_keras")
    theirs = life(engine.keras.layers.Dense)
    times = interleaved(
        {"bare": life(without_hooks().Dense), "recorded": recorded(life()), "tf_keras": theirs},
        rounds,
        clock=perf_counter,
    )
    versions = f"{engine.title} on TensorFlow {engine.library}"
    yield RECORDED.measured(ratios(times["recorded"], times["tf_keras"]), versions)
    yield BARE.measured(ratios(times["bare"], times["tf_keras"]))

    def hook() -> None:
        with engine.hooked():
            pass

    hooking = interleaved({"hooking": hook}, max(3, rounds // 5), clock=perf_counter)["hooking"]
    yield HOOKING.measured([1e3 * seconds for seconds in hooking])
    idle, traced = [], []
    for _ in range(rounds):
        [alone] = interleaved({"bare": theirs}, 1, clock=perf_counter)["bare"]
        with engine.hooked():
            hooked = {"idle": theirs, "traced": whole(theirs)}
            times = interleaved(hooked, 1, clock=perf_counter)
        idle += ratios(times["idle"], [alone])
        traced += ratios(times["traced"], [alone])
    yield IDLE.measured(idle)
    yield TRACED.measured(traced)
