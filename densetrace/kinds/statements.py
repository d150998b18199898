"""Reads from a source line which attribute a statement sets."""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from densetrace.data.steps import Step
from densetrace.kinds.kind import Setting

_SETS_ATTRIBUTE: Final = re.compile(r"self\.(\w++)\s*+=[^=]")


def attribute_set(text: str) -> str | None:
    """The attribute of `self` that a source line sets, with its underscores."""
    match = _SETS_ATTRIBUTE.match(text)
    return match[1] if match else None


def attribute_of_line(step: Step) -> str | None:
    """The attribute that a step's source line sets, with its underscores."""
    return attribute_set(step.where.text) if step.where else None


def set_by_line(step: Step) -> str | None:
    """The attribute that a step's source line sets, without leading underscores. There is no
    `assign` step for a private attribute, nor for a lookup that failed."""
    name = attribute_of_line(step)
    return name and (name.lstrip("_") or name)


def private_attribute(step: Step) -> Iterable[Setting]:
    """The private attribute that a step's source line sets, for which there is no `assign` step; of
    the parent step's object."""
    return () if step.where is None else _private(step.where.text)


@lru_cache(maxsize=4096)
def _private(text: str) -> tuple[Setting, ...]:
    name = attribute_set(text)
    if not name or not name.startswith("_"):
        return ()
    return (Setting(name.lstrip("_"), "around"),)
