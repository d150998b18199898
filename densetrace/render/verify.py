"""A comparison with a real Keras as lines: the verdict, then the differences side by side, with
their source lines in both stacks; or a table of many comparisons.

`lines` draws it for a terminal, `plain` writes it flat for a screen reader, `form` is its JSON;
`table`, `plain_table` and `table_form` do the same for many comparisons.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from densetrace.data.json_writer import to_json
from densetrace.data.steps import Absent, Step
from densetrace.data.values import JSON
from densetrace.kinds import label_of
from densetrace.kinds.label import error_text
from densetrace.kinds.spans import CROSS, Span, Spans, plain_text
from densetrace.render.layout import (
    DEEPEST,
    INDENT,
    NOTE_WIDTH,
    Columns,
    Styled,
    block,
    side_by_side,
    texts,
)
from densetrace.render.phases import source_text
from densetrace.render.theme import UNICODE, Signs
from densetrace.study.apart import told_apart
from densetrace.study.comparable import FACT
from densetrace.study.verdict import not_compared, short, suite_verdict, title, verdict
from densetrace.study.verify import Comparison, Difference, StepPair

AGREES, STATED, DIFFERS = "=", "*", "~"
STEPS_WIDTH: Final = 6
VERDICT_WIDTH: Final = 30
HOW_TO_LOOK: Final = 'densetrace verify "EXPR" shows what differs.'


# -- one comparison, for a terminal ----------------------------------------------------------------


def lines(
    found: Comparison, width: int, signs: Signs = UNICODE, everything: bool = False
) -> Iterator[Styled]:
    """The comparison, at most `width` cells wide; with `everything`, also the steps that agree."""
    columns = Columns.of(width, signs)
    yield from columns.across((Span(source_text(found.ours), "heading"),))
    yield from columns.across((Span(verdict(found)),), width=min(columns.width, NOTE_WIDTH))
    if aside := not_compared(found):
        yield from columns.across((Span(aside, "aside"),), width=min(columns.width, NOTE_WIDTH))
    shown = _shown(found, everything)
    if not shown:
        return
    yield []
    ours, theirs = (Span(title(trace), "heading") for trace in (found.ours, found.theirs))
    yield from columns.row("", (ours,), (theirs,), 0)
    for beside in shown:
        depth = min(beside.depth, DEEPEST) * INDENT if everything else 0
        yield from _beside(columns, beside, depth, everything)


def render_text(found: Comparison, width: int = 80, everything: bool = False) -> str:
    """The comparison as text without colour."""
    return "".join(texts(lines(found, width, everything=everything)))


def _shown(found: Comparison, everything: bool) -> tuple[StepPair, ...]:
    """The steps to show: all, or those that do not agree."""
    return tuple(step for step in found.steps if everything or not step.agrees)


def _mark(beside: StepPair) -> str:
    if beside.agrees:
        return AGREES
    return DIFFERS if beside.counts else STATED


def _beside(columns: Columns, beside: StepPair, depth: int, everything: bool) -> Iterator[Styled]:
    mark = _mark(beside)
    if beside.agrees:
        yield from columns.row(mark, _step(beside.ours), _step(beside.theirs), depth)
        return
    yield from columns.row(mark, _phrase(beside.ours), _phrase(beside.theirs), depth)
    for difference in beside.differences:
        if difference.departure and not everything:
            continue  # its sentence says so
        ours, theirs = _fields(difference)
        yield from columns.row("", ours, theirs, depth + INDENT)
    yield from columns.row("", _where(beside.ours), _where(beside.theirs), depth + INDENT)
    for sentence in beside.departures:
        yield from columns.across((Span(f"stated: {sentence}", "note"),), " " * (depth + INDENT))


def _phrase(step: Step | None) -> Spans:
    if step is None:
        return (Span("no such step", "aside"),)
    spans = label_of(step)
    if step.error is not None and not any(child.error == step.error for child in step.children):
        return (*spans, Span("  "), CROSS, Span(f" {error_text(step.error)}", "error"))
    return spans


def _step(step: Step | None) -> Spans:
    """A step on one line, with its file name and line number."""
    where = step.where if step else None
    if where is None or not where.line:
        return _phrase(step)
    name = where.file.rpartition("/")[2]
    return (*_phrase(step), Span(f"  ({name}:{where.line})", "aside"))


def _fields(difference: Difference) -> tuple[Spans, Spans]:
    name = Span(f"{difference.field.removesuffix(FACT).strip('()')}: ", "aside")
    ours, theirs = told_apart(difference.ours, difference.theirs)
    return (name, Span(ours, "value")), (name, Span(theirs, "value"))


def _where(step: Step | None) -> Spans:
    if step is None or step.where is None:
        return ()
    return (Span(f"{step.where.file}:{step.where.line}", "aside"),)


# -- one comparison, for a screen reader -----------------------------------------------------------


def plain(found: Comparison, everything: bool = False) -> Iterator[str]:
    """The comparison as flat, labelled lines."""
    kind = "Expression" if found.ours.source.get("kind") == "expression" else "Script"
    yield f"{kind}: {source_text(found.ours)}"
    yield Span(verdict(found)).text
    if aside := not_compared(found):
        yield aside
    for beside in _shown(found, everything):
        if beside.agrees:
            yield f"Agrees: {plain_text(_phrase(beside.ours))}{_location(beside.ours)}"
            continue
        yield ""
        yield "Differs:" if beside.counts else "Departs as stated:"
        for trace, step in ((found.ours, beside.ours), (found.theirs, beside.theirs)):
            yield f"In {title(trace)}: {plain_text(_phrase(step))}{_location(step)}"
        for one in beside.differences:
            ours, theirs = map(plain_text, _fields(one))
            yield f"{ours} in ours, {theirs} in theirs"
        for sentence in beside.departures:
            yield f"Stated: {sentence}"


def _location(step: Step | None) -> str:
    if step is None or step.where is None:
        return ""
    return f", at {Span(step.where.file).text} line {step.where.line}"


# -- one comparison, as data -----------------------------------------------------------------------


def form(found: Comparison, everything: bool = False) -> JSON:
    """The comparison as JSON: each step that does not agree, or with `everything` each step."""
    return {
        "format": "densetrace-verify",
        "version": 1,
        "engine": {name: to_json(value) for name, value in found.theirs.engine.items()},
        **_totals(found),
        "compared": [_beside_form(beside) for beside in _shown(found, everything)],
    }


def _totals(found: Comparison) -> dict[str, JSON]:
    fields: dict[str, JSON] = {
        "expression": source_text(found.ours),
        "agrees": found.agrees,
        "verdict": verdict(found),
        "steps": {
            "all": len(found.steps),
            "agree": found.agreeing,
            "depart_as_stated": len(found.departing),
            "differ": len(found.differing),
        },
        "operations_not_compared": dict(zip(("ours", "theirs"), found.not_compared, strict=True)),
        "errors": dict(zip(("ours", "theirs"), (one or None for one in found.errors), strict=True)),
    }
    if found.outputs is not None:
        fields["outputs"] = {
            "agree": found.outputs.agree,
            "tolerance": found.outputs.tolerance,
            "largest_difference": found.outputs.largest,
            "problem": found.outputs.problem or None,
        }
    return fields


def _beside_form(beside: StepPair) -> JSON:
    fields: dict[str, JSON] = {
        "verdict": "agrees" if beside.agrees else "differs" if beside.counts else "stated"
    }
    for side, step in (("ours", beside.ours), ("theirs", beside.theirs)):
        if step is not None:
            fields[side] = _step_form(step)
    if beside.differences:
        fields["differences"] = [_difference_form(one) for one in beside.differences]
    if beside.departure:
        fields["departure"] = beside.departure
    return fields


def _step_form(step: Step) -> JSON:
    where = step.where
    return {
        "step": step.id,
        "kind": step.kind,
        "point": step.point,
        "subject": step.subject,
        "text": plain_text(_phrase(step)),
        "where": None if where is None else {"file": where.file, "line": where.line},
    }


def _difference_form(difference: Difference) -> JSON:
    fields: dict[str, JSON] = {"field": difference.field}
    for side, value in (("ours", difference.ours), ("theirs", difference.theirs)):
        if not isinstance(value, Absent):
            fields[side] = to_json(value)
    return fields | ({"departure": difference.departure} if difference.departure else {})


# -- many comparisons ------------------------------------------------------------------------------


def table(found: Sequence[Comparison], width: int, signs: Signs = UNICODE) -> Iterator[Styled]:
    """A row for each expression with its steps and its verdict, then the overall verdict."""
    columns = Columns.of(width, signs)
    room = columns.width - STEPS_WIDTH - VERDICT_WIDTH - 4
    if room >= VERDICT_WIDTH:
        yield [(f"{'expression':{room}}{'steps':>{STEPS_WIDTH}}  verdict", "heading")]
    for one in found:
        result = Span(short(one), "aside" if one.agrees else "error")
        steps = f"{len(one.steps):,}"
        expression = (Span(source_text(one.ours)),)
        if room < VERDICT_WIDTH:
            yield from columns.across(expression)
            yield from columns.across((Span(f"{steps} steps: "), result), "  ")
            continue
        left = list(block(expression, room, signs, rest=" " * INDENT))
        right = list(block((result,), VERDICT_WIDTH, signs))
        gap: Styled = [(" " * (STEPS_WIDTH + 2), "number")]
        count: Styled = [(f"{steps:>{STEPS_WIDTH}}  ", "number")]
        yield from side_by_side(left, right, room, gap, count)
    yield []
    yield from columns.across((Span(suite_verdict(found), "heading"),))
    if not all(one.agrees for one in found):
        yield from columns.across((Span(HOW_TO_LOOK, "aside"),))


def plain_table(found: Sequence[Comparison]) -> Iterator[str]:
    """A labelled line for each expression, then the overall verdict."""
    for one in found:
        yield f"{source_text(one.ours)}. {len(one.steps):,} steps. {_capital(short(one))}."
    yield suite_verdict(found)
    if not all(one.agrees for one in found):
        yield HOW_TO_LOOK


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def table_form(found: Sequence[Comparison]) -> JSON:
    """The table as JSON."""
    engine = found[0].theirs.engine if found else {}
    return {
        "format": "densetrace-verify-suite",
        "version": 1,
        "engine": {name: to_json(value) for name, value in engine.items()},
        "agrees": all(one.agrees for one in found),
        "verdict": suite_verdict(found),
        "expressions": [_totals(one) for one in found],
    }
