"""Questions and verdicts as rows of the screen and as sentences, with the words of the quiz."""

from collections.abc import Iterator
from string import ascii_lowercase
from typing import Final

from densetrace.kinds.spans import Span, Spans, plain_text
from densetrace.render.layout import Styled, block
from densetrace.render.quiz import letters, question_lines, verdict, wrapped
from densetrace.render.quiz import score_lines as quiz_score_lines
from densetrace.render.theme import Signs
from densetrace.stepper.asking import Asking
from densetrace.stepper.cursor import Cursor
from densetrace.teach.quiz import Answer, Question, Quiz

NARROW: Final = 60
"""With fewer columns than this the score is one line."""

HANGING: Final = 3
WIDEST: Final = 84


def title(asking: Asking) -> Spans:
    """The title of the rows: the step asked about, or the answer given."""
    if asking.question is not None and asking.target is not None:
        return (
            Span(f"before step {asking.target.number:,}", "number"),
            Span(f"  {asking.question.kind.title}", "aside"),
        )
    if asking.verdict is None:
        return ()
    letter = letters(asking.verdict.chosen)
    word = "right" if asking.verdict.is_right else "wrong"
    return Span(f"your answer: {letter}", "number"), Span(f"  {word}", "aside")


def rows(asking: Asking, cursor: Cursor, signs: Signs, width: int) -> list[Styled]:
    """The question with its options, or the verdict on the answer that led to the current step."""
    written: list[Styled] = []
    for spans in _paragraphs(asking, cursor):
        hanging = HANGING if spans[0].role == "call" else 0
        shown = block(spans, min(width, WIDEST) - 1, signs, rest=" " * hanging)
        written += [[(" ", "text"), *row] for row in shown]
    return written


def sentences(asking: Asking, cursor: Cursor) -> Iterator[str]:
    """The same as sentences, for a screen reader."""
    if asking.question is not None and asking.target is not None:
        yield f"Before step {asking.target.number:,}, a question: {asking.question.kind.title}."
    for spans in _paragraphs(asking, cursor):
        yield plain_text(spans)
    if asking.question is not None:
        last = ascii_lowercase[len(asking.question.options) - 1]
        yield f"Type a letter from a to {last}, ? for a hint, or only Enter to skip."


def hint(asking: Asking) -> Iterator[str]:
    """The hint alone, after the question was read out."""
    if asking.question is not None:
        yield f"Hint: {asking.question.hint}"


def score_lines(asking: Asking, width: int | None) -> Iterator[str]:
    """The score by kind of question, or one line if narrow; with width None it is not wrapped."""
    if not asking.asked:
        return
    quiz = Quiz(asking.questions.run.trace, asking.asked, asking.questions.seed)
    lines = list(quiz_score_lines(quiz, asking.answers))
    if width is not None and width < NARROW:
        yield lines[0]
        return
    for line in lines:
        yield from wrapped(line, width)


def _paragraphs(asking: Asking, cursor: Cursor) -> Iterator[Spans]:
    if asking.question is not None:
        yield from _question(asking.question, asking.hinted)
    elif asking.verdict is not None:
        yield from _verdict(asking.verdict, asking, cursor)


def _question(question: Question, hinted: bool) -> Iterator[Spans]:
    lines = list(question_lines(question))
    options = len(question.options)
    for line in lines[:-options]:
        yield (Span(line),)
    if hinted:
        yield Span("Hint: ", "name"), Span(question.hint)
    for line in lines[-options:]:
        letter, text = line.strip().split(" ", 1)
        yield Span(f"{letter} ", "call"), Span(text)


def _verdict(answer: Answer, asking: Asking, cursor: Cursor) -> Iterator[Spans]:
    first, *others = verdict(answer)
    word, text = first.split(".", 1)
    yield Span(f"{word}.", "result" if answer.is_right else "error"), Span(text)
    for line in others:
        yield (Span(line),)
    run = asking.questions.run
    steps = [run.position(step) for step in answer.question.proof]
    proofs = ["this step"] if set(steps) & set(cursor.positions) else []
    proofs += [f"step {number + 1:,}" for number in steps if number not in cursor.positions]
    yield Span("Proof: ", "name"), Span(f"{' and '.join(proofs)}.")
