"""Makes a function report to the recorder by exchanging its code, and puts the code back.

The function object stays: whoever holds it (a class, a registry, a `from x import f`, a layer
made earlier) calls the hooked code, compares and inspects it as before, and keeps it afterwards.
What is called instead is a gate with the function's own parameters, which hands them to the
wrapper that our own stack's hooks have.
"""

import functools
import inspect
import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import CodeType, FrameType, FunctionType
from typing import Any, Final

from densetrace.recording.hooks import Hook
from densetrace.recording.wrapper import HOOK_FILE, wrap

_GATE: Final = """
def factory({free}):
    def gate({declared}):
        if 0: ({free})
        return {slot!r}({passed})
    return gate
"""
"""`free` are the names that the function closes over: its new code must close over as many."""

_SLOT: Final = "<the reporting function goes here>"
_SPELLED: Final = "<densetrace signature>"

_PASS_ON: Final = (
    "keras/src/utils/traceback_utils.py",
    "tensorflow/python/trackable/base.py",
    "tensorflow/python/util/dispatch.py",
    "tensorflow/python/util/traceback_utils.py",
    "densetrace/engines/autograph.py",
    _SPELLED,
    HOOK_FILE,
)
_AUTOGRAPH: Final = ("tensorflow/python/autograph/", "__autograph_generated_file")
"""Files of functions that only stand between a caller and what it calls: how their names end; and
what is part of the names of AutoGraph's files, and of those into which it writes rewritten code."""


@dataclass(frozen=True, slots=True)
class Exchanged:
    """A function whose code was exchanged: that code, a copy that still runs it, and the hook."""

    function: FunctionType
    code: CodeType
    plain: FunctionType
    hook: Hook


class Exchange:
    """Functions whose code is exchanged, until `undo`."""

    def __init__(self) -> None:
        self._exchanged: dict[int, Exchanged] = {}

    def __iter__(self) -> Iterator[Exchanged]:
        return iter(self._exchanged.values())

    def find(self, function: object) -> Exchanged | None:
        """What was done to a function, or None."""
        return self._exchanged.get(id(function))

    def hook(self, function: FunctionType, make: Callable[[FunctionType], Hook]) -> None:
        """Make `function` report as the hook that `make` makes of a copy of it; once is enough."""
        if id(function) in self._exchanged:
            return
        plain = _copy(function)
        hook = make(plain)
        gate = _gate(function, reporter(plain, hook))
        self._exchanged[id(function)] = Exchanged(function, function.__code__, plain, hook)
        function.__code__ = gate

    def undo(self) -> None:
        """Give every function its own code back."""
        while self._exchanged:
            _, exchanged = self._exchanged.popitem()
            exchanged.function.__code__ = exchanged.code


class OutsideHook(Hook):
    """A hook of a function that packages use for their own purposes: only what others call is a
    step. An operation that TensorFlow itself uses inside another one tells nobody anything."""

    __slots__ = ()

    INSIDE: Final = ("tensorflow", "keras.src.backend", "tf_keras.src.backend")

    def enter(self, arguments: dict[str, Any]) -> tuple[object, dict[str, object]] | None:
        """As of any hook; None for a call from inside."""
        frame = sys._getframe(1)
        while frame.f_code.co_filename != HOOK_FILE and frame.f_back is not None:
            frame = frame.f_back
        caller = _outward(_above(_above(frame))).f_globals.get("__name__", "")
        if any(caller == name or caller.startswith(f"{name}.") for name in self.INSIDE):
            return None
        return Hook.enter(self, arguments)


def reporter(
    function: Callable[..., Any], hook: Hook, caller: Callable[[int], FrameType] | None = None
) -> Callable[..., Any]:
    """`function` reporting as `hook`, with the arguments that the hooked function declares.

    What `allow_initializer_layout` made reports with the arguments of its own code: what it takes
    out of them is not in its signature. `caller` is as for `hooks.wrap`, by default that of a
    function behind a gate.
    """
    own = function is hook.function and not {"__wrapped__", "__signature__"} & set(vars(function))
    if not own and hook.kind != "layout":
        function = _with_signature(function, hook.function)
    return wrap(function, hook, caller or _caller_of_gate)


def caller_without_gate(depth: int) -> FrameType:
    """The frame that called a wrapper, beyond functions which only pass calls on."""
    return _outward(sys._getframe(depth + 1))


