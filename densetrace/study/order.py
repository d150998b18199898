"""The steps of a trace in the order in which they were opened, and what each is inside of.

Whatever is asked of a whole trace begins with this, so it costs as little as it can.
"""

from collections.abc import Iterator
from typing import TypeVar

from densetrace.trace import Step

_T = TypeVar("_T")


def in_order(steps: tuple[Step, ...], outside: _T) -> tuple[list[Step], list[int | _T]]:
    """All steps in order of opening, and the position of the step that each is inside of: `outside`
    for the outermost."""
    flat: list[Step] = []
    parents: list[int | _T] = []
    # Not recursive: a trace may be deep.
    levels: list[tuple[Iterator[Step], int | _T]] = [(iter(steps), outside)]
    while levels:
        level, parent = levels[-1]
        for step in level:
            parents.append(parent)
            flat.append(step)
            if step.children:
                levels.append((iter(step.children), len(flat) - 1))
                break
        else:
            levels.pop()
    return flat, parents
