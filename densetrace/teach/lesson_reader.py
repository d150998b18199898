"""Reads a lesson from Markdown; errors name the invalid line."""

import re
import shlex
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, NoReturn

from densetrace.system.errors import did_you_mean, quoted
from densetrace.system.file_input import Kind, read_text
from densetrace.teach.asserts import (
    OF_STEPS,
    Expectation,
    PartError,
    parse,
    read_asserts,
)
from densetrace.teach.fences import Fence, MarkdownError, heading, lines_and_fences
from densetrace.teach.lesson import (
    SOLUTION,
    Block,
    Claim,
    Lesson,
    LessonError,
    Page,
    Piece,
    Prose,
    Verdict,
)
from densetrace.teach.lesson_options import OPTIONS, read_options

LESSON: Final = Kind("A lesson", 1_000_000)
LONGEST_INFO: Final = 10_000
"""The most characters after a fence: splitting them into words takes quadratic time."""

SHOWN_ONLY: Final = ("", "text", "console", "bash", "json")
"""Languages of fenced blocks that are shown but not run."""

_VERDICTS: Final[tuple[Verdict, ...]] = ("confirmed", "corrected")
_PAGE: Final = 2
"""The depth of the headings that begin a page; deeper ones are prose."""

_LABEL: Final = re.compile(r"(Said|Means|So|Proof): *+(.*)")


def load_lesson(path: Path) -> Lesson:
    """Read the lesson in a file.

    Raises:
        RequestError: if the file cannot be read or is not a lesson.
    """
    return read_lesson(read_text(path, LESSON), path.stem, str(path))


def read_lesson(text: str, name: str, file: str, called: str = "") -> Lesson:
    """Read a lesson from its text. `called` is the argument that selects it, by default its file.

    Raises:
        LessonError: at the first invalid line.
    """
    reader = _Reader(file)
    try:
        title, pages = reader.read(text)
    except MarkdownError as error:
        raise LessonError(file, error.line, str(error)) from error
    return Lesson(name, title, file, called or file, pages)