def _caller_of_gate(depth: int) -> FrameType:
    return _outward(_above(sys._getframe(depth + 1)))


def _outward(frame: FrameType) -> FrameType:
    """This frame, or the one that called it through functions which only pass calls on."""
    while _passes_on(frame.f_code.co_filename) and frame.f_back is not None:
        frame = frame.f_back
    return frame


def _above(frame: FrameType) -> FrameType:
    return frame.f_back or frame


@functools.cache
def _passes_on(file: str) -> bool:
    name = file.replace("\\", "/")
    return name.endswith(_PASS_ON) or any(part in name for part in _AUTOGRAPH)


def _bare_copy(function: FunctionType) -> FunctionType:
    """A function with the same code, whose signature is that of the code."""
    copy = FunctionType(
        function.__code__,
        function.__globals__,
        function.__name__,
        function.__defaults__,
        function.__closure__,
    )
    copy.__kwdefaults__ = function.__kwdefaults__
    copy.__qualname__ = function.__qualname__
    copy.__module__ = function.__module__
    return copy


def _copy(function: FunctionType) -> FunctionType:
    copy = _bare_copy(function)
    vars(copy).update(vars(function))
    return copy


def _with_signature(function: Callable[..., Any], model: Callable[..., Any]) -> FunctionType:
    """A function with the signature of `model` that passes all its arguments on to `function`."""
    signature = inspect.signature(model)
    declared, passed = _parameters(signature)
    namespace: dict[str, Any] = {"function": function}
    code = compile(f"def stated({declared}): return function({passed})", _SPELLED, "exec")
    exec(code, namespace)  # noqa: S102 - its text is names of a signature
    stated: FunctionType = namespace["stated"]
    given = [item for item in signature.parameters.values() if item.default is not item.empty]
    named = {item.name: item.default for item in given if item.kind == item.KEYWORD_ONLY}
    stated.__kwdefaults__ = named
    stated.__defaults__ = tuple(item.default for item in given if item.name not in named)
    functools.update_wrapper(stated, model, updated=())
    return stated


def _parameters(signature: inspect.Signature) -> tuple[str, str]:
    """A signature's parameters as text: to declare, without defaults, and to pass on."""
    declared: list[str] = []
    passed: list[str] = []
    kinds = [parameter.kind for parameter in signature.parameters.values()]
    for index, (name, parameter) in enumerate(signature.parameters.items()):
        match parameter.kind:
            case parameter.VAR_POSITIONAL:
                declared.append(f"*{name}")
                passed.append(f"*{name}")
            case parameter.VAR_KEYWORD:
                declared.append(f"**{name}")
                passed.append(f"**{name}")
            case parameter.KEYWORD_ONLY:
                if not {parameter.KEYWORD_ONLY, parameter.VAR_POSITIONAL} & set(kinds[:index]):
                    declared.append("*")
                declared.append(name)
                passed.append(f"{name}={name}")
            case _:
                declared.append(name)
                passed.append(name)
                last = kinds[index + 1 :][:1] != [parameter.POSITIONAL_ONLY]
                if parameter.kind == parameter.POSITIONAL_ONLY and last:
                    declared.append("/")
    return ", ".join(declared), ", ".join(passed)


def _gate(function: FunctionType, reporting: Callable[..., Any]) -> CodeType:
    """Code that takes `function`'s arguments and hands them to `reporting`; to everybody who looks
    at it (a person, AutoGraph, an inspecting framework) it stands where the function's own does."""
    own = function.__code__
    declared, passed = _parameters(inspect.signature(_bare_copy(function)))
    source = _GATE.format(
        free=", ".join(own.co_freevars), declared=declared, passed=passed, slot=_SLOT
    )
    namespace: dict[str, Any] = {}
    exec(_compiled(source), namespace)  # noqa: S102 - its text is names of a signature
    gate: CodeType = namespace["factory"](*own.co_freevars).__code__
    return gate.replace(
        co_consts=tuple(reporting if item == _SLOT else item for item in gate.co_consts),
        co_filename=own.co_filename,
        co_firstlineno=own.co_firstlineno,
        co_name=own.co_name,
        co_qualname=own.co_qualname,
    )


@functools.cache
def _compiled(source: str) -> CodeType:
    with warnings.catch_warnings():
        # The slot is a string until it is filled, and strings cannot be called.
        warnings.simplefilter("ignore", SyntaxWarning)
        return compile(source, "<densetrace gate>", "exec")
