"""Hook points: functions of the framework that report to the active recorder.

`@traced(kind)` registers a function as a hook point and wraps it. The wrapper has the function's
own signature, so that calling it when nothing is recorded costs little, so that a framework that
inspects it is not misled, and so that wrong arguments fail exactly as they would without it.
"""

import functools
import inspect
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import CodeType, FrameType, FunctionType
from typing import Any, Final, TypeVar, cast

from densetrace import observe
from densetrace.record import active
from densetrace.snapshot import public_module

F = TypeVar("F", bound=Callable[..., Any])

HOOK_FILE: Final = "<densetrace hook>"
"""The file name that wrappers show in a traceback."""

_WRAPPER: Final = """
def factory(_dt_function, _dt_hook, _dt_active, _dt_frame):
    def wrapper({parameters}):
        _dt_recorder = _dt_active()
        if _dt_recorder is None:
            return _dt_function({arguments})
        return _dt_recorder.run(_dt_hook, _dt_function, {{{captured}}}, _dt_frame(1), {arguments})
    return wrapper
"""


@dataclass(frozen=True, slots=True)
class Hook:
    """A hook point: the kind of its steps, its name as Keras spells it, and the function hooked.

    `spread` names the function's `**kwargs` parameter, if it has one.
    """

    kind: str
    point: str
    function: Callable[..., Any]
    spread: str | None

    def enter(self, arguments: Mapping[str, Any]) -> tuple[object, dict[str, object]] | None:
        """Whom the step is about and what went in; None when this call is not worth a step."""
        return observe.ENTER[self.kind](self, arguments)

    def leave(self, arguments: Mapping[str, Any], result: object) -> dict[str, object]:
        """What the hook point found out, by name; `result` is ABSENT when it raised."""
        observer = observe.LEAVE.get(self.kind)
        return observer(self, arguments, result) if observer else {}


REGISTRY: Final[dict[tuple[str, str], Hook]] = {}
"""Every hook point of the mirrored stack, by kind and point."""


def traced(kind: str, *, point: str | None = None) -> Callable[[F], F]:
    """Make a function a hook point whose calls become steps of this kind.

    Args:
        kind: one of `densetrace.trace.KINDS`.
        point: its name as Keras spells it; derived from module and qualified name if not given.
    """

    def decorate(function: F) -> F:
        hook = Hook(kind, point or point_of(function), function, _spread(function))
        if (function.__module__ or "").startswith("densetrace."):
            REGISTRY[kind, hook.point] = hook
        return cast(F, wrap(function, hook))

    return decorate


def trace_methods(cls: type, kinds: Mapping[str, str]) -> None:
    """Make hook points of the methods that `cls` itself defines: `{"build": "build", ...}`."""
    for name, kind in kinds.items():
        method = vars(cls).get(name)
        if isinstance(method, FunctionType) and not is_traced(method):
            setattr(cls, name, traced(kind)(method))


def is_traced(function: object) -> bool:
    """Whether a function is already a wrapper of ours."""
    return hasattr(function, "__densetrace_hook__")


def point_of(function: Callable[..., Any]) -> str:
    """The name of a hook point as Keras spells it: `keras.layers.core.dense.Dense.build`."""
    return f"{public_module(function.__module__)}.{function.__qualname__}"


def wrap(
    function: Callable[..., Any], hook: Hook, caller: Callable[[int], FrameType] = sys._getframe
) -> Callable[..., Any]:
    """`function`, reporting to the active recorder as `hook`.

    `caller(1)`, called in the wrapper, is the frame whose line caused the step.
    """
    factory = _factory(*_spell_out(function))
    wrapper: Any = factory(function, hook, active, caller)
    functools.update_wrapper(wrapper, function)
    if isinstance(function, FunctionType):
        wrapper.__defaults__ = function.__defaults__
        wrapper.__kwdefaults__ = function.__kwdefaults__
    wrapper.__signature__ = inspect.signature(function)
    wrapper.__densetrace_hook__ = hook
    return cast(Callable[..., Any], wrapper)


@functools.cache
def _factory(parameters: str, arguments: str, captured: str) -> Callable[..., Any]:
    """What makes wrappers with these parameters. Only code written out has a signature of its own,
    so the template is compiled, once for each signature, as `dataclasses` does for `__init__`."""
    namespace: dict[str, Any] = {}
    source = _WRAPPER.format(parameters=parameters, arguments=arguments, captured=captured)
    exec(compile(source, HOOK_FILE, "exec"), namespace)  # noqa: S102 - our own template, as above
    return cast(Callable[..., Any], namespace["factory"])


def _spell_out(function: Callable[..., Any]) -> tuple[str, str, str]:
    """The function's parameters as Python text: to declare, to pass on, and to capture by name."""
    code: CodeType | None = getattr(function, "__code__", None)
    if code is None:
        return "*args, **kwargs", "*args, **kwargs", "'args': args, 'kwargs': kwargs"
    names = code.co_varnames
    positional = names[: code.co_argcount]
    keyword = names[code.co_argcount : code.co_argcount + code.co_kwonlyargcount]
    rest = iter(names[code.co_argcount + code.co_kwonlyargcount :])
    star = next(rest) if code.co_flags & inspect.CO_VARARGS else None
    spread = next(rest) if code.co_flags & inspect.CO_VARKEYWORDS else None
    required = code.co_argcount - len(getattr(function, "__defaults__", None) or ())
    optional = getattr(function, "__kwdefaults__", None) or {}

    # Defaults are only marked here; the wrapper gets the function's own afterwards.
    declared = [name if i < required else f"{name}=None" for i, name in enumerate(positional)]
    if code.co_posonlyargcount:
        declared.insert(code.co_posonlyargcount, "/")
    passed = list(positional)
    if star or keyword:
        declared.append(f"*{star or ''}")
    if star:
        passed.append(f"*{star}")
    declared += [f"{name}=None" if name in optional else name for name in keyword]
    passed += [f"{name}={name}" for name in keyword]
    if spread:
        declared.append(f"**{spread}")
        passed.append(f"**{spread}")
    everything = [*positional, *keyword, *filter(None, (star, spread))]
    captured = ", ".join(f"{name!r}: {name}" for name in everything)
    return ", ".join(declared), ", ".join(passed), captured


def _spread(function: Callable[..., Any]) -> str | None:
    code: CodeType | None = getattr(function, "__code__", None)
    if code is None:
        return "kwargs"
    if not code.co_flags & inspect.CO_VARKEYWORDS:
        return None
    count = code.co_argcount + code.co_kwonlyargcount
    return code.co_varnames[count + bool(code.co_flags & inspect.CO_VARARGS)]
