"""A session as sentences, for a screen reader, a pipe, or a terminal without cursor control."""

from collections.abc import Iterator
from typing import Final

from densetrace.data.wording import short
from densetrace.render.phases import source_text
from densetrace.render.plain import spoken
from densetrace.stepper import panels
from densetrace.stepper.cursor import Cursor
from densetrace.stepper.keys import GROUPS, key_table
from densetrace.stepper.session import Panel, Session
from densetrace.system.errors import shown

SHOWN_FIRST: Final[frozenset[Panel]] = frozenset(("explanation", "code"))
"""The panels that are read out at first."""

MOST_ATTRIBUTES: Final = 100


_TYPED_IN_LINES: Final = {
    "next": "Enter alone, j n Down or next",
    "number": "17 or any other number",
    "toggle-fold": "toggle-fold",
    "suspend": "Ctrl-Z",
    "scroll": "",
    "scroll-back": "",
    "redraw": "",
}
"""Action -> its keys in line mode, where they differ from those of the screen; empty for actions
that only a screen has."""


def welcome(cursor: Cursor) -> Iterator[str]:
    """The title of the trace, and how to go on."""
    yield f"Trace of {source_text(cursor.timeline.trace) or 'a run'}, step by step."
    yield "Type a key, then Enter. Enter alone shows the next step, ? lists all keys, q quits."


def step(session: Session) -> Iterator[str]:
    """The current step, and the text of the panels that are switched on."""
    cursor = session.cursor
    yield _position(cursor)
    yield spoken(cursor.line(cursor.stop))
    if cursor.is_folded(cursor.stop):
        yield "The steps inside are folded."
    if "explanation" in session.panels:
        for spans in panels.step_spans(cursor):
            yield spoken(spans)
    if "code" in session.panels:
        yield from _source_line(cursor)
    yield from _changes(session)
    if "attributes" in session.panels:
        yield from _attributes(session)
    if "map" in session.panels:
        yield from _neighbours(session)


def keys() -> Iterator[str]:
    """All keys and words of line mode, by group."""
    for group in GROUPS:
        yield f"{group}:"
        for binding in key_table():
            typed = _TYPED_IN_LINES.get(binding.action, f"{binding.shown} or {binding.action}")
            if binding.group == group and typed:
                yield f"{typed}: {binding.help}."


def _position(cursor: Cursor) -> str:
    parent = cursor.stops.parents[cursor.stop]
    inside = f", inside step {cursor.stops.positions[parent][0] + 1:,}" if parent >= 0 else ""
    phase = spoken(panels.phase_title(cursor, cursor.stop))
    total = len(cursor.timeline)
    others = ""
    if cursor.others is not None:
        first, last = cursor.others
        others = (
            f", with step {first:,}" if first == last else f", with steps {first:,} to {last:,}"
        )
    return (
        f"Step {cursor.number:,} of {total:,}{others}{inside}. Phase {phase}. Level {cursor.level}."
    )


def _source_line(cursor: Cursor) -> Iterator[str]:
    where = cursor.steps[0].where
    if where is None:
        return
    text = shown(where.text.strip(), limit=300)
    if where.file.startswith("<"):
        yield f"Caused by what you typed: {text}"
    else:
        file, function = shown(where.file), shown(where.function)
        yield f"Caused by line {where.line} of {file}, in {function}: {text}"


def _changes(session: Session) -> Iterator[str]:
    states, since, until = session.states, session.since, session.cursor.until
    subject = states.subject(since)
    if subject is None:
        return
    for index in states.changes(subject, since, until):
        attribute = states.attribute(subject, index, since, until)
        name, how = (
            f"{shown(subject)}.{shown(attribute.name)}",
            shown(panels.change(attribute), 200),
        )
        yield f"Changed: {name} = {short(attribute.value)} ({how})"


def _attributes(session: Session) -> Iterator[str]:
    states, since, until = session.states, session.since, session.cursor.until
    subject = states.subject(since)
    count = 0 if subject is None else states.count(subject, until)
    if subject is None or count == 0:
        yield "There are no attributes yet."
        return
    yield f"Attributes of {shown(subject)} so far:"
    for index in range(min(count, MOST_ATTRIBUTES)):
        attribute = states.attribute(subject, index, since, until)
        yield f"{shown(attribute.name)} = {short(attribute.value)}"
    if count > MOST_ATTRIBUTES:
        yield f"{count - MOST_ATTRIBUTES:,} more"


def _neighbours(session: Session) -> Iterator[str]:
    cursor = session.cursor
    for word, stop in (
        ("Before it", cursor.above(cursor.stop)),
        ("After it", cursor.below(cursor.stop)),
    ):
        if stop is not None and cursor.stops.positions[stop][0] <= session.shown:
            number = cursor.stops.positions[stop][0] + 1
            yield f"{word}: step {number:,}, {spoken(cursor.line(stop))}"
