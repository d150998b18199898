"""The actions of `densetrace demo`: check, hand out, present or step through a lesson."""

import sys
from collections.abc import Iterable
from functools import partial

from densetrace.cli.perform import perform, run_block, script_of
from densetrace.data.values import counted
from densetrace.kinds.kind import Level
from densetrace.render import lesson as view
from densetrace.system.errors import RequestError, shown
from densetrace.system.escape import printable
from densetrace.system.exit_codes import DONE, RAISED
from densetrace.teach.lesson import Lesson
from densetrace.teach.performance import Performance, Performed
from densetrace.terminal import output
from densetrace.terminal.command_line import command_line
from densetrace.terminal.lesson import by_page, straight_through


def check(lessons: Iterable[Lesson]) -> int:
    """Run lessons and report only whether their expectations hold. Returns 0, or 1 if not."""
    code = DONE
    for lesson in lessons:
        performed = perform(lesson)
        if performed.failures:
            code = RAISED
            _say_failures(performed)
            continue
        blocks = len(performed.performances)
        expectations = counted(performed.checks, "expectation")
        line = f"{lesson.name}: {expectations} of {counted(blocks, 'block')} were met.\n"
        output.write([line], sys.stdout)
    return code


def hand_out(lesson: Lesson, form: str, file: str | None) -> int:
    """Write a lesson as a handout, to standard output or a file. Returns 1, without writing, if an
    expectation fails."""
    performed = perform(lesson)
    if performed.failures:
        _say_failures(performed)
        return RAISED
    if form == "html":
        from densetrace.render import lesson_html

        text = printable(lesson_html.render_html(performed))
    else:
        from densetrace.render import lesson_markdown

        text = printable(lesson_markdown.render_markdown(performed))
    if file is None or output.is_standard_output(file):
        output.write_safe([text], sys.stdout)
    else:
        output.save([text], file)
    return DONE


def present(lesson: Lesson, *, pages: bool | None = None, solution: bool = False) -> int:
    """Present a lesson. Returns 0, 1 if an expectation fails, 130 if interrupted.

    Args:
        pages: wait after each page; by default on a terminal.
        solution: show only the exercise and its solution, instead of all but the solution.
    """
    performed = perform(lesson.exercise_and_solution() if solution else lesson.for_learners())
    closing = ""
    if lesson.has_solution and not solution:
        command = command_line(["densetrace", "demo", lesson.called, "--solution"])
        closing = f"Solution to the exercise: {command}"
    waits = sys.stdin.isatty() and sys.stdout.isatty() if pages is None else pages
    if waits:
        code = by_page(performed, partial(step_into, lesson), closing)
    else:
        code = straight_through(performed, closing)
    _say_failures(performed)
    return code or (RAISED if performed.failures else DONE)


def step_block(lesson: Lesson, number: int, at: int = 1, level: Level | None = None) -> int:
    """Open the stepper for a block, by its number, at a step.

    Raises:
        RequestError: when the lesson has no such block, or it cannot be stepped through.
    """
    blocks = {block.number: block for block in lesson.blocks}
    if number not in blocks:
        raise RequestError(
            f"This lesson has the blocks 1 to {len(blocks)}. Received: --step {number}."
        )
    block = blocks[number]
    if block.language == "diff":
        steppable = [str(block.number) for block in lesson.blocks if block.language != "diff"]
        raise RequestError(
            f"Block {number} compares two runs, so there is no single run to step through.",
            f"Blocks to step through: {', '.join(steppable)}.",
        )
    return step_into(lesson, run_block(lesson, block), at, level)


def step_into(
    lesson: Lesson, performance: Performance, at: int = 1, level: Level | None = None
) -> int:
    """Step through the run of a block; the file of a script exists meanwhile."""
    from densetrace.stepper import loop

    block, trace = performance.block, performance.trace
    assert trace is not None
    level = level or view.view_of(block).level
    command = ("densetrace", "demo", lesson.called, "--step", str(block.number))
    if block.language != "python":
        return loop.step(trace, at=at, level=level, command=command)
    with script_of(block) as path:
        return loop.step(trace, at=at, level=level, command=command, folder=path.parent)


def _say_failures(performed: Performed) -> None:
    for one in performed.failures:
        output.say(shown(str(one), 1000))
