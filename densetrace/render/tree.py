"""The annotated tree: an outline drawn with guides, wrapped to a width, styled by roles.

Lines are created one by one, so that a long trace shows its first lines at once.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache, partial
from itertools import islice
from typing import TYPE_CHECKING, Final

from densetrace.data.trace import Trace
from densetrace.kinds.kind import Level
from densetrace.kinds.spans import Span, Spans, linked
from densetrace.render.layout import NARROWEST, NOTE_WIDTH, Styled, block, fit, size_of, texts
from densetrace.render.lines import Figure, Line
from densetrace.render.numbers import with_numbers
from densetrace.render.outline import MOST_GUIDES, Outline, View
from densetrace.render.phases import Phase, source_text
from densetrace.render.summary import summary
from densetrace.render.theme import STYLES, UNICODE, Signs

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult
    from rich.segment import Segment

LEAST_ROOM: Final = 24
"""The least width for the text of a line: a deep line drops its outermost guides, and has at most
`MOST_GUIDES` of them."""
INDENT: Final = 3

READABLE_LINES: Final = 60
"""`readable_text` limits the depth so that a trace has at most this many lines."""
MOST_LINES: Final = 200
"""`readable_text` ends after this many lines."""
_DASH: Final = Span(" \N{EN DASH} ", "aside")

MORE_LINES: Final = "... and more: save it, or look at it with t.html()."


@dataclass(frozen=True, slots=True)
class Tree:
    """A trace as a renderable: `rich.print(Tree(trace))` draws it at the console's width."""

    trace: Trace
    view: View = field(default_factory=View)
    signs: Signs = UNICODE

    def lines(self, width: int) -> Iterator[Styled]:
        """The lines, at most `width` cells wide each."""
        width = max(width, NARROWEST)
        yield from _title(self.trace, width, self.signs)
        outline = Outline(self.trace, self.view, brief=True)
        prefixes = lru_cache(maxsize=1024)(partial(_prefixes, width, self.signs))
        for phase in outline.phases():
            yield []
            yield from _heading(phase, width, self.signs)
            for row in outline.rows(phase):
                first, under = prefixes(row.depth, row.last, row.opens)
                yield from _row(row.line, first, under, width, self.signs)
        yield []
        for spans in summary(outline):
            yield from _paragraph(spans, width, self.signs)

    def chunks(self, width: int = 80) -> Iterator[str]:
        """The lines as text without colour."""
        yield from texts(self.lines(width))

    def __rich_console__(self, console: "Console", options: "ConsoleOptions") -> "RenderResult":
        from rich.segment import Segment

        for line in self.lines(options.max_width):
            yield from styled(line, console)
            yield Segment.line()


def render_text(trace: Trace, level: Level = "author", width: int = 80) -> str:
    """The annotated tree as text without colour, at most `width` columns wide."""
    return "".join(Tree(trace, View(level)).chunks(width))


def styled(line: Styled, console: "Console") -> Iterator["Segment"]:
    """A line as rich's segments."""
    from rich.segment import Segment

    for text, role in line:
        yield Segment(text, console.get_style(STYLES[role]))


def _title(trace: Trace, width: int, signs: Signs) -> Iterator[Styled]:
    title = (Span(source_text(trace), "heading"),)
    follows = trace.engine.get("follows")
    aside = f"follows {follows} step by step" if isinstance(follows, str) else ""
    yield from _beside(title, aside, width, signs, right=True)


def _heading(phase: Phase, width: int, signs: Signs) -> Iterator[Styled]:
    role = linked("number", phase.where)
    number = (Span(f"{phase.number}  ", role),) if phase.number else ()
    longer = (*number, *phase.longer)
    room = width - len(phase.aside) - (INDENT if phase.aside else 0)
    fits = phase.longer and size_of(fit(longer, signs)) <= room
    yield from _beside(longer if fits else (*number, *phase.title), phase.aside, width, signs)


