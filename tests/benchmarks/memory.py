"""What a trace of 100,000 steps takes, each figure in a process of its own."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from densetrace.sources.expression.limits import MOST_STEPS
from tests.benchmarks.figures import Figure, Row
from tests.benchmarks.stacks import steps_of_a_life

STEPS: Final = 100_000

RECORD: Final = Figure("recording 100,000 steps, and visiting each", "MB", at_most=150)
SAVE: Final = Figure("recording them and saving them as JSON", "MB", at_most=150)
LOAD: Final = Figure("loading them from that file", "MB", at_most=150)
FILE: Final = Figure("the file", "MB")
BOUNDED: Final = Figure(
    "a script with twice the default `--max-steps` of steps, to one with exactly as many",
    "times",
    at_most=1.1,
)
FIGURES: Final = (RECORD, SAVE, LOAD, FILE, BOUNDED)

_BEGIN: Final = """
import sys
import densetrace
from tests.benchmarks.memory import peak
from tests.benchmarks.stacks import life, steps_of_a_life
lives = -(-{steps} // steps_of_a_life())
life()()
before = peak()
"""
_RECORD: Final = """
with densetrace.trace() as trace:
    work = life()
    for _ in range(lives):
        work()
"""
_SAVE: Final = "\ntrace.save(sys.argv[1])\n"
_LOAD: Final = "\ntrace = densetrace.load(sys.argv[1])\n"
_RUN: Final = """
trace = densetrace.run(sys.argv[1]).trace
"""
_SCRIPT: Final = """
import keras
import numpy as np
x = np.ones((2, 3), "float32")
for _ in range({lives}):
    keras.layers.Dense(64, "relu")(x)
"""
_END: Final = """
steps = sum(1 for _ in trace.walk())
print(before, peak(), steps)
"""


def measure(rounds: int) -> Iterator[Row]:
    """Peaks of fresh processes, beyond the peak before: few will do, they hardly differ."""
    again = max(1, rounds // 8)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "trace.json"
        for figure, code in ((RECORD, _RECORD), (SAVE, _RECORD + _SAVE), (LOAD, _LOAD)):
            peaks = [_run(code, file) for _ in range(again)]
            yield figure.measured(
                [after - before for before, after in peaks],
                f"{max(after for _, after in peaks):.0f} MB with Python, NumPy and densetrace",
            )
        yield FILE.measured([file.stat().st_size / 1e6])
        script = Path(folder) / "script.py"
        lives = -(-MOST_STEPS // steps_of_a_life())
        beyond = []
        for number in (lives, 2 * lives):
            script.write_text(_SCRIPT.format(lives=number))
            before, after = _run(_RUN, script)
            beyond.append(after - before)
        yield BOUNDED.measured(
            [beyond[1] / beyond[0]], f"{beyond[1]:.0f} MB, at {MOST_STEPS:,} steps"
        )


def peak() -> float:
    """The most memory that this process has had at once, in MB."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise OSError("this system does not tell the peak of a process")


def _run(code: str, *arguments: Path) -> tuple[float, float]:
    """The peak of a process before and after this code, in MB."""
    whole = _BEGIN.format(steps=STEPS) + code + _END
    command = [sys.executable, "-c", whole, *map(str, arguments)]
    ended = subprocess.run(command, env=os.environ, capture_output=True, text=True, check=True)
    before, after, steps = ended.stdout.split()
    assert int(steps) >= STEPS, f"the trace has {steps} steps only"
    return float(before), float(after)
