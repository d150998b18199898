"""The recorder: what is being recorded in this context, and the stack of steps still open.

A step is written down raw while the traced code runs (its caller's line as code object and offset)
and resolved into a `Step` when somebody asks for it: the traced code pays as little as possible.
A fault in here never reaches the traced code; recording stops, with a warning.
"""

import sys
import warnings
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import replace
from threading import get_ident
from time import perf_counter_ns
from types import CodeType, FrameType
from typing import Any, Final, Protocol

from densetrace.data.steps import ABSENT, Absent, Error, Step
from densetrace.data.values import Instance, Value
from densetrace.recording.introspect import attributes_of, facts_of
from densetrace.recording.snapshot import Taken, finished, message_of, name_text, take
from densetrace.recording.source_lines import Places
from densetrace.system import gc_tuning
from densetrace.system.errors import shown

_ACTIVE: ContextVar["Recorder | None"] = ContextVar("densetrace_recorder", default=None)

active: Final = _ACTIVE.get
"""The recorder of this context, or None when nothing is recorded."""

live: Final[set[int]] = set()
"""The recorders that record, in whatever context, by identity: while there is none, a hook need not
ask for the one of its own."""

UNTOLD: Final = "a fault that cannot be told"
"""What went wrong when there is no room left to say what: Python's stack is used up."""


class HookPoint(Protocol):
    """What the recorder needs to know of a hook (densetrace.recording.hooks.Hook)."""

    @property
    def kind(self) -> str: ...
    @property
    def point(self) -> str: ...
    def enter(self, arguments: dict[str, Any]) -> tuple[object, dict[str, object]] | None: ...
    def leave(self, arguments: dict[str, Any], result: object) -> dict[str, object]: ...


class Identity:
    """One object met during a trace, and what people call it: by its class, until it is named."""

    __slots__ = ("label", "named", "owner")

    def __init__(self, owner: Callable[[], object], label: str, named: bool) -> None:
        self.owner = owner
        self.label = label
        self.named = named


class OpenStep:
    """A step as it is written down while it runs, before it is resolved into a `Step`.

    `ns` is minus the time of its beginning until it is closed.
    """

    __slots__ = (
        "children", "code", "error", "facts", "hook", "id", "identity", "inputs", "ns", "offset",
        "result",
    )  # fmt: skip

    def __init__(
        self,
        hook: HookPoint,
        number: int,
        frame: FrameType,
        identity: Identity | None,
        inputs: dict[str, Taken],
    ) -> None:
        self.hook = hook
        self.id = number
        self.code: CodeType = frame.f_code
        self.offset = frame.f_lasti
        self.identity = identity
        self.inputs = inputs
        self.facts: dict[str, Taken] | None = None
        self.result: Taken | Absent = ABSENT
        self.error: Error | None = None
        self.children: list[OpenStep] | None = None
        self.ns = 0


