"""The phases of a trace: one per action of the person.

An expression has a construction phase per object, then the first call. A script, or traced Python
code, has a phase for each of its lines that caused steps.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from densetrace.data.numbers import array_text
from densetrace.data.steps import Step, Where
from densetrace.data.trace import Trace
from densetrace.data.values import Items, Mapping, Tensor, Value, counted
from densetrace.data.wording import joined, plain, shape_text, short
from densetrace.kinds import KINDS
from densetrace.kinds.calling import passed
from densetrace.kinds.construction import class_made
from densetrace.kinds.functions import FRAMEWORKS
from densetrace.kinds.label import subject
from densetrace.kinds.optimizing import tensors_in
from densetrace.kinds.spans import Span, Spans
from densetrace.render.lines import Line
from densetrace.system.escape import shortened, visible

LONGEST_SOURCE: Final = 300
LONGEST_TITLE: Final = 120
"""Characters of a title with the numbers of inputs."""

_LINE_BREAK: Final = re.compile(r"[\r\n]+")


@dataclass(frozen=True, slots=True)
class Phase:
    """Consecutive outermost steps under a heading. `aside` goes beside the heading. `about` are the
    steps that a phase of the user level sums up, `where` is the line that a phase is named after.
    `longer` is the title with the numbers of your own small inputs, for where there is room.
    """

    number: str
    title: Spans
    steps: tuple[Step, ...] = ()
    inner: tuple[Line, ...] = ()
    aside: str = ""
    about: tuple[Step, ...] = ()
    where: Where | None = None
    longer: Spans = ()


def one_line(text: str) -> str:
    """Source text on one line: its line breaks, with the indentation after them, become spaces."""
    # Split first: a pattern with blanks on both sides of the break takes quadratic time on blanks.
    return " ".join(filter(None, map(str.strip, _LINE_BREAK.split(text))))


def source_text(trace: Trace) -> str:
    """The expression or the file name that was traced, on one line."""
    text = trace.source.get("text", "Python code")
    whole = one_line(text if isinstance(text, str) else short(text))
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
    for (file, line, text), grouped in groupby(trace.steps, _source_line):
        steps = tuple(grouped)
        title = one_line(text)
        if title.endswith((",", "(", "[", "{", "\\")):
            title += " ..."  # the statement goes on in lines that are not recorded
        number = f"line {line}" if script else f"{file}, line {line}"
        if file in FRAMEWORKS:
            number = ""
        elif not line:
            number, title = "", "from an unknown line"
        where = steps[0].where if number else None
        yield Phase(number, (Span(title, "heading"),), steps, where=where)


def _source_line(step: Step) -> tuple[str, int, str]:
    """The line that caused a step; what Keras does, where it is a line of Keras, so that several
    such lines have one heading."""
    where = step.where
    if where is None:
        return "", 0, ""
    if where.file.startswith(FRAMEWORKS):
        return FRAMEWORKS[0], 0, "inside Keras"
    return where.file, where.line, where.text


def metrics(steps: Iterable[Step]) -> set[str | None]:
    """The names of the metrics created in these steps: Keras implements them as layers, but a
    person does not count them as layers."""
    return {
        step.subject
        for step in steps
        if step.kind == "init" and f".{step.point}".endswith(".Metric.__init__")
    }


# -- by action ------------------------------------------------------------------------------------


def _acts(trace: Trace) -> Iterator[Phase]:
    named = list(_with_acts(trace.steps))
    several = len({about for (act, about), _ in named if act == "construct"}) > 1
    for number, ((act, about), pairs) in enumerate(groupby(named, lambda pair: pair[0]), start=1):
        steps = tuple(step for _, step in pairs)
        title, aside = act, ""
        longer: Spans = ()
        if act == "call":
            inputs = passed(steps[0])
            title = _call(about, inputs, short)
            if trace.source.get("given") is True:
                longer = _longer(title, _call(about, inputs, _with_numbers))
        elif act != "construct" or several:
            title = f"{act} {about}"
        if act in ("call", "build"):
            aside = _assumption(trace, _examples(steps[0]))
        elif act == "compile":
            aside = _around(trace, about, named)
        elif act == "fit":
            title, aside = f"one step of training: {about}", _training(trace)
        yield Phase(str(number), (Span(title, "heading"),), steps, aside=aside, longer=longer)


def _around(trace: Trace, model: str, named: list[tuple[tuple[str, str], Step]]) -> str:
    """Where the model that is compiled comes from, if it was not in the expression."""
    called = next((about for (act, about), _ in named if act == "call"), model)
    if "fit" not in trace.source or called == model:
        return ""
    return f"(densetrace puts {called} into a Sequential model to train it)"


def _call(about: str, inputs: dict[str, Value], write: Callable[[Value], str]) -> str:
    """The title of the first call."""
    given = ", ".join(f"{name} = {write(value)}" for name, value in inputs.items())
    return f"first call: {about}({', '.join(inputs)}), {given}"


def _with_numbers(value: Value) -> str:
    numbers = array_text(value) if isinstance(value, Tensor) and value.shape else ""
    return f"{short(value)} = {numbers}" if numbers else short(value)


def _longer(title: str, longer: str) -> Spans:
    """The title with numbers, unless it has none or too many."""
    return (Span(longer, "heading"),) if len(title) < len(longer) <= LONGEST_TITLE else ()


def _with_acts(steps: tuple[Step, ...]) -> Iterator[tuple[tuple[str, str], Step]]:
    """Each step with its act: the action and its object. A step without an act of its own belongs
    to the act before it."""
    act = ("construct", "")
    for position, step in enumerate(steps):
        about = subject(step)
        kind = KINDS[step.kind]
        if step.kind == "new":
            # An object has no name before its `__init__`, which Python runs next.
            init = steps[position + 1] if position + 1 < len(steps) else None
            about = subject(init) if init and _constructs(init) else class_made(step)
        if kind.act is not None:
            act = (kind.act, about)
        yield act, step


def _constructs(step: Step) -> bool:
    return KINDS[step.kind].act == "construct"


def _examples(step: Step) -> int | None:
    """How many examples a call gets; None for a symbolic call and for `build`."""
    if KINDS[step.kind].act != "call":
        return None
    tensors = (tensor for value in passed(step).values() for tensor in tensors_in(value))
    return next((tensor.shape[0] for tensor in tensors if tensor.shape), None)


def _assumption(trace: Trace, examples: int | None) -> str:
    """The shapes of the inputs and the number of examples, and whether they were assumed."""
    shapes = input_shapes(trace)
    if not any(shape.items[:1] == (None,) for shape in shapes):
        return ""  # the batch was given, and the title shows its shape
    assumed = "assumed: " if trace.source.get("assumed") is True else ""
    batch = "" if examples is None else f", {counted(examples, 'example')}"
    if len(shapes) == 1:
        name = "shape" if assumed and batch else "input shape"
        return f"({assumed}{name} {shape_text(shapes[0])}{batch})"
    if len(set(shapes)) == 1:
        return f"({assumed}{len(shapes)} inputs of shape {shape_text(shapes[0])}{batch})"
    return f"({assumed}inputs of shapes {joined(map(shape_text, shapes))}{batch})"


def input_shapes(trace: Trace) -> list[Items]:
    """The shape of each input that the object of an expression was built for or called on."""
    shape = trace.source.get("input_shape")
    if not isinstance(shape, Items):
        return []
    several = [one for one in shape.items if isinstance(one, Items)]
    return several or [shape]


def _training(trace: Trace) -> str:
    """How the object of an expression was trained, with what was assumed."""
    fit = trace.source.get("fit")
    if not isinstance(fit, Mapping):
        return ""
    targets, loss, optimizer = (fit.get(name) for name in ("targets", "loss", "optimizer"))
    return (
        f"(assumed: random targets {short(targets)}, loss {plain(loss)}, optimizer "
        f"{plain(optimizer)}, eager mode)"
    )
