"""The numbers of a tensor beside its shape: `f32[1,2] = [[0.42, -1.3]]`, where there is room."""

from collections.abc import Iterator

from densetrace.data.numbers import number_texts
from densetrace.data.values import Tensor, Value
from densetrace.data.wording import outcome
from densetrace.kinds.spans import NEXT_STATEMENT, Span, Spans, plain_text
from densetrace.render.layout import size_of
from densetrace.render.lines import Line


def numbers(value: Value) -> Iterator[Spans]:
    """What may follow the shape of a tensor, the longest first."""
    if isinstance(value, Tensor):
        for text in number_texts(value):
            shown = f" = {text}" if text.startswith("[") else f"  ({text})"
            yield (Span(shown, "numbers"),)


def fitting(value: Value, room: int) -> Spans:
    """The numbers of a tensor in at most `room` cells; nothing where none fit."""
    return next((spans for spans in numbers(value) if size_of(spans) <= room), ())


def _brief(value: Value, room: int) -> Spans:
    """The range and the mean of a tensor, which do not begin with a sign, if they fit."""
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
    return *line.spans[:at], *fitting(value, room - size_of(line.spans)), *line.spans[at:]


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
