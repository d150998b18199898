"""The tree as an SVG document, drawn as a terminal shows it, without external resources.

It suits light and dark themes. Each run of text has the position and width of its terminal columns,
whatever the font.
"""

from collections.abc import Iterator
from html import escape
from itertools import groupby
from operator import itemgetter
from typing import Final

from densetrace.data.trace import Trace
from densetrace.render.cells import cell_len
from densetrace.render.heatmap import COLD, NEGATIVE, POSITIVE, WARM
from densetrace.render.layout import Styled, size_of
from densetrace.render.outline import View
from densetrace.render.phases import source_text
from densetrace.render.tree import Tree

WIDTH: Final = 80

_CELL: Final = 8.4
_LINE: Final = 19
_BASELINE: Final = 14
_MARGIN: Final = 18

_HALF: Final = _LINE / 2
_ACROSS: Final = 1.7 * _CELL
_STROKES: Final = {
    "│": f"v{_LINE}",
    "├": f"v{_LINE}m0 -{_HALF}h{_ACROSS:.1f}",
    "└": f"v{_HALF}h{_ACROSS:.1f}",
}
_BLANK: Final = str.maketrans("│├└─", "    ")

_STYLE: Final = """\
svg { color-scheme: light dark }
.paper { fill: #fdfdfc; stroke: #dcdfdc }
text { font: 14px ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; fill: #1f2630;
  white-space: pre }
.name, .heading, .number, .error { font-weight: bold }
.call, .number { fill: #0a6374 }
.result { fill: #22683a }
.error { fill: #a92018 }
.note { font-style: italic }
.arrow, .aside, .note { fill: #57606c }
.guide { fill: #8a9490 }
path { stroke: #b9c1bd; fill: none }
@media (prefers-color-scheme: dark) {
  .paper { fill: #15181d; stroke: #323842 }
  text { fill: #dbe1e8 }
  .call, .number { fill: #78c8d8 }
  .result { fill: #93d2a1 }
  .error { fill: #ff9a90 }
  .arrow, .aside, .note { fill: #9da8b6 }
  .guide { fill: #8793a2 }
  path { stroke: #4a5360 }
}
"""


def chunks(trace: Trace, view: View, width: int = WIDTH) -> Iterator[str]:
    """The text of the document, line by line; the tree is `width` columns wide."""
    lines = list(Tree(trace, view).lines(width))
    across = max(map(size_of, lines), default=0)
    size = f"{across * _CELL + 2 * _MARGIN:.1f}", f"{len(lines) * _LINE + 2 * _MARGIN}"
    title = escape(f"densetrace explain {source_text(trace) or 'trace'}")
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size[0]} {size[1]}" '
        f'width="{size[0]}" height="{size[1]}" role="img" aria-labelledby="title">\n'
        f'<title id="title">{title}</title>\n<style>\n{_STYLE}</style>\n'
        '<rect class="paper" x="0.5" y="0.5" rx="8" '
        f'width="{across * _CELL + 2 * _MARGIN - 1:.1f}" '
        f'height="{len(lines) * _LINE + 2 * _MARGIN - 1}"/>\n'
    )
    for number, line in enumerate(lines):
        runs = "".join(_runs(line, _MARGIN + number * _LINE))
        if runs:
            yield runs + "\n"
    yield "</svg>\n"


def render_svg(trace: Trace, view: View | None = None, width: int = WIDTH) -> str:
    """The document as one text."""
    return "".join(chunks(trace, view or View(), width))


def _runs(line: Styled, top: int) -> Iterator[str]:
    """The runs of a line, each as wide as its columns in a terminal."""
    column = 0
    for role, group in groupby(line, key=itemgetter(1)):
        text = "".join(run for run, _ in group)
        if role == "guide":
            yield from _guides(text, column, top)
            text = text.translate(_BLANK)
        if role in _CELLS:
            yield from _cells(text, role, column, top)
            text = " " * len(text)
        words = text.strip(" ")
        start = column + len(text) - len(text.lstrip(" "))
        column += cell_len(text)
        if words:
            kind = "" if role in ("text", "value") else f' class="{role}"'
            yield (
                f'<text x="{_MARGIN + start * _CELL:.1f}" y="{top + _BASELINE}" '
                f'textLength="{cell_len(words) * _CELL:.1f}" lengthAdjust="spacingAndGlyphs"'
                f"{kind}>{escape(words, quote=False)}</text>"
            )


_CELLS: Final = {"positive": (POSITIVE, WARM), "negative": (NEGATIVE, COLD)}


def _cells(text: str, role: str, column: int, top: int) -> Iterator[str]:
    """The cells of a heat map as squares, with a line across those of negative numbers."""
    signs, colour = _CELLS[role]
    for offset, sign in enumerate(text):
        x = _MARGIN + (column + offset) * _CELL
        opacity = (signs.index(sign) + 1) / len(signs) if sign in signs else 0
        yield (
            f'<rect x="{x:.1f}" y="{top}" width="{_CELL}" height="{_LINE}" fill="{colour}" '
            f'fill-opacity="{opacity:.2g}"/>'
        )
        if role == "negative":
            yield f'<path d="M{x + 2:.1f} {top + _HALF}h{_CELL - 4:.1f}"/>'


def _guides(text: str, column: int, top: int) -> Iterator[str]:
    """The guides of a line as strokes, so that they meet those of the next line in any font."""
    strokes = []
    for offset, sign in enumerate(text):
        x = _MARGIN + (column + offset) * _CELL + _CELL / 2
        if sign in _STROKES:
            strokes.append(f"M{x:.1f} {top}" + _STROKES[sign])
    if strokes:
        yield f'<path d="{"".join(strokes)}"/>'
