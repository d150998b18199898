"""An object is created: `new`, the `layout` decorator around `__init__`, and `init`."""

from collections.abc import Hashable, Iterable
from typing import Final

from densetrace.data.steps import Step
from densetrace.data.values import Items, Value
from densetrace.data.wording import short
from densetrace.kinds.kind import Held, Kind, Setting, by_class_and_object
from densetrace.kinds.label import called, named, not_usual, point_end, positional, strings
from densetrace.kinds.spans import Spans
from densetrace.kinds.statements import private_attribute

MADE_BY_KERAS: Final = ("InputLayer",)
"""Classes that Keras instantiates by itself."""

USUAL: Final[dict[str, Value]] = {
    "trainable": True,
    "name": None,
    "dtype": None,
    "dynamic": False,
}
"""The defaults of `Layer.__init__`, which labels leave out."""


def class_made(step: Step) -> str:
    """The class of the object that a `new` step creates."""
    name = step.inputs.get("class")
    return name if isinstance(name, str) else short(name)


def arguments_given(step: Step) -> list[str]:
    """The arguments of a construction, as they were written."""
    keywords = step.inputs.get("kwargs")
    by_name = named(_worth_showing(step, dict(strings(keywords))))
    return positional(step.inputs.get("args")) + by_name


def _worth_showing(step: Step, given: dict[str, Value]) -> dict[str, Value]:
    """The arguments; without None for an object that Keras creates by itself, passing all."""
    if step.inputs.get("class", step.facts.get("class")) not in MADE_BY_KERAS:
        return given
    return {name: value for name, value in given.items() if value is not None}


_COMPILES: Final = ("compile", "losses_build", "metrics_build", "loss_resolve", "metric_resolve")


def _made_to_measure(step: Step, parent: Step | None) -> bool:
    """Whether Keras creates a loss or a metric from what was compiled."""
    return parent is not None and parent.kind in _COMPILES


def _new(step: Step) -> Spans:
    return called(point_end(step, 2), [class_made(step), *arguments_given(step)])


def _by_class_made(step: Step, sets: str | None, about: Hashable) -> Hashable:
    return step.kind, step.inputs.get("class")


def _layout(step: Step) -> Spans:
    return called(point_end(step, 1), arguments_given(step))


def _init(step: Step) -> Spans:
    given = not_usual(step.inputs, USUAL)
    if given.get("args") == Items("tuple", (), 0):
        del given["args"]
    return called(point_end(step, 2), named(_worth_showing(step, given)))


def _init_in_full(step: Step) -> Spans:
    return called(point_end(step, 2), named(step.inputs))


def _name_given(step: Step) -> Iterable[Setting]:
    return () if step.inputs.get("name") is None else (Setting("name"),)


def _in_name(step: Step, name: str) -> Held:
    return Held("input", "name")


def _by_class(step: Step, sets: str | None, about: Hashable) -> Hashable:
    return step.kind, step.facts.get("of"), step.facts.get("class")


KINDS: Final = (
    Kind(
        name="new",
        label=_new,
        level="user",
        act="construct",
        is_repeated=_made_to_measure,
        sets=private_attribute,
        identity=_by_class_made,
        not_said=frozenset(("arg_names",)),
    ),
    Kind(
        name="layout",
        label=_layout,
        wraps="init",
        act="construct",
        is_repeated=_made_to_measure,
        identity=by_class_and_object,
        initializes=True,
    ),
    Kind(
        name="init",
        label=_init,
        full_label=_init_in_full,
        level="user",
        act="construct",
        is_repeated=_made_to_measure,
        sets=_name_given,
        holds=_in_name,
        identity=_by_class,
        initializes=True,
    ),
)
