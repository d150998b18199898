"""The comparison of the outputs of two stacks, number by number."""

from dataclasses import dataclass
from typing import Final

CLOSE: Final = 1e-6
"""The largest difference, relative or absolute, at which two numbers agree."""


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
