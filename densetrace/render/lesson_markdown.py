"""A lesson as a Markdown handout: its prose as written, and the output of its blocks."""

from collections.abc import Iterable, Iterator

from densetrace.render.lesson import INDENT, WIDTH, answers, output_lines, proof_of, script_title
from densetrace.render.markdown_text import code, escaped, fenced
from densetrace.render.quiz import numbered_question
from densetrace.render.theme import UNICODE
from densetrace.system.escape import visible
from densetrace.teach.lesson import Block, Prose
from densetrace.teach.performance import Judgement, Performance, Performed
from densetrace.teach.quiz import Quiz


def chunks(performed: Performed) -> Iterator[str]:
    """The handout, piece by piece, with the answers to its questions at the end."""
    keys: list[Performance] = []
    for number, page in enumerate(performed.lesson.pages):
        yield f"{'##' if number else '#'} {visible(page.title)}\n\n"
        for piece in page.pieces:
            if isinstance(piece, Prose):
                yield f"{_lines(piece.text)}\n\n"
            elif isinstance(piece, Block):
                performance = performed.of(piece)
                yield from _block(performance)
                if isinstance(performance.answer, Quiz):
                    keys.append(performance)
            else:
                yield from _claim(performed.judged(piece))
    if keys:
        yield "## Answers\n\n"
    for performance in keys:
        assert isinstance(performance.answer, Quiz)
        yield f"To [{performance.block.number}]:\n\n"
        yield "".join(f"- {escaped(line)}\n" for line in answers(performance.answer)) + "\n"


def render_markdown(performed: Performed) -> str:
    """The handout as one text."""
    return "".join(chunks(performed)).rstrip("\n") + "\n"


def _lines(text: str) -> str:
    return "\n".join(map(visible, text.splitlines()))


def _block(performance: Performance) -> Iterator[str]:
    number = performance.block.number
    if performance.command:
        yield f"[{number}] {code(performance.command)}\n\n"
    else:
        yield f"[{number}] {escaped(script_title(performance.block))}\n\n"
        yield _block_of(map(visible, performance.block.text.splitlines()), "python")
    if isinstance(performance.answer, Quiz):
        yield from _questions(performance.answer)
        return
    shown = [
        "".join(text for text, _ in line) for line in output_lines(performance, WIDTH, UNICODE)
    ]
    if shown:
        yield _block_of(shown, "text")


def _block_of(lines: Iterable[str], language: str) -> str:
    return fenced([f"{line.rstrip()}\n" for line in lines], language) + "\n"


def _questions(quiz: Quiz) -> Iterator[str]:
    total = len(quiz.questions)
    for number, question in enumerate(quiz.questions, start=1):
        lines = list(numbered_question(question, number, total))
        text = [line for line in lines if not line.startswith("  ")]
        yield "\n\n".join(map(escaped, text)) + "\n\n"
        options = [line.strip() for line in lines if line.startswith("  ")]
        yield "".join(f"- **{option[:2]}** {escaped(option[3:])}\n" for option in options) + "\n"


def _claim(judgement: Judgement) -> Iterator[str]:
    claim = judgement.claim
    yield f"**Claim {claim.number}:** {visible(claim.said)}\n\n"
    yield f"**{judgement.verdict.capitalize()}.** {visible(claim.so)}\n\n"
    proof = [f"{INDENT * indent}{line}" for indent, line in proof_of(judgement)]
    if proof:
        yield _block_of(map(visible, proof), "text")
