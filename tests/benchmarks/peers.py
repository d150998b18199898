"""What others take to record the same life with arguments and results, in the same run."""

import importlib
import io
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import densetrace.keras
from tests.benchmarks.figures import Figure, Row
from tests.benchmarks.recording import recorded, whole
from tests.benchmarks.stacks import life, points_of_a_life, without_hooks
from tests.benchmarks.timing import Action, interleaved, ratios

Peer = Callable[[], AbstractContextManager[Any]]
"""Gives what records a `with` block."""

FILES: Final = [str(Path(module).parent) for module in (densetrace.keras.__file__, __file__)]
"""The mirror, and the benchmark that calls it: what viztracer has to look at."""

DEPTH: Final = 30
"""Deeper than W calls: PySnooper and snoop follow calls this far."""


def hunter(**wanted: Any) -> Peer:
    """Calls and results of the mirror's functions, printed into memory by hunter's own printer."""
    module: Any = importlib.import_module("hunter")

    def recorder() -> AbstractContextManager[Any]:
        told: AbstractContextManager[Any] = module.trace(
            module_startswith="densetrace.keras",
            kind_in=("call", "return"),
            action=module.CallPrinter(stream=io.StringIO()),
            **wanted,
        )
        return told

    return recorder


def hunter_of_points() -> Peer:
    """The same, of functions only that are named as a hook point of W is."""
    return hunter(function_in=tuple(points_of_a_life()))


def viztracer() -> Peer:
    """Calls and results of the mirror's functions, in viztracer's buffer and not yet saved."""
    module: Any = importlib.import_module("viztracer")
    tracer = module.VizTracer(
        log_func_args=True,
        log_func_retval=True,
        ignore_c_function=True,
        include_files=FILES,
        verbose=0,
    )

    @contextmanager
    def recorder() -> Iterator[None]:
        tracer.start()
        yield
        tracer.stop()
        tracer.clear()

    return recorder


def pysnooper() -> Peer:
    """Lines and variables of all that is called, printed into memory."""
    module: Any = importlib.import_module("pysnooper")

    def recorder() -> AbstractContextManager[Any]:
        told: AbstractContextManager[Any] = module.snoop(io.StringIO(), depth=DEPTH, color=False)
        return told

    return recorder


def snoop() -> Peer:
    """Lines and variables of all that is called, printed into memory."""
    module: Any = importlib.import_module("snoop")

    def recorder() -> AbstractContextManager[Any]:
        config = module.Config(out=io.StringIO(), color=False)
        told: AbstractContextManager[Any] = config.snoop(depth=DEPTH)
        return told

    return recorder


PEERS: Final = {
    "hunter": hunter,
    "hunter, limited to the same hook points": hunter_of_points,
    "viztracer": viztracer,
}
SLOW_PEERS: Final = {"PySnooper": pysnooper, "snoop": snoop}
"""What takes seconds for a single W: timed apart, in few rounds."""

ASKED: Final = ("hunter", "viztracer")
"""Those that a target stands for."""


def _needs(name: str) -> tuple[str, ...]:
    return (name.partition(",")[0].lower(),)


OURS: Final = Figure("densetrace: W recorded, to bare W", "times")
OURS_WHOLE: Final = Figure(
    "densetrace: W recorded, each step created and visited, to bare W", "times"
)
TO_BARE: Final = {
    name: Figure(f"{name}: W recorded, to bare W", "times", needs=_needs(name))
    for name in PEERS | SLOW_PEERS
}
ADDED: Final = {
    name: Figure(
        f"{name}: what recording adds to W, to what it adds in densetrace",
        "times",
        at_least=15,
        needs=_needs(name),
    )
    for name in ASKED
}
ADDED_WHOLE: Final = {
    name: Figure(
        f"{name}: the same, each step of densetrace's created and visited",
        "times",
        needs=_needs(name),
    )
    for name in ASKED
}
TOTAL: Final = {
    name: Figure(f"{name}: W recorded, to W recorded by densetrace", "times", needs=_needs(name))
    for name in ASKED
}
FIGURES: Final = (
    OURS,
    OURS_WHOLE,
    *TO_BARE.values(),
    *ADDED.values(),
    *ADDED_WHOLE.values(),
    *TOTAL.values(),
)


def measure(rounds: int) -> Iterator[Row]:
    """W bare, W recorded by densetrace, and bare W recorded by each of the others, in turn."""
    bare = life(without_hooks().Dense)
    ours = {"bare": bare, "recorded": recorded(life()), "whole": whole(life())}
    times = interleaved(ours | _watched(PEERS, bare), rounds)
    yield OURS.measured(ratios(times["recorded"], times["bare"]))
    yield OURS_WHOLE.measured(ratios(times["whole"], times["bare"]))
    yield from _to_bare(times)
    for name in filter(times.get, ASKED):
        theirs = added(times, name)
        yield ADDED[name].measured(ratios(theirs, added(times, "recorded")))
        yield ADDED_WHOLE[name].measured(ratios(theirs, added(times, "whole")))
        yield TOTAL[name].measured(ratios(times[name], times["recorded"]))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # snoop warns of objects that are not whole yet
        slow = _watched(SLOW_PEERS, bare)
        yield from _to_bare(interleaved({"bare": bare} | slow, max(3, rounds // 5)))


def _watched(peers: Mapping[str, Callable[[], Peer]], action: Action) -> dict[str, Action]:
    """The action recorded by each of these peers that is installed."""

    def within(recorder: Peer) -> Action:
        def watched() -> None:
            with recorder():
                action()

        return watched

    return {name: within(make()) for name, make in peers.items() if not TO_BARE[name].missing}


def _to_bare(times: dict[str, list[float]]) -> Iterator[Row]:
    for name in times:
        if name in TO_BARE:
            package = TO_BARE[name].needs[0]
            yield TO_BARE[name].measured(
                ratios(times[name], times["bare"]), f"{package} {version(package)}"
            )


def added(times: dict[str, list[float]], name: str) -> list[float]:
    """The seconds that recording adds to bare W, in each round."""
    return [this - bare for this, bare in zip(times[name], times["bare"], strict=True)]
