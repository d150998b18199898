"""What observers share: the arguments of a hook point as inputs of a step.

An observer runs when a call begins, and returns the object that the step is about and the inputs,
live objects by name (None if the call adds no step), or when it has ended, and returns the
facts.
"""

import inspect
from collections.abc import Callable
from typing import Any, Final, Protocol, TypeAlias

from densetrace.recording.arrays import Whole
from densetrace.recording.introspect import attributes_of, facts_of, find_in_class, per_object

Arguments: TypeAlias = dict[str, Any]
Entry: TypeAlias = tuple[object, dict[str, object]] | None


class HookPoint(Protocol):
    """The part of a hook point that an observer reads (`densetrace.recording.hooks.Hook`)."""

    @property
    def point(self) -> str: ...

    @property
    def function(self) -> Callable[..., Any]: ...

    @property
    def spread(self) -> str | None: ...


def all_arguments(hook: HookPoint, arguments: Arguments) -> dict[str, object]:
    """The arguments by name, with the entries of `**kwargs` among them."""
    shown: dict[str, object] = dict(arguments)
    if hook.spread is not None:
        del shown[hook.spread]
        shown.update(arguments[hook.spread])
    return shown


def method(hook: HookPoint, arguments: Arguments) -> tuple[object, dict[str, object]]:
    """A call of a method: about its object, with all arguments."""
    shown = all_arguments(hook, arguments)
    return shown.pop(next(iter(arguments))), shown


def without_defaults(hook: HookPoint, arguments: Arguments) -> tuple[object, dict[str, object]]:
    """A call of a method: about its object, without the arguments at their default."""
    about, shown = method(hook, arguments)
    return about, not_default(hook, shown)


def not_default(hook: HookPoint, shown: dict[str, object]) -> dict[str, object]:
    """The arguments that are not at their default."""
    defaults = defaults_of(hook.function)
    return {
        name: value
        for name, value in shown.items()
        if name not in defaults or defaults[name] is not value
    }


@per_object
def defaults_of(function: Callable[..., Any]) -> dict[str, object]:
    """The defaults of a function's parameters, by name."""
    parameters = inspect.signature(function).parameters.values()
    return {p.name: p.default for p in parameters if p.default is not p.empty}


def class_of(hook: HookPoint, arguments: Arguments, result: object) -> dict[str, object]:
    """The class of the object that a method was called on."""
    return {"class": facts_of(type(next(iter(arguments.values())))).name}


_FUNCTIONAL_CALL: Final = "keras.engine.functional.Functional.call"


def belongs_to_outer_call(point: str, arguments: Arguments) -> bool:
    """Whether a call of a layer's `call` is part of another one of the same layer.

    `Sequential.call` ends by running the graph of its layers with `Functional.call`: one call of
    the model is one step.
    """
    if point != _FUNCTIONAL_CALL:
        return False
    return "Sequential" in facts_of(type(arguments["self"])).lineage


UPDATES: Final = "_backend_update_step"
"""The method in which an optimizer of Keras 3 updates all variables: on PyTorch, in one call."""


def updated_together(point: str, arguments: Arguments) -> list[Arguments]:
    """The arguments that an update of each variable would have, where one call updates them all;
    elsewhere none."""
    if not point.endswith(f".{UPDATES}"):
        return []
    optimizer, gradients, variables, *_ = arguments.values()
    return [
        {"self": optimizer, "gradient": gradient, "variable": variable}
        for gradient, variable in zip(gradients, variables, strict=True)
    ]


def updated(arguments: Arguments) -> tuple[object, Any]:
    """The gradient and the variable of an update: the first two arguments of the method, whatever
    an optimizer calls them."""
    _, gradient, variable, *_ = arguments.values()
    return gradient, variable


def is_variable(value: object) -> bool:
    """Whether an object is a variable of a framework."""
    return find_in_class(type(value), "assign_add") is not None


def scale_of(state: object) -> dict[str, float | int]:
    """The loss scale of a state, and how many steps with finite gradients it has counted; empty
    where that cannot be read."""
    both = attribute_of(state, "current_loss_scale"), attribute_of(state, "counter")
    scale, good = (Whole(one).numbers() if is_variable(one) else [] for one in both)
    return {"scale": float(scale[0]), "good_steps": int(good[0])} if scale and good else {}


def attribute_of(owner: object, name: str) -> object:
    """An attribute; in Keras a property, which returns one with an underscore."""
    attributes = attributes_of(owner)
    return attributes.get(name, attributes.get(f"_{name}"))
