"""Hooks a function by exchanging its code object, and restores the code afterwards.

The function object stays the same: every reference to it (in a class, a registry, a
`from x import f`, a layer created earlier) calls the hooked code, and identity and signature do not
change. The new code is a gate with the function's own parameters, which calls the same wrapper that
the hooks of our own stack have.
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
from densetrace.recording.tracebacks import HOOK_FILE
from densetrace.recording.wrapper import wrap

_GATE: Final = """
def factory({free}):
    def gate({declared}):
        if 0: ({free})
        return {slot!r}({passed})
    return gate
"""
"""`free` are the free variables of the function: its new code must have as many."""

_SLOT: Final = "<the reporting function goes here>"
_SPELLED: Final = "<densetrace signature>"

_PASS_ON: Final = (
    "keras/src/utils/traceback_utils.py",
    "tensorflow/python/ops/weak_tensor_ops.py",
    "tensorflow/python/trackable/base.py",
    "tensorflow/python/util/dispatch.py",
    "tensorflow/python/util/traceback_utils.py",
    "densetrace/engines/keras2/autograph.py",
    _SPELLED,
    HOOK_FILE,
)
_AUTOGRAPH: Final = ("tensorflow/python/autograph/", "__autograph_generated_file")
"""Files of functions that only pass a call on, skipped when a caller is looked for: the ends of
their names; and parts of the names of AutoGraph's files and of its generated code."""


@dataclass(frozen=True, slots=True)
class Exchanged:
    """A function whose code was exchanged: its original code, a copy that runs it, and the hook."""

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
        """The record of an exchanged function, or None."""
        return self._exchanged.get(id(function))

    def hook(
        self,
        function: FunctionType,
        make: Callable[[FunctionType], Hook],
        caller: Callable[[int], FrameType] | None = None,
    ) -> None:
        """Hook `function`, unless it is hooked: `make` returns the hook, given a copy of it.
        `caller` is as for `reporter`."""
        if id(function) in self._exchanged:
            return
        plain = _copy(function)
        hook = make(plain)
        gate = _gate(function, reporter(plain, hook, caller))
        self._exchanged[id(function)] = Exchanged(function, function.__code__, plain, hook)
        function.__code__ = gate

    def undo(self) -> None:
        """Restore the code of every function."""
        while self._exchanged:
            _, exchanged = self._exchanged.popitem()
            exchanged.function.__code__ = exchanged.code


OPERATORS: Final = ("matmul_wrapper",)
"""Functions of TensorFlow that an operator of Python, `@`, calls."""


class OutsideHook(Hook):
    """A hook of a function that its own package also calls: only calls from outside are steps. An
    operation that TensorFlow uses inside another one would explain nothing.

    Such a function often is a wrapper, which takes `*args, **kwargs`. It gets them as they were
    passed, without defaults: on symbolic tensors, they become the arguments of a layer.
    """

    __slots__ = ()

    INSIDE: tuple[str, ...] = ("tensorflow", "keras.src.backend", "tf_keras.src.backend")

    def enter(self, arguments: dict[str, Any]) -> tuple[object, dict[str, object]] | None:
        """As `Hook.enter`; None for a call from inside the package, or with wrong arguments."""
        if not _by_name(self.function, arguments):
            return None
        frame = caller_of(sys._getframe(1))
        caller = frame.f_globals.get("__name__", "")
        if frame.f_code.co_name not in OPERATORS and any(
            caller == name or caller.startswith(f"{name}.") for name in self.INSIDE
        ):
            return None
        return Hook.enter(self, arguments)


def _by_name(function: Callable[..., Any], arguments: dict[str, Any]) -> bool:
    """Replace the `*args, **kwargs` of a wrapper by arguments with the names in its signature;
    return False if they do not fit."""
    signature = _signature(function)
    if signature.parameters.keys() != arguments.keys():
        args, kwargs = arguments.values()
        try:
            bound = signature.bind(*args, **kwargs)
        except TypeError:
            return False
        bound.apply_defaults()
        arguments.clear()
        arguments.update(bound.arguments)
    return True


_signature = functools.lru_cache(maxsize=256)(inspect.signature)


def reporter(
    function: Callable[..., Any], hook: Hook, caller: Callable[[int], FrameType] | None = None
) -> Callable[..., Any]:
    """`function` reporting as `hook`, with the arguments that the hooked function declares.

    The wrapper of `allow_initializer_layout` reports the arguments of its own code, since its
    signature lacks the ones it removes. `caller` is as for `hooks.wrap`; by default it finds the
    caller of a gate.
    """
    own = function is hook.function and not {"__wrapped__", "__signature__"} & set(vars(function))
    passes_on_what_is_passed = isinstance(hook, OutsideHook) and function is hook.function
    if not own and hook.kind != "layout" and not passes_on_what_is_passed:
        function = _with_signature(function, hook.function)
    return wrap(function, hook, caller or _caller_of_gate)


def caller_of(frame: FrameType) -> FrameType:
    """The frame that called the hooked function, given a frame inside the hook."""
    while frame.f_code.co_filename != HOOK_FILE and frame.f_back is not None:
        frame = frame.f_back
    return _outward(_above(_above(frame)))


def caller_without_gate(depth: int) -> FrameType:
    """The frame that called a wrapper, without functions that only pass calls on."""
    return _outward(sys._getframe(depth + 1))


def _caller_of_gate(depth: int) -> FrameType:
    return _outward(_above(sys._getframe(depth + 1)))


def caller_of_alias(depth: int) -> FrameType:
    """As the default: the caller, but beyond a property that only has another name."""
    frame = _caller_of_gate(depth + 1)
    while frame.f_code.co_name in ALIASES and frame.f_back is not None:
        frame = _outward(frame.f_back)
    return frame


ALIASES: Final = ("non_trainable_variables", "trainable_variables", "variables")
"""Properties of a layer that return those of its weights."""


def _outward(frame: FrameType) -> FrameType:
    """The nearest frame, from this one outward, that does not only pass calls on."""
    while passes_on(frame.f_code.co_filename) and frame.f_back is not None:
        frame = frame.f_back
    return frame


def _above(frame: FrameType) -> FrameType:
    return frame.f_back or frame


@functools.cache
def passes_on(file: str) -> bool:
    """Whether the functions of a file only pass calls on."""
    name = file.replace("\\", "/")
    return name.endswith(_PASS_ON) or any(part in name for part in _AUTOGRAPH)


def _bare_copy(function: FunctionType) -> FunctionType:
    """A function with the same code, and the signature of that code."""
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
