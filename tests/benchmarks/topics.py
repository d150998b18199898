"""Which benchmarks there are, in the order in which they are run and shown."""

import importlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from tests.benchmarks.figures import Figure, Row

TOPICS: Final = (
    "hooks",
    "recording",
    "peers",
    "real_keras",
    "memory",
    "startup",
    "rendering",
    "numbers",
    "training",
    "growth",
    "long_traces",
    "step_long_trace",
)
"""Modules of this package. A new one is entered here and has its place in docs/performance.md,
between `<!-- figures: NAME -->` and `<!-- end of figures -->`."""


@dataclass(frozen=True, slots=True)
class Topic:
    """A module of this package that measures something."""

    name: str
    module: Any

    @property
    def title(self) -> str:
        """What it measures, in one line."""
        return str(self.module.__doc__).partition("\n")[0]

    @property
    def figures(self) -> tuple[Figure, ...]:
        """What it can measure where everything is installed."""
        figures: tuple[Figure, ...] = self.module.FIGURES
        return figures

    def measure(self, rounds: int) -> Iterator[Row]:
        """What it measures here."""
        rows: Iterator[Row] = self.module.measure(rounds)
        return rows


def load(name: str) -> Topic:
    """The topic of this name."""
    return Topic(name, importlib.import_module(f"tests.benchmarks.{name}"))


def measured_aloud(name: str, rounds: int) -> list[Row]:
    """The rows of a topic, each printed as soon as it is there."""
    rows = []
    for row in load(name).measure(rounds):
        target = row.figure.target and f"{row.figure.target}: {'met' if row.met else 'NOT met'}"
        print(
            f"  {row.figure.what}: {'; '.join(filter(None, [str(row), target, row.note]))}",
            flush=True,
        )
        rows.append(row)
    return rows
