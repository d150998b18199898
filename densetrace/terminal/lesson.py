"""Presents a lesson: page by page on a terminal, all at once into a pipe.

Enter shows the next page, b goes back, s opens the stepper, q stops. A terminal asks the quizzes of
each page; a pipe gets their answers too.
"""

import sys
from collections.abc import Callable
from typing import Final, TypeAlias

from densetrace.render import lesson as view
from densetrace.system.errors import RequestError, quoted
from densetrace.system.exit_codes import DONE, INTERRUPTED
from densetrace.system.file_input import Lines
from densetrace.teach.lesson import Block, Page
from densetrace.teach.performance import Performance, Performed
from densetrace.teach.quiz import Quiz
from densetrace.terminal import capabilities, output

LONGEST_LINE: Final = 1000

StepInto: TypeAlias = Callable[[Performance], object]
"""Opens the stepper for the run of a block."""


# -- all at once ----------------------------------------------------------------------------------


def straight_through(performed: Performed, closing: str = "") -> int:
    """Print every page, then the line `closing`, and return the exit code."""
    try:
        for at in range(len(performed.lesson.pages)):
            if at:
                output.write(["\n\n"], sys.stdout)
            _show(performed, at, asks=False)
        if closing:
            output.write(["\n"], sys.stdout)
            _say(closing)
    except KeyboardInterrupt:
        return INTERRUPTED
    return DONE


def _show(performed: Performed, at: int, *, asks: bool) -> None:
    signs = capabilities.signs_of(sys.stdout)
    if capabilities.is_accessible():
        lines = view.plain_page(performed, at, asks=asks)
        output.write((f"{signs.fit(line)}\n" for line in lines), sys.stdout)
        return
    width = capabilities.width_of(sys.stdout)
    page = performed.lesson.pages[at]
    output.write_styled(view.page_lines(performed, page, width, signs, asks=asks), sys.stdout)


# -- page by page ---------------------------------------------------------------------------------


def by_page(performed: Performed, step_into: StepInto, closing: str = "") -> int:
    """Show the pages that the keys ask for, after the last one `closing`; return the exit code."""
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
                return DONE
            if word in ("b", "back"):
                at = max(0, at - 1)
                shown_page = -1 if at == shown_page else shown_page
            elif word in ("s", "step"):
                _step_on_page(performed, pages[at], number, step_into)
            elif word in ("", "n", "next"):
                at += 1
            else:
                _say(f"Type Enter (next page), b, s or q. Received: {quoted(word)}.")
    except KeyboardInterrupt:
        output.write(["\n"], sys.stdout)
        return INTERRUPTED
    _say(f"End of the lesson. {closing}".rstrip())
    return DONE


def _prompt(performed: Performed, at: int) -> str | None:
    total = len(performed.lesson.pages)
    last = at + 1 == total
    keys = [f"Enter: {'end' if last else 'next'}"]
    keys += ["b: back"] if at else []
    keys += ["s: step"] if _steppable(performed.lesson.pages[at]) else []
    output.write([f"\n[page {at + 1} of {total}]  {', '.join(keys)}, q: quit > "], sys.stdout)
    line = Lines("keys", LONGEST_LINE).next()
    if line is None:
        output.write(["\n"], sys.stdout)
        return None
    return line.strip().lower()


def _say(text: str) -> None:
    output.write([f"{capabilities.signs_of(sys.stdout).fit(text)}\n"], sys.stdout)


def _ask_quizzes(performed: Performed, page: Page) -> bool:
    """Ask the quizzes of a page, and return whether Ctrl-C interrupted them.

    Raises:
        RequestError: when a line of input is too long.
    """
    from densetrace.render.quiz import Conversation
    from densetrace.terminal.quiz import converse

    width = None if capabilities.is_accessible() else capabilities.width_of(sys.stdout)
    for piece in page.pieces:
        answer = performed.of(piece).answer if isinstance(piece, Block) else None
        if isinstance(answer, Quiz):
            output.write(["\n"], sys.stdout)
            ended = converse(Conversation(answer, width), sys.stdout)
            if isinstance(ended, RequestError):
                raise ended
            if ended is not None:
                return True
    return False


# -- into the stepper -----------------------------------------------------------------------------


def _steppable(page: Page) -> list[Block]:
    return [piece for piece in page.pieces if isinstance(piece, Block) and piece.language != "diff"]


def _step_on_page(performed: Performed, page: Page, typed: str, step_into: StepInto) -> None:
    blocks = _steppable(page)
    by_number = {str(block.number): block for block in blocks}
    number = typed.strip()
    if not blocks:
        _say("No block on this page can be stepped through.")
    elif number and number not in by_number:
        _say(f"Blocks of this page: {', '.join(by_number)}. Received: {quoted(number)}.")
    else:
        block = by_number[number] if number else blocks[-1]
        step_into(performed.of(block))
