"""A quiz on paper as Markdown: the questions, and the key as a document of its own."""

from collections.abc import Iterator
from itertools import pairwise
from string import ascii_lowercase
from typing import Final

from densetrace.data.values import Function, Instance
from densetrace.data.wording import joined
from densetrace.render.code_words import Part, code_parts, context_parts
from densetrace.render.markdown_text import code, escaped
from densetrace.render.quiz import letters, proof, title_of
from densetrace.system.escape import visible
from densetrace.teach.quiz import MISCONCEPTIONS, Question, Quiz
from densetrace.teach.quiz.run import Run, class_of

SHEET: Final = (
    "Choose one answer to each question. If a question asks for an order, number the steps."
)
"""What a person is to do with the printed page, which has a box at each option."""

_MARKDOWN_SHEET: Final = (
    "Choose one answer to each question. If a question asks for an order, write the letters in "
    "that order."
)
"""The same for Markdown, which has a line for the answer."""


def questions(quiz: Quiz) -> str:
    """The sheet for a class: every question with its options, without the answers."""
    return "\n".join(_questions(quiz)) + "\n"


def key(quiz: Quiz) -> str:
    """The sheet for the teacher: right options, reasons, proof, and the misconceptions behind wrong
    answers."""
    return "\n".join(_key(quiz)) + "\n"


def instruction(question: Question) -> str:
    """What to write below a question that asks for an order; empty for any other."""
    return "Number the steps from 1." if question.asks_for_order else ""


def revealing(question: Question) -> Iterator[tuple[str, str]]:
    """Each misconception once, after the wrong answers that reveal it: `a), c)`."""
    answers: dict[str, list[str]] = {}
    for letter, option in zip(ascii_lowercase, question.options, strict=False):
        answers.setdefault(option.misconception, []).append(f"{letter})")
    for one in question.precedences:
        order = f"{ascii_lowercase[one.then]}) before {ascii_lowercase[one.first]})"
        answers.setdefault(one.misconception, []).append(order)
    for misconception, wrong in answers.items():
        if misconception in MISCONCEPTIONS:
            yield ", ".join(wrong), MISCONCEPTIONS[misconception].claim


def answer_letters(question: Question) -> str:
    """The right answer in letters: `b)`, `b d a c e`, or an example if other orders are right."""
    if not question.asks_for_order:
        return f"{letters(question.right)})"
    return f"{'' if _has_one_order(question) else 'for example '}{letters(question.right)}"


def answer_text(question: Question) -> str:
    """The right answer with its reason; for an order, also what every right order keeps."""
    if not question.asks_for_order:
        return f"Answer: {question.answer}. {question.because}"
    if _has_one_order(question):
        return f"The only right order: {question.answer}. {question.because}"
    return (
        f"One right order: {question.answer}. {question.because} Any order is right in which "
        f"{'; '.join(_conditions(question))}."
    )


def _has_one_order(question: Question) -> bool:
    """Whether each step of an order needs the one before it."""
    needed = {(one.first, one.then) for one in question.precedences}
    return all(pair in needed for pair in pairwise(question.right))


def _conditions(question: Question) -> Iterator[str]:
    """What each step must come before: `e) comes before b) and c)`."""
    for first in question.right:
        later = sorted({one.then for one in question.precedences if one.first == first})
        if later:
            ends = joined(f"{ascii_lowercase[index]})" for index in later)
            yield f"{ascii_lowercase[first]}) comes before {ends}"


_FUNCTIONS: Final = frozenset({"matmul", "tensordot"})
"""Operations whose names look like words."""


def names_in(quiz: Quiz) -> frozenset[str]:
    """The names in the quiz that are code although they look like words: of layers and models, of
    their classes, and of functions."""
    names = set(_FUNCTIONS)
    for trace in (quiz.trace, quiz.other):
        run = Run(trace) if trace is not None else None
        for step in run.steps if run is not None else ():
            if run is None or run.is_internal(step):
                continue
            if step.kind in _OF_LAYERS:
                names |= {step.subject or "", class_of(step)}
            elif step.kind == "get" and isinstance(step.result, Instance):
                names.add(step.result.cls)
            elif step.kind == "get" and isinstance(step.result, Function):
                names.add(step.result.name)
    return frozenset(names - {""})


def names_of_options(question: Question) -> frozenset[str]:
    """The options of one word, if another option is a name: then they are names too."""
    words = {option.text for option in question.options if option.text.isidentifier()}
    is_named = any([part.is_code for part in code_parts(word)] == [True] for word in words)
    return frozenset(words - _NO_NAMES) if is_named else frozenset()


_NO_NAMES: Final = frozenset({"none", "neither", "nothing", "both"})

_OF_LAYERS: Final = ("new", "init", "build", "invoke", "call", "add", "compile")


def _marked(
    text: str, source: str = "", *, names: frozenset[str] = frozenset(), is_context: bool = False
) -> str:
    """A sentence with its code as code spans, and a code span after it."""
    parts: Iterator[Part] = (context_parts if is_context else code_parts)(visible(text), names)
    marked = ""
    for part in parts:
        # A part after code does not begin a line, so its spaces stay.
        space = part.text[: len(part.text) - len(part.text.lstrip(" "))] if marked else ""
        marked += code(part.text) if part.is_code else space + escaped(part.text)
    return marked + " " * bool(source and marked) + source


def _questions(quiz: Quiz) -> Iterator[str]:
    names = names_in(quiz)
    yield f"# Quiz: {_marked(title_of(quiz))}"
    yield ""
    yield "Name:"
    yield ""
    yield "Date:"
    yield ""
    yield _MARKDOWN_SHEET
    for number, question in enumerate(quiz.questions, start=1):
        yield ""
        yield f"## Question {number}"
        yield ""
        if question.context:
            yield _marked(question.context, names=names, is_context=True)
            yield ""
        yield _marked(
            f"{question.ask} {'Write the letters in order.' * question.asks_for_order}".rstrip(),
            names=names,
        )
        yield ""
        known = names | names_of_options(question)
        for letter, option in zip(ascii_lowercase, question.options, strict=False):
            yield f"- **{letter})** {_marked(option.text, names=known)}"
        yield ""
        yield "Your order:" if question.asks_for_order else "Your answer:"


def _key(quiz: Quiz) -> Iterator[str]:
    yield f"# Key to the quiz: {_marked(title_of(quiz))}"
    yield ""
    yield f"Seed {quiz.seed}."
    known: set[int] = set()
    names = names_in(quiz)
    for number, question in enumerate(quiz.questions, start=1):
        yield ""
        yield f"## Question {number}: {answer_letters(question)}"
        yield ""
        yield _marked(answer_text(question), names=names | names_of_options(question))
        yield ""
        for line in proof(question, quiz, known):
            start = "  " if line.text.startswith(" ") else "- "
            source = code(visible(line.source)) if line.source else ""
            yield f"{start}{_marked(line.text.strip(), source, names=names)}  "
        beliefs = list(revealing(question))
        if beliefs:
            yield ""
            yield "Misconceptions behind wrong answers:"
            yield ""
        for wrong, belief in beliefs:
            yield f"- **{wrong}** {_marked(belief, names=names)}"
