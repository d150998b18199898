"""A trace as flat, labelled lines, for screen readers and `grep`.

One line per step, with its position in words: `Step 9 of 54, inside step 3: ...`.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from densetrace.data.trace import Trace
from densetrace.kinds.kind import Level
from densetrace.kinds.spans import ARROW, CROSS, Spans
from densetrace.render.numbers import with_numbers
from densetrace.render.outline import Outline, Row, View
from densetrace.render.phases import Phase, source_text
from densetrace.render.summary import summary
from densetrace.system.escape import visible

LONGEST_LINE: Final = 160
"""A line with numbers has at most so many characters."""


def lines(trace: Trace, view: View) -> Iterator[str]:
    """The lines, not wrapped: terminals and screen readers do that themselves."""
    follows = trace.engine.get("follows")
    yield f"Trace of {source_text(trace)}"
    if isinstance(follows, str):
        yield f"It follows {follows} step by step."
    outline = Outline(trace, view)
    total = f"{len(trace.order.steps):,}"
    phases = list(outline.phases())
    for number, phase in enumerate(phases, start=1):
        yield ""
        yield _heading(phase, f"Phase {number} of {len(phases)}")
        for row in outline.rows(phase):
            yield from _row(row, total)
    yield ""
    for spans in summary(outline):
        yield spoken(spans)


def chunks(trace: Trace, view: View) -> Iterator[str]:
    """The lines as text, one by one."""
    return (f"{visible(line)}\n" for line in lines(trace, view))


def render_text(trace: Trace, level: Level = "author") -> str:
    """All lines as one text."""
    return "".join(chunks(trace, View(level)))


@lru_cache(maxsize=4096)
def spoken(spans: Spans) -> str:
    """The text of spans as a person reads it out, with words instead of signs."""
    words: list[str] = []
    for span in spans:
        if span == ARROW:
            words.append("returns")
        elif span != CROSS:
            words.append(span.text)
    return " ".join("".join(words).split())


def _heading(phase: Phase, label: str) -> str:
    title = spoken(phase.longer or phase.title)
    where = "" if phase.number.isdigit() else phase.number
    heading = ", ".join(filter(None, (where, title)))
    return " ".join(filter(None, (f"{label}: {heading}", phase.aside)))


def _row(row: Row, total: str) -> Iterator[str]:
    line, parent = row.line, row.parent
    text = spoken(with_numbers(line, LONGEST_LINE))
    if not line.steps:
        yield f"{'Error' if line.failed else 'Item'}: {text}"
    else:
        inside = f", inside step {parent.steps[0].id + 1}" if parent and parent.steps else ""
        yield f"Step {line.steps[0].id + 1} of {total}{inside}: {text}"
    for note in line.notes:
        yield f"{'Error' if note.role == 'error' else 'Note'}: {note.text}"
