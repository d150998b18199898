"""Hook points: functions of the framework that report to the active recorder.

`@traced(kind)` registers a function as a hook point and wraps it (`densetrace.recording.wrapper`).
"""

import functools
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import FrameType, FunctionType
from typing import Any, Final, TypeVar, cast

from densetrace.recording import observers
from densetrace.recording.introspect import public_module
from densetrace.recording.spans import SPANS
from densetrace.recording.wrapper import parameters, wrap

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Hook:
    """A hook point: the kind of its steps, its name as Keras spells it, and the function hooked.

    `spread` names the function's `**kwargs` parameter, if it has one.
    """

    kind: str
    point: str
    function: Callable[..., Any]
    spread: str | None

    def enter(self, arguments: dict[str, Any]) -> tuple[object, dict[str, object]] | None:
        """The object the step is about, and the inputs; None if this call adds no step."""
        return observers.ENTER[self.kind](self, arguments)

    def leave(self, arguments: dict[str, Any], result: object) -> dict[str, object]:
        """The facts of the step, by name; `result` is ABSENT when the function raised."""
        observer = observers.LEAVE.get(self.kind)
        return observer(self, arguments, result) if observer else {}


@functools.cache
def _of_kind(kind: str) -> type[Hook]:
    """The class of hooks of a kind. Its methods are the observers themselves, so that no function
    runs between them and the recorder."""
    leave = observers.LEAVE.get(kind, _no_facts)
    members = {"__slots__": (), "enter": observers.ENTER[kind], "leave": leave}
    return type("Hook", (Hook,), members)


def _no_facts(hook: Hook, arguments: dict[str, Any], result: object) -> dict[str, object]:
    return {}


REGISTRY: Final[dict[tuple[str, str], Hook]] = {}
"""Every hook point of the mirrored stack, by kind and point."""

for _span in SPANS:
    REGISTRY[_span.kind, _span.point] = Hook(_span.kind, _span.point, _span.enter, None)


def traced(
    kind: str,
    *,
    point: str | None = None,
    runner: Callable[..., Any] | None = None,
    caller: Callable[[int], FrameType] = sys._getframe,
) -> Callable[[F], F]:
    """Make a function a hook point whose calls become steps of this kind.

    Args:
        kind: one of `densetrace.data.schema.KINDS`.
        point: its name as Keras spells it; derived from module and qualified name if not given.
        runner: what a call runs in place of the function, with the same arguments; the function
            then says only which arguments there are.
        caller: as for `wrap`: finds the frame whose line caused a step.
    """

    def decorate(function: F) -> F:
        _, names = parameters(function)
        hook = _of_kind(kind)(kind, point or point_of(function), function, names.get("_dt_spread"))
        if (function.__module__ or "").startswith("densetrace."):
            REGISTRY[kind, hook.point] = hook
        return cast(F, wrap(function, hook, caller, runner, observers.NO_STEP.get(kind, "False")))

    return decorate


def trace_methods(cls: type, kinds: Mapping[str, str]) -> None:
    """Make the methods that `cls` itself defines hook points: `{"build": "build", ...}`."""
    for name, kind in kinds.items():
        method = vars(cls).get(name)
        if isinstance(method, FunctionType) and not is_traced(method):
            setattr(cls, name, traced(kind)(method))


def is_traced(function: object) -> bool:
    """Whether a function is already a wrapper."""
    return hasattr(function, "__densetrace_hook__")


def point_of(function: Callable[..., Any]) -> str:
    """The name of a hook point as Keras spells it: `keras.layers.core.dense.Dense.build`."""
    return f"{public_module(function.__module__)}.{function.__qualname__}"
