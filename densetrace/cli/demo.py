"""`densetrace demo`: lists the lessons, or presents one."""

import sys
from pathlib import PurePath
from typing import Annotated, Final, Literal

import typer

from densetrace.cli import completion, options
from densetrace.cli.app import app
from densetrace.system import signals
from densetrace.system.errors import RequestError, shown
from densetrace.system.exit_codes import DONE
from densetrace.terminal import output

FORMS: Final = {".html": "html", ".htm": "html", ".md": "markdown", ".markdown": "markdown"}


@app.command(
    short_help="Take a lesson: list them, or run one.",
    help="""\
Take a lesson: predict, run, investigate, modify, make.

Every output is made live. On a terminal a lesson waits after each page; into a pipe it goes
straight through.""",
    epilog="""\b
Examples:
  densetrace demo
  densetrace demo article
  densetrace demo lookups --step 2
  densetrace demo glorot --format html -o glorot.html
  densetrace demo mine.md --check

\b
A lesson runs the code that is in it: take a stranger's only as you would run a
stranger's script. docs/lessons.md tells how to write one.
Exit codes: 0 done, 1 something that the lesson expects did not come true,
2 the request was wrong or the lesson is broken, 130 interrupted.""",
)
def demo(
    lesson: Annotated[
        str | None,
        typer.Argument(
            metavar="LESSON",
            autocompletion=completion.lessons,
            show_default=False,
            help="A built-in lesson by name, or one of your own (FILE.md). All of them are listed "
            "when left out.",
        ),
    ] = None,
    check: Annotated[
        bool,
        typer.Option("--check", help="Only say whether what the lesson expects comes true."),
    ] = False,
    step: Annotated[
        int | None,
        typer.Option("--step", metavar="N", help="Open the stepper at block N.", min=1),
    ] = None,
    at: Annotated[int, typer.Option(metavar="N", help="With --step, the step to begin with.")] = 1,
    level: Annotated[
        options.Level | None,
        typer.Option(help="With --step, how closely to look.", show_default=False),
    ] = None,
    pages: Annotated[
        bool,
        typer.Option(
            "--pages/--no-pages",
            help="Wait after each page, where there is a terminal.",
        ),
    ] = True,
    format: Annotated[
        Literal["html", "markdown"] | None,
        typer.Option(help="Make a hand-out, with all outputs in it."),
    ] = None,
    file: options.FileOption = None,
) -> int:
    hands_out = format is not None or file is not None
    actions_given = {"--check": check, "--step": step is not None, "a hand-out": hands_out}
    chosen = [name for name, given in actions_given.items() if given]
    if len(chosen) > 1:
        raise RequestError(f"One thing at a time. Received: {' and '.join(chosen)}.")
    if step is None and (at != 1 or level is not None):
        raise RequestError("--at and --level say how to step: they go with --step N.")
    if lesson is None and not check:
        if chosen:
            raise RequestError(
                f"Which lesson? Received {chosen[0]} and no lesson.",
                "The lessons are listed by: densetrace demo",
            )
        return _list_lessons()
    from densetrace.cli import demo_actions as actions
    from densetrace.teach import course

    with signals.interrupts_raised():
        if lesson is None:
            return actions.check(map(course.builtin, course.names()))
        found = course.find_lesson(lesson)
        if check:
            return actions.check([found])
        if step is not None:
            return actions.step_block(found, step, at, level)
        if hands_out:
            return actions.hand_out(found, format or _form_of(file), file)
        return actions.present(found, pages=None if pages else False)


def _list_lessons() -> int:
    """Print the name and title of every built-in lesson."""
    from densetrace.render import lesson_list as view
    from densetrace.teach.course import titles

    lines = view.lines(titles(), output.width_of(sys.stdout), output.signs_of(sys.stdout))
    output.write_styled(lines, sys.stdout)
    return DONE


def _form_of(file: str | None) -> str:
    """The form for the suffix of a file."""
    suffix = PurePath(file or "").suffix.lower()
    if suffix not in FORMS:
        raise RequestError(
            f"A hand-out is html or markdown. Received: -o {shown(file or '')}.",
            "Say which: --format html, or call the file .html or .md.",
        )
    return FORMS[suffix]
