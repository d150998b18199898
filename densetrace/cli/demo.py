"""`densetrace demo`: lists the lessons, or presents one."""

import sys
from pathlib import PurePath
from typing import Annotated, Final, Literal

import typer

from densetrace.cli import completion, epilog, options
from densetrace.cli.app import app
from densetrace.system import signals
from densetrace.system.errors import RequestError, quoted, shown
from densetrace.system.exit_codes import DONE
from densetrace.terminal import capabilities, output

FORMS: Final = {".html": "html", ".htm": "html", ".md": "markdown", ".markdown": "markdown"}


@app.command(
    short_help="List the lessons, or take one.",
    help="""\
Take a lesson. Each has the same parts: predict, run, investigate, modify, make.

Without a name, lists all lessons. Every output in a lesson is computed live. A terminal waits
after each page. In a pipe, all pages are printed without waiting.""",
    epilog=f"""\b
Examples:
  densetrace demo
  densetrace demo article-1
  densetrace demo lookups --step 2
  densetrace demo glorot --solution
  densetrace demo glorot --format html -o glorot.html
  densetrace demo mine.md --check

\b
A lesson runs the code in it: only take lessons whose author you trust.
docs/lessons.md explains how to write one.

{
        epilog.exit_codes(
            raised="an expectation of the lesson was not met",
            refused="the lesson is invalid",
        )
    }""",
)
def demo(
    lesson: Annotated[
        str | None,
        typer.Argument(
            metavar="LESSON",
            autocompletion=completion.lessons,
            show_default=False,
            help="The name of a built-in lesson, or a file with one of your own (FILE.md).",
        ),
    ] = None,
    check: Annotated[
        bool,
        typer.Option("--check", help="Only report whether all expectations are met."),
    ] = False,
    solution: Annotated[
        bool,
        typer.Option(
            "--solution",
            help="Show the exercise and its solution; in a handout, add the solution.",
        ),
    ] = False,
    step: Annotated[
        int | None,
        typer.Option(
            "--step",
            metavar="N",
            help="Open the stepper on the code block numbered [N].",
            min=1,
        ),
    ] = None,
    at: Annotated[int, typer.Option(metavar="N", help="With --step: start at this step.")] = 1,
    level: Annotated[
        options.Level | None,
        typer.Option(help="With --step: how much detail to show.", show_default=False),
    ] = None,
    pages: Annotated[
        bool,
        typer.Option(
            "--pages/--no-pages",
            help="On a terminal, wait after each page.",
        ),
    ] = True,
    format: Annotated[
        Literal["html", "markdown"] | None,
        typer.Option(help="Write a handout with all outputs in it."),
    ] = None,
    file: options.FileOption = None,
) -> int:
    hands_out = format is not None or file is not None
    actions_given = {"--check": check, "--step": step is not None, "a handout": hands_out}
    chosen = [name for name, given in actions_given.items() if given]
    if len(chosen) > 1:
        raise RequestError(f"Give only one of these at a time. Received: {' and '.join(chosen)}.")
    if step is None and (at != 1 or level is not None):
        raise RequestError(
            "--at and --level need --step N: they set where and how the stepper starts."
        )
    if solution and (check or step is not None):
        raise RequestError(
            f"--solution shows pages. Received: --solution and {chosen[0]}.",
            "Leave out --solution: --check and --step include the blocks of the solution.",
        )
    chosen += ["--solution"] if solution else []
    if lesson is None and not check:
        if chosen:
            raise RequestError(
                f"Which lesson? Received: {chosen[0]} without a lesson.",
                "List the lessons with: densetrace demo",
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
        if solution and not found.has_solution:
            raise RequestError(
                f"The lesson {shown(lesson)} has no solution.",
                "A lesson has one if its last page is called Solution.",
            )
        if hands_out:
            whole = found if solution else found.for_learners()
            return actions.hand_out(whole, format or _form_of(file), file)
        return actions.present(found, pages=None if pages else False, solution=solution)


def _list_lessons() -> int:
    """Print the name and title of every built-in lesson."""
    from densetrace.render import lesson_list as view
    from densetrace.teach.course import titles

    lines = view.lines(
        titles(), capabilities.width_of(sys.stdout), capabilities.signs_of(sys.stdout)
    )
    output.write_styled(lines, sys.stdout)
    return DONE


def _form_of(file: str | None) -> str:
    """The form for the suffix of a file."""
    suffix = PurePath(file or "").suffix.lower()
    if suffix not in FORMS:
        raise RequestError(
            f"A handout is HTML or Markdown. Received: -o {quoted(file or '')}.",
            "Add --format html, or name the file .html or .md.",
        )
    return FORMS[suffix]
