"""A diff as one HTML file: two columns, differences lit, which makes no request.

All rows are in the page, so that it can be read, searched and printed without its script.
"""

from collections.abc import Iterator, Sequence
from html import escape
from itertools import pairwise, zip_longest
from typing import Final, TypeAlias

from densetrace.data.code import code_of
from densetrace.data.trace import Trace
from densetrace.data.values import counted
from densetrace.kinds import label_of
from densetrace.kinds.spans import Span, Spans, plain_text
from densetrace.render import generations
from densetrace.render.diff import counts, not_compared, title
from densetrace.render.diff_rows import Row, rows
from densetrace.render.html_page import page
from densetrace.render.layout import DEEPEST
from densetrace.study.align import pairs
from densetrace.study.diff import Diff, Pair
from densetrace.study.diff_sentence import sentence
from densetrace.study.generations import Generations
from densetrace.system.escape import visible

STYLES: Final = ("base.css", "diff.css")
SCRIPTS: Final = ("look.js", "diff.js")
MOST_UNFOLDED: Final = 200
"""At most this many steps of one fold of equal steps are in the page."""


def chunks(found: Diff) -> Iterator[str]:
    """The page of a diff, piece by piece."""
    contents = {
        "title": escape(visible(f"{title(found.left)} and {title(found.right)}")),
        "counts": escape(" ".join((counts(found), *not_compared(found)))),
        "sentence": escape(visible(sentence(found))),
        "body": _body(found),
    }
    return page("diff.html", STYLES, SCRIPTS, contents)


def changes_chunks(found: Generations) -> Iterator[str]:
    """The page of what changed between two generations of Keras, piece by piece."""
    contents = {
        "title": escape(visible(generations.title(found))),
        "counts": escape(counted(len(found.sentences), "change")),
        "sentence": "",
        "body": _listed(found),
    }
    return page("diff.html", STYLES, SCRIPTS, contents)


def _listed(found: Generations) -> Iterator[str]:
    yield "<ol>"
    for one in found.sentences:
        yield f"<li>{escape(visible(one.text))}</li>"
    yield "</ol>"


def _body(found: Diff) -> Iterator[str]:
    heads = "".join(
        f'<th scope="col">{escape(visible(title(trace)))}</th>'
        for trace in (found.left, found.right)
    )
    yield from _scripts(found, heads)
    if found.same:
        return
    yield '<table class="sides"><caption class="unseen">Steps side by side</caption>'
    yield f"<thead><tr>{heads}</tr></thead><tbody>\n"
    number = 0
    for row in rows(found):
        number += row.kind not in ("same", "inside")
        yield from _row(row, number)
    yield "</tbody></table>"


def _row(row: Row, number: int) -> Iterator[str]:
    depth = min(row.depth, DEEPEST)
    if row.kind == "same":
        yield f'<tr class="same"><td colspan="2">{_line(_fold(row), depth, "details")}</td></tr>\n'
        return
    if row.kind == "inside":
        text = _line(_runs(_unlit(row.left or ())), depth)
        yield f'<tr class="inside"><td colspan="2">{text}</td></tr>\n'
        return
    left, right = row.left or (), row.right or ()
    sides = _lit(left, right) if row.kind == "differs" else (_unlit(left), _unlit(right))
    cells = "".join(
        f"<td>{_line(_runs(runs), depth) if runs else _missing(name)}</td>"
        for name, runs in zip(("left", "right"), sides, strict=True)
    )
    yield f'<tr class="{row.kind}" id="d{number}" tabindex="-1">{cells}</tr>\n'


def _missing(side: str) -> str:
    return f'<span class="unseen">not on the {side}</span>'


def _line(content: str, depth: int, tag: str = "span") -> str:
    kind = "equal" if tag == "details" else "line"
    return f'<{tag} class="{kind} d{depth}">{content}</{tag}>'


def _fold(row: Row) -> str:
    shown = row.equal[:MOST_UNFOLDED]
    cells = "".join(
        f'<span class="line">{_runs(_unlit(_of(pair, side)))}</span>'
        for pair in shown
        for side in ("left", "right")
    )
    more = len(row.equal) - len(shown)
    rest = f'<span class="line">{escape(f"and {more:,} more")}</span>' if more else ""
    return (
        f'<summary>{_runs(_unlit(row.left or ()))}</summary><div class="pairs">{cells}{rest}</div>'
    )


def _of(pair: Pair, side: str) -> Spans:
    """The label of the step on one side, and how many equal steps are inside it."""
    step = pair.left if side == "left" else pair.right
    if step is None:
        return ()
    inside = sum(1 for _ in step.walk()) - 1
    count = (Span(f"  ({counted(inside, 'step')})", "aside"),) if inside else ()
    return (*label_of(step), *count)