def _beside(
    spans: Spans, aside: str, width: int, signs: Signs, right: bool = False
) -> Iterator[Styled]:
    """Spans with an aside, on the same line if it fits, else on the next."""
    indent = " " * INDENT
    after = (Span(aside, "aside"),)
    title, end = fit(spans, signs), fit(after, signs)
    gap = width - size_of(title) - size_of(end)
    if aside and gap >= INDENT:
        fill = " " * gap if right and width <= NOTE_WIDTH else indent
        yield [*title, (fill, "aside"), *end]
        return
    yield from block(spans, width, signs, rest=indent)
    if aside:
        yield from block(after, width, signs, first=indent, rest=indent)


def _paragraph(spans: Spans, width: int, signs: Signs) -> Iterator[Styled]:
    for line in spans.draw(width) if isinstance(spans, Figure) else (spans,):
        yield from block(line, width, signs, rest=" " * INDENT)


def _row(line: Line, first: str, under: str, width: int, signs: Signs) -> Iterator[Styled]:
    """A line with its notes; `first` is the prefix of the line, `under` that of its notes. A note
    that fits goes on the line itself."""
    spans = with_numbers(line, width - len(first))
    beside = _beside_note(line, spans, width - len(first), signs)
    if beside:
        yield [(first, "guide"), *beside]
        return
    yield from block(spans, width, signs, first=first, rest=under + signs.space)
    for note in line.notes:
        room = min(width, len(under) + NOTE_WIDTH)
        yield from block((note,), room, signs, first=under, rest=under)


def _beside_note(line: Line, spans: Spans, room: int, signs: Signs) -> Styled:
    """The spans of a line with its only note behind them; empty where all does not fit into `room`
    cells."""
    if len(line.notes) != 1 or line.failed:
        return []
    runs = fit((*spans, _DASH, *line.notes), signs)
    return runs if size_of(runs) <= min(room, NOTE_WIDTH) else []


def _prefixes(
    width: int, signs: Signs, depth: int, last: tuple[bool, ...], opens: bool
) -> tuple[str, str]:
    """The prefixes of a line and of its notes; many lines of a trace have the same."""
    outer = _guides(depth, last, width, signs)
    under = outer + (signs.space if last[-1] else signs.bar)
    return (
        outer + (signs.corner if last[-1] else signs.branch),
        under + (signs.bar if opens else signs.space),
    )


def _guides(depth: int, last: tuple[bool, ...], width: int, signs: Signs) -> str:
    """The guides left of a line. Where there are too many, the depth as a number replaces the
    outermost."""
    outer = last[:-1]
    most = min(max(1, (width - LEAST_ROOM) // INDENT - 3), MOST_GUIDES)
    number = ""
    if depth - 1 > most:
        number = f"{depth:<5} "
        outer = outer[len(outer) - max(0, most - 2) :]
    return number + "".join(signs.space if ended else signs.bar for ended in outer)


# -- limited to a number of lines ------------------------------------------------------------------


def fitting_depth(trace: Trace, view: View, lines: int, brief: bool = False) -> int | None:
    """The greatest depth at which an outline has at most `lines` lines, at least 1; None: all."""
    outline = Outline(trace, view, annotate=lambda step: None, brief=brief)
    at_depth = Counter(row.depth for phase in outline.phases() for row in outline.rows(phase))
    if at_depth.total() <= lines:
        return None
    count, depth = 0, 0
    while count + at_depth[depth + 1] <= lines:
        depth += 1
        count += at_depth[depth]
    return max(1, depth)


def readable_text(trace: Trace, view: View) -> str:
    """The tree as text without colour, limited to a readable length."""
    depth = fitting_depth(trace, view, READABLE_LINES, brief=True)
    chunks = Tree(trace, View(view.level, view.only, depth)).chunks()
    text = "".join(islice(chunks, MOST_LINES))
    return text if next(chunks, None) is None else f"{text}{MORE_LINES}\n"
