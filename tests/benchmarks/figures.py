"""What is measured, what is asked of it, and what came of it."""

import importlib.util
import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """Something that can be measured, and how far it may go.

    `unit` is `times` for a ratio, else what the numbers are in (`ms`, `MB`). `needs` are the
    packages that it cannot be measured without. `note` says what a reader has to know of it.
    """

    what: str
    unit: str
    at_most: float | None = None
    at_least: float | None = None
    needs: tuple[str, ...] = ()
    note: str = ""

    @property
    def target(self) -> str:
        """What is asked: `at most 1.08 times`; empty when the figure only informs."""
        if self.at_most is not None:
            return f"at most {self.at_most:,g} {self.unit}"
        if self.at_least is not None:
            return f"at least {self.at_least:,g} {self.unit}"
        return ""

    @property
    def missing(self) -> tuple[str, ...]:
        """The packages it needs that are not installed here."""
        return tuple(name for name in self.needs if importlib.util.find_spec(name) is None)

    def measured(self, values: Sequence[float], note: str = "") -> "Row":
        """The row that says what was measured, once or in each of several rounds."""
        return Row(self, statistics.median(values), min(values), max(values), note)


@dataclass(frozen=True, slots=True)
class Row:
    """A figure as it was measured: the median of all rounds, the least and the greatest."""

    figure: Figure
    median: float
    low: float
    high: float
    note: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the median is what is asked; None when nothing is."""
        if self.figure.at_most is not None:
            return self.median <= self.figure.at_most
        if self.figure.at_least is not None:
            return self.median >= self.figure.at_least
        return None

    def __str__(self) -> str:
        told = f"{shown(self.median)} {self.figure.unit}"
        return (
            told if self.low == self.high else f"{told} ({shown(self.low)} to {shown(self.high)})"
        )


def shown(value: float) -> str:
    """A number with as many digits as can be believed."""
    return f"{value:,.{0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2}f}"
