"""Whether the outputs of two stacks agree, number by number."""

from dataclasses import dataclass
from typing import Final

CLOSE: Final = 1e-6
"""Numbers agree that differ by no more than this, relative or absolute."""


@dataclass(frozen=True, slots=True)
class Outputs:
    """The outputs of both objects for the same sample, with the same weights.

    `largest` is the largest difference of two numbers, beyond what rounding explains when `agree`
    is false. `problem` says why there was nothing to compare, when that itself is a difference.
    """

    agree: bool
    tolerance: float
    largest: float = 0.0
    problem: str = ""
