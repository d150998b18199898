"""Looking up an object: `get`, and `deserialize` inside it."""

from collections.abc import Hashable
from typing import Final

from densetrace.data.steps import Absent, Step
from densetrace.data.values import Instance, Tensor, Value
from densetrace.data.wording import short
from densetrace.kinds.kind import Kind, by_kind_and_point, loosely_by_point
from densetrace.kinds.label import called, gives, is_empty, point_end, strings
from densetrace.kinds.spans import Spans, span
from densetrace.kinds.statements import private_attribute

_COVERED: Final = frozenset(("get", "deserialize"))
_PASSED_THROUGH: Final = ("None", "as given", "callable", "class")


def _get(step: Step) -> Spans:
    identifiers = [short(value) for value in step.inputs.values()]
    return *called(point_end(step, 2), identifiers, gives(step)), *settings_of(step.result)


def settings_of(value: Value | Absent) -> Spans:
    """The settings of an object that was found: `  (l2=0.01)`."""
    if not isinstance(value, Instance) or value.config is None:
        return ()
    settings = {key: item for key, item in strings(value.config) if not is_empty(item)}
    if "learning_rate" in settings:  # an optimizer has many more
        settings = {"learning_rate": settings["learning_rate"]}
    listed = ", ".join(f"{key}={_number(item)}" for key, item in settings.items())
    return (span(f"  ({listed})", "aside"),) if settings else ()


def _number(value: Value) -> str:
    """A scalar tensor as its number alone."""
    match value:
        case Tensor(shape=(), elements=(element,)):
            return short(element)
    return short(value)


def _returns_its_argument(step: Step, parent: Step | None) -> bool:
    inside = parent is not None and parent.kind == "add_weight"
    return inside and step.facts.get("branch") in _PASSED_THROUGH


def _registry_and_attribute(step: Step, sets: str | None, about: Hashable) -> Hashable:
    return step.kind, step.facts.get("registry"), sets


def _deserialize(step: Step) -> Spans:
    name = step.point.partition(".saving.")[2] or point_end(step, 2)
    return called(name, [short(value) for value in step.inputs.values()], gives(step))


KINDS: Final = (
    Kind(
        name="get",
        label=_get,
        shows_none=True,
        is_repeated=_returns_its_argument,
        covers=_COVERED,
        line_names_result=True,
        sets=private_attribute,
        feeds_assign=True,
        identity=_registry_and_attribute,
        looks_up=True,
    ),
    Kind(
        name="deserialize",
        label=_deserialize,
        covers=_COVERED,
        identity=by_kind_and_point,
        loose_identity=loosely_by_point,
        looks_up=True,
    ),
)
