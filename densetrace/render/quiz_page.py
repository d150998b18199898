"""A quiz as an HTML handout to print: one file, with the solutions on a page of their own."""

from collections.abc import Iterable, Iterator
from html import escape
from string import ascii_lowercase
from typing import Final

from densetrace.render.code_words import Part, code_parts, context_parts
from densetrace.render.quiz import proof, title_of
from densetrace.render.quiz_handout import (
    SHEET,
    answer_letters,
    answer_text,
    instruction,
    names_in,
    names_of_options,
    revealing,
)
from densetrace.system.escape import visible
from densetrace.teach.quiz import CONFIDENCE, Question, Quiz

_STYLE: Final = """
:root { color-scheme: light; }
body { font: 1.05rem/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto;
  padding: 0 1rem; color: #111; background: #fff; }
h1 { font-size: 1.5rem; line-height: 1.25; }
h2 { font-size: 1.05rem; margin: 0 0 0.3rem; }
p { margin: 0.3rem 0; }
code { font: 0.92em ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace;
  overflow-wrap: anywhere; background: #f1f1f4; border-radius: 0.2rem; padding: 0 0.15em; }
.name { display: flex; gap: 2rem; margin: 1.5rem 0; }
.name span { flex: 1; border-bottom: 1px solid #555; padding-bottom: 0.2rem; }
.name span + span { flex: 0 0 11rem; }
article { break-inside: avoid; margin: 1.4rem 0; }
.context { color: #444; }
ul { list-style: none; margin: 0.4rem 0 0; padding: 0; }
li { display: flex; gap: 0.6rem; margin: 0.25rem 0; }
.box { flex: none; width: 0.85rem; height: 0.85rem; margin-top: 0.3rem; border: 1px solid #555; }
.order .box { width: 1.5rem; height: 1.1rem; margin-top: 0.15rem; }
.sure { color: #444; font-size: 0.9rem; }
.solutions { break-before: page; border-top: 2px solid #555; margin-top: 4rem; }
.solutions li { display: list-item; }
.proof { color: #444; font-size: 0.85rem; }
@page { margin: 18mm; }
@media print { body { margin: 0; padding: 0; max-width: none; font-size: 11pt; }
  .solutions { border: 0; margin: 0; } code { background: none; padding: 0; } }
"""


def chunks(quiz: Quiz, *, asks_confidence: bool = False) -> Iterator[str]:
    """The page, piece by piece."""
    title = f"Quiz: {title_of(quiz)}"
    names = names_in(quiz)
    yield (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(visible(title))}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        f"<main>\n<h1>{_inline(title)}</h1>\n"
        '<p class="name"><span>Name:</span><span>Date:</span></p>\n'
        f"<p>{SHEET}</p>\n"
    )
    for number, question in enumerate(quiz.questions, start=1):
        yield from _question(number, question, names, asks_confidence=asks_confidence)
    yield f'</main>\n<section class="solutions">\n<h1>Solutions</h1>\n<p>Seed {quiz.seed}.</p>\n'
    known: set[int] = set()
    for number, question in enumerate(quiz.questions, start=1):
        yield from _solution(number, question, quiz, known, names)
    yield "</section>\n</body>\n</html>\n"


def _question(
    number: int, question: Question, names: frozenset[str], *, asks_confidence: bool
) -> Iterator[str]:
    order = ' class="order"' if question.asks_for_order else ""
    yield f"<article{order}>\n<h2>Question {number}</h2>\n"
    if question.context:
        yield f'<p class="context">{_marked(context_parts(visible(question.context), names))}</p>\n'
    yield f"<p>{_inline(f'{question.ask} {instruction(question)}'.rstrip(), names)}</p>\n<ul>\n"
    known = names | names_of_options(question)
    for letter, option in zip(ascii_lowercase, question.options, strict=False):
        choice = f"<b>{letter})</b><span>{_inline(option.text, known)}</span>"
        yield f'<li><span class="box"></span>{choice}</li>\n'
    yield "</ul>\n"
    if asks_confidence:
        yield f'<p class="sure">How sure are you? Underline: {", ".join(CONFIDENCE)}</p>\n'
    yield "</article>\n"


def _solution(
    number: int, question: Question, quiz: Quiz, known: set[int], names: frozenset[str]
) -> Iterator[str]:
    yield f"<article>\n<h2>Question {number}: {answer_letters(question)}</h2>\n"
    yield f"<p>{_inline(answer_text(question), names | names_of_options(question))}</p>\n"
    for line in proof(question, quiz, known):
        source = f"<code>{escape(visible(line.source))}</code>" if line.source else ""
        yield f'<p class="proof">{_inline(line.text.lstrip(), names)}{source}</p>\n'
    beliefs = list(revealing(question))
    if beliefs:
        yield "<p>Misconceptions behind wrong answers:</p>\n<ul>\n"
        for wrong, belief in beliefs:
            yield f"<li><b>{wrong}</b> {_inline(belief, names)}</li>\n"
        yield "</ul>\n"
    yield "</article>\n"


def _inline(text: str, names: frozenset[str] = frozenset()) -> str:
    """A sentence with its code marked."""
    return _marked(code_parts(visible(text), names))


def _marked(parts: Iterable[Part]) -> str:
    return "".join(
        f"<code>{escape(part.text)}</code>" if part.is_code else escape(part.text) for part in parts
    )