# -- what differs in a row -------------------------------------------------------------------------

Lit: TypeAlias = Sequence[tuple[Span, bool]]
"""Runs of text, and whether each is lit."""


def _unlit(spans: Spans) -> Lit:
    return [(span, False) for span in spans]


def _lit(left: Spans, right: Spans) -> tuple[Lit, Lit]:
    """Both sides, lit where they differ: from the first differing word to the last."""
    one, other = plain_text(left), plain_text(right)
    start = _equal_part(one, other)
    end = _equal_part(one[start:][::-1], other[start:][::-1])
    return _lit_from(left, start, len(one) - end), _lit_from(right, start, len(other) - end)


def _equal_part(one: str, other: str) -> int:
    """How many characters at the start are equal, in whole words."""
    both = min(len(one), len(other))
    at = next((at for at in range(both) if one[at] != other[at]), both)
    while at and (_is_inside_word(one, at) or _is_inside_word(other, at)):
        at -= 1
    return at


def _is_inside_word(text: str, at: int) -> bool:
    return at < len(text) and _is_of_word(text[at - 1]) and _is_of_word(text[at])


def _is_of_word(sign: str) -> bool:
    return sign.isalnum() or sign in "_.\\"


def _lit_from(spans: Spans, start: int, end: int) -> Lit:
    """Runs that are lit from one position to another, cut where that begins and ends."""
    found: list[tuple[Span, bool]] = []
    at = 0
    for span in spans:
        size = len(span.text)
        edges = sorted({0, size, *(min(max(edge - at, 0), size) for edge in (start, end))})
        for first, last in pairwise(edges):
            lit = start <= at + first and at + last <= end
            found.append((Span(span.text[first:last], span.role), lit))
        at += size
    return found


def _runs(runs: Lit) -> str:
    return "".join(_run(span, lit) for span, lit in runs)


def _run(span: Span, lit: bool) -> str:
    text = escape(span.text)
    if span.role not in ("text", "value"):
        text = f'<span class="{span.role}">{text}</span>'
    return f"<mark>{text}</mark>" if lit else text


# -- two scripts -----------------------------------------------------------------------------------


def _scripts(found: Diff, heads: str) -> Iterator[str]:
    """The text of two scripts side by side, where both are known and differ."""
    left, right = _script(found.left), _script(found.right)
    if not left or not right or left == right:
        return
    yield '<details class="script" open><summary>The two scripts</summary>'
    yield '<table class="sides"><caption class="unseen">The two scripts side by side</caption>'
    yield f"<thead><tr>{heads}</tr></thead><tbody>\n"
    number = 0
    for kind, one, other in _script_rows(left, right):
        number += kind != "same"
        where = f' id="s{number}" tabindex="-1"' if kind != "same" else ""
        spans = _code_line(left, one), _code_line(right, other)
        sides = _lit(*spans) if kind == "differs" else tuple(map(_unlit, spans))
        cells = "".join(
            f"<td>{_script_line(at, runs) if at is not None else _missing(name)}</td>"
            for name, at, runs in zip(("left", "right"), (one, other), sides, strict=True)
        )
        yield f'<tr class="{"plain" if kind == "same" else kind}"{where}>{cells}</tr>\n'
    yield "</tbody></table></details>"


def _script(trace: Trace) -> tuple[str, ...]:
    text = trace.source.get("text")
    if trace.source.get("kind") != "script" or not isinstance(text, str):
        return ()
    return code_of(trace).get(text, ())


def _script_rows(
    left: tuple[str, ...], right: tuple[str, ...]
) -> Iterator[tuple[str, int | None, int | None]]:
    """The lines of both sides in rows; lines that replace each other share a row."""
    gap: tuple[list[int], list[int]] = ([], [])
    for one, other in (*pairs(left, right), (len(left), len(right))):
        if one is not None and other is not None:
            for first, second in zip_longest(*gap):
                kind = "left" if second is None else "right" if first is None else "differs"
                yield kind, first, second
            gap = ([], [])
            if one < len(left):
                yield "same", one, other
        elif one is not None:
            gap[0].append(one)
        elif other is not None:
            gap[1].append(other)


def _code_line(lines: tuple[str, ...], at: int | None) -> Spans:
    return () if at is None else (Span(lines[at].expandtabs()),)


def _script_line(at: int, runs: Lit) -> str:
    return f'<span class="line"><span class="line-number">{at + 1}</span>{_runs(runs)}</span>'
