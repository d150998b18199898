"""A lesson on a terminal: its pages as lines, with the output of each block.

`page_lines` draws a page, `plain_page` writes it flat for a screen reader, `output_text` is the
output of a block that its expectations are checked against.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from densetrace.data.steps import Step
from densetrace.kinds import label_of
from densetrace.kinds.spans import Role, Span, plain_text
from densetrace.render import diff as diff_view
from densetrace.render import plain as plain_view
from densetrace.render import prose
from densetrace.render import why as why_view
from densetrace.render.layout import NARROWEST, NOTE_WIDTH, Styled, block, texts
from densetrace.render.outline import View
from densetrace.render.plain import spoken
from densetrace.render.quiz import numbered_question, solution
from densetrace.render.theme import UNICODE, Signs
from densetrace.render.tree import Tree
from densetrace.study.diff import Diff
from densetrace.study.why import Why
from densetrace.teach.lesson import Block, Page, Prose
from densetrace.teach.performance import Judgement, Performance, Performed
from densetrace.teach.quiz import Quiz

WIDTH: Final = 80
INDENT: Final = "  "
MOST_STEPS: Final = 4
"""At most this many steps are shown as the proof of a claim."""


def view_of(block: Block) -> View:
    """The view that the options of a block ask for. A tree names options only if the command of the
    block, or the title of its script, shows some."""
    asked_for = block.options
    only = frozenset(filter(None, asked_for.get("only", "").split(",")))
    depth = int(asked_for["depth"]) if "depth" in asked_for else None
    level = asked_for.get("level", "author")
    has_hint = block.language != "python" or bool(_options_of_script(block))
    return View(level, only, depth, has_hint=has_hint)  # type: ignore[arg-type] # the lesson reader accepts only levels


def script_title(block: Block) -> str:
    """The line above a script: that it is one, and the options with which it was traced."""
    options = _options_of_script(block)
    return f"a Python script, traced with {' '.join(options)}:" if options else "a Python script:"


def _options_of_script(block: Block) -> list[str]:
    """The options of `densetrace run` with which a block shows the tree of its script."""
    if block.shows not in ("all", "trace"):
        return []
    named = ("level", "only", "depth", "batches")
    return [f"--{name} {block.options[name]}" for name in named if name in block.options]


# -- the output of a block ------------------------------------------------------------------------


def output_text(performance: Performance) -> str:
    """The output of a block at 80 columns; for a block that shows nothing, its full output."""
    lines: Iterable[Styled] = output_lines(performance, WIDTH, UNICODE)
    if performance.block.shows == "nothing":
        lines = (*_printed_lines(performance), *_result_lines(performance, WIDTH, UNICODE))
    return "".join(texts(lines))


def output_lines(performance: Performance, width: int, signs: Signs) -> Iterator[Styled]:
    """The output that a block shows in the lesson."""
    shows = performance.block.shows
    if shows in ("all", "output"):
        yield from _printed_lines(performance)
    if shows in ("all", "trace"):
        if shows == "all" and performance.printed:
            yield []
        yield from _result_lines(performance, width, signs)
    if shows != "nothing":
        yield from _error_lines(performance)


def _printed_lines(performance: Performance) -> Iterator[Styled]:
    for line in performance.printed.splitlines():
        yield [(Span(line.expandtabs(4)).text, "text")]


def _result_lines(performance: Performance, width: int, signs: Signs) -> Iterator[Styled]:
    answer, trace = performance.answer, performance.trace
    if isinstance(answer, Diff):
        yield from diff_view.lines(answer, width, signs)
    elif isinstance(answer, Quiz):
        yield from _question_lines(answer, width)
    elif trace is None:
        return
    elif isinstance(answer, Why):
        yield from why_view.lines(trace, answer, width, signs)
    else:
        yield from Tree(trace, view_of(performance.block), signs).lines(width)


def _error_lines(performance: Performance) -> Iterator[Styled]:
    """The error that ended a run, where no tree shows it."""
    if performance.error and performance.block.shows == "output":
        yield [(Span(performance.error).text, "error")]


def _question_lines(quiz: Quiz, width: int) -> Iterator[Styled]:
    total = len(quiz.questions)
    for number, question in enumerate(quiz.questions, start=1):
        if number > 1:
            yield []
        for line in numbered_question(question, number, total):
            body = line.lstrip(" ")
            indent = line[: len(line) - len(body)]
            # The later lines of an option are aligned with its text, not its letter.
            hang = indent + " " * len("a) ") if indent else ""
            yield from block((Span(body),), width, first=indent, rest=hang)


def answers(quiz: Quiz) -> Iterator[str]:
    """The right answers of a quiz, each with its reason."""
    for number, question in enumerate(quiz.questions, start=1):
        yield f"{number}. {solution(question)}. {question.because}"


# -- a page ---------------------------------------------------------------------------------------


def page_lines(
    performed: Performed, page: Page, width: int, signs: Signs = UNICODE, *, asks: bool = False
) -> Iterator[Styled]:
    """A page, at most `width` cells wide. With `asks`, its quizzes are left out: the caller asks
    them."""
    width = max(width, NARROWEST)
    prose_width = min(width, NOTE_WIDTH)
    yield from block((Span(prose.plain(page.title), "heading"),), prose_width)
    sign = "=" if page is performed.lesson.pages[0] else "-"
    yield [(sign * min(prose_width, len(prose.plain(page.title))), "heading")]
    for piece in page.pieces:
        yield []
        if isinstance(piece, Prose):
            yield from prose_lines(piece.text, prose_width, signs)
        elif isinstance(piece, Block):
            yield from _block_lines(performed.of(piece), width, signs, asks)
        else:
            yield from _claim_lines(performed.judged(piece), prose_width, signs)


def prose_lines(text: str, width: int, signs: Signs) -> Iterator[Styled]:
    """Prose, wrapped, without empty lines between list items."""
    before = None
    for paragraph in prose.paragraphs(text):
        if before is not None and not (before == paragraph.kind == "item"):
            yield []
        before = paragraph.kind
        if paragraph.kind == "verbatim":
            for line in paragraph.text.splitlines():
                yield [(INDENT * 2 + Span(signs.fit(line)).text, "value")]
            continue
        spans = tuple(prose.spans(paragraph.text))
        if paragraph.kind == "heading":
            spans = (Span(plain_text(spans), "heading"),)
        mark = f"{paragraph.mark} " if paragraph.mark else ""
        yield from block(spans, width, signs, first=mark, rest=" " * len(mark))


def _block_lines(
    performance: Performance, width: int, signs: Signs, asks: bool
) -> Iterator[Styled]:
    one = performance.block
    if isinstance(performance.answer, Quiz) and asks:
        return
    yield from _source_lines(performance, width, signs)
    if one.shows == "nothing":
        return
    yield []
    yield from output_lines(performance, width, signs)
    if isinstance(performance.answer, Quiz):
        yield []
        yield [("Answers", "heading")]
        for line in answers(performance.answer):
            yield from block([Span(line)], min(width, NOTE_WIDTH), signs, rest=INDENT)


def _source_lines(performance: Performance, width: int, signs: Signs) -> Iterator[Styled]:
    """The command or the script of a block."""
    label = f"[{performance.block.number}]"
    if performance.command:
        command = f"{label} $ {performance.command}"
        yield from block([Span(command, "value")], width, signs, rest=INDENT * 3)
        return
    title = Span(f"{label} {script_title(performance.block)}", "value")
    yield from block([title], width, signs, rest=INDENT * 3)
    for line in performance.block.text.splitlines():
        yield [(INDENT * 2 + Span(signs.fit(line)).text, "value")]


def _claim_lines(judgement: Judgement, width: int, signs: Signs) -> Iterator[Styled]:
    claim = judgement.claim
    sentence = (Span(f"Claim {claim.number}: ", "heading"), *prose.spans(claim.said))
    yield from block(sentence, width, signs, rest=INDENT)
    role: Role = "result" if judgement.verdict == "confirmed" else "error"
    verdict = (
        Span(f"{judgement.verdict.capitalize()}. ", role),
        *prose.spans(claim.so),
    )
    yield from block(verdict, width, signs, first=INDENT, rest=INDENT)
    for indent, line in proof_of(judgement):
        first = INDENT * (indent + 1)
        yield from block([Span(line, "note")], width, signs, first=first, rest=first + INDENT)


def proof_of(judgement: Judgement) -> Iterator[tuple[int, str]]:
    """The steps that decide a claim, and the source line of each, one level deeper."""
    total = len(judgement.trace.order.steps)
    for step in deciding(judgement):
        yield 0, f"Step {step.id + 1} of {total:,}: {spoken(label_of(step))}"
        if step.where is not None and step.where.text and step.where.file[:1] != "<":
            yield 1, f"{step.where.text}  ({step.where.file}:{step.where.line})"


def deciding(judgement: Judgement) -> list[Step]:
    """The steps that decide a claim, each once, at most `MOST_STEPS`."""
    steps = [step for finding in judgement.proof for step in finding.steps]
    return list({step.id: step for step in steps}.values())[:MOST_STEPS]


# -- for a screen reader --------------------------------------------------------------------------


def plain_page(performed: Performed, at: int, *, asks: bool = False) -> Iterator[str]:
    """The page at index `at` as flat lines, not wrapped."""
    page = performed.lesson.pages[at]
    yield f"Page {at + 1} of {len(performed.lesson.pages)}: {prose.plain(page.title)}"
    for piece in page.pieces:
        yield ""
        if isinstance(piece, Prose):
            for paragraph in prose.paragraphs(piece.text):
                line = prose.plain(paragraph.text)
                yield from paragraph.text.splitlines() if paragraph.kind == "verbatim" else [line]
        elif isinstance(piece, Block):
            yield from _plain_block(performed.of(piece), asks)
        else:
            judgement = performed.judged(piece)
            yield f"Claim {piece.number}: {prose.plain(piece.said)}"
            yield f"{judgement.verdict.capitalize()}: {prose.plain(piece.so)}"
            yield from (f"Proof: {line}" for _, line in proof_of(judgement))


def _plain_block(performance: Performance, asks: bool) -> Iterator[str]:
    answer, trace = performance.answer, performance.trace
    if isinstance(answer, Quiz) and asks:
        return
    for line in _source_lines(performance, 10_000, UNICODE):
        yield "".join(text for text, _ in line)
    if performance.block.shows == "nothing":
        return
    if performance.block.shows in ("all", "output"):
        yield from (f"Printed: {Span(line).text}" for line in performance.printed.splitlines())
    if performance.block.shows == "output":
        return
    if isinstance(answer, Diff):
        yield from diff_view.plain(answer)
    elif isinstance(answer, Quiz):
        total = len(answer.questions)
        for number, question in enumerate(answer.questions, start=1):
            yield from numbered_question(question, number, total)
        yield from (f"Answer {line}" for line in answers(answer))
    elif isinstance(answer, Why) and trace is not None:
        yield from why_view.plain(trace, answer)
    elif trace is not None:
        yield from plain_view.lines(trace, view_of(performance.block))
