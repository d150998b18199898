"""The recorder: what is being recorded in this context, and the stack of steps still open.

A step is written down raw while the traced code runs (its caller's line as code object and offset)
and resolved into a `Step` when somebody asks for it: the traced code pays as little as possible.
A fault in here never reaches the traced code; recording stops, with a warning.
"""

import sys
import threading
import warnings
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar, Token
from dataclasses import replace
from time import perf_counter_ns
from types import CodeType, FrameType
from typing import Any, Final, Protocol

from densetrace.errors import message_of
from densetrace.places import Places
from densetrace.snapshot import snapshot
from densetrace.trace import ABSENT, Absent, Error, Step
from densetrace.values import Instance, Text, Value

_ACTIVE: ContextVar["Recorder | None"] = ContextVar("densetrace_recorder", default=None)

active: Final = _ACTIVE.get
"""The recorder of this context, or None when nothing is recorded."""

MESSAGE_LIMIT: Final = 2000


class HookPoint(Protocol):
    """What the recorder needs to know of a hook (densetrace.hooks.Hook)."""

    @property
    def kind(self) -> str: ...
    @property
    def point(self) -> str: ...
    def enter(self, arguments: Mapping[str, Any]) -> tuple[object, dict[str, object]] | None: ...
    def leave(self, arguments: Mapping[str, Any], result: object) -> dict[str, object]: ...


class Identity:
    """One object met during a trace: its class, and what people call it once that is known."""

    __slots__ = ("label", "named", "owner")

    def __init__(self, owner: object, label: str) -> None:
        self.label = label
        self.named = False
        try:
            self.owner: Callable[[], object] = weakref.ref(owner)
        except TypeError:
            self.owner = lambda: owner


class OpenStep:
    """A step as it is written down while it runs, before it is resolved into a `Step`."""

    __slots__ = (
        "arguments", "children", "code", "depth", "error", "facts", "hook", "id", "identity",
        "inputs", "offset", "result", "start", "stop",
    )  # fmt: skip

    def __init__(self, hook: HookPoint, number: int, depth: int, frame: FrameType) -> None:
        self.hook = hook
        self.id = number
        self.depth = depth
        self.code: CodeType = frame.f_code
        self.offset = frame.f_lasti
        self.identity: Identity | None = None
        self.inputs: dict[str, Value] = {}
        self.facts: dict[str, Value] = {}
        self.result: Value | Absent = ABSENT
        self.error: Error | None = None
        self.children: list[OpenStep] = []
        self.arguments: Mapping[str, Any] = {}
        self.start = 0
        self.stop = 0


