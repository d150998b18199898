"""How much of a trace fits: as deep as its lines allow, and the tree as text cut to that."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from densetrace.data.trace import Trace
from densetrace.render.outline import Outline, View
from densetrace.render.tree import Tree

FITTING_LINES: Final = 60
MOST_LINES: Final = 200


def fitting_depth(trace: Trace, view: View, lines: int) -> int | None:
    """The depth to which a trace has at most so many lines, at least 1; None when all fits."""
    outline = Outline(trace, view, annotate=lambda step: None)
    at_depth = Counter(row.depth for phase in outline.phases() for row in outline.rows(phase))
    if at_depth.total() <= lines:
        return None
    count, depth = 0, 0
    while count + at_depth[depth + 1] <= lines:
        depth += 1
        count += at_depth[depth]
    return max(1, depth)


def fitting_text(trace: Trace, view: View) -> str:
    """The tree as text without colour, in a length that somebody reads."""
    depth = fitting_depth(trace, view, FITTING_LINES)
    return "".join(_cut(Tree(trace, View(view.level, view.only, depth)).chunks()))


def _cut(lines: Iterator[str]) -> Iterator[str]:
    for number, line in enumerate(lines):
        if number == MOST_LINES:
            yield "... and more: save it, or look at it with t.html().\n"
            return
        yield line
