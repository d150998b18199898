"""A quiz on paper: the questions as Markdown, and the key as a document of its own."""

from collections.abc import Iterator
from string import ascii_lowercase

from densetrace.render.markdown_text import escaped
from densetrace.render.phases import source_text
from densetrace.render.quiz import proof
from densetrace.teach.quiz import MISCONCEPTIONS, Quiz


def questions(quiz: Quiz) -> str:
    """The sheet for a class: every question with its options, without the answers."""
    return "\n".join(_questions(quiz)) + "\n"


def key(quiz: Quiz) -> str:
    """The sheet for the teacher: right options, reasons, proof, and the misconceptions behind wrong
    answers."""
    return "\n".join(_key(quiz)) + "\n"


def _questions(quiz: Quiz) -> Iterator[str]:
    yield f"# Quiz: {escaped(source_text(quiz.trace) or 'a run')}"
    yield ""
    yield "What does Keras do, step by step? One answer to each question is right."
    for number, question in enumerate(quiz.questions, start=1):
        yield ""
        yield f"## Question {number}"
        yield ""
        if question.context:
            yield escaped(question.context)
            yield ""
        yield escaped(question.ask)
        yield ""
        for letter, option in zip(ascii_lowercase, question.options, strict=False):
            yield f"- **{letter})** {escaped(option.text)}"


def _key(quiz: Quiz) -> Iterator[str]:
    yield f"# Key to the quiz: {escaped(source_text(quiz.trace) or 'a run')}"
    yield ""
    yield f"Seed {quiz.seed}."
    for number, question in enumerate(quiz.questions, start=1):
        letter = ascii_lowercase[question.right]
        yield ""
        yield f"## Question {number}: {letter})"
        yield ""
        yield escaped(f"{question.answer}. {question.because}")
        yield ""
        for line in proof(question, quiz.trace):
            yield f"{'  ' if line.startswith(' ') else '- '}{escaped(line.strip())}  "
        revealing = [
            option for option in question.options if option.misconception in MISCONCEPTIONS
        ]
        if revealing:
            yield ""
            yield "What wrong answers reveal:"
            yield ""
        for option in revealing:
            at = ascii_lowercase[question.options.index(option)]
            yield f"- **{at})** {escaped(MISCONCEPTIONS[option.misconception].claim)}"
