"""Kinds that only Keras 3 has: `path`, `variable`, `track` and `lock` are about the state of a
layer, `spec` and `node` about a call on symbolic tensors."""

from collections.abc import Hashable
from typing import Final

from densetrace.data.steps import Step
from densetrace.data.values import Value
from densetrace.data.wording import shape_text, short
from densetrace.kinds.kind import Kind, by_kind_and_name, loosely_by_name
from densetrace.kinds.label import called, gives, method_only, point_end, subject
from densetrace.kinds.spans import ARROW, SPACE, Spans, span


def _path(step: Step) -> Spans:
    return called("current_path", [], gives(step))


def _variable(step: Step) -> Spans:
    shown = [short(step.inputs.get("name"))]
    if (shape := step.inputs.get("shape")) is not None:
        shown.append(f"shape={shape_text(shape)}")
    path = step.facts.get("path")
    return *called("Variable", shown), *_leads_to(path)


def _leads_to(value: Value) -> Spans:
    return () if value is None else (SPACE, ARROW, SPACE, span(short(value), "result"))


def _track(step: Step) -> Spans:
    tracked = short(step.inputs.get("name", step.inputs.get("value")))
    store = step.inputs.get("store")
    return (
        span("track", "call"),
        SPACE,
        span(tracked, "value"),
        span(" in "),
        span(store if isinstance(store, str) else short(store), "name"),
    )


def _lock(step: Step) -> Spans:
    return (span("lock", "call"), SPACE, span(f"the state of {subject(step)}", "name"))


def _spec(step: Step) -> Spans:
    return called(f"{subject(step)}.{point_end(step, 1)}", _given(step), gives(step))


def _given(step: Step) -> list[str]:
    return [short(value) for value in step.inputs.values() if value is not None]


def _node(step: Step) -> Spans:
    given, made = step.inputs.get("inputs"), step.inputs.get("outputs")
    return *called(f"Node of {subject(step)}", [short(given)]), *_leads_to(made)


def _by_store_and_name(step: Step, sets: str | None, about: Hashable) -> Hashable:
    return step.kind, step.inputs.get("store"), step.inputs.get("name")


def _inside(step: Step, parent: Step | None) -> bool:
    """Whether a path belongs to the step around it, which shows it."""
    return parent is not None


def _inside_weight(step: Step, parent: Step | None) -> bool:
    """Whether a variable is the weight or the slot of the step around it."""
    return parent is not None and parent.kind in ("add_weight", "slot")


KINDS: Final = (
    Kind(name="path", label=_path, is_repeated=_inside),
    Kind(
        name="variable",
        label=_variable,
        is_repeated=_inside_weight,
        identity=by_kind_and_name,
        loose_identity=loosely_by_name,
    ),
    Kind(name="track", label=_track, identity=_by_store_and_name),
    Kind(name="lock", label=_lock),
    Kind(name="spec", label=_spec, short_label=method_only, takes_input=True),
    Kind(name="node", label=_node),
)