class Recorder:
    """Records the steps of one context: the thread and async task that started it.

    `on_step` is called with each `Step` as it closes, children first. `places` turns code offsets
    into lines.
    """

    def __init__(
        self, *, on_step: Callable[[Step, int], None] | None = None, places: Places | None = None
    ) -> None:
        self._on_step = on_step
        self._places = places or Places()
        self._owner = _current_owner()
        self._roots: list[OpenStep] = []
        self._stack: list[OpenStep] = []
        self._count = 0
        self._identities: dict[int, Identity] = {}
        self._labels: dict[str, int] = {}
        self.fault: str | None = None

    # -- called by hooks, inside the traced code; a fault of ours never gets out -------------------

    def run(
        self,
        hook: HookPoint,
        function: Callable[..., Any],
        captured: Mapping[str, Any],
        frame: FrameType,
        /,
        *args: Any,
        **kwargs: Any,
    ) -> Any:
        """Call a hooked function and record the call as a step, if it is one.

        Args:
            hook: the hook point.
            function: what to call with `args` and `kwargs`; what it raises passes through.
            captured: its arguments by name.
            frame: whose line caused the step.
        """
        step = self.open(hook, captured, frame)
        if step is None:
            return function(*args, **kwargs)
        try:
            result = function(*args, **kwargs)
        except BaseException as error:
            self.close(step, error=error)
            raise
        self.close(step, result)
        return result

    def open(
        self, hook: HookPoint, arguments: Mapping[str, Any], frame: FrameType
    ) -> OpenStep | None:
        """Begin a step, or return None when there is nothing to record. Never raises."""
        if self.fault is not None or self._owner != _current_owner():
            return None
        token = _ACTIVE.set(None)
        try:
            entry = hook.enter(arguments)
            if entry is None:
                return None
            subject, inputs = entry
            step = OpenStep(hook, self._count, len(self._stack), frame)
            step.arguments = arguments
            if subject is not None:
                step.identity = self._identify(subject)
            step.inputs = {name: snapshot(value, self.label) for name, value in inputs.items()}
            (self._stack[-1].children if self._stack else self._roots).append(step)
            self._stack.append(step)
            self._count += 1
            step.start = perf_counter_ns()
            return step
        except Exception as fault:
            self._stop(fault)
            return None
        finally:
            _ACTIVE.reset(token)

    def close(self, step: OpenStep, result: object = ABSENT, error: Any = None) -> None:
        """End a step with its result or with the exception it raised. Never raises."""
        stop = perf_counter_ns()
        token = _ACTIVE.set(None)
        try:
            step.stop = stop
            while self._stack and self._stack.pop() is not step:
                pass
            facts = step.hook.leave(step.arguments, result)
            step.facts = {name: snapshot(value, self.label) for name, value in facts.items()}
            if error is not None:
                step.error = Error(type(error).__name__, _message(error))
            else:
                step.result = snapshot(result, self.label)
                if step.hook.kind == "new":  # only now is there an object to be about
                    step.identity = self._identify(result)
            step.arguments = {}
            if self._on_step is not None and self.fault is None:
                self._on_step(self._resolve(step), step.depth)
        except Exception as fault:
            self._stop(fault)
        finally:
            _ACTIVE.reset(token)

    def _stop(self, fault: Exception) -> None:
        """Give up recording: what was recorded so far stays, the traced code goes on untouched."""
        self.fault = f"{type(fault).__name__}: {_message(fault)}"
        # Where warnings are errors this one would break the traced code, so it is dropped there.
        with suppress(RuntimeWarning):
            warnings.warn(
                f"densetrace stopped recording: {self.fault}", RuntimeWarning, stacklevel=3
            )

    # -- names ------------------------------------------------------------------------------------

    def label(self, value: object) -> str:
        """What `value` is called in this trace: a layer by its name, others by class and count."""
        return self._identify(value).label

    def _identify(self, value: object) -> Identity:
        identity = self._identities.get(id(value))
        if identity is None or identity.owner() is not value:
            identity = Identity(value, self._numbered(type(value).__name__ + "#", first=1))
            self._identities[id(value)] = identity
        if not identity.named and hasattr(type(value), "add_weight"):
            name = vars(value).get("_name")
            if type(name) is str:
                identity.label = self._unique(name)
                identity.named = True
        return identity

    def _unique(self, name: str) -> str:
        """`name`, or `name (2)` when another object of this trace is already called that."""
        count = self._labels[name] = self._labels.get(name, 0) + 1
        return name if count == 1 else f"{name} ({count})"

    def _numbered(self, stem: str, first: int) -> str:
        count = self._labels[stem] = self._labels.get(stem, first - 1) + 1
        return f"{stem}{count}"

    # -- reading what was recorded ----------------------------------------------------------------

    def steps(self) -> tuple[Step, ...]:
        """The outermost steps recorded so far, resolved. Steps still open show no result yet."""
        return tuple(self._resolve(step) for step in self._roots)

    def __len__(self) -> int:
        return self._count

    def _resolve(self, root: OpenStep) -> Step:
        # Not recursive: a step may be nested deeper than Python's stack.
        order = [root]
        for step in order:
            order.extend(step.children)
        resolved: dict[int, Step] = {}
        for step in reversed(order):
            resolved[step.id] = Step(
                id=step.id,
                kind=step.hook.kind,
                point=step.hook.point,
                subject=step.identity.label if step.identity else None,
                inputs=step.inputs,
                facts=step.facts,
                result=_renamed(step),
                error=step.error,
                where=self._places.resolve(step.code, step.offset),
                ns=max(0, step.stop - step.start),
                children=tuple(resolved.pop(child.id) for child in step.children),
            )
        return resolved[root.id]


def _renamed(step: OpenStep) -> Value | Absent:
    """The result; the object that `__new__` returned gets the name it was given afterwards."""
    if step.hook.kind == "new" and step.identity and isinstance(step.result, Instance):
        return replace(step.result, label=step.identity.label)
    return step.result


def _message(error: BaseException) -> str:
    kept = snapshot(message_of(error)[:MESSAGE_LIMIT], str)
    return kept.start if isinstance(kept, Text) else str(kept)


def _current_owner() -> tuple[int, object]:
    """The thread, and the async task in it, that is running now."""
    asyncio = sys.modules.get("asyncio")
    if asyncio is None:
        return threading.get_ident(), None
    try:
        return threading.get_ident(), asyncio.current_task()
    except RuntimeError:  # no event loop runs in this thread
        return threading.get_ident(), None


@contextmanager
def recording(recorder: Recorder) -> Iterator[Recorder]:
    """Make `recorder` the active one of this context for the length of a `with` block."""
    token: Token[Recorder | None] = _ACTIVE.set(recorder)
    try:
        yield recorder
    finally:
        _ACTIVE.reset(token)
