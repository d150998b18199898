"""A trace as Chrome trace events, which Perfetto and chrome://tracing open: nested and timed.

A step is a begin event with its inputs and an end event with its result: the order of the events
gives the nesting, so rounding cannot break it. A trace records how long each step took with its
inner steps, but not when it began: the first inner step begins with its parent, each further one
where the previous one ended, and the parent's own time comes last. Where the inner steps of a trace
file claim more time than their parent, the parent is drawn longer.
"""

import json
from collections.abc import Iterator
from typing import Any, Final

from densetrace.data.steps import ABSENT, Step
from densetrace.data.trace import Trace
from densetrace.data.wording import in_full
from densetrace.kinds import label_of
from densetrace.kinds.label import error_text
from densetrace.kinds.spans import plain_text
from densetrace.render.phases import source_text
from densetrace.render.summary import stopped
from densetrace.system.escape import shortened, visible

LONGEST_NAME: Final = 120

_PROCESS: Final = 1
_THREAD: Final = 1


def chunks(trace: Trace) -> Iterator[str]:
    """The text of the file, one event per line."""
    other = {"source": source_text(trace) or "trace"}
    for key, value in trace.engine.items():
        other[visible(key)] = visible(value) if isinstance(value, str) else in_full(value)
    head = {"displayTimeUnit": "ns", "otherData": other}
    yield _encoded(head)[:-1] + ',"traceEvents":[\n'
    yield _encoded(_metadata("process_name", f"densetrace {other['source']}"))
    yield ",\n" + _encoded(_metadata("thread_name", "steps"))
    for event in events(trace):
        yield ",\n" + _encoded(event)
    yield from (",\n" + _encoded(event) for event in _stopped(trace))
    yield "\n]}\n"


def render_chrome(trace: Trace) -> str:
    """The file as one text."""
    return "".join(chunks(trace))


def events(trace: Trace) -> Iterator[dict[str, Any]]:
    """Begin and end events in order of time."""
    lengths = _lengths(trace)
    now = 0
    number = 0
    waiting: list[tuple[Step, int | None]] = [(step, None) for step in reversed(trace.steps)]
    while waiting:
        step, end = waiting.pop()
        if end is not None:
            now = end
            yield {"ph": "E", **_time(now), "args": _outputs(step)}
            continue
        number += 1
        yield {
            "ph": "B",
            "name": shortened(plain_text(label_of(step)), LONGEST_NAME),
            "cat": step.kind,
            **_time(now),
            "args": _inputs(step, number),
        }
        waiting.append((step, now + lengths[id(step)]))
        waiting.extend((child, None) for child in reversed(step.children))


def _stopped(trace: Trace) -> Iterator[dict[str, Any]]:
    """An instant event at the end of a stopped run: the cause and the place."""
    lines = [plain_text(spans) for spans in stopped(trace)]
    if lines:
        lengths = _lengths(trace)
        end = sum(lengths[id(step)] for step in trace.steps)
        name = shortened(lines[0], LONGEST_NAME)
        yield {
            "ph": "i",
            "s": "t",
            "name": name,
            **_time(end),
            "args": {"stopped": "\n".join(lines)},
        }


def _lengths(trace: Trace) -> dict[int, int]:
    """The drawn length of each step in nanoseconds, by `id(step)`: a file may repeat step ids."""
    lengths: dict[int, int] = {}
    for step in reversed(list(trace.walk())):  # inner steps before their parents
        inside = sum(lengths[id(child)] for child in step.children)
        lengths[id(step)] = max(step.ns, inside)
    return lengths


def _time(now: int) -> dict[str, Any]:
    """The fields that place an event; `ts` is in microseconds."""
    return {"ts": now / 1000, "pid": _PROCESS, "tid": _THREAD}


def _inputs(step: Step, number: int) -> dict[str, Any]:
    fields: dict[str, Any] = {"step": number, "point": visible(step.point)}
    if step.subject is not None:
        fields["subject"] = visible(step.subject)
    if step.where is not None:
        fields["where"] = visible(f"{step.where.file}:{step.where.line}")
        fields["line"] = visible(step.where.text)
    if step.inputs:
        fields["inputs"] = {visible(name): in_full(value) for name, value in step.inputs.items()}
    return fields


def _outputs(step: Step) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    if step.facts:
        fields["facts"] = {visible(name): in_full(value) for name, value in step.facts.items()}
    if step.result is not ABSENT:
        fields["result"] = in_full(step.result)
    if step.error is not None:
        fields["error"] = visible(error_text(step.error))
    return fields


def _metadata(kind: str, name: str) -> dict[str, Any]:
    return {"ph": "M", "name": kind, "pid": _PROCESS, "tid": _THREAD, "args": {"name": name}}


def _encoded(form: dict[str, Any]) -> str:
    return json.dumps(form, ensure_ascii=False)
