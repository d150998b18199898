"""A lesson as an HTML handout: one file, for light and dark themes, for screen and paper."""

from collections.abc import Iterator
from html import escape
from typing import Final

from densetrace.render import prose
from densetrace.render.layout import Styled
from densetrace.render.lesson import INDENT, WIDTH, answers, output_lines, proof_of, script_title
from densetrace.render.quiz import numbered_question
from densetrace.render.theme import UNICODE
from densetrace.system.escape import visible
from densetrace.teach.lesson import Block, Prose
from densetrace.teach.performance import Judgement, Performance, Performed
from densetrace.teach.quiz import Quiz

_STYLE: Final = """
:root { color-scheme: light dark; }
body { font: 1.05rem/1.6 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto;
  padding: 0 1rem; }
h1, h2, h3 { line-height: 1.25; }
h2 { margin-top: 2.5rem; }
code, pre { font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; }
code { font-size: 0.92em; }
pre { font-size: 0.8rem; line-height: 1.4; overflow-x: auto; padding: 0.8rem 1rem;
  border: 1px solid color-mix(in srgb, currentColor 25%, transparent); border-radius: 0.4rem; }
figure { margin: 1rem 0; }
figcaption { margin-bottom: 0.3rem; }
.claim pre { white-space: pre-wrap; overflow-wrap: anywhere; }
.claim { border-left: 0.25rem solid currentColor; padding-left: 1rem; margin: 1.2rem 0; }
.heading, .number, .name { font-weight: bold; }
@media print { pre { white-space: pre-wrap; } .claim, pre { break-inside: avoid; } }
"""


def chunks(performed: Performed) -> Iterator[str]:
    """The page, piece by piece."""
    lesson = performed.lesson
    title = escape(visible(prose.plain(lesson.title)))
    yield (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n"
    )
    for number, page in enumerate(lesson.pages):
        depth = 2 if number else 1
        yield f"<section>\n<h{depth}>{_inline(page.title)}</h{depth}>\n"
        for piece in page.pieces:
            if isinstance(piece, Prose):
                yield from _prose(piece.text)
            elif isinstance(piece, Block):
                yield from _block(performed.of(piece))
            else:
                yield from _claim(performed.judged(piece))
        yield "</section>\n"
    yield "</main>\n</body>\n</html>\n"


def render_html(performed: Performed) -> str:
    """The page as one text."""
    return "".join(chunks(performed))


# -- prose ----------------------------------------------------------------------------------------


def _prose(text: str) -> Iterator[str]:
    open_list = ""
    for paragraph in prose.paragraphs(text):
        wanted = ("ul" if paragraph.mark == "-" else "ol") if paragraph.kind == "item" else ""
        if wanted != open_list:
            yield f"</{open_list}>\n" if open_list else ""
            counts = wanted == "ol" and paragraph.mark != "1."
            first = f' start="{paragraph.mark[:-1]}"' if counts else ""
            yield f"<{wanted}{first}>\n" if wanted else ""
            open_list = wanted
        if paragraph.kind == "item":
            yield f"<li>{_inline(paragraph.text)}</li>\n"
        elif paragraph.kind == "verbatim":
            yield _pre(paragraph.text.splitlines())
        else:
            tag = "h3" if paragraph.kind == "heading" else "p"
            yield f"<{tag}>{_inline(paragraph.text)}</{tag}>\n"
    if open_list:
        yield f"</{open_list}>\n"


_TAGS: Final = {"code": "code", "strong": "strong", "stress": "em"}
_SAFE: Final = ("https://", "http://", "#")
"""Link targets that run no code."""


def _inline(text: str) -> str:
    shown = []
    for inline in prose.inlines(text):
        words = escape(visible(inline.text))
        if inline.kind in _TAGS:
            words = f"<{_TAGS[inline.kind]}>{words}</{_TAGS[inline.kind]}>"
        elif inline.kind == "link" and inline.target.lower().startswith(_SAFE):
            words = f'<a href="{escape(visible(inline.target))}">{words}</a>'
        shown.append(words)
    return "".join(shown)


# -- blocks ---------------------------------------------------------------------------------------


def _block(performance: Performance) -> Iterator[str]:
    number, quiz = performance.block.number, performance.answer
    yield "<figure>\n"
    if performance.command:
        command = escape(visible(performance.command))
        yield f"<figcaption>[{number}] <code>{command}</code></figcaption>\n"
    else:
        title = escape(visible(script_title(performance.block)))
        yield f"<figcaption>[{number}] {title}</figcaption>\n"
        yield _pre(performance.block.text.splitlines())
    if isinstance(quiz, Quiz):
        yield from _questions(quiz)
    else:
        lines = list(output_lines(performance, WIDTH, UNICODE))
        if lines:
            yield f'<pre tabindex="0">{"".join(map(_styled, lines))}</pre>\n'
    yield "</figure>\n"


def _styled(line: Styled) -> str:
    bold = ("heading", "number", "name")
    runs = (
        f'<span class="{role}">{escape(text)}</span>' if role in bold else escape(text)
        for text, role in line
    )
    return "".join(runs).rstrip() + "\n"


def _pre(lines: list[str]) -> str:
    return f'<pre tabindex="0">{"".join(escape(visible(line)) + chr(10) for line in lines)}</pre>\n'


def _questions(quiz: Quiz) -> Iterator[str]:
    total = len(quiz.questions)
    for number, question in enumerate(quiz.questions, start=1):
        lines = list(numbered_question(question, number, total))
        for line in lines:
            if not line.startswith("  "):
                yield f"<p>{escape(visible(line))}</p>\n"
        yield "<ul>\n"
        for line in lines:
            if line.startswith("  "):
                yield f"<li>{escape(visible(line.strip()))}</li>\n"
        yield "</ul>\n"
    yield "<details>\n<summary>Answers</summary>\n"
    for line in answers(quiz):
        yield f"<p>{escape(visible(line))}</p>\n"
    yield "</details>\n"


def _claim(judgement: Judgement) -> Iterator[str]:
    claim = judgement.claim
    yield f'<div class="claim">\n<p><strong>Claim {claim.number}:</strong> '
    yield f"{_inline(claim.said)}</p>\n"
    yield f"<p><strong>{judgement.verdict.capitalize()}.</strong> {_inline(claim.so)}</p>\n"
    proof = [f"{INDENT * indent}{line}" for indent, line in proof_of(judgement)]
    if proof:
        yield _pre(proof)
    yield "</div>\n"
