"""An object's attributes: `assign` sets one, `read` reads one, `name` makes a unique name for the
object, and `reset_names` begins with the first names again."""

from collections.abc import Iterable
from typing import Final

from densetrace.data.steps import ABSENT, Step
from densetrace.data.values import Instance, Mapping, Value
from densetrace.data.wording import demands, keywords, name_of, outcome, short, written_in
from densetrace.kinds.kind import (
    Effect,
    Held,
    Kind,
    Setting,
    by_kind_and_name,
    by_kind_and_point,
    loosely_by_kind,
    loosely_by_name,
    of_base_class,
)
from densetrace.kinds.label import assigned, gives, point_end, subject
from densetrace.kinds.spans import Spans, span
from densetrace.kinds.statements import attribute_of_line


def _assign(step: Step) -> Spans:
    name, value = step.inputs.get("name"), step.inputs.get("value")
    before = step.inputs.get("before")
    spans = (
        *assigned(name if isinstance(name, str) else short(name)),
        span(short(value), "result"),
    )
    is_switched = isinstance(before, bool) and isinstance(value, bool)
    if "before" in step.inputs and before != value and before is not None and not is_switched:
        return *spans, span(f"  (was {_before(before, value)})", "aside")
    return spans


def _before(before: Value, value: Value) -> str:
    """The value that an attribute had; of an InputSpec only what it demands, if another one
    replaces it."""
    match before, value:
        case Instance(cls="InputSpec", config=Mapping()), Instance(cls="InputSpec"):
            return keywords(demands(before).items(), short)
    return short(before)


def _changes_nothing(step: Step, parent: Step | None) -> bool:
    if "before" in step.inputs and step.inputs["before"] == step.inputs.get("value"):
        return True
    # Keras 3 keeps the name in an ordinary attribute, right after it was made.
    inits = parent is not None and parent.kind == "init"
    return inits and step.inputs.get("name") == "name" and written_in(step, "ops/operation.py")


def _in_value(step: Step, name: str) -> Held:
    return Held("input", "value")


def _set(step: Step, name: str) -> tuple[Effect, Effect]:
    value = name_of(step.inputs.get("value"))
    return Effect("sets", f"{name} to {value}"), Effect("leaves", f"{name} unset")


def _name(step: Step) -> Spans:
    base = step.inputs.get("base")
    given = () if step.result is ABSENT else (span(outcome(step.result), "result"),)
    spans = (*assigned(attribute_of_line(step) or "name"), *given)
    if is_first(step):
        return spans
    return *spans, span(f"  ({short(base)} is taken)", "aside")


def _read(step: Step) -> Spans:
    return (span(f"{subject(step)}.{step.inputs.get('name', '?')}", "call"), *gives(step))


def _is_same_read(step: Step, parent: Step | None) -> bool:
    """Whether a property reads another one, as `Model.weights` may read those of its layers."""
    return parent is not None and parent.kind == "read"


def _reset_names(step: Step) -> Spans:
    return (span(f"{point_end(step, 1)}()", "call"),)


def is_first(step: Step) -> bool:
    """Whether a name is the first of its kind. Keras 2 asks for a base such as `dense`, Keras 3 for
    a class such as `Dense`."""
    base = step.inputs.get("base")
    if isinstance(base, str) and isinstance(step.result, str):
        return base.lower() == step.result.replace("_", "") or step.result == base
    return step.result == base


def _names_a_tensor(step: Step, parent: Step | None) -> bool:
    """Whether Keras 3 names a symbolic tensor, or the graph that it runs a layer in to find one."""
    return step.inputs.get("base") in ("KerasTensor", "scratch_graph")


def _unique_name(step: Step) -> Iterable[Setting]:
    return (Setting("name", "around"),)


KINDS: Final = (
    Kind(
        name="assign",
        label=_assign,
        is_repeated=_changes_nothing,
        holds=_in_value,
        effect=_set,
        identity=by_kind_and_name,
        loose_identity=loosely_by_name,
    ),
    Kind(
        name="name",
        label=_name,
        is_repeated=_names_a_tensor,
        sets=_unique_name,
        not_said=frozenset(("base",)),
        has_default=True,
    ),
    Kind(
        name="reset_names",
        label=_reset_names,
        level="user",
        is_repeated=of_base_class,
        identity=by_kind_and_point,
        loose_identity=loosely_by_kind,
    ),
    Kind(
        name="read",
        label=_read,
        level="user",
        is_repeated=_is_same_read,
        identity=by_kind_and_name,
        loose_identity=loosely_by_name,
    ),
)
