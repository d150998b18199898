"""Who holds what in a trace, who was given it, and which steps ended with which object.

All of it is found in one pass: in a long trace, to come by each step costs most of the time.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from densetrace.study.order import OUTSIDE, Order
from densetrace.study.parts import direct_parts, same
from densetrace.study.statements import attribute_set
from densetrace.trace import Step
from densetrace.values import Class, Function, Instance, Tensor

COMPILED: Final = ("put_off", "resolved_now")
"""The facts of `compile` that tell what a model holds by it."""

_ANNOUNCE: Final = frozenset(("new", "layout", "init"))
_OF_THEIR_OWN: Final = frozenset((Tensor, Function, Class))
_OTHERWISE: Final = frozenset(("add_weight", "init", "name", "invoke", "compile"))
_BY_LINE: Final = frozenset(("get", "new"))

Held = dict[str, dict[str, int]]
"""Object -> attribute -> the number of the step that gave it its last value."""

Numbers = list[int]
"""The numbers of some steps, rising."""


@dataclass(frozen=True, slots=True)
class Index:
    """The steps of a trace by what they do.

    `held` has the objects in the order in which they are first met. `assigned` are all assignments
    by object and attribute, `initialized` the `__init__` steps by object. `labelled` are the steps
    that ended with an object of a label, `ended` those that ended with another object that can be
    told from its like, by `told_quickly`.
    """

    held: Held = field(default_factory=dict)
    assigned: dict[str | None, dict[str, Numbers]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )
    initialized: dict[str | None, Numbers] = field(default_factory=lambda: defaultdict(list))
    labelled: dict[str, Numbers] = field(default_factory=lambda: defaultdict(list))
    ended: dict[Hashable, Numbers] = field(default_factory=lambda: defaultdict(list))


def indexed(order: Order) -> Index:
    """The index of a trace."""
    index = Index()
    held, assigned, labelled, ended = index.held, index.assigned, index.labelled, index.ended
    for number, step in enumerate(order.steps):
        kind, subject, result = step.kind, step.subject, step.result
        if type(result) is Instance:
            labelled[result.label].append(number)
        elif type(result) in _OF_THEIR_OWN:
            ended[told_quickly(result)].append(number)
        if kind in _ANNOUNCE:
            if kind == "init":
                index.initialized[subject].append(number)
            if subject is not None:
                held.setdefault(subject, {})
        if step.error is not None:
            continue
        if kind == "assign":
            inputs = step.inputs
            name = inputs.get("name")
            if type(name) is str:
                assigned[subject][name].append(number)
                says_again = "before" in inputs and same(inputs["before"], inputs.get("value"))
                if subject is not None and not says_again:
                    held.setdefault(subject, {})[name] = number
        elif kind in _OTHERWISE:
            for owner, name in _given(order, number, step):
                if owner is not None:
                    held.setdefault(owner, {})[name] = number
        elif kind in _BY_LINE and (attribute := _set_by_line(step)) is not None:
            owner = _around(order, number)
            if owner is not None:
                held.setdefault(owner, {})[attribute] = number
    return index


def told_quickly(value: object) -> Hashable:
    """Something of an object that is equal for equal objects, and quickly compared."""
    match value:
        case Tensor(shape):
            return shape
        case Function(name) | Class(name):
            return name
    return None


def _given(order: Order, number: int, step: Step) -> Iterable[tuple[str | None, str]]:
    """The attributes that a step sets without an assignment, and whose they are."""
    name = step.inputs.get("name")
    match step.kind:
        case "init" if name is not None:
            yield step.subject, "name"
        case "name":
            yield _around(order, number), "name"
        case "invoke":
            yield step.subject, "output"
        case "compile":
            for fact in COMPILED:
                yield from (
                    (step.subject, str(part)) for part in direct_parts(step.facts.get(fact))
                )
        case "add_weight" if isinstance(name, str):
            yield step.subject, name
            attribute = _set_by_line(step)
            if attribute is not None:
                yield _around(order, number), attribute


def _around(order: Order, number: int) -> str | None:
    """The object that the step around a step is about."""
    parent = order.parents[number]
    return None if parent == OUTSIDE else order.steps[parent].subject


def _set_by_line(step: Step) -> str | None:
    """An attribute whose assignment is no step, because its name begins with an underscore."""
    return None if step.where is None else _private_attribute(step.where.text)


@lru_cache(maxsize=4096)
def _private_attribute(text: str) -> str | None:
    name = attribute_set(text)
    return name.lstrip("_") if name and name.startswith("_") else None
