"""The recorder of a context, and its stack of open steps.

While the traced code runs, a step is kept raw (its caller's line as code object and offset); it is
resolved into a `Step` on demand, to slow the traced code down as little as possible. A fault of the
recorder never reaches the traced code: recording stops, with a warning. Where Python's stack has no
room for a step, only that step is not recorded.
"""

import sys
import warnings
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
from densetrace.recording.arrays import Whole, has_numbers, is_tensor_class, measured, read_symbolic
from densetrace.recording.introspect import facts_of, is_symbolic, leaves
from densetrace.recording.labels import Identity, Labels
from densetrace.recording.snapshot import Taken, finished, message_of, take, take_each
from densetrace.recording.source_lines import SourceLines
from densetrace.recording.spans import BATCHES, BOUNDS, OPENED, PASS, Spans
from densetrace.system import gc_tuning
from densetrace.system.errors import shown

_ACTIVE: ContextVar["Recorder | None"] = ContextVar("densetrace_recorder", default=None)

active: Final = _ACTIVE.get
"""The recorder of this context, or None when nothing is recorded."""

live: Final[set[int]] = set()
"""Ids of the running recorders of all contexts; while it is empty, hooks return at once."""

MOST_RESULTS: Final = 20_000
"""A recorder knows for this many tensors which step computed them."""

OWNERS: Final = frozenset(
    ("call", "loss_call", "loss", "regularize", "losses_call", "update_state", "train_step")
)
"""The kinds of methods to which an operation belongs, for its backward operation."""
_running: Final[dict[int, "Recorder"]] = {}
"""The recorders with the ids in `live`."""

FAULT_WITHOUT_TEXT: Final = "calls are nested too deeply to be recorded"
"""Fault text when the stack is exhausted."""


class HookPoint(Protocol):
    """The part of a hook that the recorder reads (densetrace.recording.hooks.Hook)."""

    @property
    def kind(self) -> str: ...
    @property
    def point(self) -> str: ...
    def enter(self, arguments: dict[str, Any]) -> tuple[object, dict[str, object]] | None: ...
    def leave(self, arguments: dict[str, Any], result: object) -> dict[str, object]: ...


_WATCHED: Final = BOUNDS | {"read"}
"""The kinds of which not each call opens a step."""

_READ_APART: Final = frozenset(("update_state", "add_weight", "gradient"))
"""The kinds whose results are read in their own way."""


class OpenStep:
    """A step while it runs, before it is resolved into a `Step`.

    Until the step is closed, `ns` is minus its start time.
    """

    __slots__ = (
        "children", "code", "error", "facts", "hook", "id", "identity", "inputs", "ns", "offset",
        "result",
    )  # fmt: skip

    hook: HookPoint
    id: int
    code: CodeType
    offset: int
    identity: Identity | None
    inputs: dict[str, Taken]
    facts: dict[str, Taken] | None
    result: Taken | Absent
    error: Error | None
    children: "list[OpenStep] | None"
    ns: int


