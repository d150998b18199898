"""The wrapper around a hooked function: compiled once for each parameter layout.

It has the function's own signature: so calling it costs little when nothing is recorded, a
framework can inspect it, and wrong arguments fail exactly as without it.
"""

import functools
import inspect
import sys
from collections.abc import Callable, Mapping
from types import CodeType, FrameType, FunctionType
from typing import Any, Final, NamedTuple, cast

from densetrace.recording.recorder import active, live, note_other_thread
from densetrace.recording.tracebacks import HOOK_FILE, filter_traceback

_WRAPPER: Final = """
def factory(_dt_function, _dt_hook, _dt_live, _dt_active, _dt_frame, _dt_elsewhere, _dt_filter):
    def wrapper({declared}):
        try:
            if not _dt_live or {no_step}:
                return _dt_function({passed})
            _dt_recorder = _dt_active()
            if _dt_recorder is None:
                _dt_elsewhere()
                return _dt_function({passed})
            _dt_arguments = {{{captured}}}
            try:
                _dt_step = _dt_recorder.open(_dt_hook, _dt_arguments, _dt_frame(1))
            except Exception:
                _dt_step = None
                _dt_recorder.too_deep += 1
            if _dt_step is None:
                return _dt_function({passed})
            try:
                _dt_result = _dt_function({passed})
            except BaseException as _dt_error:
                try:
                    _dt_recorder.close(_dt_step, _dt_arguments, error=_dt_error)
                except Exception:
                    _dt_recorder.too_deep += 1
                raise
            try:
                _dt_recorder.close(_dt_step, _dt_arguments, _dt_result)
            except Exception:
                _dt_recorder.too_deep += 1
            return _dt_result
        except Exception as _dt_error:
            try:
                __tracebackhide__ = _dt_filter(_dt_error)
            except Exception:
                pass
            raise
    return wrapper
"""
"""There is no other frame between the wrapper and the function, so a deep recursion fails at the
same depth whether it is recorded or not. Where Python's stack has no room for the recorder, only
that step is not recorded; where it has none for the filter, the traceback stays whole. `try` costs
nothing until an exception passes. pytest shows no frame with `__tracebackhide__`, IPython only as
the last."""


def wrap(
    function: Callable[..., Any],
    hook: object,
    caller: Callable[[int], FrameType] = sys._getframe,
    runner: Callable[..., Any] | None = None,
    no_step: str = "False",
) -> Callable[..., Any]:
    """`function`, reporting to the active recorder as `hook`.

    `caller(1)`, called in the wrapper, is the frame whose line caused the step. A call runs
    `runner`, where one is given, with the arguments of `function`. A call adds no step if
    `no_step`, a condition on its arguments `{0}`, `{1}`, ..., is true.
    """
    layout, names = parameters(function)
    run = runner or function
    wrapper: Any = _factory(layout, no_step)(
        run, hook, live, active, caller, note_other_thread, filter_traceback
    )
    wrapper.__code__ = _renamed(wrapper.__code__, names, function)
    functools.update_wrapper(wrapper, function)
    if isinstance(function, FunctionType):
        wrapper.__defaults__ = function.__defaults__
        wrapper.__kwdefaults__ = function.__kwdefaults__
    if getattr(function, "__code__", None) is None:
        wrapper.__signature__ = inspect.signature(function)
    wrapper.__densetrace_hook__ = hook
    return cast(Callable[..., Any], wrapper)


class Layout(NamedTuple):
    """A parameter layout: how many parameters there are of each kind."""

    positional: int
    only_positional: int
    keyword: int
    star: bool
    spread: bool


def parameters(function: Callable[..., Any]) -> tuple[Layout, dict[str, str]]:
    """A function's parameter layout, and its parameter names by their names in the template."""
    code: CodeType | None = getattr(function, "__code__", None)
    if code is None:
        return Layout(0, 0, 0, True, True), {"_dt_star": "args", "_dt_spread": "kwargs"}
    layout = Layout(
        code.co_argcount,
        code.co_posonlyargcount,
        code.co_kwonlyargcount,
        bool(code.co_flags & inspect.CO_VARARGS),
        bool(code.co_flags & inspect.CO_VARKEYWORDS),
    )
    positional, keyword, rest = _placeholders(layout)
    return layout, dict(zip((*positional, *keyword, *rest), code.co_varnames, strict=False))


def _placeholders(layout: Layout) -> tuple[list[str], list[str], list[str]]:
    """The names of a template's parameters, in the order of its code object."""
    positional = [f"_dt_p{index}" for index in range(layout.positional)]
    keyword = [f"_dt_k{index}" for index in range(layout.keyword)]
    rest = ["_dt_star"] * layout.star + ["_dt_spread"] * layout.spread
    return positional, keyword, rest


@functools.cache
def _factory(layout: Layout, no_step: str) -> Callable[..., FunctionType]:
    """The wrapper factory for this parameter layout.

    Only compiled source has a signature of its own, so the template is compiled, as `dataclasses`
    does for `__init__`: once for each layout and condition, with names that each wrapper replaces.
    """
    positional, keyword, rest = _placeholders(layout)
    declared, passed = list(positional), list(positional)
    if layout.only_positional:
        declared.insert(layout.only_positional, "/")
    if layout.star or keyword:
        declared.append("*_dt_star" if layout.star else "*")
    if layout.star:
        passed.append("*_dt_star")
    declared += keyword
    passed += [f"{name}={name}" for name in keyword]
    if layout.spread:
        declared.append("**_dt_spread")
        passed.append("**_dt_spread")
    source = _WRAPPER.format(
        declared=", ".join(declared),
        passed=", ".join(passed),
        no_step=no_step.format(*positional),
        captured=", ".join(f"{name!r}: {name}" for name in (*positional, *keyword, *rest)),
    )
    namespace: dict[str, Any] = {}
    exec(compile(source, HOOK_FILE, "exec"), namespace)  # noqa: S102 - our own template, as above
    return cast(Callable[..., FunctionType], namespace["factory"])


def _renamed(code: CodeType, names: Mapping[str, str], function: Callable[..., Any]) -> CodeType:
    """A template's code with its parameters renamed by `names`, also as keywords and dict keys,
    and with the names of `function`, which a traceback shows."""

    def renamed(constant: Any) -> Any:
        if isinstance(constant, tuple):
            return tuple(map(renamed, constant))
        return names.get(constant, constant) if isinstance(constant, str) else constant

    return code.replace(
        co_name=getattr(function, "__name__", code.co_name),
        co_qualname=getattr(function, "__qualname__", code.co_qualname),
        co_varnames=tuple(names.get(name, name) for name in code.co_varnames),
        co_consts=tuple(map(renamed, code.co_consts)),
    )
