"""Where a trace divides: what a person did, one act a phase.

An expression is constructed, object by object, and then called. A script, or Python that was being
traced, divides by its own lines: each stands over the steps it caused.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from densetrace.data.steps import Step
from densetrace.data.trace import Trace
from densetrace.data.values import Items, Value
from densetrace.data.wording import shape_text
from densetrace.data.wording import short as told
from densetrace.kinds import KINDS
from densetrace.kinds.construction import class_made
from densetrace.kinds.label import subject
from densetrace.kinds.spans import Part, Parts
from densetrace.render.lines import Line
from densetrace.system.escape import shortened, visible

_FRAMEWORKS: Final = ("densetrace/", "keras/", "tf_keras/")

LONGEST_SOURCE: Final = 300

_LINE_BREAK: Final = re.compile(r"[\r\n]+")


@dataclass(frozen=True, slots=True)
class Phase:
    """Some outermost steps, and the heading over them. `aside` is said beside the heading."""

    number: str
    title: Parts
    steps: tuple[Step, ...] = ()
    inner: tuple[Line, ...] = ()
    aside: str = ""


def one_line(text: str) -> str:
    """Source text on one line: its line breaks, with the indentation after them, become spaces."""
    # Split first: a pattern with blanks on both sides of the break takes quadratic time on blanks.
    return " ".join(filter(None, map(str.strip, _LINE_BREAK.split(text))))


def source_text(trace: Trace) -> str:
    """What a person handed over, on one line."""
    text = trace.source.get("text", "what ran in Python")
    whole = one_line(text if isinstance(text, str) else told(text))
    return visible(shortened(whole, LONGEST_SOURCE))


def phases(trace: Trace) -> Iterator[Phase]:
    """The phases of a trace, in order."""
    if trace.source.get("kind") == "expression":
        yield from _acts(trace)
    else:
        yield from _script_lines(trace)


# -- by line of a script --------------------------------------------------------------------------


def _script_lines(trace: Trace) -> Iterator[Phase]:
    script = trace.source.get("kind") == "script"
    for (file, line, text), grouped in groupby(trace.steps, _place):
        steps = tuple(grouped)
        title = one_line(text)
        if title.endswith((",", "(", "[", "{", "\\")):
            title += " ..."  # the statement goes on in lines that are not recorded
        number = f"line {line}" if script else f"{file}, line {line}"
        if file.startswith(_FRAMEWORKS):
            number, title = "", KINDS[steps[0].kind].act_of_keras or "inside Keras"
        elif not line:
            number, title = "", "from a line that is not known"
        yield Phase(number, (Part(title, "heading"),), steps)


def _place(step: Step) -> tuple[str, int, str]:
    where = step.where
    return (where.file, where.line, where.text) if where else ("", 0, "")


def metrics(steps: Iterable[Step]) -> set[str | None]:
    """The metrics that are made in these steps, by name: they are layers too, but not what people
    mean by one."""
    return {
        step.subject
        for step in steps
        if step.kind == "init" and f".{step.point}".endswith(".Metric.__init__")
    }


# -- by act ---------------------------------------------------------------------------------------


def _acts(trace: Trace) -> Iterator[Phase]:
    named = list(_acted(trace.steps))
    several = len({about for (act, about), _ in named if act == "construct"}) > 1
    for number, ((act, about), pairs) in enumerate(groupby(named, lambda pair: pair[0]), start=1):
        steps = tuple(step for _, step in pairs)
        title, aside = act, ""
        if act == "call":
            given: Value = next(iter(steps[0].inputs.values()), None)
            title = f"first call: {about}(x), x = {told(given)}"
        elif act != "construct" or several:
            title = f"{act} {about}"
        if act in ("call", "build"):
            aside = _assumption(trace)
        yield Phase(str(number), (Part(title, "heading"),), steps, aside=aside)


def _acted(steps: tuple[Step, ...]) -> Iterator[tuple[tuple[str, str], Step]]:
    """Each step, with the act it belongs to: what is done, and to whom. A step that is no act of
    its own belongs to the one before."""
    act = ("construct", "")
    for position, step in enumerate(steps):
        about = subject(step)
        kind = KINDS[step.kind]
        if step.kind == "new":
            # An object has no name before its `__init__`, which Python runs next.
            maker = steps[position + 1] if position + 1 < len(steps) else None
            about = subject(maker) if maker and _constructs(maker) else class_made(step)
        if kind.act is not None:
            act = (kind.act, about)
        yield act, step


def _constructs(step: Step) -> bool:
    return KINDS[step.kind].act == "construct"


def _assumption(trace: Trace) -> str:
    """The input shape that the sample was made of, and whether it was assumed."""
    shape = trace.source.get("input_shape")
    if not isinstance(shape, Items) or shape.items[:1] != (None,):
        return ""  # the batch itself was given, and its shape is told already
    assumed = " was assumed" if trace.source.get("assumed") is True else ""
    return f"(input shape {shape_text(shape)}{assumed})"
