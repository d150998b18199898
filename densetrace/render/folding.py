"""Which steps share a line and which are left out, so that a tree stays short.

The rules depend only on the structure of a trace. At framework level every step has its own line.
At author level:

- a lookup or an `add_weight` shares a line with the attribute that its result is assigned to;
- `allow_initializer_layout` shares a line with the `__init__` it wraps;
- the lookups and deserializations inside a lookup are left to its note;
- repetitions are left out: a second identical check, an assignment or a cast that changes nothing,
  the lookups in which `add_weight` gets back the object it was given.

Many epochs or batches in a row that have only numbers share a line too, in the outline.

A step that raised is never left out.
"""

from collections.abc import Callable, Container, Iterator, Sequence
from typing import Final

from densetrace.data.steps import Step, flattened
from densetrace.data.values import Value
from densetrace.kinds import KINDS, feeds, full_label_of, label_of
from densetrace.kinds.fitting import is_light, several
from densetrace.kinds.label import assigned, point_end
from densetrace.kinds.spans import Span, Spans
from densetrace.kinds.statements import attribute_of_line
from densetrace.render.lines import Line

Keep = Callable[[Step], bool]
"""Whether the view asks for a step, so that it must have a line."""


def framework_lines(steps: Sequence[Step], parent: Step | None, keep: Keep) -> Iterator[Line]:
    """A line for every step."""
    for step in steps:
        yield Line(full_label_of(step), (step,), step.children)


def author_lines(steps: Sequence[Step], parent: Step | None, keep: Keep) -> Iterator[Line]:
    """The lines that an author of a layer should see."""
    for group, below in author_groups(steps, parent, keep):
        yield Line(_spans(group), group, below)


MOST_ALIKE: Final = 12
FIRST_ALIKE: Final = 3
"""Of more light epochs or batches than this in a row, the first have lines, and the last."""


def fold_alike(lines: Iterator[Line]) -> Iterator[Line]:
    """The lines, with one for most of many epochs or batches in a row that have only numbers."""
    row: list[Line] = []
    for line in lines:
        step = line.steps[0]
        is_alike = step.kind in ("epoch", "batch") and not line.failed and is_light(step)
        if row and not (is_alike and step.kind == row[0].steps[0].kind):
            yield from _folded(row)
            row = []
        if is_alike:
            row.append(line)
        else:
            yield line
    yield from _folded(row)


def _folded(row: list[Line]) -> list[Line]:
    if len(row) <= MOST_ALIKE:
        return row
    steps = tuple([line.steps[0] for line in row[FIRST_ALIKE:-1]])
    return [*row[:FIRST_ALIKE], Line(several(steps), steps), row[-1]]


Group = tuple[tuple[Step, ...], tuple[Step, ...]]
"""The steps that share a line, and the steps whose lines go under it."""


def author_groups(steps: Sequence[Step], parent: Step | None, keep: Keep) -> Iterator[Group]:
    """The steps of each line that `author_lines` yields, without its text."""
    skip = False
    seen: set[_Inputs] = set()
    for position, step in enumerate(steps):
        follower = steps[position + 1] if position + 1 < len(steps) else None
        if skip:
            skip = False
        elif follower is not None and feeds(step, follower):
            skip = True
            yield (step, follower), _below(step, keep)
        elif step.children and step.children[0].kind == KINDS[step.kind].wraps:
            wrapped = step.children[0]
            yield (step, wrapped), (*wrapped.children, *step.children[1:])
        elif step.error or not _is_repeated(step, parent, seen) or _is_kept(step, parent, keep):
            yield (step,), _below(step, keep)
        if KINDS[step.kind].once:
            seen.add((step.kind, frozenset(step.inputs.items())))


def _spans(group: tuple[Step, ...]) -> Spans:
    first, second = group[0], group[-1]
    if first is second:
        return _with_attribute(first)
    if KINDS[first.kind].wraps == second.kind:
        return (Span(point_end(first, 1), "call"), *calls(point_end(second, 2)))
    return (*assigned(str(second.inputs.get("name"))), *label_of(first))


def calls(name: str) -> Spans:
    """` calls Dense.__init__`, after the function that calls it."""
    return Span(" calls "), Span(name, "call")


def _with_attribute(step: Step) -> Spans:
    """The label of a step, with the attribute that its source line sets: no `assign` step follows a
    lookup whose result goes into a private attribute."""
    name = attribute_of_line(step) if KINDS[step.kind].line_names_result else None
    return label_of(step) if name is None else (*assigned(name), *label_of(step))


def _is_kept(step: Step, parent: Step | None, keep: Keep) -> bool:
    """Whether a step that its neighbours repeat has a line all the same; never an inner one."""
    return keep(step) and not KINDS[step.kind].is_inner(step, parent)


_Inputs = tuple[str, frozenset[tuple[str, Value]]]
"""The kind and the inputs of a step."""


def _is_repeated(step: Step, parent: Step | None, seen: Container[_Inputs]) -> bool:
    kind = KINDS[step.kind]
    if kind.once and (step.kind, frozenset(step.inputs.items())) in seen:
        return True
    return kind.is_repeated(step, parent)


def _without_bases(step: Step) -> tuple[Step, ...]:
    """The steps inside a step; those inside a method of a base class in place of that method."""
    return flattened(step.children, step, _hands_on)


def _hands_on(step: Step, parent: Step | None) -> bool:
    return parent is not None and step.error is None and KINDS[step.kind].hands_on(step, parent)


def _below(step: Step, keep: Keep) -> tuple[Step, ...]:
    """The steps under a line; under a lookup, the steps that are no lookups, at any depth."""
    covered = KINDS[step.kind].covers
    if not covered:
        return _without_bases(step)
    below: list[Step] = []
    waiting = list(reversed(step.children))
    while waiting:
        child = waiting.pop()
        if child.kind in covered and not keep(child):
            waiting.extend(reversed(child.children))
        else:
            below.append(child)
    return tuple(below)
