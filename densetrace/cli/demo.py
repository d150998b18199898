"""What `densetrace demo` does with what was typed."""

import sys
from pathlib import PurePath
from typing import TYPE_CHECKING

from densetrace.system import signals
from densetrace.system.errors import RequestError, shown
from densetrace.system.exit_codes import DONE
from densetrace.teach.course import builtin, find_lesson, names, titles

if TYPE_CHECKING:
    from densetrace.kinds.kind import Level

FORMS = {".html": "html", ".htm": "html", ".md": "markdown", ".markdown": "markdown"}


@signals.raised()
def demo(
    named: str | None,
    *,
    check: bool,
    step: int | None,
    at: int,
    level: "Level | None",
    pages: bool,
    format: str | None,
    file: str | None,
) -> int:
    """List the lessons, or do with one of them what was asked, and give the exit code.

    Raises:
        RequestError: when the request was wrong, or the lesson is broken.
    """
    hands_out = format is not None or file is not None
    asked = {"--check": check, "--step": step is not None, "a hand-out": hands_out}
    chosen = [name for name, given in asked.items() if given]
    if len(chosen) > 1:
        raise RequestError(f"One thing at a time. Received: {' and '.join(chosen)}.")
    if step is None and (at != 1 or level is not None):
        raise RequestError("--at and --level say how to step: they go with --step N.")
    if named is None and not check:
        if chosen:
            raise RequestError(
                f"Which lesson? Received {chosen[0]} and no lesson.",
                "The lessons are listed by: densetrace demo",
            )
        return _list_lessons()
    from densetrace.cli import lesson as actions

    if named is None:
        return actions.check(map(builtin, names()))
    lesson = find_lesson(named)
    if check:
        return actions.check([lesson])
    if step is not None:
        return actions.step_block(lesson, step, at, level)
    if hands_out:
        return actions.hand_out(lesson, format or _form_of(file), file)
    return actions.hold(lesson, pages=None if pages else False)


def _list_lessons() -> int:
    """Print every built-in lesson with a line."""
    from densetrace.render import lesson_list as view
    from densetrace.terminal import output

    lines = view.lines(titles(), output.width_of(sys.stdout), output.signs_of(sys.stdout))
    output.write_styled(lines, sys.stdout)
    return DONE


def _form_of(file: str | None) -> str:
    """The form that the name of a file tells."""
    suffix = PurePath(file or "").suffix.lower()
    if suffix not in FORMS:
        raise RequestError(
            f"A hand-out is html or markdown. Received: -o {shown(file or '')}.",
            "Say which: --format html, or call the file .html or .md.",
        )
    return FORMS[suffix]
