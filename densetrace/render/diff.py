"""A diff as lines: equal steps folded, differences side by side, or stacked on a narrow screen.

`lines` draws it for a terminal, `plain` writes it flat for a screen reader, `form` is its JSON.
"""

from collections.abc import Iterator
from typing import Final

from densetrace.data.json_writer import to_json
from densetrace.data.order import in_order
from densetrace.data.steps import Absent, Step
from densetrace.data.trace import Trace
from densetrace.data.values import JSON, counted
from densetrace.kinds import label_of
from densetrace.kinds.spans import Span, plain_text
from densetrace.render.diff_rows import Kind, Row, counted_steps, rows
from densetrace.render.layout import DEEPEST, INDENT, NOTE_WIDTH, Columns, Styled, texts
from densetrace.render.phases import source_text
from densetrace.render.plain import spoken
from densetrace.render.theme import UNICODE, Signs
from densetrace.study.diff import Diff, Pair, Side
from densetrace.study.diff_sentence import NUMBERS_DIFFER, agreement, sentence
from densetrace.study.diff_tally import Tally

MARKS: Final[dict[Kind, str]] = {"same": "=", "differs": "~", "left": "-", "right": "+"}
NOT_COMPARED: Final = "Automatic names, source lines, times and the numbers in arrays"


# -- for a terminal -------------------------------------------------------------------------------


def lines(found: Diff, width: int, signs: Signs = UNICODE) -> Iterator[Styled]:
    """The diff, at most `width` cells wide."""
    columns = Columns.of(width, signs)
    titles = (Span(title(found.left), "heading"),), (Span(title(found.right), "heading"),)
    yield from columns.row("", *titles, 0)
    yield []
    yield from columns.across((Span(sentence(found)),), width=min(columns.width, NOTE_WIDTH))
    yield []
    if not found.same:
        for row in rows(found):
            yield from _row(columns, row)
        yield []
    count = counts(found) if columns.are_beside else _in_words(counts(found))
    for text in (count, *not_compared(found)):
        yield from columns.across((Span(text, "aside"),))


def render_text(found: Diff, width: int = 80) -> str:
    """The diff as text without colour."""
    return "".join(texts(lines(found, width)))


def title(trace: Trace) -> str:
    """What was traced, with the engine if it is a real Keras."""
    engine = trace.engine.get("name")
    text = source_text(trace) or "a run"
    return text if engine in (None, "densetrace") else f"{text} on {engine}"


def _row(columns: Columns, row: Row) -> Iterator[Styled]:
    depth = min(row.depth, DEEPEST) * INDENT
    if row.kind in ("same", "inside"):
        lead = "" if columns.are_beside else "  "
        yield from columns.across(row.left or (), lead + " " * depth)
        return
    yield from columns.row(MARKS[row.kind], row.left or (), row.right or (), depth)


def counts(found: Diff) -> str:
    """How many steps the rows of each mark have, so that a reader can add them up."""
    if found.same:
        text = f"{NOT_COMPARED} are not compared step by step"
        if NUMBERS_DIFFER in sentence(found):
            text += "; the sentence above does use the numbers of arrays"
        return f"{text}."
    steps = counted_steps(rows(found))
    shown: tuple[tuple[Kind, str], ...] = (
        ("same", counted(steps["same"], "equal step")),
        ("differs", counted(steps["differs"], "difference")),
        ("left", f"{counted(steps['left'], 'step')} only on the left"),
        ("right", f"{counted(steps['right'], 'step')} only on the right"),
    )
    counts = [
        f"{MARKS[kind]} {text}"
        for kind, text in shown
        if steps[kind] or kind in ("same", "differs")
    ]
    return f"{', '.join(counts)}.{_left_out(Tally.of(found))}"


def _left_out(tally: Tally) -> str:
    """How many steps were not compared, as a sentence; empty if all were."""
    if not tally.left_out:
        return ""
    return f" Not compared: {counted(tally.left_out, 'operation')} inside other steps."


def not_compared(found: Diff) -> tuple[str, ...]:
    """That numbers which the sentences compare make no step differ. Numbers that were drawn with
    different seeds are compared nowhere."""
    agreed = {how for what, how in agreement(found).items() if what != "inputs"}
    if found.same or not agreed & {"equal", "numbers"}:
        return ()
    return ("Numbers in arrays are compared only in the sentences above, not step by step.",)


def _in_words(count: str) -> str:
    """The counts without the marks of the columns."""
    for mark in MARKS.values():
        count = count.replace(f"{mark} ", "")
    return count


# -- for a screen reader --------------------------------------------------------------------------


def plain(found: Diff) -> Iterator[str]:
    """The diff as flat, labelled lines."""
    yield f"Left: {Span(title(found.left)).text}"
    yield f"Right: {Span(title(found.right)).text}"
    yield Span(sentence(found)).text
    yield ""
    for row in rows(found) if not found.same else ():
        left = spoken(row.left) if row.left else ""
        right = spoken(row.right) if row.right else ""
        if row.kind == "same":
            yield f"Same: {left.removeprefix('= ')}"
        elif row.kind == "inside":
            yield f"In {left}:"
        elif left and right and row.kind in ("left", "right"):
            yield f"Only {row.kind}. Left: {left}. Right: {right}."
        elif row.kind == "differs":
            yield f"Differs. Left: {left}. Right: {right}."
        else:
            yield f"Only {row.kind}: {left or right}"
    yield _in_words(counts(found))
    yield from not_compared(found)


# -- as data --------------------------------------------------------------------------------------


def form(found: Diff) -> JSON:
    """The diff as JSON: each differing step with its differing fields."""
    inside = _inside(found.left) | _inside(found.right)
    return {
        "format": "densetrace-diff",
        "version": 1,
        "left": title(found.left),
        "right": title(found.right),
        "same": found.same,
        "sentence": sentence(found),
        "agreement": agreement(found),
        "differences": [_pair_form(pair, inside) for pair in found.differing],
    }


def _inside(trace: Trace) -> dict[int, int]:
    """The number of steps inside each step, by `id(step)`."""
    order = in_order(trace.steps)
    numbered = enumerate(zip(order.steps, order.ends, strict=True), start=1)
    return {id(step): end - number for number, (step, end) in numbered}


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
    """The values of both sides, without a side that has none."""
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
