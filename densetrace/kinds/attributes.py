"""An object's attributes: `assign` sets one, `name` makes up a name for the object."""

from collections.abc import Iterable
from typing import Final

from densetrace.data.steps import ABSENT, Step
from densetrace.data.wording import name_of, outcome, short
from densetrace.kinds.kind import Effect, Held, Kind, Setting, by_kind_and_name, sort_and_name
from densetrace.kinds.label import assigned
from densetrace.kinds.spans import Parts, part


def _assign(step: Step) -> Parts:
    name, value = step.inputs.get("name"), step.inputs.get("value")
    before = step.inputs.get("before")
    parts = (
        *assigned(name if isinstance(name, str) else short(name)),
        part(short(value), "result"),
    )
    if "before" in step.inputs and before != value and before is not None:
        return *parts, part(f"  (was {short(before)})", "aside")
    return parts


def _changes_nothing(step: Step, parent: Step | None) -> bool:
    return "before" in step.inputs and step.inputs["before"] == step.inputs.get("value")


def _in_value(step: Step, name: str) -> Held:
    return Held("input", "value")


def _set(step: Step, name: str) -> tuple[Effect, Effect]:
    value = name_of(step.inputs.get("value"))
    return Effect("sets", f"{name} to {value}"), Effect("does", f"not set {name}")


def _name(step: Step) -> Parts:
    base = step.inputs.get("base")
    given = () if step.result is ABSENT else (part(outcome(step.result), "result"),)
    parts = (*assigned("name"), *given)
    if step.result == base:
        return parts
    return *parts, part(f"  ({short(base)} is taken)", "aside")


def _name_made_up(step: Step) -> Iterable[Setting]:
    return (Setting("name", "around"),)


KINDS: Final = (
    Kind(
        name="assign",
        label=_assign,
        is_repeated=_changes_nothing,
        holds=_in_value,
        effect=_set,
        identity=by_kind_and_name,
        loose_identity=sort_and_name,
    ),
    Kind(
        name="name",
        label=_name,
        sets=_name_made_up,
        not_said=frozenset(("base",)),
        has_default=True,
    ),
)
