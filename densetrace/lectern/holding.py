"""Holds a lesson: page by page with a person at a terminal, straight through into a pipe.

Enter goes on, b goes back, s opens the stepper, q stops. Quizzes are asked as they come; in a pipe
their answers are told.
"""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from densetrace import output
from densetrace.errors import RequestError, shown
from densetrace.interrupts import INTERRUPTED
from densetrace.lectern.running import perform, run_block, script_of
from densetrace.render import lesson as view
from densetrace.render.outline import Level
from densetrace.teach.lesson import Block, Lesson, Page
from densetrace.teach.performance import Performance, Performed
from densetrace.teach.quiz import Quiz

LONGEST_LINE: Final = 1000


def check(lessons: Iterable[Lesson]) -> int:
    """Run lessons and say only whether what they expect came true: 0, or 1 when not."""
    code = 0
    for lesson in lessons:
        performed = perform(lesson)
        if performed.failures:
            code = 1
            _say_failures(performed)
            continue
        blocks = len(performed.performances)
        told = f"{lesson.name}: {_counted(performed.checks, 'expectation')} of "
        output.write([f"{told}{_counted(blocks, 'block')} came true.\n"], sys.stdout)
    return code


def hand_out(lesson: Lesson, form: str, file: str | None) -> int:
    """Write a lesson as a hand-out, to standard output or a file. One that does not come true is
    not handed out: 1."""
    performed = perform(lesson)
    if performed.failures:
        _say_failures(performed)
        return 1
    if form == "html":
        from densetrace.render import lesson_html

        text = lesson_html.render_html(performed)
    else:
        from densetrace.render import lesson_markdown

        text = lesson_markdown.render_markdown(performed)
    if file is None:
        output.write_document([text], sys.stdout)
        return 0
    from densetrace.files import write_whole

    write_whole(Path(file), text)
    output.say(f"Wrote {shown(file, output.LONGEST_PATH)}.")
    return 0


def hold(lesson: Lesson, *, by_page: bool | None = None) -> int:
    """Show a lesson: 0, 1 when something it expects did not come true, 130 when interrupted.

    Args:
        by_page: wait after each page; by default where a person sits at a terminal.
    """
    performed = perform(lesson)
    waits = sys.stdin.isatty() and sys.stdout.isatty() if by_page is None else by_page
    code = _by_page(performed) if waits else _straight_through(performed)
    _say_failures(performed)
    return code or (1 if performed.failures else 0)


def _say_failures(performed: Performed) -> None:
    for one in performed.failures:
        output.say(shown(str(one), 1000))


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


# -- straight through -----------------------------------------------------------------------------


def _straight_through(performed: Performed) -> int:
    try:
        for at in range(len(performed.lesson.pages)):
            if at:
                output.write(["\n\n"], sys.stdout)
            _show(performed, at, asks=False)
    except KeyboardInterrupt:
        return INTERRUPTED
    return 0


def _show(performed: Performed, at: int, *, asks: bool) -> None:
    signs = output.signs_of(sys.stdout)
    if output.is_accessible():
        lines = view.plain_page(performed, at, asks=asks)
        output.write((f"{signs.fit(line)}\n" for line in lines), sys.stdout)
        return
    width = output.width_of(sys.stdout)
    page = performed.lesson.pages[at]
    output.write_styled(view.page_lines(performed, page, width, signs, asks=asks), sys.stdout)


# -- page by page ---------------------------------------------------------------------------------


def _by_page(performed: Performed) -> int:
    pages = performed.lesson.pages
    at = 0
    shown_page = -1
    try:
        while at < len(pages):
            if at != shown_page:
                output.write(["\n"] if shown_page >= 0 else [], sys.stdout)
                _show(performed, at, asks=True)
                if _ask_quizzes(performed, pages[at]):
                    return INTERRUPTED
                shown_page = at
            typed = _prompt(performed, at)
            word, _, number = typed.partition(" ") if typed is not None else ("q", "", "")
            if word in ("q", "quit"):
                return 0
            if word in ("b", "back"):
                at = max(0, at - 1)
                shown_page = -1 if at == shown_page else shown_page
            elif word in ("s", "step"):
                _step_on_page(performed, pages[at], number)
            elif word in ("", "n", "next"):
                at += 1
            else:
                _say(f"Enter for the next page, b, s or q. Received: {shown(word)}.")
    except KeyboardInterrupt:
        output.write(["\n"], sys.stdout)
        return INTERRUPTED
    _say("That was the lesson.")
    return 0


