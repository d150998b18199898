"""Questions on the way as rows of the screen and as sentences, with the words of the quiz."""

from collections.abc import Iterator
from string import ascii_lowercase
from typing import Final

from densetrace.kinds.spans import Part, Parts, plain_text
from densetrace.render.layout import Styled, block
from densetrace.render.quiz import put, scored, verdict, wrapped
from densetrace.render.theme import Signs
from densetrace.stepper.asking import Asking
from densetrace.stepper.cursor import Cursor
from densetrace.teach.quiz import Answer, Question, Quiz

NARROW: Final = 60
"""On less columns than this the score is one line."""

HANGING: Final = 3
WIDEST: Final = 84


def title(asking: Asking) -> Parts:
    """What stands over the rows: which step is asked about, or which answer was given."""
    if asking.question is not None and asking.going is not None:
        return (
            Part(f"before step {asking.going.number:,}", "number"),
            Part(f"  {asking.question.kind.title}", "aside"),
        )
    if asking.verdict is None:
        return ()
    letter = ascii_lowercase[asking.verdict.chosen]
    word = "right" if asking.verdict.is_right else "not so"
    return Part(f"you said {letter}", "number"), Part(f"  {word}", "aside")


def rows(asking: Asking, cursor: Cursor, signs: Signs, width: int) -> list[Styled]:
    """The question with its options, or what is said to the answer that led to where one stands."""
    written: list[Styled] = []
    for parts in _paragraphs(asking, cursor):
        hanging = HANGING if parts[0].role == "call" else 0
        shown = block(parts, min(width, WIDEST) - 1, signs, rest=" " * hanging)
        written += [[(" ", "text"), *row] for row in shown]
    return written


def sentences(asking: Asking, cursor: Cursor) -> Iterator[str]:
    """The same for who listens."""
    if asking.question is not None and asking.going is not None:
        yield f"Before step {asking.going.number:,}, a question: {asking.question.kind.title}."
    for parts in _paragraphs(asking, cursor):
        yield plain_text(parts)
    if asking.question is not None:
        last = ascii_lowercase[len(asking.question.options) - 1]
        yield f"Type a letter from a to {last}, ? for a hint, or Enter alone to go on without."


def hint(asking: Asking) -> Iterator[str]:
    """The hint alone, for who has heard the question."""
    if asking.question is not None:
        yield f"Hint: {asking.question.hint}"


def score_lines(asking: Asking, width: int | None) -> Iterator[str]:
    """The score by kind of question; one line where there is little room. None is any width."""
    if not asking.asked:
        return
    quiz = Quiz(asking.questions.run.trace, asking.asked, asking.questions.seed)
    lines = list(scored(quiz, asking.answers))
    if width is not None and width < NARROW:
        yield lines[0]
        return
    for line in lines:
        yield from wrapped(line, width)


def _paragraphs(asking: Asking, cursor: Cursor) -> Iterator[Parts]:
    if asking.question is not None:
        yield from _question(asking.question, asking.hinted)
    elif asking.verdict is not None:
        yield from _verdict(asking.verdict, asking, cursor)


def _question(question: Question, hinted: bool) -> Iterator[Parts]:
    lines = list(put(question))
    options = len(question.options)
    for line in lines[:-options]:
        yield (Part(line),)
    if hinted:
        yield Part("Hint: ", "name"), Part(question.hint)
    for line in lines[-options:]:
        letter, text = line.strip().split(" ", 1)
        yield Part(f"{letter} ", "call"), Part(text)


def _verdict(answer: Answer, asking: Asking, cursor: Cursor) -> Iterator[Parts]:
    first, *others = verdict(answer)
    word, text = first.split(".", 1)
    yield Part(f"{word}.", "result" if answer.is_right else "error"), Part(text)
    for line in others:
        yield (Part(line),)
    run = asking.questions.run
    places = [run.place(step) for step in answer.question.proof]
    proofs = ["this step"] if set(places) & set(cursor.positions) else []
    proofs += [f"step {place + 1:,}" for place in places if place not in cursor.positions]
    yield Part("Proof: ", "name"), Part(f"{' and '.join(proofs)}.")
