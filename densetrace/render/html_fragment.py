"""A trace as an HTML fragment for a notebook: the folded tree, without a script.

Every style rule is limited to the fragment's own class, so the notebook's page does not change.
Colours are mixed with the notebook's text colour, so they suit light and dark themes.
"""

from collections.abc import Iterator
from html import escape
from typing import Final

from densetrace.data.trace import Trace
from densetrace.data.values import counted
from densetrace.kinds.spans import Span, Spans
from densetrace.render.lines import Line
from densetrace.render.outline import Outline, Row, View
from densetrace.render.phases import Phase, source_text
from densetrace.render.summary import summary
from densetrace.render.tree import fitting_depth

LINES_UNFOLDED: Final = 24
"""At most this many lines are unfolded at first."""

MOST_LINES: Final = 600
"""At most this many lines are in the fragment; a notebook saves them all in its file."""

DEEPEST: Final = 60
"""Elements nest no deeper than this: browsers allow about 500 nested elements. Deeper lines stay at
this depth, with their own depth as a number."""

_CLASS: Final = "densetrace-trace"
_RULES: Final = {
    "": "font: 13px/1.5 ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace; "
    "overflow-wrap: anywhere; max-width: 60em",
    " .inside": "margin-left: 0.45em; padding-left: 1.1em; "
    "border-left: 1px solid color-mix(in srgb, currentColor 25%, transparent)",
    " summary": "cursor: pointer; display: list-item; list-style-position: inside; "
    "margin-left: -0.1em",
    " .leaf": "padding-left: 1.05em",
    " .note": "display: block; padding-left: 1.4em; font-family: system-ui, sans-serif; "
    "max-width: 50em",
    " .title": "font-weight: bold; margin-bottom: 0.3em",
    " .closing": "margin-top: 0.5em",
    " .name,ROOT .heading,ROOT .number": "font-weight: bold",
    " .call,ROOT .number": "color: color-mix(in srgb, currentColor 45%, #0891a5)",
    " .result": "color: color-mix(in srgb, currentColor 45%, #1f9d4d)",
    " .error": "color: color-mix(in srgb, currentColor 30%, #e0352b); font-weight: bold",
    " .note,ROOT .aside,ROOT .arrow": "color: color-mix(in srgb, currentColor 72%, transparent)",
}
_STYLE: Final = "".join(
    f".{_CLASS}{selector.replace('ROOT', '.' + _CLASS)}{{{rule}}}"
    for selector, rule in _RULES.items()
)


def chunks(trace: Trace, view: View) -> Iterator[str]:
    """The text of the fragment, piece by piece."""
    if view.depth is None:
        view = View(view.level, view.only, fitting_depth(trace, view, MOST_LINES))
    outline = Outline(trace, view)
    blocks = [(phase, list(outline.rows(phase))) for phase in outline.phases()]
    open_to = _open_to([row for _, rows in blocks for row in rows], len(blocks))
    yield f'<div class="{_CLASS}"><style>{_STYLE}</style>'
    yield f'<div class="title">{escape(source_text(trace) or "trace")}</div>'
    left = MOST_LINES
    for phase, rows in blocks:
        yield from _phase(phase, rows[:left], open_to)
        if len(rows) > left:
            hidden = len(rows) - left
            yield f'<div class="leaf aside">... {hidden:,} more lines inside</div>'
        left = max(0, left - len(rows))
    # The last line of a summary names options of the command line: a notebook has none.
    *closing, _ = summary(outline)
    text = "<br>".join([*map(_runs, closing), _runs((_count(outline),))])
    yield f'<div class="closing">{text}</div></div>'


def render_fragment(trace: Trace, view: View | None = None) -> str:
    """The fragment as one text."""
    return "".join(chunks(trace, view or View()))


def _count(outline: Outline) -> Span:
    total = len(outline.trace.order.steps)
    steps = f"{counted(total, 'step')}"
    if outline.view.level == "user" or outline.shown >= total:
        return Span(f"{steps}.", "aside")
    return Span(f"{steps}, {outline.shown:,} in these lines; html() makes a page of all.", "aside")


def _open_to(rows: list[Row], phases: int) -> int:
    """The depth to which the tree is unfolded at first."""
    in_sight, depth = phases, 0
    while True:
        more = sum(1 for row in rows if row.depth == depth + 1)
        if more == 0 or in_sight + more > LINES_UNFOLDED:
            return depth
        in_sight += more
        depth += 1


def _phase(phase: Phase, rows: list[Row], open_to: int) -> Iterator[str]:
    number = (Span(f"{phase.number}  ", "number"),) if phase.number else ()
    aside = (Span(f"   {phase.aside}", "aside"),) if phase.aside else ()
    heading = _runs((*number, *(phase.longer or phase.title), *aside))
    if not rows:
        yield f'<div class="leaf">{heading}</div>'
        return
    state = " open" if open_to or any(row.line.failed for row in rows) else ""
    yield f'<details{state}><summary>{heading}</summary><div class="inside">'
    depth = 1
    for position, row in enumerate(rows):
        here = min(row.depth, DEEPEST)
        yield "</div></details>" * (depth - here)
        depth = here
        opens = depth < DEEPEST and position + 1 < len(rows) and rows[position + 1].depth > depth
        number = (Span(f"{row.depth}  ", "number"),) if row.depth > DEEPEST else ()
        text = _runs((*number, *row.line.spans)) + _notes(row.line)
        if opens:
            state = " open" if depth < open_to or _failing(rows, position) else ""
            yield f'<details{state}><summary>{text}</summary><div class="inside">'
            depth += 1
        else:
            yield f'<div class="leaf">{text}</div>'
    yield "</div></details>" * depth


def _failing(rows: list[Row], position: int) -> bool:
    """Whether the run stopped inside this line, which is then unfolded."""
    depth = rows[position].depth
    for row in rows[position + 1 :]:
        if row.depth <= depth:
            return False
        if row.line.failed:
            return True
    return False


def _notes(line: Line) -> str:
    return "".join(
        f'<span class="note {note.role}">{escape(note.text)}</span>' for note in line.notes
    )


def _runs(spans: Spans) -> str:
    return "".join(
        escape(span.text)
        if span.role in ("text", "value")
        else f'<span class="{span.role}">{escape(span.text)}</span>'
        for span in spans
    )