def _prompt(performed: Performed, at: int) -> str | None:
    total = len(performed.lesson.pages)
    last = at + 1 == total
    keys = [f"Enter: {'end' if last else 'next'}"]
    keys += ["b: back"] if at else []
    keys += ["s: step"] if _steppable(performed.lesson.pages[at]) else []
    output.write([f"\n[page {at + 1} of {total}]  {', '.join(keys)}, q: quit > "], sys.stdout)
    data = sys.stdin.buffer.readline(LONGEST_LINE)
    if not data:
        output.write(["\n"], sys.stdout)
        return None
    return data.decode(sys.stdin.encoding or "utf-8", "replace").strip().lower()


def _say(text: str) -> None:
    output.write([f"{output.signs_of(sys.stdout).fit(text)}\n"], sys.stdout)


def _ask_quizzes(performed: Performed, page: Page) -> bool:
    """Ask the quizzes of a page; whether the person interrupted."""
    from densetrace.render.quiz import Conversation
    from densetrace.sitting import sit

    width = None if output.is_accessible() else output.width_of(sys.stdout)
    for piece in page.pieces:
        answer = performed.of(piece).answer if isinstance(piece, Block) else None
        if isinstance(answer, Quiz):
            output.write(["\n"], sys.stdout)
            if sit(Conversation(answer, width), sys.stdout):
                return True
    return False


# -- into the stepper -----------------------------------------------------------------------------


def _steppable(page: Page) -> list[Block]:
    return [piece for piece in page.pieces if isinstance(piece, Block) and piece.language != "diff"]


def _step_on_page(performed: Performed, page: Page, typed: str) -> None:
    blocks = _steppable(page)
    by_number = {str(block.number): block for block in blocks}
    number = typed.strip()
    if not blocks:
        _say("There is nothing on this page to step through.")
    elif number and number not in by_number:
        _say(f"Blocks of this page: {', '.join(by_number)}. Received: {shown(number)}.")
    else:
        block = by_number[number] if number else blocks[-1]
        step_into(performed.lesson, performed.of(block))


def step_block(lesson: Lesson, number: int, at: int = 1, level: Level | None = None) -> int:
    """Open the stepper at a block, by its number, and there at a step.

    Raises:
        RequestError: when the lesson has no such block, or it cannot be stepped through.
    """
    blocks = {block.number: block for block in lesson.blocks}
    if number not in blocks:
        raise RequestError(
            f"The blocks of this lesson have the numbers 1 to {len(blocks)}. "
            f"Received: --step {number}."
        )
    block = blocks[number]
    if block.language == "diff":
        able = [str(block.number) for block in lesson.blocks if block.language != "diff"]
        raise RequestError(
            f"Block {number} compares two runs, so there is no one run to step through.",
            f"Blocks that have one: {', '.join(able)}.",
        )
    return step_into(lesson, run_block(lesson, block), at, level)


def step_into(
    lesson: Lesson, performance: Performance, at: int = 1, level: Level | None = None
) -> int:
    """Step through the run of a block; a script is there to be looked at meanwhile."""
    from densetrace.stepper import loop

    block, trace = performance.block, performance.trace
    assert trace is not None
    level = level or view.view_of(block).level
    command = ("densetrace", "demo", lesson.called, "--step", str(block.number))
    if block.language != "python":
        return loop.step(trace, at=at, level=level, command=command)
    with script_of(block) as path:
        return loop.step(trace, at=at, level=level, command=command, folder=path.parent)
