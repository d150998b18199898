"""The comparison of the outputs of two stacks, number by number."""

from dataclasses import dataclass
from typing import Final

from densetrace.data.trace import Trace
from densetrace.data.values import Tensor

CLOSE: Final = 1e-6
"""The largest difference, relative or absolute, at which two numbers agree."""


HALF_CLOSE: Final = 2e-3
"""The same where a stack computes in half precision: twice the precision of float16."""


def closeness(*traces: Trace) -> float:
    """How close numbers must be: `CLOSE`, or `HALF_CLOSE` if a step returns half precision."""
    halves = (
        isinstance(step.result, Tensor) and step.result.dtype == "float16"
        for trace in traces
        for step in trace.walk()
    )
    return HALF_CLOSE if any(halves) else CLOSE


@dataclass(frozen=True, slots=True)
class Outputs:
    """The outputs of both objects for the same sample, with the same weights.

    `largest` is the largest difference of two numbers; when `agree` is false, rounding does not
    explain it. `problem` says why the outputs could not be compared, when that is a difference.
    """

    agree: bool
    tolerance: float
    largest: float = 0.0
    problem: str = ""