class Recorder:
    """Records the steps of one context: the thread and async task that started it.

    `on_step` is called with each `Step` as it closes, children first. `lines` resolves code offsets
    into source lines. After `max_steps` steps the others are only counted, in `left_out`; None is
    no limit. Of each run of a training, `batches` batches are recorded in full; None is all.
    `is_light` while nothing is recorded inside a batch. `too_deep` counts the calls that Python's
    stack had no room to record, and `other_threads` tells whether hooked functions ran in other
    threads. `fault` is the text of a fault of densetrace itself, or None.
    """

    def __init__(
        self,
        *,
        on_step: Callable[[Step, int], None] | None = None,
        lines: SourceLines | None = None,
        max_steps: int | None = None,
        batches: int | None = BATCHES,
    ) -> None:
        self._on_step = on_step
        self._lines = lines or SourceLines()
        self._most = sys.maxsize if max_steps is None else max_steps
        self._thread = get_ident()
        self._task = _current_task()
        self._ignores_calls = False
        self._roots: list[OpenStep] = []
        self._stack: list[OpenStep] = []
        self._codes: dict[int, CodeType] = {}
        self._count = 0
        labels = Labels()
        self.label = labels.of
        self._identify = labels.identify
        self.is_light = False
        self._results: dict[int, tuple[OpenStep, OpenStep | None]] = {}
        self.spans = Spans(self, sys.maxsize if batches is None else batches)
        self.outer: Recorder | None = None
        self.over = False
        self.left_out = 0
        self.too_deep = 0
        self.other_threads = False
        self.fault: str | None = None

    # -- called by hooks, inside the traced code; no fault may reach it ----------------------------

    def open(self, hook: HookPoint, arguments: dict[str, Any], frame: FrameType) -> OpenStep | None:
        """Begin a step; None when there is nothing to record. Raises only interrupts.

        Args:
            hook: the hook point.
            arguments: the arguments of the hooked function, by name.
            frame: the frame whose line caused the step.
        """
        # Reading the arguments may call hooked functions; those calls are not steps.
        if self._ignores_calls or self.fault is not None:
            return None
        kind = hook.kind
        if self.is_light and kind not in PASS:
            return None
        if get_ident() != self._thread:
            self.other_threads = True
            return None
        step = None
        self._ignores_calls = True
        try:
            # Without asyncio there are no tasks to compare.
            if "asyncio" in sys.modules and _current_task() is not self._task:
                return None
            if kind in _WATCHED and not self._is_opening(hook, arguments, frame):
                return None
            entry = hook.enter(arguments)
            if entry is None:
                return None
            if self._count >= self._most:
                self.left_out += 1
                return None
            subject, inputs = entry
            identity = None if subject is None else self._identify(subject)
            within = None
            if self._stack:
                siblings = self._stack[-1].children
                if siblings is None:
                    siblings = self._stack[-1].children = []
                taken = take_each(inputs, self.label)
            else:
                siblings = self._roots
                large = _with_statistics(inputs) if kind == "invoke" else {}
                taken = take_each(inputs, self.label) | large
                frame, within = self._lines.outward(frame)
            # Filled here: calling an `__init__` would cost more than all of this.
            step = OpenStep()
            step.hook = hook
            step.id = self._count
            step.code = code = frame.f_code
            self._codes[id(code)] = code
            step.offset = frame.f_lasti
            step.identity = identity
            step.inputs = taken
            step.facts = None if within is None else {"within": within}
            step.error = step.children = None
            step.result = ABSENT
            siblings.append(step)
            self._stack.append(step)
            self._count += 1
            if kind in OPENED:
                self.spans.opened(step, arguments, frame)
            step.ns = -perf_counter_ns()
            return step
        except BaseException as fault:
            if step is not None:
                self._remove(step)
            if not isinstance(fault, Exception):
                raise
            if isinstance(fault, RecursionError):
                self.too_deep += 1
            else:
                self.stop(fault)
            return None
        finally:
            self._ignores_calls = self.over

    def _is_opening(self, hook: HookPoint, arguments: dict[str, Any], frame: FrameType) -> bool:
        """Whether a call that spans count, or a read of an attribute, opens a step."""
        if hook.kind == "read":  # Keras reads them all the time
            return self._lines.is_users(frame.f_code)
        return self.spans.opening(hook, arguments, frame)

    def close(
        self,
        step: OpenStep,
        arguments: dict[str, Any],
        result: object = ABSENT,
        error: BaseException | None = None,
    ) -> None:
        """End a step with its result, or with the exception that the function raised. Raises only
        interrupts."""
        step.ns += perf_counter_ns()
        if self._ignores_calls:
            return
        self._ignores_calls = True
        try:
            kind = step.hook.kind
            self._close_inside(step, error)
            facts = step.hook.leave(arguments, result)
            if facts:
                taken = take_each(facts, self.label)
                step.facts = taken if step.facts is None else step.facts | taken
            if error is not None:
                step.error = _error(error)
            elif result is None:
                step.result = None
            else:
                step.result = self._taken(kind, arguments, result)
                if kind == "op":
                    self._computed(step, result)
                elif kind == "new":  # the object exists only now
                    step.identity = self._identify(result)
            if kind in BOUNDS:
                self.spans.closed(step, arguments, error)
            if self._on_step is not None and self.fault is None:
                self._on_step(self._resolve(step), len(self._stack))
        except RecursionError:
            self.too_deep += 1
        except Exception as fault:
            self.stop(fault)
        finally:
            self._ignores_calls = self.over

    def _taken(self, kind: str, arguments: dict[str, Any], result: object) -> Taken:
        """The result of a step. The state that a graph will update has no new numbers yet."""
        if kind in _READ_APART:
            if kind == "update_state" and is_tensor_class(type(result)):
                given = leaves([*arguments.values()])
                if any(is_symbolic(type(one)) for one in given):
                    return read_symbolic(result)
            if kind == "add_weight" and is_tensor_class(type(result)):
                taken = take(Whole(result), self.label)
                return taken if type(taken) is tuple else take(result, self.label)
            if kind == "gradient" and type(result) is list:
                return take([_with_grid(one) for one in result], self.label)
        return measured(result) or take(result, self.label)

    def _close_inside(self, step: OpenStep, error: BaseException | None) -> None:
        """Remove a step from the stack, and close the spans that are still open inside it."""
        while self._stack:
            inner = self._stack.pop()
            if inner is step:
                return
            if inner.ns < 0:
                inner.ns += perf_counter_ns()
                if error is not None:
                    inner.error = _error(error)

    def _computed(self, step: OpenStep, result: object) -> None:
        """Remember which operation computed a tensor, and which method it belongs to."""
        if len(self._results) >= MOST_RESULTS:
            self._results.clear()
        around = next((one for one in reversed(self._stack) if one.hook.kind in OWNERS), None)
        for tensor in result if type(result) is list else (result,):
            self._results[id(tensor)] = step, around

    def computed_by(self, tensor: object) -> dict[str, object]:
        """The number of the step that computed a tensor, which the caller must keep alive, and
        the kind and the object of the method around it; empty where it was not recorded."""
        found = self._results.get(id(tensor))
        if found is None:
            return {}
        step, around = found
        facts: dict[str, object] = {"answers": step.id}
        if around is not None:
            facts["inside"] = around.hook.kind
            facts["object"] = None if around.identity is None else around.identity.label
        return facts

    def forget_results(self) -> None:
        """Forget which operations computed which tensors: their batch has ended."""
        self._results.clear()

    # -- called by spans --------------------------------------------------------------------------

    def push(
        self, hook: HookPoint, inputs: dict[str, object], frame: FrameType, subject: object
    ) -> OpenStep | None:
        """Open the step of a span; None after too many steps."""
        if self._count >= self._most:
            self.left_out += 1
            return None
        step = OpenStep()
        step.hook = hook
        step.id = self._count
        step.code, step.offset = frame.f_code, frame.f_lasti
        self._codes[id(step.code)] = step.code
        step.inputs = take_each(inputs, self.label)
        step.identity = None if subject is None else self._identify(subject)
        step.facts = step.error = step.children = None
        step.result = ABSENT
        self.siblings().append(step)
        self._stack.append(step)
        self._count += 1
        step.ns = -perf_counter_ns()
        return step

    def reopen(self, step: OpenStep) -> None:
        """Open a span again that is the last of its siblings; its time goes on."""
        self._stack.append(step)
        step.ns -= perf_counter_ns()

    def finish(self, step: OpenStep, result: Taken | Absent) -> None:
        """Close the step of a span."""
        if step not in self._stack:
            return
        step.ns += perf_counter_ns()
        self._close_inside(step, None)
        step.result = result
        if self._on_step is not None and self.fault is None:
            self._on_step(self._resolve(step), len(self._stack))

    def add_facts(self, step: OpenStep, facts: dict[str, object]) -> None:
        """Add facts to a step that has closed."""
        step.facts = (step.facts or {}) | take_each(facts, self.label)

    def drop(self, step: OpenStep) -> None:
        """Remove a closed step without steps inside, if it is the last of all."""
        siblings = self.siblings()
        if siblings[-1:] == [step] and step.id == self._count - 1:
            siblings.pop()
            self._count = step.id

    @contextmanager
    def ignoring(self) -> Iterator[None]:
        """Make no steps in a `with` block."""
        before, self._ignores_calls = self._ignores_calls, True
        try:
            yield
        finally:
            self._ignores_calls = before or self.over

    @property
    def innermost(self) -> HookPoint | None:
        """The hook point of the innermost open step; None outside any step."""
        return self._stack[-1].hook if self._stack else None

    @property
    def has_room(self) -> bool:
        """Whether another step would be recorded, not only counted."""
        return self._count < self._most

    def is_inside(self, kind: str) -> bool:
        """Whether a step of this kind is open."""
        return any(step.hook.kind == kind for step in self._stack)

    def siblings(self) -> list[OpenStep]:
        """The list for the next step: the children of the innermost open step."""
        if not self._stack:
            return self._roots
        parent = self._stack[-1]
        if parent.children is None:
            parent.children = []
        return parent.children

    def _remove(self, step: OpenStep) -> None:
        """Remove a step whose opening was cut short."""
        self._count = step.id
        if self._stack[-1:] == [step]:
            self._stack.pop()
        siblings = self.siblings()
        if siblings[-1:] == [step]:
            siblings.pop()

    def stop(self, fault: Exception) -> None:
        """Stop recording after a fault: the steps so far are kept, the traced code goes on."""
        if self.fault is not None:
            return
        self.fault = FAULT_WITHOUT_TEXT
        # Where warnings are errors, this one would break the traced code; where Python's stack is
        # exhausted, it cannot be built. Then recording stops without a warning.
        with suppress(Exception):
            self.fault = f"{facts_of(type(fault)).name}: {message_of(fault)}"
            warnings.warn(
                f"densetrace stopped recording: {shown(self.fault, 300)}",
                RuntimeWarning,
                stacklevel=3,
            )

    # -- reading what was recorded ----------------------------------------------------------------

    def steps(self) -> tuple[Step, ...]:
        """The outermost steps recorded so far, resolved. Steps still open show no result yet."""
        with gc_tuning.paused():
            return tuple([self._resolve(step) for step in self._roots])

    def end(self) -> None:
        """Stop recording; later calls are ignored."""
        self.over = self._ignores_calls = True
        live.discard(id(self))
        _running.pop(id(self), None)
        with suppress(Exception):  # a user's code may replace the loaders of sources
            for code in self._codes.values():
                self._lines.read(code)

    def __len__(self) -> int:
        return self._count

    def _resolve(self, root: OpenStep) -> Step:
        resolve = self._lines.resolve
        resolved: dict[int, Step] = {}
        for step in reversed(_within(root)):
            children = step.children
            resolved[step.id] = Step(
                step.id,
                step.hook.kind,
                _point(step),
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


def _point(step: OpenStep) -> str:
    """The hook point of a step. One hook serves the functions for training, testing and predicting:
    the method that made the function is the point of its calls."""
    point = step.hook.point
    if step.hook.kind == "train_function":
        name = step.inputs.get("function")
        if isinstance(name, str):
            return f"{point.rpartition('.')[0]}.make_{name}"
    return point


def _with_grid(value: object) -> object:
    """A gradient, as it is recorded with its grid."""
    return Whole(value) if has_numbers(value) else value


def _with_statistics(inputs: dict[str, object]) -> dict[str, Taken]:
    """The large tensors among the inputs, with their statistics."""
    read = {name: measured(value) for name, value in inputs.items()}
    return {name: taken for name, taken in read.items() if taken is not None}


def _error(error: BaseException) -> Error:
    return Error(facts_of(type(error)).name, message_of(error))


def _within(root: OpenStep) -> list[OpenStep]:
    """A step and all steps inside it, parents first. Not recursive: steps may nest deeper than
    Python's stack."""
    order = [root]
    for step in order:
        if step.children is not None:
            order.extend(step.children)
    return order


def _finished(taken: dict[str, Taken]) -> dict[str, Value]:
    """Build the values of a step, in the same dict."""
    for name, value in taken.items():
        if type(value) is tuple:
            taken[name] = finished(value)
    return taken  # type: ignore[return-value] # all are values now


def _result(step: OpenStep) -> Value | Absent:
    """The result; of `__new__`, with the name that the object got afterwards."""
    if step.result is ABSENT:
        return ABSENT
    result = finished(step.result)
    if step.hook.kind == "new" and step.identity is not None and isinstance(result, Instance):
        return replace(result, label=step.identity.label)
    return result


def _current_task() -> object:
    """The async task that is running now in this thread, or None."""
    asyncio = sys.modules.get("asyncio")
    # Without a running loop, `current_task` would raise, which is too slow for every step.
    if asyncio is None or asyncio.events._get_running_loop() is None:
        return None
    return asyncio.current_task()


def note_other_thread() -> None:
    """Note a call of a hooked function outside of the context of any recorder."""
    thread = get_ident()
    for recorder in tuple(_running.values()):
        if recorder._thread != thread:
            recorder.other_threads = True


@contextmanager
def paused() -> Iterator[None]:
    """Record nothing in a `with` block."""
    recorder = active()
    if recorder is None:
        yield
        return
    with recorder.ignoring():
        yield


@contextmanager
def recording(recorder: Recorder) -> Iterator[Recorder]:
    """Make `recorder` the active one of this context for the length of a `with` block.

    A block may end in another context than it began in (a generator that is collected elsewhere),
    or before a block inside it: an ended recorder records nothing, wherever it is still active.
    """
    recorder.outer = active()
    _ACTIVE.set(recorder)
    live.add(id(recorder))
    _running[id(recorder)] = recorder
    try:
        yield recorder
    finally:
        recorder.end()
        still = active()
        while still is not None and still.over:
            still = still.outer
        _ACTIVE.set(still)
