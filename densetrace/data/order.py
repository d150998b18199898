"""The steps of a trace in the order in which they were opened, and what each is inside of.

Whatever is asked of a whole trace begins with this, so it costs as little as it can.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from densetrace.data.steps import Step

OUTSIDE: Final = -1
"""The position of what the outermost steps are inside of."""


@dataclass(frozen=True, slots=True)
class Order:
    """All steps of a trace in order of opening. `parents` are the positions of the steps that each
    is inside of, `ends` the first positions after everything inside each."""

    steps: "list[Step]"
    parents: list[int]
    ends: list[int]

    def children(self, position: int) -> list[int]:
        """The positions of the steps directly inside a step."""
        found: list[int] = []
        child, end = position + 1, self.ends[position]
        while child < end:
            found.append(child)
            child = self.ends[child]
        return found

    def siblings_before(self) -> list[int]:
        """For each step, the position of the one opened before it in the same step; `OUTSIDE` for
        the first."""
        latest: dict[int, int] = {}
        before: list[int] = []
        for position, parent in enumerate(self.parents):
            before.append(latest.get(parent, OUTSIDE))
            latest[parent] = position
        return before

    def is_around(self, outer: int, position: int) -> bool:
        """Whether a step is inside another, at any depth."""
        return outer < position < self.ends[outer]


def in_order(outermost: "tuple[Step, ...]") -> Order:
    """The steps of a trace in order."""
    steps: list[Step] = []
    parents: list[int] = []
    closed: list[tuple[int, int]] = []
    # Not recursive: a trace may be deep.
    levels = [(iter(outermost), OUTSIDE)]
    while levels:
        level, parent = levels[-1]
        for step in level:
            parents.append(parent)
            steps.append(step)
            if step.children:
                levels.append((iter(step.children), len(steps) - 1))
                break
        else:
            levels.pop()
            closed.append((parent, len(steps)))
    ends = list(range(1, len(steps) + 1))
    for position, end in closed[:-1]:
        ends[position] = end
    return Order(steps, parents, ends)
