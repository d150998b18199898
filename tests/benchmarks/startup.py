"""What a command takes from its start to its end, compared with loading the packages it stands on.

Alternatives are started in turn, each with its bytecode cached, its output into a pipe. What counts
is time on the clock: NumPy starts threads that take processor time nobody waits for.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from time import perf_counter
from typing import Final

from tests.benchmarks.figures import Figure, Row

EXPRESSION: Final = "Dense(64, activation='relu')"
PACKAGES: Final = 'python -c "import numpy, rich.console, rich.tree, typer"'
TENSORFLOW: Final = ("tensorflow", "tf_keras")
COMPLETION: Final = "Tab after densetrace demo l"

NOTHING: Final = Figure("python -c pass", "ms")
BASE: Final = Figure(PACKAGES, "ms", note="what the others are compared with")
COMMANDS: Final[Mapping[Figure, Sequence[str]]] = {
    Figure(f'densetrace explain "{EXPRESSION}"', "times", 1.3): ("explain", EXPRESSION),
    Figure("the same, --format json", "times"): ("explain", EXPRESSION, "--format", "json"),
    Figure("densetrace --help", "times", 0.6): ("--help",),
    Figure("densetrace explain --help", "times", 0.6): ("explain", "--help"),
    Figure("densetrace --version", "times"): ("--version",),
    Figure(COMPLETION, "times", 0.6): (),
    Figure("densetrace names", "times"): ("names",),
    Figure("densetrace demo", "times"): ("demo",),
    Figure("densetrace glossary kernel", "times"): ("glossary", "kernel"),
    Figure("densetrace explain trace.json", "times"): ("explain", "trace.json"),
    Figure("the same file, --format json", "times"): ("explain", "trace.json", "--format", "json"),
    Figure("the same file, --format html", "times"): ("explain", "trace.json", "--format", "html"),
    Figure("densetrace why trace.json kernel", "times"): ("why", "trace.json", "kernel"),
    Figure("densetrace diff trace.json trace.json", "times"): ("diff", "trace.json", "trace.json"),
    Figure("densetrace step trace.json", "times"): ("step", "trace.json"),
    Figure("densetrace quiz trace.json --count 1", "times"): ("quiz", "trace.json", "--count", "1"),
    Figure("densetrace run script.py", "times"): ("run", "script.py"),
}
AGAINST_TENSORFLOW: Final = Figure(
    "loading tensorflow and tf_keras, compared with densetrace explain", "times",
    at_least=12, needs=TENSORFLOW,
)  # fmt: skip
FIGURES: Final = (NOTHING, BASE, *COMMANDS, AGAINST_TENSORFLOW)

_COMMAND: Final = "from densetrace.__main__ import main; main()"
_SCRIPT: Final = "from tensorflow.keras.layers import Dense\nDense(3, activation='relu')\n"
_PRESSED: Final = {
    "_DENSETRACE_COMPLETE": "complete_bash", "COMP_WORDS": "densetrace demo l", "COMP_CWORD": "2",
}  # fmt: skip
_LEFT_OUT: Final = (
    "ACCESSIBLE", "COLUMNS", "FORCE_COLOR", "NO_COLOR", "PYTHONDONTWRITEBYTECODE", "TTY_COMPATIBLE",
)  # fmt: skip


def measure(rounds: int) -> Iterator[Row]:
    """How many times as long each command takes. A round takes seconds: half as many do."""
    with tempfile.TemporaryDirectory() as folder:
        taken = _taken(Path(folder), max(1, rounds // 2))
    base = taken[BASE]
    for figure in (NOTHING, BASE):
        yield figure.measured([1e3 * seconds for seconds in taken[figure]])
    for figure in COMMANDS:
        times = taken[figure]
        yield figure.measured(
            [this / that for this, that in zip(times, base, strict=True)],
            f"{1e3 * sorted(times)[len(times) // 2]:.0f} ms",
        )
    if not AGAINST_TENSORFLOW.missing:
        theirs, ours = taken[AGAINST_TENSORFLOW], taken[next(iter(COMMANDS))]
        yield AGAINST_TENSORFLOW.measured(
            [this / that for this, that in zip(theirs, ours, strict=True)]
        )


def _taken(folder: Path, rounds: int) -> dict[Figure, list[float]]:
    """The seconds of each alternative, in each round. A first round only fills the cache."""
    (folder / "script.py").write_text(_SCRIPT)
    _seconds(folder, _COMMAND, ("explain", EXPRESSION, "-o", "trace.json"))
    order = [figure for figure in FIGURES if not figure.missing]
    taken: dict[Figure, list[float]] = {figure: [] for figure in order}
    for number in range(rounds + 1):
        for figure in order:
            seconds = _seconds(folder, _code(figure), COMMANDS.get(figure, ()), figure.what)
            if number:
                taken[figure].append(seconds)
        order.append(order.pop(0))
    return taken


def _code(figure: Figure) -> str:
    if figure is AGAINST_TENSORFLOW:
        return f"import {', '.join(TENSORFLOW)}"
    return {NOTHING: "pass", BASE: PACKAGES.split('"')[1]}.get(figure, _COMMAND)


def _seconds(folder: Path, code: str, arguments: Sequence[str], what: str = "") -> float:
    """The seconds on the clock that a Python takes to start, run this code and end."""
    around = {name: value for name, value in os.environ.items() if name not in _LEFT_OUT}
    # Packages from elsewhere, where TensorFlow may be, would slow the search for all others.
    path = [str(Path(__file__).parents[2])]
    if what == AGAINST_TENSORFLOW.what:
        path += filter(None, [os.environ.get("PYTHONPATH")])
    around |= {
        "PYTHONPATH": os.pathsep.join(path),
        "PYTHONPYCACHEPREFIX": str(folder / "bytecode"),
        "TF_CPP_MIN_LOG_LEVEL": "3",
    } | (_PRESSED if what == COMPLETION else {})
    start = perf_counter()
    ended = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=folder, env=around, stdin=subprocess.DEVNULL, capture_output=True, check=False,
    )  # fmt: skip
    taken = perf_counter() - start
    assert ended.returncode == 0, f"{what or arguments}: {ended.stderr.decode()}"
    return taken
