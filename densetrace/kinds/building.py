"""A layer gets its weights: `build`, `add_weight`, and `initialize`, which fills one."""

from collections.abc import Iterable
from typing import Final

from densetrace.data import wording
from densetrace.data.steps import Step
from densetrace.data.wording import shape_text, short
from densetrace.kinds.kind import (
    Effect,
    Kind,
    Setting,
    by_class_and_object,
    by_kind_and_name,
    loosely_by_name,
)
from densetrace.kinds.label import called, gives, method_only, named, not_usual, subject
from densetrace.kinds.spans import Spans
from densetrace.kinds.statements import private_attribute


def _build(step: Step) -> Spans:
    shapes = [shape_text(value) for value in step.inputs.values()]
    return called(f"{subject(step)}.build", shapes)


def _add_weight(step: Step) -> Spans:
    names = _given_name(step)
    given = {name: step.inputs.get(name) for name in ("regularizer", "constraint")}
    shown = not_usual(given, {"regularizer": None, "constraint": None})
    if step.inputs.get("trainable") is False:
        shown["trainable"] = False
    return called("add_weight", names + named(shown), gives(step))


def _add_weight_only(step: Step) -> Spans:
    return called("add_weight", _given_name(step))


def _given_name(step: Step) -> list[str]:
    """The name of a weight as an argument; nothing for a weight without a name."""
    name = step.inputs.get("name")
    return [] if name is None else [short(name)]


def _weight_set(step: Step) -> Iterable[Setting]:
    name = step.inputs.get("name")
    if isinstance(name, str):
        yield Setting(name)
        yield from private_attribute(step)


def _weight_made(step: Step, name: str) -> tuple[Effect, Effect]:
    shape = wording.in_sentence(step.inputs.get("shape"))
    return Effect("makes", f"a weight {name} of shape {shape}"), Effect("makes", f"no {name}")


def _initialize(step: Step) -> Spans:
    shape = [shape_text(step.inputs["shape"])] if "shape" in step.inputs else []
    return called(subject(step), shape, gives(step))


def _inside_add_weight(step: Step, parent: Step | None) -> bool:
    return parent is not None and parent.kind in ("add_weight", "variable")


KINDS: Final = (
    Kind(
        name="build",
        label=_build,
        short_label=method_only,
        level="user",
        act="build",
        identity=by_class_and_object,
        takes_input=True,
    ),
    Kind(
        name="add_weight",
        label=_add_weight,
        short_label=_add_weight_only,
        level="user",
        sets=_weight_set,
        feeds_assign=True,
        effect=_weight_made,
        identity=by_kind_and_name,
        loose_identity=loosely_by_name,
        # How a weight is distributed over devices.
        not_compared=frozenset(("use_resource", "synchronization", "aggregation", "collections")),
    ),
    Kind(
        name="initialize",
        label=_initialize,
        is_repeated=_inside_add_weight,
        acts_for_object=True,
    ),
)
