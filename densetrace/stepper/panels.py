"""The panels of the screen, each a function from the session or its cursor to rows."""

from collections.abc import Iterator
from typing import Final, TypeAlias

from densetrace.data.steps import ABSENT, Step, Where
from densetrace.data.values import Value, counted
from densetrace.data.wording import outcome, short
from densetrace.kinds import KINDS
from densetrace.kinds.kind import Level
from densetrace.kinds.label import error_text
from densetrace.kinds.spans import CROSS, Span, Spans, linked
from densetrace.render.layout import Styled, block, cut, fit, pad, side_by_side, size_of
from densetrace.render.theme import Signs
from densetrace.stepper.cursor import Cursor
from densetrace.stepper.keys import GROUPS, Binding, key_table
from densetrace.stepper.session import Session
from densetrace.stepper.state import UNSET, Attribute
from densetrace.terminal.source import Sources

MARK: Final = "> "
NO_MARK: Final = "  "
CHANGED: Final = "* "
KEPT_BACK: Final = "… later lines are not shown yet"
WIDEST_PROSE: Final = 84
WIDEST_HELP: Final = 60
MOST_SHARED: Final = 100
"""With more attributes than this, those that are None keep their rows: collecting them is slow."""

Entry: TypeAlias = tuple[int, bool]
"""A row of the map: a stop, or (when the second is true) the heading of the phase it begins."""


# -- the map --------------------------------------------------------------------------------------


