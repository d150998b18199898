"""Which steps belong to one statement: a lookup, and the attribute that is set with its result."""

import re
from typing import Final

from densetrace.data.trace import Step

_SETS_ATTRIBUTE: Final = re.compile(r"self\.(\w++)\s*+=[^=]")


def feeds(step: Step, follower: Step) -> bool:
    """Whether `follower` assigns what `step` gave, by the same statement."""
    if step.kind not in ("get", "add_weight") or follower.kind != "assign":
        return False
    if step.error is not None or step.result != follower.inputs.get("value"):
        return False
    first, second = step.where, follower.where
    if first is None or second is None:
        return first is second
    # A statement of several lines assigns on its first and may look up further down.
    same_place = (first.file, first.function) == (second.file, second.function)
    return same_place and second.line <= first.line


def attribute_set(text: str) -> str | None:
    """The attribute of `self` that a source line sets, as it is written there."""
    match = _SETS_ATTRIBUTE.match(text)
    return match[1] if match else None


def set_by_line(step: Step) -> str | None:
    """The attribute that a step's source line sets, without the underscore of a private one: for a
    lookup that failed, or whose result goes into a private attribute, no `assign` step tells it."""
    name = attribute_set(step.where.text) if step.where else None
    return name and (name.lstrip("_") or name)
