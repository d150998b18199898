"""A diff as lines: the same parts folded, what differs side by side, or one above the other where
there is no room.

`lines` draws it for a terminal, `plain` says it flat for a screen reader, `form` is its JSON.
"""

from collections.abc import Iterator
from typing import Final

from densetrace.data.order import in_order
from densetrace.data.steps import Absent, Step
from densetrace.data.trace import Trace
from densetrace.data.values import JSON, counted, to_json
from densetrace.kinds import label_of
from densetrace.kinds.spans import Part, plain_text
from densetrace.render.diff_rows import Row, rows
from densetrace.render.layout import DEEPEST, INDENT, NOTE_WIDTH, Columns, Styled, texts
from densetrace.render.phases import source_text
from densetrace.render.plain import spoken
from densetrace.render.theme import UNICODE, Signs
from densetrace.study.diff import Diff, Pair, Side
from densetrace.study.diff_sentence import alone, sentence

MARKS: Final = {"differs": "~", "left": "-", "right": "+"}
NOT_COMPARED: Final = "Names that Keras makes up, source lines, times and the numbers in arrays"


# -- for a terminal -------------------------------------------------------------------------------


def lines(found: Diff, width: int, signs: Signs = UNICODE) -> Iterator[Styled]:
    """The diff, at most `width` cells wide."""
    columns = Columns.of(width, signs)
    titles = (Part(_title(found.left), "heading"),), (Part(_title(found.right), "heading"),)
    yield from columns.row("", *titles, 0)
    yield []
    yield from columns.across((Part(sentence(found)),), width=min(columns.width, NOTE_WIDTH))
    yield []
    if not found.same:
        for row in rows(found):
            yield from _row(columns, row)
        yield []
    count = _count(found) if columns.are_beside else _in_words(_count(found))
    yield from columns.across((Part(count, "aside"),))


def render_text(found: Diff, width: int = 80) -> str:
    """The diff as text without colour."""
    return "".join(texts(lines(found, width)))


def _title(trace: Trace) -> str:
    engine = trace.engine.get("name")
    title = source_text(trace) or "a run"
    return title if engine in (None, "densetrace") else f"{title} on {engine}"


def _row(columns: Columns, row: Row) -> Iterator[Styled]:
    depth = min(row.depth, DEEPEST) * INDENT
    if row.kind in ("same", "inside"):
        lead = "" if columns.are_beside else "  "
        yield from columns.across(row.left or (), lead + " " * depth)
        return
    yield from columns.row(MARKS[row.kind], row.left or (), row.right or (), depth)


def _count(found: Diff) -> str:
    if found.same:
        return f"{NOT_COMPARED} do not count."
    changed = sum(1 for pair in found.differing if pair.left and pair.right)
    left, right = alone(found)
    parts = [f"~ {counted(changed, 'step')} differ"]
    if left:
        parts.append(f"- {counted(left, 'step')} only on the left")
    if right:
        parts.append(f"+ {counted(right, 'step')} only on the right")
    return ", ".join(parts) + "."


def _in_words(count: str) -> str:
    """A count without the marks of the columns."""
    for mark in MARKS.values():
        count = count.replace(f"{mark} ", "")
    return count


# -- for a screen reader --------------------------------------------------------------------------


def plain(found: Diff) -> Iterator[str]:
    """The diff as flat, labelled lines."""
    yield f"Left: {Part(_title(found.left)).text}"
    yield f"Right: {Part(_title(found.right)).text}"
    yield Part(sentence(found)).text
    yield ""
    for row in rows(found) if not found.same else ():
        left = spoken(row.left) if row.left else ""
        right = spoken(row.right) if row.right else ""
        if row.kind == "same":
            yield f"Same: {left.removeprefix('= ')}"
        elif row.kind == "inside":
            yield f"In {left}:"
        elif row.kind == "differs":
            yield f"Differs. Left: {left}. Right: {right}."
        else:
            yield f"Only {row.kind}: {left or right}"
    yield _in_words(_count(found))


# -- as data --------------------------------------------------------------------------------------


def form(found: Diff) -> JSON:
    """The diff as JSON: each step that differs by itself, with the fields that do."""
    inside = _inside(found.left) | _inside(found.right)
    return {
        "format": "densetrace-diff",
        "version": 1,
        "left": _title(found.left),
        "right": _title(found.right),
        "same": found.same,
        "sentence": sentence(found),
        "differences": [_pair_form(pair, inside) for pair in found.differing],
    }


def _inside(trace: Trace) -> dict[int, int]:
    """How many steps are inside each step, by identity."""
    order = in_order(trace.steps)
    places = enumerate(zip(order.steps, order.ends, strict=True), start=1)
    return {id(step): end - after for after, (step, end) in places}


def _pair_form(pair: Pair, inside: dict[int, int]) -> JSON:
    both = pair.left is not None and pair.right is not None
    fields: dict[str, JSON] = {
        "kind": "differs" if both else "left" if pair.left is not None else "right"
    }
    for side, step in (("left", pair.left), ("right", pair.right)):
        if step is not None:
            fields[side] = _step_form(step, inside[id(step)])
    if both:
        fields["changes"] = [
            {"field": change.name} | _sides(change.left, change.right) for change in pair.changes
        ]
    return fields


def _sides(left: Side, right: Side) -> dict[str, JSON]:
    """Both values; a side that has none is left out."""
    return {
        side: to_json(value)
        for side, value in (("left", left), ("right", right))
        if not isinstance(value, Absent)
    }


def _step_form(step: Step, inside: int) -> JSON:
    return {
        "step": step.id,
        "kind": step.kind,
        "point": step.point,
        "subject": step.subject,
        "text": plain_text(label_of(step)),
        "inside": inside,
    }
