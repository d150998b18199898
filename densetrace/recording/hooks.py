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
from typing import Any, Final, NamedTuple, TypeVar, cast

from densetrace.recording import observers
from densetrace.recording.introspect import public_module
from densetrace.recording.recorder import UNTOLD, active, live

F = TypeVar("F", bound=Callable[..., Any])

HOOK_FILE: Final = "<densetrace hook>"
"""The file name that wrappers show in a traceback."""

_WRAPPER: Final = """
def factory(_dt_function, _dt_hook, _dt_live, _dt_active, _dt_frame, _dt_untold):
    def wrapper({declared}):
        if not _dt_live:
            return _dt_function({passed})
        _dt_recorder = _dt_active()
        if _dt_recorder is None:
            return _dt_function({passed})
        _dt_arguments = {{{captured}}}
        try:
            _dt_step = _dt_recorder.open(_dt_hook, _dt_arguments, _dt_frame(1))
        except Exception:
            _dt_step, _dt_recorder.fault = None, _dt_untold
        if _dt_step is None:
            return _dt_function({passed})
        try:
            _dt_result = _dt_function({passed})
        except BaseException as _dt_error:
            try:
                _dt_recorder.close(_dt_step, _dt_arguments, error=_dt_error)
            except Exception:
                _dt_recorder.fault = _dt_untold
            raise
        try:
            _dt_recorder.close(_dt_step, _dt_arguments, _dt_result)
        except Exception:
            _dt_recorder.fault = _dt_untold
        return _dt_result
    return wrapper
"""
"""Between the caller and the function stands no other frame, so that a deep recursion ends where it
ends when nothing is recorded; and where Python's stack has no room for the recorder, only the
recording ends."""


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
        """Whom the step is about and what went in; None when this call is not worth a step."""
        return observers.ENTER[self.kind](self, arguments)

    def leave(self, arguments: dict[str, Any], result: object) -> dict[str, object]:
        """What the hook point found out, by name; `result` is ABSENT when it raised."""
        observer = observers.LEAVE.get(self.kind)
        return observer(self, arguments, result) if observer else {}


REGISTRY: Final[dict[tuple[str, str], Hook]] = {}
"""Every hook point of the mirrored stack, by kind and point."""


def traced(kind: str, *, point: str | None = None) -> Callable[[F], F]:
    """Make a function a hook point whose calls become steps of this kind.

    Args:
        kind: one of `densetrace.data.trace.KINDS`.
        point: its name as Keras spells it; derived from module and qualified name if not given.
    """

    def decorate(function: F) -> F:
        _, names = _parameters(function)
        hook = Hook(kind, point or point_of(function), function, names.get("_dt_spread"))
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
    counts, names = _parameters(function)
    wrapper: Any = _factory(counts)(function, hook, live, active, caller, UNTOLD)
    wrapper.__code__ = _renamed(wrapper.__code__, names)
    functools.update_wrapper(wrapper, function)
    if isinstance(function, FunctionType):
        wrapper.__defaults__ = function.__defaults__
        wrapper.__kwdefaults__ = function.__kwdefaults__
    wrapper.__signature__ = inspect.signature(function)
    wrapper.__densetrace_hook__ = hook
    return cast(Callable[..., Any], wrapper)


class _Counts(NamedTuple):
    """How many parameters there are of each kind: all a wrapper's text depends on."""

    positional: int
    only_positional: int
    keyword: int
    star: bool
    spread: bool


def _parameters(function: Callable[..., Any]) -> tuple[_Counts, dict[str, str]]:
    """A function's parameters: their counts, and what each is called, by its name in a template."""
    code: CodeType | None = getattr(function, "__code__", None)
    if code is None:
        return _Counts(0, 0, 0, True, True), {"_dt_star": "args", "_dt_spread": "kwargs"}
    counts = _Counts(
        code.co_argcount,
        code.co_posonlyargcount,
        code.co_kwonlyargcount,
        bool(code.co_flags & inspect.CO_VARARGS),
        bool(code.co_flags & inspect.CO_VARKEYWORDS),
    )
    positional, keyword, rest = _placeholders(counts)
    return counts, dict(zip((*positional, *keyword, *rest), code.co_varnames, strict=False))


def _placeholders(counts: _Counts) -> tuple[list[str], list[str], list[str]]:
    """The names of a template's parameters, in the order in which code keeps them."""
    positional = [f"_dt_p{index}" for index in range(counts.positional)]
    keyword = [f"_dt_k{index}" for index in range(counts.keyword)]
    rest = ["_dt_star"] * counts.star + ["_dt_spread"] * counts.spread
    return positional, keyword, rest


@functools.cache
def _factory(counts: _Counts) -> Callable[..., FunctionType]:
    """What makes wrappers for so many parameters. Only code written out has a signature of its own,
    so the template is compiled, as `dataclasses` does for `__init__`; once for each count, with
    names that each wrapper replaces by its function's."""
    positional, keyword, rest = _placeholders(counts)
    declared, passed = list(positional), list(positional)
    if counts.only_positional:
        declared.insert(counts.only_positional, "/")
    if counts.star or keyword:
        declared.append("*_dt_star" if counts.star else "*")
    if counts.star:
        passed.append("*_dt_star")
    declared += keyword
    passed += [f"{name}={name}" for name in keyword]
    if counts.spread:
        declared.append("**_dt_spread")
        passed.append("**_dt_spread")
    source = _WRAPPER.format(
        declared=", ".join(declared),
        passed=", ".join(passed),
        captured=", ".join(f"{name!r}: {name}" for name in (*positional, *keyword, *rest)),
    )
    namespace: dict[str, Any] = {}
    exec(compile(source, HOOK_FILE, "exec"), namespace)  # noqa: S102 - our own template, as above
    return cast(Callable[..., FunctionType], namespace["factory"])


def _renamed(code: CodeType, names: Mapping[str, str]) -> CodeType:
    """A template's code with the parameters called as in `names`, also where they are keywords of a
    call or keys of a dict."""

    def renamed(constant: Any) -> Any:
        if isinstance(constant, tuple):
            return tuple(map(renamed, constant))
        return names.get(constant, constant) if isinstance(constant, str) else constant

    return code.replace(
        co_varnames=tuple(names.get(name, name) for name in code.co_varnames),
        co_consts=tuple(map(renamed, code.co_consts)),
    )
