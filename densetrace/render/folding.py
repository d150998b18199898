"""Which steps share a line, and which are told elsewhere, so that a tree stays calm.

The rules look at the structure of a trace only. Framework level has none: every step has its line.
Author level has these:

- a lookup, or a weight being added, shares a line with the attribute it is assigned to;
- `allow_initializer_layout` shares a line with the `__init__` it wraps;
- the lookups and deserializations inside a lookup are told by its note;
- what repeats its neighbour is left out: a second identical check, an assignment or a cast that
  changes nothing, the lookups by which `add_weight` gets back what it was given.

A step that raised is never left out.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from densetrace.render.lines import ARROW, Line, Part, Parts
from densetrace.render.phrases import assigned, init_in_full, phrase, point_end
from densetrace.study.statements import feeds, set_by_line
from densetrace.trace import Step
from densetrace.values import Tensor

Keep = Callable[[Step], bool]
"""Whether somebody asked for a step, so that it must have a line."""

_LOOKUPS: Final = ("get", "deserialize")
_PASSED_THROUGH: Final = ("None", "as given", "callable", "class")


def framework_lines(steps: Sequence[Step], parent: Step | None, keep: Keep) -> Iterator[Line]:
    """A line for every step."""
    for step in steps:
        parts = init_in_full(step) if step.kind == "init" else phrase(step)
        yield Line(parts, (step,), step.children)


def author_lines(steps: Sequence[Step], parent: Step | None, keep: Keep) -> Iterator[Line]:
    """A line for everything that a layer's author should know."""
    skip = False
    checked: list[Step] = []
    for position, step in enumerate(steps):
        follower = steps[position + 1] if position + 1 < len(steps) else None
        if skip:
            skip = False
        elif follower is not None and feeds(step, follower):
            skip = True
            yield _joined(step, follower, keep)
        elif step.kind == "layout" and step.children and step.children[0].kind == "init":
            yield _decorated(step)
        elif keep(step) or step.error or not _told_elsewhere(step, parent, checked):
            yield Line(_named_by_its_line(step), (step,), _below(step, keep))
        if step.kind == "check":
            checked.append(step)


def _joined(step: Step, assign: Step, keep: Keep) -> Line:
    name = assign.inputs.get("name")
    return Line((*assigned(str(name)), *phrase(step)), (step, assign), _below(step, keep))


def _decorated(step: Step) -> Line:
    init = step.children[0]
    parts: Parts = (
        Part(point_end(step, 1), "call"),
        Part(" "),
        ARROW,
        Part(" "),
        Part(point_end(init, 2), "call"),
    )
    return Line(parts, (step, init), (*init.children, *step.children[1:]))


def _named_by_its_line(step: Step) -> Parts:
    """A lookup whose result goes into a private attribute is not followed by an `assign` step; its
    source line tells the name."""
    name = lookup_set_by_line(step)
    return phrase(step) if name is None else (*assigned(name), *phrase(step))


def lookup_set_by_line(step: Step) -> str | None:
    """The attribute that a lookup's source line sets."""
    return set_by_line(step) if step.kind == "get" else None


def _told_elsewhere(step: Step, parent: Step | None, checked: Sequence[Step]) -> bool:
    match step.kind:
        case "check":
            return any(earlier.inputs == step.inputs for earlier in checked)
        case "assign":
            return "before" in step.inputs and step.inputs["before"] == step.inputs.get("value")
        case "get":
            return _inside(parent, "add_weight") and step.facts.get("branch") in _PASSED_THROUGH
        case "initialize":
            return _inside(parent, "add_weight")
        case "op":
            return step.point == "tf.cast" and _keeps_dtype(step)
    return False


def _keeps_dtype(step: Step) -> bool:
    given = next(iter(step.inputs.values()), None)
    cast = step.result
    return isinstance(given, Tensor) and isinstance(cast, Tensor) and given.dtype == cast.dtype


def _inside(parent: Step | None, kind: str) -> bool:
    return parent is not None and parent.kind == kind


def _below(step: Step, keep: Keep) -> tuple[Step, ...]:
    """The steps under a line; under a lookup, what is no lookup, wherever it is nested."""
    if step.kind not in _LOOKUPS:
        return step.children
    below: list[Step] = []
    waiting = list(reversed(step.children))
    while waiting:
        child = waiting.pop()
        if child.kind in _LOOKUPS and not keep(child):
            waiting.extend(reversed(child.children))
        else:
            below.append(child)
    return tuple(below)
