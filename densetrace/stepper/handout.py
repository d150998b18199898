"""A step as a Markdown page to hand out: line, explanation, source line and attributes."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from densetrace.data.wording import short
from densetrace.kinds.spans import plain_text
from densetrace.render.markdown_text import code, escaped, fenced
from densetrace.render.phases import source_text
from densetrace.stepper import panels
from densetrace.stepper.session import Session
from densetrace.stepper.source import Excerpt, Sources
from densetrace.system.errors import RequestError
from densetrace.system.escape import printable
from densetrace.system.files import write_new
from densetrace.teach.explanations import explain_step

CODE_LINES: Final = 7
MOST_ATTRIBUTES: Final = 100
_COPIES: Final = range(1, 1001)


def page(session: Session, sources: Sources, command: str) -> str:
    """The page for the current step of a session; `command` returns to that step."""
    return printable("\n".join(_lines(session, sources, command)) + "\n")


def save(text: str, number: int, folder: Path) -> Path:
    """Write a page into a folder, under a new name.

    Raises:
        RequestError: when it cannot be written.
    """
    names = (f"densetrace-step-{number}{f'-{copy}' if copy > 1 else ''}.md" for copy in _COPIES)
    path = write_new((folder / name for name in names), text)
    if path is None:
        raise RequestError(f"This folder already has {len(_COPIES)} files of step {number}.")
    return path


def _lines(session: Session, sources: Sources, command: str) -> Iterator[str]:
    cursor = session.cursor
    first, *others = cursor.steps
    phase = plain_text(panels.phase_title(cursor, cursor.stop))
    yield f"# Step {cursor.number:,} of {len(cursor.timeline):,}"
    yield ""
    yield f"Of {code(source_text(cursor.timeline.trace))}, in {code(phase)}:"
    yield ""
    yield from _block(plain_text(cursor.line(cursor.stop)))
    keras = cursor.timeline.trace.keras
    explanation = explain_step(first, keras)
    yield from _paragraph("What happens", explanation.what)
    for step in others:
        yield from _paragraph("Then", explain_step(step, keras).what)
    yield from _paragraph("Why", explanation.why)
    yield from _paragraph("Where in Keras", explanation.where)
    where = first.where
    if where is not None:
        title = " ".join(plain_text(next(panels.code_titles(where))).split())
        yield f"**Caused by** {escaped(title) if where.file.startswith('<') else code(title)}:"
        yield ""
        yield from _block(_excerpt(sources.excerpt(where, CODE_LINES)), "python")
    yield from _attributes(session)
    yield "To come back to this step:"
    yield ""
    yield from _block(command)


def _attributes(session: Session) -> Iterator[str]:
    states, since, until = session.states, session.since, session.cursor.until
    subject = states.subject(since)
    count = 0 if subject is None else min(states.count(subject, until), MOST_ATTRIBUTES)
    if subject is None or count == 0:
        return
    yield f"**Attributes of {code(subject)} so far**; those set in this step are marked:"
    yield ""
    yield "| | attribute | value |"
    yield "|---|---|---|"
    for index in range(count):
        attribute = states.attribute(subject, index, since, until)
        cells = map(escaped, (panels.change(attribute), attribute.name, short(attribute.value)))
        yield f"| {' | '.join(cells)} |"
    yield ""


def _excerpt(excerpt: Excerpt) -> str:
    numbered = enumerate(excerpt.lines, excerpt.first)
    return "\n".join(
        f"{'>' if number == excerpt.current else ' '} {number or '':>4}  {line}".rstrip()
        for number, line in numbered
    )


def _paragraph(label: str, text: str) -> Iterator[str]:
    yield f"**{label}.** {escaped(text)}"
    yield ""


def _block(text: str, language: str = "") -> Iterator[str]:
    """Text as a code block."""
    yield fenced([f"{line}\n" for line in text.split("\n")], language)