class Recorder:
    """Records the steps of one context: the thread and async task that started it.

    `on_step` is called with each `Step` as it closes, children first. `places` turns code offsets
    into lines. After `max_steps` steps the others are only counted, in `left_out`; None is no
    limit. `fault` says what of ours went wrong, if anything did.
    """

    def __init__(
        self,
        *,
        on_step: Callable[[Step, int], None] | None = None,
        places: Places | None = None,
        max_steps: int | None = None,
    ) -> None:
        self._on_step = on_step
        self._places = places or Places()
        self._most = sys.maxsize if max_steps is None else max_steps
        self._thread = get_ident()
        self._task = _current_task()
        self._deaf = False
        self._roots: list[OpenStep] = []
        self._stack: list[OpenStep] = []
        self._count = 0
        self._identities: dict[int, Identity] = {}
        self._labels: dict[str, int] = {}
        self.outer: Recorder | None = None
        self.over = False
        self.left_out = 0
        self.fault: str | None = None

    # -- called by hooks, inside the traced code; a fault of ours never gets out -------------------

    def open(self, hook: HookPoint, arguments: dict[str, Any], frame: FrameType) -> OpenStep | None:
        """Begin a step; None when there is nothing to record. It raises only an interrupt.

        Args:
            hook: the hook point.
            arguments: the arguments of the hooked function, by name.
            frame: whose line caused the step.
        """
        # What is looked at may call hooked functions in its turn; those calls are nobody's steps.
        if self._deaf or self.fault is not None or get_ident() != self._thread:
            return None
        step = None
        self._deaf = True
        try:
            # Without asyncio there are no tasks, and no reason to ask at every step.
            if "asyncio" in sys.modules and _current_task() is not self._task:
                return None
            entry = hook.enter(arguments)
            if entry is None:
                return None
            if self._count >= self._most:
                self.left_out += 1
                return None
            subject, inputs = entry
            identity = None if subject is None else self._identify(subject)
            step = OpenStep(hook, self._count, frame, identity, self._take(inputs))
            self._siblings().append(step)
            self._stack.append(step)
            self._count += 1
            step.ns = -perf_counter_ns()
            return step
        except BaseException as fault:
            if step is not None:
                self._take_back(step)
            if not isinstance(fault, Exception):
                raise
            self._stop(fault)
            return None
        finally:
            self._deaf = self.over

    def close(
        self,
        step: OpenStep,
        arguments: dict[str, Any],
        result: object = ABSENT,
        error: BaseException | None = None,
    ) -> None:
        """End a step with its result, or with the exception that the function raised. It raises
        only an interrupt."""
        step.ns += perf_counter_ns()
        if self._deaf:
            return
        self._deaf = True
        try:
            while self._stack and self._stack.pop() is not step:
                pass
            facts = step.hook.leave(arguments, result)
            if facts:
                step.facts = self._take(facts)
            if error is not None:
                step.error = Error(facts_of(type(error)).name, message_of(error))
            else:
                step.result = take(result, self.label)
                if step.hook.kind == "new":  # only now is there an object to be about
                    step.identity = self._identify(result)
            if self._on_step is not None and self.fault is None:
                self._on_step(self._resolve(step), len(self._stack))
        except Exception as fault:
            self._stop(fault)
        finally:
            self._deaf = self.over

    def _siblings(self) -> list[OpenStep]:
        """Where the next step belongs: among the children of the innermost open one."""
        if not self._stack:
            return self._roots
        parent = self._stack[-1]
        if parent.children is None:
            parent.children = []
        return parent.children

    def _take_back(self, step: OpenStep) -> None:
        """Leave no trace of a step whose opening was cut short."""
        self._count = step.id
        if self._stack[-1:] == [step]:
            self._stack.pop()
        siblings = self._siblings()
        if siblings[-1:] == [step]:
            siblings.pop()

    def _take(self, values: dict[str, object]) -> dict[str, Taken]:
        label = self.label
        return {
            name: None if value is None else take(value, label) for name, value in values.items()
        }

    def _stop(self, fault: Exception) -> None:
        """Give up recording: what was recorded so far stays, the traced code goes on untouched."""
        if self.fault is not None:
            return
        self.fault = UNTOLD
        # Where warnings are errors this one would break the traced code, and where Python's stack
        # is used up nothing can be told: then recording stops in silence.
        with suppress(Exception):
            self.fault = f"{facts_of(type(fault)).name}: {message_of(fault)}"
            warnings.warn(
                f"densetrace stopped recording: {shown(self.fault, 300)}",
                RuntimeWarning,
                stacklevel=3,
            )

    # -- names ------------------------------------------------------------------------------------

    def label(self, value: object) -> str:
        """What `value` is called in this trace: a layer by its name, others by class and count.

        An object that cannot be referred to without being kept alive has its class's name alone:
        nobody could tell it from another that takes its place in memory.
        """
        identity = self._identify(value)
        return facts_of(type(value)).name if identity is None else identity.label

    def _identify(self, value: object) -> Identity | None:
        identity = self._identities.get(id(value))
        if identity is None or identity.owner() is not value:
            try:
                owner = weakref.ref(value)
            except TypeError:
                return None
            facts = facts_of(type(value))
            label = self._numbered(facts.name + "#")
            # Only a layer has a name, which it is given in the middle of its life.
            identity = Identity(owner, label, named=not facts.is_layer)
            self._identities[id(value)] = identity
        if not identity.named:
            name = attributes_of(value).get("_name")
            if type(name) is str:
                identity.label = self._unique(name_text(name))
                identity.named = True
        return identity

    def _unique(self, name: str) -> str:
        """`name`, or `name (2)` when another object of this trace is already called that."""
        count = self._labels[name] = self._labels.get(name, 0) + 1
        return name if count == 1 else f"{name} ({count})"

    def _numbered(self, stem: str) -> str:
        count = self._labels[stem] = self._labels.get(stem, 0) + 1
        return f"{stem}{count}"

    # -- reading what was recorded ----------------------------------------------------------------

    def steps(self) -> tuple[Step, ...]:
        """The outermost steps recorded so far, resolved. Steps still open show no result yet."""
        with gc_tuning.paused():
            return tuple([self._resolve(step) for step in self._roots])

    def end(self) -> None:
        """Record no more, whoever may still call."""
        self.over = self._deaf = True
        live.discard(id(self))
        with suppress(Exception):  # Python reads sources by means that a person can change
            codes = {id(step.code): step.code for root in self._roots for step in _within(root)}
            for code in codes.values():
                self._places.read(code)

    def __len__(self) -> int:
        return self._count

    def _resolve(self, root: OpenStep) -> Step:
        resolve = self._places.resolve
        resolved: dict[int, Step] = {}
        for step in reversed(_within(root)):
            children = step.children
            resolved[step.id] = Step(
                step.id,
                step.hook.kind,
                step.hook.point,
                None if step.identity is None else step.identity.label,
                _finished(step.inputs),
                _finished(step.facts or {}),
                _result(step),
                step.error,
                resolve(step.code, step.offset),
                max(0, step.ns),
                tuple([resolved.pop(child.id) for child in children]) if children else (),
            )
        return resolved[root.id]


