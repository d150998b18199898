"""Steps in order of opening, with parent lookup.

Every question about a whole trace starts here, so it is fast.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from densetrace.data.steps import Step

OUTSIDE: Final = -1
"""The parent position of an outermost step."""


@dataclass(frozen=True, slots=True)
class Order:
    """All steps of a trace in order of opening. For each step, `parents` has the position of its
    parent and `ends` the position after its last descendant."""

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
        """For each step, the position of its previous sibling; `OUTSIDE` for a first child."""
        latest: dict[int, int] = {}
        before: list[int] = []
        for position, parent in enumerate(self.parents):
            before.append(latest.get(parent, OUTSIDE))
            latest[parent] = position
        return before

    def is_around(self, outer: int, position: int) -> bool:
        """Whether the step at `position` is inside the step at `outer`, at any depth."""
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
