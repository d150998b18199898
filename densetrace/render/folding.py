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

from collections.abc import Callable, Container, Iterator, Sequence
from typing import Final

from densetrace.data.trace import Step
from densetrace.data.values import Tensor, Value
from densetrace.kinds import label_of
from densetrace.kinds.label import assigned, point_end
from densetrace.kinds.spans import ARROW, Part, Parts
from densetrace.kinds.statements import feeds, set_by_line
from densetrace.render.lines import Line

Keep = Callable[[Step], bool]
"""Whether somebody asked for a step, so that it must have a line."""

_LOOKUPS: Final = ("get", "deserialize")
_PASSED_THROUGH: Final = ("None", "as given", "callable", "class")


def framework_lines(steps: Sequence[Step], parent: Step | None, keep: Keep) -> Iterator[Line]:
    """A line for every step."""
    for step in steps:
        parts = init_in_full(step) if step.kind == "init" else label_of(step)
        yield Line(parts, (step,), step.children)


def author_lines(steps: Sequence[Step], parent: Step | None, keep: Keep) -> Iterator[Line]:
    """A line for everything that a layer's author should know."""
    for told, below in author_groups(steps, parent, keep):
        yield Line(_parts(told), told, below)


Group = tuple[tuple[Step, ...], tuple[Step, ...]]
"""The steps that share a line, and those whose lines stand under it."""


def author_groups(steps: Sequence[Step], parent: Step | None, keep: Keep) -> Iterator[Group]:
    """The steps of each line that `author_lines` gives, without its words."""
    skip = False
    checked: set[frozenset[tuple[str, Value]]] = set()
    for position, step in enumerate(steps):
        follower = steps[position + 1] if position + 1 < len(steps) else None
        if skip:
            skip = False
        elif follower is not None and feeds(step, follower):
            skip = True
            yield (step, follower), _below(step, keep)
        elif step.kind == "layout" and step.children and step.children[0].kind == "init":
            init = step.children[0]
            yield (step, init), (*init.children, *step.children[1:])
        elif keep(step) or step.error or not _told_elsewhere(step, parent, checked):
            yield (step,), _below(step, keep)
        if step.kind == "check":
            checked.add(frozenset(step.inputs.items()))


def _parts(told: tuple[Step, ...]) -> Parts:
    first, second = told[0], told[-1]
    if first is second:
        return _named_by_its_line(first)
    if first.kind == "layout":
        called = Part(point_end(first, 1), "call"), Part(point_end(second, 2), "call")
        return called[0], Part(" "), ARROW, Part(" "), called[1]
    return (*assigned(str(second.inputs.get("name"))), *label_of(first))


def _named_by_its_line(step: Step) -> Parts:
    """A lookup whose result goes into a private attribute is not followed by an `assign` step; its
    source line tells the name."""
    name = lookup_set_by_line(step)
    return label_of(step) if name is None else (*assigned(name), *label_of(step))


def lookup_set_by_line(step: Step) -> str | None:
    """The attribute that a lookup's source line sets."""
    return set_by_line(step) if step.kind == "get" else None


def _told_elsewhere(
    step: Step, parent: Step | None, checked: Container[frozenset[tuple[str, Value]]]
) -> bool:
    match step.kind:
        case "check":
            return frozenset(step.inputs.items()) in checked
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