def _within(root: OpenStep) -> list[OpenStep]:
    """A step and all below it, each before its children. Not recursive: a step may be nested deeper
    than Python's stack."""
    order = [root]
    for step in order:
        if step.children is not None:
            order.extend(step.children)
    return order


def _finished(taken: dict[str, Taken]) -> dict[str, Value]:
    """What was taken for a step as values, in the same dict."""
    for name, value in taken.items():
        if type(value) is tuple:
            taken[name] = finished(value)
    return taken  # type: ignore[return-value] # all are values now


def _result(step: OpenStep) -> Value | Absent:
    """The result; the object that `__new__` returned by the name that it was given afterwards."""
    if step.result is ABSENT:
        return ABSENT
    result = finished(step.result)
    if step.hook.kind == "new" and step.identity is not None and isinstance(result, Instance):
        return replace(result, label=step.identity.label)
    return result


def _current_task() -> object:
    """The async task that is running now in this thread, or None."""
    asyncio = sys.modules.get("asyncio")
    # Without a running loop, `current_task` would raise: too dear to be asked at every step.
    if asyncio is None or asyncio.events._get_running_loop() is None:
        return None
    return asyncio.current_task()


@contextmanager
def recording(recorder: Recorder) -> Iterator[Recorder]:
    """Make `recorder` the active one of this context for the length of a `with` block.

    A block may end in another context than it began in (a generator that is collected elsewhere),
    or before one that began inside it: what is over records no more, wherever it is still active.
    """
    recorder.outer = active()
    _ACTIVE.set(recorder)
    live.add(id(recorder))
    try:
        yield recorder
    finally:
        recorder.end()
        still = active()
        while still is not None and still.over:
            still = still.outer
        _ACTIVE.set(still)