def map_rows(session: Session, signs: Signs, width: int, height: int) -> list[Styled]:
    """The lines of the tree around the cursor, with the current stop marked.

    The parent of the current stop is always among the rows: if it is too far away, it replaces the
    first. Steps that may still be asked about are left out.
    """
    cursor = session.cursor
    above, below = _above(cursor, height), _below(cursor, height)
    known = [entry for entry in below if cursor.stops.positions[entry[0]][0] <= session.shown]
    kept_back: list[Styled] = []
    if len(known) < len(below):
        below = known
        if height > 1:
            height -= 1
            kept_back = [cut([Span(NO_MARK), Span(KEPT_BACK, "aside")], width, signs)]
    before = min(len(above), max(height // 3, height - 1 - len(below)), height - 1)
    entries = [*above[:before][::-1], (cursor.stop, False), *below[: height - 1 - before]]
    parent = cursor.stops.parents[cursor.stop]
    if before > 0 and parent >= 0 and (parent, False) not in entries:
        entries[0] = (parent, False)
    return [_map_row(cursor, *entry, signs, width) for entry in entries] + kept_back


def map_shows_all_of_line(cursor: Cursor, signs: Signs, width: int) -> bool:
    """Whether the current line fits into its row of the map."""
    spans = (*_guides(cursor, cursor.stop, signs, width), *cursor.line(cursor.stop))
    return len(MARK) + size_of(fit(spans, signs)) <= width


def _above(cursor: Cursor, height: int) -> list[Entry]:
    """The rows above the cursor's, the nearest first."""
    rows: list[Entry] = []
    stop: int | None = cursor.stop
    while stop is not None and len(rows) < height:
        if cursor.starts_phase(stop):
            rows.append((stop, True))
        stop = cursor.above(stop)
        if stop is not None:
            rows.append((stop, False))
    return rows


def _below(cursor: Cursor, height: int) -> list[Entry]:
    rows: list[Entry] = []
    stop = cursor.below(cursor.stop)
    while stop is not None and len(rows) < height:
        if cursor.starts_phase(stop):
            rows.append((stop, True))
        rows.append((stop, False))
        stop = cursor.below(stop)
    return rows


def _map_row(cursor: Cursor, stop: int, heading: bool, signs: Signs, width: int) -> Styled:
    if heading:
        return cut((Span(NO_MARK), *phase_title(cursor, stop)), width, signs)
    here = stop == cursor.stop
    spans = cursor.line(stop)
    if cursor.is_folded(stop):
        spans = (*spans, Span(f"  ({counted(_inside(cursor, stop), 'step')})", "aside"))
    if here:
        spans = tuple(Span(span.text, "heading") for span in spans)
    mark = Span(MARK, "number") if here else Span(NO_MARK)
    return cut((mark, *_guides(cursor, stop, signs, width), *spans), width, signs)


def _guides(cursor: Cursor, stop: int, signs: Signs, width: int) -> Spans:
    """The guides left of a stop, without the outermost ones where they do not fit."""
    most = max(1, width // 2 // len(signs.bar) - 1)
    drawn: list[str] = []
    for outer in cursor.outer(stop):
        if len(drawn) == most:
            drawn[-1] = "…  "
            break
        drawn.append(signs.space if cursor.is_last(outer) else signs.bar)
    own = signs.corner if cursor.is_last(stop) else signs.branch
    return (Span("".join(reversed(drawn)) + own, "aside"),)


def phase_title(cursor: Cursor, stop: int) -> Spans:
    """The heading of the phase that a stop belongs to."""
    phase = cursor.timeline.phases[cursor.timeline.phase_at(cursor.stops.positions[stop][0])]
    number = (Span(f"{phase.number}  ", "number"),) if phase.number else ()
    return *number, *phase.title


def _inside(cursor: Cursor, stop: int) -> int:
    position = cursor.stops.positions[stop][0]
    return cursor.timeline.ends[position] - position - 1


# -- the step in full -----------------------------------------------------------------------------


def step_titles(cursor: Cursor) -> Iterator[Spans]:
    """The kind of the step and its hook point, the longest first."""
    first, *others = cursor.steps
    kinds = Span(" and ".join(step.kind for step in (first, *others)), "name")
    parts = first.point.split(".")
    for start in range(len(parts)):
        yield kinds, Span(f"  {'.'.join(parts[start:])}", "aside")
    yield (kinds,)


def step_rows(cursor: Cursor, signs: Signs, width: int, with_line: bool) -> list[Styled]:
    """A step in full: explanation (by level), inputs and result."""
    width = min(width, WIDEST_PROSE)
    rows: list[Styled] = []
    if with_line:
        rows += block(cursor.line(cursor.stop), width, signs, rest=" " * 2)
    for paragraph in step_spans(cursor):
        rows += block(paragraph, width, signs)
    return rows


def step_spans(cursor: Cursor) -> Iterator[Spans]:
    """The paragraphs of `step_rows`, with the depth of the cursor's level."""
    # Imported here: the texts are many, and a session may never show them.
    from densetrace.teach.explanations import explain_step

    first, *others = cursor.steps
    if first.error is not None:
        yield CROSS, Span(f" {error_text(first.error)}", "error")
    keras = cursor.timeline.trace.keras
    explanation = explain_step(first, keras)
    yield Span("What: ", "name"), Span(explanation.what)
    if cursor.level != "user":
        yield Span("Why: ", "name"), Span(explanation.why)
    for step in others:
        yield Span("Then: ", "name"), Span(explain_step(step, keras).what)
    if cursor.level == "framework":
        yield Span("In Keras: ", "name"), Span(explanation.where)
    yield from _values(first, cursor.level)
    yield from _not_shown(cursor)


def _values(step: Step, level: Level) -> Iterator[Spans]:
    inputs = step.inputs
    if level == "user":
        inputs = {name: value for name, value in inputs.items() if value is not None}
    if inputs:
        yield _listed("In: ", inputs)
    if level == "framework" and step.facts:
        yield _listed("Noted: ", step.facts)
    if step.result is not ABSENT and (step.result is not None or KINDS[step.kind].shows_none):
        yield Span("Out: ", "name"), Span(outcome(step.result), "result")


def _listed(label: str, values: dict[str, Value]) -> Spans:
    spans = [Span(label, "name")]
    for name, value in values.items():
        comma = ", " if len(spans) > 1 else ""
        spans += [Span(f"{comma}{name} = "), Span(short(value), "value")]
    return tuple(spans)


def _not_shown(cursor: Cursor) -> Iterator[Spans]:
    """How many steps inside have no line at this level."""
    if cursor.has_inner_stops(cursor.stop):
        return
    end = cursor.timeline.ends[cursor.positions[0]]
    hidden = _inside(cursor, cursor.stop) - sum(position < end for position in cursor.positions[1:])
    if hidden:
        yield (
            Span(
                f"{counted(hidden, 'step')} inside, not shown at this level. Press l for more "
                "detail.",
                "aside",
            ),
        )


# -- the object's attributes ----------------------------------------------------------------------


def attributes_titles(session: Session) -> Iterator[Spans]:
    """The object and the number of its attributes so far, the longest first."""
    subject = session.states.subject(session.since)
    if subject is None:
        yield (Span("no object", "name"),)
        return
    count = session.states.count(subject, session.cursor.until)
    word = "attribute" if count == 1 else "attributes"
    yield Span(subject, "name"), Span(f"  {count:,} {word}", "aside")
    yield (Span(subject, "name"),)


def attribute_count(session: Session) -> int:
    """The number of attributes of the current object so far."""
    subject = session.states.subject(session.since)
    return 0 if subject is None else session.states.count(subject, session.cursor.until)


def attribute_rows(session: Session, signs: Signs, width: int, height: int) -> list[Styled]:
    """The attributes so far, in the order in which they were first set, with changes marked."""
    states, since, until = session.states, session.since, session.cursor.until
    subject = states.subject(since)
    if subject is None:
        return [cut([Span(f"{NO_MARK}This step has no object.", "aside")], width, signs)][:height]
    count = states.count(subject, until)
    if count == 0:
        return [cut([Span(f"{NO_MARK}It has no attributes yet.", "aside")], width, signs)][:height]
    changes = states.changes(subject, since, until)
    if height < count <= MOST_SHARED:
        every = [states.attribute(subject, index, since, until) for index in range(count)]
        return _table_with_shared_row(every, signs, width, height)
    start = _window(count, height, changes)
    shown = range(start, min(count, start + height))
    rows = _table([states.attribute(subject, i, since, until) for i in shown], signs, width)
    return _with_more(rows, shown.start, count - shown.stop, signs, width)


def _table_with_shared_row(
    every: list[Attribute], signs: Signs, width: int, height: int
) -> list[Styled]:
    """All attributes in a table that is too short for them: those that are None share one row."""
    empty = [one.name for one in every if one.value is None and not one.changed]
    kept = [one for one in every if one.value is not None or one.changed]
    last = cut([Span(f"{NO_MARK}None: "), Span(", ".join(empty), "value")], width, signs)
    room = height - 1 if empty else height
    changes = [index for index, one in enumerate(kept) if one.changed]
    start = _window(len(kept), room, changes)
    shown = range(start, min(len(kept), start + room))
    rows = _table([kept[index] for index in shown], signs, width)
    rows = _with_more(rows, shown.start, len(kept) - shown.stop, signs, width)
    return [*rows, last] if empty else rows


def _table(attributes: list[Attribute], signs: Signs, width: int) -> list[Styled]:
    names = max((size_of([Span(attribute.name)]) for attribute in attributes), default=0)
    return [_attribute(attribute, signs, names, width) for attribute in attributes]


def _with_more(
    rows: list[Styled], before: int, after: int, signs: Signs, width: int
) -> list[Styled]:
    """Rows of a table; the first and the last count the attributes left out."""
    if before > 0 and len(rows) > 1:
        rows[0] = cut([Span(f"{NO_MARK}{before + 1:,} before", "aside")], width, signs)
    if after > 0 and len(rows) > 2:
        rows[-1] = cut([Span(f"{NO_MARK}{after + 1:,} more", "aside")], width, signs)
    return rows


def _window(count: int, height: int, changes: list[int]) -> int:
    """The index of the first attribute to show, so that changes are visible."""
    if count <= height:
        return 0
    if not changes:
        return count - height
    return max(0, min(min(changes) - 1, max(max(changes) + 2 - height, 0), count - height))


def _attribute(attribute: Attribute, signs: Signs, names: int, width: int) -> Styled:
    mark = Span(CHANGED, "number") if attribute.changed else Span(NO_MARK)
    name = cut(
        [Span(attribute.name, "name" if attribute.changed else "text")], width // 2 + 2, signs
    )
    name = pad(name, min(names, width // 2 + 2))
    value: Spans = (
        Span("  "),
        Span(short(attribute.value), "result" if attribute.changed else "value"),
    )
    how = change(attribute)
    if how:
        value = (*value, Span(f"  {how}", "aside"))
    taken = len(CHANGED) + size_of(name)
    return [(mark.text, mark.role), *name, *cut(value, width - taken, signs)]


def change(attribute: Attribute) -> str:
    """How an attribute has changed: `new`, `was False`; empty when it has not."""
    if not attribute.changed:
        return ""
    if attribute.before is UNSET:
        return "new"
    if attribute.before == attribute.value:
        return "set again"
    return f"was {short(attribute.before)}"


# -- the source code ------------------------------------------------------------------------------


def code_titles(where: Where | None) -> Iterator[Spans]:
    """The file, line and function that caused a step, the longest first."""
    if where is None:
        yield (Span("no source line", "name"),)
        return
    if where.file.startswith("<"):
        yield (Span("what you typed", "name"),)
        return
    line = f":{where.line}" if where.line else ""
    name = where.file.replace("\\", "/").rpartition("/")[2]
    role = linked("name", where)
    yield Span(f"{where.file}{line}", role), Span(f"  in {where.function}", "aside")
    yield Span(f"{name}{line}", role), Span(f"  in {where.function}", "aside")
    yield (Span(f"{name}{line}", role),)


def code_rows(
    where: Where | None, sources: Sources, signs: Signs, width: int, height: int
) -> list[Styled]:
    """The line that caused a step, among its neighbours where its file can be found."""
    if where is None:
        return [
            cut([Span("The line that caused this step was not recorded.", "aside")], width, signs)
        ]
    excerpt = sources.excerpt(where, height)
    digits = len(str(excerpt.first + len(excerpt.lines)))
    rows: list[Styled] = []
    for number, text in enumerate(excerpt.lines, excerpt.first):
        here = number == excerpt.current
        label = f"{number:>{digits}} " if number else ""
        mark = Span(MARK, "number") if here else Span(NO_MARK)
        code = Span(text, "name" if here else "text")
        rows.append(
            cut(
                (mark, Span(label, "aside"), Span(f"{signs.vertical} ", "aside"), code),
                width,
                signs,
            )
        )
    return rows


# -- help -----------------------------------------------------------------------------------------


def help_rows(signs: Signs, width: int) -> list[Styled]:
    """All keys, by group, in two columns where there is room."""
    half = (width - 3) // 2
    groups = {
        group: [binding for binding in key_table() if binding.group == group] for group in GROUPS
    }
    size = half if half >= WIDEST_HELP else width
    blocks = {
        group: [
            cut([Span(group, "heading")], size, signs),
            *(row for binding in bindings for row in _help_rows_of(binding, size, signs)),
        ]
        for group, bindings in groups.items()
    }
    if size == width:
        return [row for block in blocks.values() for row in [*block, []]][:-1]
    moving, finding, seeing, leaving = blocks.values()
    left, right = [*moving, [], *finding], [*seeing, [], *leaving]
    return list(side_by_side(left, right, half + 3, []))


def _help_rows_of(binding: Binding, width: int, signs: Signs) -> Iterator[Styled]:
    keys = f"  {binding.shown:<9} "
    indent = " " * len(keys)
    return block([Span(binding.help)], width, signs, first=keys, rest=indent, role="call")