@dataclass(slots=True)
class _Reader:
    """The state of reading: the finished pages and the pieces of the current one."""

    file: str
    title: str = ""
    page_title: str = ""
    pages: list[Page] = field(default_factory=list)
    pieces: list[Piece] = field(default_factory=list)
    prose: list[tuple[int, str]] = field(default_factory=list)
    expected: dict[int, list[Expectation]] = field(default_factory=dict)
    last_block: int | None = None
    blocks: int = 0
    claims: int = 0

    def read(self, text: str) -> tuple[str, tuple[Page, ...]]:
        """Read the title and the pages."""
        for line, part in lines_and_fences(text):
            if isinstance(part, Fence):
                if part.language in SHOWN_ONLY:
                    self.prose.append((line, part.raw))
                else:
                    self._end_prose()
                    self._fence(part)
            elif (found := heading(part)) and found[0] <= _PAGE:
                self._end_prose()
                self._heading(line, *found)
            else:
                self.prose.append((line, part))
        self._end_prose()
        self._end_page()
        if not self.title:
            self._fail(1, _NO_TITLE)
        if not self.blocks:
            blocks = ", ".join(f"```{language}" for language in OPTIONS)
            self._fail(1, f"A lesson has at least one block to run: {blocks}.")
        return self.title, tuple(self.pages)

    def _fail(self, line: int, problem: str, hint: str = "") -> NoReturn:
        raise LessonError(self.file, line, problem, hint)

    # -- pages and prose ---------------------------------------------------------------------------

    def _heading(self, line: int, depth: int, text: str) -> None:
        if depth == 1 and self.title:
            self._fail(line, "A lesson has one title. Start each page with ##.")
        if depth == 1:
            self.title = text
        else:
            self._need_title(line)
            if self.page_title == SOLUTION:
                self._fail(line, f"The page {SOLUTION} is the last one. Received: {quoted(text)}.")
            self._end_page()
        self.page_title = text

    def _need_title(self, line: int) -> None:
        if not self.title:
            self._fail(line, _NO_TITLE)

    def _end_page(self) -> None:
        for position, expectations in self.expected.items():
            block = self._block_at(position)
            self.pieces[position] = replace(block, expectations=tuple(expectations))
        if self.page_title:
            self.pages.append(Page(self.page_title, tuple(self.pieces)))
        self.pieces, self.expected, self.last_block = [], {}, None

    def _end_prose(self) -> None:
        first = next((line for line, text in self.prose if text.strip()), None)
        if first is not None:
            self._need_title(first)
            text = "\n".join(text for _, text in self.prose).strip("\n")
            self.pieces.append(Prose(text, first))
        self.prose = []

    # -- blocks ------------------------------------------------------------------------------------

    def _fence(self, fence: Fence) -> None:
        self._need_title(fence.line)
        if len(fence.info) > LONGEST_INFO:
            problem = f"A block has at most {LONGEST_INFO:,} characters after its fence."
            self._fail(fence.line, f"{problem} Received: {len(fence.info):,}.")
        try:
            language, *words = shlex.split(fence.info)
        except ValueError:
            self._fail(fence.line, "A quotation mark is never closed.")
        if language == "expect":
            self._expect(fence, words)
        elif language == "claim":
            self._claim(fence, words)
        elif language in OPTIONS:
            self._block(fence, language, words)
        else:
            choices = (*OPTIONS, "expect", "claim")
            self._fail(
                fence.line,
                f"A block is one of {', '.join(choices)}, or text, which is only shown. "
                f"Received: {quoted(language)}.",
                did_you_mean(language, choices),
            )

    def _block(self, fence: Fence, language: str, words: list[str]) -> None:
        try:
            options = read_options(language, words)
        except PartError as error:
            self._fail(fence.line, str(error), error.hint)
        lines = [line for line in fence.lines if line.strip()]
        if not lines:
            self._fail(fence.line, f"This {language} block is empty.")
        if language == "diff" and len(lines) != 2:
            problem = "A diff block has two lines, an expression on each."
            self._fail(fence.line, f"{problem} Received: {len(lines)}.")
        if language == "python":
            self._compile(fence)
        self.blocks += 1
        text = "\n".join(fence.lines).strip("\n")
        block = Block(self.blocks, language, options, text, fence.line)  # type: ignore[arg-type] # a key of OPTIONS is a Language
        self.last_block = len(self.pieces)
        self.pieces.append(block)

    def _compile(self, fence: Fence) -> None:
        """Check that a block is Python; errors name its line in the lesson."""
        try:
            parse("\n".join(fence.lines))
        except PartError as error:
            self._fail(fence.line + error.line, str(error))

    # -- expectations ------------------------------------------------------------------------------

    def _block_at(self, position: int) -> Block:
        block = self.pieces[position]
        assert isinstance(block, Block)
        return block

    def _expect(self, fence: Fence, words: list[str]) -> None:
        if words:
            self._fail(fence.line, f"An expect block has no options. Received: {quoted(words[0])}.")
        if self.last_block is None:
            problem = "An expect block must follow the block that it is about, on the same page."
            self._fail(fence.line, problem)
        block = self._block_at(self.last_block)
        expected = self._asserts("\n".join(fence.lines), fence.line + 1)
        if not any(one.asserts for one in expected):
            self._fail(fence.line, "This expect block is empty.")
        for one in expected:
            if block.language == "diff" and one.uses(OF_STEPS):
                problem = (
                    "A diff block has two runs, so an assert after it can only be about `shown`."
                )
                self._fail(one.line, problem, 'Write, for example: assert "use_bias" in shown')
        self.expected.setdefault(self.last_block, []).extend(expected)

    def _asserts(self, text: str, line: int) -> tuple[Expectation, ...]:
        try:
            return read_asserts(text, line)
        except PartError as error:
            self._fail(line + error.line - 1, str(error), error.hint)

    def _claim(self, fence: Fence, words: list[str]) -> None:
        verdict = next((verdict for verdict in _VERDICTS if [verdict] == words), None)
        if verdict is None:
            problem = "A claim block needs an outcome: ```claim confirmed or ```claim corrected."
            self._fail(fence.line, problem)
        block = None if self.last_block is None else self._block_at(self.last_block)
        if block is None or block.language not in _RUNS:
            problem = "A claim must follow the trace or python block that decides it."
            self._fail(fence.line, f"{problem[:-1]}, on the same page.")
        labelled = self._labelled(fence)
        for label in ("Said", "So"):
            if len(labelled[label]) != 1 or not labelled[label][0][1]:
                self._fail(fence.line, f"A claim needs exactly one line that starts with {label}:")
        means, proof = (
            tuple(one for line, text in labelled[label] for one in self._asserts(text, line))
            for label in ("Means", "Proof")
        )
        if not any(one.asserts for one in means):
            problem = "A claim needs a line Means: with the claim as an assert."
            self._fail(fence.line, problem)
        if verdict == "corrected" and not any(one.asserts for one in proof):
            problem = "A corrected claim needs a line Proof: with an assert that is true."
            self._fail(fence.line, problem)
        self.claims += 1
        statements = labelled["Said"][0][1], labelled["So"][0][1]
        self.pieces.append(
            Claim(self.claims, block.number, verdict, *statements, means, proof, fence.line)
        )

    def _labelled(self, fence: Fence) -> dict[str, list[tuple[int, str]]]:
        """The lines of a claim by label; a line without a label continues the line before."""
        found: list[tuple[str, int, list[str]]] = []
        for line, text in fence.numbered():
            if label := _LABEL.fullmatch(text):
                found.append((label[1], line, [label[2]]))
            elif found:
                found[-1][2].append(text)
            else:
                problem = "A line of a claim must start with Said:, Means:, So: or Proof:."
                self._fail(line, f"{problem} Received: {quoted(text)}.")
        return {
            label: [(line, " ".join(texts)) for one, line, texts in found if one == label]
            for label in ("Said", "Means", "So", "Proof")
        }


_RUNS: Final = ("trace", "python")
"""Languages of blocks with one run, whose steps a claim can use."""

_NO_TITLE: Final = "Start the lesson with its title: # Why there is no kernel yet"
