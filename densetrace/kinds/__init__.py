"""The kinds of steps, one module for each family, and queries of a step by its kind."""

from itertools import chain
from typing import Final

from densetrace.data.schema import KINDS as _NAMES
from densetrace.data.steps import Step
from densetrace.kinds import (
    attributes,
    building,
    calling,
    construction,
    fitting,
    functions,
    lookups,
    loss_scaling,
    measuring,
    models,
    optimizing,
    tracking,
)
from densetrace.kinds.kind import Kind
from densetrace.kinds.spans import Spans
from densetrace.kinds.statements import set_by_line

_FAMILIES: Final = (
    construction,
    lookups,
    attributes,
    building,
    calling,
    functions,
    models,
    fitting,
    measuring,
    optimizing,
    loss_scaling,
    tracking,
)
_FOUND: Final = {kind.name: kind for kind in chain(*(family.KINDS for family in _FAMILIES))}

KINDS: Final[dict[str, Kind]] = {name: _FOUND[name] for name in _NAMES}
"""Every kind by its name, in the order of the trace format."""


def label_of(step: Step) -> Spans:
    """A step in one line."""
    return KINDS[step.kind].label(step)


def full_label_of(step: Step) -> Spans:
    """A step in one line, with every argument."""
    kind = KINDS[step.kind]
    return (kind.full_label or kind.label)(step)


def feeds(step: Step, follower: Step) -> bool:
    """Whether `follower` assigns the result of `step`, by the same statement."""
    if not KINDS[step.kind].feeds_assign or follower.kind != "assign":
        return False
    if step.error is not None or step.result != follower.inputs.get("value"):
        return False
    first, second = step.where, follower.where
    if first is None or second is None:
        return first is second
    # A statement of several lines assigns on its first and may look up further down.
    same_function = (first.file, first.function) == (second.file, second.function)
    return same_function and second.line <= first.line


def attribute_by_line(step: Step) -> str | None:
    """The attribute that the source line of a lookup sets: there is no `assign` step when it is
    private, or when the lookup failed."""
    return set_by_line(step) if KINDS[step.kind].line_names_result else None
