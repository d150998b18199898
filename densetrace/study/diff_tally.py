"""How many steps of two traces are equal, differ, or are only on one side."""

from dataclasses import dataclass

from densetrace.data.steps import Step
from densetrace.study.diff import Diff


@dataclass(frozen=True, slots=True)
class Tally:
    """The steps of a diff: `equal` and `differing` are on both sides, `left` and `right` only on
    one. `left_out` are on both sides and not compared: operations inside functions.

    On each side, these numbers add up to the steps of the trace.
    """

    equal: int
    differing: int
    left: int
    right: int
    left_out: int

    @classmethod
    def of(cls, found: Diff) -> "Tally":
        """Count the steps of a diff."""
        equal = differing = left = right = 0
        for pair in found.walk():
            if pair.left is None:
                right += _size(pair.right, bool(pair.inside))
            elif pair.right is None:
                left += _size(pair.left, bool(pair.inside))
            elif pair.same:
                # Between two engines, each side may have operations that the other one lacks.
                equal += min(_size(pair.left, False), _size(pair.right, False))
            elif pair.changes:
                differing += 1
            else:
                equal += 1
        both = equal + differing
        # Operations inside functions that differ are in no pair.
        rest = [
            len(trace.order.steps) - both - alone
            for trace, alone in ((found.left, left), (found.right, right))
        ]
        left_out = min(rest)
        return cls(
            equal, differing, left + rest[0] - left_out, right + rest[1] - left_out, left_out
        )


def _size(step: Step | None, is_paired_inside: bool) -> int:
    """A step with the steps inside it; alone, if those are in pairs of their own."""
    if step is None:
        return 0
    return 1 if is_paired_inside else sum(1 for _ in step.walk())
