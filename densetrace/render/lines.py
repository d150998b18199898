"""A line of an outline, as all renderers use it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import NamedTuple, Self

from densetrace.data.steps import Step
from densetrace.data.values import Value
from densetrace.kinds.spans import Role, Span, Spans
from densetrace.render.cells import cell_len


class Figure(tuple[Span, ...]):
    """Closing spans that a renderer with a width draws as lines; as spans, the same in words."""

    draw: Callable[[int], Iterable[Spans]]
    """Returns the lines for a width."""

    def __new__(cls, words: Iterable[Span], draw: Callable[[int], Iterable[Spans]]) -> Self:
        figure = super().__new__(cls, words)
        figure.draw = draw
        return figure


def table(rows: Sequence[Sequence[str]]) -> Iterator[Figure]:
    """Rows of padded cells, the first of them a head. Where they do not fit into a width, each row
    has its cells one after the other."""
    padded = ["  " + "  ".join(cells).rstrip() for cells in rows]
    widest = max(map(cell_len, padded), default=0)
    for number, (cells, text) in enumerate(zip(rows, padded, strict=True)):
        role: Role = "aside" if number == 0 else "text"
        words = Span(text, role)
        one_by_one = Span("  " + "  ".join(filter(None, map(str.strip, cells))), role)
        yield Figure((words,), partial(_fitting, words, one_by_one, widest))


def _fitting(words: Span, one_by_one: Span, widest: int, width: int) -> tuple[Spans]:
    return ((words if widest <= width else one_by_one,),)


class Line(NamedTuple):
    """One line of an outline.

    `steps` are the steps that the line shows, in order; a heading has none. `below` are the steps
    whose lines go under it, `inner` further lines after those. `notes` annotate the line. `failed`
    marks the line of the error that ended the run. `about` are the steps that a line of the user
    level sums up, which shows no single steps; `value` is a tensor in such a line, whose numbers
    may follow.

    It is a tuple because nearly every step has one, and creating a frozen dataclass takes eight
    times as long.
    """

    spans: Spans
    steps: tuple[Step, ...] = ()
    below: tuple[Step, ...] = ()
    inner: tuple["Line", ...] = ()
    notes: tuple[Span, ...] = ()
    failed: bool = False
    about: tuple[Step, ...] = ()
    value: Value = None
