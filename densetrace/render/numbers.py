"""The numbers of a tensor beside its shape: `f32[1,2] = [[0.42, -1.3]]`, where there is room."""

from collections.abc import Iterator
from typing import Final

from densetrace.data.numbers import Bounds, number_texts, statistics_of
from densetrace.data.steps import Step
from densetrace.data.values import Tensor, Value
from densetrace.data.wording import outcome
from densetrace.kinds.spans import NEXT_STATEMENT, Span, Spans, plain_text
from densetrace.render.layout import size_of
from densetrace.render.lines import Line

LEAST_ROOM: Final = 28
"""The room from which on a line shows a range: the widest range fits into it. So the room decides
whether a line has one, and not its random numbers."""


def numbers(value: Value, bounds: Bounds | None = None) -> Iterator[Spans]:
    """What may follow the shape of a tensor, the longest first."""
    if isinstance(value, Tensor):
        for text in number_texts(value, bounds):
            shown = f" = {text}" if text.startswith("[") else f"  ({text})"
            yield (Span(shown, "numbers"),)


def fitting(value: Value, room: int, bounds: Bounds | None = None) -> Spans:
    """The numbers of a tensor in at most `room` cells; nothing where none fit, or where a range
    would not always fit."""
    shown = list(numbers(value, bounds))
    if room < LEAST_ROOM and _is_random(value):
        return ()
    return next((spans for spans in shown if size_of(spans) <= room), ())


def width_of(line: Line) -> int:
    """The cells to keep free for the numbers of the result of a line; 0 if it has none."""
    found = result_of(line)
    if found is None:
        return 0
    widths = list(map(size_of, numbers(found[1])))
    return LEAST_ROOM if widths and _is_random(found[1]) else min(widths, default=0)


def _is_random(value: Value) -> bool:
    """Whether a tensor has numbers of any length: fractions that are not all the same."""
    found = statistics_of(value) if isinstance(value, Tensor) else ()
    return len(found) == 3 and isinstance(found[0], float) and found[0] != found[2]


def _brief(value: Value, room: int) -> Spans:
    """The range and the mean of a tensor, which do not begin with a sign, if they fit."""
    if room < LEAST_ROOM and _is_random(value):
        return ()
    fit = (spans for spans in numbers(value) if size_of(spans) <= room)
    return next((spans for spans in fit if not spans[0].text.startswith(" =")), ())


def with_numbers(line: Line, room: int) -> Spans:
    """The spans of a line, with the numbers of its result where all fits into `room` cells.

    Of a call inside another one, the line of the operation that computed the result has them.
    """
    if line.value is not None:
        room -= size_of(line.spans)
        ends_with_it = line.spans[-1].role == "result"
        return *line.spans, *(fitting if ends_with_it else _brief)(line.value, room)
    found = result_of(line)
    if found is None:
        return line.spans
    at, value = found
    step = line.steps[0]
    if step.kind == "call" and any(child.result == value for child in line.below):
        return line.spans
    shown = fitting(value, room - size_of(line.spans), _bounds(step, value))
    return *line.spans[:at], *shown, *line.spans[at:]


_DRAWN_WITHIN: Final = 4
"""The levels of steps from a weight to the operation that draws its numbers, at most."""


def _bounds(step: Step, value: Tensor) -> Bounds | None:
    """What the numbers of the result of a step were drawn between: the limit of the initializer
    that returned them, or the bounds of the random operation inside it."""
    one: Step | None = step
    for _ in range(_DRAWN_WITHIN):
        if one is None:
            break
        low, high = one.inputs.get("minval"), one.inputs.get("maxval")
        limit = one.facts.get("limit")
        if isinstance(limit, float):
            return -limit, limit
        if isinstance(low, int | float) and isinstance(high, int | float):
            return low, high
        one = next((child for child in one.children if child.result == value), None)
    return None


def result_of(line: Line) -> tuple[int, Tensor] | None:
    """The tensor that a line shows as the result of a step, and the index after its span: where the
    line ends, or where its next statement begins."""
    for step in line.steps:
        if isinstance(step.result, Tensor):
            shown = plain_text((Span(outcome(step.result)),))
            for at, span in enumerate(line.spans, 1):
                is_end = at == len(line.spans) or line.spans[at] == NEXT_STATEMENT
                if is_end and span.text == shown:
                    return at, step.result
    return None
