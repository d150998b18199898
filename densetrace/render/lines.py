"""A line of an outline, as all renderers use it."""

from collections.abc import Callable, Iterable
from typing import NamedTuple, Self

from densetrace.data.steps import Step
from densetrace.data.values import Value
from densetrace.kinds.spans import Span, Spans


class Figure(tuple[Span, ...]):
    """Closing spans that a renderer with a width draws as lines; as spans, the same in words."""

    draw: Callable[[int], Iterable[Spans]]
    """Returns the lines for a width."""

    def __new__(cls, words: Iterable[Span], draw: Callable[[int], Iterable[Spans]]) -> Self:
        figure = super().__new__(cls, words)
        figure.draw = draw
        return figure


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
